"""Reliability diagram: observed share of true sites by predicted probability."""

from __future__ import annotations

from typing import Any

import numpy as np

EDGES = (0.0, 0.01, *(k / 10 for k in range(1, 10)), 1.0)  # below .01 lies nearly every position
Z = 1.96  # of a 95 % interval


def reliability(truth: np.ndarray, probabilities: np.ndarray) -> list[dict]:
    """Mean probability against the share that is true, in bins between :data:`EDGES`.

    Parameters
    ----------
    truth : ndarray of bool, shape (n,)
    probabilities : ndarray, shape (n,)

    Returns
    -------
    list of dict
        For each bin that is not empty ``said`` (mean probability), ``true`` (share), its 95 %
        interval ``low`` and ``high`` (Wilson 1927), and ``n``.
    """
    place = np.searchsorted(EDGES[1:-1], np.asarray(probabilities), side="right")
    points: list[dict[str, Any]] = []
    for k in range(len(EDGES) - 1):
        in_bin = place == k
        n = int(in_bin.sum())
        if not n:
            continue
        share = float(np.asarray(truth)[in_bin].mean())
        middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        points.append(
            {
                "said": float(np.asarray(probabilities)[in_bin].mean()),
                "true": share,
                "low": float(max(0.0, middle - half)),
                "high": float(min(1.0, middle + half)),
                "n": n,
            }
        )
    return points
