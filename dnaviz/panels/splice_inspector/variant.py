"""The splice inspector's variant: edits in any spelling, undo and redo, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from dnaviz.errors import InputError
from dnaviz.panels.common.base import Message, Panel, card, escape, row
from dnaviz.panels.common.runner import guard
from dnaviz.panels.splice_inspector.history import History
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.panels.splice_inspector.words import (
    counts_in,
    edits_html,
    edits_text,
    names_html,
)
from dnaviz.splicing.edit_placement import PlacedEdits, place_edits
from dnaviz.splicing.hgvs import Locator


class VariantView:
    """A field for edits, the transcript they are counted in, and the headline of what they do.

    Parameters
    ----------
    panel : Panel
        Its state's `edits`, `transcript` and `coding_start` are what the controls set; it
        computes, and calls `show`.
    result : callable
        Returns what is computed now.
    locator : callable
        Returns the record with what is known of it; called with a transcript and a start codon to
        try, or without.
    on_edits : callable
        Is given edits to make, and whether they were typed.
    read_box : callable
        Is given edits that were typed; reads a text in the paste box that was not read yet and
        tells whether there was one: then the edits follow once that is scanned, by `open`.
    """

    def __init__(
        self,
        panel: Panel[InspectorState],
        result: Callable[[], PanelResult],
        locator: Callable[..., Locator],
        on_edits: Callable[[PlacedEdits, bool], None],
        read_box: Callable[[str], bool],
    ) -> None:
        self._panel, self._result, self._locator = panel, result, locator
        self._on_edits, self._read_box = on_edits, read_box
        self._notes: tuple[str, ...] = ()
        self.history = History()
        self.message, self.start_message = Message(), Message()
        self.guard = guard(self.message.error)
        self.field = widgets.Text(
            placeholder="57A>G, c.313+1G>A, IVS2-654C>T, chr19-11102787-G-A",
            description="Edit",
            continuous_update=False,
            style={"description_width": "initial"},
            layout={"width": "430px", "margin": "0"},
        )
        self.apply = widgets.Button(description="Apply")
        self.undo = widgets.Button(description="Undo", disabled=True)
        self.redo = widgets.Button(description="Redo", disabled=True)
        self.reset = widgets.Button(description="Reset", disabled=True)
        self.field.observe(self.guard(lambda _: self._on_apply()), "value")
        self.apply.on_click(self.guard(lambda _: self._on_apply()))
        self.undo.on_click(self.guard(lambda _: self.set(self.history.undo())))
        self.redo.on_click(self.guard(lambda _: self.set(self.history.redo())))
        self.reset.on_click(self.guard(lambda _: self.set("")))
        self.transcript = widgets.Dropdown(
            options=[("", "")],
            tooltip="Transcript to count in",
            layout={"width": "330px", "display": "none"},
        )
        self.transcript.observe(self.guard(self._on_transcript), "value")
        self.start = widgets.Text(
            placeholder="position of the A of ATG",
            description="Coding starts at",
            continuous_update=False,
            style={"description_width": "initial"},
            layout={"width": "300px", "margin": "0", "display": "none"},
        )
        self.start.observe(guard(self.start_message.error)(self._on_start), "value")
        self.counted = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self.edits = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self.names = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self.view = card(
            row(self.field, self.apply, self.undo, self.redo, self.reset),
            row(self.transcript, self.start, self.counted),
            self.start_message.view,
            self.message.view,
            panel.progress("what if"),
            self.edits,
            self.names,
            title="Variant",
        )

    def open(self, edits: str, typed: str = "") -> None:
        """Begin with a sequence, the edits that came with it, and those typed meanwhile."""
        self.history = History()
        self.history.add(edits)
        self._notes = ()
        self.message.clear()
        if typed:
            self.guard(self._add)(typed)
        else:
            self.field.value = ""
        self._enable()

    def note(self, placed: PlacedEdits) -> None:
        """Put edits into the state, written one way, so that the same edits are the same state."""
        state = self._panel.state
        self._notes = placed.notes
        self.history.add(edits_text(placed.variants))
        if placed.transcript:
            state.transcript = placed.transcript
        state.edits = edits_text(placed.variants)

    def show(self, result: PanelResult) -> None:
        """Show what the edits do, how they are called elsewhere, and what they are counted in."""
        self._enable()
        self.show_known()
        self.edits.value = edits_html(result)
        self.names.value = names_html(result.prediction, self._notes)

    def show_known(self) -> None:
        """Offer the transcripts that are known on the sequence."""
        locator, state = self._locator(), self._panel.state
        names = sorted({s.name for s in locator.structures})
        first = locator.structures[0] if locator.structures else None
        options = [(name[:60], name) for name in names] or [("", "")]
        if options != list(self.transcript.options):
            self.transcript.value = None  # else the menu would choose the first
            self.transcript.options = options
        self.transcript.value = first.name if first else ""
        self.start.value = f"{state.coding_start:,}" if state.coding_start else ""
        self.transcript.layout.display = None if len(names) > 1 else "none"
        chosen = first is not None and (first.cds is None or bool(state.coding_start))
        self.start.layout.display = None if chosen else "none"
        self.counted.value = f'<span class="dnaviz-note">{escape(counts_in(locator))}</span>'

    # What the viewer does ------------------------------------------------------------------

    def _on_apply(self) -> None:
        """Add what the field says to the edits; what cannot be read stays in the field.

        Leaving the field applies it, so the button may find it empty already.
        """
        text = self.field.value.strip()
        if text and not self._read_box(text):
            self._add(text)

    def _add(self, text: str) -> None:
        self.set(", ".join(filter(None, [self._panel.state.edits, text])), typed=True)
        self.field.value = ""

    def _on_transcript(self, change: Any) -> None:
        structures = self._locator().structures
        if change["new"] and change["new"] != structures[0].name:
            self._panel.state.transcript = change["new"]

    def _on_start(self, change: Any) -> None:
        text = str(change["new"]).replace(",", "").strip()
        if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise InputError("The coding sequence starts at a position of this sequence, as 51.")
        start = int(text or 0)
        self._locator(coding_start=start)
        self.start_message.clear()
        self._panel.state.coding_start = start

    def set(self, text: str, typed: bool = False) -> None:
        """Make other edits than before, as a control of the page does.

        Raises
        ------
        InputError
            If they cannot be read or placed.
        """
        if self._result().sequence is None:
            return
        placed = place_edits(text, self._locator())
        self.message.clear()
        self._on_edits(placed, typed)
        self._enable()

    def _enable(self) -> None:
        self.undo.disabled = not self.history.can_undo
        self.redo.disabled = not self.history.can_redo
        self.reset.disabled = not self._panel.state.edits
