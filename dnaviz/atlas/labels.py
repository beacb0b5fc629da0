"""Names given to windows, in a column of their metadata; changes can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dnaviz.atlas.anndata_files import write_anndata
from dnaviz.errors import InputError
from dnaviz.sequences import shorten

if TYPE_CHECKING:
    from anndata import AnnData

    from dnaviz.atlas.project import Indices
    from dnaviz.atlas.store import Atlas

COLUMN = "my_label"
"""Where labels go unless another column is named."""

LONGEST = 80
MOST_CHANGES = 100
"""Changes that can be taken back; each is a copy of a column."""


class Labels:
    """Writes labels into the ``obs`` of an atlas, and of the AnnData that it was made of.

    Parameters
    ----------
    atlas
        What is labeled.
    data
        What it was made of: its rows are those of the atlas, in the same order. Its ``obs`` is
        written to in place; `save` writes it, with all else that it has.
    """

    def __init__(self, atlas: Atlas, data: Any = None) -> None:
        has_obs = hasattr(data, "obs") and hasattr(data, "obsm") and not hasattr(data, "adata")
        self._data: AnnData = data if has_obs else atlas.adata
        self._tables = [atlas.adata] + ([self._data] if self._data is not atlas.adata else [])
        self._changes: list[tuple[str, pd.Series | None]] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._changes)

    @property
    def column(self) -> str:
        """The column that was written to last; "" before."""
        return self._changes[-1][0] if self._changes else ""

    def give(self, rows: Indices, name: str, column: str = COLUMN) -> None:
        """Call windows by a name, in a column; an empty name takes theirs away.

        Parameters
        ----------
        rows
            Of the atlas.
        name
            At most 80 characters.
        column
            Made where there is none. One of text or categories keeps its other values.

        Raises
        ------
        InputError
            If there are no rows, or the column holds anything but text.
        """
        name, column = " ".join(str(name).split()), str(column).strip()
        if not len(rows):
            raise InputError("Nothing is selected that could be labeled.")
        if len(name) > LONGEST or not name.isprintable():
            raise InputError(f"A label has at most {LONGEST} characters, all of them printable.")
        if not column or not column.isprintable() or "/" in column or column == "_index":
            raise InputError(f"{shorten(column)} cannot be the name of a column.")
        before = self._tables[0].obs.get(column)
        values = _texts(before, column, len(self._tables[0].obs))
        values[np.asarray(rows)] = name or None
        labels = pd.Categorical(values)
        if before is not None and hasattr(before, "cat"):  # their order is the user's
            ordered = [text for text in before.cat.categories if text in labels.categories]
            new = [text for text in labels.categories if text not in ordered]
            labels = labels.set_categories([*ordered, *new])
        self._changes.append((column, None if before is None else before.copy()))
        del self._changes[:-MOST_CHANGES]
        for table in self._tables:
            table.obs[column] = labels

    def told(self, count: int) -> str:
        """Return a sentence on the last change, of so many windows."""
        windows = "1 window has" if count == 1 else f"{count:,} windows have"
        return (
            f"{windows} a new label in the column {self.column}. Take the labels along as a file: "
            "on a page they last as long as it is open."
        )

    def undo(self) -> None:
        """Take the last change back.

        Raises
        ------
        InputError
            If there is none.
        """
        if not self._changes:
            raise InputError("There is no label to take back.")
        column, before = self._changes.pop()
        for table in self._tables:
            if before is None:
                del table.obs[column]
            else:
                table.obs[column] = before.array

    def table(self) -> pd.DataFrame:
        """Return the labeled windows: their ids and the column that was written to last."""
        if not self._changes:
            raise InputError("No window has a label yet.")
        values = self._tables[0].obs[self.column]
        return values[values.notna()].to_frame()

    def save(self, path: str | Path) -> None:
        """Write the AnnData with its labels as ``.h5ad`` or ``.zarr``."""
        write_anndata(self._data, path)


def _texts(values: pd.Series | None, column: str, count: int) -> np.ndarray:
    """Return a column's texts, None where there is none, as an array that may be written to."""
    if values is None:
        return np.full(count, None, object)
    texts = values.astype(object).to_numpy(copy=True)
    missing = pd.isna(texts)
    if not all(isinstance(text, str) for text in texts[~missing]):
        raise InputError(
            f"The column {shorten(column)} holds something else than names: labels go into a "
            "column of their own, or one of text."
        )
    texts[missing] = None
    return texts
