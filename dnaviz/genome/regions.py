"""A gene, a transcript or a region of somebody's genome, by name, as a record to look at."""

from __future__ import annotations

import os
import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dnaviz.errors import InputError, describe_missing
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.fasta import chromosome_name
from dnaviz.genome.genes import canonical
from dnaviz.genome.index import AnnotationIndex, indexed_fasta
from dnaviz.genome.structure import Place, Structure, structure_of
from dnaviz.sequences import MAX_LENGTH, MIN_LENGTH, Sequence, reverse_complement, shorten

if TYPE_CHECKING:
    import pysam

FLANK = 200
"""Bases before and behind a gene or transcript that is asked for by name."""

MOST_STRUCTURES = 100
LONGEST_NAME = 100

_REGION = re.compile(
    r"(?P<chrom>[^\s:]+)\s*:\s*(?P<start>[\d,. ]*\d)\s*(?:-|–|\.\.)\s*(?P<end>[\d,. ]*\d)"
    r"\s*(?::?\s*\(?(?P<strand>[+\-−])\)?)?"
)


class Region(NamedTuple):
    """A stretch of a genome as a record, with the transcripts on it.

    Attributes
    ----------
    name : str
        What was asked for.
    sequence : Sequence
    place : Place
    structures : list of Structure
        The transcripts that lie on it: those asked for first, coding ones before others.
    """

    name: str
    sequence: Sequence
    place: Place
    structures: list[Structure]


class Regions:
    """A genome to be asked for regions.

    Parameters
    ----------
    genome
        FASTA, plain or packed with bgzip; an index (``.fai``, ``.gzi``) beside it is used, else
        one is made in the user's cache.
    annotation
        Its GFF3 or GTF, plain or gzipped; without one, regions are found by coordinates alone.

    Raises
    ------
    InputError
        When a file cannot be read.
    """

    def __init__(self, genome: str | Path, annotation: str | Path | None = None) -> None:
        self.path = Path(genome)
        self._annotation = annotation
        self._fasta: pysam.FastaFile = _open(genome)
        self._names = {chromosome_name(name): name for name in self._fasta.references}

    @cached_property
    def annotation(self) -> AnnotationIndex | None:
        return None if self._annotation is None else AnnotationIndex(self._annotation)

    @cached_property
    def lengths(self) -> dict[str, int]:
        """Length (nt) of each record, by its name in the file."""
        return dict(zip(self._fasta.references, self._fasta.lengths, strict=True))

    def bases(self, name: str, start: int, end: int) -> str:
        """Return the forward bases of a record of the file, 1-based and inclusive, in capitals."""
        found: str = self._fasta.fetch(name, start - 1, end)
        return found.upper().replace("U", "T")

    def find(self, text: str) -> Region:
        """Return the region that a text names.

        Parameters
        ----------
        text
            A gene's symbol or identifier, a transcript's identifier, or 1-based inclusive
            coordinates, as ``chr19:11,089,000-11,094,000:+``; chr19 and 19 are the same, and the
            strand is + where none is given. A gene comes in its own sense with 200 nt on each side.

        Raises
        ------
        InputError
            When there is no such gene, transcript or region, or it is longer than 200,000 nt.
        """
        wanted = text.strip()
        if len(wanted) > LONGEST_NAME or not wanted.isprintable():
            raise InputError(f"{shorten(wanted)} is no name of a gene, transcript or region.")
        if found := _REGION.fullmatch(wanted):
            start, end = (int(re.sub(r"\D", "", found[key])) for key in ("start", "end"))
            strand = "-" if found["strand"] in ("-", "−") else "+"
            return self._region(wanted, Place(self._known(found["chrom"]), start, end, strand), [])
        if not wanted or ":" in wanted or chromosome_name(wanted) in self._names:
            raise InputError("Name a gene, a transcript, or a region such as chr19:1,000-2,000:+.")
        chosen = self._named(wanted)
        length = self._fasta.get_reference_length(self._names[chosen[0].chrom])
        place = Place(
            chosen[0].chrom,
            max(min(t.start for t in chosen) - FLANK, 1),
            min(max(t.end for t in chosen) + FLANK, length),
            chosen[0].strand,
        )
        return self._region(wanted, place, chosen)

    def _named(self, name: str) -> list[Transcript]:
        if self.annotation is None:
            raise InputError(
                f"{shorten(name)} is no region such as chr19:1,000-2,000:+, and without an "
                "annotation no gene is known by name."
            )
        found = self.annotation.named(name)
        if not found:
            near = self.annotation.like(name)
            hint = f"; did you mean {' or '.join(near)}?" if near else "."
            raise InputError(f"There is no gene, transcript or region {shorten(name)}{hint}")
        present = [t for t in found if t.chrom in self._names]
        if not present:
            raise InputError(
                f"{shorten(name)} lies on {found[0].chrom}, which is not in {self.path.name}."
            )
        # A name may stand for several genes: the first one, on one strand of one chromosome.
        first = present[0]
        key = (first.gene, first.chrom, first.strand)
        return [t for t in present if (t.gene, t.chrom, t.strand) == key]

    def _region(self, name: str, place: Place, chosen: list[Transcript]) -> Region:
        length = self._fasta.get_reference_length(self._names[place.chrom])
        size = place.end1 - place.start1 + 1
        if place.end1 < place.start1 and not chosen:
            raise InputError(f"{place} ends before it starts.")
        if not 1 <= place.start1 <= place.end1 <= length:
            there = f"{self.path.name} has 1-{length:,} of {place.chrom}"
            if chosen:
                raise InputError(
                    f"{shorten(name)} begins at {place.chrom}:{place.start1:,}, but {there}: do "
                    "the genome and its annotation belong together?"
                )
            raise InputError(f"{place} is not all there: {there}.")
        if size > MAX_LENGTH:
            raise InputError(
                f"{shorten(name)} spans {size:,} nt ({place}); at most {MAX_LENGTH:,} can be "
                "shown: ask for a part of it."
            )
        if size < MIN_LENGTH:
            raise InputError(f"{place} has {size} nt; at least {MIN_LENGTH} are needed.")
        bases = self._fasta.fetch(self._names[place.chrom], place.start1 - 1, place.end1).upper()
        bases = bases if place.strand == "+" else reverse_complement(bases)
        title = name if chosen else str(place).replace(",", "")
        record = Sequence(bases, title, str(place))
        return Region(name, record, place, self._structures(place, chosen))

    def _structures(self, place: Place, chosen: list[Transcript]) -> list[Structure]:
        if self.annotation is None:
            return []
        first = canonical(chosen) if chosen else None
        names = {t.transcript for t in chosen}
        there = self.annotation.within(place.chrom, place.start1, place.end1)

        def rank(t: Transcript) -> tuple[bool, bool, bool, int]:
            return (t != first, t.transcript not in names, not t.cds, t.start)

        ordered = sorted(there, key=rank)[:MOST_STRUCTURES]
        found = [structure_of(t, place) for t in ordered]
        return [s for s in found if s.exons or s.introns]

    def _known(self, chrom: str) -> str:
        key = chromosome_name(chrom)
        if key not in self._names:
            some = ", ".join(list(self._names)[:5])
            raise InputError(
                f"{self.path.name} has no chromosome {shorten(chrom)} (it has {some})."
            )
        return key


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


def _open(path: str | Path) -> pysam.FastaFile:
    try:
        import pysam
    except ModuleNotFoundError:
        raise InputError(describe_missing("pysam", "genome")) from None

    source, fai, gzi = indexed_fasta(path)
    try:
        if not fai.is_file():
            _index(source, fai, gzi)
        packed = str(gzi) if gzi.is_file() else None
        return pysam.FastaFile(
            str(source), filepath_index=str(fai), filepath_index_compressed=packed
        )
    except (OSError, ValueError, pysam.SamtoolsError) as error:
        raise InputError(f"{path} cannot be read as a FASTA file.") from error


def _index(source: Path, fai: Path, gzi: Path) -> None:
    """Write a FASTA file's indices; the one that is looked for appears last."""
    import pysam

    new = [path.with_name(f"{os.getpid()}.{path.name}") for path in (fai, gzi)]
    try:
        pysam.faidx("--fai-idx", str(new[0]), "--gzi-idx", str(new[1]), str(source))
        if new[1].is_file():
            new[1].replace(gzi)
        new[0].replace(fai)
    finally:
        for path in new:
            path.unlink(missing_ok=True)
