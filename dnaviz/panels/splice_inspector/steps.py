"""What the splice inspector computes of a chosen site: which one first, and what edits do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dnaviz.attribution import Attribution, Mutagenesis, attribute, mutagenesis
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.progress import Stepwise, in_steps, stepwise
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.annotate import site_weights, strand_weights, with_weighted_sites
from dnaviz.splicing.delta_events import events, known_strand, leading_event, sense_strand
from dnaviz.splicing.scan import STRANDS, Scan
from dnaviz.splicing.variant_effect import SpliceEffect, splice_effects

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

FLANK = 100
"""Bases on either side of a site that are mutated on screen; the Python call can do all 200."""


class SiteQuery(NamedTuple):
    """A site and how to attribute it: `position` is 1-based on the record's forward strand."""

    position: int
    strand: str
    site: str
    method: str
    baseline: str


class EditedExplanation(NamedTuple):
    """The chosen site after edits; None where they delete it, or there are none."""

    attribution: Attribution | None
    mutations: Mutagenesis | None


def first_site(
    scan: Scan, effects: list[SpliceEffect], known: list[TranscriptModel]
) -> tuple[int, str, str]:
    """Return the site to explain first, as (position, strand, site).

    It is that of the largest event of edits, on the strand of known transcripts if there are any;
    without a notable one the nearest to an edit, and without edits the strongest, even below the
    threshold. Where no transcript is known, how probably a strand is transcribed is weighed. The
    position is 0, none, where every base is unknown.
    """
    weights = strand_weights(scan, known)
    if event := leading_event(effects, known_strand(known, len(scan.sequence)) or "", weights):
        return event.chosen
    if is_unknown(str(scan.sequence)):
        return 0, "+", "donor"
    places = [variant.position for variant in effects[0].variants] if effects else []
    strand = sense_strand(scan, known, *places[:1])
    sense = scan.only(strand) if strand in scan.probabilities else scan
    sites = with_weighted_sites(scan, site_weights(scan, known)).sites if places else []
    if listed := [site for site in sites if site.strand in sense.probabilities]:
        best = min(listed, key=lambda s: (min(abs(s.position - p) for p in places), s.position))
    else:
        best = (sense if known or places else scan.weighted()).strongest()
    return best.position, best.strand, best.site


def explain(
    sequence: Sequence, query: SiteQuery, model: SiteScorer, position: int | None = None
) -> Stepwise[Attribution]:
    """Attribute the site, or another position as that site."""
    return in_steps(
        attribute,
        sequence,
        position=query.position if position is None else position,
        strand=query.strand,
        site=query.site,
        method=query.method,
        baseline=query.baseline,
        model=model,
    )


@stepwise
def both_strands(
    sequence: Sequence, variants: list[Variant], model: SiteScorer
) -> Stepwise[list[SpliceEffect]]:
    """Score edits on both strands; no edits have no effects."""
    effects: list[SpliceEffect] = []
    if variants:
        for strand in STRANDS:
            effects += yield from in_steps(
                splice_effects, [(sequence, variants)], strand=strand, model=model
            )
    return effects


def is_unknown(bases: str) -> bool:
    """Whether none of the bases is A, C, G or T."""
    return not any(base in bases for base in "ACGT")


def edited_place(effect: SpliceEffect, query: SiteQuery) -> int | None:
    """Return where the chosen site is after edits; None if its base is deleted.

    A site in inserted bases is chosen by the base before them.
    """
    for event in events([effect]):
        if event.chosen == (query.position, query.strand, query.site) and event.is_inserted:
            return event.delta.alternate_position
    return effect.alternate_position(query.position)


def edited_site(
    sequence: Sequence, effect: SpliceEffect | None, query: SiteQuery
) -> tuple[Sequence, int]:
    """Return the sequence after edits, if there are any, and the chosen site's position in it.

    The position is 0 where its base is deleted.
    """
    if effect is None:
        return sequence, query.position
    return effect.alternate, edited_place(effect, query) or 0


def what_if(
    sequence: Sequence, effect: SpliceEffect | None, query: SiteQuery, model: SiteScorer
) -> Stepwise[EditedExplanation]:
    """Attribute the edited site and score its mutations."""
    attribution = mutations = None
    target, place = edited_site(sequence, effect, query)
    if effect is not None and place:
        attribution = yield from explain(target, query, model, place)
    if place:
        mutations = mutagenesis(
            target,
            position=place,
            strand=query.strand,
            site=query.site,
            model=model,
            flank=FLANK,
        )
    return EditedExplanation(attribution, mutations)
