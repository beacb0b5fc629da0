"""The third part of the splice inspector: edits, what they do, and what each mutation would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import ipywidgets as widgets

from dnaviz.attribution import Attribution, Mutagenesis
from dnaviz.effects import SpliceEffect
from dnaviz.errors import InputError
from dnaviz.figures.heatmap import mutagenesis_drawing, pair_range, side_drawing
from dnaviz.panels.base import Message, Panel, card, escape, row
from dnaviz.panels.guard import guard
from dnaviz.panels.plot import Plot
from dnaviz.panels.splice_inspector_state import InspectorState
from dnaviz.panels.table import Download, file_name
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.spreadsheet import spreadsheet_text
from dnaviz.variants import Variant, parse_variants, substitute

ROWS = "TGCA"
"""Bases of the heatmap's rows, as `mutagenesis_drawing` orders them."""


class Shown(NamedTuple):
    """What the card shows; `mutations` and `edited` are of the edited sequence."""

    sequence: Sequence | None
    attribution: Attribution | None
    effect: SpliceEffect | None
    edited: Attribution | None
    mutations: Mutagenesis | None


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
    """

    def __init__(self, panel: Panel[InspectorState], group: str, said: Callable[[], Shown]) -> None:
        self._panel, self._said = panel, said
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
        self.deltas = widgets.HTML(layout={"margin": "0", "width": "100%"})
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

    def set_quietly(self, edits: str) -> None:
        """Set the edits without starting any work (Python use)."""
        self.history.add(edits)
        self._panel.state.set_trait("edits", edits)

    def show(self, said: Shown) -> None:
        """Show what edits do, and what mutations would."""
        self._enable()
        self.edits.value = edits_html(said)
        self.deltas.value = (
            "" if said.effect is None else deltas_html(said.effect, said.attribution)
        )
        self.downloads[1].disabled = said.effect is None
        m = said.mutations
        self.figure.layout.display = self.note.layout.display = "none" if m is None else None
        if m is not None:
            self.note.value = note_html(m, said.effect is not None)
        self.restyle()

    def restyle(self) -> None:
        said, dark = self._said(), self._panel.dark
        a, b, m = said.attribution, said.edited, said.mutations
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
            self._set(", ".join(filter(None, [self._panel.state.edits, text])))
            self.field.value = ""

    def _on_cell(self, trace: int, point: Any) -> None:
        self.guard(self._click)(trace, point)

    def _click(self, trace: int, point: Any) -> None:
        said = self._said()
        m, sequence = said.mutations, said.sequence
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
        effect = self._said().effect
        if effect is None:
            raise InputError("There is no edit yet.")
        return file_name(effect.reference.name, "deltas", suffix="tsv"), spreadsheet_text(
            effect.table()
        )


def edits_html(said: Shown) -> str:
    """The edits, and what becomes of the chosen site."""
    effect, before, after = said.effect, said.attribution, said.edited
    if effect is None or before is None:
        return (
            '<span class="dnaviz-note">Click a cell of the heatmap, or write edits and apply them; '
            "they add up. Positions are those of the sequence without edits.</span>"
        )
    made = escape(", ".join(map(str, effect.variants[:12])))
    more = " …" if len(effect.variants) > 12 else ""
    name = f"{before.site} at {before.position:,} ({before.strand.replace('-', '−')})"
    if after is None:
        fate = f"The base of the {name} is deleted; its probability was {before.probability:.3f}."
    else:
        change = _signed(after.probability - before.probability)
        fate = (
            f"The {name}: probability {before.probability:.3f} → {after.probability:.3f} "
            f"({change}); log-odds {_signed(before.score, 2)} → {_signed(after.score, 2)}."
        )
    return (
        f'<div class="dnaviz-message dnaviz-info" role="status"><b>{made}{more}</b>. {fate}</div>'
    )


def deltas_html(effect: SpliceEffect, site: Attribution | None) -> str:
    """The four deltas as a table: how much, where, and the probabilities there."""
    heads = ("event", "delta", "position", "from the site", "reference", "edited", "difference")
    lines = []
    for event, delta in effect.deltas.items():
        cells = [event.replace("_", " "), f"{delta.value:.3f}"]
        if delta.value < 0.0005:
            cells += ["", "", "", "", ""]
        else:
            sign = 1 if effect.strand == "+" else -1
            far = 0 if site is None else sign * (delta.position - site.position)
            cells += [f"{delta.position:,}", f"{far:+,d}".replace("-", "−") if far else "0"]
            cells += [f"{delta.before:.3f}", f"{delta.after:.3f}"]
            cells.append(_signed(delta.after - delta.before))
        lines.append(cells)
    head = "".join(f"<th{' class=number' if n else ''}>{text}</th>" for n, text in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(f"<td{' class=number' if n else ''}>{c}</td>" for n, c in enumerate(cells))
        + "</tr>"
        for cells in lines
    )
    note = "Each delta is the largest change of a probability among all bases, 0 to 1."
    return (
        '<div class="dnaviz-scroll"><table class="dnaviz-table dnaviz-deltas">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f'<span class="dnaviz-note">{note}</span>'
    )


def note_html(m: Mutagenesis, edited: bool) -> str:
    """What the heatmap's colours mean, and its strongest cell."""
    best = int(abs(m.values).argmax())
    number, column = divmod(best, m.values.shape[1])
    change = _signed(float(m.values[number, column]))
    strand = "" if m.strand == "+" else ", as read on the strand −"
    where = " in the edited sequence, with its positions" if edited else ""
    return (
        f'<span class="dnaviz-note">Colour: change of the probability of this {m.site} (now '
        f"{m.probability:.3f}) when one base becomes another{where}; a dot marks the base that is "
        f"there. Click a cell to make that change. The strongest: {int(m.positions[column]):,} "
        f"{escape(m.bases[column])} → {'ACGT'[number]}, {change}{strand}.</span>"
    )


def _text(variants: list[Variant]) -> str:
    return ", ".join(map(str, variants))


def _signed(value: float, digits: int = 3) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")
