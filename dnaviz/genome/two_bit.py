"""Bases by place from a 2bit file, as UCSC keeps genomes: two bits a base, stretches of N apart."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dnaviz.errors import InputError

MAGIC = {b"\x43\x27\x41\x1a": "<u4", b"\x1a\x41\x27\x43": ">u4"}
"""First bytes of a 2bit file, and how its numbers are written."""

BASES = np.frombuffer(b"TCAG", np.uint8)
SHIFTS = np.array([6, 4, 2, 0], np.uint8)  # the first base of a byte is the highest


def is_two_bit(path: str | Path) -> bool:
    """Whether a file is 2bit, by its first bytes; False where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4) in MAGIC
    except OSError:
        return False


class TwoBit:
    """A 2bit file that is open to be read at random, with what `pysam.FastaFile` has of that.

    It is mapped into memory and has no place where it is, so that forked processes may share it.
    Lower case, which marks repeats, is not told.

    Parameters
    ----------
    path
        Of version 0, or of version 1, which has room for more than 4 GB.

    Attributes
    ----------
    references, lengths : tuple
        Names and lengths (nt) of the records, in the order of the file.

    Raises
    ------
    InputError
        When the file cannot be read, is damaged, or holds two records of one name.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self._data = np.memmap(self.path, np.uint8, mode="r")
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read.") from error
        self._number = MAGIC.get(self._data[:4].tobytes(), "")
        if not self._number:
            raise InputError(f"{path} is no 2bit file.")
        version, count = self._numbers(4, 2)
        if version not in (0, 1):
            raise InputError(f"{path} is a 2bit file of version {version}, which is not read.")
        self._places: dict[str, int] = {}
        at = 16
        for _ in range(int(count)):
            size = int(self._part(at, 1)[0])
            name = self._part(at + 1, size).tobytes().decode("utf-8", "replace")
            place = self._part(at + 1 + size, 8 if version else 4).tobytes()
            if name in self._places:
                raise InputError(f"{path} holds two records called {name}.")
            order: Literal["little", "big"] = "little" if self._number == "<u4" else "big"
            self._places[name] = int.from_bytes(place, order)
            at += 1 + size + len(place)
        self.references = tuple(self._places)
        self.lengths = tuple(int(self._numbers(p, 1)[0]) for p in self._places.values())
        self._lengths = dict(zip(self.references, self.lengths, strict=True))
        self._blocks: dict[str, tuple[NDArray[np.int64], NDArray[np.int64], int]] = {}
        for name in self.references:
            self._part(self._block(name)[2], (self._lengths[name] + 3) // 4)  # raises if cut off

    def get_reference_length(self, reference: str) -> int:
        """Return the length (nt) of a record."""
        return self._lengths[reference]

    def fetch(self, reference: str, start: int, end: int) -> str:
        """Return the bases of a record from `start` to before `end`, 0-based, in capitals."""
        start, end = max(start, 0), min(end, self._lengths[reference])
        if start >= end:
            return ""
        starts, ends, packed = self._block(reference)
        first = start // 4
        data = self._part(packed + first, (end + 3) // 4 - first)
        codes = (data[:, None] >> SHIFTS & 3).reshape(-1)[start - 4 * first :][: end - start]
        letters = BASES[codes]
        for k in range(int(np.searchsorted(ends, start, "right")), len(starts)):
            if starts[k] >= end:
                break
            letters[max(starts[k] - start, 0) : ends[k] - start] = ord("N")
        return letters.tobytes().decode("ascii")

    def _block(self, reference: str) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """Where the runs of N of a record begin and end, and where its bases stand in the file."""
        if reference not in self._blocks:
            at = self._places[reference] + 4
            unknown = int(self._numbers(at, 1)[0])
            starts, sizes = self._numbers(at + 4, 2 * unknown).reshape(2, unknown)
            at += 4 + 8 * unknown
            masked = int(self._numbers(at, 1)[0])
            self._blocks[reference] = starts, starts + sizes, at + 8 + 8 * masked
        return self._blocks[reference]

    def _part(self, at: int, size: int) -> NDArray[np.uint8]:
        if at + size > len(self._data):
            raise InputError(f"{self.path} is a damaged 2bit file: it ends too early.")
        return np.asarray(self._data[at : at + size])

    def _numbers(self, at: int, count: int) -> NDArray[np.int64]:
        part = self._part(at, 4 * count)
        return np.frombuffer(part.tobytes(), self._number).astype(np.int64)
