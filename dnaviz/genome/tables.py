"""Tables of tab-separated values, read with one sentence for whatever is wrong with them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from dnaviz.errors import InputError
from dnaviz.genome.fasta import open_maybe_gzip
from dnaviz.sequences import shorten


def read_table(path: str | Path, kind: str, columns: Iterable[str], **options: Any) -> pd.DataFrame:
    """Read a plain or gzipped table with pandas.

    Parameters
    ----------
    path : path
    kind : str
        What the table is, for messages: "data set of windows".
    columns : iterable of str
        Those it must have.
    **options
        Of `pandas.read_csv`.

    Raises
    ------
    InputError
        When the file cannot be read as a table or lacks a column.
    """
    try:
        # Read as text, every line end is the same: a mixture of them and blanks sends pandas round
        # and round for ever.
        with io.TextIOWrapper(open_maybe_gzip(path), encoding="utf-8") as file:
            table: pd.DataFrame = pd.read_csv(file, sep="\t", **options)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, EOFError, zlib.error) as error:
        why = shorten(str(error).strip().rstrip("."), 120)
        raise InputError(f"{path} cannot be read as a {kind}: {why}.") from error
    if missing := [name for name in columns if name not in table]:
        raise InputError(f"{path} is no {kind}: it has no column {missing[0]}.")
    return table
