"""``dnaviz variants``: the splice deltas of a table of variants."""

import sys
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from dnaviz.cli.streams import (
    STANDARD,
    Fasta,
    Genes,
    Weights,
    bound_memory,
    check_output,
    open_output,
    read_input_text,
    show_progress,
)
from dnaviz.errors import InputError
from dnaviz.io.spreadsheet import harmless
from dnaviz.io.tables import Row, Table, parse_table
from dnaviz.sequences import MAX_LENGTH, MIN_LENGTH, Sequence, as_sequence, shorten
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.edit_text import EMPTY
from dnaviz.splicing.variants import check_known_bases, table_variant

if TYPE_CHECKING:
    from dnaviz.genome.transcript_model import ExonSites
    from dnaviz.models import SiteScorer
    from dnaviz.splicing.variant_effect import SpliceEffect

STRANDS = ("+", "-")
EXON = ("exon_first", "exon_last")
WANTED = ("id", "sequence", "position", "ref", "alt")
SPELLED = ("id", "sequence", "variant")
"""Columns of a table whose changes are written as 57A>G, n.57A>G, c.313+1G>A or IVS2-654C>T."""

CODING = "coding_start"
"""A column with the position of the A of ATG, for c. in exons in upper case."""

EVENTS = ("donor_gain", "donor_loss", "acceptor_gain", "acceptor_loss")
ADDED = (
    *EVENTS,
    *(f"{event}_position" for event in EVENTS),
    *(f"{event}_alternate_position" for event in EVENTS),
    "delta_max",
    "risk",
    "log_odds_loss",
    "scored_exon",
    "scored_strand",
    "assumption",
    "error",
)
MAX_TABLE = 1_000_000_000
_BATCH = 256  # rows at a time, so that memory does not grow with the file


class _Row(NamedTuple):
    cells: list[str]
    edit: tuple[Sequence, list[Variant]] | None
    error: str
    exons: "dict[str, list[ExonSites]]" = {}  # noqa: RUF012 (known ones, by strand)
    assumption: str = ""

    @property
    def own_strand(self) -> str:
        """That of its exons in upper case; + where it has none."""
        return "-" if set(self.exons) == {"-"} else "+"


def command(
    source: Annotated[
        str, typer.Argument(metavar="IN", help='A .tsv or .vcf file, plain or .gz; "-": stdin.')
    ],
    output: Annotated[
        str,
        typer.Option(
            "-o", "--output", metavar="OUT", help='A .tsv, .vcf or .vcf.gz file; "-": stdout.'
        ),
    ] = STANDARD,
    genome: Fasta = None,
    annotation: Genes = None,
    strand: Annotated[
        str | None,
        typer.Option(
            metavar="+|-|both|gene",
            help="Strand whose sites to look at: of a table that of exons in upper case, + where "
            "there is none; of a VCF that of the genes, or both without an annotation.",
        ),
    ] = None,
    masked: Annotated[
        bool,
        typer.Option(
            "--masked",
            help="Of a VCF: gains at annotated sites and losses at others count as 0.",
        ),
    ] = False,
    weights: Weights = None,
) -> None:
    """Say what variants do to splice sites.

    IN has the columns id, sequence, position (1-based), ref and alt, separated by tabs, and may
    have others. Instead of position, ref and alt it may have one column, variant: 57A>G, 60del or,
    where exons are in upper case, n.57A>G, IVS2-654C>T and, with a column coding_start (the
    position of the A of ATG), c.313+1G>A. OUT has them all, and more. risk, to rank by: the chance
    that the variant's exon is used at least 10 points less often; log_odds_loss: what its acceptor
    and donor lose together; scored_exon: its first and last base. The exon is that of the columns
    exon_first and exon_last, or is in upper case between introns in lower case, or is found.
    donor_gain, donor_loss, acceptor_gain, acceptor_loss: the largest change of a probability, 0 to
    1; where each falls (1-based in the sequence, and in the alternate sequence); delta_max;
    scored_strand; assumption: what was assumed to place it; error. A row that cannot be used says
    why in "error"; the others go on.

    An insertion or deletion repeats a base beside it, as in VCF; an alt of "-" is a deletion, an
    empty one is an error. How an indel is aligned does not matter. With --strand both, each row has
    the numbers of the strand where the largest delta is.

    With --genome IN is a VCF. OUT is the same VCF with fields in INFO, for each allele, or a table
    with a row for each allele and strand. DNAVIZ_RISK ranks losses of exons; new sites far from
    exons are told by DNAVIZ_MAX, the largest delta. What cannot be scored says why: REF is compared
    with the genome, symbolic alleles are passed through. chr19, 19 and NC_000019.10 are the same. A
    command that was killed goes on where it was when it is given again.
    """
    if genome is not None:
        from dnaviz.cli.variants_vcf import score_vcf

        score_vcf(source, output, genome, annotation, strand, masked, weights)
        return
    if annotation is not None or masked:
        raise InputError("--annotation and --masked go with a VCF and its --genome.")
    if strand not in (None, *STRANDS, "both"):
        raise InputError(f'The strand is "+", "-" or "both", not "{strand}".')
    text = read_input_text(source, MAX_TABLE)
    if text.startswith(("##fileformat=VCF", "#CHROM\t")):
        raise InputError("A VCF is scored with its genome: add --genome FASTA.")
    check_output(output, (".tsv",), source)
    table = parse_table(text, "standard input" if source == STANDARD else source)
    if strand is None and any(name.lower().lstrip("#") == "strand" for name in table.names):
        print(
            "The column strand is not read: positions, bases and sites are those of the sequence "
            "as it is written. --strand says which strand of it to look at.",
            file=sys.stderr,
        )
    rows = _rows(table)

    bound_memory()
    from dnaviz import models

    model = models.load_model(weights)
    lines = text.count("\n")
    assumed = 0
    with open_output(output) as out, show_progress(lines, "Scoring variants") as advance:
        print(*map(harmless, table.names), *ADDED, sep="\t", file=out)
        while batch := list(islice(rows, _BATCH)):
            for row, effects in zip(batch, _score(batch, strand, model), strict=True):
                cells = _cells(effects, row.exons) if effects else [""] * (len(ADDED) - 2)
                print(
                    *map(harmless, row.cells), *cells, row.assumption, row.error, sep="\t", file=out
                )
                assumed += bool(effects) and strand is None and len(row.exons) != 1
            advance(len(batch))
    if assumed:
        print(
            f"Rows scored on the + strand because nothing shows their gene's strand: {assumed:,}. "
            "With --strand both each row has the strand that changes more.",
            file=sys.stderr,
        )


def _score(rows: list[_Row], strand: str | None, model: "SiteScorer") -> "list[list[SpliceEffect]]":
    """Score rows on the strand or strands that they are to be looked at on; none of an error."""
    from dnaviz.splicing.variant_effect import splice_effects

    effects: list[list[SpliceEffect]] = [[] for _ in rows]
    for one in STRANDS:
        chosen = [
            (of_row, row.edit)
            for of_row, row in zip(effects, rows, strict=True)
            if row.edit and one in (STRANDS if strand == "both" else strand or row.own_strand)
        ]
        scored = splice_effects([edit for _, edit in chosen], strand=one, model=model)
        for (of_row, _), effect in zip(chosen, scored, strict=True):
            of_row.append(effect)
    return effects


def _rows(table: Table) -> Iterator[_Row]:
    """The rows, read one by one; a table that lacks a column is refused at once."""
    names = [name.lower().lstrip("#") for name in table.names]
    required = SPELLED if SPELLED[-1] in names and not set(WANTED) <= set(names) else WANTED
    missing = [name for name in required if name not in names]
    if missing:
        raise InputError(
            f"The table has no column {', '.join(missing)}; its first line names "
            f"{', '.join(WANTED)}, or {', '.join(SPELLED)}, separated by tabs."
        )
    twice = [name for name in (*required, CODING) if names.count(name) > 1]
    if twice:
        raise InputError(f"The table has the column {twice[0]} more than once.")
    taken = [name for name in ADDED if name in names]
    if taken:
        raise InputError(f"The table already has a column {taken[0]}; please rename it.")
    columns = [names.index(name) for name in required]
    columns += [names.index(CODING)] if required is SPELLED and CODING in names else []
    exon = [names.index(name) for name in EXON] if set(EXON) <= set(names) else []
    return (_row(row, table, columns, exon) for row in table.rows)


def _row(row: Row, table: Table, columns: list[int], exon: list[int]) -> _Row:
    cells, width = row.cells, len(table.names)
    try:
        if wrong := table.describe_width(row):
            raise InputError(wrong)
        _, bases, *change = (_clean(cells[column]) for column in columns)
        if not MIN_LENGTH <= len(bases) <= MAX_LENGTH:
            raise InputError(
                f"The sequence has {len(bases):,} nt; {MIN_LENGTH} to {MAX_LENGTH:,} are needed."
            )
        sequence = as_sequence(Sequence(bases))
        columned = len(columns) == len(WANTED)
        variants, assumption = (_columned if columned else _spelled)(sequence, *change)
        check_known_bases(variants)
        if len(sequence) + sum(len(v.alt) - len(v.ref) for v in variants) < MIN_LENGTH:
            raise InputError(f"Less than {MIN_LENGTH} nt are left of the sequence.")
        exons = _exons(Sequence(bases), [_clean(cells[column]) for column in exon])
        return _Row(cells, (sequence, variants), "", exons, harmless(assumption))
    except InputError as error:
        return _Row((cells + [""] * width)[:width], None, str(error))


def _columned(sequence: Sequence, position: str, ref: str, alt: str) -> tuple[list[Variant], str]:
    """Read a change from its three columns; nothing is to be said of it."""
    return [table_variant(sequence, _whole("position", position), ref, alt)], ""


def _spelled(sequence: Sequence, text: str, coding_start: str = "") -> tuple[list[Variant], str]:
    """Read a change, or several, as people write them, and say what was assumed."""
    from dnaviz.splicing.edit_placement import annotated, place_edits

    start = _whole(CODING, coding_start) if coding_start else 0
    if coding_start and not start:
        raise InputError(f"The {CODING} 0 is no position: leave it empty where it is not known.")
    variants, notes, _ = place_edits(text, annotated(sequence, coding_start=start))
    if not variants:
        raise InputError(EMPTY)
    return variants, " ".join(notes)


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise InputError(f"The {name} {shorten(text)} is no whole number from 1.")
    return int(text[:12])


def _exons(record: Sequence, ends: list[str]) -> "dict[str, list[ExonSites]]":
    """Return known exons by strand: that of the table, or those in upper case."""
    from dnaviz.genome.case_exons import case_transcript_model
    from dnaviz.genome.transcript_model import ExonSites

    if any(ends):
        if not all(end.isascii() and end.isdecimal() for end in ends):
            raise InputError(f"The exon {'-'.join(ends)} is no pair of whole numbers.")
        first, last = (int(end[:12]) for end in ends)
        if not 1 <= first <= last <= len(record):
            raise InputError(f"The exon {first:,}-{last:,} lies outside the sequence.")
        return {strand: [ExonSites(first, last)] for strand in STRANDS}
    case = case_transcript_model(record)
    return {case.strand: case.exon_sites()} if case else {}


def _clean(cell: str) -> str:
    """Return a cell without what cannot be seen."""
    return "".join(c for c in unicodedata.normalize("NFKC", cell) if c.isprintable()).strip()


def _cells(effects: "list[SpliceEffect]", exons: "dict[str, list[ExonSites]]") -> list[str]:
    effect = max(effects, key=lambda one: one.delta_max)
    deltas = list(effect.deltas.values())
    change = effect.exon(exons.get(effect.strand, ()))
    return [
        *(f"{delta.value:.6f}" for delta in deltas),
        *(str(delta.position or "") for delta in deltas),
        *(str(delta.alternate_position or "") for delta in deltas),
        f"{max(delta.value for delta in deltas):.6f}",
        f"{change.risk:.6f}",
        f"{change.loss:.4f}",
        change.exon_text,
        effect.strand,
    ]
