"""The part of the splice inspector that opens what a link, or a row of a list, names."""

from __future__ import annotations

import hashlib
from functools import partial

from dnaviz.errors import InputError
from dnaviz.panels.common.base import Steps
from dnaviz.panels.common.runner import Result, from_page
from dnaviz.panels.splice_inspector.case import CaseView
from dnaviz.panels.splice_inspector.edits import EditedPanel, around
from dnaviz.panels.splice_inspector.link import SEQUENCE, note_sequence, open_noted
from dnaviz.panels.splice_inspector.words import edits_text
from dnaviz.progress import in_steps, scaled_progress
from dnaviz.report.case import Case, CaseRow, predict_lines
from dnaviz.report.case_html import case_report
from dnaviz.splicing.case_records import CaseRecord, CaseRecords
from dnaviz.splicing.case_text import read_case

LINKED = 2_000
"""Longest list (characters) that is part of a link."""

READ_AS = ("coding_start", "case_exons")
"""Parts of the state that say how a sequence is read."""

KEPT = "list:"
"""Begins the mark of a longer list in the state: this page alone has it."""


class CasePanel(EditedPanel):
    """A panel with a list of variants; see `SpliceInspector`."""

    case: Result[Case | None] = Result()

    case_view: CaseView
    _listed = ""  # what the state calls the list that `case` is of

    def predict_list(self, variants: str) -> Case:
        """Predict every variant of a list, show them ranked, and return the case.

        Parameters
        ----------
        variants : str
            As `dnaviz.splicing.case_text.read_case` reads it; positions such as 57A>G count in
            the sequence at hand.

        Raises
        ------
        InputError
            When it is no text, or no list; what is shown then stays.
        """
        read_case(variants)  # what cannot be read leaves the list that is shown
        self._note_list(variants)
        self.runner.now(partial(self._case_steps, variants))
        assert self.case is not None
        return self.case

    def open_row(self, row: CaseRow) -> None:
        """Open a variant of the case: its record, its edits, and all that is told of them."""
        if row.placed is None:
            raise InputError(row.error)
        self._open_row(row)

    def reopen(self, query: str) -> None:
        """Show what a link says on a page that is on screen already."""
        self.runner.cancel()
        self._forget()  # so that nothing follows from what the link changes one by one
        self.case_view.unmark()
        self.open_link(query)
        self._open_sequence()

    def _forget(self) -> None:
        raise NotImplementedError

    def _scan_steps(self, typed: str = "") -> Steps:
        raise NotImplementedError

    def _note_sequence(self) -> None:
        self.case_view.unmark()
        note_sequence(self.state, self.input)

    def _read_unread(self) -> bool:
        """Read a text in the box that was not read yet, to be scanned; tell if there was one."""
        if unread := self.input.read_unread():
            self.message.clear()
            self._forget()  # nothing more is told of the sequence before
            self.state.position = 0
            self._note_sequence()
        return unread

    def _open_sequence(self) -> None:
        """Show the sequence and the site that a link named; say so if they cannot be shown."""

        def open_it() -> None:
            listed = self._open_list()
            chosen = self._chosen()
            if open_noted(self.state, self.input):
                self._choose(*chosen)
            elif self.state.variants:
                self.cards.expire()
                self.cards.hide_old()
                if listed:
                    self._start_list(self.state.variants)
                return
            elif self.sequence is not None:
                self._note_sequence()
            else:
                return
            self.start("link", partial(self._link_steps, self.state.variants if listed else ""))

        with from_page():
            self.guard(open_it)()

    def _link_steps(self, listed: str) -> Steps:
        """Scan the sequence of a link; then predict its list, which may count in the sequence."""
        yield from scaled_progress(0.0, 0.5 if listed else 1.0, self._scan_steps())
        if listed:
            yield from scaled_progress(0.5, 1.0, self._case_steps(listed))

    # A list of variants -------------------------------------------------------------------

    def _open_list(self) -> bool:
        """Put the list that a link names into its field; tell whether it is still to predict."""
        text = self.state.variants
        if not text or text == self._listed:
            return False
        if text.startswith(KEPT):
            self.state.variants = ""
            self.message.error("The list of variants was too long for the link: paste it again.")
            return False
        self.case_view.open(text)
        return True

    def _on_list(self, text: str) -> None:
        read_case(text)  # what cannot be read leaves the list that is shown
        unread = self._read_unread()
        self._note_list(text)
        if unread:
            self.start(("case", text), partial(self._link_steps, text))
        else:
            self._start_list(text)

    def _start_list(self, text: str) -> None:
        self.start(("case", text), partial(self._case_steps, text), "case")

    def _note_list(self, text: str) -> None:
        """Note a list in the state: itself, or of a long one a mark."""
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        self.case_view.open(text)
        self.state.variants = text if len(text) <= LINKED else f"{KEPT}{digest}"

    def _case_steps(self, text: str) -> Steps:
        lines = read_case(text)
        given = None
        if self.sequence is not None:
            given = CaseRecord(self._locator(), partial(around, self.input))
        # What "the sequence at hand" is when a row is opened, whatever is shown then.
        self._given = {name: getattr(self.state, name) for name in (*SEQUENCE, *READ_AS)}
        records = CaseRecords(given, self.input.regions)
        steps = in_steps(predict_lines, lines, records, self.model)
        case = yield from scaled_progress(0.0, 0.7, steps)
        self.case, self._listed = case, self.state.variants
        self.case_view.show(case)
        html = yield from scaled_progress(0.7, 1.0, in_steps(case_report, case, self.model))
        self.case_view.keep_report(html)

    def _open_row(self, row: CaseRow) -> None:
        assert row.placed is not None
        record = row.placed.record
        self.runner.cancel()
        self._forget()
        values = self._given
        if any(record.key):
            values = {name: self.state.trait_defaults(name) for name in values}
            values |= {"example": record.example, "region": record.region}
        with self.state.hold_trait_notifications():
            for name, value in values.items():
                self.state.set_trait(name, value)
            self.state.position = 0
            self.state.forward_primer = self.state.reverse_primer = ""
            self.state.edits = edits_text(row.placed.variants)
            self.state.transcript = record.transcript
        self._open_sequence()
