"""Placing: exact neighbors, sensible positions, the same answer every time."""

import subprocess
import sys

import numpy as np
import pytest

from dnaviz.atlas import Atlas, project


@pytest.fixture
def cloud():
    return np.random.default_rng(0).normal(size=(700, 24)).astype(np.float32)


def brute_force(queries, points, k):
    distances = np.linalg.norm(queries[:, None].astype(float) - points[None], axis=2)
    rows = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return rows, np.take_along_axis(distances, rows, axis=1)


def test_nearest_equals_brute_force(cloud):
    queries = np.random.default_rng(1).normal(size=(40, 24)).astype(np.float32)
    rows, distances = project.nearest(queries, cloud, 15)
    expected_rows, expected = brute_force(queries, cloud, 15)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_allclose(distances, expected, rtol=1e-5)


def test_nearest_does_not_depend_on_the_block(cloud):
    same = np.repeat(cloud[:50], 3, axis=0)  # many ties
    one = project.nearest(same[:20], same, 9, block=1)
    many = project.nearest(same[:20], same, 9, block=64)
    np.testing.assert_array_equal(one[0], many[0])
    np.testing.assert_array_equal(one[0][0, :3], [0, 1, 2])


def test_nearest_leaves_a_point_itself_out(cloud):
    rows, distances = project.nearest(cloud[:30], cloud, 5, exclude=np.arange(30))
    assert not (rows == np.arange(30)[:, None]).any()
    assert (distances > 0).all()


def test_distances_are_exact_where_a_point_lies_on_the_query(cloud):
    rows, distances = project.nearest(cloud + 1000, cloud + 1000, 2)
    np.testing.assert_array_equal(rows[:, 0], np.arange(len(cloud)))
    assert (distances[:, 0] == 0).all()


def test_nearest_with_fewer_points_than_k():
    points = np.eye(4, dtype=np.float32)
    assert project.nearest(points, points, 15)[0].shape == (4, 4)
    assert project.nearest(points, points, 15, exclude=np.arange(4))[0].shape == (4, 3)


def test_cosine_orders_like_the_angle(cloud):
    points = project.prepare(cloud, "cosine")
    rows, _ = project.nearest(points[:10], points, 8)
    unit = cloud / np.linalg.norm(cloud, axis=1, keepdims=True)
    np.testing.assert_array_equal(rows, np.argsort(-(unit[:10] @ unit.T), axis=1)[:, :8])


def test_project_returns_own_position_and_flags_far_points(cloud):
    xy = cloud[:, :2] * 3
    threshold = project.far_threshold(cloud)
    rounded = cloud[3].astype(np.float16).astype(np.float32)  # as an atlas keeps latents
    placed = project.project(
        np.stack([rounded, cloud[3] + 50]), cloud, project.MapReference(xy, threshold)
    )
    assert placed.neighbors.shape == (2, 15)
    assert placed.neighbors[0, 0] == 3
    np.testing.assert_array_equal(placed.xy[0], xy[3])
    assert placed.distances[0, 0] < 0.01
    assert placed.far.tolist() == [False, True]
    assert np.isfinite(placed.xy).all()


def test_identical_neighbors_give_their_own_position():
    points = np.ones((20, 4), np.float32)
    placed = project.project(
        points[:1], points, project.MapReference(np.full((20, 2), 7, np.float32))
    )
    np.testing.assert_allclose(placed.xy, 7, rtol=1e-5)


def test_about_one_in_a_hundred_is_far(cloud):
    extra = np.random.default_rng(5).normal(size=(3000, 24)).astype(np.float32)
    placed = project.project(
        extra, cloud, project.MapReference(cloud[:, :2], project.far_threshold(cloud))
    )
    assert 0.002 < placed.far.mean() < 0.03


def test_projection_is_deterministic_and_independent_of_the_batch():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(20_000, 256)).astype(np.float32)
    xy = rng.normal(size=(20_000, 2)).astype(np.float32)
    queries = rng.normal(size=(20, 256)).astype(np.float32)
    first = project.project(queries, points, project.MapReference(xy))
    again = project.project(queries, points, project.MapReference(xy))
    np.testing.assert_array_equal(first.xy, again.xy)
    alone = project.project(queries[7:8], points, project.MapReference(xy))
    np.testing.assert_allclose(alone.xy[0], first.xy[7], rtol=1e-4)


def test_projection_imports_neither_umap_nor_numba():
    code = (
        "import sys, dnaviz.atlas, dnaviz.atlas.store, dnaviz.atlas.project, anndata;"
        "print([m for m in ('umap', 'numba', 'torch') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("metric", project.METRICS)
def test_neighbors_found_block_by_block_are_the_same(metric):
    latents = np.random.default_rng(0).normal(size=(500, 8)).astype(np.float16)
    latents[100] = latents[400]  # equals, in different blocks
    points = project.prepare(latents, metric)
    rows = np.array([3, 100, 499])
    for exclude in (None, rows):
        expected = project.nearest(points[rows], points, 9, exclude=exclude)
        result = project.nearest_of_many(
            points[rows], latents, 9, metric=metric, exclude=exclude, block=70
        )
        np.testing.assert_array_equal(result[0], expected[0])
        np.testing.assert_allclose(result[1], expected[1], rtol=1e-6)


def test_a_large_atlas_keeps_no_copy_of_its_latents(synthetic_adata, lively, monkeypatch):
    monkeypatch.setattr(Atlas, "check_model", lambda self, model: None)  # its latents are random
    small, large = Atlas(synthetic_adata), Atlas(synthetic_adata)
    expected = small.project(small.latent()[[5, 60]].astype(np.float32), model=lively)
    monkeypatch.setattr("dnaviz.atlas.project.MANY", 50)
    result = large.project(large.latent()[[5, 60]].astype(np.float32), model=lively)
    for one, other in zip(result, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    assert large._points == {}
    np.testing.assert_array_equal(large.neighbors_of(7)[0], small.neighbors_of(7)[0])
