"""A plain classifier behind the model interface: scans, windows, gradients, latents."""

from __future__ import annotations

import collections.abc
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dnaviz.models import scoring
from dnaviz.models.classifier import CONTEXT, SPLICE_LATENT
from dnaviz.models.model import Model, load_model
from dnaviz.models.plain import PlainClassifier, folded, load_plain
from dnaviz.models.protocol import Floats
from dnaviz.models.threads import map_threads
from dnaviz.sequences import one_hot


class PlainModel:
    """Sequences in, arrays out; see :mod:`dnaviz.models.protocol`.

    Parameters
    ----------
    splice : PlainClassifier
    config : dict
        Of its checkpoint.
    """

    latent_dim = SPLICE_LATENT
    min_length, max_length = 1, 2 * CONTEXT + 1
    context = CONTEXT

    def __init__(self, splice: PlainClassifier, config: dict[str, Any]) -> None:
        self.splice = folded(splice).requires_grad_(False)
        self.config = config
        self.sha256: str = config.get("weights_sha256", "")
        self.name = f"dnaviz plain {self.sha256[:12]}"

    def __repr__(self) -> str:
        return f"PlainModel({self.name}, {CONTEXT} nt of context on each side)"

    def encode(self, sequences: list[str]) -> Floats:
        """Latents (n, 64) of sequences, as seen from their middle (0-based ``L // 2``)."""
        canvases = [scoring.on_canvas(one_hot(s)[None]) for s in sequences]
        x = torch.from_numpy(np.concatenate([np.empty((0, 4, scoring.CANVAS), "f4"), *canvases]))
        parts = map_threads(self.splice.center_latents, x.split(scoring.BATCH))
        return np.concatenate([np.empty((0, SPLICE_LATENT), "f4"), *(p.numpy() for p in parts)])

    def score_positions(
        self, sequences: list[str], spans: collections.abc.Sequence[slice] | None = None
    ) -> list[Floats]:
        """As :meth:`dnaviz.models.protocol.SiteScorer.score_positions`."""
        return scoring.score_positions(self.splice, sequences, spans)

    def score_windows(self, windows: NDArray) -> Floats:
        """As :meth:`dnaviz.models.protocol.SiteScorer.score_windows`."""
        return scoring.score_windows(self.splice, windows)

    def gradients(self, windows: NDArray, site: str) -> tuple[Floats, Floats]:
        """As :meth:`dnaviz.models.protocol.Differentiable.gradients`."""
        return scoring.gradients(self.splice, windows, site)

    def site(self, site: str) -> nn.Module:
        """One site's log-odds as a plain module (n, 4, w) -> (n, 1)."""
        return scoring.SiteModule(self.splice, site)


def load_scorer(folder: str | Path | None) -> Model | PlainModel:
    """The model of a folder: a plain classifier if it holds one, else as :func:`load` reads it.

    Raises
    ------
    InputError
        When there is none, or none that can be read.
    """
    if folder is not None and (Path(folder) / "classifier.json").is_file():
        return PlainModel(*load_plain(folder))
    return load_model(folder)
