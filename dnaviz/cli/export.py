"""``dnaviz export``: the classifier for other runtimes; the inspector and the map as pages."""

from pathlib import Path
from typing import Annotated

import typer

from dnaviz.cli.streams import Weights, check_output, tell, write_output
from dnaviz.errors import InputError

SUFFIXES = (".onnx", ".html")
MAPS = (".html", ".parquet")


def command(
    output: Annotated[
        str,
        typer.Argument(metavar="OUT", help="An .onnx or an .html file; of a map also .parquet."),
    ],
    gradients: Annotated[
        bool,
        typer.Option("--gradients", help="The graph of gradients of windows, not that of scores."),
    ] = False,
    gallery: Annotated[
        bool, typer.Option("--with-gallery", help="Example genes and changes go into the page.")
    ] = False,
    with_map: Annotated[bool, typer.Option("--with-map", hidden=True)] = False,
    weights: Weights = None,
    atlas: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the latent map of this atlas or other AnnData (.h5ad, .zarr) as a page; "
            '"shipped" is the one that comes along.',
        ),
    ] = None,
    color: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="What colors the map at first.")
    ] = None,
    no_sequences: Annotated[
        bool, typer.Option("--no-sequences", help="Leave the atlas's sequences out of the page.")
    ] = False,
) -> None:
    """Write the splice classifier as an ONNX graph, or the inspector or a map as one page.

    The name of the output says which, and --atlas that it is a map: a page, or a table of its
    windows (.parquet), which embedding-atlas opens (--x x --y y --text sequence). A page (.html)
    needs no server and no network, and asks none: it can be mailed, or opened from a disk.

    The input of a graph (.onnx) is one-hot DNA of any length with 200 columns more on each side,
    its output the log-odds of a donor and of an acceptor at every base; with --gradients windows
    of 401 nt, and the gradient of the log-odds in their middle. Name, hash, calibration and license
    stand in its metadata.
    """
    if with_map:
        raise InputError(
            "The page has no map and no known sites: to place a sequence among them takes the "
            "autoencoder, which is not in it. Leave out --with-map, and see the map with dnaviz "
            "serve."
        )
    suffix = check_output(output, SUFFIXES if atlas is None else MAPS, atlas)
    if atlas is not None:
        others = {
            "--gradients": gradients, "--with-gallery": gallery, "--model": weights is not None,
        }  # fmt: skip
        if wrong := [option for option, given in others.items() if given]:
            raise InputError(f"{wrong[0]} does not go with --atlas: a map has no model in it.")
        if suffix == ".parquet":
            if color is not None or no_sequences:
                raise InputError("--color and --no-sequences are of a page, not of a table.")
            _write_table(output, atlas)
            return
        _write_map(output, atlas, color or "", sequences=not no_sequences)
        return
    if color is not None or no_sequences:
        option = "--color" if color is not None else "--no-sequences"
        raise InputError(f"{option} is of a map: name its atlas with --atlas.")
    if Path(output).name.lower() == "map.html":
        raise InputError(
            f"For a map, name its atlas: dnaviz export {output} --atlas FILE, or --atlas shipped. "
            "The splice inspector takes another name, as inspector.html."
        )
    from dnaviz.models import load_model
    from dnaviz.sealed.onnx_graph import gradient_graph, score_graph
    from dnaviz.sealed.plain_model import plain_model

    loaded = load_model(weights)
    model = plain_model(loaded)
    if output.lower().endswith(".html"):
        from dnaviz.sealed.inspector_page import inspector_page
        from dnaviz.sealed.page_ood import packed_ood

        page = inspector_page(model, ood=packed_ood(loaded.ood_model), gallery=gallery)
        write_output(output, page)
        return
    graph = gradient_graph(model) if gradients else score_graph(model)
    write_output(output, graph.SerializeToString())


def _write_table(output: str, source: str) -> None:
    from dnaviz.atlas.any_anndata import load_any_atlas
    from dnaviz.atlas.map_table import write_map_table
    from dnaviz.atlas.store import SHIPPED

    atlas, note, _ = load_any_atlas(SHIPPED if source == "shipped" else source)
    write_map_table(atlas, output)
    tell(_drawn(note))


def _drawn(note: str) -> list[str]:
    """What is drawn, of a note on an AnnData: what it lacks for the dashboard does not matter."""
    drawn = note[max(note.find("Drawn is"), 0) :].partition("; neighbors are")[0]
    return [f"{drawn.rstrip('.')}."] if drawn else []


def _write_map(output: str, source: str, color: str, *, sequences: bool) -> None:
    from dnaviz.atlas.any_anndata import load_any_atlas
    from dnaviz.atlas.store import SHIPPED
    from dnaviz.sealed.map_page import map_page

    atlas, note, _ = load_any_atlas(SHIPPED if source == "shipped" else source)
    note = " ".join(_drawn(note))
    write_output(output, map_page(atlas, color=color, note=note, sequences=sequences))
