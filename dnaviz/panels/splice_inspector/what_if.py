"""What mutations would do to the chosen site: deltas, logos side by side, and the heat map."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from dnaviz.errors import InputError
from dnaviz.figures.heatmap import mutagenesis_drawing, pair_range, side_drawing
from dnaviz.io.spreadsheet import file_name, spreadsheet_text
from dnaviz.panels.common.base import Panel, card, row
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.table import Download, Table
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.panels.splice_inspector.variant import VariantView
from dnaviz.panels.splice_inspector.words import (
    about_html,
    edits_text,
    event_cells,
    note_html,
)
from dnaviz.sequences import reverse_complement
from dnaviz.splicing.delta_events import Event, event_table, events
from dnaviz.splicing.variants import parse_variants, substitute

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

ROWS = "TGCA"
"""Bases of the heatmap's rows, as `mutagenesis_drawing` orders them."""

COLUMNS = ("event", "strand", "delta", "position", "position edited", "reference", "edited")


class WhatIfView:
    """The deltas, logos of reference and edited side by side, and the heat map.

    Parameters
    ----------
    panel : Panel
        It computes, and calls `show`.
    group : str
        Of the plots that zoom together.
    result : callable
        Returns what is computed now.
    variant : VariantView
        Takes the edits that a click on the heat map makes, and tells what is wrong.
    on_select : callable
        Called with (position, strand, site) of an event that is chosen.
    model : SiteScorer
        Named below printed figures.
    """

    def __init__(
        self,
        panel: Panel[InspectorState],
        group: str,
        result: Callable[[], PanelResult],
        variant: VariantView,
        on_select: Callable[[int, str, str], None],
        model: SiteScorer,
    ) -> None:
        self._panel, self._result, self._on_select = panel, result, on_select
        self._model = model
        self._variant = variant
        self._events: list[Event] = []
        self.deltas = Table(
            columns=list(COLUMNS),
            numeric=[2, 3, 4, 5, 6],
            label="What the edits change, largest first; choose one to go to its site",
            empty="Nothing changes.",
        )
        self.deltas.on_choose(variant.guard(self._on_event))
        self.about = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self.logos = (
            Plot("Contributions before the edits", group=group),
            Plot("Contributions after the edits", group="" if not group else f"{group} edited"),
        )
        self.pair = widgets.Box(
            [
                widgets.VBox([widgets.HTML("<h3>Reference</h3>"), self.logos[0]]),
                widgets.VBox([widgets.HTML("<h3>Edited</h3>"), self.logos[1]]),
            ],
            layout={"display": "none"},
        )
        self.pair.add_class("dnaviz-split")
        self.note = widgets.HTML(layout={"margin": "0"})
        self.figure = Plot("Change of probability by each mutation", group=group)
        self.figure.on_click(self._on_cell)
        self.downloads = (
            Download("Mutations TSV", self._mutations_tsv, variant.message.error),
            Download("Deltas TSV", self._deltas_tsv, variant.message.error),
            Download("Mutations SVG", lambda: self._print("svg"), variant.message.error),
            Download("Mutations PDF", lambda: self._print("pdf"), variant.message.error),
        )
        self.view = card(
            self.deltas,
            self.about,
            self.pair,
            self.note,
            self.figure,
            row(*self.downloads),
            title="What if",
        )

    def show(self, result: PanelResult) -> None:
        """Show what edits do, and what mutations would."""
        self._events = events(result.effects)
        self.deltas.show(map(event_cells, self._events))
        self.about.value = about_html(result)
        for part in (self.deltas, self.about):
            part.layout.display = None if result.effects else "none"
        self.downloads[1].disabled = not result.effects
        m = result.mutations
        self.figure.layout.display = self.note.layout.display = "none" if m is None else None
        if m is not None:
            self.note.value = note_html(m, bool(result.effects))
        self.restyle()

    def restyle(self) -> None:
        result, dark = self._result(), self._panel.dark
        a, b, m = result.attribution, result.edited, result.mutations
        both = a is not None and b is not None
        self.pair.layout.display = None if both else "none"
        if a is not None and b is not None:
            limits = pair_range(a, b)
            for plot, one in zip(self.logos, (a, b), strict=True):
                figure = side_drawing(one, limits, dark=dark)
                plot.show(figure, view=f"{one.name} {one.position} {one.strand} {one.site}")
        if m is not None:
            view = f"{m.name} {m.position} {m.strand} {m.site}"
            self.figure.show(mutagenesis_drawing(m, dark=dark), view=view)

    # What the viewer does ------------------------------------------------------------------

    def _on_event(self, number: int) -> None:
        self._on_select(*self._events[number].chosen)

    def _on_cell(self, trace: int, point: Any) -> None:
        self._variant.guard(self._click)(trace, point)

    def _click(self, trace: int, point: Any) -> None:
        result = self._result()
        m, sequence = result.mutations, result.sequence
        if m is None or sequence is None or trace != 0 or not isinstance(point, tuple):
            return
        # Looked up in our own data: what the browser sent is only two numbers.
        if point[0] >= len(ROWS) or point[1] >= len(m.bases):
            return
        base = ROWS[point[0]] if m.strand == "+" else reverse_complement(ROWS[point[0]])
        made = parse_variants(self._panel.state.edits, sequence)
        made = substitute(sequence, made, int(m.positions[point[1]]), base)
        self._variant.set(edits_text(made))

    def _mutations_tsv(self) -> tuple[str, str]:
        m = self._result().mutations
        if m is None:
            return "mutations.tsv", ""
        return file_name(m.name, m.site, m.position, "mutations", suffix="tsv"), spreadsheet_text(
            m.table()
        )

    def _print(self, kind: str) -> tuple[str, bytes]:
        from dnaviz.figures.caption import mutagenesis_caption
        from dnaviz.figures.logo import figure_bytes
        from dnaviz.figures.print_mutations import print_mutations

        m = self._result().mutations
        if m is None:
            raise InputError("There is no site yet whose mutations could be drawn.")
        caption = mutagenesis_caption(m, self._model)
        name = file_name(m.name, m.site, m.position, "mutations", suffix=kind)
        return name, figure_bytes(print_mutations(m), kind, caption)

    def _deltas_tsv(self) -> tuple[str, str]:
        effects = self._result().effects
        if not effects:
            raise InputError("There is no edit yet.")
        name = file_name(effects[0].reference.name, "deltas", suffix="tsv")
        return name, spreadsheet_text(event_table(effects))
