"""The map as a figure: what is drawn, in which colors, and that names stay text."""

import itertools
from base64 import b64decode
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dnaviz.figures import map as maps
from dnaviz.figures.coloring import MISSING, OTHER, coloring, hidden_points
from dnaviz.figures.print_map import print_map
from dnaviz.figures.small_map import small_map
from dnaviz.figures.theme import theme

XY = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)


def labels(values):
    return pd.Series(values, name="label")


def test_every_point_is_drawn_in_its_label_s_color():
    values = labels(["donor", "acceptor", "GT decoy"] * 20)
    result = coloring(values)
    figure = maps.map_figure(XY, result)
    points = figure.data[maps.POINTS]
    np.testing.assert_array_equal(points.x, XY[:, 0])
    colors = {name: color for name, color, _ in result.categories}
    assert colors == {name: theme().labels[name] for name in ("donor", "acceptor", "GT decoy")}
    for value, code in zip(values, points.marker.color, strict=True):
        position = (code - points.marker.cmin) / (points.marker.cmax - points.marker.cmin)
        below = [color for stop, color in points.marker.colorscale if stop <= position]
        assert below[-1] == colors[value]
    shown = [figure.data[n].name for n in maps.LEGEND if figure.data[n].showlegend]
    assert len(shown) == 3
    assert "20" in shown[0]
    # Entries that another column may need look like those of this one.
    assert {figure.data[n].mode for n in maps.LEGEND} == {"markers"}


@pytest.mark.parametrize("dark", [False, True])
def test_a_small_map_is_a_picture_that_no_webgl_is_needed_for(dark):
    figure = small_map(
        XY, coloring(labels(["donor"] * 30 + ["acceptor"] * 30), dark=dark), dark=dark
    )
    assert not any("gl" in trace.type for trace in figure.data)
    assert [t.type for t in figure.data] == [
        t.type.removesuffix("gl") for t in maps.map_figure(XY, coloring(labels(["a"] * 60))).data
    ]
    (image,) = figure.layout.images
    picture = Image.open(BytesIO(b64decode(image.source.partition(",")[2]))).convert("RGBA")
    pixels = np.asarray(picture)
    x0, x1, y0, y1 = maps.extent(XY)
    assert (image.x, image.x + image.sizex, image.y - image.sizey, image.y) == pytest.approx(
        (x0, x1, y0, y1)
    )
    # Every point is where the axes have it; and most of the picture is empty.
    column = ((XY[:, 0] - x0) / (x1 - x0) * picture.width).astype(int)
    line = ((y1 - XY[:, 1]) / (y1 - y0) * picture.height).astype(int)
    assert (pixels[line, column, 3] > 0).all()
    assert (pixels[..., 3] == 0).mean() > 0.9


def test_names_are_escaped():
    figure = maps.map_figure(XY, coloring(labels(["<b>x</b>"] * 60)))
    assert "<b>" not in figure.to_json()
    # plotly decodes few entities by name: &quot; would be read as it stands.
    assert maps.stars(XY[:1], ['<s>q "x"</s>'])["text"] == ['&lt;s&gt;q "x"&lt;/s&gt;']


def test_many_values_become_eight_and_the_others():
    values = labels([f"g{i % 20}" for i in range(100)] + ["g0"] * 5 + [None] * 50)
    result = coloring(values)
    assert len(result.categories) == 9
    assert result.categories[0][0] == MISSING
    assert result.categories[-1][0] == OTHER
    assert sum(count for _, _, count in result.categories) == len(values)
    assert len({color for _, color, _ in result.categories}) == 9


def test_numbers_get_a_scale_and_missing_ones_lie_below_it():
    values = pd.Series(np.r_[np.linspace(0, 1, 99), np.nan], name="gc")
    result = coloring(values)
    assert result.numeric
    low, high = result.limits
    assert result.codes[-1] == pytest.approx(low)
    assert result.codes[:-1].min() > low
    assert result.scale[0][1] == theme().labels["neither"]
    assert high < 1.01
    marker = maps.map_figure(XY, coloring(pd.Series(XY[:, 0], name="x"))).data[0].marker
    assert marker.showscale


def test_few_numbers_are_categories():
    assert not coloring(pd.Series([1, 2, 3] * 20, name="n")).numeric


def test_hidden_points():
    values = labels([f"g{i % 12}" for i in range(96)] + ["g0", None])
    rare = {"g8", "g9", "g10", "g11"}
    mask = hidden_points(values, {OTHER, "g1"})
    kept = set(values[~mask].dropna())
    assert "g1" not in kept
    assert "g0" in kept
    assert len(kept) <= 8
    assert mask.sum() >= 8 * len(rare & set(values[mask].dropna()))
    assert hidden_points(values, {MISSING})[-1]


def test_density_is_highest_where_points_are():
    xy = np.r_[np.zeros((500, 2)), np.ones((50, 2)) * 5].astype(np.float32)
    result = maps.density(xy)
    row, column = np.unravel_index(result["z"].argmax(), result["z"].shape)
    assert abs(result["x"][column]) < 0.3
    assert abs(result["y"][row]) < 0.3


def test_density_lines_run_around_the_points_and_over_them():
    rng = np.random.default_rng(0)
    centers = np.array([[0, 0], [8, 3]])
    xy = (centers[rng.integers(0, 2, 4000)] + rng.normal(size=(4000, 2)) / 2).astype(np.float32)
    corners = maps.contour_lines(xy)
    ends = np.flatnonzero(np.isnan(corners[:, 0]))
    lines = [corners[a + 1 : b] for a, b in itertools.pairwise(ends)]
    assert len(lines) >= 16  # eight levels around either
    radii = {0: [], 1: []}
    for line in lines:
        np.testing.assert_array_equal(line[0], line[-1])
        around = int(np.hypot(*(line.mean(axis=0) - centers).T).argmin())
        radii[around].append(np.hypot(*(line - centers[around]).T).mean())
    for result in radii.values():
        assert min(result) < 0.5 < 1 < max(result) < 3
    # In the layer of the points, which covers all that is not in it.
    traces = maps.map_figure(xy, coloring(labels(["a"] * 4000))).data
    assert traces[maps.CONTOURS].type == traces[maps.POINTS].type == "scattergl"


def test_categories_are_named_where_their_points_lie():
    xy = np.random.default_rng(1).normal(size=(120, 2))
    clusters = [f"{i % 12}" for i in range(118)] + [None, None]
    values = pd.Series(pd.Categorical(clusters), name="leiden")
    places = {name: (x, y) for name, x, y in maps.category_places(xy, values)}
    assert set(places) == {f"{i}" for i in range(12)}  # more than have a color, none for missing
    for name, place in places.items():
        assert place == tuple(np.median(xy[values == name], axis=0))
    shown = (values != "3").to_numpy()
    assert "3" not in {name for name, _, _ in maps.category_places(xy, values, shown)}
    genes = pd.Series(["often"] * 20 + [f"g{i}" for i in range(100)])
    assert [name for name, _, _ in maps.category_places(xy, genes)] == [
        name for name, _, _ in coloring(genes).categories if name != OTHER
    ]
    assert maps.category_places(xy, pd.Series(np.arange(120) / 7)) == []
    figure = print_map(xy, coloring(values), categories=maps.category_places(xy, values))
    assert {text.get_text() for text in figure.axes[0].texts} == set(places)
    (note,) = maps.names_on_map([("<b>x</b>", 1.0, 2.0)])
    assert (note["text"], note["x"], note["y"]) == ("&lt;b&gt;x&lt;/b&gt;", 1.0, 2.0)
