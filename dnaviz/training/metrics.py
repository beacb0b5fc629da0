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


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    """Mean precision at each true example, best score first; ties are broken against the model."""
    truth = np.asarray(truth, bool)
    if not truth.any():
        return float("nan")
    order = np.lexsort((truth, -np.asarray(scores, float)))
    hits = truth[order]
    return float((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean())


def top_k_accuracy(truth: np.ndarray, scores: np.ndarray) -> float:
    """Share of true examples among the k best scores, k being their number (SpliceAI's measure)."""
    truth = np.asarray(truth, bool)
    k = int(truth.sum())
    if not k:
        return float("nan")
    order = np.lexsort((truth, -np.asarray(scores, float)))
    return float(truth[order[:k]].mean())


def calibration_error(truth: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean |share true - mean probability| over equal-width bins.

    Bins are weighted by their number of examples (Guo et al. 2017, arXiv 1706.04599).
    """
    truth, probabilities = np.asarray(truth, float), np.asarray(probabilities, float)
    if not len(truth):
        return float("nan")
    bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
    gap = np.bincount(bin_of, truth - probabilities, bins)
    return float(np.abs(gap).sum() / len(truth))


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
