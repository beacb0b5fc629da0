"""A transcript on a reference and on its alternate: its exons on both, and how events are told."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.genome.transcript_parts import MIN_INTRON
from dnaviz.splicing.both_senses import BothSenses
from dnaviz.splicing.exon_forms import MOST_EXTENDED
from dnaviz.splicing.products import (
    UNKNOWN,
    CodingEffect,
    Cut,
    Product,
    coding_effect,
    make_product,
)

KINDS = {
    "unchanged": "no change of splicing",
    "exon_skipped": "exon skipped",
    "exon_shortened": "exon shortened",
    "exon_extended": "exon extended",
    "exon_moved": "exon moved",
    "pseudo_exon": "pseudo-exon",
    "intron_kept": "intron kept",
    "new_site": "new site",
    "several": "several changes",
    "not_known": "not known",
}

NOT_WHOLE = "The transcript is not wholly on this sequence."
UNREADABLE = (
    "The protein is not known: the annotated coding sequence does not read from its first codon to "
    "a stop codon at its end, as where its start is not known, or of a selenoprotein."
)


class SiteEvidence(NamedTuple):
    """A site that a product uses or lost.

    Attributes
    ----------
    site : "donor" or "acceptor"
    position : int
        1-based forward position in the reference record; 0 where the alternate alone has the base.
    alternate_position : int
        The same in the alternate; 0 where the base was deleted.
    reference, alternate : float
        Its probability as scanned.
    known : bool
        Whether it ends an exon of the transcript.
    """

    site: str
    position: int
    alternate_position: int
    reference: float
    alternate: float
    known: bool

    def __str__(self) -> str:
        at = self.position or self.alternate_position
        where = f"{at:,}" if self.position else f"{at:,} of the edited sequence"
        return f"{self.site} at {where}: {self.reference:.2f} -> {self.alternate:.2f}"


class Consequence(NamedTuple):
    """One possible product, and what speaks for it.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    words : str
        As "exon 12 loses its last 34 nt".
    exon, intron : int
        Number of the exon or intron it happens to, from 1 in the sense of the transcript; else 0.
    length : int
        Bases that the mRNA gains, or, negative, loses; those that the edits add to its exons or
        delete from them are counted, too.
    first, last : int
        1-based forward positions of the bases gained or lost: of the reference, or, where
        `in_alternate`, of the alternate.
    in_alternate : bool
    support, support_before : float
        How well the sites of the alternate and of the reference go with it, 0 to 1: an order, not
        a proportion.
    sites : tuple of SiteEvidence
    product : Product or None
        The mRNA; None where the transcript is not wholly on the record.
    coding : CodingEffect
    """

    kind: str
    words: str
    exon: int
    intron: int
    length: int
    first: int
    last: int
    in_alternate: bool
    support: float
    support_before: float
    sites: tuple[SiteEvidence, ...]
    product: Product | None
    coding: CodingEffect

    @property
    def modulo(self) -> str:
        """What the length says of the reading frame where nothing else is known."""
        if not self.length:
            return "the length is the same"
        rest = abs(self.length) % 3
        return f"{abs(self.length):,} nt {'are' if not rest else 'are not'} a multiple of three"


class Exon(NamedTuple):
    """An exon of the transcript: its cuts in the reference and in the alternate.

    Two exons with no intron between them, of the annotation or because it is deleted, are one.
    """

    number: int
    start: int
    end: int
    alt_start: int
    alt_end: int
    acceptor: bool  # whether it begins behind an intron, on the record
    donor: bool
    last: int = 0  # number of the last of those that are one; 0 of a single exon
    gaps: tuple[Cut, ...] = ()  # what the annotation leaves out of it, in the reference


def _one(before: Exon, behind: Exon, gap: tuple[Cut, ...]) -> Exon:
    """Return two exons as one."""
    return Exon(
        before.number, before.start, behind.end, before.alt_start, behind.alt_end,
        before.acceptor, behind.donor, behind.last or behind.number,
        (*before.gaps, *gap, *behind.gaps),
    )  # fmt: skip


class TranscriptPair:
    """A transcript on both sequences, to be asked for what may happen to its mRNA.

    Parameters
    ----------
    both : BothSenses
        In the sense of the transcript.
    structure : TranscriptModel or None
    """

    def __init__(self, both: BothSenses, structure: TranscriptModel | None) -> None:
        self.both, self.structure = both, structure
        self.cuts = self._reference_cuts()
        self.lost_introns: list[tuple[int, int, int]] = []  # exons around, and nt that are left
        self.exons = self._joined(self._exons())
        self.introns = self._introns()
        self.low, self.high = both.reach()
        length = len(both.reference)
        self.whole = bool(self.exons)
        self.whole &= all(start >= 0 and end <= length for start, end in self.cuts)
        self.cds = self._cds()
        self._coding: Cut | None = None  # in the alternate; None where it cannot be read
        self._unread = NOT_WHOLE if self.cds and not self.whole else UNKNOWN.nmd_reason
        self.usual: Product | None = None
        if self.whole:
            self.usual = self._read(tuple(self.cuts))
        self.reached = [e for e in self.exons if self.in_reach(e)]

    def _sense(self, first: int, last: int) -> Cut:
        """Return 1-based forward positions as a half-open cut in the sense."""
        length = len(self.both.reference)
        return (first - 1, last) if self.both.plus else (length - last, length - first + 1)

    def _reference_cuts(self) -> list[Cut]:
        if self.structure is None:
            return []
        return sorted(self._sense(*e) for e in self.structure.whole_exons or self.structure.exons)

    def _exons(self) -> list[Exon]:
        if self.structure is None:
            return []
        introns = [self._sense(*i) for i in self.structure.introns]
        length = len(self.both.reference)
        exons = []
        for number, (start, end) in enumerate(self.cuts, 1):
            if self.structure.whole_exons:
                acceptor, donor = number > 1, number < len(self.cuts)
            else:
                acceptor = any(e == start for _, e in introns)
                donor = any(s == end for s, _ in introns)
            exons.append(
                Exon(
                    number, start, end,
                    self.both.cut(start, begins=True), self.both.cut(end, begins=False),
                    acceptor and 1 <= start <= length, donor and 0 <= end < length,
                )
            )  # fmt: skip
        return exons

    def _joined(self, exons: list[Exon]) -> list[Exon]:
        """Make one of exons between which there is no intron that could be spliced out."""
        joined: list[Exon] = []
        for exon in exons:
            there = [at for at, e in enumerate(joined) if e.alt_end > e.alt_start]
            if joined and exon.start - joined[-1].end < MIN_INTRON:  # a gap of the annotation
                before = joined.pop()
                gap = ((before.end, exon.start),) if exon.start > before.end else ()
                joined.append(_one(before, exon, gap))
            elif (
                there
                and exon.alt_end > exon.alt_start
                and exon.alt_start - joined[there[-1]].alt_end < MIN_INTRON
            ):
                before = joined[there[-1]]
                first = before.last or before.number
                left = exon.alt_start - before.alt_end
                self.lost_introns.append((first, exon.number, left))
                joined[there[-1] :] = [_one(before, exon, ())]
            else:
                joined.append(exon)
        return joined

    def pieces(self, exon: Exon) -> list[Cut]:
        """Return the cuts of the alternate that an exon gives to the mRNA."""
        at, pieces = exon.alt_start, []
        for start, end in exon.gaps:
            pieces.append((at, min(self.both.cut(start, begins=False), exon.alt_end)))
            at = max(at, self.both.cut(end, begins=True))
        return [(start, end) for start, end in [*pieces, (at, exon.alt_end)] if end > start]

    def size(self, exon: Exon) -> int:
        """Return how many bases of the usual mRNA are of an exon."""
        return sum(e - s for s, e in self.cuts if exon.start <= s and e <= exon.end)

    def _introns(self) -> list[tuple[int, Cut, Cut]]:
        """Return number, and cuts in reference and alternate, of introns within the record."""
        length = len(self.both.reference)
        there = [e for e in self.exons if e.alt_end > e.alt_start]
        gaps = [(a.last or a.number, a.end, b.start) for a, b in pairwise(there)]
        if self.structure is None:
            gaps = [(0, 0, length)]
        elif not self.structure.whole_exons:
            cuts = sorted(self._sense(*i) for i in self.structure.introns)
            gaps = [(number, *cut) for number, cut in enumerate(cuts, 1)]
        introns = []
        for number, start, end in gaps:
            low, high = max(start, 0), min(end, length)
            if high > low:
                alt = self.both.cut(low, begins=False), self.both.cut(high, begins=True)
                introns.append((number, (start, end), alt))
        return introns

    def _cds(self) -> Cut | None:
        if self.structure is None or self.structure.cds is None:
            return None
        return self._sense(*self.structure.cds)

    def _read(self, cuts: tuple[Cut, ...]) -> Product:
        """Return the usual mRNA, read if its coding sequence reads as it is annotated."""
        usual = make_product(self.both.reference, cuts, self.cds)
        if self.cds is None or usual.reading is None:
            return usual
        if usual.reading.stop != usual.reading.end:
            self._unread = UNREADABLE
            return usual._replace(reading=None)
        start, end = self.both.start_cut(self.cds[0]), self.both.cut(self.cds[1], begins=False)
        last_is_lost = self.both.in_reference(end - 1) != self.cds[1] - 1
        self._coding = start, 0 if last_is_lost else end
        return usual

    def in_reach(self, exon: Exon) -> bool:
        low = self.low - MOST_EXTENDED * exon.donor
        high = self.high + MOST_EXTENDED * exon.acceptor
        return exon.alt_start - 1 <= high and exon.alt_end >= low

    @property
    def counted(self) -> bool:
        return bool(self.structure and self.structure.whole_exons)

    def name(self, exon: Exon) -> str:
        if self.counted:
            return f"exon {exon.number}{f'-{exon.last}' if exon.last else ''}"
        return f"the exon {self.both.told_exon(exon.start, exon.end)}"

    def intron_name(self, exon: Exon, *, before: bool) -> str:
        if self.counted:
            return f"intron {exon.number - 1 if before else exon.last or exon.number}"
        return f"the intron {'before' if before else 'behind'} it"

    def usual_sites(self, exon: Exon) -> tuple[SiteEvidence, ...]:
        return tuple(
            self.usual_site(exon, row)
            for there, row in ((exon.acceptor, 1), (exon.donor, 0))
            if there
        )

    def usual_site(self, exon: Exon, row: int) -> SiteEvidence:
        """Return the site at which an exon begins (row 1) or ends, and what takes its place."""
        own, column = (exon.start - 1, exon.alt_start - 1) if row else (exon.end, exon.alt_end)
        there = exon.alt_end > exon.alt_start and 0 <= column < len(self.both.alternate)
        return SiteEvidence(
            ("donor", "acceptor")[row],
            self.both.position(own),
            self.both.position(column, alternate=True) if there else 0,
            float(self.both.before[row, own]),
            self.both.pair(row, column)[1] if there else 0.0,
            known=True,
        )

    def site(self, row: int, column: int, *, known: bool) -> SiteEvidence:
        back = self.both.in_reference(column)
        before, after = self.both.pair(row, column)
        return SiteEvidence(
            ("donor", "acceptor")[row],
            self.both.position(back) if back >= 0 else 0,
            self.both.position(column, alternate=True),
            before,
            after,
            known,
        )

    def event(
        self,
        kind: str,
        words: str,
        length: int,
        span: Cut,
        alternate: bool,
        support: tuple[float, float],
        sites: tuple[SiteEvidence, ...],
        *,
        exons: list[Exon] | None,
        exon: int = 0,
        intron: int = 0,
    ) -> Consequence:
        first = last = 0
        inserted = False
        by_event = length
        if exons is not None:
            cuts = tuple(piece for one in exons for piece in self.pieces(one))
            length = sum(e - s for s, e in cuts) - sum(e - s for s, e in self.cuts)
        if span[1] > span[0]:
            if alternate:
                first, last, inserted = self.both.positions(*span)
            else:
                first, last = sorted(self.both.position(c) for c in (span[0], span[1] - 1))
        product, coding = None, UNKNOWN._replace(nmd_reason=self._unread)
        if exons is not None and self.whole:
            product = make_product(self.both.alternate, cuts, self._coding)
        if product is not None and self.usual is not None and self._coding:
            coding = coding_effect(self.usual, product)
        elif self.cds and length and exons is not None:
            if length != by_event:
                span = self._with_edits(span, alternate)
            coding = coding._replace(frame=self._by_length(span, alternate, length))
        return Consequence(
            kind, words, exon, intron, length, first, last, inserted, support[1], support[0],
            sites, product, coding,
        )  # fmt: skip

    def _with_edits(self, span: Cut, alternate: bool) -> Cut:
        """Return a cut that holds the edits, too: they add to exons or delete from them."""
        blocks = [(c.alt_start, c.alt_stop) if alternate else c[:2] for c in self.both.changes]
        ends = [*blocks, span] if span[1] > span[0] or not blocks else blocks
        return min(start for start, _ in ends), max(end for _, end in ends)

    def _by_length(self, span: Cut, alternate: bool, length: int) -> str:
        """Return what the length alone says of the frame, where no protein can be read."""
        assert self.cds is not None
        ends = self.cds
        if alternate:
            ends = (self.both.cut(ends[0], begins=True), self.both.cut(ends[1], begins=False))
        if span[1] == span[0]:
            return "unknown"
        if span[1] <= ends[0] or ends[1] <= span[0]:
            return "outside"
        if length < 0 and (span[0] <= ends[0] or ends[1] <= span[1]):
            return "unknown"  # the first or the last codon is lost
        return "kept" if length % 3 == 0 else "shifted"
