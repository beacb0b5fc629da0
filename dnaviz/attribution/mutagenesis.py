"""Saturation mutagenesis: every base of a site's context changed to every other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from dnaviz.attribution.window import SiteWindow, describe_site, site_window
from dnaviz.errors import check_whole
from dnaviz.models.protocol import window_scores
from dnaviz.plots import axes_for, draw_heatmap
from dnaviz.progress import Progress, Stepwise, one_by_one, stepwise
from dnaviz.sequences import BASES, AnySequences, Sequence, as_sequences, is_single
from dnaviz.splicing.scan import SITES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from dnaviz.models import SiteScorer

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

    def __repr__(self) -> str:
        row, column = np.unravel_index(np.abs(self.values).argmax(), self.values.shape)
        return (
            f"Mutagenesis({describe_site(self)}, {len(self.bases)} bases: strongest "
            f"{self.bases[column]}>{BASES[row]} at {self.positions[column]:,}, "
            f"{self.values[row, column]:+z.3f})"
        )

    def table(self) -> pd.DataFrame:
        """Return one row for each mutation: position, offset, ref, alt, change, probability."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def columns(self) -> dict[str, list[Any]]:
        """Return the columns of `table` by name."""
        rows = [
            (int(p), int(o), ref, alt, float(change), self.probability + float(change))
            for p, o, ref, changes in zip(
                self.positions, self.offsets, self.bases, self.values.T, strict=True
            )
            for alt, change in zip(BASES, changes, strict=True)
            if alt != ref
        ]
        names = ["position", "offset", "ref", "alt", "change", "probability"]
        return {name: [row[k] for row in rows] for k, name in enumerate(names)}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the changes of the probability as a heat map, in the sense of the strand.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            By default those of a new figure.
        """
        xlabel = f"offset from the {self.site} (nt)"
        ax = axes_for(ax, title=describe_site(self), xlabel=xlabel, ylabel="becomes")
        draw_heatmap(ax, self.values, self.offsets, "change of probability")
        return ax


@overload
def mutagenesis(
    sequence: str | Sequence, *, site: str = ..., position: int | None = ..., strand: str = ...,
    model: SiteScorer | None = ..., flank: int | None = ...,
    progress: Progress | None = ...,
) -> Mutagenesis: ...  # fmt: skip
@overload
def mutagenesis(
    sequence: list[Any] | pd.Series | pd.DataFrame, *, site: str = ..., position: int | None = ...,
    strand: str = ..., model: SiteScorer | None = ..., flank: int | None = ...,
    progress: Progress | None = ...,
) -> list[Mutagenesis]: ...  # fmt: skip
@stepwise
def mutagenesis(
    sequence: AnySequences,
    *,
    site: str = "donor",
    position: int | None = None,
    strand: str = "+",
    model: SiteScorer | None = None,
    flank: int | None = None,
    progress: Progress | None = None,
) -> Stepwise[Mutagenesis | list[Mutagenesis]]:
    """Change every base around a site to every other and score the site again.

    Parameters
    ----------
    sequence, site, position, strand
        As for `attribute`.
    model : SiteScorer, optional
        By default the shipped one.
    flank : int, optional
        Change at most so many bases to either side of the site; by default all that the model
        can see (200).
    progress : callable, optional
        As for `attribute`; one sequence is one step.

    Returns
    -------
    Mutagenesis, or list of Mutagenesis for several

    Raises
    ------
    InputError
        As for `attribute`.
    """
    from dnaviz.models import given_or_shipped

    if flank is not None:
        check_whole(flank, 0, "The flank")
    model = given_or_shipped(model, "score_windows")

    def mutate(record: AnySequences) -> Stepwise[Mutagenesis]:
        window = site_window(
            record, site=site, position=position, strand=strand, context=model.context
        )
        yield 0
        return _mutagenesis(window, model, flank)

    if is_single(sequence):
        return (yield from mutate(sequence))
    return (yield from one_by_one([mutate(record) for record in as_sequences(sequence)]))


def _mutagenesis(window: SiteWindow, model: SiteScorer, flank: int | None) -> Mutagenesis:
    from dnaviz.models import log_odds_to_probabilities

    inside = (
        np.ones(len(window.bases), dtype=bool) if flank is None else abs(window.offsets) <= flank
    )
    chosen = np.flatnonzero(inside)
    scores, reference = substitutions(model, window, chosen)
    before = float(log_odds_to_probabilities(reference))
    values = log_odds_to_probabilities(scores) - np.float32(before)
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


def substitutions(
    model: SiteScorer, window: SiteWindow, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-odds of every substitution (4, len(chosen)) and of the window itself ().

    Parameters
    ----------
    chosen : numpy.ndarray
        int: indices among the bases of the window.
    """
    columns = np.tile(window.columns.start + chosen, (4, 1))
    rows = np.tile(np.arange(4)[:, None], (1, len(chosen)))
    new = window.array[rows, columns] != 1
    mutated, reference = changed(
        model, window, columns[new], np.eye(4, dtype=np.float32)[rows[new]]
    )
    scores = np.full(columns.shape, reference, np.float32)
    scores[new] = mutated
    return scores, reference


def changed(
    model: SiteScorer, window: SiteWindow, columns: np.ndarray, to: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-odds (n,) of a window with one column changed, and its own ().

    Parameters
    ----------
    columns : numpy.ndarray
        int of shape (n,): columns of the window's array.
    to : numpy.ndarray, shape (n, 4)
        What each becomes.
    """
    site = SITES.index(window.site)
    reference = window_scores(model, window.array[None])[0, site]
    if score_changes := getattr(model, "score_changes", None):
        return score_changes(window.array, columns, to)[:, site], reference
    scores = np.empty(len(columns), np.float32)
    for start in range(0, len(columns), BATCH):
        part = slice(start, start + BATCH)
        x = np.repeat(window.array[None], len(columns[part]), axis=0)
        x[np.arange(len(x)), :, columns[part]] = to[part]
        scores[part] = window_scores(model, x)[:, site]
    return scores, reference
