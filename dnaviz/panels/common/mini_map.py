"""A small map with a few sequences on it; its picture is sent once per space and theme."""

from __future__ import annotations

import collections.abc
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.atlas.columns import informative_column
from dnaviz.panels.common.plot import Plot

if TYPE_CHECKING:
    import plotly.graph_objects as go


class MiniMap:
    """Stars, and a path between them, over the points of an atlas.

    Parameters
    ----------
    label : str
        What the plot shows, for screen readers.
    """

    def __init__(self, label: str) -> None:
        self.plot = Plot(label)
        self._drawn: tuple[str, bool] | None = None

    def show(
        self,
        atlas: Atlas,
        space: str,
        stars_xy: NDArray,
        names: collections.abc.Sequence[str],
        *,
        path_xy: NDArray | None = None,
        near: NDArray | None = None,
        dark: bool = False,
    ) -> None:
        """Put stars at positions (m, 2), a dotted path through (p, 2), rings on rows `near`."""
        from dnaviz.figures import map as maps

        if (space, dark) != self._drawn:
            self.plot.show(_figure(atlas, space, dark), view=space)
            self._drawn = (space, dark)
        path = np.reshape([] if path_xy is None else path_xy, (-1, 2))
        rings = atlas.map(space)[np.asarray([] if near is None else near, np.int64)]
        # Each name on a side of its own: stars that hardly moved apart stay readable.
        sides = ["bottom center", "top center", "bottom right"][: len(names)]
        if len(names) == 1:
            sides = ["top center"]
        with self.plot.hold_sync():
            self.plot.change(maps.PATH, x=path[:, 0].tolist(), y=path[:, 1].tolist())
            self.plot.change(maps.NEIGHBORS, x=rings[:, 0].tolist(), y=rings[:, 1].tolist())
            self.plot.change(maps.FOCUS, x=[], y=[])
            self.plot.change(maps.PLACED, textposition=sides, **maps.stars(stars_xy, names))

    def focus(self, xy: NDArray) -> None:
        """Put a wide ring at one position (2,)."""
        from dnaviz.figures.map import FOCUS

        self.plot.change(FOCUS, x=[float(xy[0])], y=[float(xy[1])])


@lru_cache(maxsize=4)  # Made ahead where kernels are forked, and then shared by all viewers.
def _figure(atlas: Atlas, space: str, dark: bool) -> go.Figure:
    from dnaviz.figures.coloring import coloring
    from dnaviz.figures.small_map import small_map

    colors = coloring(atlas.obs[informative_column(atlas.obs)], dark=dark)
    return small_map(atlas.map(space), colors, dark=dark)
