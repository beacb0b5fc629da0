"""Tables that users bring: read as text, every row kept, whichever program wrote them.

Columns are separated by tabs, semicolons or commas, whichever the first line holds; lines end as on
Unix, Windows or an old Mac; the text is UTF-8 or, as Excel's "Unicode text", UTF-16. A cell may be
quoted. A quote that its line does not close is a character like any other: it never takes in the
rows that follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from io import StringIO
from os import PathLike, fspath
from typing import TYPE_CHECKING, NamedTuple

from dnaviz.errors import InputError
from dnaviz.io.read import read_text
from dnaviz.sequences import shorten

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 2_000_000_000
MOST_COLUMNS = 1_000
MISSING = {"", "NA", "N/A", "NaN", "nan", "None", "NULL", "null", "."}
"""What stands for no number. As text, only an empty cell says nothing."""

# 1E3 and 007 are names: programs write numbers as 1E+03 or 1.0e3, and without leading zeros.
_NUMBER = re.compile(
    r"[+-]?(?:(?:0|[1-9]\d*)(?:e[+-]\d+)?|(?:(?:0|[1-9]\d*)\.\d*|\.\d+)(?:e[+-]?\d+)?"
    r"|inf(?:inity)?)",
    re.IGNORECASE | re.ASCII,
)
_DECIMAL_COMMA = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:,\d+)?", re.ASCII)
_SEPARATOR_LINE = re.compile(r'"?sep=([\t;,])"?', re.IGNORECASE)  # for Excel, before the header
_MOST_DIGITS = 15  # that a float keeps


class Row(NamedTuple):
    """A row of a table: the number of its line in the file, and its cells without quotes."""

    line: int
    cells: list[str]


class Table(NamedTuple):
    """A table whose first line names its columns.

    Attributes
    ----------
    names : list of str
        Of the columns, each once.
    rows : iterator of Row
        All that are not blank. A row may have more or fewer cells than there are names:
        `describe_width` says so.
    separator : str
    """

    names: list[str]
    rows: Iterator[Row]
    separator: str

    def describe_width(self, row: Row) -> str:
        """Return what is wrong with the number of a row's cells, or nothing."""
        cells, columns = len(row.cells), len(self.names)
        if cells == columns:
            return ""
        opened = any(cell.startswith('"') for cell in row.cells)
        return f"The row has {cells} columns, the header {columns}." + (
            " A quote is opened in it and not closed on its line." if opened else ""
        )


def read_rows(text: str) -> tuple[str, Iterator[Row]]:
    """Return the separator of a table and its rows, that of the names (if there is one) included.

    Parameters
    ----------
    text
        All of the file.

    Returns
    -------
    separator : str
        A tab, a semicolon or a comma.
    rows : iterator of Row
        Of every line that is not blank.
    """
    lines = enumerate(StringIO(text.removeprefix("\ufeff"), newline=None), 1)
    numbered = ((number, line.rstrip("\n")) for number, line in lines if line.strip())
    number, first = next(numbered, (0, ""))
    if stated := _SEPARATOR_LINE.fullmatch(first.strip(" \t")):
        separator = stated[1]
        number, first = next(numbered, (0, ""))
    else:
        bare = re.sub(r'"[^"]*"', "", first)
        counts = {mark: bare.count(mark) for mark in "\t;,"}
        separator = "\t"
        if not counts["\t"] and any(counts.values()):
            separator = ";" if counts[";"] >= counts[","] else ","
    if not number:
        return separator, iter(())
    head = split_line(first, separator)

    def rows() -> Iterator[Row]:
        yield Row(number, head)
        for line_number, line in numbered:
            yield Row(line_number, split_line(line, separator, len(head)))

    return separator, rows()


def parse_table(text: str, where: str) -> Table:
    """Read a table whose first line names its columns.

    Parameters
    ----------
    text
        All of the file.
    where
        What messages call the file.

    Raises
    ------
    InputError
        When the text is empty, or two columns have one name.
    """
    separator, rows = read_rows(text)
    header = next(rows, None)
    if header is None:
        raise InputError(f"{where}: the table is empty.")
    names = header.cells
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise InputError(f"{where} has {len(names):,} columns; at most {MOST_COLUMNS:,} are read.")
    for number, name in enumerate(names):
        if (first := names.index(name)) != number:
            raise InputError(
                f"{where} has two columns called {shorten(name)} ({first + 1} and {number + 1})."
            )

    def trimmed() -> Iterator[Row]:
        for row in rows:
            while len(row.cells) > len(names) and not row.cells[-1]:
                row.cells.pop()
            yield row

    return Table(names, trimmed(), separator)


def read_frame(path: str | PathLike[str], kind: str, needs: Iterable[str] = ()) -> pd.DataFrame:
    """Read a table as a frame of texts; an empty cell is an empty text.

    Parameters
    ----------
    path
        Plain or gzip-compressed.
    kind
        What the table is, for messages: "table of introns".
    needs
        Columns it must have.

    Returns
    -------
    pandas.DataFrame
        Its index is the number of each row's line in the file.

    Raises
    ------
    InputError
        With the file, and the line or column at fault.
    """
    import pandas as pd

    where = fspath(path)
    table = parse_table(read_text(path, MAX_BYTES, utf16=True), where)
    if missing := [name for name in needs if name not in table.names]:
        raise InputError(
            f"{where} is no {kind}: it has no column {missing[0]} (its first line names "
            f"{', '.join(shorten(name) for name in table.names[:5])})."
        )
    rows = []
    for row in table.rows:
        if wrong := table.describe_width(row):
            raise InputError(f"{where}, line {row.line}: {wrong}")
        rows.append(row)
    frame = pd.DataFrame(
        [row.cells for row in rows], [row.line for row in rows], table.names, dtype=object
    )
    frame.attrs["separator"] = table.separator
    return frame


def with_numbers(frame: pd.DataFrame, text: Iterable[str] = ()) -> pd.DataFrame:
    """Return a frame of texts with numbers in the columns that hold nothing else.

    Parameters
    ----------
    frame
        As from `read_frame`.
    text
        Columns that stay text whatever they hold.

    Returns
    -------
    pandas.DataFrame
        A column whose cells are all numbers, or one of `MISSING`, is int64, or float64 with NaN
        for what is missing. Numbers with leading zeros or more digits than a float keeps (001, an
        accession), 1E3 and TRUE stay text. With semicolons between columns, 0,5 is a number.
    """
    import pandas as pd

    comma = frame.attrs.get("separator") == ";"
    kept = set(text)
    columns = {
        name: frame[name] if name in kept else _numbers(frame[name], comma)
        for name in frame.columns
    }
    return pd.DataFrame(columns, index=frame.index)


def integers(frame: pd.DataFrame, column: str, where: str) -> pd.Series:
    """Return a column of whole numbers, <NA> where a cell is empty.

    Raises
    ------
    InputError
        With the line of a cell that holds something else.
    """
    import pandas as pd

    values = frame[column]
    present = ~values.isin(MISSING)
    wrong = present & ~values.str.fullmatch(r"[+-]?[0-9]{1,18}(?:\.0*)?")
    if wrong.any():
        line = values.index[wrong][0]
        raise InputError(
            f"{where}, line {line}: the column {column} holds no whole numbers, but "
            f"{shorten(values.loc[line])}."
        )
    integer_values = [
        int(v.partition(".")[0]) if p else pd.NA for v, p in zip(values, present, strict=True)
    ]
    return pd.Series(integer_values, values.index, "Int64", name=column)


def split_line(line: str, separator: str, width: int | None = None) -> list[str]:
    """Return the cells of a line, without blanks around them and without their quotes.

    Parameters
    ----------
    width
        How many cells there should be: where quotes are no quotes but, say, inches, this tells.
    """
    literal = [cell.strip() for cell in line.split(separator)]
    if '"' not in line:
        return literal
    cells, at, pattern = [], 0, _cell_pattern(separator)
    while at <= len(line):
        match = pattern.match(line, at)
        assert match is not None  # it also matches nothing
        cells.append(match[2].strip() if match[1] is None else match[1].replace('""', '"').strip())
        at = match.end() + 1
    return literal if width == len(literal) != len(cells) else cells


@cache
def _cell_pattern(separator: str) -> re.Pattern[str]:
    return re.compile(rf' *"((?:[^"]|"")*)" *(?={separator}|$)|([^{separator}]*)')


def _numbers(values: pd.Series, comma: bool) -> pd.Series:
    import pandas as pd

    present = ~values.isin(MISSING)
    texts = values[present]
    if texts.empty or not all(map(_number_reader(comma), texts)):
        return values
    if comma:
        texts = texts.str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(texts)
    return numbers if present.all() else numbers.astype(float).reindex(values.index)


def _number_reader(comma: bool) -> Callable[[str], bool]:
    def is_number(text: str) -> bool:
        if sum(map(str.isdigit, re.split("[eE]", text)[0])) > _MOST_DIGITS and "." not in text:
            return False
        return bool(_NUMBER.fullmatch(text) or (comma and _DECIMAL_COMMA.fullmatch(text)))

    return is_number
