"""Edit and see: what an edit does to the latent, its place on the map, and what is decoded."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from dnaviz.atlas import Atlas, Placement
from dnaviz.atlas.effect import WINDOW, Effect, effect
from dnaviz.atlas.store import central
from dnaviz.models import LABELS
from dnaviz.panels.base import Message, Panel, card, row
from dnaviz.panels.bases import facts_html, list_html
from dnaviz.panels.guard import guard
from dnaviz.panels.mini_map import MiniMap
from dnaviz.sequences import Sequence
from dnaviz.variants import Variant

SPACES = [("Autoencoder", "autoencoder"), ("Fine-tuned", "splice")]


class EditCard:
    """The field for edits, and what they do.

    Parameters
    ----------
    panel : Panel
        Its state has `edits` and `space`.
    atlas : Atlas or None
        Where the latent's way is drawn; no map without it.
    """

    def __init__(self, panel: Panel[Any], atlas: Atlas | None, model: Any) -> None:
        self._panel, self._atlas, self._model = panel, atlas, model
        self.effect: Effect | None = None
        self.placement: Placement | None = None
        self.message = Message()
        self._guard = guard(self.message.error)
        self.field = widgets.Text(
            placeholder="57A>G, 60del, 60_61insTTG",
            continuous_update=False,
            description="Edits",
            style={"description_width": "initial"},
            layout={"width": "420px"},
        )
        self.field.value = panel.state.edits
        self.field.observe(
            self._guard(lambda change: setattr(panel.state, "edits", change["new"])), "value"
        )
        reset = widgets.Button(description="Undo all")
        reset.on_click(panel.guard(lambda _: setattr(panel.state, "edits", "")))
        self._facts = widgets.HTML(layout={"width": "100%"})
        self._notes = widgets.HTML(layout={"width": "100%"})
        self.map = MiniMap(atlas, "The latent before and after the edits") if atlas else None
        self._space = widgets.ToggleButtons(options=SPACES, value=panel.state.space)
        self._space.observe(
            panel.guard(lambda change: setattr(panel.state, "space", change["new"])), "value"
        )
        self._where = widgets.VBox(
            [self._space, *([self.map.plot] if self.map else [])],
            layout={"display": "none", "width": "100%"},
        )
        self.view = card(
            row(self.field, reset),
            self.message.view,
            self._notes,
            self._facts,
            self._where,
            title="Edit and see",
        )

    def show(
        self,
        sequence: Sequence,
        edited: Sequence,
        variants: list[Variant],
        accuracies: tuple[float, float],
    ) -> None:
        """Show what the edits of a sequence do; none shows where it lies."""
        self.message.clear()
        if self.field.value != self._panel.state.edits:
            self.field.value = self._panel.state.edits
        self.effect = found = effect(self._model, sequence, edited, variants)
        last = found.first + len(found.before) - 1
        notes = []
        if len(sequence) > WINDOW:
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
        self._facts.value = facts_html(self._changes(found, variants, accuracies))
        self._where.layout.display = None if self._atlas else "none"
        self._show_map(found, bool(variants))

    def restyle(self) -> None:
        if self.effect is not None:
            self._show_map(self.effect, self.effect.before != self.effect.after)

    def _changes(
        self, found: Effect, variants: list[Variant], accuracies: tuple[float, float]
    ) -> dict[str, str]:
        before, after = found.probabilities
        middle = found.first + len(found.before) // 2
        facts = {}
        if variants:
            facts["edits"] = ", ".join(map(str, variants[:8])) + (" …" if variants[8:] else "")
            facts["latent moved (autoencoder)"] = self._moved(found, "autoencoder")
            facts["latent moved (fine-tuned)"] = self._moved(found, "splice")
            if accuracies[0] == accuracies[0] and accuracies[1] == accuracies[1]:  # no bases: NaN
                facts["bases right"] = f"{accuracies[0]:.2%} → {accuracies[1]:.2%}"
        for number, name in enumerate(LABELS):
            if name != "neither":
                change = f" → {after[number]:.3f}" if variants else ""
                facts[f"{name} at {middle:,}"] = f"{before[number]:.3f}{change}"
        return facts

    def _moved(self, found: Effect, space: str) -> str:
        moved = f"{found.distance[space]:.2f}"
        if self._atlas is None or space not in self._atlas.spaces:
            return moved
        typical = self._atlas.far_threshold(space)
        return f"{moved}; 99 % of windows have neighbours within {typical:.2f}"

    def _show_map(self, found: Effect, edited: bool) -> None:
        space = self._panel.state.space
        if self._space.value != space:
            self._space.value = space
        if self.map is None or self._atlas is None or space not in self._atlas.spaces:
            return
        pair = [found.before, found.after] if edited else [found.before]
        placed = self._atlas.place(central(pair, WINDOW), space=space, model=self._model)
        self.placement = placed
        names = ["before", "after"] if edited else ["this sequence"]
        self.map.show(
            space,
            placed.xy,
            names,
            path_xy=placed.xy if edited else None,
            near=placed.neighbors[-1],
            dark=self._panel.dark,
        )
