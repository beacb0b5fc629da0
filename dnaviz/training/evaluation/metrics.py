"""Measures of a ranking: AUROC, average precision, top-k accuracy, calibration, intervals.

Average precision is not scikit-learn's: ties count against the model here, and for it there.
"""

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
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, scores)) if 0 < np.sum(truth) < len(truth) else float("nan")


def best_first(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Order (n,) of examples, best score first; ties are broken against the model."""
    return np.lexsort((np.asarray(truth, bool), -np.asarray(scores, float)))


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    """Mean precision at each true example, best score first; ties are broken against the model."""
    return sorted_precision(np.asarray(truth, bool)[best_first(truth, scores)])


def sorted_precision(hits: np.ndarray) -> float:
    """Average precision of examples sorted best first: which of them are true, (n,) bool."""
    if not hits.any():
        return float("nan")
    return float((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean())


def top_k_accuracy(truth: np.ndarray, scores: np.ndarray) -> float:
    """Share of true examples among the k best scores, k being their number (SpliceAI's measure)."""
    return sorted_top_k(np.asarray(truth, bool)[best_first(truth, scores)])


def sorted_top_k(hits: np.ndarray) -> float:
    """Top-k accuracy of examples sorted best first: which of them are true, (n,) bool."""
    k = int(hits.sum())
    return float(hits[:k].mean()) if k else float("nan")


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
    measure: Callable[..., float],
    *examples: np.ndarray,
    groups: np.ndarray | None = None,
    rounds: int = 200,
) -> tuple[float, float]:
    """95 % bootstrap interval of a measure over its examples, or over whole groups of them.

    Positions of one gene are alike in what is right and wrong about them, so single positions
    drawn at random would make the interval too narrow.

    Parameters
    ----------
    measure : callable
        Of arrays like those of `examples`, in which an example stands as often as it was drawn.
    *examples : ndarray, shapes (n,)
        In groups their order is kept.
    groups : (n,) int, optional
        The group of each example.
    rounds : int

    Returns
    -------
    float, float
        NaN where there are fewer than two to draw from.
    """
    rng = np.random.default_rng(0)
    n, group = len(examples[0]), None
    if groups is not None:
        names, group = np.unique(groups, return_inverse=True)
        n = len(names)
    values = []
    for _ in range(rounds if n > 1 else 0):
        drawn = rng.integers(0, n, n)
        if group is None:
            sample = [array[drawn] for array in examples]
        else:
            times = np.bincount(drawn, minlength=n)[group]
            sample = [np.repeat(array, times) for array in examples]
        values.append(measure(*sample))
    if not np.isfinite(values).any():
        return float("nan"), float("nan")
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)
