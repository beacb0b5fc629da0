"""The splice inspector: paste anything, see every splice signal and why the model sees it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from dnaviz.attribution import Attribution, site_window
from dnaviz.attribution.window import AFTER, WITHOUT
from dnaviz.errors import InputError
from dnaviz.genome.regions import find_regions
from dnaviz.models import given_or_shipped
from dnaviz.models.ood_warning import ood_warning
from dnaviz.panels.common.base import Steps, card, row
from dnaviz.panels.common.linked import LinkedSelection
from dnaviz.panels.common.sequence_input import SequenceInput
from dnaviz.panels.common.stale_cards import StaleCards
from dnaviz.panels.splice_inspector.attribution import AttributionView
from dnaviz.panels.splice_inspector.case import CaseView
from dnaviz.panels.splice_inspector.case_panel import CasePanel
from dnaviz.panels.splice_inspector.link import chosen_site
from dnaviz.panels.splice_inspector.mrna import MrnaView
from dnaviz.panels.splice_inspector.neighbors import NeighborsView
from dnaviz.panels.splice_inspector.report import inspector_genome_page, inspector_report
from dnaviz.panels.splice_inspector.scan import ScanView
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.panels.splice_inspector.steps import (
    SiteQuery,
    edited_site,
    explain,
    first_site,
    is_unknown,
    what_if,
)
from dnaviz.panels.splice_inspector.variant import VariantView
from dnaviz.panels.splice_inspector.welcome import welcome
from dnaviz.panels.splice_inspector.what_if import WhatIfView
from dnaviz.progress import in_steps, scaled_progress
from dnaviz.sequences import Sequence
from dnaviz.splicing.scan import Scan, scan
from dnaviz.splicing.variant_effect import SpliceEffect

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.genome.transcript_model import TranscriptModel
    from dnaviz.models import SiteScorer


class SpliceInspector(CasePanel):
    """Donors and acceptors of a sequence, why the model sees them, and what mutations change.

    Parameters
    ----------
    model : SiteScorer, optional
        By default the shipped one.
    sequence : str or Sequence, optional
        Scanned at once.
    atlas : Atlas, optional
        Where similar sites are looked up; by default the shipped one.
    genome, annotation : str or path, optional
        A FASTA file and its GFF3 or GTF to load regions from by name (see `open_region`); by
        default those that DNAVIZ_GENOME and DNAVIZ_ANNOTATION name, if any.

    Attributes
    ----------
    sequence : Sequence or None
        Assign a text or a `Sequence` to scan it.
    result : Scan or None
    sites : pandas.DataFrame
        The sites at or above the threshold: the columns of `dnaviz scan`, the consensus score, the
        nearest known site, and genome coordinates where they are known (see `site_table`).
    attribution : Attribution or None
    mutations : Mutagenesis or None
        Of the chosen site, in the sequence as edited.
    edits : str
        Assign edits of the sequence to make them: ``"57A>G, 60delT, 61_62insAC"``; where a
        transcript or a place in a genome is known also ``"c.313+1G>A"``, ``"IVS2-654C>T"`` or
        ``"chr19-11102787-G-A"``. `transcript` and `coding_start` say what they count in.
    prediction : Prediction or None
        What the edits do to the mRNA: `headline`, `consequences`, `names` of the edits in all
        coordinates. `primers` and `gel` are of the predicted RT-PCR, `paragraph` is for a report.
    case : Case or None
        What `predict_list` found of a list of variants; `open_row` shows one of its rows.
    effect : SpliceEffect or None
        What the edits do, on the strand of the chosen site; `effects` has both strands.
    edited : Attribution or None
        The attribution of the chosen site in the edited sequence.
    state : InspectorState
        Threshold, strand, method and so on: assign to its traits.

    Examples
    --------
    >>> inspector = SpliceInspector()
    >>> inspector.sequence = "ACGT..."
    >>> inspector.sites
    >>> inspector.select(position=57, strand="+", site="donor")
    >>> inspector.attribution.contributions
    """

    heading = "Splice inspector"
    lead = (
        "Paste a sequence and see where the model finds donors and acceptors, which bases made it "
        "say so, and what a mutation would change."
    )

    def __init__(
        self,
        model: SiteScorer | None = None,
        sequence: str | Sequence | None = None,
        atlas: Any = None,
        genome: str | Path | None = None,
        annotation: str | Path | None = None,
    ) -> None:
        model = given_or_shipped(model, "score_positions", "score_windows")
        super().__init__(InspectorState())
        self.model = model
        self._forget()
        self.case, self._given = None, {}
        self.input = SequenceInput(
            self._on_sequence,
            self.message,
            action="Find splice sites",
            changes=True,
            regions=find_regions(genome, annotation),
        )
        self.case_view = CaseView(self, model, self._on_list, self._open_row)
        self.scan_view = ScanView(self, model, self._on_select, self._report, self._genome_page)
        group = uuid4().hex  # The figures of one site zoom together.
        self.attribution_view = AttributionView(self, model, group)
        self.variant_view = VariantView(
            self, self._panel_result, self._locator, self._make_edits, self._read_box
        )
        self.mrna_view = MrnaView(self, self._panel_result, model, self._read_box)
        variant = self.variant_view
        self.what_if_view = WhatIfView(
            self, group, self._panel_result, variant, self._on_select, model
        )
        self.neighbors_view = NeighborsView(self, model, atlas)
        parts = (
            self.variant_view, self.mrna_view, self.scan_view, self.attribution_view,
            self.what_if_view, self.neighbors_view,
        )  # fmt: skip
        self.cards = StaleCards(*(views := [part.view for part in parts]))
        self.welcome = welcome(self, self.input)
        listed = self.case_view
        top = card(self.input.view, row(listed.toggle), self.status, title="Sequence")
        self.compose(top, listed.view, self.welcome.view, *views)
        self.open_link()
        self.state.observe(self.guard(lambda _: self._explain()), ["method", "baseline", "space"])
        self.follow(["position", "site_strand", "site"], self._on_site)
        self.follow(["edits"], self._on_edits, self.variant_view.guard)
        recount = self.variant_view.guard(self._on_counted)
        self.state.observe(recount, ["transcript", "coding_start", "case_exons"])
        primers = ["forward_primer", "reverse_primer"]
        self.follow(primers, self._on_primers, self.mrna_view.guard)
        if sequence is not None:
            self.sequence = sequence
        else:
            self._open_sequence()

    @property
    def sequence(self) -> Sequence | None:
        return self.input.sequence

    @sequence.setter
    def sequence(self, sequence: str | Sequence) -> None:
        self.input.set(sequence, run=False)
        self.scan()

    @property
    def sites(self) -> pd.DataFrame:
        self.runner.finish()
        return self.scan_view.table_of_sites()

    @property
    def compared_sites(self) -> pd.DataFrame:
        """Sites of reference and edited side by side, known ones that were not found too."""
        self.runner.finish()
        return self.scan_view.compared

    @property
    def effect(self) -> SpliceEffect | None:
        return next((e for e in self.effects if e.strand == self.state.site_strand), None)

    @property
    def structures(self) -> list[TranscriptModel]:
        """Known transcripts of the sequence, and the exons that the shown sites make."""
        return self.scan_view.structures

    def open_region(self, region: str) -> Scan:
        """Load a gene, a transcript or ``chr19:11,089,000-11,094,000:+`` of the genome; scan it."""
        self.input.load_region(region)
        self.state.position = 0
        return self.scan()

    def open_example(self, name: str) -> Scan:
        """Load an example gene ("LDLR") or published change ("LDLR c.313+1G>A"), and scan it."""
        self.input.load_example(name)
        self.state.position = 0
        return self.scan()

    def scan(self) -> Scan:
        """Scan the sequence, choose its strongest site, explain it, and return the scan."""
        if self.sequence is None:
            raise InputError("There is no sequence yet: assign one to `sequence`.")
        self.message.clear()
        self._note_sequence()
        self.runner.now(self._scan_steps)
        assert self.result is not None
        return self.result

    def show(
        self, sequence: str | Sequence, position: int = 0, strand: str = "+", site: str = "donor"
    ) -> None:
        """Scan a sequence and explain a site of it.

        Parameters
        ----------
        sequence
            Text may hold several records; the first is shown.
        position : int
            1-based; 0 leaves the choice of the site to the scan.
        """
        self.input.set(sequence, run=False)
        self.message.clear()
        self._note_sequence()
        self._choose(position, strand, site)
        self.start(("scan", self.input.sequence), self._scan_steps)

    def select(self, position: int, strand: str = "+", site: str = "donor") -> Attribution:
        """Choose a site, explain it, and return the attribution.

        Parameters
        ----------
        position : int
            1-based, on the record's forward coordinates; any position, found by the scan or not.
        strand : "+" or "-"
        site : "donor" or "acceptor"
        """
        if self.sequence is None:
            raise InputError("There is no sequence yet: assign one to `sequence`.")
        if position is None:  # which stands for the middle in `site_window`
            raise InputError("A position is a whole number, not None.")
        site_window(self.sequence, position=position, strand=strand, site=site)
        self._choose(position, strand, site)
        self.runner.now(self._explain_steps)
        assert self.attribution is not None
        return self.attribution

    def report(self) -> str:
        """Return what is shown as one HTML page that needs nothing but itself."""
        return self._report()[1]

    def emits(self) -> dict[tuple[str, ...], Any]:
        site = ("position", "site", "site_strand")
        return {site: lambda: chosen_site(self.state, self.sequence)}

    def accept(self, chosen: LinkedSelection) -> None:
        if chosen.records:
            middle = len(chosen.records[0]) // 2 + 1
            self.show(chosen.fasta, middle, site=chosen.site or "donor")
            if chosen.cut:
                self.message.info(chosen.cut)

    def restyle(self, dark: bool) -> None:
        for view in (self.mrna_view, self.scan_view, self.attribution_view, self.what_if_view,
                     self.neighbors_view):  # fmt: skip
            view.restyle()

    def show_busy(self, busy: bool) -> None:
        self.show_pressed(self.input.button, busy)
        if not busy:
            self.cards.hide_old()

    def show_slow(self) -> None:
        self.cards.hide_old()

    def _report(self) -> tuple[str, str]:
        return inspector_report(
            self.scan_view, self._panel_result(), self.neighbors_view, self.input, self.model
        )

    def _genome_page(self) -> tuple[str, str]:
        return inspector_genome_page(self.scan_view, self._panel_result(), self.model)

    # What the viewer does ------------------------------------------------------------------

    def _on_sequence(self) -> None:
        self.state.position = 0
        self._note_sequence()
        self.start(("scan", self.input.sequence), self._scan_steps)

    def _read_box(self, typed: str = "") -> bool:
        """Read and scan a text in the box that was not read yet, and make the edits `typed`."""
        if unread := self._read_unread():
            self.start(("scan", self.input.sequence, typed), partial(self._scan_steps, typed))
        return unread

    def _on_select(self, position: int, strand: str, site: str) -> None:
        if self.result is None:  # A click on the track of a sequence that is being replaced.
            return
        self._choose(position, strand, site)
        self._explain()

    def _on_site(self) -> None:
        """Explain a site that was assigned to the state."""
        result, sequence, site = self.result, self.sequence, self._chosen()
        if result is None or result.sequence != sequence or not site[0] or site == self._site:
            return  # It comes with a sequence that is still to be scanned, or is under way.
        position, strand, kind = site
        site_window(result.sequence, position=position, strand=strand, site=kind)
        self._explain()

    def _explain(self) -> None:
        if self.result is not None and self.state.position:
            key = ("explain", self._asked(), self.state.space)
            self.start(key, self._explain_steps, "why")

    # What follows from it ------------------------------------------------------------------

    def _scan_steps(self, typed: str = "") -> Steps:
        sequence = self.input.sequence
        if sequence is None:
            return
        self._forget()
        self.cards.expire()
        yield 0.0
        result = yield from in_steps(scan, sequence, self.model)
        self.variant_view.open(self.state.edits, typed)
        self.result = result
        yield from self._effect_steps()
        structures = self.scan_view.known_on(sequence, self.input.structures)
        if not 1 <= self.state.position <= len(sequence) or is_unknown(str(sequence)):
            shown = result.at(self.state.threshold).only(self.state.strand)
            self._choose(*first_site(shown, self.effects, structures))
        self.scan_view.show(
            result,
            self.input.structures,
            self.input.genome_interval,
            ood_warning(self.model, [sequence]),
            self._chosen() if self.state.position else None,
        )
        self.cards.show(self.scan_view.view)
        self._show_prediction()
        yield 1.0
        yield from self._explain_steps()

    def _forget(self) -> None:
        self.result = self.attribution = self.mutations = self.edited = self.prediction = None
        self.effects = []
        self._explained = {}

    def _explain_steps(self) -> Steps:
        """Show why the chosen site is one, what is like it, and what mutations and edits do to it.

        What is shown as it is asked for is left alone.
        """
        sequence, query, space = self.sequence, self._asked(), self.state.space
        assert sequence is not None
        self._site = site = position, strand, kind = self._chosen()
        if not position:  # no base is known
            return
        self.scan_view.mark(site)
        if self._explained.get("why") != query:
            yield 0.0
            attribution = yield from scaled_progress(0, 0.4, explain(sequence, query, self.model))
            self.attribution, self.edited = attribution, None
            self.attribution_view.show(attribution)
            self.cards.show(self.attribution_view.view)
            self._explained["why"] = query
        self.attribution_view.head(WITHOUT if self.effects else "")
        yield 0.4
        edited, place = edited_site(sequence, self.effect, query)
        record, at = (edited, place) if place else (sequence, position)
        if self._explained.get("like") != (like := (record, at, site, space, bool(self.effects))):
            window = site_window(record, position=at, strand=strand, site=kind)
            whose = (AFTER if place else WITHOUT) if self.effects else ""
            self.cards.show(self.neighbors_view.view, self.neighbors_view.show(window, whose))
            self._explained["like"] = like
        what = query if self.effects else site
        if self._explained.get("what if") != what:
            yield 0.5
            steps = what_if(sequence, self.effect, query, self.model)
            self.edited, self.mutations = yield from scaled_progress(0.5, 1, steps)
            self.what_if_view.show(self._panel_result())
            self.cards.show(self.what_if_view.view)
            self.variant_view.show(self._panel_result())
            self._explained["what if"] = what
        yield 1.0

    def _asked(self) -> SiteQuery:
        return SiteQuery(*self._chosen(), self.state.method, self.state.baseline)
