"""Labeled records for training: stretches of DNA in the sense of a transcript, with their sites.

A :class:`Record` holds base codes (0-3 = A C G T, 4 = N) and the 0-based positions of donors (first
intron base) and acceptors (last intron base). Records come from the intron table or from a genome
with its annotation; training samples pieces of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.sequences.codes import COMPLEMENT, encode_bases

_PLACE = re.compile(r">(?:chr)?(?P<chrom>\w+)[:\s]+(?P<start>\d+)[-\s]+\d+")
GAP = 100  # Ns that stand for the middle of a long intron or the unknown part of an exon


class Record(NamedTuple):
    """A stretch of DNA with its splice sites, all in the sense of one strand."""

    name: str
    chrom: str
    codes: np.ndarray  # (L,) uint8
    donors: np.ndarray  # 0-based, first intron base
    acceptors: np.ndarray  # 0-based, last intron base


def one_hot_codes(codes: np.ndarray) -> np.ndarray:
    """One-hot (..., 4, L) float32 of base codes (..., L); code 4 is .25 each, code 5 all zeros."""
    table = np.concatenate([np.eye(4), np.full((1, 4), 0.25), np.zeros((1, 4))], dtype=np.float32)
    return np.moveaxis(table[codes], -1, -2)


def antisense(record: Record) -> Record:
    """The other strand of a record, without sites (nothing is annotated there)."""
    none = np.empty(0, np.int64)
    return record._replace(codes=COMPLEMENT[record.codes[::-1]], donors=none, acceptors=none)


class Intron(NamedTuple):
    """One intron of the table with what is known of its exons' edges."""

    chrom: str
    strand: str
    start1: int
    end1: int
    upstream: np.ndarray
    body: np.ndarray
    downstream: np.ndarray


def read_intron_table(path: str | Path, splits: Iterable[str]) -> list[Intron]:
    """Introns of the wanted splits from the intron table, duplicates by coordinates dropped."""
    from dnaviz.training.data.introns import read_introns

    table = read_introns(path)
    table = table[table["split"].isin(list(splits))].dropna(subset=["start1", "end1"])
    table = table[table["strand"].isin(["+", "-"])]
    table = table.drop_duplicates(["chrom", "start1", "end1", "strand"])
    rows = zip(
        table["chrom"], table["strand"], table["start1"], table["end1"],
        table["up_exon50"], table["intron"], table["down_exon50"], strict=True,
    )  # fmt: skip
    return [
        Intron(c, s, int(a), int(b), encode_bases(u), encode_bases(i), encode_bases(d))
        for c, s, a, b, u, i, d in rows
    ]


def intron_record(intron: Intron) -> Record:
    """The intron with up to 50 nt of exon on each side as one record."""
    codes = np.concatenate([intron.upstream, intron.body, intron.downstream])
    first = len(intron.upstream)
    last = first + len(intron.body) - 1
    name = f"{intron.chrom}:{intron.start1}-{intron.end1}:{intron.strand}"
    return Record(name, intron.chrom, codes, np.array([first]), np.array([last]))


GENE_COLUMNS = (
    "#gene", "chrom", "strand", "tx_start0", "tx_end", "exon_starts0", "exon_ends",
)  # fmt: skip


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


def slice_records(path: str | Path, genes: str | Path, flank: int = 500) -> list[Record]:
    """Gene records (sense strand, with flanks) of one genomic slice and its table of genes."""
    from dnaviz.io.tables import integers, read_frame

    chrom, offset, codes = read_slice(path)
    table = read_frame(genes, "table of genes", GENE_COLUMNS)
    for column in ("tx_start0", "tx_end"):
        table[column] = integers(table, column, str(genes))
    table = table.rename(columns=lambda c: c.lstrip("#"))
    records = []
    on_chromosome = table[table["chrom"].str.removeprefix("chr") == chrom.removeprefix("chr")]
    for row in on_chromosome.to_dict("records"):
        low, high = row["tx_start0"] - offset, row["tx_end"] - offset
        if low < 0 or high > len(codes):
            continue
        starts = np.array([int(v) for v in row["exon_starts0"].strip(",").split(",")]) - offset
        ends = np.array([int(v) for v in row["exon_ends"].strip(",").split(",")]) - offset
        left, right = max(0, low - flank), min(len(codes), high + flank)
        piece = codes[left:right]
        # On the forward strand an intron runs from an exon's end to the next one's start.
        firsts, lasts = ends[:-1] - left, starts[1:] - 1 - left
        if row["strand"] == "-":
            piece = COMPLEMENT[piece[::-1]]
            firsts, lasts = len(piece) - 1 - lasts[::-1], len(piece) - 1 - firsts[::-1]
        records.append(Record(row["gene"], chrom, piece, firsts, lasts))
    return records


__all__ = [
    "Intron",
    "Record",
    "antisense",
    "intron_record",
    "one_hot_codes",
    "read_intron_table",
    "read_slice",
    "slice_records",
]
