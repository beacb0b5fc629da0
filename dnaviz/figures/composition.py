"""What a set of aligned sequences has in common, as figures and words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas.columns import number_texts
from dnaviz.figures.coloring import round_values
from dnaviz.figures.logo import draw_on, logo_range, logo_svg
from dnaviz.figures.theme import FONT, theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dnaviz.atlas.columns import Difference
    from dnaviz.atlas.selection import EnrichedBase, Kmer

_LEFT, _TOP, _BOTTOM = 54, 8, 30  # margins in the units of the drawing, pixels at full width


def aligned_logo(
    heights: NDArray,
    first: int,
    *,
    unit: str = "bits",
    top: float | None = None,
    title: str = "",
    dark: bool = False,
    width: int = 1080,
    height: int = 170,
) -> str:
    """Draw a logo aligned on a site, with its two axes, as SVG that follows the page's width.

    Parameters
    ----------
    heights
        (4, w), rows A C G T; see `dnaviz.figures.logo.logo_svg`.
    first
        Offset of the first column from the site; the axis has 0 at the site.
    unit
        What the heights are.
    top
        The least top of the axis, e.g. 2 for bits; the letters' own by default.
    title
        What screen readers are told: plain text.
    """
    colors = theme(dark)
    heights = np.asarray(heights, float)
    columns = heights.shape[1]
    low, high = logo_range(heights)
    full = max(high, top or high)
    frame_w, frame_h = width - _LEFT - 8, height - _TOP - _BOTTOM
    scale = frame_h / (full - low)
    each = frame_w / max(columns, 1)

    def y(value: float) -> float:
        return _TOP + (full - value) * scale

    letters = logo_svg(heights, dark=dark).removeprefix("<svg ")
    # The inner drawing brings its own size; the frame given here takes its place.
    inner = letters[letters.index("preserveAspectRatio") :]
    text = f'font-family="{FONT}" font-size="12" fill="{colors.muted}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}" style="width:100%;height:auto;display:block">',
        f'<line x1="{_LEFT}" x2="{width - 8}" y1="{y(0):.1f}" y2="{y(0):.1f}" '
        f'stroke="{colors.muted}" stroke-width="1"/>',
    ]
    site = _LEFT + (-first + 0.5) * each
    if 0 <= -first < columns:
        parts.append(
            f'<rect x="{site - each / 2:.1f}" y="{_TOP}" width="{each:.1f}" height="{frame_h}" '
            f'fill="{colors.accent}" opacity="0.10"/>'
        )
    parts.append(
        f'<svg x="{_LEFT}" y="{y(high):.1f}" width="{frame_w}" '
        f'height="{max((high - low) * scale, 0.1):.1f}" viewBox="0 0 {columns * 10} 100" {inner}'
    )
    for value in round_values(low, full, 4):
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end" {text}>'
            f"{value:g}</text>"
        )
    parts.append(
        f'<text transform="translate(12 {_TOP + frame_h / 2:.0f}) rotate(-90)" '
        f'text-anchor="middle" {text}>{escape(unit)}</text>'
    )
    for offset in range(first + (-first) % 10, first + columns, 10):
        x = _LEFT + (offset - first + 0.5) * each
        name = "site" if offset == 0 else f"{offset:+d}".replace("-", "−")
        parts.append(
            f'<text x="{x:.1f}" y="{height - 10}" text-anchor="middle" {text}>{name}</text>'
        )
    return "".join([*parts, "</svg>"])


def printed_logos(logos: Sequence[tuple[NDArray, str]], first: int, *, title: str = "") -> Figure:
    """Draw logos aligned on a site for the printed page, one above the other, with logomaker.

    Parameters
    ----------
    logos
        Heights (4, w), rows A C G T, and what they are, e.g. bits.
    first
        Offset of the first column from the site; the axis has 0 at the site.
    title
        Above all of them.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    colors = theme()
    figure = Figure(figsize=(10, 1.9 * len(logos) + 0.4), facecolor=colors.paper)
    axes = figure.subplots(len(logos), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (heights, unit) in zip(axes, logos, strict=True):
        draw_on(ax, heights, np.arange(first, first + heights.shape[1]), unit)
    axes[-1].set_xlabel("distance from the site (nt)", color=colors.muted, fontsize=9)
    axes[0].set_title(title, color=colors.ink, loc="left", fontsize=10)
    figure.set_layout_engine("tight")
    return figure


def describe_enrichment(
    columns: Sequence[EnrichedBase],
    kmers: Sequence[Kmer],
    differences: Sequence[Difference] = (),
) -> list[str]:
    """Describe enriched bases, k-mers and metadata in plain sentences."""
    sentences = []
    if differences:
        named = "; ".join(_in_words(difference) for difference in differences)
        sentences.append(f"In this selection {named}.")
    if columns:
        named = ", ".join(
            f"{c.base} at {_offset(c.position)} ({c.share:.0%} against {c.rest:.0%})"
            for c in sorted(columns, key=lambda c: c.position)
        )
        sentences.append(
            f"Bases that differ most from the rest, by their distance from the site: {named}."
        )
    if kmers:
        named = ", ".join(
            f"{k.kmer} (in {k.share:.0%} of the windows against {k.rest:.0%})" for k in kmers
        )
        sentences.append(f"Enriched anywhere in the window: {named}.")
    return sentences


SAID = {
    "gene": "are of the gene {value}",
    "context": "lie in {value}",
    "strand": "are read on the strand {value}",
    "chrom": "are of {value}",
}
"""What windows with a value do, by column; any other column has it."""

VALUES = {
    "context": {
        "exon": "exons",
        "intron": "introns",
        "intergenic": "stretches between genes",
        "site": "annotated splice sites",
    },
    "strand": {"-": "−"},
}


def _in_words(difference: Difference) -> str:
    inside, rest = difference.inside, difference.rest
    column = difference.column.replace("_", " ")
    if difference.value is None:
        texts = number_texts((inside, rest))
        return f"the mean {column} is {texts[0]} ({texts[1]} elsewhere)"
    if difference.column == "label" and difference.value:
        return f"{inside:.0%} are {difference.value}s ({rest:.0%} elsewhere)"
    said = SAID.get(difference.column, "have {column} {value}")
    value = VALUES.get(difference.column, {}).get(difference.value, difference.value) or "(none)"
    return f"{inside:.0%} {said.format(column=column, value=value)} ({rest:.0%} elsewhere)"


def _offset(position: int) -> str:
    return "the site" if position == 0 else f"{position:+d}".replace("-", "−")
