"""Does a sequence look like what the models learned from? Words of DNA, compared with human.

A stretch is described by its GC content, by what each of its bases tells beyond the ones before it
(log2 of the probability given k bases over that given k - 1, in human DNA, for k = 1 to 5), and by
how varied its own words are. Its distance is Mahalanobis' from human stretches of about its length;
its rank is the share of human stretches that lie nearer. Shuffled DNA, bacteria and repeats use
words that human DNA avoids, or the same word all the time. Nothing of the networks is used, so the
answer does not depend on how confident they are.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

ORDER = 5  # bases before each base that are looked at
WORD = 3  # length of the words whose variety is measured
LENGTHS = (20, 40, 60, 100, 150, 200, 300, 400, 600, 1000)  # nt, calibrated one by one
FEATURES = ORDER + 3
QUANTILES = 1000
UNUSUAL, UNLIKE = 0.99, 0.998  # ranks above which the user is told


class Familiarity(NamedTuple):
    """How much a sequence looks like human DNA."""

    distance: float  # Mahalanobis; NaN where too few bases are known
    rank: float  # 0-1: share of human stretches of this length that look less strange
    sentence: str | None  # what to tell the user; None where there is nothing to tell


class FamiliarityModel(nn.Module):
    """Human words and the spread of human stretches, as a checkpoint holds them.

    ``surprise`` (4**(ORDER + 1), ORDER): log2 probability ratios of a base by the word that ends in
    it, for k = 1 to ORDER. ``mean``, ``precision``, ``quantiles``: of the features of human
    stretches, by length; see :data:`LENGTHS`.
    """

    surprise: Tensor
    mean: Tensor
    precision: Tensor
    quantiles: Tensor

    def __init__(self) -> None:
        super().__init__()
        lengths = len(LENGTHS)
        self.register_buffer("surprise", torch.zeros(4 ** (ORDER + 1), ORDER))
        self.register_buffer("mean", torch.zeros(lengths, FEATURES))
        self.register_buffer("precision", torch.eye(FEATURES).repeat(lengths, 1, 1))
        self.register_buffer("quantiles", torch.zeros(lengths, QUANTILES + 1))

    def features(self, codes: np.ndarray) -> np.ndarray:
        """Description (FEATURES,) of a stretch of base codes (0-3 = A C G T, above: unknown).

        NaN where fewer than 20 words of ORDER + 1 known bases can be read, or half of a short one.
        """
        words, known = spell(codes, ORDER + 1)
        words = words[known]
        if len(words) < min(LENGTHS) - ORDER:
            return np.full(FEATURES, np.nan)
        last = words % 4
        gains = self.surprise.numpy()[words].mean(0, dtype=np.float64)
        counts = np.bincount(words % 4**WORD, minlength=4**WORD)
        shares = counts[counts > 0] / len(words)
        variety = -(shares * np.log2(shares)).sum()
        return np.array([np.isin(last, (1, 2)).mean(), *gains, variety, shares.max()])

    def distances(self, features: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Mahalanobis distances (n,) of features (n, FEATURES) of stretches of some lengths."""
        total = np.zeros(len(features))
        for (near, weight), _ in zip(_weights(lengths), range(2), strict=True):
            gap = features - self.mean.numpy()[near]
            squares = np.einsum("ni,nij,nj->n", gap, self.precision.numpy()[near], gap)
            total += weight * np.sqrt(np.maximum(squares, 0))
        return total

    def ranks(self, distances: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Share (n,) of human stretches of the same length that lie nearer."""
        found = np.zeros(len(distances))
        steps = np.linspace(0, 1, QUANTILES + 1)
        for near, weight in _weights(lengths):
            for row in range(len(LENGTHS)):
                here = near == row
                shares = np.interp(distances[here], self.quantiles.numpy()[row], steps)
                found[here] += weight[here] * shares
        return found

    def judge(self, codes: np.ndarray) -> Familiarity:
        """How much a stretch looks like human DNA; a long one by the median of its pieces."""
        longest = LENGTHS[-1]
        edges = np.linspace(0, len(codes), max(1, round(len(codes) / longest)) + 1).astype(int)
        found = []
        for start, end in pairwise(edges):
            length = np.array([int((codes[start:end] < 4).sum())])
            features = self.features(codes[start:end])[None]
            if np.isfinite(features).all():
                distance = self.distances(features, length)
                found.append((distance[0], self.ranks(distance, length)[0]))
        if not found:
            return Familiarity(float("nan"), float("nan"), None)
        distance, rank = np.median(np.array(found), axis=0)
        return Familiarity(float(distance), float(rank), _sentence(float(rank), len(found)))


def spell(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Every word of a stretch as a base-4 number, and whether all of its bases are known."""
    positions = max(0, len(codes) - size + 1)
    words = np.zeros(positions, np.int64)
    known = np.ones(positions, bool)
    for offset in range(size):
        piece = codes[offset : offset + positions]
        words = 4 * words + (piece & 3)
        known &= piece < 4
    return words, known


def _weights(lengths: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The calibrated lengths on both sides of each length, with their weights."""
    place = np.interp(np.log(np.maximum(lengths, 1)), np.log(LENGTHS), np.arange(len(LENGTHS)))
    low = np.minimum(np.floor(place).astype(int), len(LENGTHS) - 2)
    return [(low, 1 - (place - low)), (low + 1, place - low)]


def _sentence(rank: float, pieces: int) -> str | None:
    what = "This sequence" if pieces == 1 else "Most of this sequence"
    if rank > UNLIKE:
        return (
            f"{what} is unlike the human DNA that the models learned from (shuffled, repeated, or "
            "of another kind of organism?): do not rely on what they say about it."
        )
    if rank > UNUSUAL:
        return (
            f"{what} is unusual for the human DNA that the models learned from (stranger than "
            f"{rank:.1%} of human stretches): what they say about it may be wrong."
        )
    return None
