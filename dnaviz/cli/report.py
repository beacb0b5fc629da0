"""``dnaviz report``: one HTML file about the sites of sequences."""

from typing import Annotated

import typer

from dnaviz.cli.scan import Threshold, check_choices, steps
from dnaviz.cli.streams import (
    Input,
    RemoveGaps,
    Weights,
    check_output,
    open_output,
    read_input,
    show_progress,
)
from dnaviz.errors import InputError

MOST_RECORDS = 100


def command(
    source: Input,
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
    title: Annotated[str, typer.Option(metavar="TITLE", help="Heading of the page.")] = "",
    remove_gaps: RemoveGaps = False,
    weights: Weights = None,
) -> None:
    """Write a page about the splice sites of sequences.

    It holds the track and the table of sites of every record, and for the most probable ones the
    bases that speak for them and the mutations that would change them most; with --edits first what
    becomes of the mRNA, and a paragraph to copy. The page needs no
    network and no script: it can be mailed.
    """
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
    with open_output(output) as out:
        out.write(html_report(findings, model, title=title))
