"""The map on screen: one plotly widget over an atlas, changed trace by trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.figures import map as maps
from dnaviz.figures.coloring import Coloring, coloring
from dnaviz.figures.theme import template, theme

MOST_HOVER_TEXTS = 50_000  # beyond this the texts alone outweigh the points


class MapView:
    """Points of an atlas in one of its spaces, with what is laid over them.

    Parameters
    ----------
    atlas : Atlas
    on_select : callable
        Given the rows (int array) inside a lasso or box; empty when the viewer clears it.
    on_click : callable
        Given the row that was clicked.
    on_hide : callable
        Given the categories the viewer switched off in the legend.
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
        on_select: Callable[[NDArray[np.int64]], None],
        on_click: Callable[[int], None],
        on_hide: Callable[[list[str]], None],
        guard: Callable[[Callable[..., Any]], Callable[..., None]],
    ) -> None:
        import plotly.graph_objects as go

        self.atlas = atlas
        self.space, self.color, self.size, self.opacity, self.dark = (
            space, color, size, opacity, dark,
        )  # fmt: skip
        self.shown: NDArray[np.bool_] = np.ones(len(atlas), bool)
        self.selected: NDArray[np.int64] = np.empty(0, np.int64)
        self.coloring = self._coloring()
        self._on_hide = on_hide
        self._listening = True
        self.figure = go.FigureWidget(
            maps.map_figure(
                atlas.map(space),
                self.coloring,
                text=hover_lines(atlas) if len(atlas) <= MOST_HOVER_TEXTS else None,
                size=size,
                opacity=opacity,
                dark=dark,
            )
        )
        self.figure._config = {
            "displaylogo": False,
            "responsive": True,
            "scrollZoom": True,
            "modeBarButtonsToRemove": ["autoScale2d", "zoomIn2d", "zoomOut2d"],
        }
        points = self.figure.data[maps.POINTS]
        points.on_selection(guard(lambda trace, at, how: on_select(self._valid(at.point_inds))))
        points.on_deselect(guard(lambda trace, at: on_select(self._valid([]))))

        def clicked(trace: Any, at: Any, state: Any) -> None:
            for row in self._valid(at.point_inds)[:1]:
                on_click(int(row))

        points.on_click(guard(clicked))
        for number in maps.LEGEND:
            self.figure.data[number].on_change(guard(self._legend_clicked), "visible")

    def _valid(self, numbers: Any) -> NDArray[np.int64]:
        """Rows out of what a browser sent, which may be anything."""
        valid = [n for n in (numbers or []) if isinstance(n, int) and 0 <= n < len(self.atlas)]
        rows = np.unique(np.array(valid, np.int64))
        return rows[self.shown[rows]]

    def _coloring(self) -> Coloring:
        return coloring(self.atlas.obs[self.color], dark=self.dark)

    def _legend_clicked(self, *_: Any) -> None:
        if not self._listening:
            return
        hidden = [
            name
            for (name, _, _), number in zip(self.coloring.categories, maps.LEGEND, strict=False)
            if self.figure.data[number].visible == "legendonly"
        ]
        self._on_hide(hidden)

    def show_space(self, space: str) -> None:
        """Move every point to its place in another space; what is selected stays so."""
        self.space = space
        with self.figure.batch_update():
            self._put_points()
            self.figure.update_layout(xaxis={"autorange": True}, yaxis={"autorange": True})

    def show_color(self, column: str) -> None:
        """Colour by another column."""
        self.color = column
        self._recolor()

    def show_style(self, size: float, opacity: float) -> None:
        """Other size (pixels) and opacity of the points."""
        self.size, self.opacity = size, opacity
        with self.figure.batch_update():
            points = self.figure.data[maps.POINTS]
            points.marker.size, points.marker.opacity = size, opacity
            points.selected.marker.opacity = min(1.0, opacity + 0.2)

    def show_dark(self, dark: bool) -> None:
        """The colours of the dark theme, or of the light one."""
        self.dark = dark
        colors = theme(dark)
        with self.figure.batch_update():
            self.figure.layout.template = template(dark)
            self.figure.layout.legend.font.color = colors.ink
            for number in (maps.NEIGHBORS, maps.FOCUS):
                self.figure.data[number].marker.color = colors.ink
                self.figure.data[number].marker.line.color = colors.ink
            self.figure.data[maps.PATH].line.color = colors.ink
            self.figure.data[maps.PLACED].textfont = maps.star_font(dark)
            self.figure.data[maps.CONTOURS].line.color = colors.muted
        self._recolor()

    def show_hidden(self, hidden: list[str]) -> None:
        """Switch categories of the present coloring off in the legend."""
        self._listening = False
        try:
            with self.figure.batch_update():
                for (name, _, _), n in zip(self.coloring.categories, maps.LEGEND, strict=False):
                    self.figure.data[n].visible = "legendonly" if name in hidden else True
        finally:
            self._listening = True

    def show_rows(self, shown: NDArray[np.bool_]) -> None:
        """Show only these points (n,) bool; the others leave the map."""
        self.shown = shown
        with self.figure.batch_update():
            self._put_points()

    def show_contours(self, wanted: bool) -> None:
        """Lines of equal density of the shown points, or none."""
        with self.figure.batch_update():
            trace = self.figure.data[maps.CONTOURS]
            trace.visible = bool(wanted and self.shown.sum() > 9)
            if trace.visible:
                trace.update(maps.density(self.atlas.map(self.space)[self.shown]))

    def show_selected(self, rows: NDArray[np.int64]) -> None:
        """Fade every point but these; none fades where `rows` is empty."""
        self.selected = rows
        self._drop_outline()
        with self.figure.batch_update():
            self.figure.data[maps.POINTS].selectedpoints = rows if len(rows) else None

    def show_focus(self, row: int | None, neighbors: NDArray[np.int64]) -> None:
        """Ring a point, and more thinly its neighbours."""
        xy = self.atlas.map(self.space)
        with self.figure.batch_update():
            self._put(maps.FOCUS, xy[[] if row is None else [row]])
            self._put(maps.NEIGHBORS, xy[neighbors])

    def show_placed(self, xy: NDArray, names: list[str]) -> None:
        """Stars where new sequences fall."""
        with self.figure.batch_update():
            self.figure.data[maps.PLACED].update(maps.stars(np.reshape(xy, (-1, 2)), names))

    def show_path(self, xy: NDArray) -> None:
        """A dotted line through positions (m, 2)."""
        with self.figure.batch_update():
            self._put(maps.PATH, np.reshape(xy, (-1, 2)))

    def _drop_outline(self) -> None:
        """Take the lasso's outline away once it has done its work.

        It would take the clicks on its points, and select anew whatever another space brings under
        it. The browser alone knows of it, so there is no difference for plotly to find and send.
        """
        self.figure._send_relayout_msg({"selections": []})

    def _put(self, number: int, xy: NDArray) -> None:
        self.figure.data[number].update(x=xy[:, 0], y=xy[:, 1])

    def _put_points(self) -> None:
        xy = np.where(self.shown[:, None], self.atlas.map(self.space), np.float32(np.nan))
        self._put(maps.POINTS, xy)

    def _recolor(self) -> None:
        self.coloring = self._coloring()
        look = maps.marker(self.coloring, size=self.size, opacity=self.opacity, dark=self.dark)
        self._listening = False
        try:
            with self.figure.batch_update():
                self.figure.data[maps.POINTS].marker.update(look)
                for number, trace in zip(maps.LEGEND, maps.legend(self.coloring), strict=True):
                    self.figure.data[number].update(
                        name=trace.name,
                        marker=trace.marker,
                        visible=trace.visible,
                        showlegend=trace.showlegend,
                    )
        finally:
            self._listening = True


def hover_lines(atlas: Atlas) -> list[str]:
    """What each point says: gene and label on one line, the id below."""
    obs = atlas.obs
    head = [obs[name].astype(object).astype(str) for name in ("gene", "label") if name in obs]
    ids = obs.index.astype(str)
    if not head:
        return list(ids)
    first = head[0] if len(head) == 1 else head[0].str.cat(head[1], sep="  ")
    return [f"{a.strip()}\n{b}" for a, b in zip(first, ids, strict=True)]
