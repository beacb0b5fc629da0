"""Where a sequence comes from, and the exons and introns known on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from dnaviz.genome.annotation import Interval, Transcript
from dnaviz.sequences import Sequence

STOPS = ("TAA", "TAG", "TGA")
"""Codons that end a coding sequence."""

Site = tuple[int, str, str]
"""Position, strand, "donor" or "acceptor", as in `dnaviz.splicing.scan.Site`."""


class GenomicInterval(NamedTuple):
    """A stretch of a genome, and the sense in which a record gives it."""

    chrom: str
    start1: int  # first base on the forward strand, 1-based
    end1: int
    strand: str

    def __str__(self) -> str:
        return f"{self.chrom}:{self.start1:,}-{self.end1:,}:{self.strand}"

    def position(self, position: int) -> int:
        """Return the genome's coordinate of a 1-based position in the record."""
        offset = position - 1
        return self.start1 + offset if self.strand == "+" else self.end1 - offset

    def record(self, coordinate: int) -> int:
        """Return the record's 1-based position of a genome's coordinate; may lie outside it."""
        return coordinate - self.start1 + 1 if self.strand == "+" else self.end1 - coordinate + 1

    def sense(self, strand: str) -> str:
        """Return the genome's strand of one of the record's."""
        return strand if self.strand == "+" else flip(strand)


class ExonSites(NamedTuple):
    """An exon, and which of its ends are splice sites: those of a transcript are not.

    Attributes
    ----------
    start, end : int
        First and last base, 1-based on the forward strand.
    at_start, at_end : bool
        Whether an intron borders it there.
    """

    start: int
    end: int
    at_start: bool = True
    at_end: bool = True


class TranscriptModel(NamedTuple):
    """Exons and introns of one transcript on a record.

    Attributes
    ----------
    name : str
        Untrusted text.
    strand : "+" or "-"
        The strand of the record on which the transcript is read.
    exons : list of (start, end)
        1-based, inclusive, on the record's forward coordinates, ascending; the parts inside it.
    introns : list of (start, end)
        The same, but whole: an end outside the record is no site of it.
    cds : (start, end) or None
        First and last base of the coding sequence, stop codon included, start < end, on the
        record's forward coordinates; may lie outside the record. None where it is not known.
    whole_exons : tuple of (start, end)
        Every exon of the transcript, whole, also those outside the record: what its bases are
        counted by. Empty where only the part inside the record is known.
    """

    name: str
    strand: str
    exons: list[Interval]
    introns: list[Interval]
    cds: Interval | None = None
    whole_exons: tuple[Interval, ...] = ()

    def sites(self, length: int) -> list[Site]:
        """Return the donors and acceptors within a record of `length` nt, by position."""
        kinds = ("donor", "acceptor") if self.strand == "+" else ("acceptor", "donor")
        all_sites = [
            (position, self.strand, kind)
            for intron in self.introns
            for position, kind in zip(intron, kinds, strict=True)
        ]
        return sorted(site for site in all_sites if 1 <= site[0] <= length)

    def tells_splicing(self, length: int) -> bool:
        """Whether it tells how a record of `length` nt is spliced: it has introns, or is all of it.

        So does one with exons outside of the record. A coding sequence without introns, as a
        plasmid's resistance, says nothing of other bases.
        """
        leaves = len(self.whole_exons) > len(self.exons)
        return bool(self.introns) or leaves or list(self.exons) == [(1, length)]

    def span(self) -> Interval:
        """Return its first and last base, introns included; they may lie outside the record."""
        ends = [end for exon in self.whole_exons or self.exons for end in exon]
        ends += [end for intron in self.introns for end in intron]
        return min(ends), max(ends)

    def exon_sites(self) -> list[ExonSites]:
        """Return the exons, ascending, with which of their ends are splice sites."""
        return exon_sites(self.exons, self.introns)


def exon_sites(exons: Collection[Interval], introns: Collection[Interval]) -> list[ExonSites]:
    """Return exons with which of their ends border an intron; all are 1-based, inclusive."""
    firsts, lasts = ({intron[k] for intron in introns} for k in (0, 1))
    return [ExonSites(start, end, start - 1 in lasts, end + 1 in firsts) for start, end in exons]


def flip(strand: str) -> str:
    """Return the other strand."""
    return "-" if strand == "+" else "+"


def transcript_model(transcript: Transcript, place: GenomicInterval) -> TranscriptModel:
    """Return a transcript on the record that `place` describes."""
    exons = [
        (max(start, place.start1), min(end, place.end1))
        for start, end in transcript.exons
        if start <= place.end1 and end >= place.start1
    ]
    introns = [(s, e) for s, e in transcript.introns if s <= place.end1 and e >= place.start1]
    name = f"{transcript.gene_name} {transcript.transcript}"
    strand = transcript.strand if place.strand == "+" else flip(transcript.strand)
    coding = [(transcript.cds[0][0], transcript.cds[-1][1])] if transcript.cds else []
    return TranscriptModel(
        name,
        strand,
        _into(place, exons),
        _into(place, introns),
        next(iter(_into(place, coding)), None),
        tuple(_into(place, list(transcript.exons))),
    )


def record_structures(sequence: Sequence) -> list[TranscriptModel]:
    """Return the transcripts that a record's own annotation describes (GenBank, EMBL)."""
    return [
        TranscriptModel(
            t.name, t.strand, list(t.exons), list(t.introns), t.cds, t.exons if t.is_whole else ()
        )
        for t in sequence.transcripts
    ]


def shifted(intervals: Iterable[Interval], first: int, last: int) -> list[Interval]:
    """Return intervals of a record as those of its part from `first` to `last`, still whole."""
    return [
        (start - first + 1, end - first + 1)
        for start, end in intervals
        if start <= last and end >= first
    ]


def clipped(intervals: Iterable[Interval], length: int) -> list[Interval]:
    """Return what of the intervals lies within 1 to `length`."""
    return [(max(s, 1), min(e, length)) for s, e in intervals if s <= length and e >= 1]


def _into(place: GenomicInterval, intervals: list[Interval]) -> list[Interval]:
    if place.strand == "+":
        return [(s - place.start1 + 1, e - place.start1 + 1) for s, e in intervals]
    return [(place.end1 - e + 1, place.end1 - s + 1) for s, e in reversed(intervals)]
