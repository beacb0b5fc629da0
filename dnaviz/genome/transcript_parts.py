"""Which exons of one name make a transcript: one name may stand for several, or for pieces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

MIN_INTRON = 30
"""Annotations close frameshifts and assembly errors with smaller gaps: no spliceosome does."""

COPIES, TRANS, OVERLAP = "copies", "trans", "overlap"


class Span(NamedTuple):
    """Where a feature lies: the number of its line, its place, and its number if it is an exon."""

    line: int
    chrom: str
    strand: str
    start: int
    end: int
    number: int | None = None

    def holds(self, other: Span) -> bool:
        """Whether another span lies within this one, on the same strand."""
        same = (self.chrom, self.strand) == (other.chrom, other.strand)
        return same and self.start <= other.start and other.end <= self.end


class Parts(NamedTuple):
    """Exons that belong to each other, and what has to be said of them (or nothing)."""

    exons: list[list[Span]]
    problem: str


def separate(exons: list[Span], rows: Sequence[Span], *, trans_spliced: bool = False) -> Parts:
    """Return the exons of one name as lists with an intron between neighbors, in each.

    Parameters
    ----------
    exons
        All exons of the name, in the order of the file.
    rows
        The transcripts (or genes) of that name themselves, in that order.
    trans_spliced
        Whether the file says so: then no two exons have an intron between them.

    Returns
    -------
    Parts
        One list, or with `COPIES` several: a transcript at two places, or twice at one. With
        `TRANS`, pieces of a transcript whose exons do not follow each other on one strand. With
        `OVERLAP` no list: exons that overlap cannot be told apart.
    """
    if trans_spliced:
        pieces = [[exon] for exon in _distinct(exons)]
        return Parts(pieces, TRANS if len(pieces) > 1 else "")
    parts: list[list[Span]] = []
    problem = ""
    copies = _copies(exons, rows)
    for copy in copies:
        pieces = _pieces(copy)
        if any(map(_overlap, pieces)):
            problem = OVERLAP
            continue
        parts += pieces
        if len(pieces) > 1:
            problem = problem or TRANS
    places = [copy[0].chrom for copy in copies]
    if not problem and len(set(places)) < len(places):
        problem = COPIES
    return Parts(parts, problem)


def _distinct(exons: list[Span]) -> list[Span]:
    """Return exons by position, each place once."""
    places = {(e.chrom, e.strand, e.start, e.end): e for e in reversed(exons)}
    return sorted(places.values(), key=lambda e: (e.chrom, e.start, e.end))


def _copies(exons: list[Span], rows: Sequence[Span]) -> list[list[Span]]:
    """Tell several transcripts of one name apart, by their own rows, then by exon numbers."""
    groups: dict[int, list[Span]] = {}
    for exon in exons:
        groups.setdefault(_row_of(exon, rows), []).append(exon)
    copies: dict[tuple[object, ...], list[Span]] = {}
    for group in groups.values():
        for copy in _by_number(group):
            exact = tuple((e.chrom, e.strand, e.start, e.end) for e in _distinct(copy))
            copies.setdefault(exact, copy)  # the same transcript twice is one
    return list(copies.values())


def _row_of(exon: Span, rows: Sequence[Span]) -> int:
    """Return the line of the row an exon belongs to: of those around it, the last before it."""
    if len(rows) < 2:
        return 0
    around = [row for row in rows if row.holds(exon)] or list(rows)
    before = [row.line for row in around if row.line < exon.line]
    return before[-1] if before else around[0].line


def _by_number(exons: list[Span]) -> list[list[Span]]:
    """Begin a new copy where exon numbers begin anew; without numbers, on another chromosome."""
    numbers = [exon.number for exon in exons if exon.number is not None]
    distinct = len({(e.chrom, e.strand, e.start, e.end) for e in exons})
    numbered = len(numbers) == len(exons) and (max(numbers) > 1 or distinct == 1)
    copies: list[dict[object, Span]] = []
    by_chrom: dict[str, list[Span]] = {}
    if not numbered:
        for exon in exons:
            by_chrom.setdefault(exon.chrom, []).append(exon)
        return list(by_chrom.values())
    for exon in exons:
        same = copies and copies[-1].get(exon.number)
        if same and (same.chrom, same.start, same.end) == (exon.chrom, exon.start, exon.end):
            continue  # the line stands twice
        if not copies or same:
            copies.append({})
        copies[-1][exon.number] = exon
    complete = all(set(copy) == set(range(1, len(copy) + 1)) for copy in copies)
    if len(copies) == 1 or complete:
        return [list(copy.values()) for copy in copies]
    # Numbers that repeat without a system say nothing.
    return _by_number([exon._replace(number=None) for exon in exons])


def _pieces(exons: list[Span]) -> list[list[Span]]:
    """Break one transcript where an exon does not follow the one before on the same strand."""
    ordered = _distinct(exons)
    strands = {(exon.chrom, exon.strand) for exon in ordered}
    numbers = [exon.number for exon in ordered if exon.number is not None]
    if len(set(numbers)) < len(ordered):
        return [ordered] if len(strands) == 1 else [[exon] for exon in ordered]
    if len(strands) == 1:
        rising = all(a < b for a, b in pairwise(numbers))
        falling = all(a > b for a, b in pairwise(numbers))
        if rising or (falling and ordered[0].strand == "-"):
            return [ordered]
    spliced = sorted(ordered, key=lambda exon: exon.number or 0)
    pieces = [[spliced[0]]]
    for one, other in pairwise(spliced):
        if _follows(one, other, ordered):
            pieces[-1].append(other)
        else:
            pieces.append([other])
    return [_distinct(piece) for piece in pieces]


def _follows(one: Span, other: Span, exons: list[Span]) -> bool:
    """Whether `other` comes next on the strand, with no other exon between the two."""
    if (one.chrom, one.strand) != (other.chrom, other.strand):
        return False
    left, right = (one, other) if one.strand == "+" else (other, one)
    between = (e for e in exons if left.end < e.start and e.end < right.start)
    return left.end < right.start and not any(
        (e.chrom, e.strand) == (one.chrom, one.strand) for e in between
    )


def _overlap(exons: list[Span]) -> bool:
    """Whether exons overlap by more than what an error of the assembly explains."""
    reach = exons[0].end
    for exon in exons[1:]:
        if min(reach, exon.end) - exon.start >= MIN_INTRON:
            return True
        reach = max(reach, exon.end)
    return False
