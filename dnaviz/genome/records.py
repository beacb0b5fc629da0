"""Records of FASTA and 2bit files, one after another, however large they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path

from dnaviz.errors import InputError
from dnaviz.genome.two_bit import TwoBit, is_two_bit
from dnaviz.io.read import read_lines
from dnaviz.sequences import IUPAC, shorten

PIECE = 100_000
"""Bases of a 2bit file in a piece."""

LINES = 1_000
"""Lines of FASTA in a piece."""

_CODES = ("".join(IUPAC) + "U").encode()
_BLANKS = b" \t"


def fasta_lines(path: str | Path) -> Iterator[tuple[str, Iterator[tuple[int, bytes]]]]:
    """Yield the name of each record of a FASTA file, and its lines with their 1-based numbers.

    Raises
    ------
    InputError
        When the file cannot be read or is no FASTA; with the line of a record that has no name, no
        bases, or the name of another.
    """
    begun: dict[str, int] = {}
    name, is_empty = "", False

    def check_filled() -> None:
        if is_empty:
            raise InputError(
                f"{path}: the record {shorten(name)} (line {begun[name]:,}) has no bases."
            )

    def record_of(numbered: tuple[int, bytes]) -> str:
        nonlocal name, is_empty
        number, line = numbered
        if not line.startswith(b">"):
            if not begun and line.strip():
                raise InputError(f"{path} is not FASTA: line {number} comes before any '>' header.")
            is_empty = is_empty and not line.strip()
            return name
        check_filled()
        words = line[1:].decode("utf-8", "replace").split(None, 1)
        if not words:
            raise InputError(f"Line {number} of {path} starts a record without a name.")
        name, is_empty = words[0], True
        if name in begun:
            raise InputError(
                f"{path} holds two records called {shorten(name)} "
                f"(lines {begun[name]:,} and {number:,})."
            )
        begun[name] = number
        return name

    for record, lines in groupby(enumerate(read_lines(path), 1), record_of):
        if record:
            yield record, islice(lines, 1, None)  # behind its header
    if not begun:
        raise InputError(f"{path} holds no FASTA record.")
    check_filled()


def read_records(path: str | Path) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield each record's name and its bases in pieces, checked, in upper case, T for U.

    `path` is FASTA, plain or gzipped, or 2bit.

    Raises
    ------
    InputError
        With the file and the line at fault.
    """
    if is_two_bit(path):
        file = TwoBit(path)
        for name, length in zip(file.references, file.lengths, strict=True):
            yield name, (file.fetch(name, at, at + PIECE) for at in range(0, length, PIECE))
        return
    for name, lines in fasta_lines(path):
        yield name, _pieces(path, name, lines)


def record_lengths(path: str | Path) -> dict[str, int]:
    """Return the lengths (nt) of the records of a FASTA or 2bit file, in its order.

    Raises
    ------
    InputError
        As `read_records` does.
    """
    if is_two_bit(path):
        file = TwoBit(path)
        return dict(zip(file.references, file.lengths, strict=True))
    return {name: sum(map(len, pieces)) for name, pieces in read_records(path)}


def _pieces(path: str | Path, name: str, lines: Iterator[tuple[int, bytes]]) -> Iterator[str]:
    while some := list(islice(lines, LINES)):
        text = b"".join(line for _, line in some).translate(None, _BLANKS).upper()
        if text.translate(None, _CODES):
            for number, line in some:
                if strange := line.translate(None, _CODES + _CODES.lower() + _BLANKS):
                    raise InputError(
                        f"{path}, line {number}, column {line.index(strange[:1]) + 1} (record "
                        f"{shorten(name)}): {chr(strange[0])!r} is not a nucleotide code."
                    )
        yield text.replace(b"U", b"T").decode("ascii")
