"""Precision against recall: how many of the sites called are true, and how many are called."""

from __future__ import annotations

from typing import Any

import numpy as np

from dnaviz.training.evaluation.metrics import best_first

POINTS = 50  # of a curve
THRESHOLDS = (0.1, 0.5, 0.9)


def precision_recall(truth: np.ndarray, scores: np.ndarray) -> list[list[float]]:
    """Return recall and precision at evenly spaced shares of the true examples.

    Parameters
    ----------
    truth : ndarray of bool, shape (n,)
    scores : ndarray, shape (n,)
        Best highest; ties are broken against the model.

    Returns
    -------
    list of [recall, precision]
        At most :data:`POINTS`, by recall; empty where nothing is true.
    """
    true_ranks = np.flatnonzero(np.asarray(truth, bool)[best_first(truth, scores)])
    count = len(true_ranks)
    steps = np.unique(np.ceil(np.arange(1, POINTS + 1) * count / POINTS).astype(int))
    return [[k / count, k / int(true_ranks[k - 1] + 1)] for k in steps.tolist() if k]


def at_thresholds(truth: np.ndarray, probabilities: np.ndarray) -> list[dict[str, Any]]:
    """Return recall and precision of calling all that reach a probability, for :data:`THRESHOLDS`.

    Precision is None where nothing is called.
    """
    marks = []
    for threshold in THRESHOLDS:
        called = np.asarray(probabilities) >= threshold
        hits, n = int(np.asarray(truth)[called].sum()), int(called.sum())
        marks.append(
            {
                "probability": threshold,
                "recall": hits / int(np.sum(truth)) if np.any(truth) else None,
                "precision": hits / n if n else None,
            }
        )
    return marks
