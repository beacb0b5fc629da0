"""Out-of-distribution score: does a sequence look like the human DNA the models were trained on?

Two questions, both answered by comparison with human stretches of about the same length. *Foreign*:
how much better do human habits (which base follows which three) foretell its bases than its own
composition does? For its GC content and its variety of words a human stretch gains a known amount;
shuffled DNA, bacteria and plants gain less. *Repetitive*: does it use fewer different words than
nearly all human stretches? Nothing of the networks is used, so that the answer does not depend on
how confident they are.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from dnaviz.sequences.codes import kmer_index

ORDER = 3  # bases before each base that are looked at
LENGTHS = (20, 40, 60, 100, 150, 200, 300, 400, 600, 1000)  # nt, calibrated one by one
TERMS = 5  # of the expected gain: 1, GC, GC squared, own entropy, own variety
STEPS = 1000  # quantiles kept
UNUSUAL, UNLIKE = 0.99, 0.998  # ranks above which the user is told


class OodScore(NamedTuple):
    """Out-of-distribution score of a sequence; NaN where too few of its bases are known."""

    unfamiliarity: float  # 0-1: share of human stretches of this length that look less foreign
    repetitiveness: float  # 0-1: share of human stretches of this length with more different words
    warning: str | None  # what to tell the user; None where there is nothing to tell


class OodModel(nn.Module):
    """Markov chain and calibration quantiles of human DNA, as a checkpoint holds them.

    ``markov_log_probs`` (4**(ORDER + 1),): log2 probability of a word's last base given the ones
    before it. By length (see :data:`LENGTHS`): ``expected`` (lengths, TERMS) gives the gain that a
    human stretch has; ``shortfall`` and ``variety`` (lengths, STEPS + 1) are quantiles of what
    human stretches lack of it, and of the entropy of their words.
    """

    markov_log_probs: Tensor
    expected: Tensor
    shortfall: Tensor
    variety: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("markov_log_probs", torch.zeros(4 ** (ORDER + 1)))
        self.register_buffer("expected", torch.zeros(len(LENGTHS), TERMS))
        self.register_buffer("shortfall", torch.zeros(len(LENGTHS), STEPS + 1))
        self.register_buffer("variety", torch.zeros(len(LENGTHS), STEPS + 1))

    def features(self, codes: np.ndarray) -> np.ndarray:
        """Gain and the terms it depends on, (1 + TERMS,), of base codes (0-3, above: unknown).

        The gain is in bits a base, the last two terms are entropies in bits. NaN where fewer than
        17 words of four known bases can be read.
        """
        kmers, valid = kmer_index(codes, ORDER + 1)
        kmers = kmers[valid]
        if len(kmers) < LENGTHS[0] - ORDER:
            return np.full(1 + TERMS, np.nan)
        composition = np.bincount(kmers % 4, minlength=4) / len(kmers)
        gc = composition[1] + composition[2]
        own = _entropy(composition)
        variety = _entropy(np.bincount(kmers % 64, minlength=64) / len(kmers))
        gain = self.markov_log_probs.numpy()[kmers].mean(dtype=np.float64) + own
        return np.array([gain, 1.0, gc, gc * gc, own, variety])

    def ranks(self, described: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How foreign and how repetitive stretches (n, 1 + TERMS) are, both (n,) from 0 to 1."""
        foreign, repetitive = np.zeros(len(described)), np.zeros(len(described))
        shares = np.linspace(0, 1, STEPS + 1)
        for row, weight in _neighboring_lengths(lengths):
            for k in np.unique(row):
                rows = row == k
                shortfall = described[rows, 1:] @ self.expected.numpy()[k] - described[rows, 0]
                foreign[rows] += weight[rows] * np.interp(
                    shortfall, self.shortfall.numpy()[k], shares
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
        return OodScore(foreign, repetitive, _warning(foreign, repetitive, len(pieces)))


def _entropy(shares: np.ndarray) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def _neighboring_lengths(lengths: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The calibrated lengths on both sides of each length, with their weights."""
    place = np.interp(np.log(np.maximum(lengths, 1)), np.log(LENGTHS), np.arange(len(LENGTHS)))
    low = np.minimum(np.floor(place).astype(int), len(LENGTHS) - 2)
    return [(low, 1 - (place - low)), (low + 1, place - low)]


def _warning(foreign: float, repetitive: float, pieces: int) -> str | None:
    what = "This sequence" if pieces == 1 else "Most of this sequence"
    if repetitive > UNUSUAL:
        return (
            f"{what} repeats itself more than {_share(repetitive)} of human stretches of its "
            "length: the models have seen little like it, so what they say about it may be wrong."
        )
    if foreign > UNLIKE:
        return (
            f"{what} does not look like human DNA ({_share(foreign)} of human stretches of its "
            "length look more so; is it shuffled, made up, or of another organism?): the models "
            "learned from human DNA only, so do not rely on what they say about it."
        )
    if foreign > UNUSUAL:
        # They were counted on introns and the exons' ends: whole exons differ more often.
        return (
            f"{what} is unusual for human DNA ({_share(foreign)} of human stretches of its length "
            "look more so; an exon may be): the models learned from human DNA only, so be careful "
            "with what they say about it."
        )
    return None


def _share(rank: float) -> str:
    return f"{min(rank, 0.999):.1%}"
