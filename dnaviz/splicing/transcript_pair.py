"""A transcript on a reference and on its alternate: its exons on both, and how events are told."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from dnaviz.genome.transcript_model import TranscriptModel
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
        Bases that the mRNA gains, or, negative, loses by it.
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
    """An exon of the transcript: its cuts in the reference and in the alternate."""

    number: int
    start: int
    end: int
    alt_start: int
    alt_end: int
    acceptor: bool  # whether it begins behind an intron, on the record
    donor: bool


class TranscriptPair:
    """A transcript on both sequences, to be asked for what may happen to its mRNA.

    Parameters
    ----------
    both : BothSenses
        In the sense of the transcript.
    structure : Structure or None
    """

    def __init__(self, both: BothSenses, structure: TranscriptModel | None) -> None:
        self.both, self.structure = both, structure
        self.exons = self._exons()
        self.introns = self._introns()
        self.low, self.high = both.reach()
        length = len(both.reference)
        self.whole = bool(self.exons)
        self.whole &= all(e.start >= 0 and e.end <= length for e in self.exons)
        self.cds = self._cds()
        self._coding: Cut | None = None  # in the alternate; None where it cannot be read
        self._unread = NOT_WHOLE if self.cds and not self.whole else UNKNOWN.nmd_reason
        self.usual: Product | None = None
        if self.whole:
            self.usual = self._read(tuple((e.start, e.end) for e in self.exons))
        self.reached = [e for e in self.exons if self.in_reach(e)]

    def _sense(self, first: int, last: int) -> Cut:
        """Return 1-based forward positions as a half-open cut in the sense."""
        length = len(self.both.reference)
        return (first - 1, last) if self.both.plus else (length - last, length - first + 1)

    def _exons(self) -> list[Exon]:
        if self.structure is None:
            return []
        cuts = sorted(self._sense(*e) for e in self.structure.whole_exons or self.structure.exons)
        introns = [self._sense(*i) for i in self.structure.introns]
        length = len(self.both.reference)
        exons = []
        for number, (start, end) in enumerate(cuts, 1):
            if self.structure.whole_exons:
                acceptor, donor = number > 1, number < len(cuts)
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

    def _introns(self) -> list[tuple[int, Cut, Cut]]:
        """Return number, and cuts in reference and alternate, of introns within the record."""
        length = len(self.both.reference)
        gaps = [(a.number, a.end, b.start) for a, b in pairwise(self.exons)]
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
        start, end = (self.both.cut(at, begins=not n) for n, at in enumerate(self.cds))
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
            return f"exon {exon.number}"
        first, last = sorted(self.both.position(c) for c in (exon.start, exon.end - 1))
        return f"the exon {first:,}-{last:,}"

    def intron_name(self, exon: Exon, *, before: bool) -> str:
        if self.counted:
            return f"intron {exon.number - before}"
        return f"the intron {'before' if before else 'behind'} it"

    def usual_sites(self, exon: Exon) -> tuple[SiteEvidence, ...]:
        pairs = ((exon.acceptor, 1, exon.alt_start - 1), (exon.donor, 0, exon.alt_end))
        return tuple(self.site(row, column, known=True) for there, row, column in pairs if there)

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

    def positions(self, start: int, end: int) -> tuple[int, int, bool]:
        """Return forward positions of a cut of the alternate: the reference's, if it has them."""
        columns = [start, end - 1]
        back = [self.both.in_reference(c) for c in columns]
        inserted = min(back) < 0
        positions = sorted(
            self.both.position(c, alternate=inserted) for c in (columns if inserted else back)
        )
        return positions[0], positions[1], inserted

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
        if span[1] > span[0]:
            if alternate:
                first, last, inserted = self.positions(*span)
            else:
                first, last = sorted(self.both.position(c) for c in (span[0], span[1] - 1))
        product, coding = None, UNKNOWN._replace(nmd_reason=self._unread)
        if exons is not None and self.whole:
            cuts = tuple((e.alt_start, e.alt_end) for e in exons if e.alt_end > e.alt_start)
            product = make_product(self.both.alternate, cuts, self._coding)
        if product is not None and self.usual is not None and self._coding:
            coding = coding_effect(self.usual, product)
        elif self.cds and length and exons is not None:
            coding = coding._replace(frame=self._by_length(span, alternate, length))
        return Consequence(
            kind, words, exon, intron, length, first, last, inserted, support[1], support[0],
            sites, product, coding,
        )  # fmt: skip

    def _by_length(self, span: Cut, alternate: bool, length: int) -> str:
        """Return what the length alone says of the frame, where no protein can be read."""
        assert self.cds is not None
        ends = self.cds
        if alternate:
            ends = (self.both.cut(ends[0], begins=True), self.both.cut(ends[1], begins=False))
        if span[1] <= ends[0] or ends[1] <= span[0]:
            return "outside"
        if length < 0 and (span[0] <= ends[0] or ends[1] <= span[1]):
            return "unknown"  # the first or the last codon is lost
        return "kept" if length % 3 == 0 else "shifted"
