"""Seqlets, the stretches that contribute most to a score, and names of motifs that are like them.

tangermeme finds them, memelite compares them with motifs (Tomtom). Splicing reads RNA: a motif is
looked for in the sense of the sequence alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.errors import InputError
from dnaviz.io.meme import Motif
from dnaviz.sequences import one_hot

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.attribution.attribute import Attribution

THRESHOLD = 0.01
LONGEST = 25  # nt of a seqlet
LARGEST_P = 0.05  # of a motif that a seqlet is named by
ENOUGH_MOTIFS = 25
"""Motifs below which Tomtom's p-values hang on which they are: their columns are the background."""


class Match(NamedTuple):
    """A motif like a query: Tomtom's `p_value`, and `e_value`, how many would be by chance."""

    name: str
    p_value: float
    e_value: float


def match_motifs(
    queries: Iterable[NDArray], motifs: list[Motif], most: int = 3, e_value: float = 1.0
) -> list[list[Match]]:
    """Return for each query the motifs most like it, the best first.

    Parameters
    ----------
    queries : iterable of numpy.ndarray, shape (4, w)
        Frequencies of A, C, G, T, or one-hot bases.
    motifs : list of Motif
        As `dnaviz.io.meme.read_meme` reads them.
    most : int
        Motifs of each query at most.
    e_value : float
        Left out are those of which so many or more are expected by chance, and those whose p-value
        is .05 and more: of few motifs chance expects less than one, however unlike it is.
    """
    from memelite import tomtom

    arrays = [np.ascontiguousarray(query, np.float64) for query in queries]
    if not arrays or not motifs:
        return [[] for _ in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few motifs: our callers say it
        p_values, *_ = tomtom(
            arrays, [motif.frequencies for motif in motifs], reverse_complement=False
        )
    matches = []
    for row in np.asarray(p_values, float):
        best = [
            Match(motifs[i].name, float(row[i]), float(row[i] * len(motifs)))
            for i in np.argsort(row)
        ]
        matches.append([m for m in best[:most] if m.e_value < e_value and m.p_value < LARGEST_P])
    return matches


def seqlets(
    attribution: Attribution, motifs: list[Motif] | None = None, threshold: float = THRESHOLD
) -> pd.DataFrame:
    """Return the stretches of an attribution whose contributions stand out, strongest first.

    Parameters
    ----------
    attribution : Attribution
        By any method.
    motifs : list of Motif, optional
        Names to give: as `dnaviz.io.meme.read_meme` reads them.
    threshold : float
        Largest p-value of a stretch, and of all stretches within it, among the sums of as many
        bases drawn from all of the attribution. It ranks; it is no error rate.

    Returns
    -------
    pandas.DataFrame
        Columns ``start`` and ``end`` (offsets of the first and last base from the site),
        ``first`` and ``last`` (the same as 1-based positions), ``bases``, ``contribution`` (of all
        of them, log-odds; below 0 it speaks against the site), ``p_value``, ``motif`` and
        ``motif_p_value`` (empty where none is like it).
    """
    import pandas as pd
    from tangermeme.seqlet import recursive_seqlets

    if not 0 < threshold <= 1:
        raise InputError(f"A threshold of seqlets lies between 0 and 1, not at {threshold}.")
    a, stretches = attribution, []
    taken = np.zeros(len(a.bases), bool)
    for sign in (1, -1):
        table = recursive_seqlets(
            sign * a.contributions[None].astype(np.float64),
            threshold=threshold,
            max_seqlet_len=min(LONGEST, len(a.bases) - 1),
        )
        for start, end, p_value in zip(table["start"], table["end"], table["p-value"], strict=True):
            total = float(a.contributions[start:end].sum())
            if sign * total > 0 and not taken[start:end].any():
                taken[start:end] = True
                stretches.append((int(start), int(end), total, float(p_value)))
    stretches.sort(key=lambda stretch: -abs(stretch[2]))
    texts = [a.bases[start:end] for start, end, *_ in stretches]
    matches = match_motifs(map(one_hot, texts), motifs or [], most=1)
    best = [match[0] if match else Match("", np.nan, np.nan) for match in matches]
    starts = np.array([start for start, *_ in stretches], int)
    ends = np.array([end - 1 for _, end, *_ in stretches], int)
    return pd.DataFrame(
        {
            "start": a.offsets[starts],
            "end": a.offsets[ends],
            "first": np.minimum(a.positions[starts], a.positions[ends]),
            "last": np.maximum(a.positions[starts], a.positions[ends]),
            "bases": texts,
            "contribution": [total for _, _, total, _ in stretches],
            "p_value": [p_value for *_, p_value in stretches],
            "motif": [match.name for match in best],
            "motif_p_value": [match.p_value for match in best],
        }
    )
