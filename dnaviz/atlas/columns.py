"""Columns of metadata as numeric codes, for colors, filters and counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from math import isfinite
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas.project import Indices
from dnaviz.errors import InputError
from dnaviz.sequences import shorten

FEW_NUMBERS = 8  # a numeric column with no more values than this is shown as categories
LEAST_EFFECT = 0.3  # standard deviations; less is no news
_HEAD = 1000
_IN_THE_ID = ("chrom", "start", "end", "strand", "position", "transcript", "split", "length")


class Difference(NamedTuple):
    """A column of metadata in which a selection differs from the rest.

    ``value`` is the category whose share differs most, with ``inside`` and ``rest`` its shares;
    None for a numeric column, whose means these are. ``effect`` is in standard deviations.
    """

    column: str
    value: str | None
    inside: float
    rest: float
    effect: float


def has_numbers(values: pd.Series) -> bool:
    """Whether a column holds real numbers; yes and no are none."""
    kind = pd.api.types
    return kind.is_numeric_dtype(values) and not (
        kind.is_bool_dtype(values) or kind.is_complex_dtype(values)
    )


def is_numeric(values: pd.Series) -> bool:
    """Whether a column is shown on a scale and not as categories."""
    return has_numbers(values) and any(
        pd.Series(numbers(part)).nunique() > FEW_NUMBERS for part in (values.iloc[:_HEAD], values)
    )


def informative_column(obs: pd.DataFrame) -> str:
    """Choose the column that colors a map at first: ``label``, else the most informative one."""
    columns = informative_columns(obs, 1, ("label",))
    return columns[0] if columns else str(obs.columns[0])


def informative_columns(
    obs: pd.DataFrame, most: int, preferred: Sequence[str] = ("gene", "label")
) -> list[str]:
    """Choose informative columns: the preferred ones, then those that vary between windows.

    A column with one value tells nothing, and one of text where hardly any two are alike no more.
    """
    chosen = [name for name in preferred if name in obs][:most]
    for name in map(str, obs.columns):
        if len(chosen) == most:
            break
        kinds = obs[name].nunique()
        if name not in chosen and kinds > 1 and (is_numeric(obs[name]) or 2 * kinds <= len(obs)):
            chosen.append(name)
    return chosen


def member_columns(obs: pd.DataFrame, most: int = 5) -> list[str]:
    """Columns that tell of windows in a table beside their ids, which say where they lie."""
    named = [c for c in ("gene", "label", "context") if c in obs]
    rest = [str(c) for c in obs.columns if c not in (*named, *_IN_THE_ID)]
    return [*named, *rest][:most]


def varying_columns(obs: pd.DataFrame) -> list[str]:
    """Columns in which windows differ; all where they differ in none."""
    names = [str(name) for name in obs.columns]
    varying = [name for name in names if obs[name].nunique(dropna=False) > 1]
    return varying or names


def numbers(values: pd.Series) -> NDArray[np.float64]:
    """A numeric column as float64 (n,), NaN where it is missing or infinite."""
    floats = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(floats), floats, np.nan)


def plain_type(values: pd.Series) -> np.dtype[Any]:
    """NumPy's type of a column's numbers, also where pandas keeps what is missing beside them."""
    return np.dtype(getattr(values.dtype, "numpy_dtype", values.dtype))  # type: ignore[arg-type]


def numeric_limits(
    values: pd.Series, low: float | None = None, high: float | None = None
) -> list[float]:
    """Return both limits of a numeric column, its ends where one is left out; none without any.

    Raises
    ------
    InputError
        If the column is not numeric, a limit not finite, or the lower one above the upper.
    """
    name = shorten(str(values.name))
    if not is_numeric(values):
        raise InputError(f"The column {name} holds no numbers to set limits for.")
    limits = [limit for limit in (low, high) if limit is not None]
    if not all(isinstance(limit, Real) and isfinite(limit) for limit in limits):
        raise InputError(f"The limits of {name} are finite numbers.")
    if limits != sorted(limits):
        raise InputError(f"The lower limit of {name}, {low:g}, lies above the upper, {high:g}.")
    if low is None and high is None:
        return []
    floats = numbers(values)
    least = float(np.nanmin(floats)) if low is None else float(low)
    return [least, float(np.nanmax(floats)) if high is None else float(high)]


def as_stored(values: pd.Series, limit: float) -> float:
    """Return a limit as a column has it: 0.3 as a person writes it is float32's own 0.3 there."""
    kind = plain_type(values)
    if kind.kind != "f" or kind.itemsize >= 8:
        return limit
    with np.errstate(over="ignore"):
        return float(kind.type(limit))


def within(values: pd.Series, low: float, high: float) -> NDArray[np.bool_]:
    """Which values (n,) of a numeric column lie within limits; what is missing does not."""
    low, high = as_stored(values, low), as_stored(values, high)
    values_as_floats = numbers(values)
    return (values_as_floats >= low) & (values_as_floats <= high)


def number_texts(values: Iterable[float]) -> list[str]:
    """Numbers as short texts that differ where the numbers do."""
    values = list(values)
    if all(abs(value) < 1e15 and float(value).is_integer() for value in values) or not any(
        isinstance(value, float | np.floating) for value in values
    ):
        return [f"{int(value):,}" for value in values]
    texts = [f"{value:,.0f}" for value in values]
    if (
        min(map(abs, values)) >= 1000
        and max(map(abs, values)) < 1e15
        and (len(set(texts)) == len(set(values)))
    ):
        return texts
    for digits in range(3, 18):
        texts = [f"{value:.{digits}g}" for value in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts


def ranges(values: pd.Series, count: int = 5) -> pd.Series:
    """Numbers as text of the range they lie in, `count` of about as many each; missing ones None.

    A range is told by its least and its greatest number, so that no two read alike.
    """
    known = np.isfinite(numbers(values))
    exact = values[known].to_numpy(plain_type(values))
    if not len(exact):
        return pd.Series(pd.Categorical([None] * len(values)), values.index, name=values.name)
    ordered = np.sort(exact)
    places = np.linspace(0, len(ordered) - 1, count + 1).round().astype(int)[1:]
    tops = np.unique(ordered[places])
    codes = np.full(len(values), -1)
    codes[known] = np.searchsorted(tops, exact)
    starts = np.searchsorted(ordered, tops, side="right")[:-1]
    lows = ordered[[0, *starts]]
    texts = number_texts([*lows.tolist(), *tops.tolist()])
    names = [
        low if low == top else f"{low} to {top}"
        for low, top in zip(texts[: len(tops)], texts[len(tops) :], strict=True)
    ]
    labels = np.array([*names, None], object)[codes]
    return pd.Series(pd.Categorical(labels, names), values.index, name=values.name)


def column_notes(obs: pd.DataFrame) -> list[str]:
    """What a viewer should know of columns: values that are infinite, or that are all missing."""
    notes = []
    for name, values in obs.items():
        infinite = 0
        if has_numbers(values):
            infinite = int(np.isinf(values.to_numpy(dtype=np.float64, na_value=np.nan)).sum())
        if infinite:
            notes.append(
                f"obs[{str(name)[:60]!r}] is infinite in {infinite:,} of {len(obs):,} windows; "
                "they count as windows without a value."
            )
        elif len(values) and values.isna().all():
            notes.append(f"obs[{str(name)[:60]!r}] holds no value.")
    return notes


def factor(values: pd.Series) -> tuple[NDArray[np.int32], list[str]]:
    """A column as numbers (n,) of its distinct values, and these as text; "" where missing."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy(np.int32)
        names = [_text(name) for name in values.cat.categories]
    else:
        indices, uniques = pd.factorize(values)
        codes, names = indices.astype(np.int32), [_text(name) for name in uniques]
    numbers = {name: i for i, name in enumerate(dict.fromkeys([*names, ""]))}
    # Values that read alike are one; the last entry takes the missing, which are numbered -1.
    return np.array([*(numbers[name] for name in names), numbers[""]], np.int32)[codes], list(
        numbers
    )


def no_such_value(column: str, value: str, names: Sequence[str]) -> str:
    """Say that a column has no such value, and which are near; `names` are those of `factor`."""
    named = [name for name in names if name]
    near = get_close_matches(value, named, 1)
    some = ", ".join(map(shorten, named[:6])) + (" …" if len(named) > 6 else "")
    hint = f"did you mean {near[0]}?" if near else f"it has {some}."
    return f"no {column} is {shorten(value)}; {hint}"


def known_values(values: pd.Series, chosen: Iterable[object]) -> list[str]:
    """Return values of a column as text, each once and sorted; InputError for one it has not."""
    chosen = [chosen] if isinstance(chosen, str) else chosen
    texts, names = sorted(set(map(str, chosen))), factor(values)[1]
    for text in texts:
        if text not in names:
            sentence = no_such_value(str(values.name), text, names)
            raise InputError(sentence[0].upper() + sentence[1:])
    return texts


def _text(value: object) -> str:
    """A value as text; a missing one makes pandas keep whole numbers as fractions."""
    if isinstance(value, float | np.floating) and not np.isfinite(value):
        return ""
    is_integer = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if is_integer else str(value)  # type: ignore[call-overload]


COORDINATES = ("start", "end", "position")


def differences(obs: pd.DataFrame, rows: Indices, most: int = 4) -> list[Difference]:
    """Columns in which the rows differ most from the others, the largest difference first.

    Categories are compared by Cohen's h of their shares, numbers by the difference of their means
    in standard deviations. Columns with more than a thousand values are passed over, and those of
    :data:`COORDINATES`: a mean of places is no place.
    """
    inside = np.zeros(len(obs), bool)
    inside[rows] = True
    size, others = int(inside.sum()), int((~inside).sum())
    if not size or not others:
        return []
    rows_by_effect = []
    for name in obs.columns:
        values = obs[name]
        if name in COORDINATES:
            continue
        one = (
            _number(str(name), values, inside)
            if is_numeric(values)
            else _category(str(name), values, inside)
        )
        # At least as large as chance makes it at four standard errors.
        chance = 4 * np.sqrt(1 / size + 1 / others)
        if one is not None and one.effect >= max(LEAST_EFFECT, chance):
            rows_by_effect.append(one)
    return sorted(rows_by_effect, key=lambda one: -one.effect)[:most]


def _number(name: str, values: pd.Series, inside: NDArray[np.bool_]) -> Difference | None:
    array = numbers(values)
    finite = np.isfinite(array)
    if not (inside & finite).any() or not (~inside & finite).any():
        return None
    # In units of the largest, whose square neither vanishes nor overflows; from the least up, so
    # that a narrow range far from zero keeps its digits.
    start = array[finite].min()
    unit = float(np.abs(array[finite] / 2 - start / 2).max())
    if unit == 0:
        return None
    array = (array / 2 - start / 2) / unit
    spread = float(array[finite].std())
    means = [float(array[part & finite].mean()) for part in (inside, ~inside)]
    effect = abs(means[0] - means[1]) / spread
    inside_mean, rest_mean = (float(start + 2 * unit * mean) for mean in means)
    return Difference(name, None, inside_mean, rest_mean, effect)


def _category(name: str, values: pd.Series, inside: NDArray[np.bool_]) -> Difference | None:
    if not isinstance(values.dtype, pd.CategoricalDtype) and len(values) > 200_000:
        return None
    codes, names = factor(values)
    if not 1 < len(names) <= 1000:
        return None
    inside_shares = np.bincount(codes[inside], minlength=len(names)) / inside.sum()
    outside_shares = np.bincount(codes[~inside], minlength=len(names)) / (~inside).sum()
    effect = 2 * (np.arcsin(np.sqrt(inside_shares)) - np.arcsin(np.sqrt(outside_shares)))
    top = int(effect.argmax())  # what the selection has more of says more than what it lacks
    return Difference(
        name, names[top], float(inside_shares[top]), float(outside_shares[top]), float(effect[top])
    )
