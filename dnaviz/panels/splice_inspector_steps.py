"""What the splice inspector computes of a chosen site: which one first, and what edits do to it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple

from dnaviz.attribution import Attribution, Mutagenesis, attribute_steps, mutagenesis
from dnaviz.effects import SpliceEffect, effect_steps
from dnaviz.panels.guard import part
from dnaviz.scanning import Scan, Site
from dnaviz.sequences import Sequence
from dnaviz.variants import Variant, edited_position

if TYPE_CHECKING:
    from dnaviz.models import Model

FLANK = 100
"""Bases on either side of a site that are mutated on screen; the Python call can do all 200."""


class Asked(NamedTuple):
    """A site and how to attribute it: `position` is 1-based on the record's forward strand."""

    position: int
    strand: str
    site: str
    method: str
    baseline: str


class Edited(NamedTuple):
    """What edits do; `attribution` and `mutations` are None where they delete the site."""

    effect: SpliceEffect | None
    attribution: Attribution | None
    mutations: Mutagenesis | None


def first_site(scan: Scan, variants: list[Variant]) -> Site:
    """Return the site to explain first: the one nearest to an edit, or else the strongest.

    It is the strongest place also where none reaches the threshold.
    """
    if not variants or not scan.sites:
        return scan.strongest()
    return min(
        scan.sites, key=lambda s: (min(abs(s.position - v.position) for v in variants), s.position)
    )


def explain_steps(
    sequence: Sequence, asked: Asked, model: Model, position: int | None = None
) -> Generator[float, None, Attribution]:
    """Attribute the site, or another position as that site; yield progress, return the result."""
    return attribute_steps(
        sequence,
        position=asked.position if position is None else position,
        strand=asked.strand,
        site=asked.site,
        method=asked.method,
        baseline=asked.baseline,
        model=model,
    )


def what_if_steps(
    sequence: Sequence, variants: list[Variant], asked: Asked, model: Model
) -> Generator[float, None, Edited]:
    """Score the edits and all mutations of the edited site; yield progress, return the results."""
    effect = attribution = mutations = None
    target, place = sequence, edited_position(variants, asked.position)
    if variants:
        scores = effect_steps([(sequence, variants)], strand=asked.strand, model=model)
        (effect,) = yield from part(0.0, 0.5, scores)
        target = effect.alternate
        if place is not None:
            attribution = yield from part(0.5, 1.0, explain_steps(target, asked, model, place))
    if place is not None:
        mutations = mutagenesis(
            target,
            position=place,
            strand=asked.strand,
            site=asked.site,
            model=model,
            flank=FLANK,
        )
    return Edited(effect, attribution, mutations)
