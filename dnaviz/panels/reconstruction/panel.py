"""The reconstruction: what comes back of a sequence that went through the latent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.deprecation import deprecated
from dnaviz.errors import InputError, check_type
from dnaviz.figures.reconstruction import accuracy_figure, mismatches, reconstruction_figure
from dnaviz.models.ood_warning import ood_warning
from dnaviz.models.protocol import given_or_shipped
from dnaviz.models.tiles import reconstruct
from dnaviz.panels.common.base import Panel, Steps, card
from dnaviz.panels.common.fasta import fasta
from dnaviz.panels.common.linked import LinkedSelection
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.runner import Result
from dnaviz.panels.common.sequence_html import alignment_html, facts_html, list_html
from dnaviz.panels.common.sequence_input import SequenceInput
from dnaviz.panels.reconstruction.explore import Explorer
from dnaviz.panels.reconstruction.state import ReconstructionState
from dnaviz.panels.reconstruction.tool import ToolInput
from dnaviz.panels.reconstruction.welcome import welcome
from dnaviz.sequences import Sequence, as_sequence, parse_sequences
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.variants import (
    apply_variants,
    parse_variants,
    substitutions,
    written_positions,
)

if TYPE_CHECKING:
    from dnaviz.atlas.latent_shift import LatentShift
    from dnaviz.models import ReconstructionResult as Reconstructed
    from dnaviz.models.latent_paths import LatentPath

PAGE = 600  # bases shown at once, in letters and in the heatmap
FEW = 40  # at most so many changed bases are taken for an edit of what is shown


class Reconstruction(Panel[ReconstructionState]):
    """Original over reconstruction, the decoder's probabilities, and paths through the latent.

    ``panel.sequence = "ACGT..."``, ``panel.edits = "57A>G"``, ``panel.interpolate("ACGT...")`` and
    ``panel.traverse("PC 1", 2)`` do what the controls do.

    Parameters
    ----------
    model : DNAModel, optional
        With a decoder; the shipped one by default.
    atlas : Atlas, optional
        On whose map edits are shown; the shipped one by default where there is one of the same
        latent size.
    sequence : str or Sequence, optional
        Shown at once.
    """

    heading = "Reconstruction"
    lead = (
        "The autoencoder squeezes a sequence into a latent of 256 numbers and writes it anew from "
        "those alone. See which bases come back, how sure the decoder is, and what an edit changes."
    )

    variants: Result[list[Variant]] = Result()
    edited: Result[Sequence | None] = Result()
    results: Result[tuple[Reconstructed, Reconstructed] | None] = Result()

    def __init__(
        self,
        model: Any = None,
        atlas: Atlas | None = None,
        sequence: str | Sequence | None = None,
    ) -> None:
        self.model = model = given_or_shipped(model, "decode")
        super().__init__(ReconstructionState())
        self.no_atlas = ""  # why there is none
        check_type(atlas, Atlas | None, "an atlas: read one with dnaviz.load_atlas")
        if atlas is not None:
            atlas.check_model(model)
        self.atlas = self._default_atlas() if atlas is None else atlas
        self.variants = []
        self.edited = self.results = None
        self._reference: Sequence | None = None
        self._shown: tuple[Any, ...] = ()  # what was asked for
        self.input = SequenceInput(self._on_sequence, self.message, action="Reconstruct")
        wide = {"layout": {"width": "100%"}}
        self.facts, self.notes, self.letters = (widgets.HTML(**wide) for _ in range(3))
        self._overview = Plot("Share of bases that come back, along the sequence")
        self._overview.on_click(self._on_overview)
        self.page_slider = widgets.IntSlider(
            min=1, max=1, step=50, description="From base", continuous_update=False,
            style={"description_width": "initial"}, layout={"width": "100%"},
        )  # fmt: skip
        self.page_slider.observe(self.guard(lambda change: self._go(change["new"])), "value")
        self.long_view = widgets.VBox([self._overview, self.page_slider])
        self.plot = Plot("Probabilities of the decoder, and their entropy")
        self.explorer = Explorer(self, self.atlas, model, self._read_box)
        self._result = card(
            self.facts, self.notes, self.long_view, self.letters, self.plot, title="Reconstruction"
        )
        self._result.layout.display = self.explorer.view.layout.display = "none"
        self.state.observe(self.guard(lambda _: self._on_text()), ["sequence", "example"])
        self.follow(["edits"], self._on_edits, self.explorer.edit.guard)
        self.state.observe(self.guard(lambda _: self._run()), ["tool", "other", "direction"])
        self.state.observe(self.guard(lambda _: self._show_page()), "first")
        self.welcome = welcome(self, self.input)
        top = card(self.input.view, self.status, title="Sequence")
        self.compose(top, self.welcome.view, self._result, self.explorer.view)
        self.open_link()
        if sequence is not None:
            self.sequence = sequence

    @property
    def sequence(self) -> Sequence | None:
        """The sequence as it was before edits."""
        return self._reference

    @sequence.setter
    def sequence(self, sequence: str | Sequence) -> None:
        self.input.set(sequence, run=False)
        self._take()
        self._finish()

    @property
    def edits(self) -> str:
        """Edits of the sequence, as `dnaviz.splicing.variants` reads them."""
        return str(self.state.edits)

    @edits.setter
    def edits(self, text: str) -> None:
        if self._reference is None:
            raise InputError("There is no sequence yet: assign one to `sequence`.")
        parse_variants(text, self._reference)
        self.state.edits = text
        self._finish()

    @property
    def result(self) -> Reconstructed | None:
        """The reconstruction of the sequence as edited."""
        return self.results[1] if self.results else None

    @property
    def effect(self) -> LatentShift | None:
        """What the edits do to the latent and to the classifier's verdict."""
        self.runner.finish()
        return self.explorer.edit.effect

    def interpolate(self, to: str | Sequence, step: float | None = None) -> LatentPath:
        """Interpolate from the sequence to another, or to a window of the atlas by its id.

        Parameters
        ----------
        to
            Of sequences over 200 nt the central 200.
        step
            The share of the path to show (0-1).
        """
        other = to if isinstance(to, str) else fasta(as_sequence(to))
        self._explore("walk", other=other.strip(), **({} if step is None else {"step": step}))
        tool = self.explorer.interpolate
        if tool.path is None:
            raise InputError(tool.message.text or "There is nowhere to walk to.")
        return tool.path

    def traverse(self, direction: str, amount: float | None = None) -> LatentPath:
        """Move along one latent direction: "PC 1" (principal) or "dimension 1" (a single float).

        Parameters
        ----------
        amount
            Standard deviations to show (-4 to 4); the whole path is returned.
        """
        self._explore("turn", direction=direction, **({} if amount is None else {"amount": amount}))
        tool = self.explorer.traverse
        if tool.path is None or tool.message.text:
            raise InputError(tool.message.text or "There is nothing to turn.")
        return tool.path

    def _explore(self, tool: str, **values: Any) -> None:
        if self._reference is None:
            raise InputError("There is no sequence yet: assign one to `sequence`.")
        with self.state.hold_trait_notifications():
            refused = self.state.from_dict({"tool": tool, **values})
        if refused:
            raise InputError(f"{refused[0]} cannot be {str(values[refused[0]])[:40]}.")
        self._finish()

    def emits(self) -> dict[tuple[str, ...], Any]:
        def whole() -> LinkedSelection | None:
            return LinkedSelection([self.input.sequence]) if self.input.sequence else None

        return {("sequence", "example"): whole}

    def accept(self, chosen: LinkedSelection) -> None:
        if chosen.records:
            self.input.set(chosen.fasta)
            if chosen.cut:
                self.message.info(chosen.cut)

    def reopen(self, query: str) -> None:
        """Show what a link says on a page that is on screen already, edits with their sequence."""
        with self.state.hold_trait_notifications():
            super().reopen(query)

    def restyle(self, dark: bool) -> None:
        if self.results is not None:
            self._show_page()
            self.explorer.restyle()

    def show_busy(self, busy: bool) -> None:
        self.show_pressed(self.input.button, busy)

    def _default_atlas(self) -> Atlas | None:
        try:
            atlas = load_atlas()
            atlas.check_model(self.model)
        except InputError as error:
            self.no_atlas = str(error)
            return None
        return atlas

    # What the viewer does.

    def _on_sequence(self) -> None:
        """A sequence from the box: an edit of the one shown, if few bases and no names differ."""
        new, old, records = self.input.sequence, self._reference, self.input.records
        if old and new and old not in records and (old.name, len(old)) == (new.name, len(new)):
            changed = substitutions(old, new)
            if 0 < len(changed) <= min(FEW, len(old) // 5) and str(new) != str(self.edited):
                self.state.edits = ", ".join(map(str, changed))
                return
        self._take()
        self._run()

    def _on_text(self) -> None:
        """A sequence or an example from a link."""
        state = self.state
        if (state.example, state.sequence) in (("", ""), self._named()):
            return
        if state.example:
            self.input.load_example(state.example)
        else:
            self.input.set(parse_sequences(state.sequence)[0], run=False)
        self._take(state.edits)
        self._run()

    def _on_edits(self) -> None:
        if self._reference is None or (self.state.example, self.state.sequence) != self._named():
            return  # They are of a sequence that is still to come.
        self.input.tell_unread()
        parse_variants(self.edits, self._reference)
        self._run()

    def _read_box(self, typed: str) -> bool:
        """Show a text in the box that was not read yet, then come back to the edits `typed`.

        Tell whether there was one; if not, raise what is wrong with the edits.
        """
        if unread := self.input.read_unread():
            self._take()
            self.runner.start((self._asked(), typed), lambda: self._steps(typed))
        elif self._reference is not None:
            parse_variants(typed, self._reference)
        return unread

    def _on_overview(self, trace: int, point: int | tuple[int, int]) -> None:
        if self.results and isinstance(point, int):
            size = max(1, -(-len(self.results[1].sequence) // 200))
            self._go(point * size + 1 - PAGE // 2)

    def _go(self, first: int) -> None:
        self.state.first = self._within(first)

    # What follows.

    def _take(self, edits: str = "") -> None:
        self._reference = self.input.sequence
        with self.state.hold_trait_notifications():
            self.state.first = 1
            self.state.edits = edits
            self.state.example, self.state.sequence = self._named()

    def _named(self) -> tuple[str, str]:
        """What the state calls the sequence: the name of an example, or FASTA."""
        if self.input.example:
            return self.input.example.name, ""
        return "", fasta(self._reference) if self._reference else ""

    def _asked(self) -> tuple[Any, ...]:
        state = self.state
        return self._reference, state.edits, state.tool, state.other, state.direction

    def _run(self) -> None:
        """Start to compute what is asked for, if it is not what is shown and stays so."""
        if self._reference is not None and (self.runner.busy or self._asked() != self._shown):
            self.runner.start(self._asked(), self._steps)

    def _finish(self) -> None:
        """Compute what is asked for before returning, or raise why that cannot be."""
        if self.runner.busy or self._asked() != self._shown:
            self.runner.now(self._steps)

    def _steps(self, typed: str = "") -> Steps:
        asked, record = self._asked(), self._reference
        assert record is not None
        yield 0.1
        if asked[:2] != self._shown[:2]:
            self.message.clear()
        variants = parse_variants(self.edits, record)
        edited = apply_variants(record, variants)
        first = self._reconstructed(record)
        yield 0.6
        second = self._reconstructed(edited) if variants else first
        yield 0.9
        if asked[:2] != self._shown[:2]:
            self.variants, self.edited, self.results = variants, edited, (first, second)
            self._result.layout.display = self.explorer.view.layout.display = None
            self.state.first = self._within(self.state.first)
            self._show_page()
        self._shown = asked[:2]  # which no tool has looked at
        accuracies = (first.accuracy, second.accuracy)
        yield from self.explorer.steps(ToolInput(record, edited, variants, accuracies))
        self._shown = asked
        if typed:
            self.explorer.edit.field.value = typed

    def _reconstructed(self, record: Sequence) -> Reconstructed:
        earlier = (result for result in self.results or () if result.sequence == record)
        return next(earlier, None) or reconstruct(self.model, [record])[0]

    def _within(self, first: int) -> int:
        length = len(self.results[1].sequence) if self.results else 1
        return int(np.clip(first, 1, max(1, length - PAGE + 1)))

    def _show_page(self) -> None:
        if self.results is None:
            return
        result = self.results[1]
        bases, written = str(result.sequence), result.reconstruction
        wrong = mismatches(bases, written)
        unknown = sum(base not in "ACGT" for base in bases)
        self.facts.value = facts_html({
            "sequence": result.sequence.name,
            "length": f"{len(bases):,} nt",
            "bases right": f"{result.accuracy:.2%}" if unknown < len(bases) else None,
            "mismatches": len(wrong),
            "ambiguous, not counted": unknown or None,
        })  # fmt: skip
        self.page.status = (
            f"Reconstructed {len(bases):,} nt: {len(wrong):,} of the bases differ."
            if unknown < len(bases)
            else "No base of this sequence is known."
        )
        notes = []
        if result.tiles > 1:
            notes.append(
                f"One latent holds {self.model.max_length} nt: this sequence goes through in "
                f"{result.tiles:,} overlapping tiles, each with a latent of its own."
            )
        notes.append(ood_warning(self.model, [result.sequence]))
        first = self._within(self.state.first)
        page = slice(first - 1, first - 1 + PAGE)
        long = len(bases) > PAGE
        if long:
            notes.append(f"Bases {first:,} to {min(len(bases), first + PAGE - 1):,} are shown.")
            self.page_slider.max = len(bases) - PAGE + 1
            self.page_slider.value = first
            self._overview.show(
                accuracy_figure(bases, written, shown=(first, first + PAGE - 1), dark=self.dark)
            )
        self.long_view.layout.display = None if long else "none"
        self.notes.value = list_html(filter(None, notes))
        self.letters.value = alignment_html(
            bases[page],
            written[page],
            first=first,
            dark=self.dark,
            edited=written_positions(self.variants),
        )
        figure = reconstruction_figure(
            bases[page], written[page], result.probabilities[:, page], first=first, dark=self.dark
        )
        self.plot.show(figure, view=f"{first}")

    walk = deprecated("walk", "interpolate")

    turn = deprecated("turn", "traverse")
