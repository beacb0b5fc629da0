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
    columns = np.tile(window.columns.start + chosen, (4, 1))
    rows = np.tile(np.arange(4)[:, None], (1, len(chosen)))
    new = window.array[rows, columns] != 1
    found, reference = changed(splice, window, columns[new], np.eye(4, dtype=np.float32)[rows[new]])
    logits = reference.repeat(4, len(chosen), 1)
    logits[np.nonzero(new)] = found
    return logits, reference


def changed(splice: Any, window: SiteWindow, columns: np.ndarray, to: Any) -> tuple[Any, Any]:
    """Return the logits (n, 3) of a window with one column changed, and its own (3,).

    Parameters
    ----------
    columns : numpy.ndarray
        int of shape (n,): columns of the window's array.
    to : array or tensor, shape (n, 4)
        What each becomes.
    """
    import torch

    from dnaviz.models.classifier import SpliceClassifier
    from dnaviz.models.mutants import changed_logits
    from dnaviz.models.threads import one_thread

    wild, where, values = window.tensor(), torch.from_numpy(columns), torch.as_tensor(to)
    with torch.inference_mode(), one_thread():
        reference = splice.middle(wild)[0]
        if isinstance(splice, SpliceClassifier):
            return changed_logits(splice, wild, where, values), reference
        logits = reference.repeat(len(columns), 1)  # any other network, window by window
        for rows in torch.arange(len(columns)).split(BATCH):
            x = wild.repeat(len(rows), 1, 1)
            x[torch.arange(len(rows)), :, where[rows]] = values[rows]
            logits[rows] = splice.middle(x)
    return logits, reference
