"""The events by which an mRNA can differ: found from the sites before and after a change."""

from __future__ import annotations

from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.splicing.both_senses import BothSenses
from dnaviz.splicing.exon_forms import (
    FLOOR,
    MIN_GAP,
    MOST_EXTENDED,
    PSEUDO_EXON,
    SHORT_INTRON,
    End,
    Form,
    exon_forms,
    in_use,
    pseudo_exons,
    retention,
)
from dnaviz.splicing.products import Cut
from dnaviz.splicing.scan import SITES
from dnaviz.splicing.transcript_pair import Consequence, Exon, SiteEvidence, TranscriptPair

LEAST = 0.05
"""Least growth of its support by which a product is listed."""

NEW_SITE = 0.2
"""Growth of a probability from which a site is listed that no product uses."""

MOST = 8
"""Products listed."""

MOST_PSEUDO = 3
"""Pseudo-exons listed of one intron."""

USUAL = ("the exons stay as they are", "no exon is made")
"""What is said of a sequence with and without exons where nothing changes."""

WEAKEST = 0.003
"""Least probability of the partner that is named of a new site without a probable one."""


class Events(TranscriptPair):
    """The events that a change makes possible in a transcript.

    Parameters
    ----------
    both : BothSenses
        In the sense of the transcript.
    structure : TranscriptModel or None
        Without one the record is taken for an intron.
    """

    def __init__(self, both: BothSenses, structure: TranscriptModel | None) -> None:
        super().__init__(both, structure)
        self._forms: dict[int, tuple[list[Form], tuple[float, float]]] = {}

    def forms(self, exon: Exon) -> tuple[list[Form], tuple[float, float]]:
        """Return the forms of an exon, the usual one first, and the support of its absence."""
        if exon.number not in self._forms:
            ends = self._ends(exon, row=0) if exon.donor else [End(exon.alt_end, 1, 1, -1)]
            starts = self._ends(exon, row=1) if exon.acceptor else [End(exon.alt_start, 1, 1, -1)]
            skippable = exon.acceptor and exon.donor
            self._forms[exon.number] = exon_forms(starts, ends, skippable=skippable)
        return self._forms[exon.number]

    def _ends(self, exon: Exon, row: int) -> list[End]:
        """Return where an exon may end (row 0: donors) or begin (row 1: acceptors)."""
        cut = exon.alt_start if row else exon.alt_end
        own = (exon.start - 1) if row else exon.end
        column = cut - 1 if row else cut
        after = self.both.pair(row, column)[1]
        before = float(self.both.before[row, own])
        ends = [End(cut, *in_use(before, after), column)]
        if exon.alt_end <= exon.alt_start:  # it is deleted
            return ends
        at = self.exons.index(exon)
        if row:
            floor = self.exons[at - 1].alt_end + MIN_GAP if at else 0
            low, high = max(floor, cut - MOST_EXTENDED), exon.alt_end - 1
        else:
            more = at + 1 < len(self.exons)
            roof = self.exons[at + 1].alt_start - MIN_GAP if more else len(self.both.alternate)
            low, high = exon.alt_start + 1, min(roof, cut + MOST_EXTENDED)
        for other in self.both.candidates(row, low, high, FLOOR):
            if other != column:
                before, after = self.both.pair(row, other)
                left_before, left_after = self._not_taken(row, other, column)
                ends.append(End(other + row, before * left_before, after * left_after, other))
        return ends

    def _not_taken(self, row: int, new: int, usual: int) -> tuple[float, float]:
        """Return how probable it is that no pseudo-exon takes a new end from the exon."""
        shortest = PSEUDO_EXON[0]
        first, last = (new + 1 + shortest, usual + 1) if row else (usual, new - shortest)
        low, high = (first, last - MIN_GAP) if row else (first + MIN_GAP, last)
        inside = self.both.candidates(1 - row, low, high, FLOOR)
        pairs = [(0.0, 0.0), *(self.both.pair(1 - row, c) for c in inside)]
        before, after = (max(values) for values in zip(*pairs, strict=True))
        return 1 - before, 1 - after

    def of_exons(self) -> list[Consequence]:
        """Return what may happen to the exons that a change reaches."""
        consequences = []
        for exon in self.reached:
            forms, absent = self.forms(exon)
            usual = self.usual_sites(exon)
            if absent[1] - absent[0] >= LEAST:
                consequences.append(self._skipped(exon, absent, usual))
            for form in forms[1:]:
                if form.after - form.before >= LEAST:
                    consequences.append(self._other_form(exon, form))
        return consequences

    def _skipped(
        self, exon: Exon, absent: tuple[float, float], sites: tuple[SiteEvidence, ...]
    ) -> Consequence:
        size = self.size(exon)
        gone = exon.alt_end <= exon.alt_start
        words = f"{self.name(exon)} is {'deleted' if gone else 'skipped'} ({size:,} nt)"
        return self.event(
            "exon_skipped", words, -size, (exon.start, exon.end), False, absent, sites,
            exons=[e for e in self.exons if e is not exon], exon=exon.number,
        )  # fmt: skip

    def _other_form(self, exon: Exon, form: Form) -> Consequence:
        """Return an exon that begins or ends elsewhere than usual."""
        left, right = exon.alt_start - form.start.cut, form.end.cut - exon.alt_end
        parts, spans = [], []
        for grown, first, cut in (
            (left, True, (form.start.cut, exon.alt_start)),
            (right, False, (exon.alt_end, form.end.cut)),
        ):
            if grown < 0:
                parts.append(f"loses its {'first' if first else 'last'} {-grown:,} nt")
            if grown > 0 and all(self.both.in_reference(c) < 0 for c in range(*cut)):
                parts.append(
                    f"gains the {grown:,} nt inserted at its {'start' if first else 'end'}"
                )
            elif grown > 0:
                intron = self.intron_name(exon, before=first)
                parts.append(f"gains the {'last' if first else 'first'} {grown:,} nt of {intron}")
            if grown:
                spans.append((min(cut), max(cut)))
        length = left + right
        kind = (
            "exon_moved" if left and right else f"exon_{'extended' if length > 0 else 'shortened'}"
        )
        sites = []
        for end, usual, row in ((form.start, exon.alt_start, 1), (form.end, exon.alt_end, 0)):
            if end.cut != usual:
                sites.append(self.site(row, end.column, known=False))
                sites.append(self.usual_site(exon, row))
        changed = [e._replace(alt_start=form.start.cut, alt_end=form.end.cut) if e is exon else e
                   for e in self.exons]  # fmt: skip
        span = (min(s for s, _ in spans), max(e for _, e in spans))
        event = self.event(
            kind, f"{self.name(exon)} {' and '.join(parts)}", length, span, True,
            (form.before, form.after), tuple(sites), exons=changed, exon=exon.number,
        )  # fmt: skip
        if event.length == length:
            return event
        return event._replace(words=f"{event.words} ({_in_all(event.length)} with the edit)")

    def of_introns(self) -> list[Consequence]:
        """Return pseudo-exons, and introns that may be kept."""
        consequences = []
        for number, cut, alt in self.introns:
            if not (alt[0] - 1 <= self.high and alt[1] >= self.low):
                continue
            consequences += self._pseudo(number, alt)
            if number and self.structure is not None:
                consequences += self._kept(number, cut, alt)
        return consequences

    def _pseudo(self, number: int, alt: Cut) -> list[Consequence]:
        low, high = self._inside(alt)
        acceptors, donors = (
            [End(c + row, *self.both.pair(row, c), c)
             for c in self.both.candidates(row, low, high, FLOOR)]
            for row in (1, 0)
        )  # fmt: skip
        grown = [f for f in pseudo_exons(acceptors, donors) if f.after - f.before >= LEAST]
        return [self._pseudo_exon(number, form) for form in grown[:MOST_PSEUDO]]

    def _inside(self, alt: Cut) -> Cut:
        """Return the part of an intron where a pseudo-exon may lie."""
        return alt if self.structure is None else (alt[0] + MIN_GAP, alt[1] - MIN_GAP)

    def _pseudo_exon(self, number: int, form: Form, weak: str = "") -> Consequence:
        span = form.start.cut, form.end.cut
        where = f" in intron {number}" if number and self.counted else ""
        words = f"a pseudo-exon of {span[1] - span[0]:,} nt{where}, {self.both.told(*span)}"
        new = Exon(0, 0, 0, *span, True, True)
        exons = sorted([*self.exons, new], key=lambda e: e.alt_start)
        sites = tuple(
            self.site(row, end.column, known=False) for row, end in ((1, form.start), (0, form.end))
        )
        return self.event(
            "pseudo_exon", words + weak, span[1] - span[0], span, True, (form.before, form.after),
            sites, exons=exons, intron=number,
        )  # fmt: skip

    def _kept(self, number: int, cut: Cut, alt: Cut) -> list[Consequence]:
        before = next((e for e in self.exons if e.end == cut[0]), None)
        behind = next((e for e in self.exons if e.start == cut[1]), None)
        if before is None or behind is None or not (self.pieces(before) and self.pieces(behind)):
            return []
        lost, rest, sites, outer = 0.0, 0.0, [], ""
        for exon, row in ((before, 0), (behind, 1)):
            forms, _ = self.forms(exon)
            if not (exon.acceptor if row else exon.donor):
                continue
            end = forms[0].start if row else forms[0].end
            lost = max(lost, end.reference - end.alternate)
            sites.append(self.usual_site(exon, row))
            if exon in (self.exons[0], self.exons[-1]):  # not skipped: what no form has is left
                left = sum(f.before for f in forms) - sum(f.after for f in forms)
                if left > rest:
                    rest, outer = left, "last" if row else "first"
        size = alt[1] - alt[0]
        support = max(retention(lost, size), rest)
        if support < LEAST:
            return []
        joined = before._replace(alt_end=behind.alt_end, gaps=(*before.gaps, *behind.gaps))
        exons = [joined if e is before else e for e in self.exons if e is not behind]
        words = f"{self.intron_name(before, before=False)} is kept ({size:,} nt)"
        if self.counted and outer and size > SHORT_INTRON:
            words += f", or the transcript has another {outer} exon"
        return [
            self.event(
                "intron_kept", words, size, alt, True, (0.0, support), tuple(sites), exons=exons,
                intron=number,
            )
        ]  # fmt: skip

    def unpaired(self, consequences: list[Consequence]) -> list[Consequence]:
        """Return new sites that none of the products uses, with the likeliest partner if any."""
        used = {(s.site, s.alternate_position) for c in consequences for s in c.sites}
        made = []
        for row, name in enumerate(SITES):
            for column in self.both.candidates(row, self.low, self.high + 1, NEW_SITE):
                before, after = self.both.pair(row, column)
                site = self.site(row, column, known=False)
                own = any(column == (e.alt_start - 1 if row else e.alt_end) for e in self.exons)
                if own or after - before < NEW_SITE:
                    continue
                if (name, site.alternate_position) not in used:
                    made.append(self._unpaired(row, column, site))
        return made

    def _unpaired(self, row: int, column: int, site: SiteEvidence) -> Consequence:
        # No partner is probable: the site's own probability, halved, stands for the support.
        support = site.reference / 2, site.alternate / 2
        other, side = SITES[1 - row], 1 if row else -1
        for number, _, alt in self.introns:
            low, high = self._inside(alt)
            if not low <= column < high:
                continue
            # A donor's column is the first behind an exon, an acceptor's the last before it.
            first, last = sorted((column + side * (size + 1)) for size in PSEUDO_EXON)
            near = self.both.candidates(1 - row, max(first, low), min(last + 1, high), WEAKEST)
            if not near:
                break
            best = max(near, key=lambda c: self.both.pair(1 - row, c)[1])
            ends = [End(column + row, 0, 0, column), End(best + 1 - row, 0, 0, best)]
            start, end = sorted(ends, key=lambda e: e.cut)
            weak = f", if its weak {other} is used"
            return self._pseudo_exon(number, Form(start, end, *support), weak)
        words = f"a new {site.site} at {self.both.told(column, column + 1)}"
        return self.event(
            "new_site", f"{words}, for which no {other} is found", 0, (column, column + 1), True,
            support, (site,), exons=None,
        )  # fmt: skip

    def unchanged(self) -> Consequence:
        """Return the usual mRNA of the alternate, with the support that is left for it."""
        after = before = 1.0
        for exon in self.reached:
            (usual, *_), _ = self.forms(exon)
            after, before = min(after, usual.after), min(before, usual.before)
        for number, _, alt in self.introns:
            for event in self._pseudo(number, alt):
                after = min(after, 1 - event.support)
        words = USUAL[not self.exons]
        kind = "unchanged"
        if self.lost_introns:
            words = " and ".join(self._become_one(*lost) for lost in self.lost_introns)
            if any(behind - before > 1 for before, behind, _ in self.lost_introns):
                kind = "exon_skipped"
        return self.event(kind, words, 0, (0, 0), False, (before, after), (), exons=self.exons)

    def _become_one(self, before: int, behind: int, left: int) -> str:
        """Say that two exons are one, since an edit leaves nothing between to be spliced out."""
        if not self.counted:
            words = "two exons become one, without the intron between them"
        elif behind - before == 1:
            words = f"exons {before} and {behind} become one, without intron {before}"
        else:
            words = f"exons {before} and {behind} become one, without what lies between them"
        return words + (f" but {left:,} nt, too few to be spliced out" if left else "")


def _in_all(length: int) -> str:
    return (
        f"{abs(length):,} nt {'more' if length > 0 else 'fewer'}" if length else "as long as usual"
    )
