"""Columns of metadata as numbers: what colours, filters and counts of a million windows work on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas.place import Floats, Indices

FEW_NUMBERS = 8  # a numeric column with no more values than this is shown as categories
LEAST_EFFECT = 0.3  # standard deviations; less is no news
_HEAD = 1000


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


def is_numeric(values: pd.Series) -> bool:
    """Whether a column is shown on a scale and not as categories."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    return values.iloc[:_HEAD].nunique() > FEW_NUMBERS or values.nunique() > FEW_NUMBERS


def telling_column(obs: pd.DataFrame) -> str:
    """The column that colours a map at first: ``label``, else the first that tells most."""
    found = telling_columns(obs, 1, ("label",))
    return found[0] if found else str(obs.columns[0])


def telling_columns(
    obs: pd.DataFrame, most: int, wanted: Sequence[str] = ("gene", "label")
) -> list[str]:
    """The columns that say most of a window: those wanted, then the first that tell windows apart.

    A column with one value tells nothing, and one of text where hardly any two are alike no more.
    """
    found = [name for name in wanted if name in obs][:most]
    for name in map(str, obs.columns):
        if len(found) == most:
            break
        kinds = obs[name].nunique()
        if name not in found and kinds > 1 and (is_numeric(obs[name]) or 2 * kinds <= len(obs)):
            found.append(name)
    return found


def numbers(values: pd.Series) -> Floats:
    """A numeric column as float32 (n,), NaN where it is missing."""
    return values.to_numpy(dtype=np.float32, na_value=np.nan)


def factor(values: pd.Series) -> tuple[NDArray[np.int32], list[str]]:
    """A column as numbers (n,) of its distinct values, and these as text; "" where missing."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy(np.int32)
        names = [_text(name) for name in values.cat.categories]
    else:
        found, uniques = pd.factorize(values)
        codes, names = found.astype(np.int32), [_text(name) for name in uniques]
    known = {name: i for i, name in enumerate(dict.fromkeys([*names, ""]))}
    # Values that read alike are one; the last entry takes the missing, which are numbered -1.
    return np.array([*(known[name] for name in names), known[""]], np.int32)[codes], list(known)


def _text(value: object) -> str:
    """A value as text; a missing one makes pandas keep whole numbers as fractions."""
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]


def differences(obs: pd.DataFrame, rows: Indices, most: int = 4) -> list[Difference]:
    """Columns in which the rows differ most from the others, the largest difference first.

    Categories are compared by Cohen's h of their shares, numbers by the difference of their means
    in standard deviations. Columns with more than a thousand values are passed over.
    """
    inside = np.zeros(len(obs), bool)
    inside[rows] = True
    size, others = int(inside.sum()), int((~inside).sum())
    if not size or not others:
        return []
    found = []
    for name in obs.columns:
        values = obs[name]
        one = (
            _number(str(name), values, inside)
            if is_numeric(values)
            else _category(str(name), values, inside)
        )
        # At least as large as chance makes it at four standard errors.
        chance = 4 * np.sqrt(1 / size + 1 / others)
        if one is not None and one.effect >= max(LEAST_EFFECT, chance):
            found.append(one)
    return sorted(found, key=lambda one: -one.effect)[:most]


def _number(name: str, values: pd.Series, inside: NDArray[np.bool_]) -> Difference | None:
    array = numbers(values)
    known = np.isfinite(array)
    one, rest = array[inside & known], array[~inside & known]
    spread = float(array[known].std(dtype=np.float64)) if known.any() else 0.0
    if not len(one) or not len(rest) or spread == 0:
        return None
    inside_mean, rest_mean = (float(part.mean(dtype=np.float64)) for part in (one, rest))
    return Difference(name, None, inside_mean, rest_mean, abs(inside_mean - rest_mean) / spread)


def _category(name: str, values: pd.Series, inside: NDArray[np.bool_]) -> Difference | None:
    if not isinstance(values.dtype, pd.CategoricalDtype) and len(values) > 200_000:
        return None
    codes, names = factor(values)
    if not 1 < len(names) <= 1000:
        return None
    here = np.bincount(codes[inside], minlength=len(names)) / inside.sum()
    there = np.bincount(codes[~inside], minlength=len(names)) / (~inside).sum()
    effect = 2 * (np.arcsin(np.sqrt(here)) - np.arcsin(np.sqrt(there)))
    top = int(effect.argmax())  # what the selection has more of says more than what it lacks
    return Difference(name, names[top], float(here[top]), float(there[top]), float(effect[top]))
