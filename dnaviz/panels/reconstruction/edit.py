"""Edit and see: what an edit does to the latent, its place on the map, and what is decoded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import numpy as np

from dnaviz.atlas import Atlas, Projection
from dnaviz.atlas.checks import is_unknown
from dnaviz.atlas.latent_shift import WINDOW, LatentShift, latent_shift
from dnaviz.atlas.store import center_crop
from dnaviz.models import LABELS
from dnaviz.panels.common.base import Panel, Steps, row
from dnaviz.panels.common.sequence_html import facts_html, list_html
from dnaviz.panels.reconstruction.tool import MapOverlay, Tool, ToolInput


class EditTool(Tool):
    """The field for edits, and what they do.

    Parameters
    ----------
    read_box : callable
        Is given edits that were typed; reads a text in the paste box that was not read yet and
        tells whether there was one: then the edits come back into the field. Else it raises what
        is wrong with them.
    """

    def __init__(
        self,
        panel: Panel[Any],
        atlas: Atlas | None,
        model: Any,
        read_box: Callable[[str], bool],
    ) -> None:
        super().__init__(panel, atlas, model)
        self._read_box = read_box
        self.effect: LatentShift | None = None
        self.placement: Projection | None = None
        self.field = widgets.Text(
            placeholder="57A>G, 60del, 60_61insTTG",
            continuous_update=False,
            description="Edits",
            style={"description_width": "initial"},
            layout={"width": "420px"},
        )
        self.field.value = panel.state.edits
        self.field.observe(self.guard(lambda change: self._on_field(change["new"])), "value")
        reset = widgets.Button(description="Undo all")
        reset.on_click(panel.guard(lambda _: setattr(panel.state, "edits", "")))
        self.facts = widgets.HTML(layout={"width": "100%"})
        self.notes = widgets.HTML(layout={"width": "100%"})
        self.view.children = [row(self.field, reset), self.message.view, self.notes, self.facts]

    def _on_field(self, text: str) -> None:
        if text != self.panel.state.edits and not self._read_box(text):
            self.panel.state.edits = text

    def show_asked(self) -> None:
        self.field.value = self.panel.state.edits

    def steps(self, shown: ToolInput) -> Steps:
        """Show what the edits of a sequence do; none shows where it lies."""
        self.message.clear()
        variants = shown.variants
        self.effect = shift = latent_shift(self.model, shown.sequence, shown.edited, variants)
        yield 0.9
        last = shift.first + len(shift.before) - 1
        notes = []
        if len(shown.sequence) > WINDOW:
            notes.append(
                f"The latent is that of positions {shift.first:,} to {last:,}: "
                + ("the window around the first edit." if variants else "the central window.")
            )
        if not variants:
            notes.append(
                "Write an edit, or change bases in the box above: the reconstruction, the latent "
                "and its place on the map follow."
            )
        self.notes.value = list_html(notes)
        self.facts.value = facts_html(self._changes(shift, shown))

    def overlay(self, space: str) -> MapOverlay | None:
        shift = self.effect
        if shift is None or self.atlas is None:
            return None
        edited = shift.before != shift.after
        pair = center_crop([shift.before, shift.after] if edited else [shift.before], WINDOW)
        if any(map(is_unknown, pair)):
            return None
        placed = self.atlas.project(pair, space=space, model=self.model)
        self.placement = placed
        names = ["before", "after"] if edited else ["this sequence"]
        return MapOverlay(placed.xy, names, placed.xy if edited else None, placed.neighbors[-1])

    def _changes(self, shift: LatentShift, shown: ToolInput) -> dict[str, str]:
        variants, accuracies = shown.variants, shown.accuracies
        facts = {}
        if variants:
            facts["edits"] = ", ".join(map(str, variants[:8])) + (" …" if variants[8:] else "")
            for space in shift.distance:
                words = {"splice": "fine-tuned"}.get(space, space)
                facts[f"latent moved ({words})"] = self._moved(shift, space)
            if np.isfinite(accuracies).all():  # NaN: no bases
                facts["bases right"] = f"{accuracies[0]:.2%} → {accuracies[1]:.2%}"
        if shift.probabilities is None:
            return facts
        before, after = shift.probabilities
        for number, name in enumerate(LABELS):
            if name != "neither":
                later = "the base is deleted" if np.isnan(after[number]) else f"{after[number]:.3f}"
                change = f" → {later}" if variants else ""
                facts[f"{name} at {shift.position:,}"] = f"{before[number]:.3f}{change}"
        return facts

    def _moved(self, shift: LatentShift, space: str) -> str:
        moved = f"{shift.distance[space]:.2f}"
        if self.atlas is None or space not in self.atlas.spaces:
            return moved
        typical = self.atlas.far_threshold(space)
        return f"{moved}; 99 % of windows have neighbors within {typical:.2f}"
