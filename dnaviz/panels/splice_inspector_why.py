"""The second part of the splice inspector: which bases made the model say so, and what if."""

from __future__ import annotations

import ipywidgets as widgets

from dnaviz.attribution import BASELINES, METHODS, Attribution, Mutagenesis
from dnaviz.figures.heatmap import attribution_figure, mutagenesis_figure
from dnaviz.figures.logo import figure_bytes, letter_heights, logo_figure
from dnaviz.panels.base import Panel, card, escape, row
from dnaviz.panels.plot import Plot
from dnaviz.panels.splice_inspector_state import InspectorState
from dnaviz.panels.table import Download, file_name
from dnaviz.spreadsheet import spreadsheet_text

PRINTED = (60, 30)
"""Most bases before and after the site on a logo for print."""


class WhyView:
    """Method and baseline, logo and heatmap, the verdict on convergence, and their files."""

    def __init__(self, panel: Panel[InspectorState], group: str) -> None:
        self._panel = panel
        self._attribution: Attribution | None = None
        self.heading = widgets.HTML("<h2>Why</h2>", layout={"margin": "0"})
        self.method = widgets.Dropdown(
            options=[(name, key) for key, name in METHODS.items()],
            description="Method",
            style={"description_width": "auto"},
            layout={"width": "280px", "margin": "0"},
        )
        self.baseline = widgets.Dropdown(
            options=[(name, key) for key, name in BASELINES.items()],
            description="Baseline",
            style={"description_width": "auto"},
            layout={"width": "340px", "margin": "0"},
        )
        widgets.link((panel.state, "method"), (self.method, "value"))
        widgets.link((panel.state, "baseline"), (self.baseline, "value"))
        self.figure = Plot("Contribution of each base to the site", group=group)
        self.verdict = widgets.HTML(layout={"margin": "0"})
        tell = panel.message.error
        self.downloads = (
            Download("Attributions TSV", self._tsv, tell),
            Download("Logo SVG", lambda: self._logo("svg"), tell),
            Download("Logo PDF", lambda: self._logo("pdf"), tell),
        )
        self.view = card(
            self.heading,
            row(self.method, self.baseline),
            self.verdict,
            self.figure,
            row(*self.downloads),
        )

    def show(self, attribution: Attribution) -> None:
        a = self._attribution = attribution
        self.heading.value = (
            f"<h2>Why the model sees {'an' if a.site == 'acceptor' else 'a'} {a.site} at "
            f"{a.position:,} ({a.strand.replace('-', '−')}) with probability "
            f"{a.probability:.3f}</h2>"
        )
        kind = "" if a.converged or a.method != "integrated_gradients" else " dnaviz-error"
        self.verdict.value = (
            f'<div class="dnaviz-message{kind}" role="status">{escape(a.verdict)}</div>'
        )
        self.restyle()

    def restyle(self) -> None:
        if self._attribution is not None:
            a = self._attribution
            view = f"{a.name} {a.position} {a.strand} {a.site}"
            self.figure.show(attribution_figure(a, dark=self._panel.dark), view=view)

    def _name(self, a: Attribution, suffix: str) -> str:
        strand = "plus" if a.strand == "+" else "minus"
        return file_name(a.name, a.site, a.position, strand, a.method, suffix=suffix)

    def _tsv(self) -> tuple[str, str]:
        if self._attribution is None:
            return "attribution.tsv", ""
        table = self._attribution.table()
        return self._name(self._attribution, "tsv"), spreadsheet_text(table)

    def _logo(self, kind: str) -> tuple[str, bytes]:
        a = self._attribution
        if a is None:
            return f"logo.{kind}", b""
        before, after = PRINTED
        inside = (a.offsets >= -before) & (a.offsets <= after)
        heights = letter_heights(a.bases, a.contributions)[:, inside]
        figure = logo_figure(heights, a.positions[inside], title=f"{a.site} {a.position:,}")
        return self._name(a, kind), figure_bytes(figure, kind)


class WhatIfView:
    """Every base changed to every other, as colours."""

    def __init__(self, panel: Panel[InspectorState], group: str) -> None:
        self._panel = panel
        self._mutagenesis: Mutagenesis | None = None
        self.figure = Plot("Change of probability by each mutation", group=group)
        self.note = widgets.HTML(layout={"margin": "0"})
        self.download = Download("Mutations TSV", self._tsv, panel.message.error)
        self.view = card(
            self.note, self.figure, row(self.download), title="What a mutation would change"
        )

    def show(self, mutagenesis: Mutagenesis) -> None:
        m = self._mutagenesis = mutagenesis
        best = int(abs(m.values).argmax())
        row_, column = divmod(best, m.values.shape[1])
        change = float(m.values[row_, column])
        strand = "" if m.strand == "+" else ", as read on the strand −"
        self.note.value = (
            '<span class="dnaviz-note">Colour: change of the probability of this '
            f"{m.site} (now {m.probability:.3f}) when one base becomes another; a dot marks the "
            f"base that is there. The strongest change: {int(m.positions[column]):,} "
            f"{escape(m.bases[column])} → {'ACGT'[row_]}, {change:+.3f}{strand}.</span>"
        )
        self.restyle()

    def restyle(self) -> None:
        if self._mutagenesis is not None:
            m = self._mutagenesis
            view = f"{m.name} {m.position} {m.strand} {m.site}"
            self.figure.show(mutagenesis_figure(m, dark=self._panel.dark), view=view)

    def _tsv(self) -> tuple[str, str]:
        m = self._mutagenesis
        if m is None:
            return "mutations.tsv", ""
        text = spreadsheet_text(m.table())
        return file_name(m.name, m.site, m.position, "mutations", suffix="tsv"), text
