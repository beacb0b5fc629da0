"""What the splice inspector's cards say, as HTML and as cells of tables."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dnaviz.attribution import Attribution, Mutagenesis, signals
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.annotate import percent
from dnaviz.splicing.delta_events import (
    Event,
    exons_on,
    flank,
    leading_event,
)
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.report_text import about_products, product_facts
from dnaviz.splicing.transcripts import first_codon
from dnaviz.splicing.variant_effect import SpliceEffect

if TYPE_CHECKING:
    from dnaviz.splicing.gel import Gel
    from dnaviz.splicing.prediction import Prediction
    from dnaviz.splicing.transcript_pair import Consequence

REACH = 200
"""Bases (nt) on each side of a change that the model reads."""

MOST_NAMES = 12
"""Edits that are named on screen."""

LONGEST = 100
"""Characters of an edit that are shown in a sentence."""


def edits_html(result: PanelResult) -> str:
    """What the edits do first, then what becomes of the chosen site and of the exon."""
    effects, before, prediction = result.effects, result.attribution, result.prediction
    if not effects or prediction is None:
        return (
            '<span class="dnaviz-note">Write a change and apply it, or click a cell of the heatmap '
            "below; changes add up. Positions are those of the sequence without edits.</span>"
        )
    event = prediction.event
    strand = event.strand if event else result.strand or prediction.consequences.strand
    made = ", ".join(brief(str(variant)) for variant in effects[0].variants[:MOST_NAMES])
    more = " …" if len(effects[0].variants) > MOST_NAMES else ""
    lines = [result.verdict] if result.verdict else []
    outcome = fate(before, result.edited, effects) if before else ""
    lines.append(f"{made}{more}. {outcome}".strip())
    effect = next(e for e in effects if e.strand == strand)
    change = effect.exon(exons_on(result.known, strand, len(effect.reference)))
    items = prediction.consequences.items
    skipped = {(c.first, c.last) for c in items if c.kind == "exon_skipped"}
    same_exon = change.known or not skipped or change.exon in skipped  # a message names one
    if change.exon != (0, 0) and same_exon:
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
    text = "<br>".join([f"<b>{escape(prediction.headline)}</b>", *map(escape, lines)])
    return f'<div class="dnaviz-message dnaviz-info" role="status">{text}</div>'


def brief(edit: str) -> str:
    """Return an edit as a sentence can hold it: of a long one its begin and its end."""
    return edit if len(edit) <= LONGEST else f"{edit[: LONGEST // 2]}…{edit[-LONGEST // 2 :]}"


def edits_text(variants: list[Variant]) -> str:
    """Return edits as the field and the link have them."""
    return ", ".join(map(str, variants))


def names_html(prediction: Prediction | None, notes: tuple[str, ...]) -> str:
    """The edits in all coordinates that are known, and what was assumed to place them."""
    if prediction is None:
        return ""
    lines = [
        f"<code>{escape(str(names))}</code>" + (f", {escape(names.where)}" if names.where else "")
        for names in prediction.names[:MOST_NAMES]
    ]
    return f'<div class="dnaviz-names">{"<br>".join([*lines, *map(escape, notes)])}</div>'


def counts_in(locator: Locator) -> str:
    """Say what edits can be counted in."""
    sentence = "Positions are those of this sequence"
    if locator.structures:
        name = locator.structures[0].name
        kinds = "c., n. and IVS" if locator.structures[0].cds else "n. and IVS"
        sentence += f"; {kinds} count in {name[:80]}"
        codon = first_codon(locator.structures[0], locator.record)
        sentence += f", whose first codon is {codon}, not ATG" * (codon not in ("", "ATG"))
    if locator.place:
        sentence += f"; g. and chrom-position-ref-alt in {locator.place.chrom} {locator.assembly}"
    if not locator.structures:
        sentence += (
            ". To count in c., n. or IVS load a gene, paste a GenBank record, or write exons in "
            "upper and introns in lower case"
        )
    return f"{sentence.strip()}."


def gel_notes_html(gel: Gel | None) -> str:
    """Say which products have no band on a gel, and what bands do not tell."""
    notes = [] if gel is None else list(gel.notes)
    if gel is not None and not gel.primers:
        notes.insert(0, "Without primers: the whole mRNA, from first to last base.")
    notes.append("Bands are drawn alike: how much there is of a product is not predicted.")
    return "".join(f'<div class="dnaviz-note">{escape(note)}</div>' for note in notes)


def products_html(prediction: Prediction) -> str:
    """Possible products, each with its sites, frame, stop, decay and protein."""
    consequences = prediction.consequences
    items = "".join(f"<li>{_product_html(one)}</li>" for one in consequences.items)
    note = "They are possible products, not proportions. Probabilities: reference → edited."
    return (
        f'<span class="dnaviz-note">{escape(about_products(consequences))}</span>'
        f'<ol class="dnaviz-products">{items}</ol><span class="dnaviz-note">{note}</span>'
    )


def _product_html(one: Consequence) -> str:
    words = one.words[:1].upper() + one.words[1:]
    facts = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in product_facts(one))
    return f"<b>{escape(words)}</b><dl>{facts}</dl>"


def fate(before: Attribution, after: Attribution | None, effects: list[SpliceEffect]) -> str:
    """Say what becomes of the chosen site; nothing while `after` is not computed."""
    name = f"{before.site} at {before.position:,} ({before.strand.replace('-', '−')})"
    if after is None:
        effect = next(e for e in effects if e.strand == before.strand)
        if effect.alternate_position(before.position) is not None:
            return ""
        return f"The base of the {name} is deleted; its probability was {before.probability:.3f}."
    moved = after.position - before.position
    if moved:
        name += f", moved by {moved:+,} nt".replace("-", "−")
    change = signed(after.probability - before.probability)
    return (
        f"The {name}: probability {before.probability:.3f} → {after.probability:.3f} "
        f"({change}); log-odds {signed(before.score, 2)} → {signed(after.score, 2)}."
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


def note_html(m: Mutagenesis, edited: bool) -> str:
    """What the heatmap's colors mean, and its strongest cell."""
    best = int(abs(m.values).argmax())
    number, column = divmod(best, m.values.shape[1])
    change = signed(float(m.values[number, column]))
    strand = "" if m.strand == "+" else ", as read on the strand −"
    where = " in the edited sequence, with its positions" if edited else ""
    return (
        f'<span class="dnaviz-note">Color: change of the probability of this {m.site} (now '
        f"{m.probability:.3f}) when one base becomes another{where}; a dot marks the base that is "
        f"there. Click a cell to make that change. The strongest: {int(m.positions[column]):,} "
        f"{escape(m.bases[column])} → {'ACGT'[number]}, {change}{strand}.</span>"
    )


def signed(value: float, digits: int = 3) -> str:
    """A number with its sign; what rounds to zero is +0, from whichever side it comes."""
    return f"{value:+z.{digits}f}".replace("-", "−")


def signals_html(a: Attribution) -> str:
    """The known signals on the axis, each with its place and a line about it."""
    items = []
    for signal in signals(a.bases, a.offsets, a.site):
        sign = 1 if a.strand == "+" else -1
        first, last = a.position + sign * signal.first, a.position + sign * signal.last
        items.append(
            f"<li><b>{escape(signal.name)}</b> {first:,}-{last:,}: {escape(signal.text)}.</li>"
        )
    return f'<ul class="dnaviz-note dnaviz-signals">{"".join(items)}</ul>'
