"""Turn a column of metadata into colours of points: categories or a scale, colour-blind safe."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.figures.theme import OKABE_ITO, theme

MAX_CATEGORIES = 8
FEW_NUMBERS = 8  # a numeric column with no more values than this is shown as categories
OTHER = "all others"
MISSING = "(none)"

# Dark where values are high on light paper, bright where they are high on dark paper.
_CIVIDIS = ("#fde737", "#c3b369", "#958f78", "#666970", "#31446b", "#00224e")
_CIVIDIS_DARK = ("#31446b", "#575d6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838")


@dataclass(frozen=True)
class Coloring:
    """Colours of n points.

    ``codes`` (n,) float32: the category's number, or the value; ``categories`` (category, colour,
    number of points), empty where the column is numeric; ``scale`` and ``limits`` for plotly;
    ``keys`` (n,) the category's name per point, for filters (categories only).
    """

    name: str
    codes: NDArray[np.float32]
    scale: list[tuple[float, str]]
    limits: tuple[float, float]
    categories: list[tuple[str, str, int]] = field(default_factory=list)
    keys: NDArray | None = None

    @property
    def numeric(self) -> bool:
        return not self.categories


def is_numeric(values: pd.Series) -> bool:
    """Whether a column is shown on a scale and not as categories."""
    return (
        pd.api.types.is_numeric_dtype(values)
        and not pd.api.types.is_bool_dtype(values)
        and values.nunique() > FEW_NUMBERS
    )


def coloring(values: pd.Series, *, dark: bool = False) -> Coloring:
    """Colours of a column's values.

    A number with many values gets a scale from its 1st to its 99th percentile; anything else gets
    categories: the commonest eight, all others grey together.
    """
    name = str(values.name or "")
    return _scaled(name, values, dark) if is_numeric(values) else _named(name, values, dark)


def _scaled(name: str, values: pd.Series, dark: bool) -> Coloring:
    numbers = values.to_numpy(dtype=np.float32, na_value=np.nan)
    finite = numbers[np.isfinite(numbers)]
    low, high = np.quantile(finite, [0.01, 0.99]) if len(finite) else (0.0, 1.0)
    if low == high:
        low, high = finite.min(), finite.max()
    colors = _CIVIDIS_DARK if dark else _CIVIDIS
    stops = [(float(x), color) for x, color in zip(np.linspace(0, 1, 6), colors, strict=True)]
    if len(finite) < len(numbers):  # missing values: grey, below the scale
        step = (high - low) / 49
        numbers = np.where(np.isfinite(numbers), np.clip(numbers, low, None), low - step)
        low -= step
        grey = theme(dark).labels["neither"]
        stops = [(0.0, grey), (0.0199, grey), *((0.02 + 0.98 * x, c) for x, c in stops)]
    return Coloring(name, numbers.astype(np.float32), stops, (float(low), float(high)))


def _named(name: str, values: pd.Series, dark: bool) -> Coloring:
    keys = values.astype(object).where(values.notna(), MISSING).astype(str).to_numpy(object)
    keys[keys == ""] = MISSING
    counts = pd.Series(keys).value_counts()
    order = counts.sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    commonest = list(order.index[:MAX_CATEGORIES])
    colors = theme(dark)
    named = {**colors.labels, MISSING: colors.labels["neither"]}
    taken = {named[key] for key in commonest if key in named}
    palette = iter([color for color in OKABE_ITO if color not in taken])
    categories = [
        (
            key,
            named.get(key) or next(palette, OKABE_ITO[-1]),
            int(counts[key]),
        )
        for key in commonest
    ]
    if len(order) > MAX_CATEGORIES:
        rest = int(order.iloc[MAX_CATEGORIES:].sum())
        categories.append((OTHER, colors.grid, rest))
        keys = np.where(np.isin(keys, commonest), keys, OTHER)
    numbers = {key: i for i, (key, _, _) in enumerate(categories)}
    codes = pd.Series(keys).map(numbers).to_numpy(np.float32)
    count = len(categories)
    scale = [
        (edge / count, color) for i, (_, color, _) in enumerate(categories) for edge in (i, i + 1)
    ]
    return Coloring(name, codes, scale, (-0.5, count - 0.5), categories, keys)


def hidden_points(values: pd.Series, hidden: set[str]) -> NDArray[np.bool_]:
    """Which points (n,) have a value that is switched off; `OTHER` means all rarer categories."""
    text = values.astype(object).where(values.notna(), "").astype(str).replace("", MISSING)
    mask = np.array(text.isin(hidden))
    if OTHER in hidden:
        keys = coloring(values).keys
        if keys is not None:
            mask |= keys == OTHER
    return mask
