"""A reference and its alternate in the sense of one strand, and how their places correspond."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dnaviz.genome.transcript_model import GenomicInterval
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.pairing import Block, differing_blocks
from dnaviz.splicing.variants import apply_variants


class BothSenses:
    """Both sequences with their probabilities, in the sense of a strand.

    A cut is the number of bases before it. Indels that could lie in several places lie in the last
    of them, so that the spelling of an edit does not matter.

    Parameters
    ----------
    reference : Sequence
    variants : iterable of Variant
        Checked against it.
    before, after : numpy.ndarray
        Shapes (2, length) of the reference and of the alternate, rows donor and acceptor, columns
        forward positions: the probabilities on that strand.
    strand : "+" or "-"
    origin : int
        Bases before the one whose position is told as 1.
    place : GenomicInterval, optional
        Of position 1 and what follows it: places are then told as the genome's.

    Attributes
    ----------
    columns : numpy.ndarray
        Shape (length of the alternate,): the reference's column of each of its own, -1 where there
        is none.
    """

    def __init__(
        self,
        reference: Sequence,
        variants: Iterable[Variant],
        before: np.ndarray,
        after: np.ndarray,
        strand: str,
        origin: int = 0,
        place: GenomicInterval | None = None,
    ) -> None:
        self.origin, self.place = origin, place
        alternate = str(apply_variants(reference, list(variants)))
        self.plus = strand == "+"
        if before.shape != (2, len(reference)) or after.shape != (2, len(alternate)):
            raise ValueError("The probabilities do not fit the sequences.")
        self.reference, self.alternate = (
            text if self.plus else reverse_complement(text) for text in (str(reference), alternate)
        )
        step = 1 if self.plus else -1
        self.before, self.after = before[:, ::step], after[:, ::step]
        self.changes = differing_blocks(self.reference, self.alternate)
        there = self._in_alternate()
        self.columns = np.full(len(self.alternate), -1)
        self.columns[there[there >= 0]] = np.flatnonzero(there >= 0)

    def _in_alternate(self) -> np.ndarray:
        """Return the alternate's column of each reference column, -1 where it is deleted."""
        columns = np.full(len(self.reference), -1)
        at = alt_at = 0
        for c in [*self.changes, Block(len(self.reference), 0, len(self.alternate), 0)]:
            columns[at : c.start] = np.arange(alt_at, alt_at + c.start - at)
            if c.stop > c.start and c.stop - c.start == c.alt_stop - c.alt_start:
                columns[c.start : c.stop] = np.arange(c.alt_start, c.alt_stop)
            at, alt_at = c.stop, c.alt_stop
        return columns

    def cut(self, at: int, *, begins: bool) -> int:
        """Return the alternate's cut of a reference cut, where an exon begins or ends.

        Bases that are inserted right at an exon's border are taken for the intron's.
        """
        shift = 0
        for c in self.changes:
            if at < c.start or (at == c.start and not (begins and c.start == c.stop)):
                break
            if at < c.stop:
                if c.stop - c.start == c.alt_stop - c.alt_start:
                    return at - c.start + c.alt_start
                return c.alt_stop if begins else c.alt_start
            shift = c.alt_stop - c.stop
        return at + shift

    def start_cut(self, at: int) -> int:
        """Return the alternate's cut of the one at which the coding sequence begins.

        Where an indel would cost the start codon that could as well lie before it, it lies there.
        """
        usual, codon = self.cut(at, begins=True), self.reference[at : at + 3]
        for c in self.changes if self.alternate[usual : usual + 3] != codon else ():
            moved = at + c.alt_stop - c.stop
            same = self.reference[at : c.stop] == self.alternate[moved : c.alt_stop]
            if c.stop >= at and same and self.alternate[moved : moved + 3] == codon:
                return moved
        return usual

    def in_reference(self, column: int) -> int:
        """Return the reference's column of an alternate column; -1 where there is none."""
        inside = 0 <= column < len(self.columns)
        return int(self.columns[column]) if inside else -1

    def pair(self, row: int, column: int) -> tuple[float, float]:
        """Return a site's probabilities before and after, by its column in the alternate."""
        back = self.in_reference(column)
        before = float(self.before[row, back]) if back >= 0 else 0.0
        after = float(self.after[row, column]) if 0 <= column < self.after.shape[1] else 0.0
        return before, after

    def candidates(self, row: int, low: int, high: int, least: float) -> list[int]:
        """Return the alternate's columns, low <= column < high, that are a site in one of both."""
        low, high = max(low, 0), min(high, self.after.shape[1])
        if high <= low:
            return []
        back = self.columns[low:high]
        before = np.where(back >= 0, self.before[row, np.maximum(back, 0)], 0)
        both = np.maximum(self.after[row, low:high], before)
        return [low + int(i) for i in np.flatnonzero(both >= least)]

    def reach(self, least: float = 1e-3) -> tuple[int, int]:
        """Return the first and last column of the alternate that a change lies on or reaches."""
        back = self.columns
        moved = np.abs(self.after - np.where(back >= 0, self.before[:, np.maximum(back, 0)], 0))
        columns = np.flatnonzero(moved.max(axis=0) >= least) if moved.size else np.empty(0, int)
        first = min([c.alt_start for c in self.changes] + columns[:1].tolist(), default=0)
        last = max([c.alt_stop for c in self.changes] + columns[-1:].tolist(), default=-1)
        return int(first), int(last)

    def position(self, column: int, *, alternate: bool = False) -> int:
        """Return the 1-based forward position of a column of the sense."""
        length = len(self.alternate if alternate else self.reference)
        return (column + 1 if self.plus else length - column) - self.origin

    def positions(self, start: int, end: int) -> tuple[int, int, bool]:
        """Return forward positions of a cut of the alternate: the reference's, if it has them."""
        columns = [start, end - 1]
        back = [self.in_reference(c) for c in columns]
        inserted = min(back) < 0
        positions = sorted(
            self.position(c, alternate=inserted) for c in (columns if inserted else back)
        )
        return positions[0], positions[1], inserted

    def told(self, start: int, end: int) -> str:
        """Tell where a cut of the alternate lies: ``901 to 1,001 of the edited sequence``."""
        first, last, inserted = self.positions(start, end)
        if self.place is None:
            ends = [f"{p:,}" for p in (first, last)]
        elif inserted:
            ends = [self._behind(column) for column in (start, end - 1)]
        else:
            coordinates = sorted(map(self.place.position, (first, last)))
            ends = [f"{self.place.chrom}:{coordinates[0]:,}", f"{coordinates[1]:,}"]
        where = " to ".join(ends[: 1 + (end - start > 1)])
        return f"{where} of the edited sequence" if inserted else where

    def _behind(self, column: int) -> str:
        """Tell a column of the alternate by the last base before it that the genome has."""
        assert self.place is not None
        paired = next((c for c in range(column, -1, -1) if self.in_reference(c) >= 0), -1)
        position = self.position(self.in_reference(paired) if paired >= 0 else -1)
        base = f"{self.place.chrom}:{self.place.position(position):,}"
        return base if paired == column else f"{column - paired:,} nt downstream of {base}"

    def told_exon(self, start: int, end: int) -> str:
        """Tell where a cut of the reference lies: ``901-1,001``."""
        ends = sorted(self.position(c) for c in (start, end - 1))
        if self.place is None:
            return f"{ends[0]:,}-{ends[1]:,}"
        ends = sorted(map(self.place.position, ends))
        return f"{self.place.chrom}:{ends[0]:,}-{ends[1]:,}"
