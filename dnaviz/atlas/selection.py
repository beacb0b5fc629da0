"""Enrichment of bases, k-mers and labels in a selection against the rest of the atlas."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas.columns import factor, has_numbers, numbers, ranges
from dnaviz.atlas.project import Floats, Indices
from dnaviz.sequences.codes import kmer_index

BASES = "ACGT"
K = 5
PSEUDOCOUNT = 1.0
LEAST_G = 28.0  # chi-squared, 3 degrees of freedom: p = 4e-6 a column
LEAST_WINDOWS = 5  # of fewer no k-mer is told
LEAST_Z, LEAST_RATIO = 4.0, 1.2  # below these a k-mer is no news
MOST_CHANCE = 1e-5  # that any of all k-mers is told of windows drawn at random
MOST_COUNTED = 25_000  # k-mers are looked for in this many windows, drawn where there are more


class EnrichedBase(NamedTuple):
    """A base enriched in one column of the windows.

    ``position`` counts from the site (0), ``share`` and ``rest`` are the base's frequencies in the
    selection and outside it, ``bits`` the column's divergence between the two.
    """

    position: int
    base: str
    share: float
    rest: float
    bits: float


class Kmer(NamedTuple):
    """A k-mer found in more windows of the selection than outside; ``ratio`` is share / rest."""

    kmer: str
    share: float
    rest: float
    ratio: float
    z: float


def base_counts(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Counts (4, w) of A, C, G, T in each column of codes (n, w); N and missing bases are none."""
    width = codes.shape[1]
    counts = np.zeros((4, width), np.int64)
    for start in range(0, len(codes), 255 * 64):
        part = codes[start : start + 255 * 64]
        # 255 rows at most add up within a byte, which is what a processor adds fastest.
        full = len(part) // 255 * 255
        for base in range(4):
            same = (part == base).view(np.uint8)
            sums = np.add.reduce(same[:full].reshape(-1, 255, width), axis=1, dtype=np.uint8)
            counts[base] += sums.sum(axis=0, dtype=np.int64)
            counts[base] += same[full:].sum(axis=0, dtype=np.int64)
    return counts


def subsample(count: int, size: int, seed: int = 0) -> Indices:
    """Draw `size` of `count` numbers, ascending; all of them where there are no more."""
    if count <= size:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, size, replace=False))


def frequencies(counts: NDArray) -> Floats:
    """Base frequencies (4, w) of counts, a pseudocount shared evenly by the bases."""
    total = counts.sum(axis=0, keepdims=True) + PSEUDOCOUNT
    return ((counts + PSEUDOCOUNT / 4) / total).astype(np.float32)


def information(counts: NDArray) -> Floats:
    """Letter heights (4, w) of a sequence logo in bits: frequency times 2 minus the entropy.

    Columns that no window reaches are zero.
    """
    share = frequencies(counts)
    bits = 2.0 + (share * np.log2(share)).sum(axis=0, keepdims=True)
    return np.where(counts.sum(axis=0) > 0, share * np.maximum(bits, 0), 0).astype(np.float32)


def enriched_columns(selected: NDArray, rest: NDArray, site: int) -> list[EnrichedBase]:
    """The columns, at most six, of counts (4, w) that differ most from the rest, and their bases.

    Left out is what chance does: a likelihood ratio below `LEAST_G`.
    """
    share, other = frequencies(selected), frequencies(rest)
    gain = share * np.log2(share / other)
    bits = np.where(selected.sum(axis=0) > 0, gain.sum(axis=0), 0)
    columns = []
    for column in np.argsort(-bits, kind="stable")[:6]:
        likely = 2 * np.log(2) * bits[column] * selected[:, column].sum()
        if bits[column] < 0.1 or likely < LEAST_G:
            continue
        base = int(gain[:, column].argmax())
        columns.append(
            EnrichedBase(
                int(column) - site,
                BASES[base],
                float(share[base, column]),
                float(other[base, column]),
                float(bits[column]),
            )
        )
    return columns


def kmer_presence(codes: NDArray[np.uint8], k: int = K) -> NDArray[np.bool_]:
    """Whether each window (n) holds each k-mer (4**k) of A, C, G, T, in the order of the bases."""
    present = np.zeros((len(codes), 4**k + 1), bool)
    index, valid = kmer_index(codes, k)
    index[~valid] = 4**k
    np.put_along_axis(present, index, True, axis=1)
    return present[:, :-1]


def selection_kmers(codes: NDArray[np.uint8], rows: Indices, most: int = 6) -> list[Kmer]:
    """K-mers that more of the rows of codes (n, w) hold than of all others, by two-proportion z.

    Left out is what chance does, see `MOST_CHANCE`. At most `MOST_COUNTED` windows of either side
    are looked at, drawn with a fixed seed.
    """
    others = np.ones(len(codes), bool)
    others[rows] = False
    outside = np.flatnonzero(others)
    one, rest = (side[subsample(len(side), MOST_COUNTED)] for side in (np.asarray(rows), outside))
    return _compare(kmer_presence(codes[one]), kmer_presence(codes[rest]), most)


def _compare(inside: NDArray[np.bool_], outside: NDArray[np.bool_], most: int) -> list[Kmer]:
    size, others = len(inside), len(outside)
    if size < LEAST_WINDOWS or not others:
        return []
    counts = inside.sum(axis=0)
    holding = counts + outside.sum(axis=0)
    share, rest = counts / size, (holding - counts) / others
    pooled = holding / (size + others)
    spread = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * (1 / size + 1 / others))
    z = (share - rest) / spread
    k = round(np.log(len(z)) / np.log(4))
    ratio = share / np.maximum(rest, 0.5 / others)
    factorials = np.cumsum(np.log(np.maximum(np.arange(size + others + 1), 1)))
    found: list[Kmer] = []
    for i in np.argsort(-z, kind="stable"):
        if z[i] < LEAST_Z or len(found) == most:
            break
        chance = _chance(int(counts[i]), int(holding[i]), size, factorials)
        if ratio[i] >= LEAST_RATIO and len(z) * chance <= MOST_CHANCE:
            values = (float(column[i]) for column in (share, rest, ratio, z))
            found.append(Kmer(_kmer_text(int(i), k), *values))
    return found


def _chance(count: int, holding: int, size: int, factorials: NDArray[np.float64]) -> float:
    """How probably at least `count` of `size` windows drawn at random hold a k-mer.

    The tail of the hypergeometric distribution, where `holding` of all windows hold it;
    `factorials` has the logarithms of 0! to that of the number of all windows.
    """
    total = len(factorials) - 1
    held = np.arange(count, min(holding, size) + 1)

    def ways(of: int, drawn: NDArray[np.int64] | int) -> NDArray[np.float64]:
        return factorials[of] - factorials[drawn] - factorials[of - drawn]

    chances = ways(holding, held) + ways(total - holding, size - held) - ways(total, size)
    return float(np.exp(chances).sum())


def label_table(values: pd.Series, rows: Indices, most: int = 12) -> pd.DataFrame:
    """How often each value occurs in the selection and outside it; many numbers as five ranges.

    Columns ``selected``, ``share``, ``rest``, ``rest_share``; one row per value, the commonest in
    the selection first, at most `most`; ranges from low to high. What is missing or infinite is
    counted under "".
    """
    ranged = has_numbers(values) and pd.Series(numbers(values)).nunique() > most
    if ranged:
        values = ranges(values)
    codes, names = factor(values)
    inside = np.bincount(codes[rows], minlength=len(names))
    rest = np.bincount(codes, minlength=len(names)) - inside
    table = pd.DataFrame({"selected": inside, "rest": rest}, index=names)
    table = table[(inside > 0) | (rest > 0)]
    table["share"] = table["selected"] / max(len(rows), 1)
    table["rest_share"] = table["rest"] / max(len(values) - len(rows), 1)
    if not ranged:
        table = table.sort_values(["selected", "rest"], ascending=False, kind="stable").head(most)
    return table[["selected", "share", "rest", "rest_share"]]


def _kmer_text(index: int, k: int) -> str:
    return "".join(BASES[index >> 2 * shift & 3] for shift in range(k - 1, -1, -1))
