"""Recurring motifs in the attributions of windows, found by TF-MoDISco (modisco-lite)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas.mean_attribution import A_SITE, apparent_site
from dnaviz.atlas.project import Indices
from dnaviz.atlas.selection import subsample
from dnaviz.atlas.store import Atlas
from dnaviz.attribution import attribute
from dnaviz.errors import InputError
from dnaviz.models.protocol import check_site
from dnaviz.progress import Progress
from dnaviz.sequences import MIN_LENGTH, one_hot

if TYPE_CHECKING:
    import pandas as pd

LEAST_WINDOWS = 100
LEAST_SEQLETS = 100
"""More stretches of one sign than this is what TF-MoDISco asks for."""
KEPT = 0.2  # of the largest column's mean contribution: where a pattern's ends are cut
FLANK = 2  # columns kept beyond


class Pattern(NamedTuple):
    """A recurring motif.

    Attributes
    ----------
    name : str
        ``for_1``, ``against_1`` and so on, the commonest first.
    heights : numpy.ndarray
        float64 of shape (4, w): mean contribution of A, C, G, T in each column, log-odds.
    frequencies : numpy.ndarray
        float64 of shape (4, w): how often each base stands there.
    windows, starts : numpy.ndarray
        int of shape (k,): of each seqlet its row of the atlas, and the offset of its first base
        from the site.
    reversed : int
        Seqlets that were alike in the other sense alone; they are left out of all the above.
    """

    name: str
    heights: NDArray[np.float64]
    frequencies: NDArray[np.float64]
    windows: Indices
    starts: NDArray[np.int64]
    reversed: int

    @property
    def consensus(self) -> str:
        """The commonest base of each column, lower case where less than half of all."""
        best = self.frequencies.argmax(axis=0)
        shares = self.frequencies.max(axis=0)
        letters = ["ACGT"[k] for k in best]
        return "".join(b if s >= 0.5 else b.lower() for b, s in zip(letters, shares, strict=True))

    @property
    def contribution(self) -> float:
        """Mean contribution of a seqlet, log-odds: below 0 it speaks against the site."""
        return float(self.heights.sum())


class Motifs(NamedTuple):
    """What `find_motifs` returns: patterns of a site, and of how many windows.

    ``complete`` is the share of windows whose contributions add up to their score within 1 %,
    ``probability`` the mean probability of the site in them, ``left_out`` windows of the selection
    that were not drawn.
    """

    site: str
    patterns: list[Pattern]
    rows: Indices
    complete: float
    probability: float
    left_out: int

    def seqlets(self, atlas: Atlas) -> pd.DataFrame:
        """Return a row for each seqlet: window, pattern, offsets of its first and last base."""
        import pandas as pd

        frames = [
            pd.DataFrame(
                {
                    "window": atlas.obs.index[p.windows],
                    "pattern": p.name,
                    "start": p.starts,
                    "end": p.starts + p.heights.shape[1] - 1,
                }
            )
            for p in self.patterns
        ]
        return pd.concat(frames, ignore_index=True)


def find_motifs(
    atlas: Atlas,
    rows: Indices,
    model: Any,
    *,
    site: str | None = None,
    most: int = 2_000,
    seed: int = 0,
    progress: Progress = lambda fraction: None,
) -> Motifs:
    """Explain windows, and cluster the stretches that contribute most.

    Parameters
    ----------
    atlas, rows
        Windows with their sequences.
    model : Differentiable
    site : "donor" or "acceptor", optional
        What the middle of the windows is explained as; by default what most of them look like.
    most : int
        Windows that are explained; of more, so many are drawn.
    seed : int
        Of the draw.
    progress : callable
        Is given the fraction of windows that are explained.

    Raises
    ------
    InputError
        If there are no sequences, too few windows, none with such a site, or too few stretches
        that stand out.
    """
    from modiscolite.tfmodisco import TFMoDISco

    if site is not None:
        check_site(site)
    codes = atlas.codes(rows)
    middle = codes.shape[1] // 2
    usable = (codes[:, middle] < 5) & ((codes < 5).sum(axis=1) >= MIN_LENGTH)
    codes, rows = codes[usable], np.asarray(rows)[usable]
    if len(rows) < LEAST_WINDOWS:
        raise InputError(
            f"The selection has {len(rows):,} window{'s' if len(rows) != 1 else ''} with a base in "
            f"the middle; motifs are looked for in {LEAST_WINDOWS} or more: select more of them."
        )
    site = site or apparent_site(codes, model)
    drawn = subsample(len(rows), most, seed)
    left_out = len(rows) - len(drawn)
    codes, rows = codes[drawn], rows[drawn]
    bases = np.zeros((len(rows), codes.shape[1], 4), np.float32)
    contributions, explained = np.zeros_like(bases), []
    for i, text in enumerate(atlas.sequences(rows)):
        position = middle - int((codes[i] == 5).argmin()) + 1
        a = attribute(text, site=site, position=position, model=model, hypothetical=True)
        columns = middle + a.offsets
        bases[i, columns], contributions[i, columns] = one_hot(a.bases).T, a.values.T
        explained.append((a.converged, a.probability))
        progress((i + 1) / len(rows))
    converged, probabilities = map(np.array, zip(*explained, strict=True))
    if probabilities.max() < 0.5:
        raise InputError(
            f"None of the {len(rows):,} windows has {A_SITE[site]} in its middle, to the model "
            f"(the most probable has {probabilities.max():.2f}): choose others, or another --site."
        )
    bases[bases < 1] = 0  # an ambiguity code is no base to TF-MoDISco
    clusters = TFMoDISco(bases, contributions, min_metacluster_size=LEAST_SEQLETS)
    patterns = [
        _pattern(pattern, f"{word}_{number}", bases, contributions, rows)
        for word, several in zip(("for", "against"), clusters, strict=True)
        for number, pattern in enumerate(several or [], start=1)
    ]
    if not patterns:
        raise InputError(
            f"No motif recurs in these {len(rows):,} windows: TF-MoDISco needs more than "
            f"{LEAST_SEQLETS} stretches that stand out, and some that are alike. Select more."
        )
    return Motifs(
        site, patterns, rows, float(converged.mean()), float(probabilities.mean()), left_out
    )


def _pattern(
    pattern: Any, name: str, bases: NDArray, contributions: NDArray, rows: Indices
) -> Pattern:
    """Take the seqlets in the sense that most have, and cut the ends that contribute little."""
    others = [seqlet for seqlet in pattern.seqlets if seqlet.is_revcomp]
    kept = [seqlet for seqlet in pattern.seqlets if not seqlet.is_revcomp]
    if len(others) > len(kept):
        kept, others = others, kept
    index = np.array([seqlet.example_idx for seqlet in kept])
    columns = np.array([np.arange(seqlet.start, seqlet.end) for seqlet in kept])
    x = bases[index[:, None], columns]
    heights = (x * contributions[index[:, None], columns]).mean(axis=0).T
    size = np.abs(heights.sum(axis=0))
    strong = np.flatnonzero(size >= KEPT * size.max())
    span = slice(max(strong[0] - FLANK, 0), strong[-1] + FLANK + 1)
    frequencies = x.mean(axis=0).T[:, span] + 1e-9
    return Pattern(
        name,
        heights[:, span].astype(float),
        (frequencies / frequencies.sum(axis=0)).astype(float),
        rows[index],
        columns[:, span.start] - bases.shape[1] // 2,
        len(others),
    )
