"""Transcripts that the features of a GenBank or EMBL entry describe."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from dnaviz.errors import InputError

Interval = tuple[int, int]

SHORTEST_INTRON = 20
"""Shorter gaps between the parts of a location are frameshifts or ribosomal slippage."""

INTRON_READS = {("GT", "AG"), ("GC", "AG"), ("AT", "AC")}
"""First and last two bases of introns."""

RNA = ("mRNA", "ncRNA", "misc_RNA", "tRNA", "precursor_RNA", "lncRNA")
_PART = re.compile(r"([<>]?)(\d+)(?:(?:\.\.|\^|\.)([<>]?)(\d+))?")
_NAMES = ("transcript_id", "standard_name", "label", "protein_id", "product", "note")


class RecordTranscript(NamedTuple):
    """A transcript that a record's own annotation describes.

    Attributes
    ----------
    name : str
        Gene and transcript, as far as they are named. Untrusted text.
    strand : "+" or "-"
    exons : tuple of (start, end)
        1-based, inclusive, on the record's forward coordinates, ascending.
    introns : tuple of (start, end)
        The same, both ends splice sites; one that reaches beyond the record ends at 0 or one
        behind its last base.
    cds : (start, end) or None
        First and last base of the coding sequence, where its start is known.
    is_whole : bool
        Whether the transcript begins within the record, so that its bases can be counted.
    """

    name: str
    strand: str
    exons: tuple[Interval, ...]
    introns: tuple[Interval, ...]
    cds: Interval | None = None
    is_whole: bool = True


@dataclass
class Feature:
    """One feature: its key, location and qualifiers as they are read line by line."""

    key: str
    location: str
    line: int
    qualifiers: dict[str, str] = field(default_factory=dict)
    _open: str = ""

    def qualify(self, name: str, value: str) -> None:
        self._open = name
        if name not in self.qualifiers:
            self.qualifiers[name] = value.strip().strip('"')
        else:
            self._open = "other values"

    def extend(self, text: str) -> None:
        """Take the next line of the location or of the last qualifier."""
        if not self._open:
            self.location += text
        elif self._open in self.qualifiers:
            self.qualifiers[self._open] += " " + text.strip('"')

    @property
    def is_in_frame(self) -> bool:
        """Whether its first base begins a codon, as far as it says."""
        return self.get("codon_start") in ("", "1")

    def get(self, *names: str) -> str:
        return next((self.qualifiers[n] for n in names if self.qualifiers.get(n)), "")


class _Span(NamedTuple):
    """A location on one strand."""

    strand: str
    parts: tuple[Interval, ...]  # ascending
    low_known: bool  # whether the first base is its end, and not the record's
    high_known: bool

    @property
    def opens(self) -> bool:
        """Whether its 5' end is known."""
        return self.low_known if self.strand == "+" else self.high_known

    @property
    def introns(self) -> tuple[Interval, ...]:
        return tuple((a[1] + 1, b[0] - 1) for a, b in pairwise(self.parts))


class _Known(NamedTuple):
    gene: str
    feature: Feature
    span: _Span


def transcripts_of(
    features: Iterable[Feature],
    bases: str,
    where: str,
    *,
    is_rna: bool = False,
    circular: bool = False,
) -> tuple[RecordTranscript, ...]:
    """The transcripts among the features of an entry.

    An RNA feature is one; a CDS belongs to the RNA of its gene whose introns it shares, else it is
    one itself; exons, or introns, are joined where a gene has nothing else. The features that
    `unplaced_features` and `overlapping_exons` return are left out.

    Parameters
    ----------
    features : iterable of Feature
    bases : str
        Of the record.
    where : str
        What an error calls the record.
    is_rna : bool
        Whether the record is an RNA: one exon.
    circular : bool
        Whether its ends are joined: what reaches beyond them has no place, and is left out.

    Raises
    ------
    InputError
        Where a transcript's feature reaches beyond a record that is not circular.
    """
    length = len(bases)
    by_kind = _by_kind(features, length if circular else None)
    for one in (one for kind in by_kind.values() for one in kind):
        end = one.span.parts[-1][1]
        if end > length:
            raise InputError(
                f"{where}: its {one.feature.key} in line {one.feature.line:,} ends at "
                f"{end:,}, but the record has {length:,} bases. Paste the whole "
                "entry, or its bases alone."
            )
    if is_rna:
        whole = ((1, length),)
        return tuple(
            _transcript(cds._replace(span=cds.span._replace(parts=whole)), cds, number)
            for number, cds in enumerate(by_kind["CDS"], 1)
        )
    bases = bases.upper()
    transcripts = [*_from_rna(by_kind, bases if circular else ""), *_from_parts(by_kind, bases)]
    return tuple(sorted(transcripts, key=lambda t: not t.introns))


def unplaced_features(
    features: Iterable[Feature], *, is_rna: bool = False, length: int | None = None
) -> list[Feature]:
    """Features of transcripts whose locations have no place on one strand of the record.

    They are on other records, on both strands, across the origin of a circle of `length` nt, or in
    no known order. Of an RNA (`is_rna`) only coding sequences count.
    """
    kinds = ("CDS",) if is_rna else (*RNA, "CDS", "exon", "intron")
    return [f for f in features if f.key in kinds and _span(f.location, length) is None]


def overlapping_exons(features: Iterable[Feature], length: int | None = None) -> list[Feature]:
    """Exons and introns of a record (a circle of `length` nt) that overlap: they make no RNA."""
    groups = _unspliced_groups(_by_kind(features, length))
    return [k.feature for group in groups for own in group if not _pieces(own) for k in own]


def _by_kind(features: Iterable[Feature], length: int | None) -> dict[str, list[_Known]]:
    """The features of transcripts that have a place, by what they are."""
    known: dict[str, list[_Known]] = {"RNA": [], "CDS": [], "exon": [], "intron": []}
    for feature in features:
        kind = "RNA" if feature.key in RNA else feature.key
        span = _span(feature.location, length) if kind in known else None
        if span is not None:
            known[kind].append(_Known(feature.get("gene", "locus_tag"), feature, span))
    return known


def _from_rna(features: dict[str, list[_Known]], plasmid: str) -> Iterable[RecordTranscript]:
    """RNAs, and coding sequences without one; `plasmid` are the bases of a circular record."""
    free = list(features["CDS"])
    for number, rna in enumerate(features["RNA"], 1):
        fitting = [c for c in features["CDS"] if _fits(c, rna)]
        fitting.sort(key=lambda cds: cds.gene != rna.gene)
        # Of several, entries list the coding sequences in the order of their RNAs.
        cds = next((c for c in fitting if c in free), fitting[0] if fitting else None)
        if cds in free:
            free.remove(cds)
        rna = rna._replace(gene=rna.gene or (cds.gene if cds else ""))
        yield _transcript(rna, cds, number)
    for number, cds in enumerate(free, len(features["RNA"]) + 1):
        lone = _transcript(cds, cds, number)
        yield _interrupted(lone, plasmid) if plasmid else lone


def _interrupted(transcript: RecordTranscript, bases: str) -> RecordTranscript:
    """A coding sequence, without introns where none reads as one: an insert parts it.

    Its exons stay as they are, and bases are counted by them.
    """
    complement = str.maketrans("ACGT", "TGCA")

    def reads(start: int, end: int) -> bool:
        first, last = bases[start - 1 : start + 1], bases[end - 2 : end]
        if transcript.strand == "-":
            first, last = (site.translate(complement)[::-1] for site in (last, first))
        # As records are written, bases may be unknown.
        return "N" in first + last or (first, last) in INTRON_READS

    if any(reads(*intron) for intron in transcript.introns):
        return transcript
    return transcript._replace(introns=())


def _from_parts(features: dict[str, list[_Known]], bases: str) -> Iterable[RecordTranscript]:
    """Transcripts of the genes of which only exons or introns are given."""
    for exons, introns in _unspliced_groups(features):
        joined = [_joined_exons(exons, bases), _joined_introns(introns, len(bases))]
        best = max((j for j in joined if j), key=lambda j: len(j.introns), default=None)
        if best is not None:
            yield _in_sense(best, bases)


def _in_sense(transcript: RecordTranscript, bases: str) -> RecordTranscript:
    """Exons, of which programs drop the strand, on the one where all introns read GT-AG."""
    other, ends = ("-", ("CT", "AC")) if transcript.strand == "+" else ("+", ("GT", "AG"))
    inside = [(s, e) for s, e in transcript.introns if s >= 1 and e <= len(bases)]
    turned = inside and all((bases[s - 1 : s + 1], bases[e - 2 : e]) == ends for s, e in inside)
    return transcript._replace(strand=other) if turned else transcript


def _unspliced_groups(
    features: dict[str, list[_Known]],
) -> Iterable[tuple[list[_Known], list[_Known]]]:
    """Exons and introns of each gene on whose stretch no spliced transcript of it is given."""
    spliced = [t for kind in ("RNA", "CDS") for t in features[kind] if t.span.introns]
    keys = {(k.gene, k.span.strand): None for kind in ("exon", "intron") for k in features[kind]}
    for key in keys:
        exons, introns = (
            [k for k in features[kind] if (k.gene, k.span.strand) == key]
            for kind in ("exon", "intron")
        )
        low = min(_ends(k.span)[0] for k in (*exons, *introns))
        high = max(_ends(k.span)[1] for k in (*exons, *introns))
        others = (_ends(t.span) for t in spliced if (t.gene, t.span.strand) == key)
        if not any(start <= high and low <= end for start, end in others):
            yield exons, introns


def _transcript(main: _Known, cds: _Known | None, number: int) -> RecordTranscript:
    span = main.span
    begins = cds is not None and cds.span.opens and cds.feature.is_in_frame
    coding = _ends(cds.span) if cds is not None and begins else None
    whole = coding is not None or (cds is None and span.opens)
    return RecordTranscript(
        _name(main, number), span.strand, span.parts, span.introns, coding, whole
    )


def _name(main: _Known, number: int) -> str:
    gene = main.gene or "record"
    own = main.feature.get(*_NAMES).split(";")[0].strip()
    return f"{gene} {own.replace(' ', '_')[:40]}" if own and own != gene else f"{gene} {number}"


def _ends(span: _Span) -> Interval:
    return span.parts[0][0], span.parts[-1][1]


def _fits(one: _Known, other: _Known) -> bool:
    """Whether a coding sequence lies on an RNA of no other gene, and has just its introns."""
    cds, rna, (first, last) = one.span, other.span, _ends(one.span)
    if one.gene and other.gene and one.gene.lower() != other.gene.lower():
        return False
    if cds.strand != rna.strand or not any(s <= first <= e for s, e in rna.parts):
        return False
    inner = tuple((s, e) for s, e in rna.introns if s > first and e < last)
    return cds.introns == inner and any(s <= last <= e for s, e in rna.parts)


def _pieces(own: list[_Known]) -> list[_Known]:
    """Exons or introns by position; none where some overlap, as alternatives do."""
    distinct = {part: _part(k, part) for k in own for part in k.span.parts}
    ordered = sorted(distinct.values(), key=lambda k: k.span.parts)
    if any(b.span.parts[0][0] <= a.span.parts[0][1] for a, b in pairwise(ordered)):
        return []
    return ordered


def _part(whole: _Known, part: Interval) -> _Known:
    """One part of a joined exon, whose inner ends are known."""
    span, (first, last) = whole.span, _ends(whole.span)
    low, high = span.low_known or part[0] > first, span.high_known or part[1] < last
    return whole._replace(span=span._replace(parts=(part,), low_known=low, high_known=high))


def _joined_exons(own: list[_Known], bases: str) -> RecordTranscript | None:
    """The transcript that separate exons make."""
    pieces = _pieces(own)
    if not pieces:
        return None
    strand = pieces[0].span.strand
    exons = tuple(k.span.parts[0] for k in pieces)
    introns = [(a[1] + 1, b[0] - 1) for a, b in pairwise(exons)]
    introns = [(s, e) for s, e in introns if e - s + 1 >= SHORTEST_INTRON]
    if len(exons) == 1 and pieces[0].feature.get("number") != "1":
        # An exon alone lies between introns, where its borders say so.
        (start, end), span = exons[0], pieces[0].span
        before, behind = ("AG", "GT") if strand == "+" else ("AC", "CT")
        if span.low_known and bases[max(start - 3, 0) : start - 1] == before:
            introns.append((0, start - 1))
        if span.high_known and bases[end : end + 2] == behind:
            introns.append((end + 1, len(bases) + 1))
    name = f"{pieces[0].gene or 'record'} exons"
    return RecordTranscript(name, strand, exons, tuple(introns), None, False)


def _joined_introns(own: list[_Known], length: int) -> RecordTranscript | None:
    """The transcript that separate introns make; a partial one goes on outside the record."""
    pieces = _pieces(own)
    if not pieces:
        return None
    introns = [
        (s if k.span.low_known else 0, e if k.span.high_known else length + 1)
        for k in pieces
        for s, e in k.span.parts
    ]
    ends = [(0, 0), *introns, (length + 1, length + 1)]
    exons = tuple((a[1] + 1, b[0] - 1) for a, b in pairwise(ends) if a[1] + 1 <= b[0] - 1)
    name = f"{pieces[0].gene or 'record'} introns"
    return RecordTranscript(name, pieces[0].span.strand, exons, tuple(introns), None, False)


def _span(location: str, length: int | None = None) -> _Span | None:
    """The parts of a location; None where it cannot be placed on one strand of the record.

    `length` is that of a circular record, which a location may leave at its end.
    """
    text = re.sub(r"\s", "", location)
    reverse = text.count("complement(")
    plain = text.replace("complement(", "").replace("join(", "").replace("(", "").replace(")", "")
    pieces = plain.split(",")
    if ":" in text or "order(" in text or "one-of" in text or reverse not in (0, 1, len(pieces)):
        return None
    if reverse == 1 and len(pieces) > 1 and not text.startswith("complement("):
        return None  # parts on both strands
    found: list[Interval] = []
    before, behind = [], []
    for piece in pieces:
        match = _PART.fullmatch(piece)
        if match is None:
            return None
        start, end = int(match[2]), int(match[4] or match[2])
        before.append(match[1])
        behind.append(match[3] or "")
        found.append((start, end))
    if reverse == len(pieces) > 1 and found[0] > found[-1]:
        found, before, behind = found[::-1], before[::-1], behind[::-1]
    if any(s > e or s < 1 for s, e in found) or any(b[0] < a[0] for a, b in pairwise(found)):
        return None
    if length is not None and found[-1][1] > length:
        return None  # across the origin of a circle, or parts of several RNAs
    high_known = behind[-1] == "" and before[-1] != ">"
    return _Span("-" if reverse else "+", _merged(found), before[0] == "", high_known)


def _merged(parts: list[Interval]) -> tuple[Interval, ...]:
    """Parts with no more than a frameshift between them as one."""
    merged = [parts[0]]
    for start, end in parts[1:]:
        if start - merged[-1][1] - 1 < SHORTEST_INTRON:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
