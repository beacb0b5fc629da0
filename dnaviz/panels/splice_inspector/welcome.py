"""What the splice inspector shows before there is a sequence: an example, and three ways in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnaviz.panels.common.base import Panel, escape
from dnaviz.panels.common.sequence_input import SequenceInput
from dnaviz.panels.common.terms import term_html
from dnaviz.panels.common.welcome import Way, Welcome
from dnaviz.panels.splice_inspector.state import InspectorState

if TYPE_CHECKING:
    from dnaviz.genome.examples import WorkedExample

EXAMPLE = "LDLR c.1813C>T"
WAYS = (
    Way(
        "My exon",
        "Paste it above with 200 nt of intron on each side, introns in lower case if you like: "
        "see its sites and which bases made the model say so.",
        "Try an exon",
        "LDLR exon 4",
    ),
    Way(
        "My variant",
        "Paste or load the gene above, then write the change as 57A>G or c.313+1G>A: see what "
        "becomes of the mRNA. Many, or a VCF: press “List of variants”.",
        "Open this example",
        EXAMPLE,
    ),
    Way(
        "Show me a gene",
        "Choose one under “Example genes”: its sites beside the known ones, and what any mutation "
        "would change.",
        "Open LDLR",
        "LDLR",
    ),
)


def welcome(panel: Panel[InspectorState], given: SequenceInput) -> Welcome:
    """Return the card with the example; without it where the gallery is missing."""
    worked = next((w for w in given.gallery_changes if w.name == EXAMPLE), None)
    head = example_html(worked) if worked else ""
    title = "One silent base" if worked else "Three ways in"
    card = Welcome(panel, given, WAYS, title=title, head=head)
    card.buttons["My variant"].button_style = "primary"
    return card


def example_html(worked: WorkedExample) -> str:
    """What an example teaches: a drawing of its exon before and after, and a paragraph."""
    change = worked.known
    lost = _lost(worked)
    return (
        f"{_drawing(worked, lost)}"
        f"<div><b>{escape(change.name)}</b> changes one base of exon 12 of the LDL receptor and no "
        f"amino acid. GC becomes GT: a new {term_html('donor')} inside the exon. Splicing uses it, "
        f"the last {lost} nt of the exon leave with the intron, the reading frame shifts and a "
        "stop codon follows. Found in RNA; what the model says of it is one click away."
        f'</div><div class="dnaviz-note">{escape(change.source)}</div>'
    )


def _lost(worked: WorkedExample) -> int:
    """Bases of the exon from the GT that the change makes to the exon's end."""
    position = int(worked.edit[:-3])
    ends = [last for first, last in worked.example.exons if first <= position <= last]
    return ends[0] - (position - 1) + 1


def _drawing(worked: WorkedExample, lost: int) -> str:
    """The exon between its introns, as it is and with the change; widths are to scale."""
    position = int(worked.edit[:-3])
    first, last = next(e for e in worked.example.exons if e[0] <= position <= e[1])
    left, scale = 150, 2.6
    width, short = scale * (last - first + 1), scale * (last - first + 1 - lost)
    bases = str(worked.example.sequence)[position - 8 : position + 5]
    rows = []
    for y, name, kept, spelled in (
        (26, "reference", width, bases),
        (84, "with the change", short, bases[:7] + worked.edit[-1] + bases[8:]),
    ):
        shown = (
            f"{escape(spelled[:7])}<tspan font-weight='700' fill='var(--dnaviz-warning)'>"
            f"{escape(spelled[7])}</tspan>{escape(spelled[8:])}"
        )
        rows.append(
            f'<path d="M{left - 30} {y + 11}H{left + width + 60}" stroke="var(--dnaviz-muted)"/>'
            f'<rect x="{left}" y="{y}" width="{kept:.0f}" height="22" rx="3" '
            'fill="var(--dnaviz-accent)"/>'
            f'<text x="{left - 40}" y="{y + 15}" text-anchor="end">{name}</text>'
            f'<text x="{left + 8}" y="{y + 15}" fill="var(--dnaviz-accent-ink)">exon 12</text>'
            f'<text x="{left + short - 66:.0f}" y="{y + 40}" font-family="monospace">{shown}</text>'
        )
    x = left + short
    rows.append(
        f'<rect x="{x:.0f}" y="84" width="{width - short:.0f}" height="22" rx="3" fill="none" '
        'stroke="var(--dnaviz-warning)" stroke-dasharray="4 3"/>'
        f'<text x="{left + width + 8:.0f}" y="78" fill="var(--dnaviz-warning)">'
        f"{lost} nt lost</text>"
    )
    label = f"Exon 12 before and after: its last {lost} nt are lost"
    return (
        f'<div class="dnaviz-scroll"><svg viewBox="0 0 620 130" width="620" height="130" '
        f'role="img" aria-label="{label}" font-size="13" fill="var(--dnaviz-ink)">'
        f"{''.join(rows)}</svg></div>"
    )
