"""A picture of points: each where it belongs, in its color, above what has faded."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dnaviz.figures.coloring import coloring
from dnaviz.figures.raster import palette, png, raster

BOX = (0.0, 10.0, 0.0, 10.0)
LABELS = pd.Series(["donor", "acceptor", "donor"], name="label")
XY = np.array([[0.5, 9.5], [5.5, 5.5], [9.5, 0.5]], np.float32)


def rgb(color):
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def draw(**more):
    return raster(XY, palette(coloring(LABELS)), BOX, 100, 100, **{"size": 5.0, **more})


def test_points_lie_in_their_pixels_in_their_colors():
    image = draw(size=1.0)
    lines, columns = np.nonzero(image[..., 3])
    assert sorted(zip(lines, columns, strict=True)) == [(5, 5), (45, 55), (95, 95)]
    colors = {name: rgb(color) for name, color, _ in coloring(LABELS).categories}
    assert image[5, 5, :3].tolist() == colors["donor"]
    assert image[45, 55, :3].tolist() == colors["acceptor"]


def test_a_point_is_as_wide_as_asked():
    alpha = draw(size=7.0)[..., 3]
    assert (alpha[45, 50:61] > 0).sum() == pytest.approx(7, abs=1)


def test_points_outside_or_hidden_are_not_drawn():
    assert draw(shown=np.array([False, True, False]))[..., 3].any()
    assert not draw(shown=np.zeros(3, bool)).any()
    away = raster(XY + 20, palette(coloring(LABELS)), BOX, 100, 100)
    assert not away.any()


def test_what_is_not_selected_fades():
    image = draw(selected=np.array([True, False, False]))
    assert image[5, 5, 3] > 3 * image[45, 55, 3] > 0


def test_two_colors_in_one_pixel_mix_and_more_points_are_denser():
    many = pd.Series(["donor", "acceptor"] + ["donor"] * 100, name="label")
    xy = np.r_[[[1, 1], [1, 1]], np.full((100, 2), 6)].astype(np.float32)
    image = raster(xy, palette(coloring(many)), BOX, 50, 50, size=1.0)
    colors = {name: rgb(color) for name, color, _ in coloring(many).categories}
    mean = (np.array(colors["donor"]) + colors["acceptor"]) / 2
    at = np.argwhere(image[..., 3] > 0)
    single, crowd = sorted(at.tolist(), key=lambda p: image[p[0], p[1], 3])
    np.testing.assert_allclose(image[single[0], single[1], :3], mean, atol=1)
    assert image[crowd[0], crowd[1], 3] > image[single[0], single[1], 3]


def test_a_number_has_the_color_of_its_scale():
    values = pd.Series(np.linspace(0, 1, 100), name="gc")
    result = coloring(values)
    xy = np.c_[np.linspace(0.5, 9.5, 100), np.full(100, 5)].astype(np.float32)
    image = raster(xy, palette(result), BOX, 400, 40, size=1.0)
    columns = np.flatnonzero(image[..., 3].any(axis=0))
    first, last = (image[:, c].max(axis=0)[:3] for c in (columns[0], columns[-1]))
    np.testing.assert_allclose(first, rgb(result.scale[0][1]), atol=3)
    np.testing.assert_allclose(last, rgb(result.scale[-1][1]), atol=3)


def test_png_decodes_to_the_raster():
    image = draw()
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png(image)))), image)
