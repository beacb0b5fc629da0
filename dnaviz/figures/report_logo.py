"""Logos with their axes as small SVGs, for pages that are mailed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dnaviz.figures.heatmap import VIEW
from dnaviz.figures.logo import letter_heights, logo_range, logo_svg
from dnaviz.figures.theme import LIGHT

if TYPE_CHECKING:
    from dnaviz.attribution import Attribution

LEFT, TOP, COLUMN, HEIGHT, BOTTOM = 46, 8, 11, 120, 34  # CSS pixels
TITLE = 20  # above each logo of several
LETTER = 6  # of a caption, at most, on average


def report_logo(attribution: Attribution) -> str:
    """Draw the contributions around a site, in its own sense.

    Parameters
    ----------
    attribution : Attribution

    Returns
    -------
    str
        An ``<svg>`` element; its text is text.
    """
    return _attribution_logo(attribution, None, _columns(attribution))


def stacked_logos(rows: Iterable[tuple[str, Attribution]]) -> str:
    """Draw contributions to one site, of several models or methods, below each other.

    Columns and scale are the same in all rows: letters of one height are as many log-odds. A row
    is blank where its model sees nothing.

    Parameters
    ----------
    rows : iterable of (title, Attribution)
        Of the same site of the same sequence.

    Returns
    -------
    str
        An ``<svg>`` element; its text is text.
    """
    named = list(rows)
    widest = max((_columns(a) for _, a in named), key=len)
    ranges = np.array([logo_range(_heights(a, widest)) for _, a in named])
    limits = float(ranges[:, 0].min()), float(ranges[:, 1].max())
    parts, y, width = [], 0, 0
    for title, attribution in named:
        logo = _attribution_logo(attribution, limits, widest)
        width, height = (int(n) for n in re.findall(r'viewBox="0 0 (\d+) (\d+)"', logo)[0])
        parts.append(
            f'<text x="{LEFT}" y="{y + TITLE - 6}" font-size="12" font-weight="600" '
            f'fill="{LIGHT.ink}">{escape(title)}</text>'
        )
        place = f'<svg y="{y + TITLE}" width="{width}" height="{height}" '
        parts.append(logo.replace("<svg ", place, 1))
        y += TITLE + height + TOP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" role="img" '
        f'font-family="sans-serif" aria-label="Contributions, a row for each model">'
        + "".join(parts)
        + "</svg>"
    )


def framed_logo(
    heights: NDArray,
    ticks: Mapping[int, str],
    *,
    caption: str,
    label: str,
    border: int | None = None,
    limits: tuple[float, float] | None = None,
) -> str:
    """Draw letters of heights (4, w), rows A C G T, with axes.

    Parameters
    ----------
    heights
    ticks : mapping of int to str
        Columns that are named below the axis.
    caption : str
        Below the axis.
    label : str
        What it is, for readers that do not see it.
    border : int, optional
        The column before which a dashed line stands.
    limits : (float, float), optional
        Ends of the vertical axis; by default those of the letters.
    """
    width = COLUMN * heights.shape[1]
    full, middle = frame_width(heights.shape[1], caption)
    own, (bottom, top) = logo_range(heights), limits or logo_range(heights)
    scale = HEIGHT / (top - bottom)
    zero = TOP + scale * top
    place = (
        f'x="{LEFT}" y="{zero - scale * own[1]:.2f}" width="{width}" '
        f'height="{scale * (own[1] - own[0]):.2f}"'
    )
    letters = re.sub(r'width="\d+" height="100"', place, logo_svg(heights), count=1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full} '
        f'{TOP + HEIGHT + BOTTOM}" role="img" font-size="11" fill="{LIGHT.muted}" '
        f'aria-label="{escape(label)}">',
        letters,
        _line(LEFT, zero, LEFT + width, zero),
        _line(LEFT, TOP, LEFT, TOP + HEIGHT),
    ]
    for value in (bottom, top):
        if abs(value) > 0.1 * (top - bottom):  # else its figure would stand on the zero's
            y = TOP + HEIGHT * (top - value) / (top - bottom)
            words = f"{value:.1f}" if abs(value) >= 0.1 else f"{value:.1g}"
            parts.append(_text(LEFT - 5, y + 4, words, "end"))
    parts.append(_text(LEFT - 5, zero + 4, "0", "end"))
    for column, name in ticks.items():
        x = LEFT + COLUMN * (column + 0.5)
        parts.append(_line(x, TOP + HEIGHT, x, TOP + HEIGHT + 4))
        parts.append(_text(x, TOP + HEIGHT + 16, name, "middle"))
    parts.append(_text(middle, TOP + HEIGHT + 30, caption, "middle"))
    if border is not None:
        x = LEFT + COLUMN * border
        parts.append(_line(x, TOP, x, TOP + HEIGHT, ' stroke-dasharray="2 3"'))
    return "".join([*parts, "</svg>"])


def frame_width(columns: int, caption: str) -> tuple[int, float]:
    """Return the width of a framed logo, its caption within, and where the caption's middle is."""
    middle = max(LEFT + COLUMN * columns / 2, LETTER * len(caption) / 2)
    return max(LEFT + COLUMN * columns + 8, round(middle + LETTER * len(caption) / 2)), middle


def _columns(a: Attribution) -> NDArray:
    """Offsets of the columns that are drawn of an attribution."""
    low, high = VIEW[a.site]
    return a.offsets[(a.offsets >= low) & (a.offsets <= high)]


def _heights(a: Attribution, offsets: NDArray) -> NDArray:
    """Letter heights (4, w) at offsets (w,), 0 where an attribution has none."""
    own = letter_heights(a.bases, a.contributions)
    heights = np.zeros((len(own), len(offsets)))
    _, here, there = np.intersect1d(offsets, a.offsets, return_indices=True)
    heights[:, here] = own[:, there]
    return heights


def _attribution_logo(a: Attribution, limits: tuple[float, float] | None, offsets: NDArray) -> str:
    strand = a.strand.replace("-", "−")
    sign = 1 if a.strand == "+" else -1
    return framed_logo(
        _heights(a, offsets),
        {
            column: f"{a.position + sign * offset:,}"
            for column, offset in enumerate(offsets)
            if offset % 10 == 0
        },
        caption=f"position (strand {strand}); height: contribution in log-odds",
        label=f"Contributions around the {a.site} at {a.position:,}",
        # The exon-intron border: before a donor's first base, behind an acceptor's last.
        border=int(np.flatnonzero(offsets == 0)[0]) + (a.site == "acceptor"),
        limits=limits,
    )


def _line(x1: float, y1: float, x2: float, y2: float, more: str = "") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{LIGHT.muted}" stroke-width="0.8"{more}/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
