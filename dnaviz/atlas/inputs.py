"""What an atlas is built from: a data set of windows or FASTA, and a table of metadata."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pandas as pd

from dnaviz.errors import InputError
from dnaviz.sequences import MIN_LENGTH, as_sequence, read_sequences, read_text, shorten

MAX_BYTES = 2_000_000_000
MOST_COLUMNS = 1_000
TEXT_COLUMNS = {"id": str, "sequence": str, "gene": str, "transcript": str, "chrom": str}


def read_sequence_table(
    path: str | Path,
    metadata: str | Path | None = None,
    *,
    shortest: int = MIN_LENGTH,
    tell: Callable[[str], None] = lambda words: None,
) -> pd.DataFrame:
    """Read sequences and what is known of them, one row each.

    Parameters
    ----------
    path
        FASTA (the names become ``id``, what follows them ``description``), or a table of
        tab-separated values with a header and a column ``sequence``, as ``dnaviz dataset build``
        writes; plain or gzip-compressed, told apart by their content.
    metadata
        A table of tab-separated values with a header; its column ``id``, or its first, holds the
        ids. Ids that ``path`` does not have are passed over; values of missing ids stay empty.
    shortest
        Fewest nucleotides in a sequence.
    tell
        Given a sentence about ids that only one of the two files has.

    Raises
    ------
    InputError
        With the file, and the row or column at fault.
    """
    path = Path(path)
    table = _read_fasta(path, shortest) if _looks_like_fasta(path) else _read_tsv(path, shortest)
    return table if metadata is None else _join(table, Path(metadata), path, tell)


def _looks_like_fasta(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(2)
        with (gzip.open if head == b"\x1f\x8b" else open)(path, "rb") as file:
            return file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b">")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or 'damaged gzip'}.") from None


def _read_fasta(path: Path, shortest: int) -> pd.DataFrame:
    records = read_sequences(path, min_length=shortest, max_records=10_000_000, max_bytes=MAX_BYTES)
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


def _read_tsv(path: Path, shortest: int) -> pd.DataFrame:
    table = _tsv(path)
    if "sequence" not in table.columns:
        raise InputError(f"{path} is neither FASTA nor a table with a column 'sequence'.")
    sequences = []
    for number, text in enumerate(table["sequence"], start=1):
        if pd.isna(text):  # as text it would read as N, A, N
            raise InputError(f"{path}, row {number}: there is no sequence.")
        try:
            sequence = str(as_sequence(str(text)))
        except InputError as error:
            raise InputError(f"{path}, row {number}: {error}") from None
        if len(sequence) < shortest:
            raise InputError(
                f"{path}, row {number}: the sequence has {len(sequence)} nucleotides, "
                f"fewer than {shortest}."
            )
        sequences.append(sequence)
    return table.assign(sequence=sequences)


def _join(
    table: pd.DataFrame, metadata: Path, path: Path, tell: Callable[[str], None]
) -> pd.DataFrame:
    extra = _tsv(metadata)
    key = "id" if "id" in extra.columns else str(extra.columns[0])
    extra[key] = extra[key].astype(str)
    if extra[key].duplicated().any():
        twice = extra[key][extra[key].duplicated()].iloc[0]
        raise InputError(f"{metadata}: two rows have the id {twice[:60]!r}.")
    if "id" not in table.columns:
        raise InputError(f"{path} has no ids that the rows of {metadata} could belong to.")
    ids = table["id"].astype(str)
    of_none = extra[key][~extra[key].isin(ids)]
    if len(of_none) == len(extra):
        raise InputError(f"{metadata}: no value of its column {shorten(key)} is an id of {path}.")
    without = ids[~ids.isin(extra[key])]
    for count, first, words in (
        (len(of_none), of_none, f"of {len(extra):,} rows belong to no sequence of {path}"),
        (len(without), without, f"of {len(ids):,} sequences have no row"),
    ):
        if count:
            tell(f"{metadata}: {count:,} {words}, such as {shorten(first.iloc[0])}.")
    extra = extra.set_index(key)
    kept = table.drop(columns=[c for c in extra.columns if c in table.columns and c != "sequence"])
    extra = extra.drop(columns="sequence", errors="ignore")
    extra = extra.reindex(kept["id"].astype(str)).set_index(kept.index)
    return pd.concat([kept, extra], axis=1)


def _tsv(path: Path) -> pd.DataFrame:
    # One kind of line end: a mixture of them and blanks sends pandas round and round for ever.
    text = read_text(path, MAX_BYTES).replace("\r\n", "\n").replace("\r", "\n")
    columns = text.count("\t", 0, max(text.find("\n"), 0)) + 1
    if columns > MOST_COLUMNS:
        raise InputError(f"{path} has {columns:,} columns; at most {MOST_COLUMNS:,} are read.")
    try:
        table = pd.read_csv(
            StringIO(text), sep="\t", dtype=TEXT_COLUMNS, keep_default_na=False,
            na_values=["", "NA"], low_memory=False,
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        why = shorten(str(error).strip().rstrip("."), 120)
        raise InputError(f"{path} is no table of tab-separated values: {why}.") from None
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
    """
    groups = [name for name in ("label", "context") if name in table]
    if not groups:
        return table.sample(min(size, len(table)), random_state=seed).sort_index()
    parts = []
    labels = table.groupby(groups[0], sort=True)
    for _, of_label in labels:
        kinds = of_label.groupby(groups[-1], sort=True)
        share = size // len(labels) // len(kinds)
        parts += [kind.sample(min(share, len(kind)), random_state=seed) for _, kind in kinds]
    return pd.concat(parts).sort_index()
