"""The splice inspector's answer: possible products of the mRNA, their gel, and a paragraph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dnaviz.errors import InputError
from dnaviz.figures.gel import gel_figure
from dnaviz.io.spreadsheet import file_name, spreadsheet_text
from dnaviz.panels.common.base import Message, Panel, card, row
from dnaviz.panels.common.copy_text import CopyText
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.runner import guard
from dnaviz.panels.common.table import Download
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.panels.splice_inspector.words import gel_notes_html, products_html
from dnaviz.splicing.gel import Gel, gel

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer
    from dnaviz.splicing.prediction import Prediction

PRIMER = "5' to 3', as ordered"


class MrnaView:
    """The card "What happens to the mRNA".

    Parameters
    ----------
    panel : Panel
        Its state's `forward_primer` and `reverse_primer` are what the fields set.
    result : callable
        Returns what is computed now.
    model : SiteScorer
        Named in the paragraph.
    read_box : callable
        Reads a text in the paste box that was not read yet; tells whether there was one.
    """

    def __init__(
        self,
        panel: Panel[InspectorState],
        result: Callable[[], PanelResult],
        model: SiteScorer,
        read_box: Callable[[], bool],
    ) -> None:
        self._panel, self._result, self._model = panel, result, model
        self._read_box = read_box
        self.message = Message()
        self.guard = guard(self.message.error)
        self.products = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self.primers = tuple(
            widgets.Text(
                placeholder=PRIMER,
                description=name,
                continuous_update=False,
                style={"description_width": "115px"},
                layout={"width": "100%", "margin": "0"},
            )
            for name in ("Forward primer", "Reverse primer")
        )
        for field in self.primers:
            field.observe(self.guard(lambda _: self._on_primers()), "value")
        self.figure = Plot("Predicted gel: bands of reference and edited")
        self.bands = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self.gel = widgets.VBox(
            [
                widgets.HTML("<h3>Predicted gel</h3>"),
                *self.primers,
                self.message.view,
                self.figure,
                self.bands,
            ]
        )
        self.paragraph = CopyText(heading="For a report")
        self.downloads = (
            Download("Products TSV", self._tsv, self.message.error),
            Download("mRNA FASTA", lambda: self._fasta("mRNA"), self.message.error),
            Download("Protein FASTA", lambda: self._fasta("protein"), self.message.error),
            Download("Bands TSV", self._bands_tsv, self.message.error),
            Download("Gel SVG", lambda: self._print("svg"), self.message.error),
            Download("Gel PDF", lambda: self._print("pdf"), self.message.error),
        )
        products = widgets.VBox([self.products])
        products.add_class("dnaviz-main")
        split = widgets.Box([products, self.gel])
        split.add_class("dnaviz-split")
        self.view = card(
            split, row(*self.downloads), self.paragraph, title="What happens to the mRNA"
        )

    def show(self, result: PanelResult) -> None:
        """Show the products of a prediction, their bands, and the paragraph."""
        prediction = result.prediction
        if prediction is None:
            return
        self.products.value = products_html(prediction)
        self.paragraph.text = prediction.paragraph(self._model)
        state = self._panel.state
        for field, primer in zip(
            self.primers, (state.forward_primer, state.reverse_primer), strict=True
        ):
            if field.value.strip() or primer:
                field.value = primer
        usual = prediction.consequences.usual
        proteins = usual is not None and usual.reading is not None
        self.gel.layout.display = "none" if usual is None else None
        for place in (1, 3, 4, 5):
            self.downloads[place].disabled = usual is None
        self.downloads[2].disabled = not proteins
        self.show_gel(result)

    def show_gel(self, result: PanelResult) -> None:
        """Draw the bands between the primers, and say which products have none."""
        bands = result.gel
        self.figure.layout.display = "none" if bands is None else None
        self.bands.value = gel_notes_html(bands)
        self.restyle()

    def restyle(self) -> None:
        bands = self._result().gel
        if bands is not None:
            self.figure.show(gel_figure(bands, dark=self._panel.dark), view="gel")

    # What the viewer does ------------------------------------------------------------------

    def _on_primers(self) -> None:
        forward, reverse = (field.value.strip() for field in self.primers)
        state = self._panel.state
        if (forward, reverse) == (state.forward_primer, state.reverse_primer):
            return
        if bool(forward) != bool(reverse):
            return  # The second of the two is still to come.
        read = self._read_box()
        prediction = self._result().prediction
        if prediction is not None and not read:
            gel(prediction.consequences, forward, reverse)
        self.message.clear()
        with state.hold_trait_notifications():
            state.forward_primer, state.reverse_primer = forward, reverse

    def _prediction(self) -> Prediction:
        prediction = self._result().prediction
        if prediction is None:
            raise InputError("There is no edit yet.")
        return prediction

    def _name(self, *parts: str, suffix: str) -> str:
        reference = self._prediction().consequences.reference
        return file_name(reference.name, *parts, suffix=suffix)

    def _tsv(self) -> tuple[str, str]:
        table = self._prediction().consequences.table()
        return self._name("products", suffix="tsv"), spreadsheet_text(table)

    def _fasta(self, kind: str) -> tuple[str, str]:
        return self._name(kind, suffix="fa"), self._prediction().consequences.fasta(kind)

    def _bands(self) -> Gel:
        bands = self._result().gel
        if bands is None:
            raise InputError("There is no gel: the mRNA is not known here.")
        return bands

    def _bands_tsv(self) -> tuple[str, str]:
        return self._name("bands", suffix="tsv"), spreadsheet_text(self._bands().table())

    def _print(self, kind: str) -> tuple[str, bytes]:
        from dnaviz.figures.caption import gel_caption
        from dnaviz.figures.logo import figure_bytes
        from dnaviz.figures.print_gel import print_gel

        bands = self._bands()
        caption = gel_caption(bands, self._prediction(), self._model)
        return self._name("gel", suffix=kind), figure_bytes(print_gel(bands), kind, caption)
