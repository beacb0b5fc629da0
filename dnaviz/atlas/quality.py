"""Quality of a map: how well it keeps the neighborhoods of the latent space.

All of it is exact on a seeded sample of windows, each compared with the whole atlas, so a large
atlas costs no more than a small one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas import project as placing
from dnaviz.atlas.project import Floats, Indices
from dnaviz.atlas.selection import subsample
from dnaviz.atlas.store import Atlas
from dnaviz.sequences.codes import kmer_index

K = 15
SAMPLE = 2000
_BLOCK = 20_000  # points that are compared at a time
HELD_OUT = 500


class Quality(NamedTuple):
    """Figures of one space of an atlas.

    ``trustworthiness`` of the map (1: every map neighbor is a latent neighbor); share of windows
    whose 15 nearest windows' commonest label is their own, in the latent space, on the map, and
    with 4-mer frequencies instead (None without labels or sequences, or of more than 200,000
    windows); ``site_accuracy`` is that of the latent space where every label but donor and acceptor
    counts as neither. ``drawn`` and ``projected`` are the trustworthiness of the windows that the
    map was drawn of and of those projected onto it; None where all were drawn.
    """

    space: str
    trustworthiness: float
    latent_accuracy: float | None
    map_accuracy: float | None
    kmer_accuracy: float | None
    site_accuracy: float | None = None
    drawn: float | None = None
    projected: float | None = None


class ProjectionQuality(NamedTuple):
    """How placing held-out windows compares with UMAP's own ``transform`` of them.

    ``distance``: median distance between the two positions, in units of the map's own neighbor
    distance (the mean distance of a window to its 15 nearest on the map); ``shared``: mean share of
    the 15 nearest windows on the map that the two positions have in common; ``repeat`` and
    ``repeat_shared``: the same between two runs of ``transform`` that differ by their seed alone;
    ``seconds`` a sequence for placing.
    """

    space: str
    distance: float
    shared: float
    repeat: float
    repeat_shared: float
    seconds: float


def quality(atlas: Atlas, *, sample: int = SAMPLE, seed: int = 0) -> list[Quality]:
    """Trustworthiness and label accuracy of each space of an atlas, without refitting anything."""
    rows = subsample(len(atlas), sample, seed)
    labels, sites = _labels(atlas), _sites(atlas)
    baseline = None
    if labels is not None and atlas.has_sequences and len(atlas) <= placing.MANY:
        baseline = label_accuracy(kmer_frequencies(atlas.codes()), labels, rows)
    drawn = drawn_rows(atlas)
    others = np.setdiff1d(np.arange(len(atlas)), drawn)
    results = []
    for space in atlas.spaces:
        latents = atlas.latent(space)
        xy = np.ascontiguousarray(atlas.map(space))

        def trusted(some: Indices, latents: NDArray = latents, xy: Floats = xy) -> float:
            return trustworthiness(latents, xy, some, metric=atlas.metric)

        def accuracy(
            of: NDArray[np.int64] | None, latents: NDArray = latents, metric: str = atlas.metric
        ) -> float | None:
            return None if of is None else label_accuracy(latents, of, rows, metric=metric)

        parts = [
            trusted(part[subsample(len(part), sample // 2, seed)]) if len(others) else None
            for part in (drawn, others)
        ]
        results.append(
            Quality(
                space,
                trusted(rows),
                accuracy(labels),
                accuracy(labels, xy, "euclidean"),
                baseline,
                accuracy(sites),
                *parts,
            )
        )
    return results


def drawn_rows(atlas: Atlas) -> Indices:
    """Rows of the windows that the maps were drawn of; the others were projected onto them."""
    settings = atlas.info.get("umap", {})
    drawn, seed = int(settings.get("drawn", len(atlas))), int(settings.get("seed", 0))
    return subsample(len(atlas), max(drawn, 0), max(seed, 0))


def projection_quality(
    atlas: Atlas, space: str = "autoencoder", *, held_out: int = HELD_OUT, seed: int = 0
) -> ProjectionQuality:
    """Compare placing with UMAP's ``transform``: refit the map without some windows, place these.

    Needs umap-learn and, for 20,000 windows, a minute or two.
    """
    from time import perf_counter

    from dnaviz.atlas.umap_fit import fit_umap

    points = placing.prepare(atlas.latent(space), atlas.metric)
    out = subsample(len(atlas), min(held_out, len(atlas) // 5), seed)
    kept = np.setdiff1d(np.arange(len(atlas)), out)
    drawn_with = atlas.umap
    map_seed = int(atlas.info.get("umap", {}).get("seed", seed))
    fitted = fit_umap(points[kept], *drawn_with, map_seed, transform=True)
    xy = np.ascontiguousarray(fitted.embedding_, np.float32)
    transformed = np.asarray(fitted.transform(points[out]), np.float32)
    fitted.transform_seed = 1
    again = np.asarray(fitted.transform(points[out]), np.float32)
    start = perf_counter()
    chart = placing.MapReference(xy, np.inf, *drawn_with)
    placed = placing.project(points[out], points[kept], chart).xy
    seconds = (perf_counter() - start) / len(out)
    rows = subsample(len(xy), SAMPLE, seed)
    unit = float(np.median(placing.nearest(xy[rows], xy, K, exclude=rows)[1].mean(axis=1)))

    def compare(one: Floats, other: Floats) -> tuple[float, float]:
        apart = float(np.median(np.linalg.norm(one - other, axis=1))) / unit
        near, near_too = (placing.nearest(at, xy, K)[0] for at in (one, other))
        shared = [len(np.intersect1d(a, b)) / K for a, b in zip(near, near_too, strict=True)]
        return apart, float(np.mean(shared))

    return ProjectionQuality(
        space, *compare(placed, transformed), *compare(transformed, again), seconds
    )


def trustworthiness(
    latents: NDArray, xy: Floats, rows: Indices, k: int = K, *, metric: str = "euclidean"
) -> float:
    """Venna and Kaski's trustworthiness of a map, over the sampled rows.

    Each of a row's k map neighbors that is not among its k latent neighbors costs by how far
    down the list of latent neighbors it stands. NaN for fewer than three points.
    """
    n = len(latents)
    k = min(k, (n - 1) // 2)
    if not k:
        return float("nan")
    on_map, _ = placing.nearest(xy[rows], xy, k, exclude=rows)
    queries = placing.prepare(latents[rows], metric)
    near = placing.prepare(latents[on_map.ravel()], metric).reshape(*on_map.shape, -1)
    own = np.einsum("ij,ij->i", queries, queries)[:, None]
    # How many points are nearer than each map neighbor, by more than rounding? The row itself is.
    rounding = np.float32(1e-6) * (own + (near**2).sum(axis=2))
    limits = ((near - queries[:, None]) ** 2).sum(axis=2) - rounding
    ranks = np.zeros(on_map.shape, np.int64)
    for start in range(0, n, _BLOCK):
        points = placing.prepare(latents[start : start + _BLOCK], metric)
        squares = np.einsum("ij,ij->i", points, points)
        for at in range(0, len(rows), 128):
            part = slice(at, at + 128)
            distances = squares - 2.0 * (queries[part] @ points.T) + own[part]
            for column, limit in enumerate(limits[part].T):
                ranks[part, column] += (distances < limit[:, None]).sum(axis=1)
    penalty = float(np.maximum(ranks - k, 0).sum())
    return 1.0 - penalty * 2.0 / (len(rows) * k * (2.0 * n - 3.0 * k - 1.0))


def label_accuracy(
    points: NDArray,
    labels: NDArray[np.int64],
    rows: Indices,
    k: int = K,
    *,
    metric: str = "euclidean",
) -> float:
    """Share of the sampled rows whose k nearest other points' commonest label is their own."""
    queries = placing.prepare(points[rows], metric)
    near, _ = placing.nearest_of_many(queries, points, k, metric=metric, exclude=rows)
    votes = np.zeros((len(rows), int(labels.max()) + 1), np.int64)
    for column in labels[near].T:
        votes[np.arange(len(rows)), column] += 1
    return float((votes.argmax(axis=1) == labels[rows]).mean())


def kmer_frequencies(codes: NDArray[np.uint8], k: int = 4) -> Floats:
    """Frequencies (n, 4**k) of the k-mers of A, C, G, T in rows of codes; others do not count."""
    index, valid = kmer_index(codes, k)
    flat = (index + np.arange(len(codes))[:, None] * 4**k)[valid]
    counts = np.bincount(flat, minlength=len(codes) * 4**k).reshape(len(codes), 4**k)
    return (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(np.float32)


def _sites(atlas: Atlas) -> NDArray[np.int64] | None:
    """Donor, acceptor and neither; None where the labels are others."""
    if "label" not in atlas.obs.columns:
        return None
    named = atlas.obs["label"].astype(str).to_numpy()
    donor, acceptor = named == "donor", named == "acceptor"
    return donor + 2 * acceptor if donor.any() and acceptor.any() else None


def _labels(atlas: Atlas) -> NDArray[np.int64] | None:
    if "label" not in atlas.obs.columns:
        return None
    return pd.factorize(atlas.obs["label"].astype(str))[0].astype(np.int64)


def trust_words(atlas: Atlas, space: str) -> str:
    """Say how far the map of a space can be trusted; empty where the atlas does not know."""
    figures = atlas.info.get("quality", {}).get(space, {})
    parts = []
    if "trustworthiness" in figures:
        parts.append(
            f"trustworthiness {figures['trustworthiness']:.2f} (1: near on the map is near in "
            "latent space)"
        )
    if {"latent_accuracy", "map_accuracy"} <= set(figures):
        words = (
            "the commonest label of a point's 15 nearest is its own for "
            f"{figures['latent_accuracy']:.0%} of points in latent space, "
            f"{figures['map_accuracy']:.0%} on the map"
        )
        if "kmer_accuracy" in figures:
            words += f", {figures['kmer_accuracy']:.0%} by 4-mers"
        parts.append(words)
    return f"How far to trust this map: {'; '.join(parts)}." if parts else ""
