"""The scan track for the printed page: vector, at the width of a journal's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from dnaviz.figures.gaps import gap_ends
from dnaviz.figures.theme import Theme, theme
from dnaviz.figures.track import site_segments, with_gaps
from dnaviz.figures.transcript_lanes import Lane, transcript_lanes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from dnaviz.genome.transcript_model import TranscriptModel
    from dnaviz.splicing.delta_events import Gap, Moved
    from dnaviz.splicing.scan import Scan

WIDTH = 7.2  # inches: 183 mm, two columns of most journals
SIZE = 7.5  # points of the text


def print_track(
    scan: Scan,
    *,
    structures: Iterable[TranscriptModel] = (),
    edited: Iterable[Moved] = (),
    gaps: Iterable[Gap] = (),
    span: tuple[int, int] | None = None,
) -> Figure:
    """Draw a scan as `track.scan_drawing` does, for print; see `logo.figure_bytes` to save it.

    Parameters
    ----------
    scan, structures, edited, gaps
        As for `track.scan_drawing`.
    span : (int, int), optional
        First and last position to show; by default the whole sequence.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    colors = theme()
    length = len(scan.sequence)
    first, last = (max(span[0], 1), min(span[1], length)) if span else (1, length)
    scan = scan._replace(sites=[s for s in scan.sites if first <= s.position <= last])
    near = (
        s for s in structures if any(a <= last and b >= first for a, b in [*s.exons, *s.introns])
    )
    rows, left_out = transcript_lanes(near if span else structures, length)
    strands = list(scan.probabilities)
    heights = [1.7 if len(strands) == 2 else 1.1, 0.2 * len(rows)]
    size = (WIDTH, sum(heights) + 0.75)
    figure = Figure(figsize=size, facecolor=colors.paper, layout="constrained")
    axes: list[Axes] = list(
        figure.subplots(
            2 if rows else 1, 1, sharex=True, squeeze=False,
            gridspec_kw={"height_ratios": heights if rows else heights[:1], "hspace": 0.02},
        )[:, 0]
    )  # fmt: skip
    for axis in axes:
        _plain_axes(axis, colors)
    _draw_track(axes[0], scan, colors, (first, last))
    for gap in gaps:
        left, right = gap_ends(gap)
        axes[0].axvspan(
            left, right, facecolor=colors.muted, alpha=0.25, edgecolor=colors.muted, linewidth=0.8
        )
    for place in edited:
        if place.strand in strands:
            sign = 1 if place.strand == "+" else -1
            axes[0].plot(
                [place.position] * 2, [sign * place.before, sign * place.after], ":D",
                color=colors.ink, linewidth=0.8, markersize=3.5, markevery=[1],
                fillstyle="none", markeredgewidth=0.7,
            )  # fmt: skip
    if rows:
        _draw_lanes(axes[1], rows, colors)
    name = scan.sequence.name[:60]
    more = f"; {left_out:,} more transcripts are not drawn" if left_out else ""
    axes[-1].set_xlabel(f"position in {name} (nt){more}", color=colors.ink, fontsize=SIZE)
    axes[-1].set_xlim(first - 0.5, last + 0.5)
    axes[-1].xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return figure


def _draw_track(axis: Axes, scan: Scan, colors: Theme, span: tuple[int, int]) -> None:
    strands = list(scan.probabilities)
    for row, site in enumerate(("donor", "acceptor")):
        x, y = site_segments(scan, row)
        x, y = (values[(x >= span[0]) & (x <= span[1])] for values in (x, y))
        # One path with gaps: thousands of stems stay a small file.
        axis.plot(
            with_gaps(x, x),
            with_gaps(np.zeros_like(y), y),
            color=colors.sites[site],
            linewidth=0.8,
            alpha=0.8,
            solid_capstyle="butt",
        )
        for strand in strands:
            chosen = [s for s in scan.sites if (s.site, s.strand) == (site, strand)]
            sign = 1 if strand == "+" else -1
            # Triangles point into the intron.
            forward = (site == "donor") == (strand == "+")
            axis.plot(
                [s.position for s in chosen],
                [sign * s.probability for s in chosen],
                ">" if forward else "<",
                color=colors.sites[site],
                markersize=4,
                markeredgewidth=0.3,
                markeredgecolor=colors.paper,
                linestyle="",
                label=site if strand == strands[0] else "_",
            )
    low, high = (-1.12 if "-" in strands else 0), (1.12 if "+" in strands else 0)
    axis.set_ylim(low, high)
    axis.axhline(0, color=colors.muted, linewidth=0.6)
    for strand in strands:
        sign = 1 if strand == "+" else -1
        axis.axhline(sign * scan.threshold, color=colors.muted, linewidth=0.5, linestyle=":")
        axis.text(
            1.005, (sign * 0.5 - low) / (high - low), f"strand {strand.replace('-', '−')}",
            transform=axis.transAxes, rotation=90, va="center", fontsize=SIZE,
            color=colors.muted,
        )  # fmt: skip
    ticks = [v for v in (-1, -0.5, 0, 0.5, 1) if low <= v <= high]
    axis.set_yticks(ticks, [f"{abs(v):g}" for v in ticks])
    axis.set_ylabel("probability", color=colors.ink, fontsize=SIZE)
    axis.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=SIZE,
        handletextpad=0.2, borderpad=0, labelcolor=colors.ink,
    )  # fmt: skip


def _draw_lanes(axis: Axes, rows: list[Lane], colors: Theme) -> None:
    for number, lane in enumerate(rows):
        color = colors.accent if lane.predicted else colors.exon
        axis.hlines(-number, *lane.span, colors=colors.muted, linewidth=0.6)
        axis.broken_barh(
            [(start - 0.5, end - start + 1) for start, end in lane.exons],
            (-number - 0.32, 0.64),
            facecolor=color,
            edgecolor=color,
            linewidth=0.4,
        )
    axis.set_ylim(-len(rows) + 0.5, 0.5)
    axis.set_yticks([-i for i in range(len(rows))], [lane.label for lane in rows])
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


def _plain_axes(axis: Any, colors: Theme) -> None:
    axis.set_facecolor(colors.paper)
    axis.tick_params(colors=colors.ink, labelsize=SIZE, width=0.5, length=2.5)
    for side, spine in axis.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(colors.muted)
        spine.set_linewidth(0.5)
