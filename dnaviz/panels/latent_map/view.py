"""The map on screen: one plotly widget over an atlas, changed trace by trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.atlas.region import inside_polygon, nearest_point
from dnaviz.figures import map as maps
from dnaviz.figures import raster
from dnaviz.figures.coloring import Coloring, coloring
from dnaviz.figures.theme import template, theme
from dnaviz.io.spreadsheet import file_name
from dnaviz.panels.latent_map.plot import MapPlot

FEW = 200
PREVIEW = (560, 336)  # pixels, about half of what the map has
MOST_POINTS = 50_000
"""Points sent to the browser one by one. More are drawn here and sent as a picture of what is in
view: `tests/benchmarks/map.py` has the figures this was chosen by."""


class MapView:
    """Points of an atlas in one of its spaces, with what is laid over them.

    Parameters
    ----------
    atlas : Atlas
    on_select : callable
        Given the rows (int array) inside a lasso or box, and whether to add them to the selection.
    on_clear : callable
        The viewer clears the selection.
    on_click : callable
        Given the row that was clicked.
    on_hide : callable
        Given the categories the viewer switched off in the legend.
    on_shown : callable
        The map is on its way to the page for the first time.
    guard : callable
        Wraps callbacks; a panel's `guard`.
    """

    def __init__(
        self,
        atlas: Atlas,
        *,
        space: str,
        color: str,
        size: float,
        opacity: float,
        dark: bool,
        on_select: Callable[[NDArray[np.int64], bool], None],
        on_clear: Callable[[], None],
        on_click: Callable[[int], None],
        on_hide: Callable[[list[str]], None],
        on_shown: Callable[[], None],
        guard: Callable[[Callable[..., Any]], Callable[..., None]],
    ) -> None:
        self.atlas = atlas
        self.space, self.color, self.size, self.opacity, self.dark = (
            space, color, size, opacity, dark,
        )  # fmt: skip
        self.shown: NDArray[np.bool_] = np.ones(len(atlas), bool)
        self.selected: NDArray[np.int64] = np.empty(0, np.int64)
        self.hidden: list[str] = []
        self.placed: tuple[NDArray, list[str]] = np.empty((0, 2), np.float32), []
        self.names = False
        self.raster = len(atlas) > MOST_POINTS
        self._view: tuple[raster.Box, int, int] | None = None
        self._palette: raster.Palette | None = None
        self._stale = False
        self.coloring = self._coloring()
        self._on_hide, self._on_click, self._on_select = on_hide, on_click, on_select
        figure = maps.map_figure(
            atlas.map(space),
            self.coloring,
            size=size,
            opacity=opacity,
            dark=dark,
            drawn=not self.raster,
        )
        self.plot = MapPlot(
            figure,
            "Map of the windows in latent space",
            raster=self.raster,
            on_lasso=guard(self._lasso),
            on_clear=guard(on_clear),
            on_click=guard(self._clicked),
            on_hover=self.names_near,
            on_view=guard(self._show_view),
            on_legend=guard(self._legend_clicked),
            on_shown=guard(on_shown),
            on_flat=guard(self._draw_flat),
        )

    @property
    def figure(self) -> Any:
        """The plotly figure as it stands."""
        return self.plot.figure

    def _coloring(self) -> Coloring:
        return coloring(self.atlas.obs[self.color], dark=self.dark)

    # What the viewer does.

    def _lasso(self, corners: NDArray[np.float64], add: bool) -> None:
        rows = inside_polygon(self.atlas.map(self.space), corners)
        self._on_select(rows[self.shown[rows]], add)

    def _near(self, x: float, y: float, reach: float) -> int | None:
        return nearest_point(self.atlas.map(self.space), (x, y), reach, self.shown)

    def _clicked(self, x: float, y: float, reach: float) -> None:
        row = self._near(x, y, reach)
        if row is not None:
            self._on_click(row)

    def names_near(self, x: float, y: float, reach: float) -> list[str]:
        """Lines about the point nearest to a place on the map, within reach; none elsewhere."""
        xy, names = self.placed
        away = np.hypot(*(xy - np.array([x, y])).T)
        if len(away) and away.min() <= reach:  # a star covers the points below it
            return [names[int(away.argmin())][:80], "yours"]
        row = self._near(x, y, reach)
        return [] if row is None else hover_line(self.atlas, row)

    def _legend_clicked(self, trace: int, alone: bool) -> None:
        names = [name for name, _, _ in self.coloring.categories]
        number = trace - maps.LEGEND.start
        if not 0 <= number < len(names):
            return
        name, hidden = names[number], set(self.hidden)
        if not alone:
            hidden ^= {name}
        elif hidden == set(names) - {name}:
            hidden = set()
        else:
            hidden = set(names) - {name}
        self._on_hide(sorted(hidden))

    def _show_view(self, box: raster.Box, width: int, height: int) -> None:
        self._view = box, width, height
        with self._painting():
            self._stale = self.raster

    def _draw_flat(self) -> None:
        """From now on send a picture of the points, as of a large atlas: a page has no WebGL."""
        self.raster = self.plot.raster = True
        none = np.empty(0, np.float32)
        look = maps.marker(
            self.coloring, size=self.size, opacity=self.opacity, dark=self.dark, shown=slice(0)
        )
        with self._painting():
            self._stale = True
            self.plot.change(maps.POINTS, x=none, y=none, marker=look, selectedpoints=None)
            self._zoom_out()

    # What the panel shows.

    def show_space(self, space: str) -> None:
        """Move every point to its place in another space; what is selected stays so."""
        self.space = space
        with self._painting():
            self._put_points()
            self._zoom_out()

    def show_color(self, column: str) -> None:
        """Color by another column."""
        self.color = column
        self._recolor()

    def show_style(self, size: float, opacity: float) -> None:
        """Other size (pixels) and opacity of the points."""
        self.size, self.opacity = size, opacity
        with self._painting():
            self._stale = self.raster
            self.plot.change(
                maps.POINTS,
                marker__size=size,
                marker__opacity=opacity,
                selected__marker__opacity=min(1.0, opacity + 0.2),
                selected__marker__size=self._selected_size(),
            )

    def show_dark(self, dark: bool) -> None:
        """The colors of the dark theme, or of the light one."""
        self.dark = dark
        colors = theme(dark)
        with self._painting():
            self.plot.change_layout(
                template=template(dark).to_plotly_json(), legend__font__color=colors.ink
            )
            for number in (maps.NEIGHBORS, maps.FOCUS):
                self.plot.change(number, marker__color=colors.ink, marker__line__color=colors.ink)
            self.plot.change(maps.PATH, line__color=colors.ink)
            self._put_names()
            self.plot.change(maps.CONTOURS, line__color=colors.ink)
            self._recolor()

    def show_hidden(self, hidden: list[str]) -> None:
        """Switch categories of the present coloring off in the legend."""
        self.hidden = hidden
        with self.plot.together():
            for (name, _, _), n in zip(self.coloring.categories, maps.LEGEND, strict=False):
                self.plot.change(n, visible="legendonly" if name in hidden else True)

    def show_rows(self, shown: NDArray[np.bool_]) -> None:
        """Show only these points (n,) bool; the others leave the map."""
        self.shown = shown
        with self._painting():
            self._put_points()

    def show_contours(self, visible: bool) -> None:
        """Lines of equal density of the shown points, or none."""
        if visible and self.shown.sum() > 9:
            xy = maps.contour_lines(self.atlas.map(self.space)[self.shown])
            self.plot.change(maps.CONTOURS, visible=True, x=xy[:, 0], y=xy[:, 1])
        elif self.figure.data[maps.CONTOURS].visible:
            self.plot.change(maps.CONTOURS, visible=False)

    def show_selected(self, rows: NDArray[np.int64]) -> None:
        """Fade every point but these; none fades where `rows` is empty."""
        self.selected = rows
        with self._painting():
            if self.raster:
                self._stale = True
                return
            self.plot.change(
                maps.POINTS,
                selectedpoints=rows if len(rows) else None,
                selected__marker__size=self._selected_size(),
            )

    def show_focus(self, row: int | None, neighbors: NDArray[np.int64]) -> None:
        """Ring a point, and more thinly its neighbors."""
        xy = self.atlas.map(self.space)
        with self.plot.together():
            self._put(maps.FOCUS, xy[[] if row is None else [row]])
            self._put(maps.NEIGHBORS, xy[neighbors])

    def show_placed(self, xy: NDArray, names: list[str]) -> None:
        """Stars where new sequences fall."""
        self.placed = np.reshape(xy, (-1, 2)), names
        with self.plot.together():
            self.plot.change(maps.PLACED, **{**maps.stars(*self.placed), "mode": "markers"})
            self._put_names()

    def printed(self, kind: str) -> tuple[str, bytes]:
        """The points that are shown and the stars, without selection, as a file for print."""
        from dnaviz.figures.caption import map_caption
        from dnaviz.figures.logo import figure_bytes
        from dnaviz.figures.print_map import print_map

        caption = map_caption(int(self.shown.sum()), self.atlas, self.space, self.color)
        placed, names = self.placed
        figure = print_map(
            self.atlas.map(self.space), coloring(self.atlas.obs[self.color]), shown=self.shown,
            placed=placed, names=names, categories=self._category_places(),
        )  # fmt: skip
        name = file_name("map", self.space, self.color, suffix=kind)
        return name, figure_bytes(figure, kind, caption)

    def show_names(self, visible: bool) -> None:
        """Name the categories of the present coloring on the map, or not."""
        self.names = visible
        self._put_names()

    def show_drag(self, tool: str) -> None:
        """What dragging does: ``lasso``, ``select`` (a box) or ``pan``."""
        self.plot.change_layout(dragmode=tool)

    # How it is drawn.

    @contextmanager
    def _painting(self) -> Iterator[None]:
        """Send changes together, and afterwards one new picture where the points are one."""
        with self.plot.together():
            yield
        if self._stale and self._view is not None:
            self._stale = False
            box, width, height = self._view
            self.plot.picture(raster.png(self.picture(box, width, height)), box)

    def show_preview(self) -> None:
        """Give the page a picture of the points to show until it can draw them itself."""
        x0, x1, y0, y1 = maps.extent(self.atlas.map(self.space))
        width, height = PREVIEW
        unit = max((x1 - x0) / width, (y1 - y0) / height)  # a pixel, on the tighter side
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        box = (
            x - unit * width / 2,
            x + unit * width / 2,
            y - unit * height / 2,
            y + unit * height / 2,
        )
        self.plot.preview = raster.png(self.picture(box, width, height, self.size / 2))

    def picture(
        self, box: raster.Box, width: int, height: int, size: float | None = None
    ) -> NDArray[np.uint8]:
        """The points in a part of the map, as a picture (height, width, 4)."""
        if self._palette is None:
            self._palette = raster.palette(self.coloring)
        chosen = None
        if len(self.selected):
            chosen = np.zeros(len(self.atlas), bool)
            chosen[self.selected] = True
        return raster.raster(
            self.atlas.map(self.space),
            self._palette,
            box,
            width,
            height,
            shown=None if self.shown.all() else self.shown,
            selected=chosen,
            size=self.size if size is None else size,
            opacity=self.opacity,
        )

    def _selected_size(self) -> float:
        """A few selected points are drawn larger, or nobody would find them."""
        return self.size + 4 if 0 < len(self.selected) <= FEW else self.size

    def _zoom_out(self) -> None:
        # A new revision of the axes alone: plotly keeps the viewer's zoom while it stays the same.
        for axis in ("xaxis", "yaxis"):
            self.plot.change_layout(**{f"{axis}__uirevision": self.space})
        if self.raster:
            x0, x1, y0, y1 = maps.extent(self.atlas.map(self.space))
            self.plot.change_layout(xaxis__range=[x0, x1], yaxis__range=[y0, y1])

    def _put(self, number: int, xy: NDArray) -> None:
        self.plot.change(number, x=xy[:, 0], y=xy[:, 1])

    def _category_places(self) -> list[tuple[str, float, float]]:
        if not self.names:
            return []
        values = self.atlas.obs[self.color]
        return maps.category_places(self.atlas.map(self.space), values, self.shown)

    def _put_names(self) -> None:
        names = maps.names_on_map(self._category_places(), dark=self.dark)
        stars = maps.star_names(*self.placed, dark=self.dark)
        self.plot.change_layout(annotations=[*names, *stars])

    def _put_points(self) -> None:
        if self.names:
            self._put_names()
        if self.raster:
            self._stale = True
            return
        xy = np.where(self.shown[:, None], self.atlas.map(self.space), np.float32(np.nan))
        self._put(maps.POINTS, xy)

    def _recolor(self) -> None:
        self.coloring, self._palette = self._coloring(), None
        if self.names:
            self._put_names()
        drawn = slice(0 if self.raster else None)
        look = maps.marker(
            self.coloring, size=self.size, opacity=self.opacity, dark=self.dark, shown=drawn
        )
        with self._painting():
            self._stale = self.raster
            self.plot.change(maps.POINTS, marker=look)
            for number, trace in zip(maps.LEGEND, maps.legend(self.coloring), strict=True):
                visible = trace.visible
                if trace.showlegend:
                    name = self.coloring.categories[number - maps.LEGEND.start][0]
                    visible = "legendonly" if name in self.hidden else True
                self.plot.change(
                    number,
                    name=trace.name,
                    marker=trace.marker.to_plotly_json(),
                    visible=visible,
                    showlegend=trace.showlegend,
                )


def hover_line(atlas: Atlas, row: int) -> list[str]:
    """What one point says, as lines of plain text."""
    obs = atlas.obs
    head = "  ".join(str(obs[name].iloc[row]) for name in ("gene", "label") if name in obs)
    return [line[:80] for line in (head.strip(), str(obs.index[row])) if line]
