"""What unites the selected windows: logos, words, counts, a table, and the files to take home."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.atlas import selection as science
from dnaviz.atlas.columns import differences, has_numbers, member_columns, numbers
from dnaviz.atlas.mean_attribution import (
    A_SITE,
    MOST,
    MeanAttribution,
    apparent_site,
    is_loaded,
    mean_attribution,
)
from dnaviz.errors import InputError
from dnaviz.figures.composition import aligned_logo, describe_enrichment, printed_logos
from dnaviz.io.spreadsheet import spreadsheet_text
from dnaviz.panels.common.base import card, row
from dnaviz.panels.common.neighbors import cell, hide
from dnaviz.panels.common.page import escape
from dnaviz.panels.common.runner import Runner, Steps, sentence
from dnaviz.panels.common.sequence_html import image_html, list_html
from dnaviz.panels.common.table import Download, Table
from dnaviz.sequences import printable

LOGO_REACH = 40  # bases each side of the site in a selection's logo
LEAST_WIDTH = 480  # of a logo in pixels; on a narrower screen it scrolls
MOST_MEMBERS = 100  # rows of the table on screen; all are in the files
MOST_H5AD = 50_000  # windows: 40 MB
EXPLAINED = {"The site they show": "", "A donor": "donor", "An acceptor": "acceptor"}


class SelectionCard:
    """What unites the selected windows.

    Parameters
    ----------
    atlas : Atlas
    tell : callable
        Given what went wrong.
    model : callable
        Returns the model that explains windows; an InputError where there is none that fits.
    clear, choose : callable
        To clear the selection; to look at a row of the atlas.

    Attributes
    ----------
    heights : numpy.ndarray or None
        (4, w): the sequence logo in bits, rows A C G T, around the site.
    first : int
        Offset of its first column from the site.
    attribution : MeanAttribution or None
        Of the windows explained so far; its heights span the whole window.
    """

    def __init__(
        self,
        atlas: Atlas,
        tell: Callable[[str], None],
        model: Callable[[], Any],
        clear: Callable[..., None],
        choose: Callable[[int], None],
    ) -> None:
        self.atlas = atlas
        self.rows: NDArray[np.int64] = np.empty(0, np.int64)
        self.heights: NDArray | None = None
        self.first = 0
        self.attribution: MeanAttribution | None = None
        self.runner = Runner(self._failed)
        self._preparing = Runner(lambda words: None)  # what fails here fails again, and is told
        self._model = model
        self._dark = False
        self._explained = self._column = ""
        self._complete = False
        self._totals: NDArray[np.int64] | None = None
        full_width = {"layout": {"width": "100%"}}
        self.heading = widgets.HTML()
        self.sequence_logo, self.attribution_logo = (
            widgets.HTML(**full_width),
            widgets.HTML(**full_width),
        )
        self.summary, self.counts = widgets.HTML(**full_width), widgets.HTML(**full_width)
        self.explain = widgets.Dropdown(
            options=list(EXPLAINED.items()),
            description="Mean attribution for",
            style={"description_width": "initial"},
            layout={"width": "330px"},
        )
        self.members = Table(label="Selected windows", empty="")
        self.members.on_choose(lambda number: choose(int(self.rows[number])))
        self._clear = widgets.Button(description="Clear")
        self._clear.on_click(clear)
        self._files = row(
            Download("FASTA", lambda: ("selection.fa", fasta_of(atlas, self.rows)), tell),
            Download("TSV", lambda: ("selection.tsv", table_of(atlas, self.rows)), tell),
            Download("h5ad", lambda: ("selection.h5ad", h5ad_of(atlas, self.rows)), tell),
            Download("Logos SVG", lambda: ("selection.svg", self.printed("svg")), tell),
            Download("Logos PDF", lambda: ("selection.pdf", self.printed("pdf")), tell),
            self._clear,
        )
        self._bases = widgets.VBox(
            [self.sequence_logo, row(self.explain), self.attribution_logo], **full_width
        )
        self._body = widgets.VBox(
            [self._bases, self.summary, self.counts, self.members, self._files], **full_width
        )
        self.view = card(self.heading, self._body, title="Selection")

    def show(
        self,
        rows: NDArray[np.int64],
        column: str,
        dark: bool,
        explained: str = "",
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Show a selection's logos, words and its values of a column.

        `then` is called when both logos are there, or what there will be of them before long.
        """
        same = np.array_equal(rows, self.rows)
        if not same or explained != self._explained:
            self.attribution = None
        self.rows, self._dark, self._explained, self._column = rows, dark, explained, column
        hide(self._body, not len(rows))
        if not len(rows):
            self.runner.cancel()
            self.heights, self.attribution = None, None
            self.sequence_logo.value = self.attribution_logo.value = ""
            self.heading.value = (
                '<div class="dnaviz-note">Draw a lasso or a box on the map, or search: the '
                "sequence logo of what you select, what the model looks at in it, and what sets it "
                "apart appear here. With Shift held, a lasso adds to the selection.</div>"
            )
            then()
            return
        share = len(rows) / len(self.atlas)
        self.heading.value = (
            f"<div><b>{len(rows):,}</b> of {len(self.atlas):,} windows "
            f"({share:.{1 if share >= 0.01 else 2}%})</div>"
        )
        hide(self._bases, not self.atlas.has_sequences)
        if self.atlas.has_sequences:
            self._show_logo(recount=not same or self.heights is None)
        if not same:
            self.summary.value, self._complete = "", False
        elif self._complete:
            self._show_counts()
        if self.attribution is None:
            self.attribution_logo.value = list_html(["Explaining …"])
            self.runner.start((rows.tobytes(), explained), lambda: self._steps(then))
        else:
            self._show_attribution()
            then()

    def offer(self, widget: widgets.Widget) -> None:
        """Put a widget below the files of a selection."""
        self._body.children = [*self._body.children, widget]

    def prepare(self) -> None:
        """Load what explaining needs while the viewer looks at the map: torch takes seconds.

        A forked kernel has it all, and would only take memory.
        """
        if self.atlas.has_sequences and not self.runner.busy and not is_loaded():
            self._preparing.start("prepare", self._prepared)

    def _prepared(self) -> Steps:
        yield 0.0
        model, codes = self._model(), self.atlas.codes([0])
        yield 0.5
        next(mean_attribution(codes, "donor", model, steps=1))

    @property
    def _shown(self) -> slice:
        """The columns of the window that the logos show."""
        site = self.atlas.window // 2
        return slice(max(0, site - LOGO_REACH), min(self.atlas.window, site + LOGO_REACH + 1))

    def _show_logo(self, recount: bool) -> None:
        if recount:
            self._inside = science.base_counts(self.atlas.codes(self.rows))
            self.heights = science.information(self._inside[:, self._shown])
            self.first = self._shown.start - self.atlas.window // 2
        assert self.heights is not None
        title = f"Sequence logo of the {len(self.rows):,} selected windows around the site"
        svg = aligned_logo(self.heights, self.first, top=2.0, title=title, dark=self._dark)
        self.sequence_logo.value = "<h3>Sequence logo</h3>" + image_html(svg, title, LEAST_WIDTH)

    def _show_summary(self) -> None:
        column_differences = differences(self.atlas.obs, self.rows)
        if not self.atlas.has_sequences:
            words = describe_enrichment([], [], column_differences)
            self.summary.value = list_html(
                [*words, "This atlas holds no sequences, so there is no logo."]
            )
            return
        codes = self.atlas.codes()
        if self._totals is None:
            self._totals = science.base_counts(codes)
        site = self.atlas.window // 2
        columns = science.enriched_columns(self._inside, self._totals - self._inside, site)
        words = describe_enrichment(
            columns, science.selection_kmers(codes, self.rows), column_differences
        )
        if not words:
            words = ["Nothing sets it apart: its bases and columns are those of the rest."]
        elif len(codes) - len(self.rows) > science.MOST_COUNTED or (
            len(self.rows) > science.MOST_COUNTED
        ):
            words.append(
                f"Shorter words were counted in up to {science.MOST_COUNTED:,} windows of the "
                "selection and of the rest, drawn at random; all else in every window."
            )
        self.summary.value = list_html(words)

    def _steps(self, then: Callable[[], None]) -> Steps:
        """What takes longer than a moment: the attribution as soon as may be, then the rest."""
        yield 0.0
        explained = self._explain() if self.atlas.has_sequences else iter(())
        if not is_loaded():  # seconds: the rest need not wait for them
            then()
            yield from self._rest()
        try:
            fraction = next(explained, 0.0)
        except Exception as error:
            self._failed(sentence(error, "While explaining a selection"))
            fraction = 0.0
        then()
        yield fraction
        yield from self._rest()
        yield from explained

    def _rest(self) -> Steps:
        if not self._complete:
            self._show_counts()
            self._show_members()
            yield 0.0
            self._show_summary()
            self._complete = True

    def _explain(self) -> Steps:
        drawn = self.rows[science.subsample(len(self.rows), MOST)]
        # In random order, so that the first batches stand for all as well.
        drawn = np.random.default_rng(0).permutation(drawn)
        model, codes = self._model(), self.atlas.codes(drawn)
        site = self._explained or apparent_site(codes, model)
        shown = 0
        for partial_mean in mean_attribution(codes, site, model):
            self.attribution = partial_mean
            if partial_mean.windows >= min(2 * shown, len(drawn)):  # worth a new picture
                shown = partial_mean.windows
                self._show_attribution()
            yield partial_mean.windows / len(drawn)

    def _show_attribution(self) -> None:
        attribution = self.attribution
        if attribution is None:
            return
        title = (
            f"Mean attribution logo of {attribution.windows:,} selected windows for the "
            f"{attribution.site} site"
        )
        svg = aligned_logo(
            attribution.heights[:, self._shown],
            self.first,
            unit="log-odds",
            title=title,
            dark=self._dark,
        )
        of = (
            f"{attribution.windows:,} of them, drawn at random"
            if attribution.windows < len(self.rows)
            else "all"
        )
        self.attribution_logo.value = image_html(svg, title, LEAST_WIDTH) + list_html(
            [
                f"How much each base speaks for {A_SITE[attribution.site]} at the site: Integrated "
                f"Gradients, mean over {of}."
            ]
        )

    def _failed(self, why: str) -> None:
        self.attribution_logo.value = list_html([why], warning=True)

    def _show_members(self) -> None:
        obs = self.atlas.obs
        columns = ["window", *member_columns(obs)]
        self.members.numeric = [
            i for i, name in enumerate(columns) if i and pd.api.types.is_numeric_dtype(obs[name])
        ]
        self.members.columns = [name.replace("_", " ") for name in columns]
        part = self.rows[:MOST_MEMBERS]
        self.members.show(
            [str(obs.index[at])[:60], *(cell(obs, name, int(at)) for name in columns[1:])]
            for at in part
        )
        self.members.more = len(self.rows) - len(part)

    def _show_counts(self) -> None:
        column = self._column
        values = self.atlas.obs[column]
        table = science.label_table(values, self.rows)
        lines = "".join(
            f"<tr><td>{escape(value or '(none)')}</td>"
            f'<td class="number">{count:,}</td>'
            f'<td class="number">{share:.1%}</td><td class="number">{rest:.1%}</td></tr>'
            for value, count, share, rest in zip(
                table.index, table["selected"], table["share"], table["rest_share"], strict=True
            )
        )
        self.counts.value = (
            '<div class="dnaviz-scroll">'
            f'<table class="dnaviz-table"><thead><tr><th>{escape(column.replace("_", " "))}</th>'
            '<th class="number">selected</th><th class="number">of the selection</th>'
            f'<th class="number">of the rest</th></tr></thead><tbody>{lines}</tbody></table></div>'
        )
        notes = []
        if left := len(self.rows) - int(table["selected"].sum()):
            notes.append(f"{left:,} of the selected windows have other values.")
        if has_numbers(values) and (missing := int(np.isnan(numbers(values)).sum())):
            verb = "window of the atlas has" if missing == 1 else "windows of the atlas have"
            notes.append(f"{missing:,} {verb} no value: it is missing or infinite.")
        self.counts.value += list_html(notes)

    def printed(self, kind: str) -> bytes:
        """Both logos as SVG or PDF, drawn with logomaker."""
        from dnaviz.figures.caption import selection_caption
        from dnaviz.figures.logo import figure_bytes

        if self.heights is None:
            raise InputError("Nothing is selected that a logo could be drawn of.")
        logos = [(self.heights, "bits")]
        if self.attribution is not None:
            heights = self.attribution.heights[:, self._shown]
            logos.append((heights, f"{self.attribution.site} log-odds"))
        caption = selection_caption(len(self.rows), self.atlas, self.attribution)
        title = f"{len(self.rows):,} windows"
        return figure_bytes(printed_logos(logos, self.first, title=title), kind, caption)


def fasta_of(atlas: Atlas, rows: NDArray) -> str:
    """Windows as FASTA text."""
    _some(rows)
    return "".join(
        f">{printable(str(name))}\n{bases}\n"
        for name, bases in zip(atlas.obs.index[rows], atlas.sequences(rows), strict=True)
    )


def table_of(atlas: Atlas, rows: NDArray) -> str:
    """Windows with their metadata as tab-separated values."""
    _some(rows)
    table = atlas.obs.iloc[rows].copy()
    if atlas.has_sequences:
        table["sequence"] = atlas.sequences(rows)
    return spreadsheet_text(table, "id")


def h5ad_of(atlas: Atlas, rows: NDArray) -> bytes:
    """Windows as an AnnData file of their own: an atlas again."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from dnaviz.atlas.anndata_files import write_anndata

    _some(rows)
    if len(rows) > MOST_H5AD:
        raise InputError(
            f"An h5ad file for download holds at most {MOST_H5AD:,} windows, not {len(rows):,}: in "
            "Python, panel.atlas.subset(panel.selection) has no limit."
        )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "selection.h5ad"
        write_anndata(atlas.subset(rows), path)
        return path.read_bytes()


def _some(rows: NDArray) -> None:
    if not len(rows):
        raise InputError("Nothing is selected.")
