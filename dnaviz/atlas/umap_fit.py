"""Draw maps with UMAP: the only module that imports umap-learn.

UMAP takes hours for a million points, and says little more with them than with a sample. So a map
is drawn of a seeded sample, and the others are projected onto it, as new sequences are
(`project`); how far both can be trusted is measured (`quality`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas import project as placing
from dnaviz.atlas.project import Floats
from dnaviz.atlas.selection import subsample
from dnaviz.atlas.umap_forces import curve, memberships, repulsion_field, umap_equilibrium
from dnaviz.models.threads import map_threads

DRAWN = 25_000
"""Points that a map is drawn of; the others are projected."""

BLOCK = 2_000  # points that are projected at a time


def draw_map(
    latents: NDArray,
    *,
    metric: str = "euclidean",
    n_neighbors: int = placing.MAP_NEIGHBORS,
    min_dist: float = placing.MIN_DIST,
    seed: int = 0,
    drawn: int = DRAWN,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Floats:
    """Return a position for each latent: UMAP's of a sample, the others' by their neighbors in it.

    Parameters
    ----------
    latents : ndarray, shape (n, d)
    drawn : int
        Size of the sample, `subsample(n, drawn, seed)`; with as many or fewer points all are drawn.
    progress : callable
        Called with the share of the points that are placed.

    Returns
    -------
    ndarray, shape (n, 2), float32
    """
    rows = subsample(len(latents), drawn, seed)
    points = placing.prepare(latents[rows], metric)
    positions = np.asarray(fit_umap(points, n_neighbors, min_dist, seed).embedding_, np.float32)
    xy = np.empty((len(latents), 2), np.float32)
    xy[rows] = positions
    progress(len(rows) / len(latents))
    others = np.setdiff1d(np.arange(len(latents)), rows)
    if not len(others):
        return xy
    ab = curve(min_dist)
    push = repulsion_field(positions, *ab)

    def projected(part: NDArray[np.int64]) -> Floats:
        queries = placing.prepare(latents[part], metric)
        near, distances = placing.nearest(queries, points, n_neighbors)
        return umap_equilibrium(positions[near], memberships(distances), push, *ab)

    parts = np.split(others, range(BLOCK, len(others), BLOCK))
    placed = len(rows)
    for part, found in zip(parts, map_threads(projected, parts), strict=True):
        xy[part] = found
        placed += len(part)
        progress(placed / len(latents))
    return xy


def fit_umap(
    points: NDArray, n_neighbors: int, min_dist: float, seed: int, *, transform: bool = False
) -> Any:
    """UMAP fitted to points (n, d) in which Euclidean distance is meant (``placing.prepare``).

    Its neighbors are exact ones, found before; with `transform` it finds them itself, about, and
    can place more points later.
    """
    n_neighbors = min(n_neighbors, len(points) - 1)
    neighbors = {} if transform else {"precomputed_knn": _neighbors(points, n_neighbors)}
    with warnings.catch_warnings():
        # numba and umap speak of deprecations and of the single thread that a seed asks for.
        warnings.simplefilter("ignore")
        from umap import UMAP

        return UMAP(
            n_neighbors=n_neighbors,
            min_dist=min_dist,
            # The spectral start solves for eigenvectors that a handful of points does not have.
            init="spectral" if len(points) > 50 else "random",
            random_state=seed,
            n_jobs=1,
            **neighbors,
        ).fit(points)


def _neighbors(points: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
    """Neighbors of points as UMAP takes them: the first of each is itself."""
    itself = np.arange(len(points))
    rows, distances = placing.nearest(points, points, count - 1, exclude=itself)
    nothing = np.zeros((len(points), 1), np.float32)
    return np.hstack([itself[:, None], rows]), np.hstack([nothing, distances])
