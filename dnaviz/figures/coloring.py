"""Turn a column of metadata into colors of points: categories or a scale, color-blind safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas.columns import factor, is_numeric, number_texts, numbers, within
from dnaviz.errors import InputError
from dnaviz.figures.theme import OKABE_ITO, theme
from dnaviz.sequences import shorten

MAX_CATEGORIES = 8
MOST_NAMES = 40
"""Categories up to which all are named on a map, also those without a color of their own."""

OTHER = "all others"
MISSING = "(none)"
OTHERS = "#C3CAD3", "#414B57"  # behind the named ones, and yet seen, on light and on dark paper

# Dark where values are high on light paper, bright where they are high on dark paper.
_CIVIDIS = ("#fde737", "#c3b369", "#958f78", "#666970", "#31446b", "#00224e")
_CIVIDIS_DARK = ("#31446b", "#575d6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838")


@dataclass(frozen=True)
class Coloring:
    """Colors of n points.

    ``codes`` (n,) float32: the category's number, or a numeric value's place between the ends of
    the scale (0-1; a page has no more digits than float32); ``ticks`` (place, number as text) of
    that scale; ``categories`` (category, color, number of points), empty where the column is
    numeric; ``scale`` and ``limits`` for plotly; ``ends`` the numbers at the scale's ends.
    """

    name: str
    codes: NDArray[np.float32]
    scale: list[tuple[float, str]]
    limits: tuple[float, float]
    categories: list[tuple[str, str, int]] = field(default_factory=list)
    ticks: list[tuple[float, str]] = field(default_factory=list)
    ends: tuple[float, float] = (0.0, 1.0)

    @property
    def numeric(self) -> bool:
        return not self.categories


def coloring(values: pd.Series, *, dark: bool = False) -> Coloring:
    """Colors of a column's values.

    A number with many values gets a scale from its 1st to its 99th percentile; anything else gets
    categories: the commonest eight, all others gray together.
    """
    name = str(values.name or "")
    return _scaled(name, values, dark) if is_numeric(values) else _named(name, values, dark)


def _scaled(name: str, values: pd.Series, dark: bool) -> Coloring:
    array = numbers(values)
    finite = array[np.isfinite(array)]
    low, high = map(float, np.quantile(finite, [0.01, 0.99]))
    if not high > low:
        low, high = float(finite.min()), float(finite.max())
    place = (array / 2 - low / 2) / (high / 2 - low / 2)
    colors = _CIVIDIS_DARK if dark else _CIVIDIS
    stops = [(float(x), color) for x, color in zip(np.linspace(0, 1, 6), colors, strict=True)]
    bottom = 0.0
    if len(finite) < len(array):  # missing values: gray, below the scale
        bottom = -1 / 49
        place = np.where(np.isfinite(place), np.clip(place, 0, None), bottom)
        gray = theme(dark).labels["neither"]
        stops = [(0.0, gray), (0.0199, gray), *((0.02 + 0.98 * x, c) for x, c in stops)]
    # Outliers lie beyond the ends, but not so far that float32 cannot say where.
    codes = np.clip(place, -1, 2).astype(np.float32)
    ticks = _ticks(low, high)
    return Coloring(name, codes, stops, (bottom, 1.0), ticks=ticks, ends=(low, high))


def round_values(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two others, `most` steps at most; these two where there are none."""
    span = high - low
    if not (np.isfinite(span) and span / most > 0):
        return [low, high]
    unit = 10.0 ** np.floor(np.log10(span / most))
    step = next((unit * by for by in (1, 2, 5) if span / (unit * by) <= most), 10 * unit)
    values = [float(step * k) + 0.0 for k in np.arange(np.ceil(low / step), high // step + 1)]
    return [value for value in dict.fromkeys(values) if low <= value <= high] or [low, high]


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round numbers between the ends of a scale: their places (0-1) and texts."""
    at = round_values(low, high, 5)
    texts = number_texts(at)
    return [
        ((value / 2 - low / 2) / (high / 2 - low / 2), text)
        for value, text in zip(at, texts, strict=True)
    ]


def _named(name: str, values: pd.Series, dark: bool) -> Coloring:
    codes, names, counts, commonest = _ranked(values)
    colors = theme(dark)
    named = {**colors.labels, MISSING: colors.labels["neither"]}
    taken = {named[names[i]] for i in commonest if names[i] in named}
    palette = iter([color for color in OKABE_ITO if color not in taken])
    categories = [
        (names[i], named.get(names[i]) or next(palette, OKABE_ITO[-1]), int(counts[i]))
        for i in commonest
    ]
    rest = int(counts.sum() - counts[commonest].sum())
    if rest:
        categories.append((OTHER, OTHERS[dark], rest))
    place = np.full(len(names), len(commonest), np.float32)
    place[commonest] = np.arange(len(commonest))
    count = len(categories)
    scale = [
        (edge / count, color) for i, (_, color, _) in enumerate(categories) for edge in (i, i + 1)
    ]
    return Coloring(name, place[codes], scale, (-0.5, count - 0.5), categories)


def _ranked(values: pd.Series) -> tuple[NDArray[np.int32], list[str], NDArray, NDArray]:
    """Codes (n,), the names and counts of their categories, and the commonest few of these."""
    codes, distinct = factor(values)
    names = [text or MISSING for text in distinct]
    counts = np.bincount(codes, minlength=len(names))
    # The commonest first, equals by name.
    order = np.lexsort((np.argsort(np.argsort(np.array(names, object))), -counts))
    return codes, names, counts, order[:MAX_CATEGORIES][counts[order[:MAX_CATEGORIES]] > 0]


def hidden_points(values: pd.Series, hidden: set[str]) -> NDArray[np.bool_]:
    """Which points (n,) have a value that is switched off; `OTHER` means all rarer categories."""
    codes, names, _, commonest = _ranked(values)
    off = np.array([name in hidden for name in names], bool)
    if OTHER in hidden and len(names) > len(commonest):
        rare = np.ones(len(names), bool)
        rare[commonest] = False
        off |= rare
    return np.asarray(off[codes])


def category_names(values: pd.Series) -> tuple[NDArray[np.int32], list[str]]:
    """Codes (n,) of a column's categories, and what each is called on a map.

    Every category has its name where they are no more than `MOST_NAMES`, else those that have a
    color of their own; others, and points without a value, have "". A column of numbers has none.
    """
    if is_numeric(values):
        return np.zeros(len(values), np.int32), [""]
    codes, names, _, commonest = _ranked(values)
    kept = range(len(names)) if len(names) <= MOST_NAMES else set(commonest.tolist())
    return codes, [name if i in kept and name != MISSING else "" for i, name in enumerate(names)]


def shown_points(
    obs: pd.DataFrame, hidden: Mapping[str, list[str]], between: Mapping[str, list[float]]
) -> NDArray[np.bool_]:
    """Which points (n,) no filter hides: categories switched off, and limits, by column.

    Raises
    ------
    InputError
        If there is no such column.
    """
    for column in (*hidden, *between):
        if column not in obs:
            raise InputError(f"The atlas has no column {shorten(column)}.")
    shown = np.ones(len(obs), bool)
    for column, names in hidden.items():
        shown &= ~hidden_points(obs[column], set(names))
    for column, (low, high) in between.items():
        if is_numeric(obs[column]):
            shown &= within(obs[column], low, high)
    return shown
