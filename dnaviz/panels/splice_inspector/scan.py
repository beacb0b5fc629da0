"""The first part of the splice inspector: the scan track and the table of sites."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from dnaviz.errors import InputError
from dnaviz.figures.gaps import gap_bands
from dnaviz.figures.track import EDITED, GAPS, MARK, edited_stems, mark, scan_drawing
from dnaviz.figures.track_clicks import clicked_site
from dnaviz.genome.case_exons import case_transcript_model
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.io.spreadsheet import file_name
from dnaviz.panels.common.base import Message, Panel, card, row
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.table import Download, Table
from dnaviz.panels.common.terms import terms_html
from dnaviz.panels.splice_inspector.site_summary import LOWEST, below, counted, summary_html
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.sequences import Sequence, upper_case_regions
from dnaviz.splicing.annotate import (
    Weights,
    predicted_transcript_models,
    site_table,
    site_weights,
    with_weighted_sites,
)
from dnaviz.splicing.delta_events import Moved, changed_places, gaps
from dnaviz.splicing.scan import Scan
from dnaviz.splicing.site_comparison import ComparedSite, compare_sites, compared_table
from dnaviz.splicing.site_rows import SITE_COLUMNS, SiteRows

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.splicing.variant_effect import SpliceEffect


Chosen = tuple[int, str, str]


class ScanView:
    """Threshold, strand, track and table; tells `on_select` which site was chosen.

    Parameters
    ----------
    panel : Panel
        Whose state has `threshold`, `strand` and `case_exons`, and whose guard the callbacks use.
    on_select : callable
        Called with (position, strand, site).
    report, genome_page : callable
        Make a report, and a page with IGV: name and content.
    """

    def __init__(
        self,
        panel: Panel[InspectorState],
        model: Any,
        on_select: Callable[[int, str, str], None],
        report: Callable[[], tuple[str, str | bytes]],
        genome_page: Callable[[], tuple[str, str | bytes]],
    ) -> None:
        self._panel, self._model = panel, model
        self._on_select = on_select
        self._scan: Scan | None = None
        self._shown: Scan | None = None
        self._given: list[TranscriptModel] = []
        self._case: TranscriptModel | None = None
        self.place: GenomicInterval | None = None
        self.structures: list[TranscriptModel] = []
        self._selected: Chosen | None = None
        self._edited: list[Moved] = []
        self._effects: list[SpliceEffect] = []
        self._compared: list[ComparedSite] = []
        self._weights: Weights | None = None
        self._views = 0
        state = panel.state
        self.threshold = widgets.FloatSlider(
            min=LOWEST,
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
        self.case = widgets.Checkbox(
            description="Upper case is exon",
            tooltip="Ticked by itself where the upper case reads as exons: ag|EXON|gt",
            indent=False,
            layout={"width": "auto"},
        )
        widgets.link((state, "strand"), (self.strand, "value"))
        self.case.observe(panel.guard(self._on_case), "value")
        self.threshold.value = state.threshold
        self.threshold.observe(panel.guard(self._on_slider), "value")
        state.observe(panel.guard(self._on_threshold), "threshold")
        state.observe(panel.guard(lambda _: self._draw()), ["strand"])
        state.observe(panel.guard(lambda _: self._read_case()), ["case_exons"])
        self.track = Plot("Probability of donors and acceptors along the sequence")
        self.track.on_click(self._on_click)
        self.doubt = Message()
        self.count = widgets.HTML(layout={"margin": "0"})
        self.lower = widgets.Button(description="List what is strongest")
        self.lower.on_click(panel.guard(lambda _: self._lower()))
        self.table = Table(
            columns=SITE_COLUMNS,
            numeric=[0, 4, 5],
            label="Predicted splice sites",
            empty="No position reaches the threshold: lower it to see weaker sites.",
        )
        self.table.on_choose(panel.guard(self._on_row))
        tell = panel.message.error
        self.downloads = (
            Download("Sites TSV", self._tsv, tell),
            Download("Sites BED", self._bed, tell),
            Download("Track SVG", lambda: self._print("svg"), tell),
            Download("Track PDF", lambda: self._print("pdf"), tell),
            Download("Report HTML", report, tell),
            Download("Genome view (IGV)", genome_page, tell),
        )
        self.view = card(
            self.doubt.view,
            row(self.threshold, self.strand, self.case),
            self.track,
            widgets.HTML(terms_html("donor", "acceptor")),
            row(self.count, self.lower),
            self.table,
            row(*self.downloads),
            title="Splice sites",
        )

    @property
    def shown(self) -> Scan | None:
        """The scan at the threshold and on the strand that are on screen."""
        return self._shown

    @property
    def scan(self) -> Scan | None:
        """The scan at the threshold that is on screen, on both strands."""
        return None if self._scan is None else self._scan.at(self._panel.state.threshold)

    @property
    def known(self) -> list[TranscriptModel]:
        """Known transcripts, and upper case as exons where its borders or the user say so."""
        return [*self._given, *([self._case] if self._case else [])]

    def known_on(
        self, record: Sequence, given: list[TranscriptModel] | None
    ) -> list[TranscriptModel]:
        """Return what would be known of a record that is shown with these transcripts."""
        return [*(given or []), *self._upper_case(record)]

    @property
    def compared(self) -> pd.DataFrame:
        """The table's rows: reference and edited side by side, see `compared_table`."""
        return compared_table(self._compared, weighted=self._weights is not None)

    def table_of_sites(self) -> pd.DataFrame:
        """Return the sites on screen with what stands beside them.

        Raises
        ------
        InputError
            Before the first scan.
        """
        return site_table(self._on_screen(), self.known, self.place)

    def show(
        self,
        scan: Scan,
        structures: list[TranscriptModel] | None = None,
        place: GenomicInterval | None = None,
        doubt: str = "",
        chosen: Chosen | None = None,
    ) -> None:
        """Show another scan, with what is known about its sequence, and a doubt if there is one."""
        self.doubt.info(doubt)
        self._scan, self._selected = scan, chosen
        self._given, self.place = structures or [], place
        self.case.layout.display = None if upper_case_regions(scan.sequence) else "none"
        self._views += 1  # A new sequence is seen whole.
        self._read_case()

    def mark(self, chosen: Chosen | None) -> None:
        """Mark a site on the track and in the table."""
        self._selected = chosen
        if self._shown is not None:
            self._select_row()
            self.track.change(MARK, **mark(self._shown, chosen))

    def show_edits(self, effects: list[SpliceEffect]) -> None:
        """Draw what edits change over the reference."""
        self._effects, self._edited = list(effects), changed_places(effects)
        if self._shown is not None and all(e.reference == self._shown.sequence for e in effects):
            self.track.change(EDITED, **edited_stems(self._shown, self._edited))
            self.track.change(GAPS, **gap_bands(gaps(self._effects)))
            self._fill(self._shown)
            self._select_row()

    def _select_row(self) -> None:
        sites = [one.site[:3] for one in self._compared]
        place = sites.index(self._selected) if self._selected in sites else -1
        self.table.selected = place if place < len(self.table.rows) else -1

    def restyle(self) -> None:
        """Redraw in the colors of the panel's theme."""
        if self._shown is not None:
            figure = scan_drawing(
                self._shown,
                structures=self.structures,
                selected=self._selected,
                edited=self._edited,
                gaps=gaps(self._effects),
                dark=self._panel.dark,
            )
            self.track.show(figure, view=str(self._views))

    def _draw(self) -> None:
        if self._scan is None:
            return
        state = self._panel.state
        scanned = self._scan.at(state.threshold).only(state.strand)
        self._weights = site_weights(scanned, self.known)
        self._shown = shown = with_weighted_sites(scanned, self._weights)
        self.structures = [*predicted_transcript_models(shown, self.known), *self.known]
        self._fill(shown)
        self._panel.page.status = f"{len(shown.sequence):,} nt scanned: {counted(shown)}"
        self.lower.layout.display = None if below(shown) else "none"
        self._select_row()
        self.restyle()

    def _fill(self, shown: Scan) -> None:
        self._compared = compare_sites(shown, self.known, self._effects)
        edited = bool(self._effects)
        summary = summary_html(shown, self._weights, self.structures, edited=edited)
        self.count.value = f'<span class="dnaviz-note">{summary}</span>'
        rows = SiteRows(shown.sequence, self.known, edited, self.place, self._weights is not None)
        with self.table.hold_sync():
            self.table.columns, self.table.numeric = rows.columns, rows.numeric
            self.table.show(map(rows.cells, self._compared))

    def _on_slider(self, change: Any) -> None:
        # The slider's steps must not round a finer threshold set in Python or by a link.
        if abs(change["new"] - self._panel.state.threshold) >= 0.005:
            self._panel.state.threshold = round(change["new"], 2)

    def _on_case(self, change: Any) -> None:
        if change["new"] != (self._case is not None):
            self._panel.state.case_exons = change["new"]

    def _read_case(self) -> None:
        """Take upper case for exons where its borders read so, or as the user says."""
        if self._scan is None:
            return
        self._case = next(iter(self._upper_case(self._scan.sequence)), None)
        self.case.value = self._case is not None
        self._draw()

    def _upper_case(self, record: Sequence) -> list[TranscriptModel]:
        case_exons = self._panel.state.case_exons
        case = (
            None
            if case_exons is False
            else case_transcript_model(record, insist=case_exons is True)
        )
        return [case] if case else []

    def _on_threshold(self, change: Any) -> None:
        self.threshold.value = change["new"]
        self._draw()

    def _lower(self) -> None:
        """Lower the threshold until a donor and an acceptor are listed."""
        if self._shown is not None and (weaker := below(self._shown)):
            lowest = min(site.probability for site in weaker)
            self._panel.state.threshold = floor(lowest * 100) / 100

    def _on_row(self, number: int) -> None:
        site = self._compared[number].site
        chosen = (site.position, site.strand, site.site)
        if chosen != self._selected:
            self._on_select(*chosen)

    def _on_click(self, trace: int, point: Any) -> None:
        if self._shown is None:
            return
        # Looked up in our own data: what the browser sent is only a number.
        if site := clicked_site(self._shown, trace, point, self._edited):
            self._on_select(*site)

    def _on_screen(self) -> Scan:
        if self._shown is None:
            raise InputError("There is no sequence yet: paste one, or assign one to `sequence`.")
        return self._shown

    def _tsv(self) -> tuple[str, str]:
        from dnaviz.splicing.export import context_tsv

        shown, compared = self._on_screen(), self._compared if self._effects else None
        text = context_tsv(shown, self.known, self.place, compared)
        return file_name(shown.sequence.name, "sites", suffix="tsv"), text

    def _bed(self) -> tuple[str, str]:
        from dnaviz.splicing.export import bed_lines

        shown, where = self._on_screen(), self.place.chrom if self.place else ""
        reference = "reference" if self._effects else ""
        name = file_name(shown.sequence.name, where, reference, "sites", suffix="bed")
        return name, "".join(bed_lines(shown, self.place))

    def _print(self, kind: str) -> tuple[str, bytes]:
        from dnaviz.figures.caption import track_caption
        from dnaviz.figures.logo import figure_bytes
        from dnaviz.figures.print_track import print_track

        shown = self._on_screen()
        figure = print_track(
            shown, structures=self.structures, edited=self._edited, gaps=gaps(self._effects)
        )
        caption = track_caption(shown, self._model)
        name = file_name(shown.sequence.name, "track", suffix=kind)
        return name, figure_bytes(figure, kind, caption)
