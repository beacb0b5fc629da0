"""The scan track: donor and acceptor probability along a sequence, both strands, over a ruler."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from dnaviz.figures.theme import theme, themed

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dnaviz.scanning import Scan

FLOOR = 0.02
"""Smallest probability drawn: at 200,000 nt the rest would be a million invisible lines."""

MOST_STEMS = 5_000
"""Of one kind of site on one strand: the most probable ones."""


def scan_track(
    scan: Scan,
    *,
    exons: Iterable[tuple[int, int]] = (),
    exons_strand: str = "+",
    selected: tuple[int, str, str] | None = None,
    dark: bool = False,
) -> go.Figure:
    """Draw a scan: one stem for each position above `FLOOR`, a head on each site.

    The strand "+" points up, "-" down. Heads carry ``customdata`` (position, strand, site). The
    number and order of the traces is always the same, so that a widget can be updated in place.

    Parameters
    ----------
    scan : Scan
    exons : iterable of (start, end)
        1-based inclusive, in the sequence's forward coordinates; drawn below the track.
    exons_strand : "+" or "-"
        Which way the exons are read, for their hover text.
    selected : (position, strand, site), optional
        The site to mark.
    dark : bool
    """
    import plotly.graph_objects as go

    colours = theme(dark)
    length = len(scan.sequence)
    figure = go.Figure()
    heads = {}
    for row, site in enumerate(("donor", "acceptor")):
        x, y = _stems(scan, row)
        figure.add_trace(
            go.Scatter(
                x=_triples(x, x),
                y=_triples(np.zeros_like(y), y),
                mode="lines",
                line={"color": colours.sites[site], "width": 1.5},
                opacity=0.7,
                hoverinfo="skip",
                showlegend=False,
            )
        )
        chosen = [s for s in scan.sites if s.site == site]
        heads[site] = go.Scatter(
            x=[s.position for s in chosen],
            y=[s.probability if s.strand == "+" else -s.probability for s in chosen],
            customdata=[[s.position, s.strand, s.site] for s in chosen],
            text=[
                f"<b>{s.site}</b> {s.position:,} ({s.strand})<br>{s.motif}<br>"
                f"probability {s.probability:.3f}"
                for s in chosen
            ],
            hovertemplate="%{text}<extra></extra>",
            mode="markers",
            name=site,
            marker={
                # Triangles point into the intron.
                "symbol": [_symbol(s.site, s.strand) for s in chosen],
                "size": 10,
                "color": colours.sites[site],
                "line": {"color": colours.paper, "width": 1},
            },
            showlegend=True,
        )
    figure.add_traces(list(heads.values()))
    figure.add_trace(_mark(scan, selected, colours.ink))
    boxes = [(int(a), int(b)) for a, b in exons]
    figure.add_traces(_exons(boxes, exons_strand, length, colours.exon, colours.panel))
    strands = list(scan.probabilities)
    top, bottom = (1.1 if "+" in strands else 0.0), (-1.1 if "-" in strands else 0.0)
    figure.update_layout(
        xaxis={
            "range": [0.5, length + 0.5],
            "title": {"text": f"position in {_plain(scan.sequence.name)} (nt)"},
            "tickformat": ",d",
            "anchor": "y2" if boxes else "y",
            "showgrid": False,
            "minallowed": 0,
            "maxallowed": length + 1,
        },
        yaxis={
            "domain": [0.16, 1] if boxes else [0, 1],
            "range": [bottom - 0.02, top + 0.02],
            "fixedrange": True,
            "tickvals": [v for v in (-1, -0.5, 0, 0.5, 1) if bottom <= v <= top],
            "ticktext": [f"{abs(v):g}" for v in (-1, -0.5, 0, 0.5, 1) if bottom <= v <= top],
            "title": {"text": "probability"},
            "zeroline": True,
            "zerolinecolor": colours.muted,
        },
        yaxis2={
            "domain": [0, 0.1] if boxes else [0, 0.001],
            "range": [-1, 1],
            "fixedrange": True,
            "visible": False,
        },
        shapes=[
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": sign * scan.threshold,
                "y1": sign * scan.threshold,
                "line": {"color": colours.muted, "width": 1, "dash": "dot"},
                "layer": "below",
            }
            for strand, sign in (("+", 1), ("-", -1))
            if strand in strands
        ],
        annotations=[
            {
                "text": f"strand {'+' if sign > 0 else '−'}",
                "xref": "paper",
                "x": 1,
                "xanchor": "right",
                "y": sign * 1.0,
                "yanchor": "top" if sign > 0 else "bottom",
                "showarrow": False,
                "font": {"size": 12, "color": colours.muted},
            }
            for strand, sign in (("+", 1), ("-", -1))
            if strand in strands
        ],
        dragmode="zoom",
        legend={"itemclick": False, "itemdoubleclick": False},
    )
    return themed(figure, dark=dark, height=340 if len(strands) == 2 else 260)


def _stems(scan: Scan, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions and signed probabilities of one kind of site on all scanned strands."""
    xs, ys = [], []
    for strand, values in scan.probabilities.items():
        where = np.flatnonzero(values[row] >= min(FLOOR, scan.threshold))
        if len(where) > MOST_STEMS:
            where = np.sort(where[np.argsort(values[row, where])[-MOST_STEMS:]])
        xs.append(where + 1)
        ys.append(values[row, where] * (1 if strand == "+" else -1))
    return np.concatenate(xs).astype(float), np.concatenate(ys).astype(float)


def _triples(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return first, second, gap, first, second, gap ...: a line drawn in separate pieces."""
    return np.stack([first, second, np.full_like(first, np.nan)], axis=1).ravel()


def _symbol(site: str, strand: str) -> str:
    forward = (site == "donor") == (strand == "+")
    return "triangle-right" if forward else "triangle-left"


def _mark(scan: Scan, selected: tuple[int, str, str] | None, colour: str) -> go.Scatter:
    import plotly.graph_objects as go

    x, y = [], []
    if selected is not None and selected[1] in scan.probabilities:
        position, strand, site = selected
        value = scan.probabilities["+" if strand == "+" else "-"][
            0 if site == "donor" else 1, position - 1
        ]
        x, y = [position], [float(value) * (1 if strand == "+" else -1)]
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        marker={
            "symbol": "circle-open",
            "size": 19,
            "color": colour,
            "line": {"width": 2, "color": colour},
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _exons(
    boxes: list[tuple[int, int]], strand: str, length: int, colour: str, line: str
) -> list[go.Scatter]:
    """Return the gene's line and its exons as two traces, empty where there is no gene."""
    import plotly.graph_objects as go

    spine = go.Scatter(
        x=[1, length] if boxes else [],
        y=[0, 0] if boxes else [],
        yaxis="y2",
        mode="lines",
        line={"color": colour, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    x: list[float | None] = []
    y: list[float | None] = []
    for start, end in boxes:
        x += [start - 0.5, end + 0.5, end + 0.5, start - 0.5, start - 0.5, None]
        y += [-1, -1, 1, 1, -1, None]
    filled = go.Scatter(
        x=x,
        y=y,
        yaxis="y2",
        mode="lines",
        fill="toself",
        fillcolor=colour,
        # A line of its own keeps a short exon of a long gene visible.
        line={"color": colour, "width": 1.5},
        hoverinfo="skip",
        name=f"exons ({strand})",
        showlegend=bool(boxes),
    )
    return [spine, filled]


def _plain(text: str) -> str:
    """Return untrusted text without what plotly would read as markup."""
    return text[:40].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
