"""Rows of an atlas, however somebody names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.errors import InputError
from dnaviz.sequences import shorten

if TYPE_CHECKING:
    from dnaviz.atlas.store import Atlas


def row_numbers(atlas: Atlas, chosen: Iterable[Any]) -> NDArray[np.int64]:
    """Return rows of an atlas, in the order in which they are named.

    Parameters
    ----------
    chosen
        Rows, ids, or a boolean for each window; a Series of booleans by id may be in any order.

    Raises
    ------
    InputError
        If there is no such window, another number of booleans, or no list.
    """
    if (
        not isinstance(chosen, Iterable)
        or isinstance(chosen, str)
        or getattr(chosen, "ndim", 1) != 1
    ):
        raise InputError(
            f"Windows are chosen by a list of rows or ids, or a boolean for each, not by "
            f"{shorten(str(chosen))}."
        )
    ids = atlas.obs.index
    if isinstance(chosen, pd.Series) and pd.api.types.is_bool_dtype(chosen.dtype):
        chosen = _mask(chosen, ids)
    requested = np.asarray(chosen if hasattr(chosen, "__array__") else list(chosen))
    if not len(requested):
        return np.empty(0, np.int64)
    if requested.dtype == object and set(map(type, requested)) == {bool}:
        requested = requested.astype(bool)  # of pandas, which has room for NA
    if requested.dtype == bool:
        if len(requested) != len(atlas):
            raise InputError(
                f"The mask has {len(requested):,} values, the atlas {len(atlas):,} windows."
            )
        return np.flatnonzero(requested)
    if requested.dtype.kind in "iuf":
        is_float = requested.dtype.kind == "f"
        if is_float or requested.min() < 0 or requested.max() >= len(atlas):
            raise InputError(f"Rows of this atlas are whole numbers, 0 to {len(atlas) - 1:,}.")
        return requested.astype(np.int64)
    return atlas.rows(requested.tolist())


def _mask(chosen: pd.Series, ids: pd.Index) -> NDArray[np.bool_]:
    """Return a Series of booleans in the order of ids; one of rows alone is in their order."""
    if missing := int(chosen.isna().sum()):
        raise InputError(f"The mask leaves {missing:,} of its values open: give True or False.")
    if set(chosen.index) == set(ids):
        chosen = chosen[ids]
    elif len(chosen) == len(ids) and not chosen.index.equals(pd.RangeIndex(len(ids))):
        raise InputError(
            f"The mask is by ids such as {shorten(str(chosen.index[0]))}, which are not those of "
            "the atlas: give it by the atlas's ids, or a plain list in the order of its windows."
        )
    return chosen.to_numpy(bool)


def chosen_rows(atlas: Atlas, chosen: Iterable[Any]) -> NDArray[np.int64]:
    """Return the rows that `row_numbers` does, each once, ascending."""
    return np.unique(row_numbers(atlas, chosen))
