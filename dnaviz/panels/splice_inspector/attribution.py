"""The second part of the splice inspector: which bases made the model say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dnaviz.attribution import BASELINES, METHODS, Attribution
from dnaviz.attribution.checks import method_checks
from dnaviz.attribution.window import attribution_heading
from dnaviz.figures.caption import attribution_caption
from dnaviz.figures.heatmap import attribution_drawing
from dnaviz.figures.logo import attribution_logo, figure_bytes
from dnaviz.io.spreadsheet import file_name, spreadsheet_text
from dnaviz.models.protocol import SITES
from dnaviz.panels.common.base import Panel, card, escape, row
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.table import Download
from dnaviz.panels.common.terms import terms_html
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.panels.splice_inspector.words import signals_html

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer


class AttributionView:
    """Method and baseline, logo and heatmap, the verdict on convergence, and their files."""

    def __init__(self, panel: Panel[InspectorState], model: SiteScorer, group: str) -> None:
        self._panel, self._model = panel, model
        self._attribution: Attribution | None = None
        self._edits = ""
        panel.state.observe(panel.guard(lambda _: self.head(self._edits)), "threshold")
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
        self.trust = widgets.HTML(layout={"margin": "0"})
        self.legend = widgets.HTML(layout={"margin": "0", "width": "100%"})
        tell = panel.message.error
        self.downloads = (
            Download("Attributions TSV", self._tsv, tell),
            Download("Logo SVG", lambda: self._logo("svg"), tell),
            Download("Logo PDF", lambda: self._logo("pdf"), tell),
        )
        self.view = card(
            self.heading,
            row(self.method, self.baseline, self.trust),
            panel.progress("why"),
            self.verdict,
            self.figure,
            self.legend,
            widgets.HTML(terms_html("attribution", "log-odds")),
            row(*self.downloads),
        )

    def head(self, edits: str) -> None:
        """Say what is explained, and whose it is where there are edits."""
        self._edits = edits
        if self._attribution is not None:
            threshold = self._panel.state.threshold
            heading = attribution_heading(self._attribution, threshold, edits)
            self.heading.value = f"<h2>{heading}</h2>"

    def show(self, attribution: Attribution) -> None:
        a = self._attribution = attribution
        kind = "" if a.converged or a.method != "integrated_gradients" else " dnaviz-error"
        self.verdict.value = (
            f'<div class="dnaviz-message{kind}" role="status">{escape(a.verdict)}</div>'
        )
        self.trust.value = trust_html(a, self._model)
        self.legend.value = signals_html(a)
        self.restyle()

    def restyle(self) -> None:
        if self._attribution is not None:
            a = self._attribution
            view = f"{a.name} {a.position} {a.strand} {a.site}"
            self.figure.show(attribution_drawing(a, dark=self._panel.dark), view=view)

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
        caption = attribution_caption(a, self._model)
        return self._name(a, kind), figure_bytes(attribution_logo(a), kind, caption)


def trust_html(a: Attribution, model: SiteScorer) -> str:
    """What was measured of a method on held-out sites of a kind, failures first and marked."""
    other = {f"consensus_{site}" for site in SITES} - {f"consensus_{a.site}"}
    checks = [c for c in method_checks(a.method, a.baseline, model) if c.what not in other]
    if not checks:
        return ""
    failed = [check for check in checks if not check.passed]
    every = "\n".join(check.words for check in checks)
    if not failed:
        text = f"Checked on unseen sites: all {len(checks)} checks passed."
    else:
        named = "; ".join(check.words for check in failed)
        text = f"Checked on unseen sites: {len(failed)} of {len(checks)} checks failed: {named}"
    kind = "dnaviz-note" if not failed else "dnaviz-note dnaviz-failed"
    return f'<span class="{kind}" title="{escape(every)}">{escape(text)}</span>'
