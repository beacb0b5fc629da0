"""The scan track: donor and acceptor probability along a sequence, both strands, over a ruler."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from dnaviz.figures.drawing import Drawing, plotly_text, trace
from dnaviz.figures.gaps import gap_bands
from dnaviz.figures.theme import Theme, theme, themed_spec
from dnaviz.figures.transcript_lanes import Lane, transcript_lanes

if TYPE_CHECKING:
    from dnaviz.genome.transcript_model import TranscriptModel
    from dnaviz.splicing.delta_events import Gap, Moved
    from dnaviz.splicing.scan import Scan

MOST_HINTS = 2_000
"""Stems of one kind of site whose hints are written out."""

FLOOR = 0.02
"""Smallest probability drawn: at 200,000 nt the rest would be a million invisible lines."""

MOST_STEMS = 5_000
"""Of one kind of site on one strand: the most probable ones."""

MARK, EDITED, GAPS = 4, 5, 6
"""Traces of the mark around the selected site, of what edits change, take out and put in."""

STEMS, HEADS = {0: "donor", 1: "acceptor"}, {2: "donor", 3: "acceptor"}
"""Traces of all positions that are drawn, and of the sites at the threshold, by kind."""

LANE, GAP, MARGINS = 22, 12, 68
"""CSS pixels: a lane of exons, the space above the lanes, the figure's margins."""


def scan_drawing(
    scan: Scan,
    *,
    structures: Iterable[TranscriptModel] = (),
    selected: tuple[int, str, str] | None = None,
    edited: Iterable[Moved] = (),
    gaps: Iterable[Gap] = (),
    dark: bool = False,
) -> Drawing:
    """Draw a scan: one stem for each position above `FLOOR`, a head on each site.

    The strand "+" points up, "-" down. Heads carry ``customdata`` (position, strand, site). The
    number and order of the traces is always the same, so that a widget can be updated in place.

    Parameters
    ----------
    scan : Scan
    structures : iterable of TranscriptModel
        Known transcripts and predicted exons, drawn as boxes in lanes below the track.
    selected : (position, strand, site), optional
        The site to mark.
    edited : iterable of Moved, optional
        Places whose probability edits change: a line from what it was to what it is, with a
        diamond there.
    gaps : iterable of Gap, optional
        Bases that edits take out, as a band, and put in, as a line between two bases.
    dark : bool
    """
    colors = theme(dark)
    length = len(scan.sequence)
    traces, heads = [], []
    for row, site in enumerate(("donor", "acceptor")):
        x, y = site_segments(scan, row)
        traces.append(
            trace(
                "scatter",
                x=with_gaps(x, x),
                y=with_gaps(np.zeros_like(y), y),
                **_stem_hints(site, x, y),
                mode="lines",
                line={"color": colors.sites[site], "width": 1.5},
                opacity=0.7,
                showlegend=False,
            )
        )
        chosen = [s for s in scan.sites if s.site == site]
        heads.append(
            trace(
                "scatter",
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
                    "color": colors.sites[site],
                    "line": {"color": colors.paper, "width": 1},
                },
                showlegend=False,
            )
        )
    traces += heads
    traces.append(
        trace(
            "scatter",
            **mark(scan, selected),
            mode="markers",
            marker={
                "symbol": "circle-open",
                "size": 19,
                "color": colors.ink,
                "line": {"width": 2, "color": colors.ink},
            },
            hoverinfo="skip",
            showlegend=False,
        )
    )
    traces.append(
        trace(
            "scatter",
            **edited_stems(scan, edited),
            mode="lines+markers",
            line={"color": colors.ink, "width": 1.5, "dash": "dot"},
            hovertemplate="%{text}<extra></extra>",
            name="edited",
            showlegend=False,
        )
    )
    traces.append(
        trace(
            "scatter",
            **gap_bands(gaps),
            mode="lines",
            fill="toself",
            hoveron="points",
            line={"color": colors.muted, "width": 1.2, "dash": "dot"},
            opacity=0.45,
            hovertemplate="%{text}<extra></extra>",
            name="gaps",
            showlegend=False,
        )
    )
    rows, left_out = transcript_lanes(structures, length)
    traces += _lane_traces(rows, colors)
    traces += _legend(colors)
    strands = list(scan.probabilities)
    top, bottom = (1.1 if "+" in strands else 0.0), (-1.1 if "-" in strands else 0.0)
    track_height = 340 if len(strands) == 2 else 260
    lane_height = LANE * len(rows) + (GAP if rows else 0)
    share = lane_height / (track_height - MARGINS + lane_height)
    layout: dict[str, Any] = {
        "xaxis": {
            "range": [0.5, length + 0.5],
            "title": {"text": _axis_title(scan, left_out)},
            "tickformat": ",d",
            "anchor": "y2" if rows else "y",
            "showgrid": False,
            "minallowed": 0,
            "maxallowed": length + 1,
        },
        "yaxis": {
            "domain": [share, 1],
            "range": [bottom - 0.02, top + 0.02],
            "fixedrange": True,
            "tickvals": [v for v in (-1, -0.5, 0, 0.5, 1) if bottom <= v <= top],
            "ticktext": [f"{abs(v):g}" for v in (-1, -0.5, 0, 0.5, 1) if bottom <= v <= top],
            "title": {"text": "probability"},
            "zeroline": True,
            "zerolinecolor": colors.muted,
        },
        "yaxis2": {
            "domain": [0, max(share * LANE * len(rows) / max(lane_height, 1), 0.001)],
            "range": [-len(rows) + 0.5, 0.5] if rows else [-1, 1],
            "fixedrange": True,
            "visible": bool(rows),
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "tickvals": [-i for i in range(len(rows))],
            "ticktext": [plotly_text(lane.label) for lane in rows],
            "tickfont": {"size": 11},
        },
        "shapes": [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": sign * scan.threshold,
                "y1": sign * scan.threshold,
                "line": {"color": colors.muted, "width": 1, "dash": "dot"},
                "layer": "below",
            }
            for strand, sign in (("+", 1), ("-", -1))
            if strand in strands
        ],
        "annotations": [
            {
                "text": f"strand {'+' if sign > 0 else '−'}",
                "xref": "paper",
                "x": 1,
                "xanchor": "left",
                "y": sign * 0.55,
                "textangle": 90,
                "showarrow": False,
                "font": {"size": 12, "color": colors.muted},
            }
            for strand, sign in (("+", 1), ("-", -1))
            if strand in strands
        ],
        "dragmode": "zoom",
        "margin": {"l": 56, "r": 28, "t": 28, "b": 40},
        "legend": {"itemclick": False, "itemdoubleclick": False},
    }
    return themed_spec(traces, layout, dark=dark, height=track_height + lane_height)


def _legend(colors: Theme) -> list[dict[str, Any]]:
    """Return empty traces: a legend would else show the shape of the first site, either way."""
    return [
        trace(
            "scatter",
            x=[None],
            y=[None],
            mode="markers",
            name=site,
            marker={"symbol": _symbol(site, "+"), "size": 10, "color": colors.sites[site]},
            showlegend=True,
        )
        for site in ("donor", "acceptor")
    ]


def site_segments(scan: Scan, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions and signed probabilities of one kind of site on all scanned strands."""
    xs, ys = [], []
    for strand, values in scan.probabilities.items():
        where = np.flatnonzero(values[row] >= min(FLOOR, scan.threshold))
        if len(where) > MOST_STEMS:
            where = np.sort(where[np.argsort(values[row, where])[-MOST_STEMS:]])
        xs.append(where + 1)
        ys.append(values[row, where] * (1 if strand == "+" else -1))
    return np.concatenate(xs).astype(float), np.concatenate(ys).astype(float)


def _stem_hints(site: str, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Return what the points of each stem say: its foot, its top, and the gap behind.

    Of very many stems the browser writes it, which is less to send.
    """
    if len(x) > MOST_HINTS:
        words = "probability %{y:.3f}, below zero on strand −"
        return {"hovertemplate": f"<b>{site}</b> %{{x:,.0f}}<br>{words}<extra></extra>"}
    hints = []
    for position, value in zip(x, y, strict=True):
        strand = "+" if value > 0 else "−"
        text = f"<b>{site}</b> {position:,.0f} ({strand})<br>probability {abs(value):.3f}"
        hints += [text, text, ""]
    return {"text": hints, "hovertemplate": "%{text}<extra></extra>"}


def with_gaps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return first, second, gap, first, second, gap ...: a line drawn in separate pieces."""
    return np.stack([first, second, np.full_like(first, np.nan)], axis=1).ravel()


def _symbol(site: str, strand: str) -> str:
    forward = (site == "donor") == (strand == "+")
    return "triangle-right" if forward else "triangle-left"


def segment_end(scan: Scan, chosen: tuple[int, str, str]) -> tuple[int, float]:
    """Return where the stem of a position ends: the position, and its signed probability."""
    position, strand, site = chosen
    row = 0 if site == "donor" else 1
    if strand == "+":
        return position, float(scan.probabilities["+"][row, position - 1])
    return position, -float(scan.probabilities["-"][row, position - 1])


def mark(scan: Scan, selected: tuple[int, str, str] | None) -> dict[str, list[float]]:
    """Return x and y of the trace `MARK` for a selected site, if it is on a scanned strand."""
    if selected is None or selected[1] not in scan.probabilities:
        return {"x": [], "y": []}
    at, value = segment_end(scan, selected)
    return {"x": [at], "y": [value]}


def edited_stems(scan: Scan, edited: Iterable[Moved]) -> dict[str, Any]:
    """Return x, y, text and markers of the trace `EDITED`, for the scanned strands."""
    x: list[float | None] = []
    y: list[float | None] = []
    text: list[str] = []
    for place in edited:
        if place.strand in scan.probabilities:
            sign = 1 if place.strand == "+" else -1
            inserted = place.position % 1
            where = f"behind {place.position:,.0f}" if inserted else f"{place.position:,.0f}"
            hint = (
                f"<b>edited: {place.site}</b> {where} ({place.strand})<br>"
                f"probability {place.before:.3f} → {place.after:.3f}"
            )
            x += [place.position, place.position, None]
            y += [sign * place.before, sign * place.after, None]
            text += ["", hint, ""]
    sizes = [0, 9, 0] * (len(x) // 3)
    return {"x": x, "y": y, "text": text, "marker": {"symbol": "diamond-open", "size": sizes}}


def _lane_traces(rows: list[Lane], colors: Theme) -> list[dict[str, Any]]:
    """Return lines, boxes of known exons, boxes of predicted ones, and what they say: 4 traces."""
    lines: list[tuple[float | None, float | None]] = []
    boxes: dict[bool, list[tuple[float | None, float | None]]] = {True: [], False: []}
    hints: list[tuple[float, float, str]] = []
    for number, lane in enumerate(rows):
        y = -float(number)
        lines += [(lane.span[0] - 0.5, y), (lane.span[1] + 0.5, y), (None, None)]
        for start, end in lane.exons:
            left, right = start - 0.5, end + 0.5
            corners = [(left, -1), (left, 1), (right, 1), (right, -1), (left, -1)]
            boxes[lane.predicted] += [(x, y + 0.32 * side) for x, side in corners]
            boxes[lane.predicted].append((None, None))
        hints += [(x, y, f"{plotly_text(lane.label)}<br>{text}") for x, text in lane.hints()]

    def drawn(points: list[tuple[float | None, float | None]], **look: Any) -> dict[str, Any]:
        return trace(
            "scatter",
            x=[x for x, _ in points],
            y=[y for _, y in points],
            yaxis="y2",
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            **look,
        )

    return [
        drawn(lines, line={"color": colors.muted, "width": 1}),
        # A line of its own keeps a short exon of a long gene visible.
        *(
            drawn(
                boxes[predicted],
                fill="toself",
                fillcolor=color,
                line={"color": color, "width": 1.5},
            )
            for predicted, color in ((False, colors.exon), (True, colors.accent))
        ),
        trace(
            "scatter",
            x=[x for x, _, _ in hints],
            y=[y for _, y, _ in hints],
            text=[text for _, _, text in hints],
            hovertemplate="%{text}<extra></extra>",
            yaxis="y2",
            mode="markers",
            marker={"size": 12, "color": "rgba(0,0,0,0)"},
            showlegend=False,
        ),
    ]


def _axis_title(scan: Scan, left_out: int) -> str:
    title = f"position in {plotly_text(scan.sequence.name)} (nt)"
    return f"{title}; {left_out:,} more transcripts are not drawn" if left_out else title
