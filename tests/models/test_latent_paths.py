"""Ways through the latent space, against the model asked point by point."""

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.models.latent_paths import decoder_sensitivity, interpolate, principal_axes, traverse
from dnaviz.sequences import from_one_hot

A = "ACGTTGCATTAGCCATAGGA" * 4
B = "GGGCATTTACCATACCAGTT" * 5


def test_interpolation_is_linear_in_latent_space(untrained):
    path = interpolate(untrained, A, B, steps=5)
    ends = untrained.encode([A, B])
    np.testing.assert_allclose(path.latents[[0, -1]], ends, atol=1e-5)
    np.testing.assert_allclose(path.latents[2], ends.mean(axis=0), atol=1e-5)
    assert [len(bases) for bases in path.bases] == [80, 85, 90, 95, 100]
    for latent, bases, sites, drift in zip(
        path.latents, path.bases, path.sites, path.cycle_error, strict=True
    ):
        written = untrained.decode(latent[None], [len(bases)])[0]
        assert bases == from_one_hot(written)
        np.testing.assert_allclose(sites, untrained.classify(bases)[0], atol=1e-5)
        again = np.linalg.norm(untrained.encode(bases)[0] - latent)
        assert drift == pytest.approx(again, rel=1e-4)
    np.testing.assert_allclose(
        path.frozen[[0, -1]], untrained.classify([A, B], head="frozen"), atol=1e-5
    )
    assert path.nearest(0.3) == 1


def test_traversal_is_centered_on_the_sequence(untrained):
    direction = np.random.default_rng(0).normal(size=256)
    path = traverse(untrained, A, direction, limit=2, steps=5)
    assert path.amounts.tolist() == [-2, -1, 0, 1, 2]
    np.testing.assert_allclose(path.latents[2], untrained.encode(A)[0], atol=1e-5)
    np.testing.assert_allclose(path.latents[4] - path.latents[2], 2 * direction, atol=1e-4)
    assert path.bases[2] == untrained.reconstruct(A)[0].reconstruction


def test_decoder_sensitivity_equals_one_direction_at_a_time(untrained):
    directions = np.random.default_rng(0).normal(size=(3, 256)).astype("f4")
    directions[1] = 0
    result = decoder_sensitivity(untrained, A, directions)
    assert result.shape == (3, 80)
    np.testing.assert_allclose(result[1], 0, atol=1e-6)
    latent = untrained.encode(A)
    still, up, down = (
        untrained.decode(latent + sign * directions[2], [80])[0] for sign in (0, 1, -1)
    )
    distances = [np.abs(moved - still).sum(axis=0) / 2 for moved in (up, down)]
    np.testing.assert_allclose(result[2], np.maximum(*distances), atol=1e-5)


def test_principal_axes_equal_svd():
    rng = np.random.default_rng(0)
    points = (
        rng.normal(size=(200, 6)) * [5, 4, 3, 2, 1, 0.5] @ np.linalg.qr(rng.normal(size=(6, 6)))[0]
    )
    result = principal_axes(points)
    _, values, rows = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(result.deviations, values / np.sqrt(200), rtol=1e-3)
    np.testing.assert_allclose(np.abs((result.components * rows).sum(axis=1)), 1, atol=1e-3)
    assert result.shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(
        result.direction("PC 2"), result.components[1] * result.deviations[1], rtol=1e-5
    )
    np.testing.assert_allclose(
        result.direction("dimension 3"), np.eye(6)[2] * points[:, 2].std(), rtol=1e-4
    )


@pytest.mark.parametrize(
    "name", ["", "PC", "PC 0", "PC 7", "PC -1", "PC 1 2", "pc 1", "dimension ²"]
)
def test_unknown_directions_are_refused(name):
    result = principal_axes(np.random.default_rng(0).normal(size=(20, 6)))
    with pytest.raises(InputError):
        result.direction(name)


@pytest.mark.parametrize("steps", [1, 0, -3, 2.5, "9", None])
def test_a_path_of_no_two_points_is_refused(untrained, steps):
    for path in (
        lambda: interpolate(untrained, A, B, steps=steps),
        lambda: traverse(untrained, A, np.ones(256), steps=steps),
    ):
        with pytest.raises(InputError, match="number of steps is a whole number from 2"):
            path()


@pytest.mark.parametrize("direction", ["PC 1", np.ones(25), np.ones((2, 256)), None])
def test_what_is_no_direction_is_refused(untrained, direction):
    with pytest.raises(InputError, match="A direction is 256 numbers, not"):
        traverse(untrained, A, direction, steps=2)
