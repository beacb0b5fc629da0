"""Edit and see: what an edit does to the latent, its place on the map, and what is decoded."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import numpy as np

from dnaviz.atlas import Atlas, Placement
from dnaviz.atlas.latent_shift import WINDOW, Effect, effect
from dnaviz.atlas.store import central
from dnaviz.models import LABELS
from dnaviz.panels.common.base import Panel, Steps, row
from dnaviz.panels.common.sequence_html import facts_html, list_html
from dnaviz.panels.reconstruction.tool import Shown, Spot, Tool


class EditTool(Tool):
    """The field for edits, and what they do."""

    map_label = "The latent before and after the edits"

    def __init__(self, panel: Panel[Any], atlas: Atlas | None, model: Any) -> None:
        super().__init__(panel, atlas, model)
        self.effect: Effect | None = None
        self.placement: Placement | None = None
        self.field = widgets.Text(
            placeholder="57A>G, 60del, 60_61insTTG",
            continuous_update=False,
            description="Edits",
            style={"description_width": "initial"},
            layout={"width": "420px"},
        )
        self.field.value = panel.state.edits
        self.field.observe(
            self.guard(lambda change: setattr(panel.state, "edits", change["new"])), "value"
        )
        reset = widgets.Button(description="Undo all")
        reset.on_click(panel.guard(lambda _: setattr(panel.state, "edits", "")))
        self._facts = widgets.HTML(layout={"width": "100%"})
        self._notes = widgets.HTML(layout={"width": "100%"})
        self.view.children = [row(self.field, reset), self.message.view, self._notes, self._facts]

    def steps(self, shown: Shown) -> Steps:
        """Show what the edits of a sequence do; none shows where it lies."""
        self.message.clear()
        if self.field.value != self.panel.state.edits:
            self.field.value = self.panel.state.edits
        variants = shown.variants
        self.effect = found = effect(self.model, shown.sequence, shown.edited, variants)
        yield 0.9
        last = found.first + len(found.before) - 1
        notes = []
        if len(shown.sequence) > WINDOW:
            notes.append(
                f"The latent is that of positions {found.first:,} to {last:,}: "
                + ("the window around the first edit." if variants else "the central window.")
            )
        if not variants:
            notes.append(
                "Write an edit, or change bases in the box above: the reconstruction, the latent "
                "and its place on the map follow."
            )
        self._notes.value = list_html(notes)
        self._facts.value = facts_html(self._changes(found, shown))

    def spot(self, space: str) -> Spot | None:
        found = self.effect
        if found is None or self.atlas is None:
            return None
        edited = found.before != found.after
        pair = [found.before, found.after] if edited else [found.before]
        placed = self.atlas.place(central(pair, WINDOW), space=space, model=self.model)
        self.placement = placed
        names = ["before", "after"] if edited else ["this sequence"]
        return Spot(placed.xy, names, placed.xy if edited else None, placed.neighbors[-1])

    def _changes(self, found: Effect, shown: Shown) -> dict[str, str]:
        before, after = found.probabilities
        variants, accuracies = shown.variants, shown.accuracies
        middle = found.first + len(found.before) // 2
        facts = {}
        if variants:
            facts["edits"] = ", ".join(map(str, variants[:8])) + (" …" if variants[8:] else "")
            facts["latent moved (autoencoder)"] = self._moved(found, "autoencoder")
            facts["latent moved (fine-tuned)"] = self._moved(found, "splice")
            if np.isfinite(accuracies).all():  # NaN: no bases
                facts["bases right"] = f"{accuracies[0]:.2%} → {accuracies[1]:.2%}"
        for number, name in enumerate(LABELS):
            if name != "neither":
                change = f" → {after[number]:.3f}" if variants else ""
                facts[f"{name} at {middle:,}"] = f"{before[number]:.3f}{change}"
        return facts

    def _moved(self, found: Effect, space: str) -> str:
        moved = f"{found.distance[space]:.2f}"
        if self.atlas is None or space not in self.atlas.spaces:
            return moved
        typical = self.atlas.far_threshold(space)
        return f"{moved}; 99 % of windows have neighbours within {typical:.2f}"
