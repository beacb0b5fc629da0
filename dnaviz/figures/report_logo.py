"""An attribution logo with its axes as one small SVG, for pages that are mailed."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from dnaviz.figures.logo import letter_heights, logo_range, logo_svg
from dnaviz.figures.theme import LIGHT

if TYPE_CHECKING:
    from dnaviz.attribution import Attribution

SHOWN = {"donor": (-30, 40), "acceptor": (-60, 20)}
"""Offsets from the site that are drawn."""

LEFT, TOP, COLUMN, HEIGHT, BOTTOM = 46, 8, 11, 120, 34  # CSS pixels


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
    a = attribution
    low, high = SHOWN[a.site]
    inside = np.flatnonzero((a.offsets >= low) & (a.offsets <= high))
    heights = letter_heights(a.bases, a.contributions)[:, inside]
    positions, offsets = a.positions[inside], a.offsets[inside]
    bottom, top = logo_range(heights)
    width = COLUMN * len(inside)
    zero = TOP + HEIGHT * top / (top - bottom)
    letters = re.sub(
        r'width="\d+" height="100"',
        f'x="{LEFT}" y="{TOP}" width="{width}" height="{HEIGHT}"',
        logo_svg(heights),
        count=1,
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + width + 8} '
        f'{TOP + HEIGHT + BOTTOM}" role="img" font-size="11" fill="{LIGHT.muted}" '
        f'aria-label="{escape(f"Contributions around the {a.site} at {a.position:,}")}">',
        letters,
        _line(LEFT, zero, LEFT + width, zero),
        _line(LEFT, TOP, LEFT, TOP + HEIGHT),
    ]
    for value in (bottom, top):
        if abs(value) > 0.02 * (top - bottom):
            y = TOP + HEIGHT * (top - value) / (top - bottom)
            parts.append(_text(LEFT - 5, y + 4, f"{value:.1f}", "end"))
    parts.append(_text(LEFT - 5, zero + 4, "0", "end"))
    for number, (position, offset) in enumerate(zip(positions, offsets, strict=True)):
        if offset % 10 == 0:
            x = LEFT + COLUMN * (number + 0.5)
            parts.append(_line(x, TOP + HEIGHT, x, TOP + HEIGHT + 4))
            parts.append(_text(x, TOP + HEIGHT + 16, f"{position:,}", "middle"))
    strand = a.strand.replace("-", "−")
    title = f"position (strand {strand}); height: contribution in log-odds"
    parts.append(_text(LEFT + width / 2, TOP + HEIGHT + 30, title, "middle"))
    # The exon-intron border: before a donor's first base, behind an acceptor's last.
    border = int(np.flatnonzero(offsets == 0)[0]) + (a.site == "acceptor")
    x = LEFT + COLUMN * border
    parts.append(_line(x, TOP, x, TOP + HEIGHT, ' stroke-dasharray="2 3"'))
    return "".join([*parts, "</svg>"])


def _line(x1: float, y1: float, x2: float, y2: float, more: str = "") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{LIGHT.muted}" stroke-width="0.8"{more}/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
