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
from dnaviz.figures.track_clicks import clicked_site
from dnaviz.genome.case_exons import known_structures
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.models.ood_warning import ood_warning
from dnaviz.panels.splice_inspector import words
from dnaviz.panels.splice_inspector.history import History
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.panels.splice_inspector.site_summary import below, counted
from dnaviz.panels.splice_inspector.steps import (
    SiteQuery,
    both_strands,
    explain,
    first_site,
    is_unknown,
    what_if,
)
from dnaviz.progress import in_steps
from dnaviz.sealed import parts
from dnaviz.sealed.files import given_text, make_file
from dnaviz.sealed.shown import Record, Shown, example_record, linked_record
from dnaviz.sequences import Sequence, parse_sequences, reverse_complement
from dnaviz.splicing.annotate import site_weights, with_weighted_sites
from dnaviz.splicing.consequences import Consequences
from dnaviz.splicing.delta_events import Event, changed_places, events
from dnaviz.splicing.edit_placement import annotated, place_edits
from dnaviz.splicing.gel import Gel, gel
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.prediction import Prediction, predict
from dnaviz.splicing.scan import Scan, scan
from dnaviz.splicing.site_comparison import ComparedSite, compare_sites
from dnaviz.splicing.variant_effect import SpliceEffect
from dnaviz.splicing.variants import parse_variants, substitute

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

Answers = Generator[dict[str, Any], None, None]

ROWS = "TGCA"
"""Bases of the heat map's rows, as `mutagenesis_drawing` orders them."""


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
        self.gel: Gel | None = None
        self._refused: dict[str, str] = {}
        self._notes: tuple[str, ...] = ()
        self._compared: list[ComparedSite] = []
        self._events: list[Event] = []
        self._history = History()

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
            sentence = str(error)
            if request["do"] in ("open", "example", "restore") and self.record is not None:
                name = self.record.sequence.name[:60]
                sentence += f" The results on this page are still those of {name}."
            yield json.dumps({"error": sentence, "of": request["do"]})
        yield json.dumps({"state": self.shown.changed()})

    # Requests ------------------------------------------------------------------------------

    def do_open(self, request: dict[str, Any]) -> Answers:
        """Read a text or a file, and show its first record."""
        text = given_text(request)
        if "data" in request:
            yield {"box": text}
        self._records = parse_sequences(text, remove_gaps=request.get("gaps", False))
        yield {"records": parts.record_names(self._records)}
        yield from self.do_pick({"number": 0})

    def do_pick(self, request: dict[str, Any]) -> Answers:
        """Show one of the records."""
        self.shown = self.shown.kept()
        record = self._records[request["number"]]
        yield {"note": " ".join(record.notes)}
        yield from self._show(Record(record))

    def do_example(self, request: dict[str, Any]) -> Answers:
        """Show an example gene or a published change."""
        record = example_record(request["name"])
        self.shown = self.shown.kept(record.edit)
        yield from self._open(record)

    def do_restore(self, request: dict[str, Any]) -> Answers:
        """Show what a link says."""
        self.shown, record = linked_record(request["state"])
        yield from self._open(record)

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
            yield self._mrna()
            yield from self._explained()
            if self.mutations is not None:
                yield from self._mutated()

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
        self._view()  # that there is one
        text = request["text"].strip()
        if request.get("add"):
            text = ", ".join(filter(None, [self.shown.edits, text]))
        yield from self._edit(text, go=True)

    def do_undo(self, _: dict[str, Any]) -> Answers:
        """Take the last change of the edits back."""
        if self._history.can_undo:
            yield from self._edit(self._history.undo(), go=False)

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

    def do_primers(self, request: dict[str, Any]) -> Answers:
        """Show the bands between two primers; those of whole mRNAs without."""
        forward, reverse = (str(request[name]).strip() for name in ("forward", "reverse"))
        if self.prediction is None:
            return
        if forward and reverse:  # one of them waits for the other
            gel(self.prediction.consequences, forward, reverse)
        self.shown.forward_primer, self.shown.reverse_primer = forward, reverse
        self._run_gel(self.prediction.consequences)
        yield self._mrna()

    def do_file(self, request: dict[str, Any]) -> Answers:
        """Make a file to keep."""
        name, text = make_file(request["kind"], self._view(), self._result())
        yield {"file": {"name": name, "text": text}}

    # Work ----------------------------------------------------------------------------------

    def _open(self, record: Record) -> Answers:
        text = f">{record.sequence.name}\n{record.sequence.bases}\n"
        yield {"text": text, "note": record.note.strip()}
        yield from self._show(record)

    def _show(self, record: Record) -> Answers:
        self._forget(record)
        record.note_in(self.shown)
        scanned = in_steps(scan, record.sequence, self.model)
        self.scan = yield from parts.progress(scanned, 0, 0.7)
        if self.shown.edits:
            try:
                yield from self._score(self.shown.edits)
            except InputError as error:
                yield {"error": str(error), "of": "edits"}
                self.shown.edits = ""
        self._history.add(self.shown.edits)
        bases = str(record.sequence)
        if not 1 <= self.shown.position <= len(bases) or is_unknown(bases):
            self.shown.chosen = first_site(self._view(), self.effects, self._known())
        self._predict()
        yield self._sites()
        yield {"doubt": ood_warning(self.model, [record.sequence])}
        yield {"status": f"{len(record.sequence):,} nt scanned: {counted(self._view())}"}
        yield from self._variant_parts()
        yield from self._explain()

    def _edit(self, text: str, *, go: bool) -> Answers:
        # Written one way, so that the same edits are the same state; nothing is another before
        # they are scored.
        placed = place_edits(text, self._locator())
        edits = words.edits_text(placed.variants)
        yield from self._score(edits)
        self._notes, self.shown.edits = placed.notes, edits
        self._history.add(edits)
        if placed.transcript:
            self.shown.transcript = placed.transcript
        self._predict()
        event = None if self.prediction is None else self.prediction.event
        moved = go and event is not None and event.chosen != self.shown.chosen
        if moved and event is not None:
            self.shown.chosen = event.chosen
        yield self._sites()
        yield from self._variant_parts()
        if moved or not self.shown.position:
            yield from self._explain()
        else:
            yield from self._explained()
            yield from self._what_if()

    def _score(self, edits: str) -> Answers:
        assert self.record is not None
        variants = parse_variants(edits, self.record.sequence)
        scored = in_steps(both_strands, self.record.sequence, variants, self.model)
        self.effects = yield from parts.progress(scored, 0.7, 0.8)
        self.edited = None

    def _predict(self) -> None:
        self.prediction, self.gel = None, None
        try:
            locator = self._locator()
        except InputError as error:  # of a link, or of another sequence
            self._refused["edits"] = str(error)
            self.shown.transcript, self.shown.coding_start = "", 0
            locator = self._locator()
        if self.effects and self.scan is not None and self.record is not None:
            gene = self.record.gene
            self.prediction = predict(locator, self.scan, self.effects, lambda _: gene)
            self._run_gel(self.prediction.consequences)

    def _run_gel(self, consequences: Consequences) -> None:
        if consequences.usual is None or not consequences.usual.mrna:
            return
        primers = self.shown.forward_primer, self.shown.reverse_primer
        try:
            self.gel = gel(consequences, *(primers if all(primers) else ("", "")))
        except InputError as error:  # the primers of a link, or of another transcript
            self._refused["primers"] = str(error)
            self.shown.forward_primer = self.shown.reverse_primer = ""
            self.gel = gel(consequences)

    def _explain(self) -> Answers:
        assert self.record is not None
        self.attribution, self.edited, self.mutations = None, None, None
        if not self.shown.position:  # no base is known
            yield {"why": None, "mutations": None}
            return
        steps = explain(self.record.sequence, self._query(), self.model)
        self.attribution = yield from parts.progress(steps, 0.8, 0.9)
        yield from self._explained()
        yield from self._what_if()

    def _what_if(self) -> Answers:
        assert self.record is not None
        effect = next((e for e in self.effects if e.strand == self.shown.site_strand), None)
        steps = what_if(self.record.sequence, effect, self._query(), self.model)
        self.edited, self.mutations = yield from parts.progress(steps, 0.9, 1)
        yield from self._mutated()
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
        view = self.scan.at(self.shown.threshold).only(self.shown.strand)
        return with_weighted_sites(view, site_weights(view, self._known()))

    def _result(self) -> PanelResult:
        sequence = None if self.record is None else self.record.sequence
        return PanelResult(
            sequence, self.attribution, self.effects, self.edited, self.mutations, self._known(),
            self.prediction, self.gel,
        )  # fmt: skip

    def _pointed(self, request: dict[str, Any]) -> tuple[int, str, str] | None:
        """Return the site that a number from the page means; it is looked up in data of our own."""
        number, of = request["number"], request["of"]
        if of == "sites" and number < len(self._compared):
            return self._compared[number].site[:3]
        if of == "events" and number < len(self._events):
            return self._events[number].chosen
        if of == "track":
            edited = changed_places(self.effects)
            return clicked_site(self._view(), request["trace"], number, edited)
        return None

    # Parts of the page ---------------------------------------------------------------------

    def _sites(self) -> dict[str, Any]:
        view, result = self._view(), self._result()
        self._compared = compare_sites(view, result.known, self.effects)
        place = None if self.record is None else self.record.place
        part = parts.sites_part(
            view, result, self._compared, place, self.shown.chosen, dark=self.dark
        )
        return {"sites": part | {"threshold": self.shown.threshold, "strand": self.shown.strand}}

    def _variant_parts(self) -> Answers:
        result, locator = self._result(), self._locator()
        part = parts.variant_part(result, locator, self._notes, self.shown.coding_start)
        made = {"edits": self.shown.edits, "undo": self._history.can_undo}
        yield {"variant": part | made}
        yield self._mrna()
        for of, sentence in self._refused.items():
            yield {"error": sentence, "of": of}
        self._refused = {}

    def _mrna(self) -> dict[str, Any]:
        part = parts.mrna_part(self._result(), self.model, dark=self.dark)
        primers = {"forward": self.shown.forward_primer, "reverse": self.shown.reverse_primer}
        return {"mrna": part and part | primers}

    def _explained(self) -> Answers:
        if self.attribution is not None:
            threshold, edits = self.shown.threshold, bool(self.effects)
            why = parts.why_part(self.attribution, threshold, edits=edits, dark=self.dark)
            yield {"why": why}

    def _mutated(self) -> Answers:
        self._events = events(self.effects)
        part = parts.mutations_part(self._result(), self._events, dark=self.dark)
        yield {"mutations": part}
