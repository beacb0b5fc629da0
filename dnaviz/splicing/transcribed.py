"""Which strand is transcribed: what a scan of both tells, beside the sequence's composition.

A splice model tells how probable a site is if its strand is transcribed. Whether it is can be told
by what the model sees on both strands, and by what transcription leaves in introns: more G and T
than C and A. A Markov chain along the sequence, whose states are the two strands, puts the evidence
together (forward-backward algorithm), so that each gene of a longer stretch has its own strand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import atanh, exp, log, tanh
from typing import NamedTuple, TypeVar

import numpy as np

StrandName = TypeVar("StrandName", bound=str)

SKEW = 0.0016
"""Log-likelihood of a strand for each G and T that it has, and against it for each C and A."""

SHARE = 0.4
"""Part of the evidence of a site that counts: look-alikes of sites come in pairs and clusters."""

REACH = 100_000
"""Distance (nt) over which evidence of a strand fades: genes end, and others begin."""

BLOCK = 100
"""Bases that are taken together, nt."""

LEAST = 0.1
"""Probability of a site below which it tells nothing of the strand."""

SUREST = 0.999
"""Probability that is taken for that of a surer site."""

CLEAR = 0.75
"""Mean probability from which a strand is said to look transcribed."""


class Evidence(NamedTuple):
    """What each block of a sequence tells for strand +.

    Attributes
    ----------
    sites : list of float
        Log-odds, by the sites on both strands.
    skew : list of int
        G and T less C and A on strand +.
    """

    sites: list[float]
    skew: list[int]


class Stretch(NamedTuple):
    """A stretch along which one strand is the likelier to be transcribed.

    Attributes
    ----------
    first, last : int
        1-based, both included.
    strand : "+" or "-"
    probability : float
        That this strand is the transcribed one, its mean along the stretch.
    """

    first: int
    last: int
    strand: str
    probability: float


def transcribed(
    bases: str, probabilities: Mapping[StrandName, np.ndarray]
) -> dict[StrandName, np.ndarray]:
    """Return how probable it is at each position that a strand is the transcribed one.

    One of the two is taken to be, each as likely beforehand. Sites of probability p on the strand
    that is transcribed are to those on the other as 1 to 1 - p, where decoys are alike on both: a
    site tells ``-log(1 - p) - p`` for its strand, the likelihood of a Poisson process. As much as
    its `SHARE` counts, since sites are not independent of each other.

    Parameters
    ----------
    bases : str
        The forward strand, upper case, L nt.
    probabilities : mapping of str to numpy.ndarray
        By strand, shape (2, L), as a `Scan` has them.

    Returns
    -------
    dict of str to numpy.ndarray
        By strand, float32 (L,); both add up to 1. Ones where only one strand is given.
    """
    length = len(bases)
    if len(probabilities) < 2:
        return {strand: np.ones(length, dtype=np.float32) for strand in probabilities}
    blocks = strand_posterior(strand_evidence(bases, probabilities))
    plus = np.array([blocks[i // BLOCK] for i in range(length)], dtype=np.float32)
    return {strand: plus if strand == "+" else 1 - plus for strand in probabilities}


def stretches(plus: np.ndarray) -> list[Stretch]:
    """Return where which strand is the likelier one, from the probabilities (L,) of strand +."""
    values = plus.tolist()
    starts = [i for i, p in enumerate(values) if i == 0 or (p >= 0.5) != (values[i - 1] >= 0.5)]
    runs = []
    for start, stop in zip(starts, [*starts[1:], len(values)], strict=True):
        mean = sum(values[start:stop]) / (stop - start)
        strand = "+" if values[start] >= 0.5 else "-"
        runs.append(Stretch(start + 1, stop, strand, mean if strand == "+" else 1 - mean))
    return runs


def strand_evidence(bases: str, probabilities: Mapping[StrandName, np.ndarray]) -> Evidence:
    """Return what each `BLOCK` bases tell; the parameters are those of `transcribed`."""
    skew = []
    for start in range(0, len(bases), BLOCK):
        count = bases[start : start + BLOCK].count
        skew.append(count("G") + count("T") - count("C") - count("A"))
    sites = [0.0] * len(skew)
    for strand, rows in probabilities.items():
        sign = 1 if strand == "+" else -1
        for row in rows.tolist():
            for i, p in enumerate(row):
                if p >= LEAST:
                    sites[i // BLOCK] += sign * (-log(1 - min(p, SUREST)) - p)
    return Evidence(sites, skew)


def strand_posterior(evidence: Evidence, skew: float = SKEW, share: float = SHARE) -> list[float]:
    """Return the probability of strand + in each block, by what all blocks tell."""
    odds = [share * site + 2 * skew * count for site, count in zip(*evidence, strict=True)]
    before = list(_passed_on(odds))
    behind = list(_passed_on(odds[::-1]))[::-1]
    total = map(sum, zip(before, odds, behind, strict=True))
    return [(1 + tanh(one / 2)) / 2 for one in total]


def _passed_on(evidence: list[float]) -> Iterator[float]:
    """Yield the log-odds that the blocks before each one tell for it."""
    stays, odds = exp(-BLOCK / REACH), 0.0
    for own in evidence:
        yield odds
        # A chain of two states: what is believed moves toward one half.
        odds = 2 * atanh(stays * tanh((odds + own) / 2))
