"""Where a transcript's bases lie on its record and its genome, numbered as HGVS numbers them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.genome.annotation import Interval
from dnaviz.genome.case_exons import CASE_NAME
from dnaviz.genome.transcript_model import STOPS, GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence, as_sequence, reverse_complement, shorten

_POSITION = re.compile(r"(?P<side>[-*]?)(?P<base>\d{1,9})(?P<offset>[+-]\d{1,9})?")


class Position(NamedTuple):
    """A position on a transcript in HGVS numbering.

    Attributes
    ----------
    kind : "c" or "n"
        Counted from the first base of the start codon, or from the transcript's first base.
    base : int
        1-based; before the start codon negative, never 0.
    offset : int
        Bases into the intron behind (positive) or before (negative) that base; 0 in an exon.
    after_stop : bool
        `base` is counted from the last base of the stop codon, as ``c.*5``.
    """

    kind: str
    base: int
    offset: int = 0
    after_stop: bool = False

    def __str__(self) -> str:
        offset = f"{self.offset:+d}" if self.offset else ""
        return f"{self.kind}.{'*' * self.after_stop}{self.base}{offset}"


def read_position(text: str, kind: str) -> Position:
    """Read a position such as ``313+1``, ``-22``, ``*5`` or ``*5-12``, without its ``c.``.

    Raises
    ------
    InputError
        If it is none, or counts a base 0, which HGVS does not have.
    """
    match = _POSITION.fullmatch(text)
    if match is None or (kind == "n" and match["side"]):
        raise InputError(f"{shorten(f'{kind}.{text}')} is not a position such as c.313+1 or n.57.")
    base, offset = int(match["base"]), int(match["offset"] or 0)
    if not base or (match["offset"] and not offset):
        raise InputError(
            f"{shorten(f'{kind}.{text}')}: there is no position 0; c.-1 is followed by c.1, and "
            "the first base of an intron is +1, the last -1."
        )
    before = match["side"] == "-"
    return Position(kind, -base if before else base, offset, match["side"] == "*")


class TranscriptMap:
    """The numbering of a transcript on a record.

    Parameters
    ----------
    structure : TranscriptModel
        Its `whole_exons`, or, where these are not known, its `exons`, are counted.
    place : GenomicInterval, optional
        Where the record lies in a genome.

    Raises
    ------
    InputError
        If the transcript has no exon, or its coding sequence does not begin and end in exons.
    """

    def __init__(self, structure: TranscriptModel, place: GenomicInterval | None = None) -> None:
        self.structure, self.place = structure, place
        in_case = structure.name == CASE_NAME
        self._name = "the transcript in upper case" if in_case else structure.name
        ascending = sorted(structure.whole_exons or structure.exons)
        if not ascending:
            raise InputError(f"{structure.name} has no exon on this record.")
        self._sign = 1 if structure.strand == "+" else -1
        # In the sense of the transcript: starts ascend, whichever the strand.
        self.exons: list[Interval] = (
            ascending if self._sign > 0 else [(-end, -start) for start, end in reversed(ascending)]
        )
        self._starts = [start for start, _ in self.exons]
        lengths = [end - start + 1 for start, end in self.exons]
        self._before = [0, *accumulate(lengths)]
        self.length = self._before[-1]
        self.coding = self._coding()

    def _coding(self) -> Interval | None:
        if self.structure.cds is None:
            return None
        ends = sorted(self._sign * p for p in self.structure.cds)
        first, last = (self._number(end) for end in ends)
        if first is None or last is None or first[1] or last[1]:
            raise InputError(
                f"The coding sequence of {self._name} does not begin and end in its exons."
            )
        return first[0], last[0]

    def _number(self, at: int) -> tuple[int, int] | None:
        """Return n. base and offset of a position in the transcript's sense."""
        if not self.exons[0][0] <= at <= self.exons[-1][1]:
            return None
        exon = bisect_right(self._starts, at) - 1
        start, end = self.exons[exon]
        if at <= end:
            return self._before[exon] + at - start + 1, 0
        after, before = at - end, self.exons[exon + 1][0] - at
        # HGVS: the middle base of an intron of odd length counts from the exon before it.
        if after <= before:
            return self._before[exon + 1], after
        return self._before[exon + 1] + 1, -before

    def locate(self, position: int, kind: str | None = None) -> Position | None:
        """Return the HGVS position of a 1-based position of the record; None outside.

        Parameters
        ----------
        position : int
            1-based, forward, on the record; may lie outside it.
        kind : "c", "n" or None
            By default c. where the coding sequence is known.
        """
        numbered = self._number(self._sign * position)
        if numbered is None:
            return None
        number, offset = numbered
        if kind == "n" or self.coding is None:
            return Position("n", number, offset) if kind != "c" else None
        first, last = self.coding
        if number > last:
            return Position("c", number - last, offset, after_stop=True)
        return Position("c", number - first + (number >= first), offset)

    def record(self, position: Position) -> int:
        """Return the 1-based forward position on the record, which may lie outside it.

        Raises
        ------
        InputError
            When the transcript has no such position, with what it has instead.
        """
        number = self._transcript_base(position)
        exon = min(bisect_left(self._before, number) - 1, len(self.exons) - 1)
        at = self._starts[exon] + number - self._before[exon] - 1
        if position.offset:
            self._check_offset(position, exon, at)
        return self._sign * (at + position.offset)

    def _transcript_base(self, position: Position) -> int:
        name = self._name
        if position.kind == "n":
            if not 1 <= position.base <= self.length:
                raise InputError(f"{position} is not on {name}, which has n.1 to n.{self.length}.")
            return position.base
        if self.coding is None:
            in_case = self.structure.name == CASE_NAME
            say = "Say where it begins (position of the A of ATG), or write" if in_case else "Write"
            raise InputError(
                f"{position} cannot be placed: no coding sequence is known for {name}. {say} "
                "positions of the transcript (n.57) or of the record (57A>G)."
            )
        first, last = self.coding
        if position.after_stop:
            number = last + position.base
        else:
            number = first + position.base - (position.base > 0)
            if number > last:
                raise InputError(
                    f"{position} lies behind the stop codon of {name}, which ends at "
                    f"c.{last - first + 1}: write c.*{number - last} if that base is meant."
                )
        if not 1 <= number <= self.length:
            ends = [self.locate(self._sign * e) for e in (self.exons[0][0], self.exons[-1][1])]
            raise InputError(f"{position} is not on {name}, which has {ends[0]} to {ends[1]}.")
        return number

    def _check_offset(self, position: Position, exon: int, at: int) -> None:
        """Refuse an intron's base that is counted from no end of an exon, or leaves the intron."""
        start, end = self.exons[exon]
        behind = position.offset > 0
        neighbor = exon + (1 if behind else -1)
        edge, word = (end, "last") if behind else (start, "first")
        if at != edge:
            near = self.locate(self._sign * edge, position.kind)
            raise InputError(
                f"{position}: {position._replace(offset=0)} is not the {word} base of an exon of "
                f"{self._name}; that of its exon is {near}."
            )
        if not 0 <= neighbor < len(self.exons):
            side = "follows" if behind else "precedes"
            raise InputError(f"{position}: no intron {side} that exon of {self._name}.")
        gap = self.exons[neighbor][0] - end if behind else start - self.exons[neighbor][1]
        if abs(position.offset) >= gap:
            number = min(exon, neighbor) + 1
            raise InputError(f"{position}: intron {number} has only {gap - 1:,} nt.")

    def intron(self, number: int, offset: int) -> int:
        """Return the record's position of a base of a numbered intron, as ``IVS2-654``.

        Parameters
        ----------
        number : int
            1-based, in the sense of the transcript.
        offset : int
            From the intron's first base (+1 onward) or its last (-1 backward).

        Raises
        ------
        InputError
            When the transcript has no such intron, or the intron fewer bases.
        """
        count = len(self.exons) - 1
        if not 1 <= number <= count:
            has = f"{count} introns" if count != 1 else "one intron"
            raise InputError(f"There is no intron {number} (IVS{number}): {self._name} has {has}.")
        before, after = self.exons[number - 1][1], self.exons[number][0]
        if not offset or abs(offset) >= after - before:
            raise InputError(
                f"IVS{number}{offset:+d}: intron {number} of {self._name} has bases +1 to "
                f"+{after - before - 1}, or -{after - before - 1} to -1."
            )
        return self._sign * (before + offset if offset > 0 else after + offset)

    def genome(self, position: int) -> int | None:
        """Return the genome's coordinate of a position of the record, where its place is known."""
        return None if self.place is None else self.place.position(position)

    def where(self, position: int) -> str:
        """Say in words where a position of the record lies: "exon 4", "intron 2", "outside"."""
        at = self._sign * position
        if not self.exons[0][0] <= at <= self.exons[-1][1]:
            return "outside the transcript"
        exon = bisect_right(self._starts, at) - 1
        return f"exon {exon + 1}" if at <= self.exons[exon][1] else f"intron {exon + 1}"


def spliced(structure: TranscriptModel, sequence: str | Sequence) -> str:
    """Return a transcript's mRNA as DNA codes, in its own sense.

    Raises
    ------
    InputError
        If an exon lies outside the record, wholly or in part.
    """
    bases = str(as_sequence(sequence))
    exons = sorted(structure.whole_exons or structure.exons)
    if exons and not 1 <= exons[0][0] <= exons[-1][1] <= len(bases):
        raise InputError(f"{structure.name} is not wholly on this record.")
    joined = "".join(bases[start - 1 : end] for start, end in exons)
    return joined if structure.strand == "+" else reverse_complement(joined)


def first_codon(structure: TranscriptModel, sequence: str | Sequence) -> str:
    """Return the first codon of a transcript's coding sequence; "" where it is not on the record.

    It is no start codon where the coding sequence is told in part, or its start was given wrongly.
    """
    bases = str(as_sequence(sequence))
    try:
        numbers = TranscriptMap(structure)
        places = [numbers.record(Position("c", base)) for base in (1, 2, 3)]
    except InputError:  # no coding sequence is known, or its first codon is not on the record
        return ""
    if not 1 <= min(places) <= max(places) <= len(bases):
        return ""
    codon = "".join(bases[place - 1] for place in places)
    return codon if structure.strand == "+" else reverse_complement(codon)[::-1]


def with_start(structure: TranscriptModel, sequence: str | Sequence, start: int) -> TranscriptModel:
    """Return a transcript with the coding sequence that begins at a chosen base.

    Parameters
    ----------
    start : int
        1-based forward position on the record of the first base of the start codon.

    Raises
    ------
    InputError
        If the base is not in an exon, begins a stop codon, or no stop codon follows in its frame.
    """
    bare = TranscriptMap(structure._replace(cds=None))
    first = bare.locate(start, "n")
    if first is None or first.offset:
        raise InputError(f"Position {start:,} is not in an exon of {structure.name}.")
    mrna = spliced(structure, sequence)
    begin = first.base - 1
    stops = (i for i in range(begin, len(mrna) - 2, 3) if mrna[i : i + 3] in STOPS)
    stop = next(stops, None)
    if stop is None or stop == begin:
        codon = mrna[begin : begin + 3]
        why = f"No stop codon follows in the frame of {codon} at {start:,}"
        why = why if stop is None else f"{codon} at {start:,} is a stop codon"
        raise InputError(f"{why}, so no coding sequence begins there.")
    last = bare.record(Position("n", stop + 3))
    return structure._replace(cds=(min(start, last), max(start, last)))
