"""What an atlas is built from: a data set of windows or FASTA, and a table of metadata."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from dnaviz.errors import InputError
from dnaviz.io.read import open_maybe_gzip, read_sequences
from dnaviz.io.tables import MAX_BYTES, read_frame, with_numbers
from dnaviz.sequences import MIN_LENGTH, as_sequence, shorten

TEXT_COLUMNS = ("id", "sequence", "label", "gene", "transcript", "chrom")


def read_sequence_table(
    path: str | Path,
    metadata: str | Path | None = None,
    *,
    tell: Callable[[str], None] = lambda words: None,
) -> pd.DataFrame:
    """Read sequences and what is known of them, one row each.

    Parameters
    ----------
    path
        FASTA (the names become ``id``, what follows them ``description``), or a table (see
        `io.tables`) with a header and a column ``sequence``, as ``dnaviz dataset build`` writes;
        plain or gzip-compressed, told apart by their content.
    metadata
        A table with a header; its column ``id``, or its first, holds the ids, which are compared as
        text: 001 is not 1. Ids that ``path`` does not have are passed over; values of missing ids
        stay empty.
    tell
        Given a sentence about ids that only one of the two files has.

    Raises
    ------
    InputError
        With the file, and the row or column at fault.
    """
    path = Path(path)
    table = _read_fasta(path) if _looks_like_fasta(path) else _read_table(path)
    return table if metadata is None else _join(table, Path(metadata), path, tell)


def _looks_like_fasta(path: Path) -> bool:
    try:
        with open_maybe_gzip(path) as file:
            return file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b">")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or 'damaged gzip'}.") from None


def _read_fasta(path: Path) -> pd.DataFrame:
    records = read_sequences(path, max_records=10_000_000, max_bytes=MAX_BYTES)
    table = pd.DataFrame(
        {
            "id": [record.name for record in records],
            "description": [record.description for record in records],
            "sequence": [str(record) for record in records],
        }
    )
    if not table["id"].is_unique:
        twice = table["id"][table["id"].duplicated()].iloc[0]
        raise InputError(f"{path}: two records are called {twice[:60]!r}.")
    return table if table["description"].any() else table.drop(columns="description")


def _read_table(path: Path) -> pd.DataFrame:
    table = _with_rows(path)
    if "sequence" not in table.columns:
        raise InputError(
            f"{path} is neither FASTA nor a table with a column 'sequence': its first line begins "
            f"with {shorten(str(table.columns[0]))}."
        )
    sequences = []
    for line, text in table["sequence"].items():
        if not text:
            raise InputError(f"{path}, line {line}: there is no sequence.")
        try:
            sequence = str(as_sequence(str(text)))
        except InputError as error:
            raise InputError(f"{path}, line {line}: {error}") from None
        if len(sequence) < MIN_LENGTH:
            raise InputError(
                f"{path}, line {line}: the sequence has {len(sequence)} nucleotides, "
                f"fewer than {MIN_LENGTH}."
            )
        sequences.append(sequence)
    table = with_numbers(table, TEXT_COLUMNS).assign(sequence=sequences)
    return table.reset_index(drop=True)


def _join(
    table: pd.DataFrame, metadata: Path, path: Path, tell: Callable[[str], None]
) -> pd.DataFrame:
    extra = _with_rows(metadata)
    called = [c for c in extra.columns if c.lower().lstrip("#") == "id"]
    key = "id" if "id" in called else (*called, extra.columns[0])[0]
    if "id" not in table.columns:
        raise InputError(f"{path} has no ids that the rows of {metadata} could belong to.")
    ids = table["id"].astype(str)
    if key in set(ids):
        raise InputError(
            f"{metadata} has no header: its first line begins with {shorten(key)}, which is an id "
            f"of {path}; please name the columns in a line above."
        )
    if (repeated := extra[key].duplicated()).any():
        line = extra.index[repeated][0]
        raise InputError(
            f"{metadata}, line {line}: the id {shorten(extra[key].loc[line])} stands in a row "
            "before."
        )
    of_none = extra[key][~extra[key].isin(ids)]
    if len(of_none) == len(extra):
        raise InputError(
            f"{metadata}: no value of its column {shorten(key)} is an id of {path}; the first are "
            f"{shorten(extra[key].iloc[0])} and {shorten(ids.iloc[0])}."
        )
    without = ids[~ids.isin(extra[key])]
    for count, first, words in (
        (len(of_none), of_none, f"of {len(extra):,} rows belong to no sequence of {path}"),
        (len(without), without, f"of {len(ids):,} sequences have no row"),
    ):
        if count:
            tell(f"{metadata}: {count:,} {words}, such as {shorten(first.iloc[0])}.")
    extra = with_numbers(extra, {*TEXT_COLUMNS, key}).set_index(key)
    remaining = table.drop(
        columns=[c for c in extra.columns if c in table.columns and c not in ("id", "sequence")]
    )
    extra = extra.drop(columns=["id", "sequence"], errors="ignore")
    extra = extra.reindex(remaining["id"].astype(str)).set_index(remaining.index)
    return pd.concat([remaining, extra], axis=1)


def _with_rows(path: Path) -> pd.DataFrame:
    table = read_frame(path, "table")
    if table.empty:
        raise InputError(f"{path} has no rows.")
    return table


def draw_sample(table: pd.DataFrame, size: int, seed: int = 0) -> pd.DataFrame:
    """Draw rows at random, the same number of each label and, within it, of each context.

    Parameters
    ----------
    table
        With the columns label and context, or without: then all rows are drawn alike.
    size
        Rows wanted; fewer come where a kind has too few.
    seed
        Of the draw.

    Returns
    -------
    pandas.DataFrame
        In the order of `table`.

    Raises
    ------
    InputError
        If there are more kinds than rows are wanted.
    """
    groups = [name for name in ("label", "context") if name in table]
    if not groups:
        return table.sample(min(size, len(table)), random_state=seed).sort_index()
    parts = []
    named = {name: table[name].astype(object).where(table[name].notna(), "") for name in groups}
    labels = table.groupby(named[groups[0]], sort=True)
    for label, of_label in labels:
        kinds = of_label.groupby(named[groups[-1]], sort=True)
        share = size // len(labels) // len(kinds)
        if not share:
            raise InputError(
                f"A sample of {size:,} has no room for {len(labels):,} values of the column label "
                f"and {len(kinds):,} kinds of {shorten(str(label))}: ask for more, or leave the "
                "column out."
            )
        parts += [kind.sample(min(share, len(kind)), random_state=seed) for _, kind in kinds]
    return pd.concat(parts).sort_index()
