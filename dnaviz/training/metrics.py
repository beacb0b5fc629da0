"""Measures of a ranking: AUROC, average precision, top-k accuracy, calibration, intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def auroc(truth: np.ndarray, scores: np.ndarray) -> float:
    """Area under the receiver operating characteristic; ties count half.

    Parameters
    ----------
    truth : (n,) bool
    scores : (n,) float
    """
    from scipy.stats import rankdata

    truth = np.asarray(truth, bool)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / positives / negatives)


def best_first(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Order (n,) of examples, best score first; ties are broken against the model."""
    return np.lexsort((np.asarray(truth, bool), -np.asarray(scores, float)))


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    """Mean precision at each true example, best score first; ties are broken against the model."""
    hits = np.asarray(truth, bool)[best_first(truth, scores)]
    return weighted_precision(hits, np.ones(len(hits)))


def weighted_precision(hits: np.ndarray, weights: np.ndarray) -> float:
    """Average precision of examples that are sorted best first and count so many times each."""
    found = np.cumsum(weights * hits)[hits]
    told = np.cumsum(weights)[hits]
    total = found[-1] if len(found) else 0
    return float((weights[hits] * found / np.maximum(told, 1)).sum() / total) if total else np.nan


def top_k_accuracy(truth: np.ndarray, scores: np.ndarray) -> float:
    """Share of true examples among the k best scores, k being their number (SpliceAI's measure)."""
    hits = np.asarray(truth, bool)[best_first(truth, scores)]
    return weighted_top_k(hits, np.ones(len(hits)))


def weighted_top_k(hits: np.ndarray, weights: np.ndarray) -> float:
    """Top-k accuracy of examples that are sorted best first and count so many times each."""
    k = (weights * hits).sum()
    if not k:
        return float("nan")
    within = np.searchsorted(np.cumsum(weights), k, side="right")
    return float((weights * hits)[:within].sum() / k)


def calibration_error(
    truth: np.ndarray, probabilities: np.ndarray, bins: int = 10, weights: np.ndarray | None = None
) -> float:
    """Expected calibration error: mean |share true - mean probability| over equal-width bins.

    Bins are weighted by their number of examples (Guo et al. 2017, arXiv 1706.04599).
    """
    truth, probabilities = np.asarray(truth, float), np.asarray(probabilities, float)
    counts = np.ones(len(truth)) if weights is None else np.asarray(weights, float)
    if not counts.sum():
        return float("nan")
    bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
    gap = np.bincount(bin_of, counts * (truth - probabilities), bins)
    return float(np.abs(gap).sum() / counts.sum())


def interval(
    measure: Callable[[np.ndarray, np.ndarray], float],
    truth: np.ndarray,
    scores: np.ndarray,
    rounds: int = 200,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % bootstrap interval of a measure over its examples."""
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        drawn = rng.integers(0, len(truth), len(truth))
        values.append(measure(truth[drawn], scores[drawn]))
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)


def group_interval(
    measure: Callable[[np.ndarray], float], groups: np.ndarray, rounds: int = 200, seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval over whole groups of examples, such as the positions of a gene.

    Positions of one gene are alike in what is right and wrong about them, so single positions
    drawn at random would make the interval too narrow.

    Parameters
    ----------
    measure : callable
        Of how often each example counts (n,).
    groups : (n,) int
        The group of each example, from 0.
    """
    rng = np.random.default_rng(seed)
    n = int(groups.max()) + 1 if len(groups) else 0
    values = [
        measure(np.bincount(rng.integers(0, n, n), minlength=n)[groups].astype(float))
        for _ in range(rounds if n > 1 else 0)
    ]
    if not np.isfinite(values).any():
        return float("nan"), float("nan")
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)
