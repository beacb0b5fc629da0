"""Sequences and facts as HTML, everything from outside escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dnaviz.figures.reconstruction import mismatches
from dnaviz.figures.theme import theme
from dnaviz.panels.common.page import escape

BLOCK = 10


def sequence_html(
    bases: str,
    *,
    site: int | None = None,
    marked: Iterable[int] = (),
    boxed: Iterable[int] = (),
    dark: bool = False,
    first: int | None = 1,
    per_line: int = 100,
    lead: str = "",
) -> str:
    """A sequence as numbered lines of colored letters.

    Parameters
    ----------
    bases
        Letters; anything but A, C, G, T is gray.
    site
        0-based index to frame: the site of the window.
    marked
        0-based indices to mark as different.
    boxed
        0-based indices to frame: bases that were edited.
    first
        Number of the first base, at the start of each line; None for a line below another.
    lead
        A word to stand there instead.
    """
    colors = theme(dark).bases
    different, framed = set(marked), {site, *boxed}
    lines = []
    for start in range(0, len(bases), per_line):
        parts = []
        for index in range(start, min(start + per_line, len(bases))):
            base = bases[index]
            style = f"color:{colors.get(base.upper(), colors['N'])}"
            classes = []
            if index in framed:
                classes.append("dnaviz-site")
            if index in different:
                classes.append("dnaviz-differs")
            if (index - start) % BLOCK == BLOCK - 1:
                classes.append("dnaviz-gap")
            name = f' class="{" ".join(classes)}"' if classes else ""
            parts.append(f'<span{name} style="{style}">{escape(base)}</span>')
        number = escape(lead) if first is None else f"{first + start:,}"
        lines.append(
            f'<div class="dnaviz-bases"><span class="dnaviz-count">{number}</span>'
            f"{''.join(parts)}</div>"
        )
    return "".join(lines)


def alignment_html(
    bases: str,
    written: str,
    *,
    first: int,
    dark: bool,
    edited: Iterable[int] = (),
    per_line: int = 100,
) -> str:
    """Original over reconstruction, line by line, mismatches marked.

    `first` is the 1-based number of the first base; `edited` are 0-based positions to frame.
    """
    wrong = set(mismatches(bases, written).tolist())
    lines = []
    for start in range(0, len(bases), per_line):
        part = slice(start, start + per_line)
        marked = {i - start for i in wrong if start <= i < start + per_line}
        changed = {
            i - (first - 1) - start for i in edited if 0 <= i - (first - 1) - start < per_line
        }
        lines.append(
            '<div class="dnaviz-pair">'
            + sequence_html(bases[part], first=first + start, boxed=changed, dark=dark)
            + sequence_html(written[part], first=None, marked=marked, dark=dark)
            + "</div>"
        )
    return f'<div class="dnaviz-scroll">{"".join(lines)}</div>'


def facts_html(facts: Mapping[str, Any]) -> str:
    """Names and values in a quiet grid."""
    cells = [
        f"<div><span>{escape(name)}</span>{escape(value_text(value))}</div>"
        for name, value in facts.items()
        if value_text(value)
    ]
    return f'<div class="dnaviz-facts">{"".join(cells)}</div>' if cells else ""


def value_text(value: Any) -> str:
    """A metadata value as a person reads it; empty for none."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if isinstance(value, float | np.floating):
        number = float(value)
        return f"{number:,.0f}" if abs(number) < 1e15 and number.is_integer() else f"{number:.3g}"
    return str(value)[:200] if str(value) not in ("nan", "<NA>") else ""


def list_html(items: Iterable[str], *, warning: bool = False) -> str:
    """Plain sentences one below the other."""
    name = "dnaviz-message dnaviz-error" if warning else "dnaviz-note"
    return "".join(f'<div class="{name}">{escape(item)}</div>' for item in items)


def image_html(svg: str, title: str, least_width: int = 720) -> str:
    """A drawing that follows the page's width and scrolls below its least readable one."""
    from dnaviz.figures.logo import svg_uri

    return (
        f'<div class="dnaviz-scroll"><img alt="{escape(title)}" src="{svg_uri(svg)}" '
        f'style="width:100%;min-width:{least_width}px;display:block"></div>'
    )
