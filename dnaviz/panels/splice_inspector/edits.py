"""The part of the splice inspector that makes edits and tells what they do to the mRNA."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dnaviz.errors import InputError
from dnaviz.panels.common.base import Panel, Steps
from dnaviz.panels.common.runner import Result
from dnaviz.panels.common.sequence_input import SequenceInput
from dnaviz.panels.common.stale_cards import StaleCards
from dnaviz.panels.splice_inspector.mrna import MrnaView
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.panels.splice_inspector.scan import ScanView
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.panels.splice_inspector.steps import both_strands, is_unknown
from dnaviz.panels.splice_inspector.variant import VariantView
from dnaviz.progress import in_steps
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.case_records import transcript_around
from dnaviz.splicing.edit_placement import PlacedEdits, annotated, place_edits
from dnaviz.splicing.gel import Gel, gel
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.prediction import Prediction, predict
from dnaviz.splicing.published import outcomes_of, verdict
from dnaviz.splicing.scan import Scan
from dnaviz.splicing.variant_effect import SpliceEffect
from dnaviz.splicing.variants import parse_variants

if TYPE_CHECKING:
    from dnaviz.attribution import Attribution, Mutagenesis
    from dnaviz.genome.transcript_model import TranscriptModel
    from dnaviz.models import SiteScorer


class EditedPanel(Panel[InspectorState]):
    """A panel with edits of a sequence; see `SpliceInspector`."""

    result: Result[Scan | None] = Result()
    effects: Result[list[SpliceEffect]] = Result()
    prediction: Result[Prediction | None] = Result()
    attribution: Result[Attribution | None] = Result()
    mutations: Result[Mutagenesis | None] = Result()
    edited: Result[Attribution | None] = Result()

    model: SiteScorer
    input: SequenceInput
    cards: StaleCards
    scan_view: ScanView
    variant_view: VariantView
    mrna_view: MrnaView
    _explained: dict[str, object]  # by card, what it was asked
    _scored = ""  # the edits that `effects` are of
    _site: tuple[int, str, str] | None = None  # what the panel itself chose, or has explained

    @property
    def sequence(self) -> Sequence | None:
        return self.input.sequence

    def _panel_result(self) -> PanelResult:
        return PanelResult(
            self.sequence,
            self.attribution,
            self.effects,
            self.edited,
            self.mutations,
            self.scan_view.known,
            self.prediction,
            self._gel(),
            self._verdict(),
        )

    def _explain_steps(self) -> Steps:
        raise NotImplementedError

    @property
    def edits(self) -> str:
        return str(self.state.edits)

    @edits.setter
    def edits(self, text: str) -> None:
        if self.sequence is None or self.result is None:
            raise InputError("There is no sequence yet: assign one to `sequence`.")
        placed = place_edits(text, self._locator())
        with self.state.hold_trait_notifications():
            self.variant_view.note(placed)
            self.runner.now(self._edit_steps)

    @property
    def transcript(self) -> str:
        """Name of the transcript that edits are counted in; "" where none is known."""
        return next((s.name for s in self._locator().structures), "")

    @transcript.setter
    def transcript(self, name: str) -> None:
        self._locator(transcript=name)
        self.state.transcript = name

    @property
    def coding_start(self) -> int:
        """Where the coding sequence begins, if the transcript does not say so itself; else 0."""
        return int(self.state.coding_start)

    @coding_start.setter
    def coding_start(self, position: int) -> None:
        self._locator(coding_start=position)
        self.state.coding_start = position

    @property
    def primers(self) -> tuple[str, str]:
        """Forward and reverse primer of the gel, 5' to 3'; empty for whole mRNAs."""
        return self.state.forward_primer, self.state.reverse_primer

    @primers.setter
    def primers(self, pair: tuple[str, str]) -> None:
        if not (isinstance(pair, tuple | list) and [str, str] == [*map(type, pair)]):
            raise InputError("Primers are two texts, the forward and the reverse one.")
        if self.prediction is not None:
            gel(self.prediction.consequences, *pair)
        with self.state.hold_trait_notifications():
            self.state.forward_primer, self.state.reverse_primer = pair

    @property
    def gel(self) -> Gel | None:
        """The bands of the edits' possible products; None without edits or a known mRNA."""
        return self._panel_result().gel

    @property
    def paragraph(self) -> str:
        """What the edits do, in words for a report; "" without edits."""
        return "" if self.prediction is None else self.prediction.paragraph(self.model)

    def undo(self) -> None:
        """Take the last edit back."""
        self.edits = self.variant_view.history.undo()

    def redo(self) -> None:
        """Make again what was taken back."""
        self.edits = self.variant_view.history.redo()

    def reset(self) -> None:
        """Take all edits back."""
        self.edits = ""

    def _chosen(self) -> tuple[int, str, str]:
        return self.state.position, self.state.site_strand, self.state.site

    def _choose(self, position: int, strand: str, site: str) -> None:
        self._site = int(position), strand, site
        self.state.choose(*self._site)

    def _make_edits(self, placed: PlacedEdits, typed: bool) -> None:
        self.input.tell_unread()
        with self.state.hold_trait_notifications():
            self.variant_view.note(placed)
            self._on_edits(typed)

    def _on_edits(self, typed: bool = False) -> None:
        """Score the edits of the state, unless they are scored."""
        result, sequence, edits = self.result, self.input.sequence, self.state.edits
        if result is None or sequence is None or result.sequence != sequence:
            return  # They came with a sequence that is still to be scanned.
        parse_variants(edits, sequence)
        chosen = self.state.position or is_unknown(str(sequence))
        if chosen and (self.runner.busy or edits != self._scored):
            key = ("edits", edits, self._chosen())
            self.start(key, partial(self._edit_steps, typed), "what if")

    def _on_counted(self, change: Any) -> None:
        """Tell of another transcript; its scan is the same."""
        if self.result is None or self.result.sequence != self.input.sequence:
            return
        if change["name"] == "case_exons":  # what was said of other exons does not hold of these
            with self.state.hold_trait_notifications():
                self.state.transcript, self.state.coding_start = "", 0
        self._predict()
        self._show_prediction()

    def _effect_steps(self) -> Steps:
        assert self.sequence is not None
        edits, variants = self.state.edits, self._variants(self.sequence)
        effects = yield from in_steps(both_strands, self.sequence, variants, self.model)
        self.effects, self.edited, self._scored = effects, None, edits
        self._explained.pop("what if", None)
        self._predict()
        self.scan_view.show_edits(effects)

    def _edit_steps(self, typed: bool = False) -> Steps:
        """Score other edits; where they were typed, go to the site that they change most."""
        yield from self._effect_steps()
        self._show_prediction()
        event = None if self.prediction is None else self.prediction.event
        if typed and event:
            self._choose(*event.chosen)
        yield from self._explain_steps()

    def _predict(self) -> None:
        """Tell what the edits do to the mRNA, of the transcript that is chosen."""
        self.prediction = None
        self._drop_unusable()
        if self.effects and self.result is not None:
            self.prediction = predict(
                self._locator(), self.result, self.effects, partial(around, self.input)
            )

    def _drop_unusable(self) -> None:
        """Take back what a link says of transcript and start codon if it cannot be used."""
        try:
            self._locator()
        except InputError as error:
            self.variant_view.message.error(str(error))
            with self.state.hold_trait_notifications():
                self.state.transcript, self.state.coding_start = "", 0

    def _show_prediction(self) -> None:
        result = self._panel_result()
        self.variant_view.show(result)
        self.mrna_view.show(result)
        self.cards.show(self.variant_view.view)
        self.cards.show(self.mrna_view.view, self.prediction is not None)

    def _on_primers(self) -> None:
        """Show the bands between other primers; a single one waits for the second."""
        if self.prediction is not None and all(self.primers):
            gel(self.prediction.consequences, *self.primers)
            self.mrna_view.message.clear()
        self.mrna_view.show(self._panel_result())

    def _locator(
        self, *, transcript: str | None = None, coding_start: int | None = None
    ) -> Locator:
        """Return the sequence with what is known of it, to count edits in."""
        sequence, state = self.sequence, self.state
        if sequence is None:
            raise InputError("There is no sequence yet: assign one to `sequence`.")
        return annotated(
            sequence,
            self.scan_view.known_on(sequence, self.input.structures),
            self.input.genome_interval,
            self.input.assembly,
            transcript=state.transcript if transcript is None else transcript,
            coding_start=state.coding_start if coding_start is None else coding_start,
        )

    def _variants(self, sequence: Sequence) -> list[Variant]:
        """The edits; none, and a sentence, where a link's cannot be made."""
        try:
            return parse_variants(self.state.edits, sequence)
        except InputError as error:
            self.variant_view.message.error(str(error))
            return []

    def _gel(self) -> Gel | None:
        if self.prediction is None or self.prediction.consequences.usual is None:
            return None
        try:
            pair = self.primers if all(self.primers) else ("", "")
            return gel(self.prediction.consequences, *pair)
        except InputError as error:  # the primers of a link, or of another transcript
            self.mrna_view.message.error(str(error))
            with self.state.hold_trait_notifications():
                self.state.forward_primer = self.state.reverse_primer = ""
            return gel(self.prediction.consequences)

    def _verdict(self) -> str:
        """Say whether a published change, and no other, is predicted as it was found."""
        worked = self.input.worked
        if self.prediction is None or worked is None or self.state.edits != worked.edit:
            return ""
        return verdict(self.prediction, outcomes_of(worked.known.gene, worked.known.hgvs))


def around(given: SequenceInput, structure: TranscriptModel) -> Locator | None:
    """Return a longer record that holds a transcript of the sequence; None if there is none."""
    if given.worked is not None:
        gene = given.worked.gene
        return Locator(gene.sequence, gene.structures, gene.interval, given.assembly)
    if given.region is None or given.regions is None:
        return None
    return transcript_around(given.regions, given.region.interval, structure)
