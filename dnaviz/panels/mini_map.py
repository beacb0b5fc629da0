"""A small map with a few sequences on it; the points are sent once per space and theme."""

from __future__ import annotations

from collections.abc import Sequence as Many

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.atlas.columns import telling_column
from dnaviz.panels.plot import Plot


class MiniMap:
    """Stars, and a path between them, over the points of an atlas.

    Parameters
    ----------
    atlas : Atlas
    label : str
        What the plot shows, for screen readers.
    """

    def __init__(self, atlas: Atlas, label: str) -> None:
        self.atlas = atlas
        self.plot = Plot(label)
        self._drawn: tuple[str, bool] | None = None

    def show(
        self,
        space: str,
        stars_xy: NDArray,
        names: Many[str],
        *,
        path_xy: NDArray | None = None,
        near: NDArray | None = None,
        dark: bool = False,
    ) -> None:
        """Put stars at positions (m, 2), a dotted path through (p, 2), rings on rows `near`."""
        from dnaviz.figures import map as maps

        if (space, dark) != self._drawn:
            self.plot.show(self._figure(space, dark), view=space)
            self._drawn = (space, dark)
        path = np.reshape([] if path_xy is None else path_xy, (-1, 2))
        rings = self.atlas.map(space)[np.asarray([] if near is None else near, np.int64)]
        with self.plot.hold_sync():
            self.plot.change(maps.PATH, x=path[:, 0].tolist(), y=path[:, 1].tolist())
            self.plot.change(maps.NEIGHBORS, x=rings[:, 0].tolist(), y=rings[:, 1].tolist())
            # Each name on a side of its own: stars that hardly moved apart stay readable.
            sides = ["bottom center", "top center", "middle right"][: len(names)]
            if len(names) == 1:
                sides = ["top center"]
            self.plot.change(maps.PLACED, textposition=sides, **maps.stars(stars_xy, names))

    def _figure(self, space: str, dark: bool):  # type: ignore[no-untyped-def]
        from dnaviz.figures.coloring import coloring
        from dnaviz.figures.map import map_figure

        rows = self.atlas.thinned()
        obs = self.atlas.obs
        column = telling_column(obs)
        figure = map_figure(
            self.atlas.map(space)[rows],
            coloring(obs[column].iloc[rows], dark=dark),
            size=3,
            opacity=0.5,
            dark=dark,
            height=380,
        )
        figure.update_layout(dragmode="pan")
        return figure
