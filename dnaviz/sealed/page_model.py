"""The classifier as the page has it: its network runs in WebAssembly beside Python."""

from __future__ import annotations

import collections.abc
import math
from array import array
from functools import cached_property
from typing import Any

import numpy as np

from dnaviz.models.ood_score import OodScore
from dnaviz.models.protocol import SITES, Floats
from dnaviz.sealed.page_ood import PageOod
from dnaviz.sequences import Sequence, one_hot


class PageModel:
    """A `dnaviz.models.SiteScorer` with gradients.

    Parameters
    ----------
    network : Network
        Of ``web/src/network.ts``; takes and returns JavaScript's arrays.
    about : dict
        As `dnaviz.sealed.plain_model.packed` returns it.
    ood : bytes
        As `dnaviz.sealed.page_ood.packed_ood` returns them.
    """

    def __init__(self, network: Any, about: dict[str, Any], ood: bytes) -> None:
        self._network, self._ood = network, ood
        self.name, self.sha256 = about["name"], about["model_sha256"]
        self.classifier_sha256 = about["sha256"]
        self.context = int(about["context"])

    def score_positions(
        self, sequences: list[str], spans: collections.abc.Sequence[slice] | None = None
    ) -> list[Floats]:
        """Return log-odds; see `dnaviz.models.protocol.SiteScorer`."""
        found = []
        for bases, span in zip(sequences, spans or [slice(None)] * len(sequences), strict=True):
            start, stop, _ = span.indices(len(bases))
            first = max(start - self.context, 0)
            x = np.zeros((4, stop - start + 2 * self.context), np.float32)
            known = one_hot(bases[first : stop + self.context])
            lead = first - start + self.context
            x[:, lead : lead + known.shape[1]] = known
            found.append(_floats(self._network.scorePositions(_sent(x), stop - start), 2))
        return found

    def score_windows(self, windows: Any) -> Floats:
        """Return log-odds; see `dnaviz.models.protocol.SiteScorer`."""
        return _floats(self._network.scoreWindows(_sent(windows)), len(windows))

    def score_changes(self, window: Any, columns: Any, to: Any) -> Floats:
        """Return log-odds (n, 2) of one window, changed in one column at a time."""
        found = self._network.scoreChanges(_sent(window), _sent(columns, "i"), _sent(to))
        return _floats(found, len(columns))

    def gradients(self, windows: Any, site: str) -> tuple[Floats, Floats]:
        """Return log-odds and slopes; see `dnaviz.models.protocol.Differentiable`."""
        found = self._network.gradients(_sent(windows), SITES.index(site))
        scores, slopes = (found.scores.to_py().tolist(), found.slopes.to_py().tolist())
        made = np.array(slopes, np.float32).reshape(windows.shape)
        # Beyond a sequence's ends there is nothing to attribute anything to.
        inside = np.flatnonzero(windows.sum((0, 1)) > 0).tolist()
        if inside:
            made[:, :, : inside[0]] = 0
            made[:, :, inside[-1] + 1 :] = 0
        return np.array(scores, np.float32), made

    def ood_score(self, sequence: Sequence) -> OodScore:
        """Score how much a sequence looks like human DNA; see `dnaviz.models.ood`."""
        if not self._ood:
            return OodScore(math.nan, math.nan, None)
        return self._ood_model.score(sequence.bases)

    @cached_property
    def _ood_model(self) -> PageOod:
        return PageOod(array("f", self._ood))  # read when it is asked


def _sent(values: Any, code: str = "f") -> Any:
    from pyodide.ffi import to_js

    return to_js(memoryview(array(code, values.ravel().tolist())))


def _floats(found: Any, rows: int) -> Floats:
    return np.array(found.to_py().tolist(), np.float32).reshape(rows, -1)
