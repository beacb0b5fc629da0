"""Which constants fit genes best: what sites tell of each other, and of the strand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from dnaviz.models.protocol import SITES, log_odds_to_probabilities
from dnaviz.sequences import Sequence
from dnaviz.splicing.annotate import predicted_transcript_models
from dnaviz.splicing.joint import FACTORS, LEAST, SUREST, Factors, jointly
from dnaviz.splicing.scan import FAR, Scan
from dnaviz.splicing.transcribed import SHARE, SKEW
from dnaviz.training.evaluation.evaluate import annotated_marks
from dnaviz.training.evaluation.metrics import average_precision
from dnaviz.training.evaluation.strands import fit_strands, gene_evidence
from dnaviz.training.evaluation.whole_genes import HeldOut, by_gene

PIECES = (400, 800, 1_600)
"""Lengths (nt) of pieces of genes, each around a site, for what the others are worth there."""

FROM = 0.5
"""Probability from which pages draw exons."""

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


class _Found(NamedTuple):
    chances: list[np.ndarray]  # (2, n) of each piece
    right: list[bool]  # of each predicted exon


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
    """Yield how sites and exons of pieces of genes are found: alone, and given the others of each.

    Sites are ranked by their average precision; exons are those that pages draw, right where both
    ends are annotated.
    """
    every = _cases(np.zeros((2, sum(len(h.gene.sequence) for h in genes))), genes)
    for length in PIECES:
        rng = np.random.default_rng(seed)
        truths: list[np.ndarray] = []
        by_context = {"alone": _Found([], []), "given the others": _Found([], [])}
        for case in every:
            last = len(case.bases) - length
            for site in np.flatnonzero(case.truth.any(axis=0)) if last >= 0 else ():
                start = int(np.clip(site - rng.integers(length), 0, last))
                piece = Sequence(case.bases[start : start + length])
                truths.append(truth := case.truth[:, start : start + length])
                chances = log_odds_to_probabilities(score_positions([str(piece)])[0])
                for kept, context in zip(by_context.values(), (FAR, 0), strict=True):
                    scan = Scan(piece, {"+": chances}, FROM, [], context).at(FROM)
                    kept.chances.append(scan.joint().probabilities["+"])
                    exons = [one for m in predicted_transcript_models(scan) for one in m.exons]
                    kept.right.extend(bool(truth[1, s - 2] and truth[0, e]) for s, e in exons)
        if not truths:
            continue
        truth = np.concatenate(truths, axis=1)
        for how, kept in by_context.items():
            scores = np.concatenate(kept.chances, axis=1)
            ranked = [f"{average_precision(truth[k], scores[k]):.3f}" for k in range(len(SITES))]
            yield (
                f"{name}, {len(truths):,} pieces of {length:,} nt, {how}: average precision of "
                f"{' and '.join(SITES)} {' and '.join(ranked)}, {sum(kept.right):,} of "
                f"{len(kept.right):,} predicted exons are right"
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
