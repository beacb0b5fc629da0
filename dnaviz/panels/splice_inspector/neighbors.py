"""The last part of the splice inspector: the known sites most like the chosen one."""

from __future__ import annotations

import os
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from dnaviz.attribution import SiteWindow
from dnaviz.attribution.window import AFTER
from dnaviz.errors import InputError, check_type
from dnaviz.panels.common.base import Panel, card, escape
from dnaviz.panels.common.fasta import fasta
from dnaviz.panels.common.mini_map import MiniMap
from dnaviz.panels.common.neighbors import cell, hide
from dnaviz.panels.common.sequence_html import list_html
from dnaviz.panels.common.table import Table
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.panels.splice_inspector.steps import is_unknown
from dnaviz.sequences import Sequence

NEIGHBORS = 15
SPACES = [
    ("After fine-tuning for splice sites", "splice"),
    ("As the autoencoder sees it", "autoencoder"),
]


class NeighborsView:
    """A small map with the site placed on it, and its nearest windows of the atlas."""

    def __init__(self, panel: Panel[InspectorState], model: Any, atlas: Any = None) -> None:
        if atlas is not None:
            from dnaviz.atlas import Atlas

            check_type(atlas, Atlas, "an atlas: read one with dnaviz.load_atlas")
        self._panel = panel
        self._model = model
        self._atlas = atlas
        self._xy: np.ndarray | None = None
        self.space = widgets.ToggleButtons(options=SPACES, style={"button_width": "auto"})
        widgets.link((panel.state, "space"), (self.space, "value"))
        self.note = widgets.HTML(layout={"margin": "0"})
        self.map = MiniMap("The site among the windows of the atlas")
        self.table = Table(
            columns=["label", "gene", "position", "strand", "distance"],
            numeric=[4],
            label="Nearest known windows",
        )
        self.table.on_choose(panel.guard(self._on_row))
        self._rows = np.empty(0, dtype=int)
        self.rows: list[tuple[str, ...]] = []
        self.edited = False
        self.heading = widgets.HTML(layout={"margin": "0"})
        self.link = widgets.HTML(layout={"margin": "0", "display": "none"})
        self._window: Sequence | None = None
        self._pair = widgets.Box([self.map.plot, self.table])
        self._pair.add_class("dnaviz-split")
        self.table.add_class("dnaviz-wide")
        self.view = card(self.heading, self.space, self.note, self._pair, self.link)

    def atlas(self) -> Any:
        """Return the atlas, the shipped one by default; None where there is none."""
        if self._atlas is None:
            from dnaviz.atlas import load_atlas

            try:
                self._atlas = load_atlas()
            except InputError:
                return None
        return self._atlas

    def show(self, window: SiteWindow, edits: str = "") -> bool:
        """Place a site's window and list its neighbors.

        False where there is no atlas, or no base of the window is known. `edits` is
        `WITHOUT` or `AFTER`, where there are edits.
        """
        atlas = self.atlas()
        self.edited, self.rows = edits == AFTER, []
        if atlas is None or is_unknown(window.centered(200)):
            return False
        self.heading.value = f"<h2>{f'Most similar known sites {edits}'.strip()}</h2>"
        space = self._panel.state.space
        try:
            placed = atlas.project(
                [window.centered(200)], space=space, model=self._model, k=NEIGHBORS
            )
        except InputError as error:  # an atlas of another model
            self.note.value = list_html([str(error)], warning=True)
            self._rows, self.rows, self._xy = np.empty(0, dtype=int), [], None
            hide(self._pair, True)
            return True
        hide(self._pair, False)
        rows, distances = placed.neighbors[0], placed.distances[0]
        obs = atlas.obs.iloc[rows]
        # Somebody's own atlas may have neither labels nor places.
        common = _labels(obs).astype(str).value_counts()
        verdict = f"{common.iloc[0]} of its {len(rows)} nearest windows are " + (
            f"labeled {common.index[0]}" if "label" in obs else "without a label"
        )
        far = (
            " It lies farther from them than 99 % of unseen human windows do: take the likeness "
            "with care."
            if bool(placed.far[0])
            else ""
        )
        self.note.value = f'<span class="dnaviz-note">{escape(verdict)}.{far}</span>'
        self._rows = rows
        self.rows = [
            (
                cell(obs, "label", at),
                cell(obs, "gene", at),
                _place(obs, at),
                cell(obs, "strand", at).replace("-", "−"),
                f"{distance:.2f}",
            )
            for at, distance in enumerate(distances)
        ]
        self.table.show(self.rows)
        strand = window.strand.replace("+", "plus").replace("-", "minus")
        name = f"{window.name[:40]}_{window.site}_{window.position}_{strand}"
        self._window = Sequence(window.centered(200), name.replace(" ", "_"))
        self._show_link()
        self._xy = placed.xy
        self.restyle()
        return True

    def address(self, focus: str = "") -> str:
        """Return where the latent map shows this site, beside the window with the id `focus`."""
        if self._window is None:
            raise InputError("There is no site yet.")
        from dnaviz.panels.latent_map.state import MapState

        state = MapState(
            space=self._panel.state.space, placed=fasta(self._window), focus=focus[:200]
        )
        return f"latent-map#{state.to_query()}"

    def _show_link(self, focus: str = "") -> None:
        # In a notebook there is no page to go to.
        served = os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
        self.link.layout.display = None if served else "none"
        self.link.value = (
            f'<a class="dnaviz-note" href="{escape(self.address(focus))}" target="_blank" '
            'rel="noopener">Open on the latent map</a>'
        )

    def restyle(self) -> None:
        atlas = self.atlas()
        if atlas is None or self._xy is None:
            return
        state = self._panel.state
        self.map.show(
            atlas, state.space, self._xy, ["this site"], near=self._rows, dark=self._panel.dark
        )

    def _on_row(self, number: int) -> None:
        atlas = self.atlas()
        if atlas is None or self._xy is None:
            return
        row = self._rows[number]
        self._show_link(str(atlas.obs.index[row]))
        self.map.focus(atlas.map(self._panel.state.space)[row])


def _labels(obs: pd.DataFrame) -> pd.Series:
    return obs["label"] if "label" in obs else pd.Series("window", obs.index, name="label")


def _place(obs: pd.DataFrame, at: int) -> str:
    chrom, start, end = (cell(obs, name, at) for name in ("chrom", "start", "end"))
    if not (chrom and start and end):
        return str(obs.index[at])[:40]
    return f"chr{chrom.removeprefix('chr')}:{start}-{end}"
