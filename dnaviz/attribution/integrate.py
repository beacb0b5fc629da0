"""Integrated Gradients with steps where they are needed.

The score is known at every step of the way from the baseline to the sequence, so the error of each
stretch of the integral is known too: what its gradients add up to, minus what the score gains.
Stretches with the largest errors are halved until the whole adds up, and until no more than small
errors can have canceled in it. That takes two to ten times fewer gradients than the same accuracy
with steps of one size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from dnaviz.attribution.window import SiteWindow
from dnaviz.models.protocol import window_gradients
from dnaviz.progress import Stepwise

if TYPE_CHECKING:
    from dnaviz.models import Differentiable

FIRST_STEPS = 16
MOST_STEPS = 1_024
MOST_GRADIENTS = 2_560  # over all baselines: seconds, while somebody waits
ERRORS = 0.01
"""Errors of all stretches together that are let stand, as a share of all that bases contribute."""

BATCH = 128


def integrate(
    model: Differentiable,
    window: SiteWindow,
    baselines: np.ndarray,
    adds_up: Callable[[float], bool],
    *,
    hypothetical: bool = False,
) -> Stepwise[tuple[np.ndarray, int]]:
    """Integrate gradients along the straight ways from baselines to a window.

    Parameters
    ----------
    model : Differentiable
    window : SiteWindow
    baselines : numpy.ndarray, shape (k, 4, 2 * context + 1)
    adds_up : callable
        Whether a sum of all attributions is near enough.
    hypothetical : bool
        Return what each base would contribute if it were there; of the base that is there, its
        attribution.

    Yields
    ------
    float
        The fraction done, if all steps that may be needed are.

    Returns
    -------
    tuple of numpy.ndarray and int
        Attributions (4, 2 * context + 1), the mean over the baselines; the number of steps.
    """
    most = max(min(MOST_STEPS, MOST_GRADIENTS // len(baselines)), 1)
    new = np.linspace(0, 1, FIRST_STEPS + 1)
    there = window.array if hypothetical else 1  # what of the result adds up
    places, scores, parts = np.empty(0), np.empty(0), np.empty((0, *window.array.shape))
    while True:
        more_scores, more_parts = yield from _gradients(model, window, baselines, new, hypothetical)
        places = np.concatenate([places, new])
        order = np.argsort(places)
        places = places[order]
        scores = np.concatenate([scores, more_scores])[order]
        parts = np.concatenate([parts, more_parts])[order]
        sizes = np.diff(places)
        weights = (np.pad(sizes, (0, 1)) + np.pad(sizes, (1, 0))) / 2  # trapezoids
        total, steps = np.tensordot(weights, parts, 1), len(sizes)
        slopes = (parts * there).sum((1, 2))
        errors = abs((slopes[1:] + slopes[:-1]) / 2 * sizes - np.diff(scores))
        values = total * there
        # Errors of two stretches may cancel in the sum, but not in the bases.
        exact = errors.sum() <= ERRORS * abs(values.sum(0)).sum()
        if (exact and adds_up(float(values.sum()))) or steps >= most:
            return total, steps
        some = 1 << max((steps // 4).bit_length() - 1, 3)  # 8, 16, 32 ...: see models/sizes.py
        worst = np.argsort(-errors)[: min(some, most - steps)]
        new = np.sort(places[worst] + sizes[worst] / 2)


def _gradients(
    model: Differentiable,
    window: SiteWindow,
    baselines: np.ndarray,
    places: np.ndarray,
    hypothetical: bool,
) -> Stepwise[tuple[np.ndarray, np.ndarray]]:
    """Return, at places on the path, the score (n,) and gradient times path (n, 4, width).

    Hypothetical: times the path to each base, what it gains over the baseline's mixture.
    """
    paths = window.array - baselines
    scores, parts = [], []
    some = max(BATCH // len(baselines), 1)
    for start in range(0, len(places), some):
        alphas = places[start : start + some].astype(np.float32)[:, None, None, None]
        points = baselines + alphas * paths
        shape = points.shape  # (places, baselines, 4, width)
        values, slopes = window_gradients(model, points.reshape(-1, *shape[2:]), window.site)
        scores.append(values.reshape(shape[:2]).astype(float).mean(1))
        slopes = slopes.reshape(shape)
        gains = (
            slopes - (slopes * baselines).sum(2, keepdims=True) if hypothetical else slopes * paths
        )
        parts.append(gains.astype(float).mean(1))
        yield min(start + some, len(places)) / MOST_STEPS
    return np.concatenate(scores), np.concatenate(parts)
