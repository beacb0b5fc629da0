"""Load training records from an intron table, genomic slices or a genome."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.genome.fasta import read_genome
from dnaviz.genome.records import record_lengths
from dnaviz.sequences.codes import encode_bases
from dnaviz.training.data.introns import read_introns
from dnaviz.training.data.records import (
    Record,
    intron_record,
    read_intron_table,
    read_slice,
)
from dnaviz.training.data.splits import SPLITS, Splits, held_out_chromosomes, split_of


class Sources(NamedTuple):
    """Files that training reads; at least one is given.

    ``slices`` is a folder of one-record FASTA files (``*.fa.gz``), ``fasta`` a genome.
    """

    introns: Path | None = None
    slices: Path | None = None
    fasta: Path | None = None

    def files(self) -> list[Path]:
        """List every file that is read."""
        paths = [f for f in (self.introns, self.fasta) if f]
        if self.slices:
            paths += sorted(self.slices.glob("*.fa.gz"))
        return paths

    def checksums(self) -> dict[str, str]:
        """SHA-256 of every file, by name."""
        return checksums(self.files())


def checksums(files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of files, by name; of several with one name all but the first are numbered."""
    sums: dict[str, str] = {}
    named: Counter[str] = Counter()
    for path in files:
        named[path.name] += 1
        key = path.name if named[path.name] == 1 else f"{path.name} ({named[path.name]})"
        with path.open("rb") as file:
            sums[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums


def check(sources: Sources) -> None:
    """Raise InputError unless there is something to read and all of it exists."""
    if not any(sources):
        raise InputError("Nothing to train on: give --introns, --slices or --fasta.")
    for path in [*sources.files(), *([sources.slices] if sources.slices else [])]:
        if not path.exists():
            raise InputError(f"{path} does not exist.")


def chromosomes(sources: Sources) -> Iterator[str]:
    """Yield the chromosomes, or records, that the files have something of."""
    if sources.introns:
        yield from read_introns(sources.introns)["chrom"].unique()
    if sources.fasta:
        yield from record_lengths(sources.fasta)
    for path in sources.slices.glob("*.fa.gz") if sources.slices else ():
        yield read_slice(path)[0]


def load_records(sources: Sources, split: str, splits: Splits = SPLITS) -> list[Record]:
    """Read what belongs to a split (``train``, ``validation`` or ``test``), by chromosome."""
    introns = read_intron_table(sources.introns, [split], splits) if sources.introns else []
    records = [intron_record(intron) for intron in introns]
    for path in sorted(sources.slices.glob("*.fa.gz")) if sources.slices else []:
        chrom, start, codes = read_slice(path)
        if split_of(chrom, splits) == split:
            records.append(Record(f"{chrom}:{start + 1}", chrom, codes))
    if sources.fasta:
        genome = read_genome(sources.fasta)
        chroms = sorted(chrom for chrom in genome if split_of(chrom, splits) == split)
        records += [Record(c, c, encode_bases(genome[c])) for c in chroms]
    if not records:
        which = (
            held_out_chromosomes(split, splits=splits)
            if split in splits
            else f"all but {held_out_chromosomes(*splits, splits=splits)}"
        )
        raise InputError(f"The files hold nothing on {split} chromosomes ({which}).")
    return records
