"""Tables to take home, harmless in a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def spreadsheet_text(table: pd.DataFrame, index_label: str | None = None) -> str:
    """Return a table as tab-separated text in which no cell is a formula to a spreadsheet.

    Names come from strangers' files, and a spreadsheet runs a text that begins with =, +, - or @:
    such a one gets an apostrophe in front. Numbers, and a strand, stay what they are; line ends
    and tabs within a text become blanks.

    Parameters
    ----------
    table
        Its index is left out, unless it gets a name by `index_label`.
    """
    import pandas as pd

    if index_label is not None:
        table = table.rename_axis(index_label).reset_index()
    safe = table.apply(
        lambda column: column if pd.api.types.is_numeric_dtype(column) else _texts(column)
    )
    safe.columns = pd.Index([_harmless(str(name)) for name in table.columns])
    text: str = safe.to_csv(sep="\t", index=False, float_format="%.6g", lineterminator="\n")
    return text


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(object).map(_harmless)


def _harmless(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    return f"'{text}" if len(text) > 1 and text.startswith(("=", "+", "-", "@")) else text
