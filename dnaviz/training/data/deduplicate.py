"""Find and drop windows that occur in more than one split.

Two windows are near-identical when half a window's length of consecutive bases of one agrees with
the other, or with its reverse complement, in at least nine of ten places, without gaps and at any
shift. N agrees with nothing. Test windows are never dropped for another split's sake: training and
validation lose theirs, and training loses to validation.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from dnaviz.sequences import reverse_complement
from dnaviz.sequences.codes import COMPLEMENT, encode_bases, kmer_index

IDENTITY = 0.9
ORDER = ("test", "validation", "train")  # who keeps a window that several splits have
_K = 12  # length of the exact matches that lead to near-identical windows
_MIN_SEEDS = 2  # exact matches on one diagonal before two windows are compared
_BLOCK = 10_000  # windows of the kept split that are indexed at a time
_ROWS = 1000  # windows looked up in the index at a time
_BATCH = 50_000  # pairs compared at a time

Codes = npt.NDArray[np.uint8]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Drops(NamedTuple):
    """How many windows were dropped, and why."""

    repeated: int  # the very same bases (or their reverse complement) twice within a split
    identical: int  # the very same bases (or their reverse complement) in another split
    similar: int  # near-identical to a window of another split
    by_split: dict[str, int]

    @property
    def total(self) -> int:
        """Return the number of dropped windows."""
        return self.repeated + self.identical + self.similar


def deduplicate(windows: pd.DataFrame) -> tuple[pd.DataFrame, Drops]:
    """Drop windows that are repeated, or that another split has too.

    Near-identical windows are found from exact matches of 12 bases, so pairs that only just reach
    `IDENTITY` may stay: see the tests for the share that is found.

    Parameters
    ----------
    windows
        With columns sequence (all of one length), split and label; of equal windows the first is
        kept, sites before decoys.

    Returns
    -------
    (pandas.DataFrame, Drops)
        The windows that stay, in their order, and the counts.
    """
    if windows.empty:
        return windows, Drops(0, 0, 0, {})
    keys = [min(s, reverse_complement(s)) for s in windows["sequence"]]
    ranks = windows["split"].map({split: i for i, split in enumerate(ORDER)})
    is_decoy = windows["label"].str.contains("decoy")
    order = pd.DataFrame({"key": keys, "rank": ranks.to_numpy(), "decoy": is_decoy.to_numpy()})
    ranked = order.sort_values(["rank", "decoy"], kind="stable")
    second = ranked.duplicated("key").sort_index().to_numpy()
    repeated = ranked.duplicated(["key", "rank"]).sort_index().to_numpy()
    identical = second & ~repeated

    codes = encode_bases("".join(windows["sequence"])).reshape(len(windows), -1)
    stays = ~second
    similar = np.zeros(len(windows), dtype=bool)
    for rank in range(1, len(ORDER)):
        mine = np.flatnonzero(stays & (ranks == rank).to_numpy())
        others = np.flatnonzero(stays & (ranks < rank).to_numpy())
        duplicates = mine[near_identical(codes[mine], codes[others])]
        similar[duplicates], stays[duplicates] = True, False

    lost = windows["split"][~stays].value_counts()
    drops = Drops(
        int(repeated.sum()), int(identical.sum()), int(similar.sum()),
        {split: int(lost.get(split, 0)) for split in ORDER},
    )  # fmt: skip
    return windows[stays].reset_index(drop=True), drops


def near_identical(mine: Codes, others: Codes, identity: float = IDENTITY) -> Flags:
    """Tell which of `mine` are near-identical to any of `others`.

    Parameters
    ----------
    mine, others
        Codes of windows, 0-3 for A C G T and 4 for all else, shapes (n, L) and (m, L).

    Returns
    -------
    numpy.ndarray
        bool, shape (n,).
    """
    similar = np.zeros(len(mine), dtype=bool)
    for start in range(0, len(others), _BLOCK):
        block = others[start : start + _BLOCK]
        for targets in (block, COMPLEMENT[block[:, ::-1]]):
            # Repeats such as Alu match thousands of windows: once found, they are not sought again.
            open_ = np.flatnonzero(~similar)
            for rows, columns, shifts in _seeded(mine[open_], targets):
                fresh = ~similar[open_[rows]]
                rows, columns, shifts = rows[fresh], columns[fresh], shifts[fresh]
                same = best_identity(mine[open_[rows]], targets[columns], shifts) >= identity
                similar[open_[rows[same]]] = True
    return similar


def best_identity(first: Codes, second: Codes, shifts: Index) -> npt.NDArray[np.float64]:
    """Return the largest share of equal bases over any ``L // 2`` consecutive places of each pair.

    Parameters
    ----------
    first, second
        Windows, both of shape (n, L).
    shifts
        Shape (n,): base ``i`` of the first lies over base ``i - shift`` of the second.
    """
    n, length = first.shape
    stretch = length // 2
    padded = np.full((n, 3 * length), 5, dtype=np.uint8)
    padded[:, length : 2 * length] = second
    columns = np.arange(length) + length - shifts[:, None]
    over = np.take_along_axis(padded, columns, axis=1)
    equal = (first == over) & (first < 4)
    sums = np.zeros((n, length + 1), dtype=np.int32)
    np.cumsum(equal, axis=1, out=sums[:, 1:])
    return np.asarray((sums[:, stretch:] - sums[:, :-stretch]).max(axis=1) / stretch)


def _seeds(codes: Codes) -> tuple[Index, Index, Index]:
    """Return k-mer, row and position of half of all k-mers, the same half in every window."""
    kmers, valid = kmer_index(codes, _K)
    # A multiplicative hash, so that neighboring or similar k-mers are not chosen together.
    chosen = valid & ((kmers * 0x9E3779B1 >> 20) & 1 == 0)
    rows, positions = np.nonzero(chosen)
    return kmers[rows, positions], rows, positions


def _seeded(mine: Codes, targets: Codes) -> Iterator[tuple[Index, Index, Index]]:
    """Yield batches of pairs (row of `mine`, row of `targets`, shift) that share exact matches."""
    length = mine.shape[1]
    target_kmers, target_rows, target_positions = _seeds(targets)
    # Sorted by k-mer, with a table of where each begins: far faster to look up than to search.
    order = np.argsort(target_kmers, kind="stable")
    begins = np.zeros(4**_K + 1, dtype=np.int32)
    np.cumsum(np.bincount(target_kmers, minlength=4**_K), out=begins[1:])
    for start in range(0, len(mine), _ROWS):
        kmers, rows, positions = _seeds(mine[start : start + _ROWS])
        first = begins[kmers]
        counts = begins[kmers + 1] - first
        total = int(counts.sum())
        source = np.repeat(np.arange(len(kmers)), counts)
        within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        target = order[np.repeat(first, counts) + within]
        shift = positions[source] - target_positions[target]
        pair = (rows[source] * len(targets) + target_rows[target]) * (2 * length) + shift + length
        pairs, hits = np.unique(pair, return_counts=True)
        pairs = pairs[hits >= _MIN_SEEDS]
        for at in range(0, len(pairs), _BATCH):
            places, shifted = np.divmod(pairs[at : at + _BATCH], 2 * length)
            row, column = np.divmod(places, len(targets))
            yield row + start, column, shifted - length
