"""The predicted gel: a ladder, the reference and the alternate, small bands below."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dnaviz.figures.drawing import Drawing, trace
from dnaviz.figures.theme import theme, themed_spec

if TYPE_CHECKING:
    from dnaviz.splicing.gel import Gel

LADDER = (50, 100, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000)
"""Sizes (nt) of the marker's bands."""

HALF = 0.24
"""Half of a band's width, in lanes."""

LABEL = 0.055
"""Least distance of two labels of a lane, as a share of the height."""


def ladder(gel: Gel) -> list[int]:
    """Return the marker's bands around those of a gel, at least one above and below them."""
    sizes = [band.size for band in gel.bands] or [100]
    low, high = min(sizes) / 1.2, max(sizes) * 1.2
    below = max((s for s in LADDER if s <= low), default=LADDER[0])
    above = min((s for s in LADDER if s >= high), default=LADDER[-1])
    return [size for size in LADDER if below <= size <= above]


def band_rows(gel: Gel) -> list[tuple[int, int, float, str]]:
    """Return lane (0 the marker), size, where its label stands, and words of each band."""
    rows = []
    lanes = [[(size, "marker") for size in ladder(gel)], [], []]
    for band in gel.bands:
        lanes[1 + (band.lane == "alternate")].append((band.size, band.words))
    steps = ladder(gel)
    least = (steps[-1] / steps[0]) ** LABEL
    for lane, bands in enumerate(lanes):
        below = 0.0
        for size, words in sorted(bands):
            below = max(float(size), below * least)
            rows.append((lane, size, below, words))
    return rows


def gel_figure(gel: Gel, *, dark: bool = False) -> Drawing:
    """Draw the bands of a predicted gel.

    Every band is drawn alike: a prediction has no brightness.
    """
    colors = theme(dark)
    traces = []
    for lane, size, at, words in band_rows(gel):
        color = colors.ink if lane else colors.muted
        edge = lane + HALF if lane == 2 else lane - HALF
        hover = f"{size:,} nt<br>{escape(words, quote=False)}<extra></extra>"
        band = trace(
            "scatter", x=[lane - HALF, lane + HALF], y=[size, size], mode="lines",
            line={"color": color, "width": 7 if lane else 3}, hovertemplate=hover,
            showlegend=False,
        )  # fmt: skip
        label = trace(
            "scatter", x=[edge], y=[at], mode="text", text=[f" {size:,} "],
            textposition="middle right" if lane == 2 else "middle left",
            textfont={"color": color}, hoverinfo="skip", showlegend=False, cliponaxis=False,
        )  # fmt: skip
        traces += [band, label]
    layout = {
        "xaxis": {
            "tickvals": [0, 1, 2], "ticktext": ["marker", "reference", "alternate"],
            "range": [-0.95, 2.9], "side": "top", "showgrid": False, "zeroline": False,
            "fixedrange": True,
        },
        "yaxis": {
            "type": "log", "title": {"text": "size (nt)"}, "showgrid": False, "zeroline": False,
            "showticklabels": False, "fixedrange": True,
        },
        "margin": {"t": 40},
    }  # fmt: skip
    return themed_spec(traces, layout, dark=dark, height=420)
