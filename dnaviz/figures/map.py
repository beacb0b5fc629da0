"""The latent map: every window a point, with the placed, the focused and their neighbors on top.

The figure has a fixed list of traces (`TRACES`), so that a panel can change what one of them shows
without sending the others again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dnaviz.figures.coloring import MAX_CATEGORIES, Coloring, category_names
from dnaviz.figures.drawing import plotly_text
from dnaviz.figures.theme import theme, themed_figure

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

TRACES = ("points", "contours", "neighbors", "focus", "path", "placed")
POINTS, CONTOURS, NEIGHBORS, FOCUS, PATH, PLACED = range(len(TRACES))
LEGEND = range(len(TRACES), len(TRACES) + MAX_CATEGORIES + 1)
MOST_NAMES = 12  # beside stars; more cannot be read
DIMMED = 0.06  # opacity of points outside the selection, relative to the others


def map_figure(
    xy: NDArray,
    coloring: Coloring,
    *,
    size: float = 4.0,
    opacity: float = 0.75,
    dark: bool = False,
    height: int = 560,
    drawn: bool = True,
) -> go.Figure:
    """Draw a map.

    Parameters
    ----------
    xy
        Positions (n, 2).
    coloring
        From `dnaviz.figures.coloring.coloring`, of the same n points.
    size, opacity
        Of the points, in pixels and 0-1.
    drawn
        Whether the points are drawn; where not, their place is kept for a picture of them
        (`dnaviz.figures.raster`).
    """
    import plotly.graph_objects as go

    colors = theme(dark)
    xy = np.asarray(xy, np.float32)
    ranges = None if drawn else extent(xy)
    drawn_rows = slice(None) if drawn else slice(0)
    xy = xy[drawn_rows]
    points = go.Scattergl(
        x=xy[:, 0],
        y=xy[:, 1],
        mode="markers",
        marker=marker(coloring, size=size, opacity=opacity, dark=dark, shown=drawn_rows),
        hoverinfo="skip",
        selected={"marker": {"opacity": min(1.0, opacity + 0.2)}},
        unselected={"marker": {"opacity": DIMMED}},
        showlegend=False,
    )
    ring = {"symbol": "circle-open", "color": colors.ink}
    line = {"width": 2, "color": colors.ink}
    # WebGL all of them: it is drawn above everything else, and these belong on top.
    overlays = [
        go.Scattergl(mode="lines", visible=False, line={"width": 1, "color": colors.ink}),
        go.Scattergl(mode="markers", marker={**ring, "size": 11, "line": line}),
        go.Scattergl(mode="markers", marker={**ring, "size": 24, "line": {**line, "width": 4}}),
        go.Scattergl(mode="lines", line={"width": 2, "color": colors.ink, "dash": "dot"}),
        go.Scattergl(
            mode="markers+text",
            textposition="top center",
            textfont=star_font(dark),
            marker={
                "symbol": "star",
                "size": 18,
                "color": "#F0E442",
                "line": {"width": 1.5, "color": "#1B2430"},
            },
        ),
    ]
    for trace in overlays:
        # A lasso fades what lies outside it; these stand outside every selection.
        trace.update(x=[], y=[], hoverinfo="skip", showlegend=False)
        if trace.mode != "lines":
            trace.unselected = {"marker": {"opacity": 1}}
    overlays[-1].unselected.textfont = {"color": colors.ink}
    figure = go.Figure([points, *overlays, *legend(coloring)])
    themed_figure(figure, dark=dark, height=height)
    blank = {"visible": False, "zeroline": False, "showgrid": False}
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=blank,
        # One unit is as long on either axis: UMAP's distances have no direction.
        yaxis={**blank, "scaleanchor": "x"},
        dragmode="lasso",
        legend={
            "orientation": "h", "x": 0, "y": -0.01, "xanchor": "left", "yanchor": "top",
            "itemsizing": "constant", "font": {"size": 13, "color": colors.ink},
        },
        # Zoom and legend survive what a panel changes later.
        uirevision="map",
    )  # fmt: skip
    if ranges is not None:
        figure.update_layout(xaxis_range=ranges[:2], yaxis_range=ranges[2:])
    return figure


def extent(xy: NDArray, margin: float = 0.04) -> tuple[float, float, float, float]:
    """x0, x1, y0, y1 around points (n, 2), with some space."""
    low, high = xy.min(axis=0).astype(float), xy.max(axis=0).astype(float)
    least = 1e-6 * max(1.0, float(np.abs([low, high]).max()))  # float32 tells that much apart
    pad = np.maximum((high - low) * margin, least)
    (x0, y0), (x1, y1) = low - pad, high + pad
    return float(x0), float(x1), float(y0), float(y1)


def marker(
    coloring: Coloring, *, size: float, opacity: float, dark: bool, shown: Any = slice(None)
) -> dict[str, Any]:
    """Plotly's marker of the points: color by number on the coloring's scale."""
    colors = theme(dark)
    low, high = coloring.limits
    return {
        "size": size,
        "opacity": opacity,
        # A category's number takes one byte on the wire.
        "color": coloring.codes[shown].astype(np.float32 if coloring.numeric else np.uint8),
        "colorscale": coloring.scale,
        "cmin": low,
        "cmax": high,
        "line": {"width": 0},
        "showscale": coloring.numeric,
        "colorbar": {
            "orientation": "h", "thickness": 10, "len": 0.45, "x": 0, "xanchor": "left", "y": -0.01,
            "yanchor": "top", "outlinewidth": 0,
            "title": {"text": plotly_text(coloring.name.replace("_", " ")), "side": "top"},
            "tickfont": {"color": colors.muted, "size": 12},
            "tickvals": [at for at, _ in coloring.ticks],
            "ticktext": [text for _, text in coloring.ticks],
        },
    }  # fmt: skip


def legend(coloring: Coloring) -> list[go.Scatter]:
    """One empty trace per category, for a legend that can be clicked; always the same number."""
    import plotly.graph_objects as go

    # A column with more categories turns those that are not seen into entries of the legend.
    traces = [
        go.Scatter(x=[None], y=[None], mode="markers", visible=False, showlegend=False)
        for _ in LEGEND
    ]
    for trace, (name, color, count) in zip(traces, coloring.categories, strict=False):
        trace.update(
            name=f"{plotly_text(name)} <span style='opacity:.7'>{count:,}</span>",
            marker={"color": color, "size": 10},
            visible=True,
            showlegend=True,
            hoverinfo="skip",
        )
    return traces


def stars(xy: NDArray, names: Sequence[str]) -> dict[str, Any]:
    """What the trace of placed sequences shows; names are shortened and escaped."""
    many = len(xy) > MOST_NAMES
    return {
        "x": np.asarray(xy, np.float32)[:, 0],
        "y": np.asarray(xy, np.float32)[:, 1],
        "text": [plotly_text(name) for name in names],
        "mode": "markers" if many else "markers+text",
        "hovertemplate": "%{text}<extra>yours</extra>",
    }


def star_names(xy: NDArray, names: Sequence[str], *, dark: bool = False) -> list[dict[str, Any]]:
    """Names above stars as annotations of the layout, which no point covers; few or none."""
    if len(xy) > MOST_NAMES:
        return []
    return [
        {**_name(name, x, y, dark), "yshift": 20, "opacity": 0.9}
        for (x, y), name in zip(xy, names, strict=True)
    ]


def category_places(
    xy: NDArray, values: pd.Series, shown: NDArray[np.bool_] | None = None
) -> list[tuple[str, float, float]]:
    """Names of the categories of a column, and where they stand: at the median of their points.

    `xy` (n, 2); `shown` (n,) says which points count. See `coloring.category_names`.
    """
    codes, names = category_names(values)
    kept = np.ones(len(xy), bool) if shown is None else shown
    places = []
    for number, name in enumerate(names):
        points = xy[kept & (codes == number)] if name else xy[:0]
        if len(points):
            x, y = np.median(points, axis=0)
            places.append((name, float(x), float(y)))
    return places


def names_on_map(
    places: list[tuple[str, float, float]], *, dark: bool = False
) -> list[dict[str, Any]]:
    """Names of categories as annotations of the layout."""
    return [_name(name, x, y, dark) for name, x, y in places]


def _name(name: str, x: float, y: float, dark: bool) -> dict[str, Any]:
    return {
        "x": float(x), "y": float(y), "text": plotly_text(name, 24), "showarrow": False,
        "font": star_font(dark), "bgcolor": theme(dark).paper, "opacity": 0.8, "borderpad": 1,
    }  # fmt: skip


def star_font(dark: bool) -> dict[str, Any]:
    """Of the names beside stars."""
    return {"color": theme(dark).ink, "size": 14, "weight": "bold"}


def density(xy: NDArray, bins: int = 96) -> dict[str, NDArray]:
    """Density of points (n, 2) on a grid, smoothed: its x, y, and z (y, x)."""
    xy = np.asarray(xy, np.float32)
    pad = np.maximum(np.ptp(xy, axis=0) * 0.05, 1e-6)
    low, high = xy.min(axis=0) - pad, xy.max(axis=0) + pad
    cells = np.minimum(((xy - low) / (high - low) * bins).astype(np.int32), bins - 1)
    counts = np.bincount(cells[:, 0] * bins + cells[:, 1], minlength=bins * bins)
    counts = counts.reshape(bins, bins).astype(float)
    x_edges, y_edges = np.linspace(low, high, bins + 1).T
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.6) ** 2)
    for axis in (0, 1):
        counts = np.apply_along_axis(np.convolve, axis, counts, kernel / kernel.sum(), "same")
    return {
        "x": ((x_edges[1:] + x_edges[:-1]) / 2).astype(np.float32),
        "y": ((y_edges[1:] + y_edges[:-1]) / 2).astype(np.float32),
        # The square root shows thin bridges between crowded islands too.
        "z": np.sqrt(counts.T).astype(np.float32),
    }


def contour_lines(xy: NDArray, levels: int = 8) -> NDArray[np.float32]:
    """Lines of equal density of points (n, 2): their corners (m, 2), NaN between one and the next.

    At evenly spaced levels of what `density` gives.
    """
    from contourpy import LineType, contour_generator

    grid = density(xy)
    lines = contour_generator(grid["x"], grid["y"], grid["z"], line_type=LineType.ChunkCombinedNan)
    apart = np.full((1, 2), np.nan)
    segments = [apart]
    for level in np.linspace(0, grid["z"].max(), levels + 2)[1:-1]:
        (corners,) = lines.lines(level)[0]
        if corners is not None:
            segments += [corners, apart]
    return np.concatenate(segments).astype(np.float32)
