"""Points inside outlines against matplotlib's, and nearest points against all distances."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.path import Path

from dnaviz.atlas.region import inside_box, inside_polygon, nearest_point

XY = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
CORNER = st.tuples(st.floats(-2, 2, width=32), st.floats(-2, 2, width=32))


@given(st.lists(CORNER, min_size=3, max_size=12, unique=True))
def test_inside_polygon_equals_edge_crossing(corners):
    result = inside_polygon(XY, np.array(corners))
    expected = []
    for row, (x, y) in enumerate(XY.astype(float)):
        odd = False
        for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
            if min(ay, by) <= y < max(ay, by):
                odd ^= x < ax + (y - ay) * ((bx - ax) / (by - ay))
        if odd:
            expected.append(row)
    assert result.tolist() == expected


def test_inside_polygon_equals_matplotlib():
    angle = np.linspace(0, 2 * np.pi, 90)
    lasso = np.c_[np.cos(angle), np.sin(angle)] * (1 + 0.4 * np.sin(5 * angle))[:, None]
    expected = np.flatnonzero(Path(lasso).contains_points(XY))
    np.testing.assert_array_equal(inside_polygon(XY, lasso), expected)
    assert 50 < len(expected) < 450


def test_a_polygon_of_two_corners_is_empty():
    assert inside_polygon(XY, np.zeros((2, 2))).tolist() == []


def test_inside_box_includes_edges():
    points = np.array([[0, 0], [1, 1], [1, 2]], np.float32)
    assert inside_box(points, (1, 0, 0, 1)).tolist() == [True, True, False]


def test_the_nearest_shown_point_within_reach():
    shown = np.arange(500) % 2 == 0
    distance = np.hypot(*(XY - [0.3, 0.2]).T)
    distance[~shown] = np.inf
    assert nearest_point(XY, (0.3, 0.2), 1.0, shown) == distance.argmin()
    assert nearest_point(XY, (50.0, 0.0), 1.0, shown) is None
    assert nearest_point(XY, (0.3, 0.2), float(distance.min()) / 2, shown) is None
