"""Long outputs in pieces that stay written: a run that was killed goes on where it ended.

The pieces so far lie beside the output as ``.NAME.part``, with a journal ``.NAME.part.journal``:
its first line says what the run is of, every further line where a piece ended and what was noted of
it. A second run of the same work finds both, drops what is behind the last whole piece, and goes
on. The file gets its name when all is written, and is the same, byte for byte, as that of a run
that was never killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from dnaviz.errors import InputError, UnfinishedWork
from dnaviz.io.atomic import atomic_write, check_writable, describe_failure, standard_output

STANDARD = "-"
_BLOCK = 65_280  # bytes of text in a BGZF block, as bgzip has it
_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def bgzf(data: bytes) -> bytes:
    """Compress bytes as BGZF blocks (SAM specification 4.1), which tabix and gzip both read."""
    blocks = []
    for start in range(0, len(data), _BLOCK):
        part = data[start : start + _BLOCK]
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = deflate.compress(part) + deflate.flush()
        head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0"
        size = struct.pack("<H", len(head) + 2 + len(body) + 8 - 1)
        blocks.append(head + size + body + struct.pack("<II", zlib.crc32(part), len(part)))
    return b"".join(blocks)


def file_identity(path: str | Path) -> str:
    """Return what tells a file from all others, and from itself at another time.

    Its path, its size, and when it was written and changed: the last is not to be set by anybody.

    Raises
    ------
    InputError
        When there is no such file, or it is a pipe, which can be read once alone.
    """
    try:
        if Path(path).is_fifo():
            raise InputError(
                f"{path} is a pipe: write what comes from it to a file, and name that."
            )
        whole = Path(path).resolve(strict=True)
        about = whole.stat()
    except InputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "the path cannot be used"
        raise InputError(f"{path} cannot be read: {reason}.") from error
    return f"{whole} {about.st_size} {about.st_mtime_ns} {about.st_ctime_ns}"


def part_of(target: Path) -> Path:
    """Return where the pieces of an output lie until all are there."""
    return target.with_name(f".{target.name}.part")


class Pieces:
    """An output that is written in pieces.

    Attributes
    ----------
    done : int
        How many pieces an earlier run has written: the work of these is not done again.
    notes : list
        What was noted of these, piece by piece.
    path : Path or None
        The file that has the pieces so far; None where what is written cannot be read again.
    """

    def __init__(
        self,
        file: IO[bytes],
        journal: IO[str] | None,
        notes: list[Any],
        packed: bool,
        path: Path | None = None,
    ) -> None:
        self.done, self.notes, self.path = len(notes), notes, path
        self._file, self._journal, self._packed = file, journal, packed

    def add(self, content: str | bytes, note: Any = None) -> None:
        """Write one piece, which may be empty; it stays when the run is killed behind it.

        `note`, JSON, is what a run that goes on has to know of the piece.
        """
        data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        self._file.write(bgzf(data) if self._packed else data)
        self._file.flush()
        if self._journal is not None:
            self._journal.write(f"{self._file.tell()} {json.dumps(note)}\n")
            self._journal.flush()


@contextmanager
def open_pieces(path: str | os.PathLike[str], identity: Mapping[str, Any]) -> Iterator[Pieces]:
    """Open an output to be written in pieces; "-" is standard output, which cannot go on.

    Parameters
    ----------
    path
        What ends in ``.gz`` is packed as BGZF. An existing file is replaced at the end.
    identity
        All that the output depends on: inputs (see `file_identity`), options, weights. An
        unfinished output of other work is begun anew.

    Yields
    ------
    Pieces

    Raises
    ------
    InputError
        If the file cannot be written, or another process is writing it.
    """
    packed = str(path).endswith(".gz")
    if str(path) == STANDARD:
        yield Pieces(standard_output().buffer, None, [], False)
        return
    target = check_writable(path)
    if target.exists() and not target.is_file():  # a pipe or a device
        with atomic_write(target, "wb") as file:
            yield Pieces(file, None, [], packed)
        return
    target = target.resolve()
    part = part_of(target)
    journal_path = target.with_name(f"{part.name}.journal")
    key = hashlib.sha256(json.dumps(dict(identity), sort_keys=True).encode()).hexdigest()
    locked = False
    try:
        with part.open("ab") as file, journal_path.open("a+", encoding="ascii") as journal:
            _lock(file, path)
            locked = True
            notes, end = _resume(journal, key, file.tell())
            file.truncate(end)
            if notes:
                going_on = f"Going on behind the {len(notes):,} pieces of an earlier run."
                print(going_on, file=sys.stderr)
            yield Pieces(file, journal, notes, packed, part)
            file.write(_END if packed else b"")
            file.flush()
            os.fsync(file.fileno())
            part.replace(target)
        journal_path.unlink()
    except UnfinishedWork:  # the work can go on
        raise
    except InputError:  # the same again would fail again
        if locked:
            part.unlink(missing_ok=True)
            journal_path.unlink(missing_ok=True)
        raise
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise InputError(f'"{path}" cannot be written: {describe_failure(error)}.') from error


def _resume(journal: IO[str], key: str, size: int) -> tuple[list[Any], int]:
    """Return the notes of the pieces that are whole, and where these end; tidy the journal."""
    journal.seek(0)
    first, *lines = journal.read().split("\n")
    if first not in ("", key):
        print("What is half done is of other input or options: begun anew.", file=sys.stderr)
    end, notes = 0, []
    if first == key:
        for line in lines[:-1]:  # behind the last line end is nothing, or half a line
            place, _, text = line.partition(" ")
            try:
                at, note = int(place), json.loads(text)
            except ValueError:
                break
            if not end <= at <= size:
                break
            end = at
            notes.append(note)
    journal.seek(0)
    journal.truncate()
    journal.write("".join(f"{line}\n" for line in (key, *lines[: len(notes)])))
    journal.flush()
    return notes, end


def _lock(file: IO[bytes], path: str | os.PathLike[str]) -> None:
    with suppress(ImportError):  # not on Windows
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f'Another process is writing "{path}".') from None
