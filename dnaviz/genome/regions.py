"""A gene, a transcript or a region of somebody's genome, by name, as a record to look at."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.genome.accessions import assembly_of, canonical_contig
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.contigs import Contigs, describe_beyond
from dnaviz.genome.fasta_access import open_fasta
from dnaviz.genome.genes import canonical, canonical_rank
from dnaviz.genome.index import AnnotationIndex
from dnaviz.genome.places import parse_place, plain_text
from dnaviz.genome.sites import loci
from dnaviz.genome.transcript_model import STOPS, GenomicInterval, TranscriptModel, transcript_model
from dnaviz.io.resumable import file_identity
from dnaviz.sequences import (
    IUPAC,
    MAX_LENGTH,
    MIN_LENGTH,
    Sequence,
    reverse_complement,
    shorten,
)
from dnaviz.sequences.characters import describe_invalid_character

FLANK = 200
"""Bases before and behind a gene or transcript that is asked for by name."""

MOST_STRUCTURES = 100
LONGEST_NAME = 100
_BASES = {*IUPAC, "U"}


class Region(NamedTuple):
    """A stretch of a genome as a record, with the transcripts on it.

    Attributes
    ----------
    name : str
        What was asked for.
    sequence : Sequence
    interval : GenomicInterval
    structures : list of TranscriptModel
        The transcripts that lie on it: those asked for first, coding ones before others.
    notes : list of str
        Sentences on what was chosen among several, and on how its transcripts were read.
    """

    name: str
    sequence: Sequence
    interval: GenomicInterval
    structures: list[TranscriptModel]
    notes: list[str]


class Regions:
    """A genome to be asked for regions.

    Parameters
    ----------
    genome
        FASTA, plain or gzipped; an index (``.fai``, ``.gzi``) beside it is used if it belongs to
        the file as it is, else one is made in the user's cache.
    annotation
        Its GFF3 or GTF, plain or gzipped; without one, regions are found by coordinates alone.

    Raises
    ------
    InputError
        When a file cannot be read.
    """

    def __init__(self, genome: str | Path, annotation: str | Path | None = None) -> None:
        self.path = Path(genome)
        self._annotation_path = annotation
        self._stamps: dict[str, object] = {}
        self._open()

    def _open(self) -> None:
        """Open the genome, or open it anew when it was changed since."""
        if self._stamps.get("genome") == (now := file_identity(self.path)):
            return
        self._fasta, self._fasta_notes = open_fasta(self.path)
        self._names: dict[str, str] = {}
        self._ambiguous: dict[str, str] = {}
        for name in self._fasta.references:
            key = canonical_contig(name)
            if self._names.setdefault(key, name) != name:
                self._ambiguous[key] = f"{self._names[key]} and {name}"
        self._stamps["genome"] = now

    @property
    def annotation(self) -> AnnotationIndex | None:
        """The annotation, read when it is first needed, and anew when the file was changed."""
        if self._annotation_path is None:
            return None
        if self._stamps.get("annotation") != (now := file_identity(self._annotation_path)):
            index = AnnotationIndex(self._annotation_path)
            self._check(index)
            self._index = index
            self._stamps["annotation"] = now
        return self._index

    def _check(self, index: AnnotationIndex) -> None:
        """Refuse an annotation of other records than the genome's, or of another assembly."""
        total, elsewhere = index.counts(self._names)
        if total == elsewhere:
            raise InputError(
                f"{index.path.name} does not belong to {self.path.name}: its transcripts lie on "
                f"{_listed(index.contigs)}; the genome has {_listed(self.lengths)}."
            )
        own = Contigs(self.lengths)
        for name in index.contigs:
            key = canonical_contig(name)
            if key in self._names and key not in self._ambiguous and own.find(name) is None:
                own.record(name, self.path.name)

    @property
    def notes(self) -> list[str]:
        """Sentences on what of the files was not used, or not read as usual."""
        if self.annotation is None:
            return list(self._fasta_notes)
        lengths, beyond = self.lengths, []
        for chrom, end in self.annotation.ends().items():
            if (record := self._names.get(chrom)) and end > lengths[record]:
                names = self.annotation.beyond(chrom, lengths[record])
                beyond.append(describe_beyond(names, record, lengths[record]))
        return [*self._fasta_notes, *self.annotation.notes, *beyond[:3]]

    @property
    def lengths(self) -> dict[str, int]:
        """Length (nt) of each record, by its name in the file."""
        return dict(zip(self._fasta.references, self._fasta.lengths, strict=True))

    def bases(self, name: str, start: int, end: int) -> str:
        """Return the forward bases of a record of the file, 1-based and inclusive, in capitals."""
        bases: str = self._fasta.fetch(name, start - 1, end)
        return bases.upper().replace("U", "T")

    def transcripts(self, chrom: str, first: int, last: int) -> list[Transcript]:
        """Return the transcripts that overlap a stretch, whatever the annotation calls its contig.

        Without an annotation there are none.
        """
        if self.annotation is None:
            return []
        return self.annotation.within(canonical_contig(chrom), first, last)

    def assembly(self, chrom: str) -> str:
        """Return "GRCh38" or "GRCh37" where a chromosome's length tells it, else ""."""
        key = canonical_contig(chrom)
        return assembly_of(key, self.lengths.get(self._names.get(key, chrom), 0))

    def record_name(self, chrom: str) -> str:
        """Return what the genome's file calls a chromosome of one of its regions."""
        return self._names[canonical_contig(chrom)]

    def find(self, text: str) -> Region:
        """Return the region that a text names.

        Parameters
        ----------
        text
            A gene's symbol or identifier, a transcript's identifier, or 1-based inclusive
            coordinates, as ``chr19:11,089,000-11,094,000:+`` (see `parse_place`); chr19 and 19 are
            the same. A gene comes in its own sense with 200 nt on each side. Of several genes of
            one name the coding one is chosen.

        Raises
        ------
        InputError
            When there is no such gene, transcript or region, or it is longer than 200,000 nt.
        """
        if not isinstance(text, str):
            raise InputError(
                f"A region is named by text, not by a value of type {type(text).__name__}."
            )
        query = plain_text(text[: 10 * LONGEST_NAME])
        if len(text) > 10 * LONGEST_NAME or len(query) > LONGEST_NAME or not query.isprintable():
            raise InputError(f"{shorten(query)} is no name of a gene, transcript or region.")
        self._open()
        match = parse_place(query, lambda chrom: canonical_contig(chrom) in self._names)
        if match and (match.is_known or not self._is_name(query)):
            place = match.place._replace(chrom=self._known(match.place.chrom))
            return self._region(query, place, [], [])
        if (whole := self._names.get(canonical_contig(query))) and query:
            length = self._fasta.get_reference_length(whole)
            raise InputError(
                f"{shorten(query)} is a whole record of {length:,} bases: write a region of it, as "
                f"{query}:1-{min(length, MAX_LENGTH):,}."
            )
        if not query:
            raise InputError("Name a gene, a transcript, or a region such as chr19:1,000-2,000:+.")
        chosen, notes = self.named(query)
        chrom = self._known(chosen[0].chrom)
        length = self._fasta.get_reference_length(self._names[chrom])
        place = GenomicInterval(
            chrom,
            max(min(t.start for t in chosen) - FLANK, 1),
            min(max(t.end for t in chosen) + FLANK, length),
            chosen[0].strand,
        )
        return self._region(query, place, chosen, notes)

    def _is_name(self, text: str) -> bool:
        return self.annotation is not None and bool(self.annotation.named(text)[0])

    def named(self, name: str) -> tuple[list[Transcript], list[str]]:
        """Return the transcripts of a gene, or one of its transcripts, and what is to be said.

        Raises
        ------
        InputError
            As `find`.
        """
        if self.annotation is None:
            if ":" in name:
                raise InputError(
                    "Name a gene, a transcript, or a region such as chr19:1,000-2,000:+."
                )
            raise InputError(
                f"{shorten(name)} is no region such as chr19:1,000-2,000:+, and without an "
                "annotation no gene is known by name."
            )
        transcripts, note = self.annotation.named(name)
        if not transcripts and ":" in name:
            raise InputError(
                f"There is no gene or transcript {shorten(name)}, nor is it a region such as "
                "chr19:1,000-2,000:+."
            )
        if not transcripts:
            near = self.annotation.like(name)
            hint = f"; did you mean {' or '.join(near)}?" if near else "."
            raise InputError(f"There is no gene, transcript or region {shorten(name)}{hint}")
        present = [t for t in transcripts if t.chrom in self._names]
        if not present:
            raise InputError(
                f"{shorten(name)} lies on {transcripts[0].chrom}, which is not in {self.path.name}."
            )
        chosen, *others = sorted(loci(present), key=_rank)
        notes = [note] if note else []
        if others:
            notes.append(
                f"{shorten(name)} stands for {len(others) + 1:,} genes: this is "
                f"{_describe(chosen)}; not {_listed(map(_describe, others))}."
            )
        return chosen, notes + list(dict.fromkeys(t.note for t in chosen if t.note))[:3]

    def _region(
        self, name: str, place: GenomicInterval, chosen: list[Transcript], notes: list[str]
    ) -> Region:
        length = self._fasta.get_reference_length(self._names[place.chrom])
        size = place.end1 - place.start1 + 1
        if place.end1 < place.start1 and not chosen:
            raise InputError(f"{place} ends before it starts.")
        if not 1 <= place.start1 <= place.end1 <= length:
            extent = f"{self.path.name} has 1-{length:,} of {place.chrom}"
            if chosen:
                raise InputError(
                    f"{shorten(name)} begins at {place.chrom}:{place.start1:,}, but {extent}: do "
                    "the genome and its annotation belong together?"
                )
            raise InputError(f"{place} is not all there: {extent}.")
        if size > MAX_LENGTH:
            raise InputError(
                f"{shorten(name)} spans {size:,} nt ({place}); at most {MAX_LENGTH:,} can be "
                "shown: ask for a part of it."
            )
        if size < MIN_LENGTH:
            raise InputError(f"{place} has {size} nt; at least {MIN_LENGTH} are needed.")
        bases = self._fasta.fetch(self._names[place.chrom], place.start1 - 1, place.end1).upper()
        if wrong := next((i for i, base in enumerate(bases) if base not in _BASES), -1) + 1:
            where = f"{self.path.name}, {place.chrom}:{place.start1 + wrong - 1:,}"
            raise InputError(f"{where}: {describe_invalid_character(bases[wrong - 1])}.")
        bases = bases if place.strand == "+" else reverse_complement(bases)
        title = name if chosen else str(place).replace(",", "")
        record = Sequence(bases, title, str(place))
        return Region(name, record, place, self.structures(place, chosen), notes)

    def structures(self, place: GenomicInterval, chosen: list[Transcript]) -> list[TranscriptModel]:
        """Return the transcripts on a stretch, the canonical one of those `chosen` first."""
        first = canonical(chosen) if chosen else None
        names = {t.transcript for t in chosen}
        transcripts = self.transcripts(place.chrom, place.start1, place.end1)

        def rank(t: Transcript) -> tuple[bool | int | str, ...]:
            return (t != first, t.transcript not in names, not t.cds, *canonical_rank(t))

        ordered = sorted(transcripts, key=rank)[:MOST_STRUCTURES]
        models = [transcript_model(self._with_stop(t), place) for t in ordered]
        return [s for s in models if s.exons or s.introns]

    def _with_stop(self, t: Transcript) -> Transcript:
        """Return a transcript whose coding sequence includes its stop codon.

        GTF files leave it out, GFF3 files have it in: what the genome reads there decides.
        """
        if not t.cds:
            return t
        forward = t.strand == "+"
        end = t.cds[-1][1] if forward else t.cds[0][0]
        exonic = sorted(
            (p for first, last in t.exons for p in range(first, last + 1)), reverse=not forward
        )
        at = exonic.index(end) if end in exonic else -1
        last, after = exonic[max(at - 2, 0) : at + 1], exonic[at + 1 : at + 4]
        if at < 2 or len(after) < 3 or self._codon(t, last) in STOPS:
            return t
        if self._codon(t, after) not in STOPS:
            return t
        return replace(t, cds=tuple(sorted([*t.cds, *((p, p) for p in after)])))

    def _codon(self, t: Transcript, positions: list[int]) -> str:
        name = self._names[t.chrom]
        bases = "".join(self.bases(name, p, p) for p in positions)
        return bases if t.strand == "+" else reverse_complement(bases)[::-1]

    def _known(self, chrom: str) -> str:
        key = canonical_contig(chrom)
        if key not in self._names:
            some = ", ".join(list(self._names)[:5])
            raise InputError(
                f"{self.path.name} has no chromosome {shorten(chrom)} (it has {some})."
            )
        if key in self._ambiguous:
            raise InputError(
                f"{self.path.name} has {self._ambiguous[key]}, which are one chromosome here: "
                "please rename one of them."
            )
        return key


def _rank(transcripts: list[Transcript]) -> tuple[bool, bool, bool, str, int]:
    """Order genes of one name: coding ones first, then by position."""
    first = canonical(transcripts)
    return (
        first.gene_biotype != "protein_coding" and first.biotype != "protein_coding",
        not any(t.cds for t in transcripts),
        not any(t.introns for t in transcripts),
        first.chrom,
        first.start,
    )


def _describe(transcripts: list[Transcript]) -> str:
    """The identifier, kind and place of a gene."""
    first = transcripts[0]
    start, end = min(t.start for t in transcripts), max(t.end for t in transcripts)
    kind = first.gene_biotype or first.biotype
    where = GenomicInterval(first.chrom, start, end, first.strand)
    return f"{first.gene} ({f'{kind}, ' if kind else ''}{where})"


def _listed(words: Iterable[str], most: int = 3) -> str:
    listed = list(words)
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


@lru_cache(maxsize=4)
def open_regions(genome: str, annotation: str | None = None) -> Regions:
    """Return the regions of two files, opened once in a process."""
    return Regions(genome, annotation)


def regions_of_environment() -> Regions | None:
    """Return the regions of the files that DNAVIZ_GENOME and DNAVIZ_ANNOTATION name, if any."""
    genome = os.environ.get("DNAVIZ_GENOME")
    return open_regions(genome, os.environ.get("DNAVIZ_ANNOTATION") or None) if genome else None


def find_regions(
    genome: str | Path | None = None, annotation: str | Path | None = None
) -> Regions | None:
    """Return the regions of two files, or without a genome those of the environment."""
    if genome is None:
        return regions_of_environment()
    return open_regions(str(genome), None if annotation is None else str(annotation))
