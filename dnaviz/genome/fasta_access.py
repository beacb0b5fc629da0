"""Bases by place from a FASTA file on disk, through an index that is known to belong to it.

An index (``.fai``; of a file packed with bgzip also ``.gzi``) beside the file is used only when it
accounts for every byte of it: each record where the index has it, under its name, and nothing else
in between. Otherwise one is made in the user's cache. A file whose lines cannot be indexed (of
uneven length, with old line ends or a mark at the start) is written there anew, in order.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dnaviz.errors import InputError, describe_missing
from dnaviz.genome.cache import cached
from dnaviz.genome.records import fasta_lines
from dnaviz.genome.two_bit import TwoBit, is_two_bit
from dnaviz.io.atomic import atomic_write
from dnaviz.io.read import read_lines
from dnaviz.sequences import shorten

if TYPE_CHECKING:
    import pysam

MAX_UNPACKED = 1_000_000_000  # bytes of a FASTA file that is written anew into the cache
_LONGEST_HEADER = 100_000  # bytes between two records
_MOST_CHECKED = 500  # records of a packed file that are looked at: each is unpacked for it


class Indexed(NamedTuple):
    """A FASTA file that is open to be read at random, and sentences on how it was opened."""

    file: pysam.FastaFile | TwoBit
    notes: list[str]


def open_fasta(path: str | Path) -> Indexed:
    """Open a FASTA file, plain or gzipped, or a 2bit file, to be read at random.

    Raises
    ------
    InputError
        When the file cannot be read, is no FASTA, holds two records of one name, or cannot be
        indexed and is too large to be written anew.
    """
    if is_two_bit(path):
        return Indexed(TwoBit(path), [])
    with quiet_pysam() as pysam:
        source, notes = Path(path), list[str]()
        head = _head(source)
        if head[:2] == b"\x1f\x8b" and head[12:14] != b"BC":  # gzip, but not bgzip
            source = _written_anew(source, "it is packed, but not with bgzip")
        beside = Path(f"{source}.fai"), Path(f"{source}.gzi")
        if beside[0].is_file():
            if not (why := _mismatch(source, *beside, dated=True)):
                return Indexed(_load(pysam, source, *beside), notes)
            notes.append(f"{beside[0].name} is not used: it is no index of {source.name} ({why}).")
        own = cached(source, ".fai"), cached(source, ".gzi")
        why = _index(pysam, source, *own)
        if why:
            for _ in fasta_lines(path):
                pass  # what is wrong with its records is told
            source = _written_anew(Path(path), why)
            own = cached(source, ".fai"), cached(source, ".gzi")
            if _index(pysam, source, *own):
                raise InputError(f"{path} cannot be read as a FASTA file: {why}.")
        return Indexed(_load(pysam, source, *own), notes)


@contextmanager
def quiet_pysam() -> Iterator[Any]:
    """Give pysam, silent on standard error within the block; say so where it is missing."""
    try:
        import pysam
    except ModuleNotFoundError:
        raise InputError(describe_missing("pysam", "genome")) from None
    loud = pysam.set_verbosity(0)
    try:
        yield pysam
    finally:
        pysam.set_verbosity(loud)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(18)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def _load(pysam: Any, source: Path, fai: Path, gzi: Path) -> pysam.FastaFile:
    packed = str(gzi) if gzi.is_file() else None
    try:
        return pysam.FastaFile(
            str(source), filepath_index=str(fai), filepath_index_compressed=packed
        )
    except (OSError, ValueError) as error:
        raise InputError(f"{source} cannot be read as a FASTA file.") from error


def _index(pysam: Any, source: Path, fai: Path, gzi: Path) -> str:
    """Make an index unless there is one that fits; return why there can be none, or nothing."""
    if fai.is_file() and not _mismatch(source, fai, gzi):
        return ""
    new = [path.with_name(f"{os.getpid()}.{path.name}") for path in (fai, gzi)]
    try:
        pysam.faidx("--fai-idx", str(new[0]), "--gzi-idx", str(new[1]), str(source))
        if why := _mismatch(source, *new):
            return why
        if new[1].is_file():
            new[1].replace(gzi)
        new[0].replace(fai)  # the one that is looked for appears last
    except (OSError, ValueError, pysam.SamtoolsError):
        return _uneven(source)
    finally:
        for path in new:
            path.unlink(missing_ok=True)
    return ""


def _mismatch(source: Path, fai: Path, gzi: Path, *, dated: bool = False) -> str:
    """Return why an index is not that of a file, or nothing; `dated`: nor may it be older."""
    try:
        if dated and fai.stat().st_mtime_ns < source.stat().st_mtime_ns:
            return "it is older"
        entries = _entries(fai)
        with _Raw(source, gzi) as raw:
            return _unaccounted(entries, raw)
    except (OSError, ValueError, IndexError):
        return "it is damaged"


def _entries(fai: Path) -> list[tuple[bytes, int, int, int, int]]:
    """Return name, length, offset, bases and bytes a line of each record, by offset."""
    entries = []
    for line in fai.read_bytes().splitlines():
        name, *numbers = line.split(b"\t")
        length, offset, bases, width = map(int, numbers[:4])
        entries.append((name, length, offset, bases, width))
    if not entries:
        raise ValueError
    return sorted(entries, key=lambda entry: entry[2])


def _unaccounted(entries: list[tuple[bytes, int, int, int, int]], raw: _Raw) -> str:
    """Return what an index does not account for in a file, or nothing."""
    end = 0  # of the record before
    few = range(len(entries))
    if raw.is_packed and len(entries) > _MOST_CHECKED:
        few = range(0, len(entries), -(-len(entries) // _MOST_CHECKED))
    for number, (name, length, offset, bases, width) in enumerate(entries):
        if number in few:
            if not 0 < offset - end <= _LONGEST_HEADER:
                return "its records lie elsewhere"
            header = raw.read(end, offset - end)
            words = header.strip()[1:].split(None, 1) if header.strip().startswith(b">") else []
            if not words or words[0] != name or header.strip().count(b"\n"):
                shown = shorten(name.decode("utf-8", "replace"))
                return f"there is no record {shown} where it has one, or another before it"
            if length > bases and raw.read(offset + bases, width - bases).strip():
                return "its lines have another length"
        lines, rest = divmod(length, bases) if bases else (0, 0)
        end = offset + lines * width + rest
    left = raw.size() - end
    if left > _LONGEST_HEADER or (left > 0 and raw.read(end, left).strip()):
        return "the file is longer"
    return "the file is shorter" if left < -2 else ""


class _Raw:
    """The bytes of a file by their offset, unpacked where it is packed with bgzip."""

    def __init__(self, path: Path, gzi: Path) -> None:
        import pysam

        self._file: Any = path.open("rb")
        self.is_packed = self._file.read(2) == b"\x1f\x8b"
        self._blocks = [(0, 0)]  # offset unpacked, packed
        if self.is_packed:
            self._file.close()
            count, *numbers = array("Q", gzi.read_bytes())
            self._blocks += list(zip(numbers[1::2], numbers[::2], strict=True))
            if count != len(self._blocks) - 1:
                raise ValueError
            self._file = pysam.BGZFile(str(path), "rb", None)

    def __enter__(self) -> _Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def size(self) -> int:
        """How many bytes there are."""
        if not self.is_packed:
            return int(self._file.seek(0, os.SEEK_END))
        size, at = self._blocks[-1]
        self._file.seek(at << 16)
        while data := self._file.read(1 << 16):
            size += len(data)
        return size

    def read(self, offset: int, count: int) -> bytes:
        """Return at most `count` bytes."""
        start, at = offset, offset
        if self.is_packed:
            start, block = self._blocks[bisect_right(self._blocks, (offset, 1 << 62)) - 1]
            at = block << 16
        self._file.seek(at)
        return bytes(self._file.read(offset - start + count)[offset - start :])


def _uneven(path: Path) -> str:
    """Return where a file is not as an index needs it."""
    width, shorter = 0, 0  # of the record's lines; the line that may only be its last
    for number, line in enumerate(read_lines(path), 1):
        if line.startswith(b">"):
            width = shorter = 0
        elif shorter and line:
            return f"line {shorter} is not as long as the others of its record"
        elif width and len(line) > width:
            return f"line {number} is longer than those before it"
        elif width and len(line) < width:
            shorter = number
        else:
            width = width or len(line)
    return "it has a mark at its start, blanks, or the line ends of an old Mac"


def _written_anew(path: Path, why: str) -> Path:
    """Return a file in the cache with the same records, each on one line."""
    target = cached(path, ".fa")
    if target.is_file():
        return target
    with atomic_write(target, "wb") as file:
        begun = False
        for line in read_lines(path):
            if line.startswith(b">"):
                file.write((b"\n" if begun else b"") + line + b"\n")
                begun = True
            elif begun:
                file.write(b"".join(line.split()))
            elif line.strip():
                raise InputError(f"{path} is not FASTA: it does not begin with a '>' header.")
            if file.tell() > MAX_UNPACKED:
                raise InputError(
                    f"{path} is too large to be written anew, which it needs because {why}: give "
                    "it unpacked, or packed with bgzip, with all lines of a record equally long."
                )
        file.write(b"\n")
    return target
