"""A small latent map: a picture of all points, with stars, rings and a path drawn over it.

It says where a sequence lies; nobody chooses points on it. So the points need not travel one by
one, nor the half of the drawing library that draws them by WebGL.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from numpy.typing import NDArray

from dnaviz.figures.coloring import Coloring
from dnaviz.figures.map import PLACED, extent, map_figure
from dnaviz.figures.raster import palette, png, raster
from dnaviz.figures.theme import theme

if TYPE_CHECKING:
    import plotly.graph_objects as go

PIXELS = 800  # of the picture's longer side: sharp on a dense screen
COLORS = 128


def small_map(
    xy: NDArray, coloring: Coloring, *, dark: bool = False, height: int = 400
) -> go.Figure:
    """Draw a small map with the traces of `dnaviz.figures.map.map_figure`, the points as a picture.

    Parameters
    ----------
    xy
        Positions (n, 2).
    coloring
        Of the same n points.
    """
    import plotly.graph_objects as go

    box = extent(xy)
    wide, tall = box[1] - box[0], box[3] - box[2]
    scale = PIXELS / max(wide, tall)
    image = raster(
        xy, palette(coloring), box, round(wide * scale), round(tall * scale), size=3, opacity=0.6
    )
    drawn = map_figure(xy, coloring, dark=dark, height=height, drawn=False)
    # Above a picture SVG will do, whose letters can stand out from what lies below them.
    traces = [
        trace | {"type": trace["type"].replace("scattergl", "scatter")}
        for trace in drawn.to_dict()["data"]
    ]
    figure = go.Figure(traces, drawn.layout)
    paper = theme(dark).paper
    figure.data[PLACED].textfont.shadow = ", ".join([f"0 0 3px {paper}"] * 4)
    figure.add_layout_image(
        source="data:image/png;base64," + b64encode(png(image, COLORS)).decode(),
        xref="x", yref="y", x=box[0], y=box[3], sizex=wide, sizey=tall, sizing="stretch",
        layer="below",
    )  # fmt: skip
    figure.update_layout(dragmode="pan")
    return figure
