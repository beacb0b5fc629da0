"""Records for training: stretches of DNA as base codes (0-3 = A C G T, 4 = N), and introns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.io.read import read_text
from dnaviz.io.tables import read_rows
from dnaviz.sequences.codes import encode_bases
from dnaviz.training.data.introns import BASES, read_introns
from dnaviz.training.data.splits import SPLITS, Splits

_PLACE = re.compile(r">(?:chr)?(?P<chrom>\w+)[:\s]+(?P<start>\d+)[-\s]+\d+")


class Record(NamedTuple):
    """A stretch of DNA."""

    name: str
    chrom: str
    codes: np.ndarray  # (L,) uint8


def one_hot_codes(codes: np.ndarray) -> np.ndarray:
    """One-hot (..., 4, L) float32 of base codes (..., L); code 4 is .25 each, code 5 all zeros."""
    table = np.concatenate([np.eye(4), np.full((1, 4), 0.25), np.zeros((1, 4))], dtype=np.float32)
    return np.moveaxis(table[codes], -1, -2)


class Intron(NamedTuple):
    """One intron of the table with what is known of its exons' edges."""

    name: str
    chrom: str
    strand: str
    start1: int
    end1: int
    upstream: np.ndarray
    body: np.ndarray
    downstream: np.ndarray


def read_intron_table(
    path: str | Path, wanted: Iterable[str], splits: Splits = SPLITS
) -> list[Intron]:
    """Introns of the wanted splits from the intron table, duplicates by coordinates dropped."""
    table = read_introns(path, splits)
    table = table[table["split"].isin(list(wanted))].dropna(subset=["start1", "end1"])
    table = table[table["strand"].isin(["+", "-"])]
    table = table.drop_duplicates(["chrom", "start1", "end1", "strand"])
    columns = ("intron_id", "chrom", "strand", "start1", "end1")
    places = zip(*(table[c] for c in columns), strict=True)
    parts = zip(*(table[c].map(encode_bases) for c in BASES), strict=True)
    return [
        Intron(str(name), chrom, strand, int(start), int(end), *codes)
        for (name, chrom, strand, start, end), codes in zip(places, parts, strict=True)
    ]


def intron_record(intron: Intron) -> Record:
    """The intron with up to 50 nt of exon on each side as one record."""
    codes = np.concatenate([intron.upstream, intron.body, intron.downstream])
    name = f"{intron.chrom}:{intron.start1}-{intron.end1}:{intron.strand}"
    return Record(name, intron.chrom, codes)


def plain_introns(path: str | Path) -> list[Record]:
    """Introns of a table that says no places, each with the exon beside it as one record.

    The table has the columns up_exon50, intron and down_exon50 (others are passed over).
    """
    rows = read_rows(read_text(path))[1]
    head = next(rows, None)
    names = head.cells if head else []
    if missing := [name for name in BASES if name not in names]:
        raise InputError(f"{path}: the table of introns has no column {missing[0]}.")
    columns = [names.index(name) for name in BASES]
    records = []
    for row in rows:
        if len(row.cells) <= max(columns):
            raise InputError(f"{path}, line {row.line}: the row is shorter than the first.")
        codes = encode_bases("".join(row.cells[column] for column in columns))
        records.append(Record(f"{Path(path).name}:{row.line}", "", codes))
    return records


def read_slice(path: str | Path) -> tuple[str, int, np.ndarray]:
    """Chromosome, 0-based start and codes of a one-record FASTA whose header gives its place."""
    from dnaviz.io.read import read_lines

    lines = read_lines(path)
    header = next(lines, b"").decode("utf-8", "replace")
    codes = encode_bases(b"".join(lines).decode("ascii", "replace"))
    place = _PLACE.match(header)
    if place is None:
        raise InputError(f"{path}: the header {header[:80]!r} names no region.")
    return "chr" + place["chrom"], int(place["start"]) - 1, codes
