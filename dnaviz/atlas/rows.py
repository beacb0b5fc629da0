"""Rows of an atlas, however somebody names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas.store import Atlas
from dnaviz.errors import InputError
from dnaviz.sequences import shorten


def chosen_rows(atlas: Atlas, chosen: Iterable[Any]) -> NDArray[np.int64]:
    """Return rows of an atlas, ascending.

    Parameters
    ----------
    chosen
        Rows, ids, or a boolean for each window.

    Raises
    ------
    InputError
        If there is no such window, another number of booleans, or no list.
    """
    if isinstance(chosen, str) or not isinstance(chosen, Iterable):
        raise InputError(
            f"Windows are chosen by a list of rows or ids, or a boolean for each, not by "
            f"{shorten(str(chosen))}."
        )
    requested = np.asarray(chosen if hasattr(chosen, "__array__") else list(chosen))
    if not len(requested):
        return np.empty(0, np.int64)
    if requested.dtype == bool:
        if len(requested) != len(atlas):
            raise InputError(
                f"The mask has {len(requested):,} values, the atlas {len(atlas):,} windows."
            )
        return np.flatnonzero(requested)
    if requested.dtype.kind in "iu":
        if requested.min() < 0 or requested.max() >= len(atlas):
            raise InputError(f"Rows of this atlas are 0 to {len(atlas) - 1:,}.")
        return np.unique(requested)
    return np.unique(atlas.rows([str(name) for name in requested]))
