"""What edits of a record do to its mRNA, with the transcript, the spellings and the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from dnaviz.errors import InputError
from dnaviz.genome.case_exons import CASE_NAME
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.annotate import predicted_transcript_models, strand_weights
from dnaviz.splicing.consequences import (
    LESS_SUPPORTED,
    Consequences,
    consequences,
    whole_after,
)
from dnaviz.splicing.delta_events import (
    NOTABLE,
    SITE,
    Event,
    known_strand,
    leading_event,
    sense_strand,
)
from dnaviz.splicing.events import NEW_SITE
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.products import UNKNOWN
from dnaviz.splicing.report_text import FRAMES, NamedModel, report_text
from dnaviz.splicing.spelling import Spellings, joined, spellings
from dnaviz.splicing.surroundings import consequences_around, is_whole
from dnaviz.splicing.transcript_pair import SiteEvidence
from dnaviz.splicing.transcripts import TranscriptMap

if TYPE_CHECKING:
    from dnaviz.splicing.scan import Scan
    from dnaviz.splicing.transcript_pair import Consequence
    from dnaviz.splicing.variant_effect import SpliceEffect

EXON_THRESHOLD = 0.5
"""Sites of at least this probability make the exons of a record on which none are known."""

WITHOUT_SITES = ("exon_skipped", "intron_kept")
"""Kinds of products that lack the sites that tell of them."""


class Prediction(NamedTuple):
    """What `predict` returns.

    Attributes
    ----------
    consequences : Consequences
        Possible products, the best supported first.
    names : tuple of Spellings
        Each edit in all coordinates that are known.
    event : Event or None
        The largest change of a splice site; None if none is notable.
    known : bool
        Whether the exons are known, and not the likeliest that the model finds.
    """

    consequences: Consequences
    names: tuple[Spellings, ...]
    event: Event | None
    known: bool

    def __repr__(self) -> str:
        return f"Prediction({self.headline})"

    @property
    def headline(self) -> str:
        """The largest event, and what it makes of the mRNA, in one line."""
        main = self.consequences.main
        less = self.consequences.is_less_supported
        rank = f"{LESS_SUPPORTED}: " if less else ""
        if self.event is None:
            head = f"No splice site changes by {NOTABLE} or more"
            return head if main.kind == "unchanged" else f"{head}; {rank}{in_short(main)}"
        event = self.event.told(self.consequences.place)
        if main.kind == "unchanged":
            return f"{event}; {self.consequences.outcome} is predicted"
        partners = _partners(self.event, main, self.consequences.place)
        if partners is None:
            return f"{event}; {rank or 'best supported: '}{in_short(main)}"
        return f"{event}; {rank}{partners}{in_short(main)}"

    def paragraph(self, model: NamedModel) -> str:
        """Return a paragraph for a report: variant, effect, numbers, model and limits."""
        return report_text(self.consequences, joined(self.names), model)


def in_short(one: Consequence) -> str:
    """Return what happens to the mRNA, the frame and the stop, as one clause."""
    coding = one.coding
    parts = [one.words]
    if coding.frame == "unknown":
        parts += [one.modulo] if one.length else []
    elif coding.frame in ("kept", "shifted"):
        parts.append(f"frame {coding.frame}")
    else:
        parts.append(FRAMES[coding.frame])
    if coding.stop_codon and one.kind != "unchanged":
        parts.append(f"stop at codon {coding.stop_codon:,}")
    if coding.nmd and one.kind != "unchanged":
        parts.append("nonsense-mediated decay expected")
    return ", ".join(parts)


def spell(variant: Variant, locator: Locator) -> Spellings:
    """Return an edit in all coordinates that its record knows."""
    structure = transcript_of([variant], locator.structures)
    if structure is not None:
        try:
            TranscriptMap(structure)
        except InputError:  # an exon that its coding sequence begins in is not on the record
            structure = None
    names = spellings(variant, locator.record, structure, locator.place, locator.assembly)
    return names._replace(transcript="") if names.transcript == CASE_NAME else names


def transcript_of(
    variants: Iterable[Variant], structures: Iterable[TranscriptModel]
) -> TranscriptModel | None:
    """Return the first transcript that edits lie in, else one that they reach, else the first.

    One without introns is returned only where edits reach it: of other bases it tells nothing.
    A coding one that edits reach from outside goes before others that are not coding, but the
    first is taken where they lie in it.
    """
    edits = list(variants)

    def holds(structure: TranscriptModel) -> bool:
        low, high = structure.span()
        return all(low <= v.position and v.position + len(v.ref) - 1 <= high for v in edits)

    def reached(structure: TranscriptModel) -> bool:
        low, high = structure.span()
        return all(v.position <= high and v.position + len(v.ref) - 1 >= low for v in edits)

    candidates = [one for one in structures if one.introns or reached(one)]
    first = next(filter(holds, candidates), None)
    if first is not None and (first.cds or first is candidates[0]):
        return first
    coding = (one for one in candidates if one.cds and reached(one))
    return next(
        coding, first or next(filter(reached, candidates), candidates[0] if candidates else None)
    )


def predict(
    locator: Locator,
    reference: Scan,
    effects: list[SpliceEffect],
    around: Callable[[TranscriptModel], Locator | None] | None = None,
    *,
    in_genome: bool = False,
) -> Prediction:
    """Predict what edits do to the mRNA.

    Parameters
    ----------
    locator : Locator
        The record with what is known of it, see `annotated`.
    reference : Scan
        Of the record, on both strands.
    effects : list of SpliceEffect
        Of the same edits on both strands.
    around : callable, optional
        Returns a longer record that holds the whole of a transcript, or None; both records must
        have their places in one genome.
    in_genome : bool
        Whether words have coordinates of the genome, and not those of the record, if it has them.

    Returns
    -------
    Prediction
        Of the transcript that the edits lie in. Where none is known the likeliest exons take its
        place, on the strand of the largest event; what they code for is not known.
    """
    variants = effects[0].variants
    structure, length = transcript_of(variants, locator.structures), len(locator.record)
    strand: str | None = known_strand(locator.structures, length)
    weights = strand_weights(reference, locator.structures)
    event = leading_event(effects, strand or "", weights)
    if structure and structure.tells_splicing(length):
        event = leading_event(effects, structure.strand, weights)
    elif event and event.delta.value >= NEW_SITE:
        # A vector's coding sequence may lie on, or be interrupted by, an insert that is spliced.
        structure = None
    strand = structure.strand if structure else strand
    known = structure is not None
    if structure is None:
        strand = event.strand if event else sense_strand(reference, position=variants[0].position)
        likely = predicted_transcript_models(reference.at(EXON_THRESHOLD).only(strand))
        structure = transcript_of(variants, [_in_introns(one, reference) for one in likely])
    assert strand is not None
    effect = next(e for e in effects if e.strand == strand)
    before = next(p for s, p in reference.probabilities.items() if s == strand)
    after = whole_after(effect, before)
    longer, place = None, locator.place if in_genome else None
    if structure is not None and known and around and not is_whole(structure, len(before[0])):
        longer = around(structure)
    if longer is not None and structure is not None and longer.place and locator.place:
        first = longer.place.record(locator.place.position(1))
        products = consequences_around(
            locator.record, variants, before, after, structure, longer, first, place
        )
    else:
        products = consequences(
            locator.record, variants, before, after, structure, strand=strand, place=place
        )
    if not known:
        # The first and the last exon are not among the predicted: the mRNA is not known.
        items = tuple(c._replace(product=None, coding=UNKNOWN) for c in products.items)
        products = products._replace(items=items, usual=None, structure=None)
    if event and products.main.kind == "unchanged":
        why = ""
        if _is_elsewhere(event, structure, known):
            why = f"no exon and intron that meet at this {event.site} are found"
        elif structure is not None and _ends_another_exon(event, structure, reference):
            why = f"this {event.site} ends an exon that {structure.name[:80]} does not have"
        if why:
            products = products._replace(items=(_not_known(products.main, event, why),))
    names = tuple(spell(variant, locator) for variant in variants)
    return Prediction(products, names, event, known)


def _in_introns(likely: TranscriptModel, reference: Scan) -> TranscriptModel:
    """Return predicted exons with the introns at either end, too: all lie between two sites."""
    exons, introns = likely.exons, list(likely.introns)
    if exons and all(end != exons[0][0] - 1 for _, end in introns):
        introns.insert(0, (0, exons[0][0] - 1))
    if exons and all(start != exons[-1][1] + 1 for start, _ in introns):
        introns.append((exons[-1][1] + 1, len(reference.sequence) + 1))
    return likely._replace(introns=introns)


def _is_elsewhere(event: Event, structure: TranscriptModel | None, known: bool) -> bool:
    """Whether a site is lost that ends an exon, for all one knows, and no intron of those told."""
    if not event.event.endswith("loss") or event.delta.value < NEW_SITE:
        return False
    if structure is None or not (known or structure.exons):  # of introns alone no mRNA is told
        return True
    at = event.delta.position
    if any(at in intron for intron in structure.introns):
        return False
    # Known exons are all there are; one may be told without the intron beside it.
    return not known or any(at in (start - 1, end + 1) for start, end in structure.exons)


def _ends_another_exon(event: Event, structure: TranscriptModel, reference: Scan) -> bool:
    """Whether a site is lost that ends a likely exon within an intron of the transcript.

    Such is the exon that is put into a minigene of which only the vector's exons are known.
    """
    if not event.event.endswith("loss") or event.delta.value < NEW_SITE:
        return False
    likely = predicted_transcript_models(reference.at(EXON_THRESHOLD).only(event.strand))
    ended = [
        (start, end)
        for one in likely
        for start, end in one.exons
        if event.delta.position in (start - 1, end + 1)
    ]
    return any(s < start and end < e for start, end in ended for s, e in structure.introns)


def _not_known(unchanged: Consequence, event: Event, why: str) -> Consequence:
    """Return what is said of a lost site that ends no exon that is known."""
    delta = event.delta
    site = SiteEvidence(
        event.site, delta.position, delta.alternate_position, delta.before, delta.after, known=False
    )
    words = f"what becomes of the mRNA is not known, because {why}"
    return unchanged._replace(
        kind="not_known", words=words, support=delta.value, sites=(site,), product=None,
        coding=UNKNOWN,
    )  # fmt: skip


def _partners(event: Event, main: Consequence, place: GenomicInterval | None) -> str | None:
    """Say which other sites a product takes that a change made; None if it lacks the event's."""
    places = [(s.site, s.position, s.alternate_position) for s in main.sites]
    own = (event.site, event.delta.alternate_position)
    if not any((site, at) == own or (site, back) == event.chosen[::2] for site, back, at in places):
        return None
    others = [
        s for s in main.sites
        if main.kind not in WITHOUT_SITES
        and s.alternate >= SITE and s.alternate - s.reference >= NOTABLE
        and (s.site, s.alternate_position) != own
    ]  # fmt: skip
    named = []
    for s in others:
        what = f"{'new' if s.reference < SITE else 'stronger'} {s.site}"
        if place is None:
            named.append(f"the {what} at {s.position or s.alternate_position:,}")
        elif s.position:
            named.append(f"the {what} at {place.chrom}:{place.position(s.position):,}")
        else:  # on a base that the genome lacks
            named.append(f"a {what}")
    return f"with {' and '.join(named)} " if named else ""
