"""Rows of an atlas chosen by conditions in text: ``label=donor``, ``gc>=0.5``, or what is found."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas.columns import as_stored, factor, has_numbers, no_such_value, numbers
from dnaviz.atlas.project import Indices
from dnaviz.atlas.search import search
from dnaviz.atlas.store import Atlas
from dnaviz.errors import InputError
from dnaviz.sequences import shorten

COMPARE = {
    "!=": operator.ne, ">=": operator.ge, "<=": operator.le,
    "=": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_CONDITION = re.compile(r"(?P<column>[^=!<>]*?)\s*(?P<sign>!=|>=|<=|=|>|<)\s*(?P<value>.*)")


def select(atlas: Atlas, conditions: Iterable[str]) -> Indices:
    """Return the rows for which all conditions hold, ascending.

    Parameters
    ----------
    atlas
    conditions : iterable of str
        A column of ``obs``, one of ``= != > >= < <=``, and a value (several for ``=``, with ``|``
        between: ``gene=LDLR|APOE``); or what `search` finds: a gene, a place, ids, a motif.

    Raises
    ------
    InputError
        If a column or value is not there, or no window is left; with the condition.
    """
    chosen = np.ones(len(atlas), bool)
    texts = list(conditions)
    for text in texts:
        match = _CONDITION.fullmatch(text.strip())
        if match is None:
            chosen &= np.isin(np.arange(len(atlas)), search(atlas, text)[0])
        else:
            chosen &= _compare(atlas, text, match["column"], match["sign"], match["value"])
        if not chosen.any():
            before = ", ".join(map(shorten, texts[: texts.index(text)]))
            together = f" together with {before}" if before else ""
            raise InputError(
                f"No window of {atlas.source} is left by {shorten(text)}{together}: select others."
            )
    return np.flatnonzero(chosen)


def _compare(atlas: Atlas, text: str, column: str, sign: str, value: str) -> NDArray[np.bool_]:
    what = f"The selection {shorten(text)}"
    if column not in atlas.obs:
        near = get_close_matches(column, map(str, atlas.obs.columns), 1)
        columns = ", ".join(map(str, atlas.obs.columns[:12]))
        hint = f"did you mean {near[0]}?" if near else f"its columns are {columns}."
        raise InputError(f"{what}: {atlas.source} has no column {shorten(column)}; {hint}")
    values = atlas.obs[column]
    if has_numbers(values):
        try:
            limits = [float(part) for part in value.split("|")]
        except ValueError:
            raise InputError(
                f"{what}: {column} holds numbers, and {shorten(value)} is none."
            ) from None
        limits = [as_stored(values, limit) for limit in limits]
        floats = numbers(values)
        if sign in ("=", "!="):
            equal = np.isin(floats, limits)
            return equal if sign == "=" else ~equal
        if len(limits) > 1:
            raise InputError(f'{what}: {sign} takes one number; "|" goes with = or !=.')
        return np.asarray(COMPARE[sign](floats, limits[0]), bool)
    if sign not in ("=", "!="):
        raise InputError(f"{what}: {column} holds text, which is compared by = or != alone.")
    codes, names = factor(values)
    parts = [part.strip() for part in value.split("|")]
    missing = [part for part in parts if part not in names]
    if missing:
        raise InputError(f"{what}: {no_such_value(column, missing[0], names)}")
    equal = np.isin(codes, [names.index(part) for part in parts])
    return equal if sign == "=" else ~equal
