"""Which constants fit genes best: what sites tell of each other, and of the strand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from dnaviz.models.protocol import SITES, log_odds_to_probabilities
from dnaviz.splicing.joint import FACTORS, LEAST, SUREST, Factors, jointly
from dnaviz.splicing.transcribed import SHARE, SKEW
from dnaviz.training.evaluation.evaluate import annotated_marks
from dnaviz.training.evaluation.metrics import average_precision
from dnaviz.training.evaluation.strands import fit_strands, gene_evidence
from dnaviz.training.evaluation.whole_genes import HeldOut, by_gene

PIECES = (400, 800, 1_600)
"""Lengths (nt) of the pieces of genes, each around a site, of which it is told whether the others
of its piece help."""

STEPS = (0.4, 0.2, 0.1)
"""By how much one factor at a time is changed, in one round after another."""


class FactorFit(NamedTuple):
    """The factors that fit genes best, of those tried.

    Attributes
    ----------
    factors : Factors
    loss, given : float
        Cross-entropy in nats for each annotated site; and with the factors that the search began
        with.
    """

    factors: Factors
    loss: float
    given: float


class _Case(NamedTuple):
    bases: str
    chances: np.ndarray
    truth: np.ndarray  # both (2, n)


def fit_factors(
    joined: np.ndarray,
    genes: list[HeldOut],
    *,
    start: Factors = FACTORS,
    tried: Callable[[Factors, float], None] | None = None,
) -> FactorFit:
    """Return the factors with the least cross-entropy, by changing one at a time.

    Parameters
    ----------
    joined : ndarray, shape (2, n)
        Log-odds that `score_genes` returns for the genes' strand.
    tried : callable, optional
        Is given each set of factors and its loss.
    """
    cases = _cases(joined, genes)

    def loss(factors: Factors) -> float:
        value = _loss(cases, factors)
        if tried:
            tried(factors, value)
        return value

    given = least = loss(start)
    best = start
    for step in STEPS:
        for name, value in start._asdict().items():
            for sign in (1, -1):
                changed = best._replace(**{name: getattr(best, name) + sign * step * abs(value)})
                if (found := loss(changed)) < least:
                    best, least = changed, found
                    break
    return FactorFit(best, least, given)


def describe_fits(
    name: str, scores: np.ndarray, other: np.ndarray | None, genes: list[HeldOut], seed: int
) -> Iterator[str]:
    """Yield sentences about what fits genes best, beside what is in use.

    Parameters
    ----------
    name : str
        Of what scored them.
    scores, other : ndarray, shape (2, n)
        Of the genes' strand, and of the other one; without the latter nothing is said of strands.
    seed : int
        For `fit_strands`.
    """
    if other is not None:
        strands = fit_strands(gene_evidence(scores, other, genes), seed=seed)
        yield (
            f"{name}: skew {strands.skew:g} and share {strands.share:g} tell strands best "
            f"(loss {strands.loss:.4f}; in use: {SKEW:g}, {SHARE:g})"
        )
    fit = fit_factors(scores, genes)
    values = ", ".join(
        f"{what} {value:.2f} ({getattr(FACTORS, what):g})"
        for what, value in fit.factors._asdict().items()
    )
    yield (
        f"{name}: sites given each other, best (in use): {values}; loss {fit.loss:.4f} "
        f"({fit.given:.4f})"
    )


def describe_pieces(
    name: str,
    score_positions: Callable[[list[str]], list[np.ndarray]],
    genes: list[HeldOut],
    seed: int,
) -> Iterator[str]:
    """Yield how well sites of pieces of genes are ranked alone, and given the others of a piece."""
    for length in PIECES:
        rng = np.random.default_rng(seed)
        ranked: list[list[np.ndarray]] = [[], [], []]  # truth, alone, given the others
        for case in _cases(np.zeros((2, sum(len(h.gene.sequence) for h in genes))), genes):
            last = len(case.bases) - length
            for site in np.flatnonzero(case.truth.any(axis=0)) if last >= 0 else ():
                start = int(np.clip(site - rng.integers(length), 0, last))
                piece = case.bases[start : start + length]
                chances = log_odds_to_probabilities(score_positions([piece])[0])
                for kept, values in zip(
                    ranked,
                    (case.truth[:, start : start + length], chances, jointly(piece, chances)),
                    strict=True,
                ):
                    kept.append(values)
        if not ranked[0]:
            continue
        truth, *scores = (np.concatenate(kept, axis=1) for kept in ranked)
        alone, given = (
            " and ".join(f"{average_precision(truth[k], one[k]):.3f}" for k in range(len(SITES)))
            for one in scores
        )
        yield (
            f"{name}: average precision of {' and '.join(SITES)} in pieces of {length:,} nt: "
            f"{alone}, given the others {given}"
        )


def _cases(joined: np.ndarray, genes: list[HeldOut]) -> list[_Case]:
    truth = np.stack([annotated_marks([held.gene for held in genes], site) for site in SITES])
    parts = zip(
        genes, by_gene(log_odds_to_probabilities(joined), genes), by_gene(truth, genes), strict=True
    )
    return [_Case(held.gene.sequence, chances, marks) for held, chances, marks in parts]


def _loss(cases: list[_Case], factors: Factors) -> float:
    total, sites = 0.0, 0
    for bases, chances, truth in cases:
        judged = chances >= LEAST
        p = np.clip(jointly(bases, chances, factors=factors)[judged].astype(float), 1e-9, SUREST)
        total -= float(np.where(truth[judged], np.log(p), np.log1p(-p)).sum())
        sites += int(truth[judged].sum())
    return total / max(sites, 1)
