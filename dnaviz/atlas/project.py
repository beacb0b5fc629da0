"""Project points onto a finished map from their nearest neighbors: numpy alone, milliseconds.

UMAP's own ``transform`` needs numba and the fitted object; a viewer has neither. A new point goes
where the forces of `dnaviz.atlas.umap_forces` balance, which is where ``transform`` would put it
but for what that draws at random.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas.umap_forces import (
    Floats,
    curve,
    memberships,
    repulsion,
    repulsion_sample,
    umap_equilibrium,
)
from dnaviz.plots import axes_for

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Indices = NDArray[np.int64]

K = 15
MAP_NEIGHBORS = 30  # that UMAP draws a map with, and a new point is placed by
MIN_DIST = 0.25
SAME = 1e-2  # of the mean distance to the neighbors: rounding, and so the same sequence
FAR_QUANTILE = 0.99
MANY = 200_000
"""Points from which on fewer are tried, and no copy of all is kept."""
METRICS = ("euclidean", "cosine")


class MapReference(NamedTuple):
    """A finished map and the parameters for projecting points onto it.

    ``xy`` (m, 2) the positions; ``far_beyond`` the mean distance to the ``k`` nearest above which a
    point counts as far; ``map_neighbors`` and ``min_dist`` what UMAP drew it with.
    """

    xy: Floats
    far_beyond: float = np.inf
    map_neighbors: int = MAP_NEIGHBORS
    min_dist: float = MIN_DIST
    k: int = K


class Projection(NamedTuple):
    """Positions and neighbors of projected sequences.

    ``xy`` (n, 2) positions on the map; ``neighbors`` (n, k) rows of the atlas, nearest first;
    ``distances`` (n, k) to them in latent space; ``far`` (n,) whether the mean of those distances
    exceeds that of 99 % of held-out windows.
    """

    xy: Floats
    neighbors: Indices
    distances: Floats
    far: NDArray[np.bool_]

    def __repr__(self) -> str:
        return f"Projection({len(self.xy):,} points, {int(self.far.sum()):,} far from all windows)"

    def table(self) -> pd.DataFrame:
        """Return one row for each sequence: x, y, nearest (a row of the atlas), distance, far."""
        import pandas as pd

        columns = {"x": self.xy[:, 0], "y": self.xy[:, 1], "nearest": self.neighbors[:, 0]}
        return pd.DataFrame(columns | {"distance": self.distances[:, 0], "far": self.far})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the positions; those far from all windows are hollow.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            By default those of a new figure.
        """
        ax = axes_for(ax, title="Projected onto the map", xlabel="UMAP 1", ylabel="UMAP 2")
        ax.scatter(*self.xy.T, edgecolors="0.2", facecolors=np.where(self.far, "none", "0.2"))
        return ax


def prepare(latents: NDArray, metric: str = "euclidean") -> Floats:
    """Latents (n, d) as contiguous float32 in which Euclidean distance is the metric asked for.

    For ``cosine`` rows get length one: the Euclidean distance of two such rows is
    ``sqrt(2 * cosine distance)``, the same order of neighbors.
    """
    if metric not in METRICS:
        raise ValueError(f"metric is {metric!r}, not one of {', '.join(METRICS)}")
    points = np.ascontiguousarray(latents, dtype=np.float32)
    if metric == "cosine":
        points = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    return points


def nearest(
    queries: Floats,
    points: Floats,
    k: int = K,
    *,
    exclude: Indices | None = None,
    block: int | None = None,
) -> tuple[Indices, Floats]:
    """Exact k nearest rows of ``points`` to each query: (n, k) rows and Euclidean distances.

    ``exclude[i]`` is a row that query i may not have as neighbor (itself, when queries come from
    the points). Ties go to the smaller row number, so the answer never depends on the block size.
    """
    k = min(k, len(points) - (exclude is not None))
    center = points.mean(axis=0)
    if center @ center > 100 * points.var(axis=0).sum():
        # Far from the origin |p|^2 - 2qp would keep no digit of what tells points apart.
        points, queries = points - center, queries - center
    squares = np.einsum("ij,ij->i", points, points)
    rows = np.empty((len(queries), k), np.int64)
    distances = np.empty((len(queries), k), np.float32)
    spare = min(2 * k + 8, len(points))
    if block is None:  # scores of one block stay within about 64 MB
        block = max(1, min(512, 16_000_000 // max(len(points), 1)))
    for start in range(0, len(queries), block):
        part = queries[start : start + block]
        score = squares - 2.0 * (part @ points.T)
        if exclude is not None:
            score[np.arange(len(part)), exclude[start : start + block]] = np.inf
        if spare < len(points):
            candidates = np.argpartition(score, spare - 1, axis=1)[:, :spare]
        else:
            candidates = np.broadcast_to(np.arange(len(points)), score.shape)
        # |p|^2 - 2qp loses digits where a point lies on the query: measure the candidates again.
        exact = np.linalg.norm(points[candidates] - part[:, None, :], axis=2)
        exact[np.isinf(np.take_along_axis(score, candidates, axis=1))] = np.inf
        order = np.lexsort((candidates, exact), axis=1)[:, :k]
        rows[start : start + block] = np.take_along_axis(candidates, order, axis=1)
        distances[start : start + block] = np.take_along_axis(exact, order, axis=1)
    return rows, distances


def nearest_of_many(
    queries: Floats,
    latents: NDArray,
    k: int = K,
    *,
    metric: str = "euclidean",
    exclude: Indices | None = None,
    block: int = 50_000,
) -> tuple[Indices, Floats]:
    """What `nearest` finds, among latents (n, d) that are prepared a block at a time.

    For as many as no copy should be kept of: they may lie on disk.
    """
    all_rows, all_distances = [], []
    for start in range(0, len(latents), block):
        points = prepare(latents[start : start + block], metric)
        # One more than asked for: a query may find itself.
        rows, distances = nearest(queries, points, k + 1)
        all_rows.append(rows + start)
        all_distances.append(distances)
    rows, distances = np.concatenate(all_rows, axis=1), np.concatenate(all_distances, axis=1)
    if exclude is not None:
        distances[rows == exclude[:, None]] = np.inf
    order = np.lexsort((rows, distances), axis=1)[:, : min(k, len(latents) - (exclude is not None))]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(distances, order, axis=1)


def project(queries: Floats, points: Floats, chart: MapReference) -> Projection:
    """Place prepared queries (n, d) on the map of prepared points (m, d)."""
    return project_between(*nearest(queries, points, max(chart.k, chart.map_neighbors)), chart)


def project_between(rows: Indices, distances: Floats, chart: MapReference) -> Projection:
    """Place points by their neighbors: rows of the atlas and distances, nearest first.

    Both are (n, max(k, map_neighbors)) or fewer. What is in the atlas already falls on its own
    point.
    """
    count = chart.map_neighbors
    near = chart.xy[rows[:, :count]]
    weight = memberships(distances[:, :count])
    ab = curve(chart.min_dist)
    position = umap_equilibrium(near, weight, repulsion(repulsion_sample(chart.xy), *ab), *ab)
    same = distances[:, 0] <= SAME * distances.mean(axis=1)
    position[same] = near[same, 0]
    rows, distances = rows[:, : chart.k], distances[:, : chart.k]
    return Projection(position, rows, distances, distances.mean(axis=1) > chart.far_beyond)


def far_threshold(latents: NDArray, k: int = K, *, metric: str = "euclidean") -> float:
    """The 99th percentile of held-out points' mean distance to their k neighbors.

    Each of 4,000 points (500 of more than `MANY`) is held out in turn: it is placed among all
    others.
    """
    sample = 4_000 if len(latents) <= MANY else 500
    picked = np.arange(len(latents))
    if len(latents) > sample:
        picked = np.sort(np.random.default_rng(0).choice(len(latents), sample, replace=False))
    queries = prepare(latents[picked], metric)
    _, distances = nearest_of_many(queries, latents, k, metric=metric, exclude=picked)
    return float(np.quantile(distances.mean(axis=1), FAR_QUANTILE))
