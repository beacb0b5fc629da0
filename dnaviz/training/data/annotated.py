"""DNA with its splice sites on both strands, as training reads it.

A :class:`Stretch` is a chromosome, a gene with its flanks, or a chain of introns and exons. Its
sites and exons are kept as sorted positions, so that a whole genome takes little more than a byte
a nucleotide; labels exist only for the crop that is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.genome.accessions import canonical_contig, chromosome_of_record
from dnaviz.genome.annotation import Transcript, read_annotation
from dnaviz.genome.fasta import chromosome_name
from dnaviz.genome.records import read_records
from dnaviz.sequences.codes import COMPLEMENT, encode_bases
from dnaviz.training.data.canvases import PAD

NEITHER, DONOR, ACCEPTOR, IGNORE = 0, 1, 2, 255
INTRON, EXON = 0, 1  # what a position lies in; outside genes it is INTRON: not an exon
UNKNOWN = 4  # the code of N
STRANDS = ("+", "-")
# First two bases of an intron and last two; sites that read otherwise are not to be learned.
STARTS, ENDS = ((2, 3), (2, 1), (0, 3)), ((0, 2), (0, 1))


class Sites(NamedTuple):
    """What one strand of a stretch holds; 0-based positions on the forward strand, ascending."""

    donors: np.ndarray  # first bases of introns
    acceptors: np.ndarray  # last bases of introns
    doubtful: np.ndarray  # sites whose bases are no site's, or are unknown
    exons: np.ndarray  # (n, 2): start and end (exclusive) of what some transcript keeps
    genes: np.ndarray  # (n, 2): start and end (exclusive)


class Stretch(NamedTuple):
    """A stretch of DNA and the sites of both its strands."""

    name: str
    chrom: str
    codes: np.ndarray  # (L,) uint8: 0-3 = A C G T, 4 = N, 5 = nothing
    strands: dict[str, Sites]  # by "+" and "-"; what is missing is not known

    def crop(self, start: int, stop: int, strand: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Codes, labels and exons of a part, in the sense of a strand.

        Parameters
        ----------
        start, stop : int
            0-based on the forward strand, stop exclusive; may reach beyond the stretch.
        strand : {"+", "-"}

        Returns
        -------
        codes : (stop - start,) uint8
            PAD beyond the stretch.
        labels : (stop - start,) uint8
            NEITHER, DONOR, ACCEPTOR, or IGNORE where the base is unknown or absent and where a
            site is doubtful.
        exons : (stop - start,) uint8
            EXON where some transcript has one, IGNORE as in `labels`.
        """
        sites = self.strands[strand]
        codes = np.full(stop - start, PAD, np.uint8)
        low, high = max(start, 0), min(stop, len(self.codes))
        if low < high:
            codes[low - start : high - start] = self.codes[low:high]
        labels = np.zeros(stop - start, np.uint8)
        exons = np.zeros(stop - start, np.uint8)
        labels[codes >= UNKNOWN] = exons[codes >= UNKNOWN] = IGNORE
        for positions, label in (
            (sites.donors, DONOR), (sites.acceptors, ACCEPTOR), (sites.doubtful, IGNORE),
        ):  # fmt: skip
            a, b = np.searchsorted(positions, [start, stop])
            labels[positions[a:b] - start] = label
        a = np.searchsorted(sites.exons[:, 1], start, side="right")
        b = np.searchsorted(sites.exons[:, 0], stop)
        for first, last in sites.exons[a:b]:
            part = exons[max(first - start, 0) : max(last - start, 0)]
            part[part != IGNORE] = EXON
        if strand == "-":
            return COMPLEMENT[codes[::-1]], labels[::-1], exons[::-1]
        return codes, labels, exons


class Stretches(list[Stretch]):
    """The stretches of a file, and sentences (`notes`) on what of its annotation is not used."""

    def __init__(self, stretches: Iterable[Stretch] = (), notes: Iterable[str] = ()) -> None:
        super().__init__(stretches)
        self.notes = list(notes)


def merged(intervals: Iterable[tuple[int, int]]) -> np.ndarray:
    """The union (n, 2) of half-open intervals, ascending."""
    union: list[list[int]] = []
    for start, end in sorted(intervals):
        if union and start <= union[-1][1]:
            union[-1][1] = max(union[-1][1], end)
        else:
            union.append([start, end])
    return np.array(union, np.int64).reshape(-1, 2)


def check_sites(doubtful: int, total: int) -> None:
    """Refuse annotated sites most of which are doubtful, as `find_sites` has it."""
    if 2 * doubtful > total:
        raise InputError(
            f"{doubtful:,} of {total:,} annotated splice sites do not read as such (donors GT, GC "
            "or AT, acceptors AG or AC): genome and annotation are of different assemblies, or "
            "these are no introns that a spliceosome removes, as those of tRNA and mitochondria."
        )


def find_sites(codes: np.ndarray, transcripts: Sequence[Transcript], strand: str) -> Sites:
    """The sites of all transcripts of one strand, those of collapsed isoforms included.

    A site that reads neither GT, GC nor AT (donor), neither AG nor AC (acceptor), or lies on
    unknown bases, is doubtful: wrong annotation, another assembly, an error of the sequence.
    """
    firsts: set[int] = set()
    lasts: set[int] = set()
    exons, genes = [], []
    for t in transcripts:
        if t.strand != strand:
            continue
        firsts |= {start - 1 for start, _ in t.introns}
        lasts |= {end - 1 for _, end in t.introns}
        exons += [(start - 1, end) for start, end in t.exons]
        genes.append((t.start - 1, t.end))
    donors, acceptors = (firsts, lasts) if strand == "+" else (lasts, firsts)
    step = 1 if strand == "+" else -1
    good, doubtful = [], []
    for positions, pairs, offset in ((donors, STARTS, 0), (acceptors, ENDS, -step)):
        sites = np.array(sorted(positions), np.int64)
        first = np.clip(sites + offset, 0, len(codes) - 1)
        second = np.clip(first + step, 0, len(codes) - 1)
        bases = np.stack([codes[first], codes[second]])
        bases = bases if strand == "+" else COMPLEMENT[bases]
        reads = np.zeros(len(sites), bool)
        for a, b in pairs:
            reads |= (bases[0] == a) & (bases[1] == b)
        good.append(sites[reads])
        doubtful.append(sites[~reads])
    return Sites(good[0], good[1], np.sort(np.concatenate(doubtful)), merged(exons), merged(genes))


def stretch(name: str, chrom: str, codes: np.ndarray, transcripts: list[Transcript]) -> Stretch:
    """A stretch with the sites of transcripts given in its own coordinates."""
    return Stretch(name, chrom, codes, {s: find_sites(codes, transcripts, s) for s in STRANDS})


def read_annotated(
    fasta: str | Path, annotation: str | Path, chromosomes: Iterable[str] | None = None
) -> Stretches:
    """Every record of a FASTA file with the sites that a GFF3 or GTF file gives it.

    Parameters
    ----------
    fasta, annotation : path
        Plain or gzipped; records are read one at a time.
    chromosomes : iterable of str, optional
        Chromosomes; the others are left out.

    Raises
    ------
    InputError
        When a file cannot be read, a transcript reaches beyond its record, no transcript is of
        any record, or most splice sites do not read as such.
    """
    chosen = None if chromosomes is None else set(chromosomes)
    of_record: dict[str, list[Transcript]] = {}
    transcribed = read_annotation(annotation)
    for t in transcribed:
        of_record.setdefault(canonical_contig(t.chrom), []).append(t)
    stretches, total = [], 0
    for name, pieces in read_records(fasta):
        codes = np.concatenate([encode_bases(piece) for piece in pieces])
        transcripts = of_record.get(canonical_contig(name), [])
        total += len(transcripts)
        chrom = chromosome_of_record(name) or chromosome_name(name)
        if chosen is not None and chrom not in chosen:
            continue
        if beyond := next((t for t in transcripts if t.end > len(codes)), None):
            raise InputError(
                f"{annotation}: transcript {beyond.transcript} ends at {beyond.end:,}, but "
                f"{name} of {fasta} has {len(codes):,} nt. Are they of the same assembly?"
            )
        stretches.append(stretch(name, chrom, codes, transcripts))
    if not total:
        raise InputError(
            f"{annotation} has no transcript on a record of {fasta}: are the names the same?"
        )
    sites = [own for one in stretches for own in one.strands.values()]
    doubtful = sum(len(own.doubtful) for own in sites)
    check_sites(doubtful, doubtful + sum(len(own.donors) + len(own.acceptors) for own in sites))
    notes = list(transcribed.notes)
    if elsewhere := len(transcribed) - total:
        notes.append(
            f"{Path(fasta).name}: {elsewhere:,} of {len(transcribed):,} transcripts lie on none of "
            "its records."
        )
    return Stretches(stretches, notes)
