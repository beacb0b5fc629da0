"""Long output that goes on where it was when its command was killed."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from dnaviz.errors import InputError
from dnaviz.io.atomic import atomic_write


class HalfDone:
    """The rows of an output that are written, and how many rows of the input they are of.

    Parameters
    ----------
    output : pathlib.Path
        The file to be; what is half done lies beside it under a hidden name.
    settings : str
        All that decides about the output's content. What was made with other settings is not
        gone on with.
    kept : bool
        Whether what is half done is gone on with at all: not where the input cannot be read again.

    Attributes
    ----------
    rows : int
        Rows of the input that are done.
    """

    def __init__(self, output: Path, settings: str, *, kept: bool = True) -> None:
        target = output.resolve()
        self.target = target
        self.partial = target.with_name(f".{target.name}.dnaviz-partial")
        self.journal = target.with_name(f".{target.name}.dnaviz-journal")
        self.settings, self.rows, self.kept = settings, 0, kept
        self._file: IO[bytes]

    @contextmanager
    def opened(self) -> Iterator["HalfDone"]:
        """Open what is half done, or begin; `rows` says how many rows are there.

        Raises
        ------
        InputError
            When another process is writing the same output.
        """
        with self.partial.open("a+b") as self._file:
            self._lock()
            size = self._state()
            self._file.truncate(size)
            self._file.seek(size)
            yield self

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: nothing is locked
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f'"{self.target}" is being written by another command.') from None

    def _state(self) -> int:
        """Return how many bytes are good."""
        try:
            state = json.loads(self.journal.read_text("utf-8"))
            rows, size, settings = int(state["rows"]), int(state["bytes"]), state["settings"]
        except (OSError, ValueError, KeyError, TypeError):
            return 0
        if settings != self.settings:
            print("What is half done was made with other settings: begun anew.", file=sys.stderr)
            return 0
        if not self.kept or not rows or size > self._file.seek(0, os.SEEK_END):
            return 0
        self.rows = rows
        return size

    def write(self, text: str, rows: int) -> None:
        """Add text for some more rows of the input."""
        self._file.write(text.encode("utf-8", "surrogateescape"))
        self._file.flush()
        self.rows += rows
        state = {"settings": self.settings, "rows": self.rows, "bytes": self._file.tell()}
        with atomic_write(self.journal) as journal:
            json.dump(state, journal)

    def finish(self, *, packed: bool) -> None:
        """Give the output its name, packed with bgzip if asked for."""
        os.fsync(self._file.fileno())
        if packed:
            import pysam

            made = self.partial.with_name(f"{self.partial.name}.gz")
            try:
                pysam.tabix_compress(str(self.partial), str(made), force=True)
                made.replace(self.target)
            finally:
                made.unlink(missing_ok=True)
            self.partial.unlink()
        else:
            self.partial.replace(self.target)
        with suppress(OSError):
            self.journal.unlink()
