"""``dnaviz scan``: the splice sites of sequences as a table."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

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

if TYPE_CHECKING:
    from dnaviz.scanning import Scan

COLUMNS = ("sequence", "position", "strand", "site", "motif", "probability")
_Strand = Literal["both", "+", "-"]


def command(
    source: Input,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="OUT", help='A .tsv or .bed file; "-": stdout.'),
    ] = STANDARD,
    threshold: Annotated[
        float, typer.Option(metavar="P", help="Smallest probability of a site, 0 to 1.")
    ] = 0.5,
    strand: Annotated[str, typer.Option(metavar="both|+|-", help="Strands to look at.")] = "both",
    weights: Weights = None,
) -> None:
    """Find every donor and acceptor of sequences.

    Writes a line for each site: sequence, position, strand, site, motif, probability. Positions
    are 1-based on the forward strand; that of a donor is the first base of the intron, that of
    an acceptor the last. A name that ends in .bed gives BED instead.
    """
    if not 0 <= threshold <= 1:
        raise InputError(f"The threshold is a probability between 0 and 1, not {threshold:g}.")
    if strand not in get_args(_Strand):
        raise InputError(f'The strand is "both", "+" or "-", not "{strand}".')
    check_output(output, source)
    records = read_input(source)

    from dnaviz import models
    from dnaviz.scanning import scan

    model = models.load(weights)
    bed = Path(output).suffix.lower() == ".bed"
    with (
        open_output(output) as out,
        show_progress(sum(map(len, records)), "Scanning") as advance,
    ):
        if not bed:
            print(*COLUMNS, sep="\t", file=out)
        for record in records:
            progress = _steps(len(record), advance)
            found = scan(
                record,
                model,
                threshold=threshold,
                strand=cast(_Strand, strand),
                progress=progress,
            )
            out.writelines(_bed_lines(found) if bed else _tsv_lines(found))


def _tsv_lines(found: "Scan") -> list[str]:
    name = found.sequence.name
    return [
        f"{name}\t{site.position}\t{site.strand}\t{site.site}\t{site.motif}\t{site.probability:.6f}\n"
        for site in found.sites
    ]


def _bed_lines(found: "Scan") -> list[str]:
    """BED6: 0-based half-open positions, the probability times 1,000 as the score."""
    name = found.sequence.name
    return [
        f"{name}\t{site.position - 1}\t{site.position}\t{site.site}"
        f"\t{round(1000 * site.probability)}\t{site.strand}\n"
        for site in found.sites
    ]


def _steps(length: int, advance: Callable[[int], None]) -> Callable[[float], None]:
    """From the fraction of a record that is done to steps of the whole."""
    done = 0

    def progress(fraction: float) -> None:
        nonlocal done
        now = round(fraction * length)
        advance(now - done)
        done = now

    return progress
