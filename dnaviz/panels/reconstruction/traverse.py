"""Turn one number of the latent, or one principal direction, and see what it writes."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import numpy as np

from dnaviz.atlas import Atlas
from dnaviz.errors import InputError
from dnaviz.figures.latent_paths import path_figure, sensitivity_figure, traversal_rows
from dnaviz.figures.reconstruction import mismatches
from dnaviz.models.latent_paths import (
    LIMIT,
    PRINCIPAL,
    SINGLE,
    STEPS,
    LatentPath,
    PrincipalAxes,
    decoder_sensitivity,
    principal_axes,
    traverse,
)
from dnaviz.panels.common.base import Panel, Steps, row
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.sequence_html import alignment_html, list_html
from dnaviz.panels.reconstruction.tool import (
    MapOverlay,
    PathProjection,
    PathTool,
    ToolInput,
    far_note,
    unlike_note,
)

KINDS = [("Principal direction", PRINCIPAL), ("Single dimension", SINGLE)]
SHOWN = 32  # principal directions in the overview
FELT = 0.05  # change of a probability that counts as writing something
PER_LINE = 60


class TraverseTool(PathTool):
    """The direction, the slider, what is written, and what every direction writes."""

    amount = "amount"

    def __init__(self, panel: Panel[Any], atlas: Atlas | None, model: Any) -> None:
        self.all_directions = Plot("What each direction writes")
        about = widgets.HTML(
            '<div class="dnaviz-note">Below, how much the probabilities of each base change when '
            "a direction is turned by one standard deviation. Click a row to turn it.</div>"
        )
        super().__init__(
            panel, atlas, model, first=(about, self.all_directions),
            plot="What is written while the direction turns",
            min=-LIMIT, max=LIMIT, step=2 * LIMIT / (STEPS - 1), readout_format="+.2f",
            description="Standard deviations",
        )  # fmt: skip
        self.all_directions.on_click(self.guard(self._on_overview))
        self.axes: PrincipalAxes | None = None
        self.sensitivity: Any = None  # (n, L) of the directions in `numbers`
        self.numbers: list[int] = []
        self._overview: tuple[str, str] | None = None
        self.kind = widgets.ToggleButtons(options=KINDS)
        self.number = widgets.BoundedIntText(
            value=1, min=1, max=256, description="Number",
            style={"description_width": "initial"}, layout={"width": "150px"},
        )  # fmt: skip
        for control in (self.kind, self.number):
            control.observe(self.guard(lambda _: self._on_control()), "value")
        self.view.children = [
            row(self.kind, self.number), self.message.view, self.notes, self.result,
        ]  # fmt: skip

    def steps(self, shown: ToolInput) -> Steps:
        self._shown = shown
        self.message.clear()
        if self.atlas is None:
            self.message.info(
                "This needs an atlas of the model: its latents say what one deviation is. "
                + self.panel.no_atlas  # type: ignore[attr-defined]
            )
            return
        if self.axes is None:
            self.axes = principal_axes(self.atlas.latent()[self.atlas.subsample()])
            yield 0.9
        name = self.panel.state.direction
        try:
            vector = self.axes.direction(name)
        except InputError as error:
            self.message.error(str(error))
            return
        kind, number = name.split(" ")
        self._show_controls(kind, int(number))
        self.path = traverse(self.model, shown.window, vector)
        self._places = PathProjection(self.path, self.atlas, self.model)
        yield 0.95
        if self._overview != (kind, shown.window):
            self._look_over(kind, shown.window)
        notes = shown.window_note()
        if kind == PRINCIPAL:
            share = float(self.axes.shares[int(number) - 1])
            notes.append(f"{name} holds {share:.1%} of what varies among the atlas's latents.")
        else:
            notes.append(
                f"{len(self.numbers)} of {len(self.axes.spread)} dimensions write in this "
                "sequence, in the order of where; the others hold what lies beyond it, or what "
                "the whole is like, and change no base by themselves."
            )
        if all(bases == shown.window for bases in self.path.bases):
            notes.append(f"{name} changes no base of this sequence.")
        notes += unlike_note(self.model, self.path)
        notes += far_note(self._places.placed("autoencoder"))
        self.notes.value = list_html(notes)
        self.result.layout.display = None
        self.restyle()

    def restyle(self) -> None:
        shown, path = self._shown, self.path
        if path is None or shown is None or self._overview is None:
            return
        dark, first = self.panel.dark, shown.first
        kind, number = self.panel.state.direction.split(" ")
        self.plot.show(
            path_figure(
                path,
                traversal_rows(path, shown.window, first=first, dark=dark),
                at=self.panel.state.amount,
                axis="standard deviations",
                dark=dark,
            ),
            view=shown.window,
        )
        self.all_directions.show(
            sensitivity_figure(
                self.sensitivity,
                self.numbers,
                kind="principal direction" if kind == PRINCIPAL else "dimension",
                first=first,
                chosen=int(number),
                dark=dark,
            ),
            view=shown.window + kind,
        )
        self.show_point()

    def overlay(self, space: str) -> MapOverlay | None:
        if self._places is None or self.path is None:
            return None
        return self._places.overlay(space, self.at, [(self.path.nearest(0), "this sequence")])

    def _look_over(self, kind: str, window: str) -> None:
        """What each direction of a kind writes; single ones in the order of where they write."""
        assert self.axes is not None
        count = min(SHOWN, len(self.axes.spread)) if kind == PRINCIPAL else len(self.axes.spread)
        numbers = np.arange(1, count + 1)
        changes = decoder_sensitivity(
            self.model,
            window,
            np.stack([self.axes.direction(f"{kind} {number}") for number in numbers]),
        )
        if kind == SINGLE:
            felt = changes.max(axis=1) > FELT
            numbers, changes = numbers[felt], changes[felt]
            where = (changes * np.arange(changes.shape[1])).sum(axis=1) / changes.sum(axis=1)
            order = where.argsort(kind="stable")
            numbers, changes = numbers[order], changes[order]
        self.numbers, self.sensitivity = numbers.tolist(), changes
        self._overview = kind, window

    def describe(self, path: LatentPath, shown: ToolInput, at: int) -> tuple[str, dict[str, Any]]:
        written = path.bases[at]
        letters = alignment_html(
            shown.window, written, first=shown.first, dark=self.panel.dark, per_line=PER_LINE
        )
        return letters, {
            "turned by": f"{self.panel.state.amount:+.2f} standard deviations",
            "bases changed": len(mismatches(shown.window, written)),
        }

    def _show_controls(self, kind: str, number: int) -> None:
        self.kind.value = kind
        self.number.value = number

    def _on_control(self) -> None:
        """Both controls together name a direction."""
        self.panel.state.direction = f"{self.kind.value} {self.number.value}"

    def _on_overview(self, trace: int, point: int | tuple[int, int]) -> None:
        if self._overview and isinstance(point, tuple) and point[0] < len(self.sensitivity):
            self.panel.state.direction = f"{self._overview[0]} {self.numbers[point[0]]}"
