"""Figure of reconstruction accuracy by position, repeats and GC content, one line a noise level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dnaviz.figures.theme import theme, themed_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

PANELS = {
    "position": ("position, from the middle of the window", [0, 1], [0.56, 1]),
    "repeats": ("share of the window in tandem repeats", [0, 0.47], [0, 0.36]),
    "gc": ("GC content of the window", [0.53, 1], [0, 0.36]),
}


def reconstruction_errors_figure(table: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """Draw the table of `dnaviz.atlas.reconstruction_errors.reconstruction_errors`.

    Parameters
    ----------
    table
        With the columns noise, by, group, low, bases, wrong, windows.
    """
    import plotly.graph_objects as go

    colors = theme(dark)
    shades = [colors.accent, colors.labels["acceptor"], colors.labels["AG decoy"], "#CC79A7"]
    figure = go.Figure()
    lowest = 1.0
    for number, (level, of_level) in enumerate(table.groupby("noise", sort=True)):
        name = "as encoded" if level == 0 else f"latent blurred by {level:g} sd"
        for axis, by in enumerate(PANELS, start=1):
            rows = of_level[of_level["by"] == by]
            accuracy = (1 - rows["wrong"] / rows["bases"]).to_numpy()
            lowest = min([lowest, *accuracy])
            figure.add_trace(
                go.Scatter(
                    x=rows["low"] if by == "position" else rows["group"],
                    y=np.round(accuracy, 6),
                    customdata=np.stack([rows["wrong"], rows["bases"]], axis=1),
                    # Neighboring positions can differ much: dots show it, a line would hide it.
                    mode="markers" if by == "position" else "lines+markers",
                    marker={"size": 4 if by == "position" else 7},
                    line={"color": shades[number % 4], "width": 2},
                    marker_color=shades[number % 4],
                    xaxis=f"x{axis}", yaxis=f"y{axis}", name=name, legendgroup=name,
                    showlegend=axis == 1,
                    hovertemplate="%{x}: %{y:.2%} right<br>%{customdata[0]:,} of "
                    "%{customdata[1]:,} bases wrong<extra>" + name + "</extra>",
                )
            )  # fmt: skip
    for axis, (title, across, up) in enumerate(PANELS.values(), start=1):
        figure.update_layout(
            {
                f"xaxis{axis}": {"domain": across, "title": {"text": title}, "zeroline": False,
                                 "showgrid": False, "anchor": f"y{axis}"},
                f"yaxis{axis}": {"domain": up, "anchor": f"x{axis}", "tickformat": ".0%",
                                 "range": [max(0.0, lowest - 0.04), 1.03], "zeroline": False,
                                 "fixedrange": True,
                                 "title": {"text": "bases right" if axis < 3 else ""}},
            }
        )  # fmt: skip
    figure.update_layout(legend={"itemsizing": "constant"})
    return themed_figure(figure, dark=dark, height=540)
