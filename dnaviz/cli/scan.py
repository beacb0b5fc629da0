"""``dnaviz scan``: the splice sites of sequences as a table."""

import sys
from collections.abc import Callable
from typing import Annotated, Literal, cast, get_args

import typer

from dnaviz.cli.streams import (
    STANDARD,
    Input,
    Weights,
    check_output,
    open_output,
    read_input,
    show_progress,
)
from dnaviz.errors import InputError

Strand = Literal["both", "+", "-"]
Threshold = Annotated[
    float, typer.Option(metavar="P", help="Smallest probability of a site, 0 to 1.")
]


def command(
    source: Input,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="OUT", help='A .tsv or .bed file; "-": stdout.'),
    ] = STANDARD,
    threshold: Threshold = 0.5,
    strand: Annotated[str, typer.Option(metavar="both|+|-", help="Strands to look at.")] = "both",
    weights: Weights = None,
) -> None:
    """Find every donor and acceptor of sequences.

    Writes a line for each site: sequence, position, strand, site, motif, probability. Positions
    are 1-based on the forward strand; that of a donor is the first base of the intron, that of
    an acceptor the last. A name that ends in .bed gives BED instead. Probabilities are calibrated
    for genes read in the sense of their strand; a strand without genes has sites now and then.
    """
    strands = check_choices(threshold, strand)
    suffix = check_output(output, (".tsv", ".bed"), source)
    records = read_input(source)

    from dnaviz import models
    from dnaviz.models.doubt import doubt
    from dnaviz.scanning import scan
    from dnaviz.site_files import HEADER, bed_lines, tsv_lines

    model = models.load(weights)
    if words := doubt(model, records):
        print(words, file=sys.stderr)
    bed = suffix == ".bed"
    with (
        open_output(output) as out,
        show_progress(sum(map(len, records)), "Scanning") as advance,
    ):
        if not bed:
            out.write(HEADER)
        for record in records:
            progress = steps(len(record), advance)
            found = scan(
                record,
                model,
                threshold=threshold,
                strand=strands,
                progress=progress,
            )
            out.writelines(bed_lines(found) if bed else tsv_lines(found))


def check_choices(threshold: float, strand: str) -> Strand:
    """Refuse a threshold that is no probability and a strand that is none; return the strand."""
    if not 0 <= threshold <= 1:
        raise InputError(f"The threshold is a probability between 0 and 1, not {threshold:g}.")
    if strand not in get_args(Strand):
        raise InputError(f'The strand is "both", "+" or "-", not "{strand}".')
    return cast(Strand, strand)


def steps(length: int, advance: Callable[[int], None]) -> Callable[[float], None]:
    """Return a callback that turns the fraction done of a record into steps of the whole."""
    done = 0

    def progress(fraction: float) -> None:
        nonlocal done
        now = round(fraction * length)
        advance(now - done)
        done = now

    return progress
