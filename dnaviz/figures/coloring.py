"""Turn a column of metadata into colours of points: categories or a scale, colour-blind safe."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas.columns import factor, is_numeric, numbers
from dnaviz.figures.theme import OKABE_ITO, theme

MAX_CATEGORIES = 8
OTHER = "all others"
MISSING = "(none)"
OTHERS = "#C3CAD3", "#414B57"  # behind the named ones, and yet seen, on light and on dark paper

# Dark where values are high on light paper, bright where they are high on dark paper.
_CIVIDIS = ("#fde737", "#c3b369", "#958f78", "#666970", "#31446b", "#00224e")
_CIVIDIS_DARK = ("#31446b", "#575d6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838")


@dataclass(frozen=True)
class Coloring:
    """Colours of n points.

    ``codes`` (n,) float32: the category's number, or the value; ``categories`` (category, colour,
    number of points), empty where the column is numeric; ``scale`` and ``limits`` for plotly.
    """

    name: str
    codes: NDArray[np.float32]
    scale: list[tuple[float, str]]
    limits: tuple[float, float]
    categories: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def numeric(self) -> bool:
        return not self.categories


def coloring(values: pd.Series, *, dark: bool = False) -> Coloring:
    """Colours of a column's values.

    A number with many values gets a scale from its 1st to its 99th percentile; anything else gets
    categories: the commonest eight, all others grey together.
    """
    name = str(values.name or "")
    return _scaled(name, values, dark) if is_numeric(values) else _named(name, values, dark)


def _scaled(name: str, values: pd.Series, dark: bool) -> Coloring:
    array = numbers(values)
    finite = array[np.isfinite(array)]
    low, high = np.quantile(finite, [0.01, 0.99]) if len(finite) else (0.0, 1.0)
    if low == high and len(finite):
        low, high = finite.min(), finite.max()
    colors = _CIVIDIS_DARK if dark else _CIVIDIS
    stops = [(float(x), color) for x, color in zip(np.linspace(0, 1, 6), colors, strict=True)]
    if len(finite) < len(array):  # missing values: grey, below the scale
        step = (high - low) / 49
        array = np.where(np.isfinite(array), np.clip(array, low, None), low - step)
        low -= step
        grey = theme(dark).labels["neither"]
        stops = [(0.0, grey), (0.0199, grey), *((0.02 + 0.98 * x, c) for x, c in stops)]
    return Coloring(name, array.astype(np.float32), stops, (float(low), float(high)))


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
    codes, found = factor(values)
    names = [text or MISSING for text in found]
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
