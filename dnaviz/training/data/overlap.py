"""What two sets of sequence have in common, counted by sampled 32-mers.

Files of several sources hold the same DNA twice (a disease gene's record and its chromosome), and
chromosomes alone do not tell. Of every sequence the same sixteenth of its 32-mers is looked at,
chosen by a hash of the bases (FracMinHash; Irber et al. 2022, bioRxiv 2022.01.11.475838), so shared
sequence shares them whatever its place.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dnaviz.training.data.annotated import FLIP, Stretch

WORD = 32
SAMPLED = np.uint64(16)  # one 32-mer in so many
CHUNK = 4_000_000
_MIX = np.uint64(0x9E3779B97F4A7C15)


def words(codes: np.ndarray) -> np.ndarray:
    """The sampled 32-mers of codes (L,), sorted, each once; none with an unknown base."""
    found = []
    for start in range(0, max(len(codes) - WORD + 1, 0), CHUNK):
        piece = codes[start : start + CHUNK + WORD - 1]
        word = (piece & 3).astype(np.uint64)
        for bases in (1, 2, 4, 8, 16):  # words of twice as many bases
            word = (word[:-bases] << np.uint64(2 * bases)) | word[bases:]
        unknown = np.concatenate([[0], np.cumsum(piece > 3)])
        known = unknown[WORD:] == unknown[:-WORD]
        sampled = ((word * _MIX) >> np.uint64(40)) % SAMPLED == 0
        found.append(np.unique(word[known & sampled]))
    return np.unique(np.concatenate([np.empty(0, np.uint64), *found]))


def both_strands(codes: np.ndarray) -> np.ndarray:
    """Sampled 32-mers of codes and of their reverse complement."""
    return np.union1d(words(codes), words(FLIP[codes[::-1]]))


def index(stretches: Iterable[Stretch]) -> np.ndarray:
    """Sampled 32-mers of either strand of all stretches, sorted."""
    parts = [both_strands(s.codes) for s in stretches]
    return np.unique(np.concatenate([np.empty(0, np.uint64), *parts]))


def share_within(stretch: Stretch, others: np.ndarray) -> float:
    """Share of a stretch's sampled 32-mers that stand in an :func:`index`; 0 if it has none."""
    own = words(stretch.codes)
    if not len(own) or not len(others):
        return 0.0
    place = np.minimum(np.searchsorted(others, own), len(others) - 1)
    return float((others[place] == own).mean())


def without_copies(
    stretches: Iterable[Stretch], others: np.ndarray, most: float = 0.5
) -> tuple[list[Stretch], list[Stretch]]:
    """Stretches of which at most a share `most` stands in an index, and the others."""
    kept: list[Stretch] = []
    copies: list[Stretch] = []
    for s in stretches:
        (copies if share_within(s, others) > most else kept).append(s)
    return kept, copies
