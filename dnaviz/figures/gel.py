"""The predicted gel: a ladder, the reference and the alternate, small bands below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnaviz.figures.drawing import Drawing, trace
from dnaviz.figures.theme import theme, themed_spec

if TYPE_CHECKING:
    from dnaviz.splicing.gel import Gel

LADDER = (50, 100, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000)
"""Sizes (nt) of the marker's bands."""

HALF = 0.34
"""Half of a band's width, in lanes."""


def gel_figure(gel: Gel, *, dark: bool = False, height: int = 420) -> Drawing:
    """Draw the bands of a predicted gel.

    Every band is drawn alike: a prediction has no brightness.
    """
    colors = theme(dark)
    sizes = [band.size for band in gel.bands] or [100]
    low, high = min(sizes) / 1.6, max(sizes) * 1.6
    ladder = [size for size in LADDER if low <= size <= high]
    rows = [(0, size, f"{size:,}", "marker", colors.muted) for size in ladder]
    rows += [
        (1 + (band.lane == "alternate"), band.size, f"{band.size:,}", band.words, colors.ink)
        for band in gel.bands
    ]
    traces = [
        trace(
            "scatter", x=[lane - HALF, lane + HALF], y=[size, size], mode="lines+text",
            line={"color": color, "width": 3 if lane == 0 else 7},
            text=["", f" {label}"], textposition="middle right", textfont={"color": color},
            hovertemplate=f"{label} nt<br>{_escaped(words)}<extra></extra>", showlegend=False,
            cliponaxis=False,
        )
        for lane, size, label, words, color in rows
    ]  # fmt: skip
    layout = {
        "xaxis": {
            "tickvals": [0, 1, 2], "ticktext": ["marker", "reference", "alternate"],
            "range": [-0.6, 2.9], "side": "top", "showgrid": False, "zeroline": False,
            "fixedrange": True,
        },
        "yaxis": {
            "type": "log", "title": {"text": "size (nt)"}, "showgrid": False, "zeroline": False,
            "showticklabels": False, "fixedrange": True,
        },
        "margin": {"t": 40},
    }  # fmt: skip
    return themed_spec(traces, layout, dark=dark, height=height)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
