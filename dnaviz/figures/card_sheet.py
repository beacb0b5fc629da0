"""All charts of a model card on one sheet, for readers without a page around it."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from dnaviz.figures.card_charts import LEFT, Chart, card_charts
from dnaviz.figures.theme import LIGHT

WIDTH, HEIGHT, COLUMNS = 340, 340, 2  # of a chart with its title and its key
COLORS = {
    "accent": LIGHT.accent, "warm": LIGHT.labels["acceptor"], "muted": LIGHT.muted,
    "ink": LIGHT.ink, "line": LIGHT.grid,
}  # fmt: skip


def card_sheet(card: dict[str, Any]) -> str:
    """Return the charts of a card as one SVG on white paper, "" where its figures suffice for none.

    Parameters
    ----------
    card : dict
        As ``model_card.json`` has it.
    """
    return chart_sheet([chart for group in card_charts(card) for chart in group.charts])


def chart_sheet(charts: list[Chart]) -> str:
    """Return charts as one SVG on white paper, two in a row, "" if there are none."""
    if not charts:
        return ""
    parts = []
    for number, chart in enumerate(charts):
        title = re.search('aria-label="([^"]*)"', chart.svg)
        key = "\u2003".join(
            f'<tspan fill="{color}">{escape(name)}</tspan>' for name, color in chart.key
        )
        x, y = WIDTH * (number % COLUMNS), HEIGHT * (number // COLUMNS)
        parts.append(
            f'<g transform="translate({x} {y})">'
            f'<text x="{LEFT}" y="24" font-size="10" font-weight="600">'
            f"{title[1] if title else ''}</text>"
            f'<svg y="34" width="280" height="270"{chart.svg.removeprefix("<svg")}'
            f'<text x="{LEFT}" y="324">{key}</text></g>'
        )
    size = f"{WIDTH * min(COLUMNS, len(charts))} {HEIGHT * -(-len(charts) // COLUMNS)}"
    width, height = size.split()
    sheet = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="11" fill="var(--dnaviz-ink)">'
        f'<rect width="{width}" height="{height}" fill="{LIGHT.paper}"/>{"".join(parts)}</svg>\n'
    )
    return re.sub(r"var\(--dnaviz-(\w+)\)", lambda found: COLORS[found[1]], sheet)
