"""The third part of the splice inspector: edits, what they do, and what each mutation would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import ipywidgets as widgets

from dnaviz.attribution import Attribution, Mutagenesis
from dnaviz.errors import InputError
from dnaviz.figures.heatmap import mutagenesis_drawing, pair_range, side_drawing
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.io.spreadsheet import spreadsheet_text
from dnaviz.panels.common.base import Message, Panel, card, escape, row
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.runner import guard
from dnaviz.panels.common.table import Download, Table, file_name
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.delta_events import (
    NOTABLE,
    Event,
    event_table,
    events,
    exons_on,
    flank,
    known_strand,
    leading_event,
)
from dnaviz.splicing.variant_effect import SpliceEffect
from dnaviz.splicing.variants import parse_variants, substitute

ROWS = "TGCA"
"""Bases of the heatmap's rows, as `mutagenesis_drawing` orders them."""

REACH = 200
"""Bases (nt) on each side of a change that the model reads."""

COLUMNS = ("event", "strand", "delta", "position", "position edited", "reference", "edited")


class PanelResult(NamedTuple):
    """What the card shows; `mutations` and `edited` are of the edited sequence.

    `effects` are those of the edits on both strands, `known` the known transcripts.
    """

    sequence: Sequence | None
    attribution: Attribution | None
    effects: list[SpliceEffect]
    edited: Attribution | None
    mutations: Mutagenesis | None
    known: list[TranscriptModel] = []  # noqa: RUF012 (never changed)

    @property
    def strand(self) -> str:
        """That of known transcripts, or else "": either may be the gene's."""
        return known_strand(self.known) or ""


class History:
    """Texts that were shown, with a place among them: undo and redo."""

    def __init__(self, first: str = "") -> None:
        self._texts, self._at = [first], 0

    def add(self, text: str) -> None:
        """Note what is shown now; what was undone before it is forgotten."""
        if text != self._texts[self._at]:
            self._texts[self._at + 1 :] = [text]
            self._at += 1

    @property
    def can_undo(self) -> bool:
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        return self._at < len(self._texts) - 1

    def undo(self) -> str:
        self._at = max(self._at - 1, 0)
        return self._texts[self._at]

    def redo(self) -> str:
        self._at = min(self._at + 1, len(self._texts) - 1)
        return self._texts[self._at]


class WhatIfView:
    """A field for edits with undo, redo and reset; deltas, logos side by side, and the heatmap.

    Parameters
    ----------
    panel : Panel
        Its state's `edits` is what the controls set; it computes, and calls `show`.
    group : str
        Of the plots that zoom together.
    said : callable
        Returns what is computed now.
    on_select : callable
        Called with (position, strand, site) of an event that is chosen.
    """

    def __init__(
        self,
        panel: Panel[InspectorState],
        group: str,
        result: Callable[[], PanelResult],
        on_select: Callable[[int, str, str], None],
    ) -> None:
        self._panel, self._said, self._on_select = panel, result, on_select
        self._typed = False
        self._events: list[Event] = []
        self.history = History()
        self.message = Message()
        self.guard = guard(self.message.error)
        self.field = widgets.Text(
            placeholder="57A>G, 60delT, 61_62insAC",
            description="Edit",
            continuous_update=False,
            style={"description_width": "initial"},
            layout={"width": "320px", "margin": "0"},
        )
        self.apply = widgets.Button(description="Apply")
        self.undo = widgets.Button(description="Undo", disabled=True)
        self.redo = widgets.Button(description="Redo", disabled=True)
        self.reset = widgets.Button(description="Reset", disabled=True)
        self.field.observe(self.guard(lambda _: self._on_apply()), "value")
        self.apply.on_click(self.guard(lambda _: self._on_apply()))
        self.undo.on_click(self.guard(lambda _: self._set(self.history.undo())))
        self.redo.on_click(self.guard(lambda _: self._set(self.history.redo())))
        self.reset.on_click(self.guard(lambda _: self._set("")))
        self.edits = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self.deltas = Table(
            columns=list(COLUMNS),
            numeric=[2, 3, 4, 5, 6],
            label="What the edits change, largest first; choose one to go to its site",
            empty="Nothing changes.",
        )
        self.deltas.observe(self.guard(self._on_event), "selected")
        self.about = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self.logos = (
            Plot("Contributions before the edits", group=group),
            Plot("Contributions after the edits", group="" if not group else f"{group} edited"),
        )
        self.pair = widgets.Box(
            [
                widgets.VBox([widgets.HTML("<h3>Reference</h3>"), self.logos[0]]),
                widgets.VBox([widgets.HTML("<h3>Edited</h3>"), self.logos[1]]),
            ],
            layout={"display": "none"},
        )
        self.pair.add_class("dnaviz-split")
        self.note = widgets.HTML(layout={"margin": "0"})
        self.figure = Plot("Change of probability by each mutation", group=group)
        self.figure.on_click(self._on_cell)
        self.downloads = (
            Download("Mutations TSV", self._mutations_tsv, self.message.error),
            Download("Deltas TSV", self._deltas_tsv, self.message.error),
        )
        self.view = card(
            row(self.field, self.apply, self.undo, self.redo, self.reset),
            self.message.view,
            panel.progress("what if"),
            self.edits,
            self.deltas,
            self.about,
            self.pair,
            self.note,
            self.figure,
            row(*self.downloads),
            title="What if",
        )

    def open(self, edits: str) -> None:
        """Begin with a sequence and the edits that came with it."""
        self.history = History()
        self.history.add(edits)
        self.field.value = ""
        self.message.clear()
        self._enable()

    def take_typed(self) -> bool:
        """Tell, once, whether the edits that are made now were typed."""
        typed, self._typed = self._typed, False
        return typed

    def set_quietly(self, edits: str) -> None:
        """Set the edits without starting any work (Python use)."""
        self.history.add(edits)
        self._panel.state.set_trait("edits", edits)

    def show(self, result: PanelResult) -> None:
        """Show what edits do, and what mutations would."""
        self._enable()
        self.edits.value = edits_html(result)
        self._events = events(result.effects)
        self.deltas.show(map(event_cells, self._events))
        self.about.value = about_html(result)
        for part in (self.deltas, self.about):
            part.layout.display = None if result.effects else "none"
        self.downloads[1].disabled = not result.effects
        m = result.mutations
        self.figure.layout.display = self.note.layout.display = "none" if m is None else None
        if m is not None:
            self.note.value = note_html(m, bool(result.effects))
        self.restyle()

    def restyle(self) -> None:
        result, dark = self._said(), self._panel.dark
        a, b, m = result.attribution, result.edited, result.mutations
        both = a is not None and b is not None
        self.pair.layout.display = None if both else "none"
        if a is not None and b is not None:
            limits = pair_range(a, b)
            for plot, one in zip(self.logos, (a, b), strict=True):
                figure = side_drawing(one, limits, dark=dark)
                plot.show(figure, view=f"{one.name} {one.position} {one.strand} {one.site}")
        if m is not None:
            view = f"{m.name} {m.position} {m.strand} {m.site}"
            self.figure.show(mutagenesis_drawing(m, dark=dark), view=view)

    # What the viewer does ------------------------------------------------------------------

    def _on_apply(self) -> None:
        """Add what the field says to the edits; what cannot be read stays in the field.

        Leaving the field applies it, so the button may find it empty already.
        """
        text = self.field.value.strip()
        if text:
            self._typed = True
            self._set(", ".join(filter(None, [self._panel.state.edits, text])))
            self.field.value = ""

    def _on_event(self, change: Any) -> None:
        if 0 <= change["new"] < len(self._events):
            self._on_select(*self._events[change["new"]].chosen)

    def _on_cell(self, trace: int, point: Any) -> None:
        self.guard(self._click)(trace, point)

    def _click(self, trace: int, point: Any) -> None:
        result = self._said()
        m, sequence = result.mutations, result.sequence
        if m is None or sequence is None or trace != 0 or not isinstance(point, tuple):
            return
        # Looked up in our own data: what the browser sent is only two numbers.
        if point[0] >= len(ROWS) or point[1] >= len(m.bases):
            return
        base = ROWS[point[0]] if m.strand == "+" else reverse_complement(ROWS[point[0]])
        made = parse_variants(self._panel.state.edits, sequence)
        self._set(_text(substitute(sequence, made, int(m.positions[point[1]]), base)))

    def _set(self, text: str) -> None:
        sequence = self._said().sequence
        if sequence is None:
            return
        # Written one way, so that the same edits are the same state.
        edits = _text(parse_variants(text, sequence))
        self.message.clear()
        self.history.add(edits)
        self._panel.state.edits = edits
        self._enable()

    def _enable(self) -> None:
        self.undo.disabled = not self.history.can_undo
        self.redo.disabled = not self.history.can_redo
        self.reset.disabled = not self._panel.state.edits

    def _mutations_tsv(self) -> tuple[str, str]:
        m = self._said().mutations
        if m is None:
            return "mutations.tsv", ""
        return file_name(m.name, m.site, m.position, "mutations", suffix="tsv"), spreadsheet_text(
            m.table()
        )

    def _deltas_tsv(self) -> tuple[str, str]:
        effects = self._said().effects
        if not effects:
            raise InputError("There is no edit yet.")
        name = file_name(effects[0].reference.name, "deltas", suffix="tsv")
        return name, spreadsheet_text(event_table(effects))


def edits_html(result: PanelResult) -> str:
    """What the edits do first, then what becomes of the chosen site and of the exon."""
    effects, before, after = result.effects, result.attribution, result.edited
    if not effects or before is None:
        return (
            '<span class="dnaviz-note">Click a cell of the heatmap, or write edits and apply them; '
            "they add up. Positions are those of the sequence without edits.</span>"
        )
    made = ", ".join(map(str, effects[0].variants[:12]))
    more = " …" if len(effects[0].variants) > 12 else ""
    event = leading_event(effects, result.strand)
    head = str(event) if event else f"No splice site changes by {NOTABLE} or more"
    strand = event.strand if event else result.strand or before.strand
    lines = [f"{made}{more}. {fate(before, after)}"]
    effect = next(e for e in effects if e.strand == strand)
    change = effect.exon(exons_on(result.known, strand))
    if change.exon != (0, 0):
        first, last = change.exon
        lines.append(
            f"Chance that the {'exon' if change.known else 'likely exon'} {first:,}-{last:,} is "
            f"used at least 10 points less often: {percent(change.risk)} (an exon like it without "
            f"a change: {percent(change.risk_without)})."
        )
    other = leading_event([e for e in effects if e.strand != strand])
    if other is not None:
        kind = "antisense strand" if result.strand else "other strand"
        lines.append(f"On the {kind}: {other}.")
    if (near := flank(effect, change)) < REACH:
        lines.append(
            f"The sequence ends {near} nt away: paste at least {REACH} nt on each side of the "
            "change and its exon, which the model reads."
        )
    text = "<br>".join([f"<b>{escape(head)}</b>", *map(escape, lines)])
    return f'<div class="dnaviz-message dnaviz-info" role="status">{text}</div>'


def fate(before: Attribution, after: Attribution | None) -> str:
    """Say what becomes of the chosen site."""
    name = f"{before.site} at {before.position:,} ({before.strand.replace('-', '−')})"
    if after is None:
        return f"The base of the {name} is deleted; its probability was {before.probability:.3f}."
    moved = after.position - before.position
    if moved:
        name += f", moved by {moved:+,} nt".replace("-", "−")
    change = _signed(after.probability - before.probability)
    return (
        f"The {name}: probability {before.probability:.3f} → {after.probability:.3f} "
        f"({change}); log-odds {_signed(before.score, 2)} → {_signed(after.score, 2)}."
    )


def event_cells(event: Event) -> list[str]:
    """Return the cells of an event's row: how much, where, and the probabilities there."""
    delta = event.delta
    position = f"behind {delta.position:,}" if event.is_inserted else f"{delta.position:,}"
    moved = f"{delta.alternate_position:,}" if delta.alternate_position else "deleted"
    return [
        event.event.replace("_", " "),
        event.strand.replace("-", "−"),
        f"{delta.value:.3f}",
        position,
        moved,
        f"{delta.before:.3f}",
        f"{delta.after:.3f}",
    ]


def about_html(result: PanelResult) -> str:
    """What the deltas are, and whose strand is meant."""
    note = (
        "Each delta is the largest change of a probability of its kind, 0 to 1, on each strand; "
        "choose one to go to its site. Probabilities on the strand opposite to a gene are not "
        "calibrated"
    )
    if result.strand:
        note += f": this gene is on the strand {result.strand.replace('-', '−')}"
    return f'<span class="dnaviz-note">{note}.</span>'


def percent(share: float) -> str:
    """Return a chance as it is shown."""
    return "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def note_html(m: Mutagenesis, edited: bool) -> str:
    """What the heatmap's colors mean, and its strongest cell."""
    best = int(abs(m.values).argmax())
    number, column = divmod(best, m.values.shape[1])
    change = _signed(float(m.values[number, column]))
    strand = "" if m.strand == "+" else ", as read on the strand −"
    where = " in the edited sequence, with its positions" if edited else ""
    return (
        f'<span class="dnaviz-note">Color: change of the probability of this {m.site} (now '
        f"{m.probability:.3f}) when one base becomes another{where}; a dot marks the base that is "
        f"there. Click a cell to make that change. The strongest: {int(m.positions[column]):,} "
        f"{escape(m.bases[column])} → {'ACGT'[number]}, {change}{strand}.</span>"
    )


def _text(variants: list[Variant]) -> str:
    return ", ".join(map(str, variants))


def _signed(value: float, digits: int = 3) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")
