"""What the sealed inspector answers: requests and answers are JSON, the work is dnaviz's own.

It runs in the page, in Python compiled to WebAssembly; a test runs it with any model.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from math import floor
from typing import TYPE_CHECKING, Any

from dnaviz.attribution import Attribution, Mutagenesis, site_window
from dnaviz.errors import InputError
from dnaviz.figures.heatmap import attribution_drawing, mutagenesis_drawing
from dnaviz.figures.track import scan_drawing
from dnaviz.genome.case_exons import known_structures
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.panels.splice_inspector import words
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.panels.splice_inspector.site_rows import SiteRows, below, counted, summary_html
from dnaviz.panels.splice_inspector.steps import (
    SiteQuery,
    both_strands,
    explain_steps,
    first_site,
    what_if_steps,
)
from dnaviz.sealed.files import make_file
from dnaviz.sealed.shown import Record, Shown, example_record
from dnaviz.sequences import Sequence, parse_sequences, reverse_complement
from dnaviz.splicing.annotate import predicted_transcript_models
from dnaviz.splicing.delta_events import Event, changed_places, events
from dnaviz.splicing.edit_placement import annotated, place_edits
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.prediction import Prediction, predict
from dnaviz.splicing.scan import Scan, scan_steps
from dnaviz.splicing.site_comparison import ComparedSite, compare_sites
from dnaviz.splicing.variant_effect import SpliceEffect
from dnaviz.splicing.variants import parse_variants, substitute

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

Answers = Generator[dict[str, Any], None, None]

HEADS = {2: "donor", 3: "acceptor"}
"""Traces of `scan_drawing` whose points are sites, as for the panel's track."""

ROWS = "TGCA"
"""Bases of the heat map's rows, as `mutagenesis_drawing` orders them."""

DELTAS = ("event", "strand", "delta", "position", "position edited", "reference", "edited")


class Session:
    """One page: its sequence, its chosen site, its edits.

    Parameters
    ----------
    model : SiteScorer
    """

    def __init__(self, model: SiteScorer) -> None:
        self.model = model
        self.dark = False
        self.shown = Shown()
        self._records: list[Sequence] = []
        self._forget(None)

    def _forget(self, record: Record | None) -> None:
        self.record = record
        self.scan: Scan | None = None
        self.attribution: Attribution | None = None
        self.edited: Attribution | None = None
        self.mutations: Mutagenesis | None = None
        self.effects: list[SpliceEffect] = []
        self.prediction: Prediction | None = None
        self._notes: tuple[str, ...] = ()
        self._compared: list[ComparedSite] = []
        self._events: list[Event] = []

    def answer(self, text: str) -> Generator[str, None, None]:
        """Answer a request, JSON with its name as ``do``: yield answers, JSON, as they come.

        What the user gave and cannot be used is answered by ``{"error": sentence}``.
        """
        request = json.loads(text)
        work: Callable[[dict[str, Any]], Answers] = getattr(self, f"do_{request['do']}")
        try:
            for part in work(request):
                yield json.dumps(part)
        except InputError as error:
            yield json.dumps({"error": str(error), "of": request["do"]})
        yield json.dumps({"state": self.shown.changed()})

    # Requests ------------------------------------------------------------------------------

    def do_open(self, request: dict[str, Any]) -> Answers:
        """Read a text, and show its first record."""
        self._records = parse_sequences(request["text"], remove_gaps=request.get("gaps", False))
        names = [
            f"{n}. {record.name[:60]} ({len(record):,} nt)"
            for n, record in enumerate(self._records, start=1)
        ]
        yield {"records": names}
        yield from self.do_pick({"number": 0})

    def do_pick(self, request: dict[str, Any]) -> Answers:
        """Show one of the records."""
        self.shown = Shown(threshold=self.shown.threshold, strand=self.shown.strand)
        yield from self._show(Record(self._records[request["number"]]))

    def do_example(self, request: dict[str, Any]) -> Answers:
        """Show an example gene or a published change."""
        record = example_record(request["name"])
        if record is None:
            raise InputError(f"There is no example called {request['name'][:40]}.")
        self.shown = Shown(threshold=self.shown.threshold, edits=record.edit)
        yield {"text": f">{record.sequence.name}\n{record.sequence.bases}\n", "note": record.note}
        yield from self._show(record)

    def do_restore(self, request: dict[str, Any]) -> Answers:
        """Show what a link says."""
        self.shown = Shown.of(request["state"])
        record = example_record(self.shown.example) if self.shown.example else None
        if record is None and self.shown.sequence:
            sequence = self.shown.record()
            (checked,) = parse_sequences(f">{sequence.name}\n{sequence.bases}")
            record = Record(sequence if checked.bases == sequence.bases else checked)
        if record is None:
            return
        yield {"text": f">{record.sequence.name}\n{record.sequence.bases}\n", "note": record.note}
        yield from self._show(record)

    def do_view(self, request: dict[str, Any]) -> Answers:
        """Show other sites, or the same in other colors."""
        self.dark = bool(request.get("dark", self.dark))
        values = {**self.shown.changed(), **request.get("state", {})}
        view = Shown.of(values)
        self.shown.threshold, self.shown.strand = view.threshold, view.strand
        if request.get("lower") and self.scan and (weaker := below(self._view())):
            self.shown.threshold = floor(100 * min(s.probability for s in weaker)) / 100
        if self.scan is not None:
            yield self._sites()
            yield from self._site_parts()

    def do_choose(self, request: dict[str, Any]) -> Answers:
        """Explain a site: of a row of a table, or of a point of the track."""
        chosen = self._pointed(request)
        if chosen is None or self.record is None:
            return
        site_window(self.record.sequence, position=chosen[0], strand=chosen[1], site=chosen[2])
        self.shown.chosen = chosen
        yield self._sites()
        yield from self._explain()

    def do_method(self, request: dict[str, Any]) -> Answers:
        """Explain the site by another method, or against another baseline."""
        view = Shown.of({**self.shown.changed(), **request["state"]})
        self.shown.method, self.shown.baseline = view.method, view.baseline
        if self.scan is not None:
            yield from self._explain()

    def do_edits(self, request: dict[str, Any]) -> Answers:
        """Make edits: added to those that are there, or in their place."""
        if self.scan is None:
            raise InputError("There is no sequence yet: paste one.")
        text = request["text"].strip()
        if request.get("add"):
            text = ", ".join(filter(None, [self.shown.edits, text]))
        yield from self._edit(text, go=True)

    def do_cell(self, request: dict[str, Any]) -> Answers:
        """Make the change of a cell of the heat map."""
        m, record = self.mutations, self.record
        if m is None or record is None or request["column"] >= len(m.bases):
            return
        base = ROWS[request["row"]]
        base = base if m.strand == "+" else reverse_complement(base)
        made = parse_variants(self.shown.edits, record.sequence)
        made = substitute(record.sequence, made, int(m.positions[request["column"]]), base)
        yield from self._edit(words.edits_text(made), go=False)

    def do_count(self, request: dict[str, Any]) -> Answers:
        """Count edits in another transcript, or from another start codon."""
        transcript = request.get("transcript", self.shown.transcript)
        start = str(request.get("coding_start", self.shown.coding_start)).replace(",", "").strip()
        if start and not (start.isascii() and start.isdecimal() and len(start) < 10):
            raise InputError("The coding sequence starts at a position of this sequence, as 51.")
        self._locator(transcript, int(start or 0))
        self.shown.transcript, self.shown.coding_start = transcript, int(start or 0)
        self._predict()
        yield from self._variant_parts()

    def do_file(self, request: dict[str, Any]) -> Answers:
        """Make a file to keep."""
        name, text = make_file(request["kind"], self._view(), self._result())
        yield {"file": {"name": name, "text": text}}

    # Work ----------------------------------------------------------------------------------

    def _show(self, record: Record) -> Answers:
        self._forget(record)
        record.note_in(self.shown)
        scanned = scan_steps(record.sequence, self.model)
        self.scan = yield from _progress(scanned, 0, 0.7)
        if self.shown.edits:
            try:
                yield from self._score()
            except InputError as error:
                yield {"error": str(error), "of": "edits"}
                self.shown.edits = ""
        if not 1 <= self.shown.position <= len(record.sequence):
            self.shown.chosen = first_site(self._view(), self.effects, self._known())
        self._predict()
        yield self._sites()
        yield {"status": f"{len(record.sequence):,} nt scanned: {counted(self._view())}"}
        yield from self._variant_parts()
        yield from self._explain()

    def _edit(self, text: str, *, go: bool) -> Answers:
        # Written one way, so that the same edits are the same state.
        placed = place_edits(text, self._locator())
        self._notes = placed.notes
        self.shown.edits = words.edits_text(placed.variants)
        if placed.transcript:
            self.shown.transcript = placed.transcript
        yield from self._score()
        event = None if self.prediction is None else self.prediction.event
        moved = go and event is not None and event.chosen != self.shown.chosen
        if moved and event is not None:
            self.shown.chosen = event.chosen
        yield self._sites()
        yield from self._variant_parts()
        yield from self._explain() if moved else self._what_if()

    def _score(self) -> Answers:
        assert self.record is not None
        variants = parse_variants(self.shown.edits, self.record.sequence)
        self.effects, self.edited = [], None
        self.effects = yield from _progress(
            both_strands(self.record.sequence, variants, self.model), 0.7, 0.8
        )
        self._predict()

    def _predict(self) -> None:
        self.prediction = None
        try:
            locator = self._locator()
        except InputError:  # of a link, or of another sequence
            self.shown.transcript, self.shown.coding_start = "", 0
            locator = self._locator()
        if self.effects and self.scan is not None:
            self.prediction = predict(locator, self.scan, self.effects)

    def _explain(self) -> Answers:
        assert self.record is not None
        self.attribution, self.edited = None, None
        steps = explain_steps(self.record.sequence, self._query(), self.model)
        self.attribution = yield from _progress(steps, 0.8, 0.9)
        yield self._why()
        yield from self._what_if()

    def _what_if(self) -> Answers:
        assert self.record is not None
        effect = next((e for e in self.effects if e.strand == self.shown.site_strand), None)
        steps = what_if_steps(self.record.sequence, effect, self._query(), self.model)
        self.edited, self.mutations = yield from _progress(steps, 0.9, 1)
        yield self._mutations()
        yield from self._variant_parts()

    def _query(self) -> SiteQuery:
        return SiteQuery(*self.shown.chosen, self.shown.method, self.shown.baseline)

    def _known(self) -> list[TranscriptModel]:
        if self.record is None:
            return []
        given = self.record.structures
        return known_structures(self.record.sequence) if given is None else given

    def _locator(self, transcript: str | None = None, start: int | None = None) -> Locator:
        if self.record is None:
            raise InputError("There is no sequence yet: paste one.")
        return annotated(
            self.record.sequence,
            self._known(),
            self.record.place,
            self.record.assembly,
            transcript=self.shown.transcript if transcript is None else transcript,
            coding_start=self.shown.coding_start if start is None else start,
        )

    def _view(self) -> Scan:
        if self.scan is None:
            raise InputError("There is no sequence yet: paste one.")
        return self.scan.at(self.shown.threshold).only(self.shown.strand)

    def _result(self) -> PanelResult:
        sequence = None if self.record is None else self.record.sequence
        return PanelResult(
            sequence, self.attribution, self.effects, self.edited, self.mutations, self._known(),
            self.prediction,
        )  # fmt: skip

    def _pointed(self, request: dict[str, Any]) -> tuple[int, str, str] | None:
        """Return the site that a number from the page means; it is looked up in data of our own."""
        number, of = request["number"], request["of"]
        if of == "sites" and number < len(self._compared):
            return self._compared[number].site[:3]
        if of == "events" and number < len(self._events):
            return self._events[number].chosen
        if of == "track":
            sites = [s for s in self._view().sites if s.site == HEADS.get(request["trace"])]
            return sites[number][:3] if number < len(sites) else None
        return None

    # Parts of the page ---------------------------------------------------------------------

    def _site_parts(self) -> Answers:
        if self.attribution is not None:
            yield self._why()
        if self.mutations is not None:
            yield self._mutations()

    def _sites(self) -> dict[str, Any]:
        view, known = self._view(), self._known()
        rows = SiteRows(
            view.sequence,
            known,
            bool(self.effects),
            None if self.record is None else self.record.place,
        )
        self._compared = compare_sites(view, known, self.effects)
        places = [one.site[:3] for one in self._compared]
        figure = scan_drawing(
            view,
            structures=[*predicted_transcript_models(view), *known],
            selected=self.shown.chosen if self.shown.position else None,
            edited=changed_places(self.effects),
            dark=self.dark,
        )
        return {
            "sites": {
                "columns": rows.columns,
                "numeric": rows.numeric,
                "rows": [rows.cells(one) for one in self._compared],
                "selected": places.index(self.shown.chosen) if self.shown.chosen in places else -1,
                "summary": summary_html(view),
                "lower": bool(below(view)),
                "threshold": self.shown.threshold,
                "strand": self.shown.strand,
                "figure": figure.to_json(),
            }
        }

    def _variant_parts(self) -> Answers:
        result, locator = self._result(), self._locator()
        first = locator.structures[0] if locator.structures else None
        counts = first is not None and (first.cds is None or bool(self.shown.coding_start))
        yield {
            "variant": {
                "html": words.edits_html(result),
                "names": words.names_html(self.prediction, self._notes),
                "counted": words.counts_in(locator),
                "edits": self.shown.edits,
                "transcripts": sorted({s.name for s in locator.structures}),
                "transcript": first.name if first else "",
                "coding": f"{self.shown.coding_start or ''}" if counts else None,
            }
        }
        if self.prediction is None:
            yield {"mrna": None}
            return
        usual = self.prediction.consequences.usual
        yield {
            "mrna": {
                "html": words.products_html(self.prediction),
                "paragraph": self.prediction.paragraph(self.model),
                "mrna": usual is not None,
                "protein": usual is not None and usual.reading is not None,
            }
        }

    def _why(self) -> dict[str, Any]:
        a = self.attribution
        assert a is not None
        return {
            "why": {
                "heading": words.attribution_heading(a),
                "verdict": a.verdict,
                "failed": not a.converged and a.method == "integrated_gradients",
                "signals": words.signals_html(a),
                "method": a.method,
                "baseline": a.baseline,
                "figure": attribution_drawing(a, dark=self.dark).to_json(),
            }
        }

    def _mutations(self) -> dict[str, Any]:
        m, result = self.mutations, self._result()
        self._events = events(self.effects)
        return {
            "mutations": {
                "columns": DELTAS,
                "numeric": [2, 3, 4, 5, 6],
                "rows": [words.event_cells(event) for event in self._events],
                "about": words.about_html(result) if self.effects else "",
                "edited": bool(self.effects),
                "note": "" if m is None else words.note_html(m, bool(self.effects)),
                "figure": "" if m is None else mutagenesis_drawing(m, dark=self.dark).to_json(),
            }
        }


def _progress(steps: Generator[float, None, Any], start: float, end: float) -> Any:
    while True:
        try:
            fraction = next(steps)
        except StopIteration as done:
            return done.value
        yield {"progress": start + (end - start) * fraction}
