"""``dnaviz browse``: a stretch of a genome in IGV, as one page."""

from pathlib import Path
from typing import Annotated

import typer

from dnaviz.cli.scan import Threshold, check_choices
from dnaviz.cli.streams import (
    Genes,
    Weights,
    check_output,
    show_progress,
    steps,
    tell,
    write_output,
)


def command(
    genome: Annotated[Path, typer.Argument(metavar="GENOME", help="FASTA, plain or .gz, or 2bit.")],
    region: Annotated[
        str, typer.Argument(metavar="REGION", help="chr19:from-to, or with --annotation a gene.")
    ],
    output: Annotated[str, typer.Option("-o", "--output", metavar="OUT", help="An .html file.")],
    annotation: Genes = None,
    track: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A track of yours: .bed, .bedgraph, .gff3, .gtf, .vcf, plain or .gz, .bw or .bam; "
            "may be repeated.",
        ),
    ] = None,
    threshold: Threshold = 0.5,
    attributions: Annotated[
        bool, typer.Option(help="Also why the model sees the sites, as letters.")
    ] = True,
    weights: Weights = None,
) -> None:
    """Write a genome browser (IGV) of a gene or a region as one page.

    It shows the probabilities of donors and acceptors on both strands, attributions, the
    annotation and tracks of yours; more can be added in the page. The page needs no server and
    asks no network: it can be mailed, or opened from a disk.
    """
    check_choices(threshold, "both")
    check_output(output, (".html",), genome, annotation, *(track or []))

    from dnaviz import models
    from dnaviz.genome.regions import Regions
    from dnaviz.genome.track_files import read_track
    from dnaviz.report.genome_view import genome_page, genome_view

    regions = Regions(genome, annotation)
    loaded = regions.find(region)
    tracks = [read_track(path, loaded.interval) for path in track or []]
    tell([*regions.notes, *loaded.notes])
    tell(f"{one.name} has nothing on {loaded.interval}." for one in tracks if not one.items)
    model = models.load_model(weights)
    with show_progress(len(loaded.sequence), "Scanning") as advance:
        view = genome_view(
            regions, loaded.interval, model, threshold=threshold, explain=attributions,
            progress=steps(len(loaded.sequence), advance),
        )  # fmt: skip
    tell(view.notes)
    write_output(output, genome_page(view, model, tracks=tracks, title=loaded.name))
