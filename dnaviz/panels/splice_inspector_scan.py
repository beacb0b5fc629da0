"""The first part of the splice inspector: the scan track and the table of sites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from dnaviz.figures.track import scan_track
from dnaviz.panels.base import Panel, card, row
from dnaviz.panels.plot import Plot
from dnaviz.panels.splice_inspector_state import InspectorState
from dnaviz.panels.table import Download, Table, file_name
from dnaviz.scanning import Scan

HEADS = {2: "donor", 3: "acceptor"}
"""Traces of `scan_track` whose points are the scan's sites of that kind, in their order."""

Chosen = tuple[int, str, str]


class ScanView:
    """Threshold, strand, track and table; tells `on_select` which site was chosen.

    Parameters
    ----------
    panel : Panel
        Whose state has `threshold` and `strand`, and whose guard the callbacks use.
    on_select : callable
        Called with (position, strand, site).
    """

    def __init__(
        self, panel: Panel[InspectorState], on_select: Callable[[int, str, str], None]
    ) -> None:
        self._panel = panel
        self._on_select = on_select
        self._scan: Scan | None = None
        self._shown: Scan | None = None
        self._exons: list[tuple[int, int]] = []
        self._selected: Chosen | None = None
        self._views = 0
        state = panel.state
        self.threshold = widgets.FloatSlider(
            min=0.05,
            max=0.99,
            step=0.01,
            description="Threshold",
            readout_format=".2f",
            continuous_update=False,
            style={"description_width": "auto"},
            layout={"width": "320px", "margin": "0"},
        )
        self.strand = widgets.ToggleButtons(
            options=[("Both strands", "both"), ("+ only", "+"), ("− only", "-")],
            style={"button_width": "auto"},
        )
        widgets.link((state, "strand"), (self.strand, "value"))
        self.threshold.value = state.threshold
        self.threshold.observe(panel.guard(self._on_slider), "value")
        state.observe(panel.guard(self._on_threshold), "threshold")
        state.observe(panel.guard(lambda _: self._draw()), "strand")
        self.track = Plot("Probability of donors and acceptors along the sequence")
        self.track.on_click(self._on_click)
        self.count = widgets.HTML(layout={"margin": "0"})
        self.table = Table(
            columns=["position", "strand", "site", "motif", "probability"],
            numeric=[0, 4],
            label="Predicted splice sites",
            empty="No position reaches the threshold: lower it to see weaker sites.",
        )
        self.table.observe(panel.guard(self._on_row), "selected")
        self.download = Download("Download TSV", self._tsv, panel.message.error)
        self.view = card(
            row(self.threshold, self.strand),
            self.track,
            row(self.count, self.download),
            self.table,
            title="Splice sites",
        )

    @property
    def shown(self) -> Scan | None:
        """The scan at the threshold and on the strand that are on screen."""
        return self._shown

    def show(self, scan: Scan, exons: list[tuple[int, int]]) -> None:
        """Show another scan."""
        self._scan, self._exons, self._selected = scan, exons, None
        self._views += 1  # A new sequence is seen whole.
        self._draw()

    def mark(self, chosen: Chosen | None) -> None:
        """Mark a site on the track and in the table."""
        self._selected = chosen
        if self._shown is None:
            return
        sites = [(s.position, s.strand, s.site) for s in self._shown.sites]
        place = sites.index(chosen) if chosen in sites else -1
        self.table.selected = place if place < len(self.table.rows) else -1
        self.restyle()

    def restyle(self) -> None:
        """Redraw in the colours of the panel's theme."""
        if self._shown is not None:
            figure = scan_track(
                self._shown, exons=self._exons, selected=self._selected, dark=self._panel.dark
            )
            self.track.show(figure, view=str(self._views))

    def _draw(self) -> None:
        if self._scan is None:
            return
        state = self._panel.state
        self._shown = shown = self._scan.at(state.threshold).only(state.strand)
        sites = shown.sites
        self.table.show(
            (f"{s.position:,}", s.strand.replace("-", "−"), s.site, s.motif, f"{s.probability:.3f}")
            for s in sites
        )
        donors = sum(s.site == "donor" for s in sites)
        self.count.value = (
            f'<span class="dnaviz-note">{_count(donors, "donor")} and '
            f"{_count(len(sites) - donors, 'acceptor')} with a probability of at least "
            f"{state.threshold:.2f}. Choose one to see why.</span>"
        )
        self.mark(self._selected)

    def _on_slider(self, change: Any) -> None:
        # The slider's steps must not round a finer threshold set in Python or by a link.
        if abs(change["new"] - self._panel.state.threshold) >= 0.005:
            self._panel.state.threshold = round(change["new"], 2)

    def _on_threshold(self, change: Any) -> None:
        self.threshold.value = change["new"]
        self._draw()

    def _on_row(self, change: Any) -> None:
        if self._shown is None or not 0 <= change["new"] < len(self._shown.sites):
            return
        site = self._shown.sites[change["new"]]
        chosen = (site.position, site.strand, site.site)
        if chosen != self._selected:
            self._on_select(*chosen)

    def _on_click(self, trace: int, point: Any) -> None:
        if self._shown is None or trace not in HEADS:
            return
        # Looked up in our own data: what the browser sent is only a number.
        sites = [s for s in self._shown.sites if s.site == HEADS[trace]]
        if isinstance(point, int) and point < len(sites):
            site = sites[point]
            self._on_select(site.position, site.strand, site.site)

    def _tsv(self) -> tuple[str, str]:
        if self._shown is None:
            return "sites.tsv", ""
        table = self._shown.table()
        text = table.to_csv(sep="\t", index=False, float_format="%.6g", lineterminator="\n")
        return file_name(self._shown.sequence.name, "sites", suffix="tsv"), text


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
