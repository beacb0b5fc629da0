"""Tables to take home, harmless in a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile(r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?", re.ASCII)


def spreadsheet_text(table: pd.DataFrame, index_label: str | None = None) -> str:
    """Return a table as tab-separated text in which no cell is a formula to a spreadsheet.

    Names come from strangers' files, and a spreadsheet runs a text that begins with =, +, - or @:
    such a one gets an apostrophe in front (see `harmless`). Line ends and tabs within a text
    become blanks.

    Parameters
    ----------
    table
        Its index is left out, unless it gets a name by `index_label`; a column of that name gets
        ``_obs`` behind it.
    """
    import pandas as pd

    if index_label is not None:
        taken = {index_label: f"{index_label}_obs"} if index_label in table else {}
        table = table.rename(columns=taken).rename_axis(index_label).reset_index()
    safe = table.apply(
        lambda column: column if pd.api.types.is_numeric_dtype(column) else _texts(column)
    )
    safe.columns = pd.Index([harmless(str(name)) for name in table.columns])
    text: str = safe.to_csv(sep="\t", index=False, float_format=_number, lineterminator="\n")
    return text


def columns_text(columns: Mapping[str, Iterable[object]]) -> str:
    """Return columns by name as `spreadsheet_text` returns a table."""
    rows = zip(*columns.values(), strict=True)
    lines = [[*map(harmless, columns)], *([_cell_text(cell) for cell in row] for row in rows)]
    return "".join("\t".join(line) + "\n" for line in lines)


def _cell_text(cell: object) -> str:
    if isinstance(cell, str) or cell is None:
        return harmless(cell or "")
    number = hasattr(cell, "__float__") and not hasattr(cell, "__index__")
    return _number(float(cell)) if number else str(cell)  # type: ignore[arg-type]


def _number(value: float) -> str:
    """Return six digits of a number, and of a whole one, as a coordinate, all."""
    return f"{value + 0:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(object).map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)


def harmless(text: str) -> str:
    """Return the text of a cell as one line that is no formula to a spreadsheet.

    A number, and a strand, are what they are.
    """
    text = " ".join(text.split())
    formula = len(text) > 1 and text[0] in "=+-@＝＋－＠" and not _NUMBER.fullmatch(text)
    return f"'{text}" if formula else text


def file_name(*parts: object, suffix: str) -> str:
    """Return a file name of letters, digits, dots and dashes from untrusted parts."""
    text = "-".join(str(part) for part in parts if str(part))
    safe = "".join(c if (c.isalnum() and c.isascii()) or c in "._-" else "_" for c in text)
    return f"{safe.strip('._')[:80] or 'dnaviz'}.{suffix}"
