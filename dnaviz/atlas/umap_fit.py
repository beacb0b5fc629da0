"""Fit UMAP to latents: the only module that imports umap-learn."""

from __future__ import annotations

import warnings
from typing import Any

from numpy.typing import NDArray


def fit_umap(points: NDArray, n_neighbors: int, min_dist: float, seed: int) -> Any:
    """UMAP fitted to points (n, d) in which Euclidean distance is meant (``place.prepare``)."""
    with warnings.catch_warnings():
        # numba and umap speak of deprecations and of the single thread that a seed asks for.
        warnings.simplefilter("ignore")
        from umap import UMAP

        return UMAP(
            n_neighbors=min(n_neighbors, len(points) - 1),
            min_dist=min_dist,
            # The spectral start solves for eigenvectors that a handful of points does not have.
            init="spectral" if len(points) > 50 else "random",
            random_state=seed,
            n_jobs=1,
        ).fit(points)
