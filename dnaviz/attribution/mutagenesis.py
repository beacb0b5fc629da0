"""Saturation mutagenesis: every base of a site's context changed to every other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dnaviz.attribution.window import SiteWindow, site_window
from dnaviz.errors import InputError
from dnaviz.sequences import BASES, Sequence

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.models import Model

BATCH = 128


class Mutagenesis(NamedTuple):
    """What `mutagenesis` returns.

    Attributes
    ----------
    values : numpy.ndarray
        float32 of shape (4, w): the change of the site's probability when the base of a column
        becomes A, C, G or T; 0 for the base it is.
    probability : float
        Of the site in the sequence as it is.
    bases : str
        The w bases in the sense of the strand.
    positions, offsets : numpy.ndarray
        int of shape (w,): 1-based forward coordinates, and distances from the site (0).
    name, position, strand, site
        Which site of which sequence.
    """

    values: np.ndarray
    probability: float
    bases: str
    positions: np.ndarray
    offsets: np.ndarray
    name: str
    position: int
    strand: str
    site: str

    def table(self) -> pd.DataFrame:
        """Return one row for each mutation: position, offset, ref, alt, change, probability."""
        import pandas as pd

        rows = [
            (int(p), int(o), ref, alt, float(change), self.probability + float(change))
            for p, o, ref, changes in zip(
                self.positions, self.offsets, self.bases, self.values.T, strict=True
            )
            for alt, change in zip(BASES, changes, strict=True)
            if alt != ref
        ]
        columns = ["position", "offset", "ref", "alt", "change", "probability"]
        return pd.DataFrame(rows, columns=columns)


def mutagenesis(
    sequence: str | Sequence,
    *,
    site: str = "donor",
    position: int | None = None,
    strand: str = "+",
    model: Model | None = None,
    flank: int | None = None,
) -> Mutagenesis:
    """Change every base around a site to every other and score the site again.

    Parameters
    ----------
    sequence, site, position, strand
        As for `attribute`.
    model : Model, optional
        By default the shipped one.
    flank : int, optional
        Change at most so many bases to either side of the site; by default all that the model
        can see (200).

    Raises
    ------
    InputError
        As for `attribute`.
    """
    from dnaviz.models import LABELS, load

    if flank is not None and flank < 0:
        raise InputError(f"A flank is a number of bases from 0, not {flank}.")
    window = site_window(sequence, site=site, position=position, strand=strand)
    inside = (
        np.ones(len(window.bases), dtype=bool) if flank is None else abs(window.offsets) <= flank
    )
    chosen = np.flatnonzero(inside)
    logits, reference = substitutions((model or load()).splice, window, chosen)
    column = LABELS.index(site)
    before = float(reference.softmax(-1)[column])
    values = logits.softmax(-1)[..., column].numpy() - np.float32(before)
    values[window.array[:, window.columns][:, chosen] == 1] = 0
    return Mutagenesis(
        values,
        before,
        "".join(window.bases[i] for i in chosen),
        window.positions[chosen],
        window.offsets[chosen],
        window.name,
        window.position,
        window.strand,
        window.site,
    )


def substitutions(splice: Any, window: SiteWindow, chosen: np.ndarray) -> tuple[Any, Any]:
    """Return the logits of every substitution (4, len(chosen), 3) and of the window itself (3,).

    Parameters
    ----------
    chosen : numpy.ndarray
        int: indices among the bases of the window.
    """
    import torch

    from dnaviz.models.threads import one_thread

    first = window.columns.start
    edits = [
        (row, i)
        for i, base in enumerate(chosen)
        for row in range(4)
        if window.array[row, first + base] != 1
    ]
    wild = window.tensor()
    with torch.inference_mode(), one_thread():
        reference = splice.middle(wild)[0]
        logits = reference.repeat(4, len(chosen), 1)
        for start in range(0, len(edits), BATCH):
            batch = edits[start : start + BATCH]
            rows = torch.tensor([row for row, _ in batch])
            columns = torch.tensor([i for _, i in batch])
            places = first + torch.from_numpy(chosen)[columns]
            x = wild.repeat(len(batch), 1, 1)
            each = torch.arange(len(batch))
            x[each, :, places] = 0
            x[each, rows, places] = 1
            logits[rows, columns] = splice.middle(x)
    return logits, reference
