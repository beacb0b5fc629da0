"""Out-of-distribution score: does a sequence look like the human DNA the models were trained on?

Two questions, both answered by comparison with human stretches of about the same length, a third
of them around exons. *Foreign*: does it use k-mers as human DNA does, or as its own composition
alone would make it, or as a made-up bacterial gene would? A small network, trained on just that,
tells; it has seen no other organism. *Repetitive*: does it use fewer different words than nearly
all human stretches? Nothing of the models' own networks is used, so that the answer does not depend
on how confident they are.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from dnaviz.models.ood_score import LENGTHS, SIZE, STEPS, OodScore, describe_ood
from dnaviz.sequences.codes import kmer_index

HIDDEN = 64


def _canonical(size: int) -> np.ndarray:
    """Number of each k-mer (4**size,), the same as its reverse complement's."""
    digits = np.arange(4**size)[:, None] // 4 ** np.arange(size) % 4  # last base first
    reverse = (3 - digits) @ 4 ** np.arange(size)[::-1]
    return np.unique(np.minimum(np.arange(4**size), reverse), return_inverse=True)[1]


CANONICAL = _canonical(SIZE)
MEMBERS = np.bincount(CANONICAL)  # k-mers of each number: 2, or 1 for a palindrome
_GC = sum(np.isin(np.arange(4**SIZE) // 4**i % 4, (1, 2)).astype(int) for i in range(SIZE))
STRONG = np.bincount(CANONICAL, weights=_GC) // MEMBERS  # G and C in each
FEATURES = len(MEMBERS) + 4


class OodModel(nn.Module):
    """Network and calibration quantiles of human DNA, as a checkpoint holds them.

    ``hidden`` and ``output`` tell by :meth:`features` what is not human. By length (see
    :data:`LENGTHS`): ``strangeness`` and ``variety`` (lengths, STEPS + 1) are quantiles of what
    that network says of human stretches, and of the entropy of their words.
    """

    strangeness: Tensor
    variety: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(FEATURES, HIDDEN)
        self.output = nn.Linear(HIDDEN, 1)
        self.register_buffer("strangeness", torch.zeros(len(LENGTHS), STEPS + 1))
        self.register_buffer("variety", torch.zeros(len(LENGTHS), STEPS + 1))

    def features(self, codes: np.ndarray) -> np.ndarray:
        """What is known of a stretch, (FEATURES + 1,), from base codes (0-3, above: unknown).

        By how much the share of each k-mer exceeds the one that its composition makes, over the
        root of that one and of length; four terms of GC content and length; last the entropy of
        its words of three, in bits. NaN where fewer than 16 k-mers can be read.
        """
        kmers, valid = kmer_index(codes, SIZE)
        kmers = kmers[valid]
        n = len(kmers)
        if n <= LENGTHS[0] - SIZE:
            return np.full(FEATURES + 1, np.nan, np.float32)
        gc = np.isin(kmers % 4, (1, 2)).mean()
        expected = MEMBERS * (gc / 2) ** STRONG * ((1 - gc) / 2) ** (SIZE - STRONG)
        shares = np.bincount(CANONICAL[kmers], minlength=len(MEMBERS)) / n
        surplus = (shares - expected) / np.sqrt(expected + 1 / n) * np.sqrt(n / 200)
        lean, size = 2 * gc - 1, np.log(n / 200)
        entropy = _entropy(np.bincount(kmers % 64, minlength=64) / n)
        return np.append(surplus, [lean, size, lean * size, lean**2, entropy]).astype(np.float32)

    @torch.no_grad()
    def foreignness(self, described: np.ndarray) -> np.ndarray:
        """Log-odds (n,) that stretches (n, FEATURES + 1) are not human, as training mixed them."""
        hidden = self.hidden(torch.from_numpy(described[:, :FEATURES])).relu()
        log_odds: np.ndarray = self.output(hidden)[:, 0].double().numpy()
        return log_odds

    def ranks(self, described: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How foreign and how repetitive stretches (n, FEATURES + 1) are, (n,) from 0 to 1."""
        foreign, repetitive = np.zeros(len(described)), np.zeros(len(described))
        shares = np.linspace(0, 1, STEPS + 1)
        scores = self.foreignness(described)
        for row, weight in _neighboring_lengths(lengths):
            for k in np.unique(row):
                rows = row == k
                foreign[rows] += weight[rows] * np.interp(
                    scores[rows], self.strangeness.numpy()[k], shares
                )
                varied = np.interp(described[rows, -1], self.variety.numpy()[k], shares)
                repetitive[rows] += weight[rows] * (1 - varied)
        return foreign, repetitive

    def score(self, codes: np.ndarray) -> OodScore:
        """Score a stretch; a long one by the median of its pieces."""
        edges = np.linspace(0, len(codes), max(1, round(len(codes) / LENGTHS[-1])) + 1).astype(int)
        pieces = [codes[start:end] for start, end in pairwise(edges)]
        described = np.array([self.features(piece) for piece in pieces])
        usable = np.isfinite(described).all(1)
        if not usable.any():
            return OodScore(float("nan"), float("nan"), None)
        lengths = np.array([int((piece < 4).sum()) for piece in pieces])
        piece_ranks = self.ranks(described[usable], lengths[usable])
        foreign, repetitive = (float(np.median(ranks)) for ranks in piece_ranks)
        return OodScore(foreign, repetitive, describe_ood(foreign, repetitive, len(pieces)))


def _entropy(shares: np.ndarray) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def _neighboring_lengths(lengths: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The calibrated lengths on both sides of each length, with their weights."""
    place = np.interp(np.log(np.maximum(lengths, 1)), np.log(LENGTHS), np.arange(len(LENGTHS)))
    low = np.minimum(np.floor(place).astype(int), len(LENGTHS) - 2)
    return [(low, 1 - (place - low)), (low + 1, place - low)]
