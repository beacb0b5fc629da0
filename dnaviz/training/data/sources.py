"""Load training data from an intron table, genomic slices or an annotated genome."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.sequences.codes import COMPLEMENT, encode_bases
from dnaviz.training.data.introns import SPLITS, split_of
from dnaviz.training.data.records import (
    Intron,
    Record,
    intron_record,
    read_intron_table,
    read_slice,
    slice_records,
)


class Sources(NamedTuple):
    """Files that training reads; at least one is given.

    ``slices`` is a folder of one-record FASTA files (``*.fa.gz``) with ``genes_grch37.tsv``;
    ``fasta`` and ``annotation`` are a genome and its GFF3 or GTF.
    """

    introns: Path | None = None
    slices: Path | None = None
    fasta: Path | None = None
    annotation: Path | None = None

    def files(self) -> list[Path]:
        """List every file that is read."""
        paths = [f for f in (self.introns, self.fasta, self.annotation) if f]
        if self.slices:
            paths += [*sorted(self.slices.glob("*.fa.gz")), self.slices / "genes_grch37.tsv"]
        return paths

    def checksums(self) -> dict[str, str]:
        """SHA-256 of every file, by name."""
        return checksums(self.files())


def checksums(files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of files, by name."""
    sums = {}
    for path in files:
        with path.open("rb") as file:
            sums[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums


class TrainingData(NamedTuple):
    """Introns, genes and unlabeled records of the chromosomes of one split."""

    introns: list[Intron]
    genes: list[Record]
    stretches: list[Record]

    def records(self) -> list[Record]:
        """Return all data as records, for training the autoencoder."""
        return [intron_record(i) for i in self.introns] + self.stretches


def check(sources: Sources) -> None:
    """Raise InputError unless there is something to read and all of it exists."""
    if not any(sources):
        raise InputError("Nothing to train on: give --introns, --slices or --fasta.")
    for path in sources.files():
        if not path.is_file():
            raise InputError(f"{path} does not exist.")
    if sources.annotation and not sources.fasta:
        raise InputError("--annotation needs the genome it belongs to: give --fasta too.")


def load_training_data(
    sources: Sources, split: str, tell: Callable[[list[str]], None] = lambda sentences: None
) -> TrainingData:
    """Read what belongs to a split (``train``, ``validation`` or ``test``), by chromosome.

    `tell` is given sentences on how the annotation was read.
    """
    introns = read_intron_table(sources.introns, [split]) if sources.introns else []
    genes: list[Record] = []
    stretches: list[Record] = []
    none = np.empty(0, np.int64)
    for path in sorted(sources.slices.glob("*.fa.gz")) if sources.slices else []:
        chrom, start, codes = read_slice(path)
        if split_of(chrom) == split:
            stretches.append(Record(f"{chrom}:{start + 1}", chrom, codes, none, none))
            genes += slice_records(path, path.parent / "genes_grch37.tsv")
    if sources.fasta:
        more, chromosomes = _genome_records(sources, split, tell)
        genes, stretches = genes + more, stretches + chromosomes
    if not introns and not stretches:
        held_out = sorted(set().union(*SPLITS.values()))
        which = sorted(SPLITS.get(split, ())) or ["all", "but", *held_out]
        raise InputError(
            f"The files hold nothing on {split} chromosomes "
            f"({', '.join(which).replace('all, but, ', 'all but ')})."
        )
    return TrainingData(introns, genes, stretches)


def _genome_records(
    sources: Sources, split: str, tell: Callable[[list[str]], None]
) -> tuple[list[Record], list[Record]]:
    from dnaviz.genome.annotation import Annotation, read_annotation
    from dnaviz.genome.fasta import read_genome
    from dnaviz.genome.sites import loci

    assert sources.fasta is not None
    genome = read_genome(sources.fasta)
    none = np.empty(0, np.int64)
    chroms = {chrom for chrom in genome if split_of(chrom) == split}
    chromosomes = [Record(c, c, encode_bases(genome[c]), none, none) for c in sorted(chroms)]
    by_name = {r.chrom: r.codes for r in chromosomes}
    transcripts = read_annotation(sources.annotation) if sources.annotation else Annotation()
    tell(transcripts.notes)
    groups = loci(t for t in transcripts if t.chrom in chroms)
    return [_gene_record(group, by_name[group[0].chrom]) for group in groups], chromosomes


def _gene_record(group: list, codes: np.ndarray) -> Record:
    gene, chrom, strand = group[0].gene, group[0].chrom, group[0].strand
    low = min(t.exons[0][0] for t in group) - 1
    high = max(t.exons[-1][1] for t in group)
    firsts: set[int] = set()
    lasts: set[int] = set()
    for t in group:
        firsts |= {start - 1 - low for start, _ in t.introns}
        lasts |= {end - 1 - low for _, end in t.introns}
    piece = codes[low:high]
    if strand == "-":
        piece = COMPLEMENT[piece[::-1]]
        firsts, lasts = {len(piece) - 1 - p for p in lasts}, {len(piece) - 1 - p for p in firsts}
    return Record(gene, chrom, piece, np.array(sorted(firsts)), np.array(sorted(lasts)))
