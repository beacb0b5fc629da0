"""The forces on a new point: UMAP's curve and memberships, and where they balance."""

import numpy as np
import pytest

from dnaviz.atlas import umap_forces


def test_equal_distances_have_equal_memberships():
    alike = np.array([[1, 1, 1, 1], [0, 0, 0, 0]], np.float32)
    assert np.ptp(umap_forces.memberships(alike), axis=1).tolist() == [0, 0]


def test_forces_balance_where_a_point_is_put():
    """Against the sum of all forces, written out one by one."""
    rng = np.random.default_rng(1)
    others = rng.normal(size=(400, 2)).astype(np.float32) * 4
    near, weight = others[None, 5:25], rng.random((1, 20)).astype(np.float32)
    near = near / 4  # close together, as neighbors are
    a, b = umap_forces.curve(0.25)
    push = umap_forces.repulsion(others, a, b)
    at = umap_forces.umap_equilibrium(near, weight, push, a, b)[0].astype(float)
    force = np.zeros(2)
    for place, pull in zip(near[0], weight[0], strict=True):
        way = place - at
        square = float(way @ way)
        force += pull * 2 * a * b * square ** (b - 1) / (1 + a * square**b) * way
    scale = np.abs(force).max() + 1
    for place in others:
        way = at - place
        square = float(way @ way)
        push = 2 * b / ((0.001 + square) * (1 + a * square**b)) * way
        force += 5 * weight.sum() * np.clip(push, -4, 4) / len(others)
    assert np.abs(force).max() < 0.05 * scale


def test_a_point_between_two_clusters_lands_in_the_heavier_one():
    rng = np.random.default_rng(0)
    clusters = np.where(np.arange(15)[:, None] < 9, [0, 0], [10, 0])
    near = (clusters + rng.normal(size=(15, 2)) * 0.1).astype(np.float32)
    others = rng.uniform(-15, 15, size=(5000, 2)).astype(np.float32)
    curve = umap_forces.curve(0.25)
    push = umap_forces.repulsion(others, *curve)
    at = umap_forces.umap_equilibrium(near[None], np.ones((1, 15), np.float32), push, *curve)
    assert np.hypot(*at[0]) < 1.5  # the mean would be at x = 4


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_point_stays_within_the_frame_of_its_neighbors(scale):
    xy = np.random.default_rng(2).normal(size=(300, 2)).astype(np.float32) * np.float32(scale)
    near = xy[:60].reshape(4, 15, 2)
    curve = umap_forces.curve(0.25)
    for repulsion in (umap_forces.repulsion, umap_forces.repulsion_field):
        push = repulsion(xy, *curve)
        at = umap_forces.umap_equilibrium(near, np.ones((4, 15), np.float32), push, *curve)
        assert (at >= near.min(axis=1)).all()
        assert (at <= near.max(axis=1)).all()


@pytest.mark.parametrize("count", [1, 3000])
def test_the_field_is_the_mean_push(count):
    rng = np.random.default_rng(3)
    others = (rng.normal(size=(count, 2)) * [2, 1] + [3, -50]).astype(np.float32)
    curve = umap_forces.curve(0.25)
    at = (others[rng.integers(0, count, 200)] + rng.normal(size=(200, 2)) * 0.5).astype(np.float32)
    at = np.clip(at, others.min(axis=0), others.max(axis=0))
    expected = umap_forces.repulsion(others, *curve)(at)
    found = umap_forces.repulsion_field(others, *curve)(at)
    assert np.abs(found - expected).max() < 0.05 * max(np.abs(expected).max(), 1e-9)


def test_repulsion_sample_is_seeded(monkeypatch):
    xy = np.arange(200, dtype=np.float32).reshape(100, 2)
    assert umap_forces.repulsion_sample(xy) is xy
    monkeypatch.setattr(umap_forces, "MOST_PUSHING", 30)
    drawn = umap_forces.repulsion_sample(xy)
    assert drawn.shape == (30, 2)
    assert set(map(tuple, drawn)) <= set(map(tuple, xy))
    np.testing.assert_array_equal(drawn, umap_forces.repulsion_sample(xy))
