"""Attributions and mutations along a site's context: logo and heatmap on one axis of positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dnaviz.attribution.signals import signals
from dnaviz.figures.drawing import Drawing, trace
from dnaviz.figures.logo import letter_heights, logo_range, logo_svg, svg_uri
from dnaviz.figures.theme import theme, themed_spec

if TYPE_CHECKING:
    from dnaviz.attribution import Attribution, Mutagenesis

MARGIN = {"l": 64, "r": 96, "t": 12, "b": 40, "autoexpand": False}
"""The same for both figures, so that a position lies at the same place in each."""

ROW = 20
"""Pixels of a signal's bar with its name above it."""

VIEW = {"donor": (-30, 40), "acceptor": (-60, 20)}
"""Offsets shown at first; the rest of the context is a zoom or a pan away."""

ROWS = ["T", "G", "C", "A"]  # bottom to top


def attribution_drawing(attribution: Attribution, *, dark: bool = False) -> Drawing:
    """Draw contributions as a logo over the heatmap of all four bases, on one shared axis.

    The axis shows 1-based forward positions; it falls from left to right on the strand "-", so
    that the sequence always reads in its own sense.

    Parameters
    ----------
    attribution : Attribution
    dark : bool
    """
    a = attribution
    heights = letter_heights(a.bases, a.contributions)
    low, high = logo_range(heights)
    unit = "change of log-odds" if a.method == "mutagenesis" else "log-odds"
    # Invisible bars: what the logo's letters say when pointed at.
    bars = trace(
        "bar",
        x=a.positions,
        y=a.contributions,
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        customdata=_labels(a),
        hovertemplate="%{customdata}<br>contribution %{y:+.3f}<extra></extra>",
        yaxis="y2",
        showlegend=False,
    )
    labels, rows = _signals(a, dark)
    height = 304 + rows * ROW  # of the heatmap, the logo, and as many labels as there are
    layout: dict[str, Any] = {
        "images": [_image(heights, a.positions, low, high, dark)],
        "xaxis": _axis(a),
        "yaxis": _base_axis([0, 110 / height]),
        "yaxis3": {
            "domain": [1 - rows * ROW / height, 1],
            "range": [-0.2, rows - 0.2],
            "fixedrange": True,
            "visible": False,
        },
        "yaxis2": {
            "domain": [132 / height, 294 / height],
            "range": [low - 0.04 * (high - low), high + 0.04 * (high - low)],
            "fixedrange": True,
            "title": {"text": "contribution"},
            "zeroline": True,
            "zerolinecolor": theme(dark).muted,
        },
        "shapes": [_site_line(a, dark, 1 - rows * ROW / height)],
        "bargap": 0,
        "margin": MARGIN,
    }
    traces = [bars, _heatmap(a, a.values, unit, dark), *labels]
    return themed_spec(traces, layout, dark=dark, height=height + MARGIN["t"] + MARGIN["b"])


def pair_range(*attributions: Attribution) -> tuple[float, float]:
    """Return the range of contributions that holds all of these, for logos side by side."""
    ranges = [logo_range(letter_heights(a.bases, a.contributions)) for a in attributions]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def side_drawing(
    attribution: Attribution, limits: tuple[float, float], *, dark: bool = False
) -> Drawing:
    """Draw contributions as a logo alone, on a given range: for two side by side.

    The signals' names have no room here; they are told when pointed at.
    """
    drawing = attribution_drawing(attribution, dark=dark)
    bars, _, *labels = drawing.data
    low, high = limits
    margin = 0.04 * (high - low)
    changes: dict[str, Any] = {
        "yaxis": {"visible": False, "domain": [0, 0.001]},
        "yaxis2": {"domain": [0, 0.76], "range": [low - margin, high + margin]},
        "yaxis3": {"domain": [0.8, 1]},
        "margin": {"r": 16},
    }
    layout = {name: {**drawing.layout[name], **changed} for name, changed in changes.items()}
    shapes = [_site_line(attribution, dark, 0.78)]
    return Drawing(
        [bars, *({**label, "mode": "lines"} for label in labels)],
        {**drawing.layout, **layout, "shapes": shapes, "height": 250},
    )


def _signals(a: Attribution, dark: bool) -> tuple[list[dict[str, Any]], int]:
    """Return labels of the known signals, to stand above the logo, and how many rows they take."""
    colors, sign = theme(dark), 1 if a.strand == "+" else -1
    traces = []
    ends: list[int] = []  # of each row, the last offset that is taken
    for signal in signals(a.bases, a.offsets, a.site):
        # The name is about as wide as so many bases at the first zoom.
        middle = (signal.first + signal.last) / 2
        half = max((signal.last - signal.first + 1) / 2, 0.5 * len(signal.name))
        row = next((r for r, end in enumerate(ends) if end < middle - half), len(ends))
        ends[row : row + 1] = [round(middle + half)]
        xs = [a.position + sign * (signal.first - 0.4), a.position + sign * (signal.last + 0.4)]
        hover = f"{signal.name}: {signal.text}"
        traces.append(
            trace(
                "scatter",
                x=[xs[0], sum(xs) / 2, xs[1]],
                y=[row] * 3,
                mode="lines+text",
                line={"color": colors.accent, "width": 3},
                text=["", signal.name, ""],
                textposition="top center",
                textfont={"size": 11, "color": colors.muted},
                cliponaxis=True,
                hovertext=hover,
                hoverinfo="text",
                yaxis="y3",
                showlegend=False,
            )
        )
    return traces, max(len(ends), 1)


def mutagenesis_drawing(mutagenesis: Mutagenesis, *, dark: bool = False) -> Drawing:
    """Draw the change of the site's probability for every base changed to every other.

    Cells carry ``customdata`` (position, ref, alt).

    Parameters
    ----------
    mutagenesis : Mutagenesis
    dark : bool
    """
    m = mutagenesis
    colors = theme(dark)
    cells = _heatmap(m, m.values, "change of probability", dark)
    cells.update(
        customdata=[
            [[int(p), b, alt] for p, b in zip(m.positions, m.bases, strict=True)] for alt in ROWS
        ],
        hovertemplate=(
            "%{customdata[0]:,d} %{customdata[1]} → %{customdata[2]}"
            "<br>change of probability %{z:+.3f}<extra></extra>"
        ),
    )
    # The base that is there, as a dot in its cell.
    dots = trace(
        "scatter",
        x=[int(p) for p, b in zip(m.positions, m.bases, strict=True) if b in ROWS],
        y=[b for b in m.bases if b in ROWS],
        mode="markers",
        marker={"size": 4, "color": colors.muted},
        hoverinfo="skip",
        showlegend=False,
    )
    layout = {
        "xaxis": _axis(m),
        "yaxis": _base_axis([0, 1]),
        "shapes": [_site_line(m, dark)],
        "margin": MARGIN,
    }
    return themed_spec([cells, dots], layout, dark=dark, height=220)


def _labels(a: Any) -> list[str]:
    return [f"{p:,} {b} ({o:+d})" for p, b, o in zip(a.positions, a.bases, a.offsets, strict=True)]


def _heatmap(a: Any, values: np.ndarray, unit: str, dark: bool) -> dict[str, Any]:
    limit = float(np.abs(values).max(initial=0)) or 1.0
    order = ["ACGT".index(base) for base in ROWS]
    return trace(
        "heatmap",
        x=a.positions,
        y=ROWS,
        z=values[order],
        zmin=-limit,
        zmax=limit,
        colorscale=theme(dark).diverging,
        customdata=[_labels(a)] * 4,
        hovertemplate="%{customdata}<br>as %{y}: %{z:+.3f}<extra></extra>",
        colorbar={
            "title": {"text": unit, "side": "right", "font": {"size": 12}},
            "thickness": 10,
            "outlinewidth": 0,
            "tickfont": {"size": 11},
            "x": 1.01,
            "xpad": 0,
        },
        xgap=0.5,
        ygap=0.5,
    )


def _axis(a: Any) -> dict[str, Any]:
    """Return the axis of positions: the site's surroundings first, in the sense of its strand."""
    low, high = VIEW[a.site]
    sign = 1 if a.strand == "+" else -1
    first, last = int(a.positions[0]), int(a.positions[-1])
    left = a.position + sign * max(low, int(a.offsets[0]))
    right = a.position + sign * min(high, int(a.offsets[-1]))
    return {
        "range": [left - sign * 0.5, right + sign * 0.5],
        "tickformat": ",d",
        "title": {"text": f"position, 1-based (strand {a.strand.replace('-', '−')})"},
        "showgrid": False,
        "minallowed": min(first, last) - 1,
        "maxallowed": max(first, last) + 1,
        "zeroline": False,
    }


def _base_axis(domain: list[float]) -> dict[str, Any]:
    return {
        "domain": domain,
        "type": "category",
        "fixedrange": True,
        "showgrid": False,
        "title": {"text": "base"},
    }


def _site_line(a: Any, dark: bool, top: float = 1.0) -> dict[str, Any]:
    """Return the exon-intron border: before a donor's first base, behind an acceptor's last.

    It ends at `top` of the figure's height, below the names of signals.
    """
    sign = 1 if a.strand == "+" else -1
    x = a.position - sign * 0.5 if a.site == "donor" else a.position + sign * 0.5
    return {
        "type": "line",
        "yref": "paper",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": top,
        "line": {"color": theme(dark).muted, "width": 1, "dash": "dot"},
    }


def _image(
    heights: np.ndarray, positions: np.ndarray, low: float, high: float, dark: bool
) -> dict[str, Any]:
    """Return the logo as an image tied to the axes, so that it zooms and pans with the heatmap."""
    forward = positions[0] <= positions[-1]
    return {
        "source": svg_uri(logo_svg(heights, dark=dark)),
        "xref": "x",
        "yref": "y2",
        # The image lies left to right on screen; on a falling axis its left edge is the highest.
        "x": int(positions[0]) + (-0.5 if forward else 0.5),
        "y": high,
        "sizex": len(positions),
        "sizey": high - low,
        "sizing": "stretch",
        "xanchor": "left",
        "yanchor": "top",
        "layer": "above",
    }
