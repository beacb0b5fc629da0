"""Which strand of genes is told to be transcribed, and what that makes of calibration."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import log
from typing import NamedTuple

import numpy as np

from dnaviz.models.protocol import SITES, log_odds_to_probabilities
from dnaviz.splicing.transcribed import BLOCK, Evidence, strand_evidence, strand_posterior
from dnaviz.training.evaluation.evaluate import FOUND, Metric, annotated_marks, metric, site_marks
from dnaviz.training.evaluation.metrics import calibration_error
from dnaviz.training.evaluation.whole_genes import HeldOut, joint_scores, strand_calibrated

PIECE = 30
"""Blocks of the pieces of genes whose strand is told: 3,000 nt."""

LENGTHS = (2, 10, 30, 100, 400)
"""Blocks of the pieces that constants are fitted on."""

SKEWS = (0.0, 0.0008, 0.0012, 0.0016, 0.002, 0.0024, 0.0032)
SHARES = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


class StrandFit(NamedTuple):
    """The `SKEW` and `SHARE` of `dnaviz.splicing.transcribed` that fit genes best.

    Attributes
    ----------
    skew, share : float
    loss : float
        Mean cross-entropy of the strand in pieces of genes, in nats.
    """

    skew: float
    share: float
    loss: float


def gene_evidence(sense: np.ndarray, other: np.ndarray, genes: list[HeldOut]) -> list[Evidence]:
    """Return what tells the strand of each gene; + is its own.

    Parameters
    ----------
    sense, other : ndarray, shape (2, n)
        Log-odds that `score_genes` returns for the genes' strand and for the other one.
    """
    evidence, start = [], 0
    for held in genes:
        bases = held.gene.sequence
        part = slice(start, start + len(bases))
        own, against = sense[:, part], other[:, part][:, ::-1]
        chances = {
            "+": log_odds_to_probabilities(own),
            "-": log_odds_to_probabilities(against),
        }
        evidence.append(strand_evidence(bases, chances))
        start = part.stop
    return evidence


def measure_strands(
    sense: np.ndarray, other: np.ndarray, genes: list[HeldOut], name: str, section: str
) -> Iterator[Metric]:
    """How often the strand of genes is told right, and calibration when it is weighed.

    Every figure is of the genes cut at their ends, both strands read, without their annotation.
    Calibration is judged at the same positions with and without weights: those where the
    probability itself is `FOUND` or more; and where the weighted one is, as for both strands
    together. On the other strand few positions are left then.

    Parameters
    ----------
    sense, other : ndarray, shape (2, n)
        As for `gene_evidence`.
    """
    evidence = gene_evidence(sense, other, genes)
    own = [strand_posterior(one) for one in evidence]
    right = np.array([float(np.mean(row)) > 0.5 for row in own])
    yield metric(section, "transcribed strand told right, whole genes", name, np.mean, right)
    for what, pieces in _pieces(evidence).items():
        means = np.array([float(np.mean(strand_posterior(piece))) for piece in pieces])
        what = f"transcribed strand told right, {what} of {PIECE * BLOCK:,} nt"
        yield metric(section, what, name, np.mean, means > 0.5)
    weights = np.concatenate(
        [
            np.repeat(row, BLOCK)[: len(held.gene.sequence)]
            for row, held in zip(own, genes, strict=True)
        ]
    )
    turned = np.concatenate(
        [
            1 - np.repeat(row, BLOCK)[: len(held.gene.sequence)][::-1]
            for row, held in zip(own, genes, strict=True)
        ]
    )
    judged = [joint_scores(sense, genes), joint_scores(other, genes, antisense=True)]
    for k, site in enumerate(SITES):
        whole = [held.gene for held in genes]
        truths = (
            annotated_marks(whole, site),
            site_marks(whole, [held.antisense[site] for held in genes]),
        )
        chances = [log_odds_to_probabilities(scores[k]) for scores in (sense, other)]
        joint = [log_odds_to_probabilities(scores[k]) for scores in judged]
        weighted = [p * w for p, w in zip(joint, (weights, turned), strict=True)]
        for strand, truth, plain, value in zip(
            ("own strand", "other strand"), truths, chances, weighted, strict=True
        ):
            yield from strand_calibrated(
                section, f"{site}, {strand}, weighted", name, truth, value, plain >= FOUND
            )
            called = value >= FOUND
            error = calibration_error(truth[called], value[called])
            what = f"expected calibration error where weighted p >= {FOUND}, {site}, {strand}"
            yield Metric(section, what, name, error, np.nan, np.nan, int(called.sum()))
        both, truth = np.concatenate(weighted), np.concatenate(truths)
        for what, value in (("", np.concatenate(chances)), (", weighted", both)):
            called = value >= FOUND
            error = calibration_error(truth[called], value[called])
            what = f"expected calibration error where p >= {FOUND}, {site}, both strands{what}"
            yield Metric(section, what, name, error, np.nan, np.nan, int(called.sum()))


def fit_strands(evidence: list[Evidence], *, draws: int = 20, seed: int = 0) -> StrandFit:
    """Return the skew and share that tell the strand of pieces of genes best, of a few.

    Parameters
    ----------
    evidence : list of Evidence
        Of genes, + their own strand.
    draws, seed
        Pieces of each length that are drawn of a gene, and what decides which.
    """
    rng = np.random.default_rng(seed)
    by_length = []
    for length in LENGTHS:
        long = [one for one in evidence if len(one.sites) >= length]
        starts = [rng.integers(0, len(one.sites) - length + 1, draws).tolist() for one in long]
        by_length.append(
            [_cut(one, at, length) for one, drawn in zip(long, starts, strict=True) for at in drawn]
        )
    fits = []
    for skew, share in product(SKEWS, SHARES):
        losses = [
            np.mean([_loss(strand_posterior(piece, skew, share)) for piece in pieces])
            for pieces in by_length
            if pieces
        ]
        fits.append(StrandFit(skew, share, float(np.mean(losses)) if losses else np.nan))
    return min(fits, key=lambda fit: fit.loss)


def _loss(own: list[float]) -> float:
    return -sum(log(max(p, 1e-12)) for p in own) / len(own)


def _pieces(evidence: list[Evidence]) -> dict[str, list[Evidence]]:
    """Return a piece of each gene that is long enough: its beginning, and its middle."""
    long = [one for one in evidence if len(one.sites) >= PIECE]
    if not long:
        return {}
    return {
        "beginnings": [_cut(one, 0, PIECE) for one in long],
        "middles": [_cut(one, (len(one.sites) - PIECE) // 2, PIECE) for one in long],
    }


def _cut(one: Evidence, start: int, length: int) -> Evidence:
    return Evidence(one.sites[start : start + length], one.skew[start : start + length])
