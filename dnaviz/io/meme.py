"""Motifs in the minimal MEME format: of a database in, of what was found out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from os import PathLike
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.errors import InputError
from dnaviz.io.read import read_text
from dnaviz.sequences import shorten

BASES = "ACGT"
SLACK = 0.05  # that the four frequencies of a place may miss 1 by

_MATRIX = re.compile(r"letter-probability matrix:(.*)", re.IGNORECASE)
_WIDTH, _LETTERS, _SITES = (re.compile(rf"\b{key}=\s*(\d+)") for key in ("w", "alength", "nsites"))


class Motif(NamedTuple):
    """A motif: `frequencies` (4, w) of A, C, G, T at each place, from `sites` sequences."""

    name: str
    frequencies: NDArray[np.float64]
    sites: int = 0


def read_meme(path: str | PathLike[str]) -> list[Motif]:
    """Read the motifs of a file in MEME's text format, plain or .gz; of DNA or of RNA.

    Raises
    ------
    InputError
        If the file cannot be read, is no MEME file, or holds no motif or one without four
        frequencies at every place; with the line.
    """
    lines = read_text(path).removeprefix("\ufeff").splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    if not first.startswith("MEME version"):
        raise InputError(
            f'{path} is no MEME file: it begins with {shorten(first)}, not with "MEME version 4".'
        )
    motifs: list[Motif] = []
    name, since = "", 0
    numbered = iter(enumerate(lines, start=1))
    for number, line in numbered:
        where = f"{path}, line {number:,}"
        words = line.split()
        if line.startswith("ALPHABET") and not re.search(r"=\s*(ACGT|ACGU)\s*$", line):
            raise InputError(f"{where}: the alphabet is not ACGT, so these are no motifs of DNA.")
        if line.startswith("MOTIF") and words[0] == "MOTIF":
            _check_matrix(path, name, since)
            if len(words) == 1:
                raise InputError(f"{where}: a motif has no name.")
            name, since = " ".join(words[1:]), number
        elif found := _MATRIX.match(line.strip()):
            if not name:
                raise InputError(f"{where}: a matrix stands before the first MOTIF.")
            width, letters, sites = (key.search(found[1]) for key in (_WIDTH, _LETTERS, _SITES))
            if letters and int(letters[1]) != len(BASES):
                raise InputError(f"{where}: the motif {shorten(name)} is not of four letters.")
            if not width or not int(width[1]):
                raise InputError(f"{where}: the matrix does not say how wide it is (w= 8).")
            rows = [_row(next(numbered, (number, "")), path, name) for _ in range(int(width[1]))]
            motifs.append(Motif(name, np.array(rows).T, int(sites[1]) if sites else 0))
            name = ""
    _check_matrix(path, name, since)
    if not motifs:
        raise InputError(f'{path} holds no motif: there is no line that begins with "MOTIF".')
    return motifs


def _check_matrix(path: str | PathLike[str], name: str, since: int) -> None:
    if name:
        raise InputError(
            f"{path}, line {since:,}: the motif {shorten(name)} has no letter-probability matrix."
        )


def _row(numbered: tuple[int, str], path: str | PathLike[str], name: str) -> list[float]:
    number, line = numbered
    try:
        row = [float(word) for word in line.split()]
    except ValueError:
        row = []
    if len(row) != len(BASES) or min(row) < 0 or not abs(sum(row) - 1) <= SLACK:
        raise InputError(
            f"{path}, line {number:,}: {shorten(line)} is not four frequencies that add up to "
            f"1, as each place of the motif {shorten(name)} has."
        )
    return row


def meme_text(motifs: Iterable[Motif]) -> str:
    """Return motifs, of one strand, as a MEME file."""
    parts = ["MEME version 4\n\nALPHABET= ACGT\n\nstrands: +\n\nBackground letter frequencies\n"
             "A 0.25 C 0.25 G 0.25 T 0.25\n"]  # fmt: skip
    for motif in motifs:
        width = motif.frequencies.shape[1]
        head = f"letter-probability matrix: alength= 4 w= {width} nsites= {motif.sites} E= 0"
        rows = "\n".join(" ".join(f"{f:.6f}" for f in place) for place in motif.frequencies.T)
        parts.append(f"\nMOTIF {motif.name}\n{head}\n{rows}\n")
    return "".join(parts)
