"""``dnaviz attribute``: which bases make the model see a site, as a table or a figure."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from dnaviz.cli.options import POSITION, Baseline, Method, Record, Site, SiteStrand
from dnaviz.cli.scan import Threshold, check_choices
from dnaviz.cli.streams import (
    STANDARD,
    Input,
    RemoveGaps,
    Weights,
    check_output,
    choose_record,
    read_input,
    show_progress,
    steps,
    write_output,
)
from dnaviz.errors import InputError
from dnaviz.sequences import shorten

SUFFIXES = (".tsv", ".svg", ".pdf", ".html", ".bw", ".bedgraph")
TRACKS = (".bw", ".bedgraph")


def command(
    source: Input,
    position: Annotated[int | None, POSITION] = None,
    site: Site = "donor",
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help='A .tsv, .svg, .pdf or .html; "-": TSV to stdout; with --region .bw or .bedgraph.',
        ),
    ] = STANDARD,
    strand: SiteStrand = "+",
    method: Method = "integrated_gradients",
    baseline: Baseline = "uniform",
    record: Record = None,
    region: Annotated[
        str | None,
        typer.Option(
            metavar="chr:from-to", help="Every site of this part of a genome, as one track."
        ),
    ] = None,
    threshold: Threshold = 0.5,
    remove_gaps: RemoveGaps = False,
    weights: Weights = None,
) -> None:
    """Attribute one site to the bases around it, or the sites of a region as a track.

    The name of the output says what is written: a table (.tsv: position, offset, base,
    contribution, and the values of A, C, G, T, in log-odds), a logo (.svg, .pdf), or a page with
    the logo and the strongest mutations (.html). How well the contributions add up is told on
    standard error.

    With --region IN is a genome, and the output a bigWig (.bw) or a bedGraph in its coordinates, as
    IGV's dynseq draws it: of each base its contribution to the site to which it contributes most.
    Sites are those of --strand, of at least --threshold, in the region and as far beyond its ends
    as the model sees.
    """
    suffix = check_output(output, SUFFIXES, source)
    if (region is not None) != (suffix in TRACKS):
        raise InputError(
            "A track (.bw or .bedgraph) is of a region of a genome, and a region becomes a track: "
            "give both --region and such an output, or neither."
        )
    if region is not None:
        if position is not None or record is not None:
            raise InputError("With --region leave out --position and --record.")
        check_choices(threshold, strand)
        _write_track(
            source, region, output, suffix, strand, threshold, method, baseline, weights,
        )  # fmt: skip
        return
    if position is None:
        raise InputError("Give --position, or --region for the sites of a part of a genome.")
    kind = suffix.lstrip(".")
    chosen = choose_record(read_input(source, remove_gaps=remove_gaps), record)

    from dnaviz import models
    from dnaviz.attribution import attribute
    from dnaviz.figures.caption import attribution_caption
    from dnaviz.figures.logo import attribution_logo, figure_bytes
    from dnaviz.genome.case_exons import known_structures
    from dnaviz.io.spreadsheet import spreadsheet_text
    from dnaviz.models.ood_warning import ood_warning
    from dnaviz.report import Finding, explain_site, html_report
    from dnaviz.splicing.delta_events import SITE
    from dnaviz.splicing.scan import scan

    model = models.load_model(weights)
    if kind == "html":
        site_finding = explain_site(
            chosen, model, position=position, strand=strand, site=site, method=method,
            baseline=baseline,
        )  # fmt: skip
        why = site_finding.attribution
        known = known_structures(chosen)
        page = html_report([Finding(scan(chosen, model), known, sites=[site_finding])], model)
        content: str | bytes = page
    else:
        why = attribute(
            chosen, position=position, strand=strand, site=site, method=method, baseline=baseline,
            model=model,
        )  # fmt: skip
        content = (
            spreadsheet_text(why.table())
            if kind == "tsv"
            else figure_bytes(attribution_logo(why), kind, attribution_caption(why, model))
        )
    write_output(output, content)
    typer.echo(
        f"{site} at {position:,}: probability {why.probability:.3f}. {why.verdict}", err=True
    )
    if why.probability < SITE:
        end = "first" if site == "donor" else "last"
        typer.echo(
            f"The model sees no {site} there. Its position is that of the {end} base of the "
            "intron, 1-based, on the forward strand.",
            err=True,
        )
    _tell(ood_warning(model, [chosen]))


def _write_track(
    source: str,
    region: str,
    output: str,
    suffix: str,
    strand: str,
    threshold: float,
    method: str,
    baseline: str,
    weights: str | None,
) -> None:
    """Write the attributions of the sites of a region in genome coordinates."""
    from dnaviz.splicing.binary_tracks import binary_format
    from dnaviz.splicing.scan import STRANDS

    if strand not in STRANDS:
        raise InputError('A track is of one strand: "+" or "-".')
    made = binary_format(suffix)

    from dnaviz import models
    from dnaviz.attribution.site_track import attribution_track, bedgraph
    from dnaviz.genome.regions import Regions
    from dnaviz.models.ood_warning import ood_warning
    from dnaviz.splicing.stretch import scan_stretch

    regions = Regions(source)
    place = regions.find(region).interval
    if place.strand == "-" != strand:
        raise InputError(f"{shorten(region)} names the strand -: give --strand - with it.")
    model = models.load_model(weights)
    models.require(model, "score_positions")
    # Bases near the ends contribute to sites beyond them, too.
    length = regions.lengths[regions.record_name(place.chrom)]
    start, end = max(place.start1 - model.context, 1), min(place.end1 + model.context, length)
    wide = place._replace(start1=start, end1=end)
    stretch = scan_stretch(regions, wide, model, threshold=threshold, strand=strand)
    first = stretch.inside.start + place.start1 - start  # of the region, 0-based in the record
    inside = slice(first, first + place.end1 - place.start1 + 1)
    place = place._replace(strand="+")
    with show_progress(1000, "Explaining") as advance:
        track = attribution_track(
            stretch.record, stretch.scan.sites, model, method=method, baseline=baseline,
            progress=steps(1000, advance),
        )  # fmt: skip
    text = 'track type=bedGraph name="attributions"\n' + bedgraph(
        place, track.values[inside], chrom=stretch.chrom
    )
    if made:
        with TemporaryDirectory() as folder:
            part = Path(folder) / "track.bedgraph"
            part.write_text(text, encoding="utf-8")
            made.convert(part, regions.lengths, output)
    else:
        write_output(output, text)
    sites = stretch.scan.sites
    count = sum(inside.start < site.position <= inside.stop for site in sites)
    near = f", and {len(sites) - count:,} beyond its ends" if len(sites) > count else ""
    typer.echo(
        f"{count:,} site{'s' if count != 1 else ''} of probability {threshold:g} and more on the "
        f"strand {strand} of {str(place).removesuffix(':+')}{near}.", err=True,
    )  # fmt: skip
    region_record = replace(stretch.record, bases=stretch.record.bases[inside])
    _tell(track.warning, ood_warning(model, [region_record]))


def _tell(*sentences: str) -> None:
    for sentence in filter(None, sentences):
        typer.echo(sentence, err=True)
