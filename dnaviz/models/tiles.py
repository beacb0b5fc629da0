"""Long sequences reconstructed by overlapping tiles, and what comes back of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dnaviz.models.autoencoder import MAX_LENGTH
from dnaviz.sequences import Sequence, from_one_hot

OVERLAP = 100  # bases that neighboring tiles of a long sequence share


class ReconstructionResult(NamedTuple):
    """A sequence beside what the decoder writes for its latent."""

    sequence: Sequence
    reconstruction: str  # upper-case bases, of the same length
    probabilities: np.ndarray  # (4, L) of A, C, G, T
    accuracy: float  # share of the unambiguous bases (A, C, G, T) that come back
    tiles: int  # 1, or the number of overlapping tiles of a long sequence


def tile_starts(length: int) -> list[int]:
    if length <= MAX_LENGTH:
        return [0]
    starts = list(range(0, length - MAX_LENGTH, MAX_LENGTH - OVERLAP))
    return [*starts, length - MAX_LENGTH]


def join_tiles(tiles: list[np.ndarray], starts: list[int], length: int) -> np.ndarray:
    joined = np.empty((4, length), np.float32)
    end = 0
    for tile, start in zip(tiles, starts, strict=True):
        skip = (end - start) // 2  # a later tile takes over in the middle of what they share
        end = start + tile.shape[1]
        joined[:, start + skip : end] = tile[:, skip:]
    return joined


def compare(sequence: Sequence, probabilities: np.ndarray, tiles: int) -> ReconstructionResult:
    bases = str(sequence)
    written = from_one_hot(probabilities)
    pairs = [(a, b) for a, b in zip(bases, written, strict=True) if a in "ACGT"]
    accuracy = sum(a == b for a, b in pairs) / len(pairs) if pairs else float("nan")
    return ReconstructionResult(sequence, written, probabilities, accuracy, tiles)
