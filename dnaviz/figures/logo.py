"""Sequence logos: at once as vector letters for the screen, with logomaker for the printed page."""

from __future__ import annotations

import io
from base64 import b64encode
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from dnaviz.figures.theme import theme
from dnaviz.plots import BASES, draw_logo

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from dnaviz.attribution import Attribution

PRINTED = (60, 30)
"""Most bases before and after the site on a logo for print."""

CAPTION_SIZE = 6.5  # points
CAPTION_LETTERS = 20  # of it in an inch

# Outlines of bold letters (DejaVu Sans) in the unit square, y downwards. Hundreds of letters are
# drawn while somebody waits: as text for SVG that takes a millisecond, through matplotlib seconds.
GLYPHS = {
    "A": "M.693 .818L.308 .818L.247 1L0 1L.353 0L.647 0L1 1L.753 1L.693 .818ZM.369 .632L.631 .632"
    "L.5 .234L.369 .632Z",
    "C": "M1 .928Q.916 .964 .826 .982Q.735 1 .637 1Q.343 1 .172 .865Q0 .731 0 .5Q0 .269 .172 .135"
    "Q.343 0 .637 0Q.735 0 .826 .018Q.916 .036 1 .072L1 .271Q.916 .224 .834 .202Q.752 .18 .661 .18"
    "Q.499 .18 .406 .265Q.313 .351 .313 .5Q.313 .649 .406 .735Q.499 .82 .661 .82Q.752 .82 .834 .798"
    "Q.916 .776 1 .729L1 .928Z",
    "G": "M1 .91Q.899 .955 .791 .977Q.682 1 .567 1Q.305 1 .153 .865Q0 .731 0 .5Q0 .267 .155 .134"
    "Q.311 0 .581 0Q.686 0 .781 .018Q.877 .036 .961 .072L.961 .271Q.874 .225 .788 .203"
    "Q.701 .18 .614 .18Q.453 .18 .366 .263Q.279 .346 .279 .5Q.279 .653 .363 .737Q.447 .82 .602 .82"
    "Q.644 .82 .68 .815Q.716 .81 .745 .8L.745 .613L.58 .613L.58 .446L1 .446L1 .91Z",
    "T": "M0 0L1 0L1 .195L.64 .195L.64 1L.36 1L.36 .195L0 .195L0 0Z",
}


def letter_heights(bases: str, contributions: np.ndarray) -> np.ndarray:
    """Return heights (4, w) that show `contributions` (w,) as the letters of `bases`.

    An ambiguity code has no letter and stays blank.
    """
    heights = np.zeros((4, len(bases)))
    for column, base in enumerate(bases):
        if base in BASES:
            heights[BASES.index(base), column] = contributions[column]
    return heights


def logo_range(heights: np.ndarray) -> tuple[float, float]:
    """Return the lowest and the highest end of the stacked letters, at least 1e-6 apart."""
    low = float(np.minimum(heights, 0).sum(0).min(initial=0))
    high = float(np.maximum(heights, 0).sum(0).max(initial=0))
    return low, max(high, low + 1e-6)


def logo_svg(heights: np.ndarray, *, dark: bool = False) -> str:
    """Draw a logo and nothing else: no axes, no margins, stretching to whatever frame it is given.

    Parameters
    ----------
    heights : numpy.ndarray, shape (4, w)
        Rows A C G T. In each column positive letters stack upwards from zero and negative ones
        downwards, the largest farthest out.
    dark : bool
        Colors of the dark theme.

    Returns
    -------
    str
        SVG whose frame spans columns 0 to w and values `logo_range(heights)`.
    """
    colors = theme(dark).bases
    low, high = logo_range(heights)
    scale = 100 / (high - low)
    width = heights.shape[1]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width * 10} 100" '
        f'width="{width * 10}" height="100" preserveAspectRatio="none">',
        # Stated once for each base, used for each letter.
        "<defs>",
        *(f'<path id="{b}" d="{GLYPHS[b]}" fill="{colors[b]}"/>' for b in BASES),
        "</defs>",
    ]
    for column in range(width):
        x = column * 10
        up = down = high * scale  # where zero lies, from the top
        for row in np.argsort(abs(heights[:, column])):
            size = abs(float(heights[row, column])) * scale
            if size < 0.05:  # less than a twentieth of a hundredth of the frame
                continue
            if heights[row, column] > 0:
                up -= size
                y = up
            else:
                y = down
                down += size
            place = f"translate({x + 0.4:g} {y:.2f}) scale(9.2 {size:.3f})"
            parts.append(f'<use href="#{BASES[row]}" transform="{place}"/>')
    return "".join([*parts, "</svg>"])


def svg_uri(svg: str) -> str:
    """Return an SVG as an address an image can have."""
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def logo_figure(
    heights: np.ndarray,
    positions: np.ndarray | None = None,
    *,
    title: str = "",
) -> Figure:
    """Draw a logo for the page with logomaker, axes and all.

    Parameters
    ----------
    heights : numpy.ndarray, shape (4, w)
        Rows A C G T.
    positions : numpy.ndarray, optional
        Shape (w,): what the columns are called; by default 1 to w.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    colors = theme()
    width = heights.shape[1]
    names = np.arange(1, width + 1) if positions is None else np.asarray(positions)
    figure = Figure(figsize=(min(max(width * 0.13, 4), 40), 2.2), facecolor=colors.paper)
    axes = figure.add_subplot()
    draw_on(axes, heights, np.arange(width), "contribution (log-odds)")
    step = next(s for s in (1, 5, 10, 20, 50, 100) if width / s <= 20 or s == 100)
    ticks = [i for i, name in enumerate(names) if name % step == 0]
    axes.set_xticks(ticks, [f"{names[i]:,}" for i in ticks])
    axes.set_xlabel("position", color=colors.muted)
    axes.set_title(title, color=colors.ink, loc="left", fontsize=10)
    figure.set_layout_engine("tight")
    return figure


def draw_on(axes: Axes, heights: np.ndarray, x: np.ndarray, unit: str) -> None:
    """Draw a logo at places (w,) of an axis, in the look of the printed page."""
    colors = theme()
    axes.set_facecolor(colors.paper)
    draw_logo(axes, heights, x, colors.bases)
    axes.set_ylabel(unit, color=colors.muted, fontsize=9)
    axes.tick_params(colors=colors.muted, labelsize=8)
    axes.spines["left"].set_visible(True)
    axes.spines["left"].set_color(colors.grid)


def attribution_logo(attribution: Attribution) -> Figure:
    """Draw the contributions around a site for the printed page, in the sense of its strand."""
    a, (before, after) = attribution, PRINTED
    inside = (a.offsets >= -before) & (a.offsets <= after)
    heights = letter_heights(a.bases, a.contributions)[:, inside]
    title = (
        f"{a.site} {a.position:,} ({a.strand.replace('-', '−')}), probability {a.probability:.3f}"
    )
    return logo_figure(heights, a.positions[inside], title=title)


def figure_bytes(figure: Figure, kind: str = "svg", caption: str = "") -> bytes:
    """Return a matplotlib figure as SVG or PDF, vector, with text that stays text.

    Parameters
    ----------
    figure
    kind : "svg" or "pdf"
        The fonts of a PDF are embedded.
    caption : str
        Stands in small print below the figure, and in the file's description.
    """
    from matplotlib import rc_context
    from matplotlib.text import Text

    buffer = io.BytesIO()
    if caption:
        columns = int(figure.get_figwidth() * CAPTION_LETTERS)
        text = fill(caption, columns)
        figure.text(0.01, -0.02, text, va="top", fontsize=CAPTION_SIZE, color="#5b6675")
    for words in figure.findobj(Text):
        words.set_parse_math(False)  # names have dollar signs, too
    # A hash salt and no date: the same figure gives the same file.
    settings: Any = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "dnaviz"}
    about: Any = {"Date": None} if kind == "svg" else {"CreationDate": None}
    if caption:
        about["Description" if kind == "svg" else "Subject"] = caption
        settings |= {"savefig.bbox": "tight"}
    with rc_context(settings):
        figure.savefig(buffer, format=kind, metadata=about, facecolor=figure.get_facecolor())
    return buffer.getvalue()
