"""What the map tells: of a selection, of one window, of the sequences a viewer brought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas import Atlas, Placement
from dnaviz.atlas import selection as science
from dnaviz.errors import InputError
from dnaviz.figures.composition import aligned_logo, in_words
from dnaviz.panels.base import card, row
from dnaviz.panels.bases import bases_html, facts_html, image_html, list_html
from dnaviz.panels.page import escape
from dnaviz.panels.table import Download, Table

LOGO_REACH = 40  # bases each side of the site in a selection's logo
NEIGHBORS = 15
_FIRST_FACTS = ("label", "context", "gene", "transcript")


def _hidden(widget: Any, hide: bool) -> None:
    widget.layout.display = "none" if hide else None


class SelectionCard:
    """What unites the selected windows: logo, words, counts, and the files to take home."""

    def __init__(self, atlas: Atlas, tell: Callable[[str], None], clear: Callable[..., None]):
        self.atlas = atlas
        self.rows: NDArray[np.int64] = np.empty(0, np.int64)
        self.heights: NDArray | None = None
        self._present: NDArray[np.bool_] | None = None
        self._totals: NDArray[np.int64] | None = None
        self._head = widgets.HTML()
        self._logo = widgets.HTML(layout={"width": "100%"})
        self._words = widgets.HTML(layout={"width": "100%"})
        self._counts = widgets.HTML(layout={"width": "100%"})
        self._clear = widgets.Button(description="Clear")
        self._clear.on_click(clear)
        self._files = [
            Download("FASTA", lambda: ("selection.fa", fasta_of(atlas, self.rows)), tell),
            Download("TSV", lambda: ("selection.tsv", table_of(atlas, self.rows)), tell),
        ]
        self._tools = row(*self._files, self._clear)
        self.view = card(
            self._head, self._logo, self._words, self._counts, self._tools, title="Selection"
        )

    def show(self, rows: NDArray[np.int64], column: str, dark: bool) -> None:
        """Show a selection's logo, words and its values of a column."""
        self.rows = rows
        for part in (self._logo, self._words, self._counts, self._tools):
            _hidden(part, not len(rows))
        if not len(rows):
            self.heights = None
            self._head.value = (
                '<div class="dnaviz-note">Draw a lasso or a box on the map, or search: the '
                "sequence logo of what you select, and what sets it apart, appear here.</div>"
            )
            return
        share = len(rows) / len(self.atlas)
        self._head.value = (
            f"<div><b>{len(rows):,}</b> of {len(self.atlas):,} windows ({share:.1%})</div>"
        )
        if self.atlas.has_sequences:
            self._show_bases(dark)
        else:
            _hidden(self._logo, True)
            self._words.value = list_html(["This atlas holds no sequences, so there is no logo."])
        self._show_counts(column)

    def _show_bases(self, dark: bool) -> None:
        codes = self.atlas.codes()
        if self._totals is None:
            self._totals = science.base_counts(codes)
        inside = science.base_counts(codes[self.rows])
        site = self.atlas.window // 2
        first, last = max(0, site - LOGO_REACH), min(self.atlas.window, site + LOGO_REACH + 1)
        self.heights = science.information(inside[:, first:last])
        title = f"Sequence logo of the {len(self.rows):,} selected windows around the site"
        svg = aligned_logo(self.heights, first - site, top=2.0, title=title, dark=dark)
        self._logo.value = image_html(svg, title)
        columns = science.enriched_columns(inside, self._totals - inside, site)
        if self._present is None and len(self.atlas) <= 100_000:
            self._present = science.kmer_presence(codes)
        kmers = [] if self._present is None else science.enriched_kmers(self._present, self.rows)
        words = in_words(columns, kmers)
        self._words.value = list_html(words or ["Its bases are those of the rest of the atlas."])

    def _show_counts(self, column: str) -> None:
        table = science.label_table(self.atlas.obs[column], self.rows)
        lines = "".join(
            f"<tr><td>{escape(value or '(none)')}</td>"
            f'<td class="number">{count:,}</td>'
            f'<td class="number">{share:.1%}</td><td class="number">{rest:.1%}</td></tr>'
            for value, count, share, rest in zip(
                table.index, table["selected"], table["share"], table["rest_share"], strict=True
            )
        )
        self._counts.value = (
            f'<table class="dnaviz-table"><thead><tr><th>{escape(column.replace("_", " "))}</th>'
            '<th class="number">selected</th><th class="number">of the selection</th>'
            f'<th class="number">of the rest</th></tr></thead><tbody>{lines}</tbody></table>'
        )


class WindowCard:
    """One window: where it is, its bases, and its nearest neighbours in latent space."""

    def __init__(self, atlas: Atlas, choose: Callable[[int], None], back: Callable[..., None]):
        self.atlas = atlas
        self.neighbors: NDArray[np.int64] = np.empty(0, np.int64)
        self._choose = choose
        self._head = widgets.HTML(layout={"width": "100%"})
        self._bases = widgets.HTML(layout={"width": "100%"})
        self._neighbors_head = widgets.HTML(layout={"width": "100%"})
        self.table = Table(
            columns=["", "gene", "label", "distance", "window"],
            numeric=[0, 3],
            label="Nearest windows in latent space",
            empty="",
        )
        self.table.observe(self._chosen, "selected")
        self.back = widgets.Button(description="Back", layout={"display": "none"})
        self.back.on_click(back)
        self.view = card(
            self._head, self._bases, self._neighbors_head, self.table, self.back, title="Sequence"
        )
        self.show(None, "", (), dark=False)

    def _chosen(self, change: Any) -> None:
        number = change["new"]
        if isinstance(number, int) and 0 <= number < len(self.neighbors):
            self._choose(int(self.neighbors[number]))

    def show(self, index: int | None, space: str, steps: Sequence[str], *, dark: bool) -> None:
        """Show a window of the atlas; None for none. `steps` is where the viewer came from."""
        _hidden(self.back, not steps)
        for part in (self._bases, self._neighbors_head, self.table):
            _hidden(part, index is None)
        if index is None:
            self.neighbors = np.empty(0, np.int64)
            self._head.value = (
                '<div class="dnaviz-note">Click a point to see its sequence, where in the genome '
                "it lies, and which windows the model holds for most alike.</div>"
            )
            return
        obs = self.atlas.obs
        name = str(obs.index[index])
        self._head.value = f"<h3>{escape(name)}</h3>" + facts_html(_facts(obs, index))
        if self.atlas.has_sequences:
            bases = self.atlas.sequences([index])[0]
            letters = bases_html(bases, site=len(bases) // 2, dark=dark, per_line=30)
            self._bases.value = f'<div class="dnaviz-scroll">{letters}</div>'
        rows, distances = self.atlas.neighbors_of(index, NEIGHBORS, space)
        self.show_neighbors(rows, distances, "Nearest in latent space: choose one to step to it")

    def show_neighbors(self, rows: NDArray, distances: NDArray, words: str) -> None:
        """Fill the table of neighbours."""
        self.neighbors = rows
        obs = self.atlas.obs
        self._neighbors_head.value = f'<div class="dnaviz-note">{escape(words)}</div>'
        self.table.show(
            (
                number,
                _cell(obs, "gene", at),
                _cell(obs, "label", at),
                f"{distance:.2f}",
                str(obs.index[at])[:60],
            )
            for number, (at, distance) in enumerate(zip(rows, distances, strict=True), start=1)
        )


class PlacedCard:
    """Where the viewer's sequences fell, what lies around them, and which are far from all."""

    def __init__(self, atlas: Atlas, choose: Callable[[int], None]) -> None:
        self.atlas = atlas
        self.placement: Placement | None = None
        self._choose = choose
        self._notes = widgets.HTML(layout={"width": "100%"})
        self._warnings = widgets.HTML(layout={"width": "100%"})
        self.table = Table(
            columns=["sequence", "nearest", "around", "distance"],
            numeric=[3],
            label="Where your sequences fall",
            empty="",
        )
        self.table.observe(self._chosen, "selected")
        self.view = widgets.VBox(
            [self._warnings, self.table, self._notes], layout={"width": "100%", "display": "none"}
        )

    def _chosen(self, change: Any) -> None:
        number = change["new"]
        if isinstance(number, int) and self.placement and 0 <= number < len(self.placement.xy):
            self._choose(int(self.placement.neighbors[number, 0]))

    def show(
        self, placement: Placement | None, names: list[str], lengths: list[int], space: str
    ) -> None:
        """Show a placement; None for none."""
        self.placement = placement
        _hidden(self.view, placement is None)
        if placement is None:
            return
        obs = self.atlas.obs
        typical = self.atlas.far_threshold(space)
        self.table.show(
            (
                name[:24],
                _cell(obs, "gene", rows[0]) or str(obs.index[rows[0]])[:24],
                _around(obs, rows),
                f"{distances.mean():.2f}{' far' if far else ''}",
            )
            for name, rows, distances, far in zip(
                names, placement.neighbors, placement.distances, placement.far, strict=True
            )
        )
        away = [name[:40] for name, far in zip(names, placement.far, strict=True) if far]
        few = ", ".join(away[:5]) + (f" and {len(away) - 5} more" if len(away) > 5 else "")
        self._warnings.value = list_html(
            [
                f"{few}: farther from the atlas than 99 % of held-out windows are "
                f"(mean distance to {placement.neighbors.shape[1]} neighbours above "
                f"{typical:.2f}), so the place on the map means little."
            ]
            if away
            else [],
            warning=True,
        )
        window = self.atlas.window
        notes = ["The middle base of a sequence is taken for the site."]
        if any(length > window for length in lengths):
            notes.append(
                f"Of sequences longer than {window} nt the central {window} nt are placed."
            )
        if any(length < window for length in lengths):
            notes.append(f"Sequences shorter than {window} nt are encoded as they are.")
        self._notes.value = list_html([" ".join(notes)])


def fasta_of(atlas: Atlas, rows: NDArray) -> str:
    """Windows as FASTA text."""
    if not len(rows):
        raise InputError("Nothing is selected.")
    return "".join(
        f">{name}\n{bases}\n"
        for name, bases in zip(atlas.obs.index[rows], atlas.sequences(rows), strict=True)
    )


def table_of(atlas: Atlas, rows: NDArray) -> str:
    """Windows with their metadata as tab-separated values."""
    if not len(rows):
        raise InputError("Nothing is selected.")
    table = atlas.obs.iloc[rows].copy()
    if atlas.has_sequences:
        table["sequence"] = atlas.sequences(rows)
    return str(table.to_csv(sep="\t", index_label="id"))


def _facts(obs: Any, index: int) -> dict[str, Any]:
    line = obs.iloc[index]
    facts: dict[str, Any] = {}
    if {"chrom", "start", "end"} <= set(obs.columns):
        strand = f" ({line['strand']})" if "strand" in obs else ""
        facts["position"] = f"{line['chrom']}:{line['start']:,}-{line['end']:,}{strand}"
    names = [*(n for n in _FIRST_FACTS if n in obs), *obs.columns]
    done = {"chrom", "start", "end", "strand", "position"}
    for name in names:
        if name not in done:
            done.add(name)
            facts[name.replace("_", " ")] = line[name]
    return facts


def _cell(obs: Any, column: str, at: int) -> str:
    if column not in obs:
        return ""
    value = obs[column].iloc[int(at)]
    return "" if value is None or value != value else str(value)[:40]


def _around(obs: Any, rows: NDArray) -> str:
    """The commonest label of the neighbours and how many have it: '12/15 donor'."""
    if "label" not in obs:
        return ""
    counts = obs["label"].iloc[rows].astype(str).value_counts()
    return f"{counts.iloc[0]}/{len(rows)} {counts.index[0][:20]}"
