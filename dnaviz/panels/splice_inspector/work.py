"""What the inspector computes after a choice of the viewer, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnaviz.attribution import Attribution, Mutagenesis, site_window
from dnaviz.errors import InputError
from dnaviz.models.ood_warning import ood_warning
from dnaviz.panels.common.base import Panel, Steps
from dnaviz.panels.common.runner import Result, scaled_progress
from dnaviz.panels.common.sequence_input import SequenceInput
from dnaviz.panels.common.stale_cards import StaleCards
from dnaviz.panels.splice_inspector.attribution import AttributionView
from dnaviz.panels.splice_inspector.neighbors import NeighborsView
from dnaviz.panels.splice_inspector.scan import ScanView
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.panels.splice_inspector.steps import (
    SiteQuery,
    both_strands,
    explain_steps,
    first_site,
    what_if_steps,
)
from dnaviz.panels.splice_inspector.what_if import PanelResult, WhatIfView
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.delta_events import known_strand, leading_event
from dnaviz.splicing.scan import Scan, scan_steps
from dnaviz.splicing.variant_effect import SpliceEffect
from dnaviz.splicing.variants import parse_variants

if TYPE_CHECKING:
    from dnaviz.models import Model


class InspectorWork(Panel[InspectorState]):
    """Results of the inspector and the work that makes them, each a generator of its progress."""

    model: Model
    input: SequenceInput
    _cards: StaleCards
    neighbors_view: NeighborsView
    scan_view: ScanView
    what_if_view: WhatIfView
    attribution_view: AttributionView

    result: Result[Scan | None] = Result()
    attribution: Result[Attribution | None] = Result()
    mutations: Result[Mutagenesis | None] = Result()
    effects: Result[list[SpliceEffect]] = Result()
    edited: Result[Attribution | None] = Result()

    @property
    def effect(self) -> SpliceEffect | None:
        return next((e for e in self.effects if e.strand == self.state.site_strand), None)

    def _chosen(self) -> tuple[int, str, str]:
        return self.state.position, self.state.site_strand, self.state.site

    def _choose(self, position: int, strand: str, site: str) -> None:
        self.state.choose(position, strand, site)

    def _scan_steps(self) -> Steps:
        sequence = self.input.sequence
        if sequence is None:
            return
        self._forget()
        self._cards.expire()
        yield 0.0
        result = yield from scan_steps(sequence, self.model)
        self.result = result
        self.what_if_view.open(self.state.edits)
        yield from self._effect_steps()
        known = self.scan_view.known_on(sequence, self.input.structures)
        if not 1 <= self.state.position <= len(sequence):
            shown = result.at(self.state.threshold).only(self.state.strand)
            self._choose(*first_site(shown, self.effects, known))
        self.scan_view.show(
            result,
            self.input.structures,
            self.input.genome_interval,
            ood_warning(self.model, [sequence]),
            self._chosen(),
        )
        self._cards.show(self.scan_view.view)
        yield 1.0
        yield from self._explaining_steps()

    def _explain_steps(self) -> Steps:
        self.scan_view.mark(self._chosen())
        yield from self._explaining_steps()

    def _explaining_steps(self) -> Steps:
        yield from self._why_only_steps(0.0, 0.4)
        yield from self._like_steps()
        yield from self._what_if_steps(0.5, 1.0)

    def _forget(self) -> None:
        self.result = self.attribution = self.mutations = self.edited = None
        self.effects = []

    def _effect_steps(self) -> Steps:
        assert self.input.sequence is not None
        variants = self._variants(self.input.sequence)
        effects = yield from both_strands(self.input.sequence, variants, self.model)
        self.effects = effects
        self.scan_view.show_edits(effects)

    def _edit_steps(self) -> Steps:
        """Score other edits; where they were typed, go to the site that they change most."""
        yield from self._effect_steps()
        event = leading_event(self.effects, known_strand(self.scan_view.known) or "")
        if self.what_if_view.take_typed() and event and event.chosen != self._chosen():
            self._choose(*event.chosen)
            yield from self._explain_steps()
            return
        yield from self._what_if_steps()

    def _why_steps(self) -> Steps:
        yield from self._why_only_steps(0.0, 0.6)
        if self.effects:
            yield from self._what_if_steps(0.6, 1.0)

    def _why_only_steps(self, start: float, end: float) -> Steps:
        yield start
        assert self.input.sequence is not None
        explained = yield from scaled_progress(
            start, end, explain_steps(self.input.sequence, self._asked(), self.model)
        )
        self.attribution = explained
        self.attribution_view.show(explained)
        self._cards.show(self.attribution_view.view)
        yield end

    def _what_if_steps(self, start: float = 0.0, end: float = 1.0) -> Steps:
        """Show what the edits do to the chosen site and all others."""
        sequence = self.input.sequence
        assert sequence is not None
        yield start
        steps = what_if_steps(sequence, self.effect, self._asked(), self.model)
        edited = yield from scaled_progress(start, end, steps)
        yield end
        self.edited, self.mutations = edited
        self.what_if_view.show(self._said())
        self._cards.show(self.what_if_view.view)

    def _variants(self, sequence: Sequence) -> list[Variant]:
        """The edits; none, and a sentence, where a link's cannot be made."""
        try:
            return parse_variants(self.state.edits, sequence)
        except InputError as error:
            self.what_if_view.message.error(str(error))
            return []

    def _asked(self) -> SiteQuery:
        return SiteQuery(*self._chosen(), self.state.method, self.state.baseline)

    def _said(self) -> PanelResult:
        return PanelResult(
            self.input.sequence,
            self.attribution,
            self.effects,
            self.edited,
            self.mutations,
            self.scan_view.known,
        )

    def _like_steps(self) -> Steps:
        yield 0.4
        position, strand, site = self._chosen()
        if self.input.sequence is not None:
            window = site_window(self.input.sequence, position=position, strand=strand, site=site)
            self._cards.show(self.neighbors_view.view, self.neighbors_view.show(window))
