"""The splice inspector's list of variants: pasted or uploaded, ranked, each one click away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from dnaviz.errors import InputError
from dnaviz.io.read import read_text_bytes
from dnaviz.panels.common.base import Message, Panel, card, escape, row
from dnaviz.panels.common.runner import guard
from dnaviz.panels.common.sequence_input import MAX_UPLOAD, SHOWN_TEXT
from dnaviz.panels.common.table import Download, Table
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.report import case_report
from dnaviz.report.case import RANKING, Case, CaseRow
from dnaviz.report.case_html import counts

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

COLUMNS = ["rank", "variant", "gene", "consequence", "support", "largest change of a site", "line"]
LONGEST_CELL = 120


class CaseView:
    """A field for a list, the ranked table, and the files to take away.

    Parameters
    ----------
    panel : Panel
    model : SiteScorer
        Named in the report.
    on_list : callable
        Called with the text of a list to predict.
    on_row : callable
        Called with the `CaseRow` that was chosen.
    """

    def __init__(
        self,
        panel: Panel[InspectorState],
        model: SiteScorer,
        on_list: Callable[[str], None],
        on_row: Callable[[CaseRow], None],
    ) -> None:
        self._model, self._on_list, self._on_row = model, on_list, on_row
        self._case: Case | None = None
        self._html = ""
        self._long = ""  # an upload that is too long for the field
        self.message = Message()
        self.guard = guard(self.message.error)
        self.toggle = widgets.ToggleButton(
            description="List of variants", tooltip="Predict many variants at once"
        )
        self.toggle.observe(self.guard(lambda _: self._show_card()), "value")
        self.box = widgets.Textarea(
            placeholder="One variant on each line: LDLR:c.313+1G>A, chr19-11102787-G-A, rows of a "
            "VCF; positions such as 57A>G are those of the sequence above",
            continuous_update=False,
            rows=5,
            layout={"width": "100%", "height": "118px", "margin": "0"},
        )
        self.button = widgets.Button(description="Predict all", button_style="primary")
        self.button.on_click(self.guard(lambda _: self._submit()))
        self.upload = widgets.FileUpload(description="Upload a VCF or table", multiple=False)
        self.upload.observe(self.guard(self._on_upload), "value")
        self.summary = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self.table = Table(columns=COLUMNS, numeric=[0, 4, 6], label="Variants of the list, ranked")
        self.table.on_choose(self.guard(self._on_select))
        self.downloads = (
            Download("Case report HTML", self._report, self.message.error),
            Download("Case TSV", self._tsv, self.message.error),
        )
        self.results = widgets.VBox(
            [self.summary, self.table, row(*self.downloads)], layout={"display": "none"}
        )
        self.view = card(
            self.box,
            row(self.button, self.upload),
            self.message.view,
            panel.progress("case"),
            self.results,
            title="List of variants",
        )
        self.view.add_class("dnaviz-case")
        self._show_card()

    def open(self, text: str) -> None:
        """Show the card with a list's text in its field."""
        self.toggle.value = True
        self._long = text if len(text) > SHOWN_TEXT else ""
        self.box.value = "" if self._long else text

    def show(self, case: Case) -> None:
        """Show a case; none of its rows is chosen."""
        self._case, self._html = case, ""
        self.message.clear()
        self.summary.value = (
            f'<div class="dnaviz-note"><b>{escape(counts(case))}</b> {escape(RANKING)} Choose a '
            "row to open it below.</div>"
        )
        with self.table.hold_sync():
            self.table.show(_cells(rank, one) for rank, one in enumerate(case.rows, 1))
        self.results.layout.display = None

    def unmark(self) -> None:
        """Choose no row: what is shown below the list is something else."""
        self.table.selected = -1

    def keep_report(self, html: str) -> None:
        """Keep the report of the case that is shown, made while it was on screen."""
        self._html = html

    def _show_card(self) -> None:
        self.view.layout.display = None if self.toggle.value else "none"

    def _submit(self) -> None:
        text = self.box.value if self.box.value.strip() else self._long
        self.message.clear()
        self._on_list(text)

    def _on_upload(self, change: Any) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        name, data = str(file.get("name", "upload"))[:200], bytes(file.get("content", b""))
        self.upload.value = ()
        if len(data) > MAX_UPLOAD:
            raise InputError(f"{name} has {len(data):,} bytes; an upload has at most 5 MB.")
        text = read_text_bytes(data, name, utf16=True)
        self.open(text)
        self.message.clear()
        self._on_list(text)

    def _on_select(self, number: int) -> None:
        chosen = self._known_case().rows[number]
        if chosen.finding is None:
            self.message.info(f"{chosen.line.given[:80]}: {chosen.error}")
            return
        self.message.clear()
        self._on_row(chosen)

    def _known_case(self) -> Case:
        if self._case is None:
            raise InputError("There is no list of variants yet.")
        return self._case

    def _report(self) -> tuple[str, str]:
        case = self._known_case()
        self._html = self._html or case_report(case, self._model)
        return "case.html", self._html

    def _tsv(self) -> tuple[str, str]:
        return "case.tsv", self._known_case().tsv()


def _cells(rank: int, one: CaseRow) -> list[str]:
    return [
        "" if one.error else str(rank),
        one.line.given[:LONGEST_CELL],
        one.gene[:LONGEST_CELL],
        one.consequence,
        f"{one.support:.2f}" if one.support else "",
        one.effect,
        f"{one.line.number:,}",
    ]
