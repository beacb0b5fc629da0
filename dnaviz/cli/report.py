"""``dnaviz report``: one HTML file about the sites of sequences."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dnaviz.cli.scan import Threshold, check_choices
from dnaviz.cli.streams import (
    STANDARD,
    Fasta,
    Genes,
    RemoveGaps,
    Weights,
    check_output,
    read_input,
    read_input_text,
    show_progress,
    steps,
    tell,
    write_output,
)
from dnaviz.errors import InputError

MOST_RECORDS = 100


def command(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="IN",
            help="Sequences as FASTA, GenBank or bare bases, plain or .gz; not needed with "
            '--variants; "-": stdin.',
        ),
    ] = None,
    *,
    output: Annotated[str, typer.Option("-o", "--output", metavar="OUT", help="An .html file.")],
    threshold: Threshold = 0.5,
    strand: Annotated[str, typer.Option(metavar="both|+|-", help="Strands to look at.")] = "both",
    explain: Annotated[
        int, typer.Option(metavar="N", min=0, max=50, help="Sites explained of each record.")
    ] = 4,
    edits: Annotated[
        str,
        typer.Option(
            metavar="EDITS",
            help="Changes to tell the effect of: 57A>G, or c.313+1G>A where a transcript is known.",
        ),
    ] = "",
    coding_start: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="Where the coding sequence of exons in upper case begins."
        ),
    ] = 0,
    variants: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Variants, one a line, a table or a VCF, plain or .gz: a report on them.",
        ),
    ] = None,
    genome: Fasta = None,
    annotation: Genes = None,
    title: Annotated[str, typer.Option(metavar="TITLE", help="Heading of the page.")] = "",
    remove_gaps: RemoveGaps = False,
    weights: Weights = None,
) -> None:
    """Write a page about the splice sites of sequences.

    It holds the track and the table of sites of every record, and for the most probable ones the
    bases that speak for them and the mutations that would change them most; with --edits first what
    becomes of the mRNA, and a paragraph to copy. The page needs no
    network and no script: it can be mailed.

    With --variants it is about a list of variants, each on its own gene: the ranked list, then a
    part for each, and a table of the same name in .tsv beside the page. A line is LDLR:c.313+1G>A,
    NM_000527.5:c.313+1G>A, chr19-11102787-G-A or a row of a VCF; genes and coordinates are those of
    --genome and --annotation, and of the genes that come with dnaviz. 57A>G counts in IN.
    """
    if variants is not None:
        _case(source, variants, output, genome, annotation, coding_start, title, weights,
              remove_gaps=remove_gaps)  # fmt: skip
        return
    if source is None:
        raise InputError("Name a file of sequences, or a list of variants with --variants.")
    if genome or annotation:
        raise InputError("--genome and --annotation go with a list of --variants.")
    strands = check_choices(threshold, strand)
    check_output(output, (".html", ".htm"), source)
    records = read_input(source, remove_gaps=remove_gaps)
    if edits and len(records) > 1:
        raise InputError(
            f"--edits are those of one record; {len(records):,} were given: keep the one meant."
        )
    if edits and strand != "both":
        raise InputError("--edits are told of both strands: leave --strand out.")
    if len(records) > MOST_RECORDS:
        raise InputError(
            f"There are {len(records):,} records; one page tells of at most {MOST_RECORDS}."
        )

    from dnaviz import models
    from dnaviz.report import analyze, html_report

    model = models.load_model(weights)
    findings = []
    with show_progress(sum(map(len, records)), "Looking") as advance:
        for record in records:
            findings.append(
                analyze(
                    record,
                    model,
                    threshold=threshold,
                    strand=strands,
                    explained=explain,
                    edits=edits,
                    coding_start=coding_start,
                    progress=steps(len(record), advance),
                )
            )
    write_output(output, html_report(findings, model, title=title))


def _case(
    source: str | None,
    variants: str,
    output: str,
    genome: str | None,
    annotation: str | None,
    coding_start: int,
    title: str,
    weights: str | None,
    *,
    remove_gaps: bool,
) -> None:
    """Write the report on a list of variants, and its table beside it."""
    sources = (source, variants, genome, annotation)
    check_output(output, (".html", ".htm"), *sources)
    table = "" if output == STANDARD else str(Path(output).with_suffix(".tsv"))
    if table:
        check_output(table, (".tsv",), *sources)
    name = "standard input" if variants == STANDARD else variants
    text = read_input_text(variants)
    record = None
    if source is not None:
        record, *others = read_input(source, remove_gaps=remove_gaps)
        if others:
            raise InputError(
                f"{source} has {len(others) + 1:,} records; positions count in one of them: keep "
                "the one meant."
            )

    from dnaviz import models
    from dnaviz.genome.regions import open_regions
    from dnaviz.report import analyze_case, case_report
    from dnaviz.report.case_html import counts

    if genome is not None:
        tell(open_regions(genome, annotation).notes)
    model = models.load_model(weights)
    with show_progress(1_000, "Predicting") as advance:
        try:
            case = analyze_case(
                text, genome=genome, annotation=annotation, sequence=record,
                coding_start=coding_start, model=model, progress=steps(1_000, advance),
            )  # fmt: skip
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
    write_output(output, case_report(case, model, title=title))
    if table:
        write_output(table, case.tsv())
    print(counts(case), file=sys.stderr)
