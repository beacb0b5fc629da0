"""Sequences as Python programs hold them: text, records of other libraries, tables, arrays.

Other libraries' objects are known by what they offer, so that none of them is needed or imported.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from os import PathLike
from typing import Any, TypeAlias

import numpy as np

from dnaviz.errors import InputError
from dnaviz.sequences.bases import BASES, CODES, IUPAC, Sequence
from dnaviz.sequences.features import RecordTranscript
from dnaviz.sequences.parse import check_length, describe_record, parse_sequences

AnySequences: TypeAlias = Any
"""One sequence or several, as `as_sequences` takes them."""

COLUMN = "sequence"
"""The column of a table that holds its sequences."""

FEATURES_LEFT_OUT = (
    "The record's exons are not taken over from Biopython: read its file with "
    "dnaviz.read_sequences to have them."
)

_BARE = re.compile(f"[{CODES}]+")
_PATH = re.compile(r"[^>\n]+\.(?:fa|fas|fasta|fna|txt|gb|gbk|gbff|embl)(?:\.b?gz)?", re.I)
_ROUNDING = 1e-3  # of an array in half precision

# The code of a column of an array, by which of A, C, G, T (1, 2, 4, 8) are in it; none is N.
_CODE_OF = np.full(16, ord("N"), np.uint8)
for _code, _members in IUPAC.items():
    _CODE_OF[sum(1 << BASES.index(base) for base in _members)] = ord(_code)


def as_sequences(
    sequences: AnySequences, *, min_length: int = 1, max_length: int | None = None
) -> list[Sequence]:
    """One or several sequences, in any of the forms that programs hold them in, as `Sequence`.

    Parameters
    ----------
    sequences
        One of

        * a text (any layout of `parse_sequences`, all its records) or a `Sequence`;
        * a record of Biopython (``SeqRecord``, ``Seq``), pyfaidx or pysam, or an example of ours;
        * a one-hot array of shape (4, L) or (n, 4, L), rows A, C, G, T; a column of zeros is N;
        * a pandas Series, whose index becomes the names; a dict by name; a DataFrame with a column
          ``sequence``, named by its column ``id`` if there is one, else by its index;
        * a list or another iterable of the first three; a text in it must hold one record.
    min_length, max_length
        Smallest and largest number of nucleotides in each (None: any).

    Returns
    -------
    list of Sequence
        Without a name of their own they are called "sequence", "sequence_2", ...

    Raises
    ------
    InputError
        Naming the record, or the item (1-based place in `sequences`), at fault.
    """
    refuse_path(sequences)
    if isinstance(sequences, str):
        return _from_text(sequences, min_length, max_length)
    if is_single(sequences):
        record = _from_record(sequences)
        check_length(len(record), describe_record(1, record.name), min_length, max_length)
        return [record]
    records = []
    for number, (name, item) in enumerate(_items(sequences), start=1):
        try:
            record = as_sequence(item, min_length=min_length, max_length=max_length)
        except InputError as error:
            where = f"Item {number}" if name is None else describe_item(number, name)
            raise InputError(f"{where}: {error}") from None
        if name is None and number > 1 and record.name == "sequence":
            name = f"sequence_{number}"
        records.append(record if name is None else replace(record, name=str(name)))
    return records


def as_sequence(
    sequence: AnySequences, *, min_length: int = 1, max_length: int | None = None
) -> Sequence:
    """One sequence, in any form that `as_sequences` takes one in, as a `Sequence`.

    Raises
    ------
    InputError
        Also if the text holds more than one record, or several sequences are given.
    """
    refuse_path(sequence)
    if not isinstance(sequence, str) and not is_single(sequence):
        raise InputError(f"A value of type {type(sequence).__name__} is not a sequence.")
    records = as_sequences(sequence, min_length=min_length, max_length=max_length)
    if len(records) > 1:
        raise InputError(f"There are {len(records):,} records where one is expected.")
    return records[0]


def refuse_path(sequence: AnySequences) -> None:
    """Say how a file is read where its path is given in place of a sequence."""
    is_path = isinstance(sequence, PathLike)
    if isinstance(sequence, str) and "." in sequence[-20:]:  # sequences have none
        is_path = _PATH.fullmatch(sequence.strip()) is not None
    if is_path:
        name = str(sequence).strip()[-60:]
        raise InputError(f'"{name}" is the path of a file: read it with dnaviz.read_sequences.')


def is_single(sequences: AnySequences) -> bool:
    """Whether it is one sequence, not a list, table or array of them, however many it holds."""
    if isinstance(sequences, str | Sequence):
        return True
    if _is_table(sequences) or isinstance(sequences, Mapping | list | tuple):
        return _is_example(sequences)
    if _is_array(sequences):
        return np.ndim(sequences) < 3 and to_numpy(sequences).dtype.kind in "fiub"
    return _bases_of(sequences) is not None


def describe_item(number: int, name: object) -> str:
    """What messages call a row of a table: its number (1-based) and its name."""
    return f"Item {number} ({str(name)[:40]})"


def _from_text(text: str, min_length: int, max_length: int | None) -> list[Sequence]:
    longest = len(text) if max_length is None else max_length
    if min_length <= len(text) <= longest and _BARE.fullmatch(text):
        return [Sequence(text)]  # what programs pass: nothing to be understood
    size = max(len(text), 1)
    return parse_sequences(
        text, min_length=min_length, max_length=longest, max_records=size, max_size=size
    )


def _items(sequences: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the names (None where there is none) and the sequences of a table, array or list."""
    if _is_table(sequences):
        yield from _rows(sequences)
    elif isinstance(sequences, Mapping):
        yield from sequences.items()
    elif _is_array(sequences) and to_numpy(sequences).dtype.kind in "fiub":
        yield from ((None, array) for array in _checked_array(to_numpy(sequences), 3))
    elif isinstance(sequences, Set):
        raise InputError("A set has no order: give a list of sequences, or a dict of them by name.")
    elif isinstance(sequences, Iterable) and not _is_scalar(sequences):
        yield from ((None, item) for item in sequences)
    else:
        raise InputError(f"A value of type {type(sequences).__name__} is not a sequence.")


def _is_scalar(value: Any) -> bool:
    """Whether it is one value, though Python can go through it: bytes, an array without axes."""
    return isinstance(value, bytes | bytearray) or getattr(value, "shape", None) == ()


def _is_table(value: Any) -> bool:
    """Whether it is a pandas Series or DataFrame."""
    return hasattr(value, "iloc") and hasattr(value, "index")


def _rows(table: Any) -> Iterator[tuple[Any, Any]]:
    names = table.index
    if hasattr(table, "columns"):
        columns = [str(column) for column in table.columns]
        if columns.count(COLUMN) != 1:
            known = ", ".join(columns[:10]) or "none"
            raise InputError(f"The table needs one column {COLUMN!r}; its columns are {known}.")
        names = table["id"] if columns.count("id") == 1 else names
        table = table[COLUMN]
    for name, missing, item in zip(names, table.isna(), table, strict=True):
        if missing:
            raise InputError(f"The row {str(name)[:40]} of the table has no sequence.")
        yield name, item


def _is_example(value: Any) -> bool:
    """Whether it is one of `dnaviz.examples`, a tuple around its sequence."""
    return isinstance(getattr(value, "sequence", None), Sequence)


def _transcripts_of_example(example: Any) -> tuple[RecordTranscript, ...]:
    """The transcripts that lie whole in an example: of a part, bases cannot be counted."""
    return tuple(example.sequence.transcripts) or tuple(
        RecordTranscript(one.name, one.strand, tuple(one.exons), tuple(one.introns), one.cds)
        for one in getattr(example, "structures", ())
        if tuple(one.exons) == tuple(one.whole_exons)
    )


def _bases_of(value: Any) -> str | None:
    """Bases of an object that is one sequence; None if it is none."""
    for name in ("seq", "sequence"):  # Biopython and pyfaidx; pysam
        bases = getattr(value, name, None)
        if bases is not None and not callable(bases):
            return str(bases)
    if hasattr(value, "reverse_complement") or hasattr(value, "long_name"):
        return str(value)  # Biopython's Seq; a whole record of pyfaidx
    return None


def _from_record(value: Any) -> Sequence:
    if isinstance(value, Sequence):
        return value
    if _is_example(value):
        return replace(value.sequence, transcripts=_transcripts_of_example(value))
    if _is_array(value):
        return Sequence(_from_array(_checked_array(to_numpy(value), 2)))
    name = str(getattr(value, "id", None) or getattr(value, "name", None) or "sequence")
    about = str(getattr(value, "description", None) or getattr(value, "comment", None) or "")
    # Biopython repeats the name before a description, and says <unknown ...> for none.
    about = about.removeprefix(name).strip() if "<unknown" not in about else ""
    name = "sequence" if "<unknown" in name else name
    notes = getattr(value, "annotations", None)  # Biopython's; others call something else so
    circular = isinstance(notes, dict) and notes.get("topology") == "circular"
    features = getattr(value, "features", None)  # Biopython's, too
    kinds = {getattr(f, "type", "") for f in features} if isinstance(features, list) else set()
    left_out = (FEATURES_LEFT_OUT,) if kinds & {"CDS", "mRNA", "exon", "intron"} else ()
    return Sequence(_bases_of(value) or "", name, about, circular=circular, notes=left_out)


def to_numpy(value: Any) -> np.ndarray:
    """Return an array of NumPy; a tensor of PyTorch may be of any precision, device and graph."""
    return np.asarray(value.detach().cpu().float() if hasattr(value, "detach") else value)


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") and hasattr(value, "shape")


def _checked_array(array: np.ndarray, dimensions: int) -> np.ndarray:
    if array.ndim != dimensions or array.shape[-2] != len(BASES):
        raise InputError(
            "One-hot sequences have shape (4, length) or (n, 4, length), rows A, C, G, T, not "
            f"{array.shape}."
        )
    return array


def _from_array(array: np.ndarray) -> str:
    """Codes of a one-hot array (4, L), of which none is guessed.

    Raises
    ------
    InputError
        With the column (1-based) that is neither a base, an even mixture of some, nor zeros.
    """
    values = array.astype(np.float32)
    present = values > 0
    even = present / np.maximum(present.sum(axis=0), 1)
    wrong = ~(np.abs(values - even) <= _ROUNDING).all(axis=0)
    if wrong.any():
        column = int(np.flatnonzero(wrong)[0])
        numbers = ", ".join(f"{value:g}" for value in values[:, column])
        raise InputError(
            f"Column {column + 1} of the array, {numbers}, is neither one base, an even mixture "
            "of bases, nor zeros."
        )
    bits = (present * np.array([[1], [2], [4], [8]])).sum(axis=0)
    return _CODE_OF[bits].tobytes().decode("ascii")
