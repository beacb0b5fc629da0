"""What two sets of sequence have in common, counted by sampled 32-mers.

Files of several sources hold the same DNA twice (a disease gene's record and its chromosome), and
names alone do not tell. Looked at are those 32-mers that start with one of a sixty-fourth of all
8-mers, so shared sequence shares them whatever its place (FracMinHash; Irber et al. 2022, bioRxiv
2022.01.11.475838).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dnaviz.sequences.codes import COMPLEMENT
from dnaviz.training.data.annotated import Stretch

K, PART = 32, 8
SAMPLED = 64  # one 8-mer in so many
CHUNK = 4_000_000
COPY = 0.5  # share in common from which a stretch is a copy; repeats alone make .1
_STARTS = (np.arange(4**PART, dtype=np.uint32) * 40503) % 4**PART < 4**PART // SAMPLED


def kmers(codes: np.ndarray) -> np.ndarray:
    """The sampled 32-mers of codes (L,), sorted, each once; none with an unknown base."""
    result = []
    for start in range(0, max(len(codes) - K + 1, 0), CHUNK):
        piece = codes[start : start + CHUNK + K - 1]
        part = (piece & 3).astype(np.uint16)
        for bases in (1, 2, 4):  # parts of twice as many bases
            part = (part[:-bases] << np.uint16(2 * bases)) | part[bases:]
        places = np.flatnonzero(_STARTS[part[: len(piece) - K + 1]])
        unknown = np.concatenate([[0], np.cumsum(piece > 3, dtype=np.int32)])
        places = places[unknown[places + K] == unknown[places]]
        word = np.zeros(len(places), np.uint64)
        for offset in range(0, K, PART):
            word = (word << np.uint64(2 * PART)) | part[places + offset]
        result.append(word)
    return np.unique(np.concatenate([np.empty(0, np.uint64), *result]))


def index(stretches: Iterable[Stretch]) -> np.ndarray:
    """Sampled 32-mers of the forward strand of all stretches, sorted."""
    parts = [kmers(s.codes) for s in stretches]
    return np.unique(np.concatenate([np.empty(0, np.uint64), *parts]))


def share_within(
    stretch: Stretch, others: np.ndarray, more: frozenset[int] | set[int] = frozenset()
) -> float:
    """Share of a stretch's sampled 32-mers that stand in an :func:`index` or among `more`.

    Of its two strands the one that has more in common counts.
    """
    shares = [0.0]
    for codes in (stretch.codes, COMPLEMENT[stretch.codes[::-1]]):
        own = kmers(codes)
        if len(own):
            left, right = (np.searchsorted(others, own, side=side) for side in ("left", "right"))
            there = left < right
            if more:
                there |= [int(word) in more for word in own]
            shares.append(float(there.mean()))
    return max(shares)


def without_copies(
    stretches: Iterable[Stretch], others: np.ndarray, *, among: bool = False
) -> tuple[list[Stretch], list[Stretch]]:
    """Stretches of which at most a share :data:`COPY` stands in an index, and the others.

    With `among`, what stands in an earlier one of the stretches is a copy too.
    """
    kept: list[Stretch] = []
    copies: list[Stretch] = []
    earlier: set[int] = set()
    for s in stretches:
        if share_within(s, others, earlier) > COPY:
            copies.append(s)
            continue
        kept.append(s)
        if among:
            earlier.update(kmers(s.codes).tolist())
    return kept, copies
