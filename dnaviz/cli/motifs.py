"""``dnaviz motifs``: recurring motifs in the attributions of a selection of an atlas's windows."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dnaviz.cli.streams import STANDARD, Weights, check_output, show_progress, steps, write_output
from dnaviz.errors import InputError


def command(
    atlas: Annotated[
        str, typer.Argument(metavar="ATLAS", help='An .h5ad file or .zarr folder; "shipped".')
    ],
    *,
    output: Annotated[str, typer.Option("-o", "--output", metavar="OUT", help="An .html file.")],
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Which windows: COLUMN=VALUE (also VALUE|VALUE, !=, >=, <), or a gene, place, "
            "id or motif; given more than once, all hold. By default every window.",
        ),
    ] = None,
    site: Annotated[
        str | None,
        typer.Option(
            metavar="donor|acceptor",
            help="What is explained; by default what most windows have in their middle.",
        ),
    ] = None,
    meme: Annotated[
        str | None, typer.Option(metavar="FILE", help="Motifs to name those found by (MEME).")
    ] = None,
    windows: Annotated[
        int, typer.Option(min=100, help="Windows explained at most, drawn where there are more.")
    ] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw.")] = 0,
    weights: Weights = None,
) -> None:
    """Find motifs that recur in the attributions of an atlas's windows.

    Every window is explained by Integrated Gradients, and the stretches that contribute most are
    clustered by TF-MoDISco (modisco-lite). OUT.html shows the motifs; beside it are OUT.tsv (a row
    for each), OUT.meme (their bases) and OUT.seqlets.tsv (each stretch: window, motif, offsets of
    its first and last base from the site). With --meme motifs are named by Tomtom, in the sense
    of the windows alone.
    """
    if output == STANDARD:
        raise InputError("Name an .html file: the other files stand beside it.")
    sources = (None if atlas == "shipped" else atlas, meme)
    check_output(output, (".html", ".htm"), *sources)
    beside = [str(Path(output).with_suffix(suffix)) for suffix in (".tsv", ".meme", ".seqlets.tsv")]
    for path in beside:
        check_output(path, (Path(path).suffix,), *sources)
    from dnaviz.io.meme import meme_text, read_meme

    known = read_meme(meme) if meme else []

    import memelite  # noqa: F401 - what is missing is told before any work
    import modiscolite  # noqa: F401

    from dnaviz import models
    from dnaviz.atlas import load_atlas
    from dnaviz.atlas.conditions import select as select_rows
    from dnaviz.atlas.motifs import find_motifs
    from dnaviz.attribution.seqlets import match_motifs
    from dnaviz.io.spreadsheet import spreadsheet_text
    from dnaviz.report.motifs import as_meme, motifs_report, motifs_table

    loaded = load_atlas(None if atlas == "shipped" else atlas)
    if not loaded.has_sequences:
        raise InputError(
            f"{loaded.source} holds no sequences (obsm['sequence']), so there is nothing to "
            "explain: build it with dnaviz atlas build."
        )
    conditions = select or []
    rows = select_rows(loaded, conditions)
    model = models.load_model(weights)
    with show_progress(1_000, "Explaining") as advance:
        motifs = find_motifs(
            loaded, rows, model, site=site, most=windows, seed=seed, progress=steps(1_000, advance)
        )
    matches = match_motifs([p.frequencies for p in motifs.patterns], known) if meme else None
    page = motifs_report(
        motifs, model, selection=" and ".join(conditions) or "all windows", matches=matches,
        source=Path(meme).name if meme else "", compared=len(known),
    )  # fmt: skip
    table, bases, seqlets = beside
    write_output(table, spreadsheet_text(motifs_table(motifs, matches)))
    write_output(bases, meme_text(as_meme(motifs)))
    write_output(seqlets, spreadsheet_text(motifs.seqlets(loaded)))
    write_output(output, page)
    print(
        f"{len(motifs.patterns):,} motifs of {motifs.site}s in {len(motifs.rows):,} windows: "
        f"{output}",
        file=sys.stderr,
    )
