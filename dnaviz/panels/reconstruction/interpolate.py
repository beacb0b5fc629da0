"""Interpolation between two sequences in latent space, decoded along the path."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import numpy as np

from dnaviz.atlas import Atlas
from dnaviz.atlas.latent_shift import WINDOW
from dnaviz.atlas.store import center_crop
from dnaviz.errors import InputError
from dnaviz.figures.latent_paths import BLANK, aligned, interpolation_rows, path_figure
from dnaviz.models import encode_in
from dnaviz.models.latent_paths import STEPS, LatentPath, interpolate
from dnaviz.panels.common.base import Panel, Steps, row
from dnaviz.panels.common.sequence_html import list_html, sequence_html
from dnaviz.panels.reconstruction.tool import (
    MapOverlay,
    PathProjection,
    PathTool,
    ToolInput,
    far_note,
    unlike_note,
    window_note,
)
from dnaviz.sequences import Sequence, parse_sequences

PER_LINE = 60
SUGGESTED = 8  # labels whose nearest window is offered


class InterpolateTool(PathTool):
    """Where to, the slider, and what is written."""

    amount = "step"

    def __init__(self, panel: Panel[Any], atlas: Atlas | None, model: Any) -> None:
        super().__init__(
            panel, atlas, model,
            plot="What is written along the path, and how likely it is a splice site",
            min=0, max=1, step=1 / (STEPS - 1), readout_format=".0%", description="Along the path",
        )  # fmt: skip
        self.end = ""
        self.field = widgets.Text(
            placeholder="Bases, or the id of a window of the atlas",
            continuous_update=False,
            description="To",
            style={"description_width": "initial"},
            layout={"width": "420px"},
        )
        self.field.observe(
            self.guard(lambda change: setattr(panel.state, "other", change["new"].strip())), "value"
        )
        self.menu = widgets.Dropdown(
            options=[("Or pick one …", "")],
            tooltip="A window to walk to",
            layout={"width": "320px"},
        )
        self.menu.observe(self.guard(self._on_menu), "value")
        self.view.children = [
            row(self.field, self.menu), self.message.view, self.notes, self.result,
        ]  # fmt: skip

    def show_asked(self) -> None:
        self.field.value = self.panel.state.other

    def steps(self, shown: ToolInput) -> Steps:
        self._shown = shown
        self.message.clear()
        self._suggest(shown.window)
        self.path = self._places = None
        try:
            target = self._read(self.panel.state.other or self._default())
        except InputError as error:
            self.message.error(str(error))
            target = None
        if target is None:
            self.result.layout.display = "none"
            notes = [] if self.message.text else ["Say where to: paste a second sequence."]
            self.notes.value = list_html(notes)
            return
        self.end = center_crop([target], WINDOW)[0]
        notes = shown.window_note() + window_note(target, f"The latent of {target.name}")
        yield 0.9
        self.path = interpolate(self.model, shown.window, self.end)
        yield 0.95
        self._places = PathProjection(self.path, self.atlas, self.model) if self.atlas else None
        notes.append(
            f"A straight line in the latent space from {shown.edited.name} to {target.name}; "
            "each row is what the decoder writes at one point of it, free-running."
        )
        notes += unlike_note(self.model, self.path)
        if self._places is not None:
            notes += far_note(self._places.placed("autoencoder"))
        self.notes.value = list_html(notes)
        self.result.layout.display = None
        self.restyle()

    def restyle(self) -> None:
        if self.path is None or self._shown is None:
            return
        dark = self.panel.dark
        ladder = interpolation_rows(self.path, self._shown.window, self.end, dark=dark)
        ladder = ladder._replace(columns=ladder.columns + self._shown.first - 1)
        self.plot.show(
            path_figure(
                self.path,
                ladder,
                at=self.panel.state.step,
                axis="along the path",
                ticks={0: "start", 0.25: "25 %", 0.5: "50 %", 0.75: "75 %", 1: "end"},
                dark=dark,
            ),
            view=self._shown.window + self.end,
        )
        self.show_point()

    def overlay(self, space: str) -> MapOverlay | None:
        if self._places is None:
            return None
        return self._places.overlay(space, self.at, [(0, "start"), (-1, "end")])

    def describe(self, path: LatentPath, shown: ToolInput, at: int) -> tuple[str, dict[str, Any]]:
        letters, _ = aligned([shown.window, path.bases[at], self.end])
        start, current, end = ("".join(line) for line in letters)
        facts = {"along the path": f"{self.panel.state.step:.0%}"}
        for name, other in (("start", start), ("end", end)):
            pairs = [p for p in zip(current, other, strict=True) if p != (BLANK, BLANK)]
            facts[f"as at the {name}"] = (
                f"{sum(a == b for a, b in pairs) / len(pairs):.0%} of bases"
            )
        return _three_html(start, current, end, dark=self.panel.dark), facts

    def _on_menu(self, change: Any) -> None:
        if change["new"]:
            self.panel.state.other = change["new"]

    def _suggest(self, window: str) -> None:
        """Offer, for each label, the atlas's nearest window; the farthest of them last."""
        atlas = self.atlas
        if atlas is None or not atlas.has_sequences:
            self.menu.layout.display = "none"
            return
        latent = encode_in(self.model, [window])
        thinned = atlas.subsample()
        away = np.linalg.norm(atlas.latent()[thinned].astype(np.float32) - latent, axis=1)
        away[away < 1e-2] = np.inf  # itself
        obs = atlas.obs.iloc[thinned]
        labels = obs["label"].astype(str) if "label" in obs else None
        groups = ["window"] if labels is None else list(labels.value_counts().index[:SUGGESTED])
        suggestions = []
        for name in groups:
            rows = np.arange(len(away)) if labels is None else np.flatnonzero(labels == name)
            row = int(rows[away[rows].argmin()])
            if np.isfinite(away[row]):
                suggestions.append((float(away[row]), name, str(obs.index[row])))
        options = [
            (f"nearest {name[:40]} ({distance:.1f} away)", row_id)
            for distance, name, row_id in sorted(suggestions)
        ]
        with self.menu.hold_trait_notifications():
            self.menu.options = [("Or pick one …", ""), *options]

    def _default(self) -> str:
        """The last, most distant suggestion, so that there is something to see at once."""
        options = self.menu.options
        return str(options[-1][1]) if len(options) > 1 else ""

    def _read(self, text: str) -> Sequence | None:
        """What to walk to; None where nothing is said."""
        if not text:
            return None
        if self.atlas is not None and text in self.atlas.obs.index:
            return Sequence(self.atlas.sequences(self.atlas.rows([text]))[0], text)
        if text.startswith(">") and "\n" not in text:
            raise InputError("One line cannot hold FASTA: give the bases alone, without the name.")
        return parse_sequences(text, min_length=self.model.min_length)[0]


def _three_html(start: str, current: str, end: str, *, dark: bool) -> str:
    """Start, what is written, and end below each other; marked what is in neither."""
    parts = []
    for at in range(0, len(current), PER_LINE):
        part = slice(at, at + PER_LINE)
        a, b, c = start[part], current[part], end[part]
        new = [i for i in range(len(b)) if b[i] not in (a[i], c[i])]
        lines = [
            sequence_html(a, first=None, lead="start", dark=dark),
            sequence_html(b, first=None, lead="here", marked=new, dark=dark),
            sequence_html(c, first=None, lead="end", dark=dark),
        ]
        parts.append(f'<div class="dnaviz-pair">{"".join(lines)}</div>')
    return f'<div class="dnaviz-scroll">{"".join(parts)}</div>'
