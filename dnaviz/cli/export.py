"""``dnaviz export``: the classifier for other runtimes, and the inspector as one page."""

from typing import Annotated

import typer

from dnaviz.cli.streams import Weights, check_output, open_output
from dnaviz.errors import InputError

SUFFIXES = (".onnx", ".html")


def command(
    output: Annotated[str, typer.Argument(metavar="OUT", help="An .onnx or an .html file.")],
    gradients: Annotated[
        bool,
        typer.Option("--gradients", help="The graph of gradients of windows, not that of scores."),
    ] = False,
    gallery: Annotated[
        bool, typer.Option("--with-gallery", help="Example genes and changes go into the page.")
    ] = False,
    with_map: Annotated[bool, typer.Option("--with-map", hidden=True)] = False,
    weights: Weights = None,
) -> None:
    """Write the splice classifier as an ONNX graph, or the splice inspector as one page.

    The name of the output says which. The page (.html) needs no server and no network, and asks
    none: it can be mailed, or opened from a disk.

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
    check_output(output, SUFFIXES)
    from dnaviz.models import load_model
    from dnaviz.sealed.onnx_graph import gradient_graph, score_graph
    from dnaviz.sealed.plain_model import plain_model

    loaded = load_model(weights)
    model = plain_model(loaded)
    if output.lower().endswith(".html"):
        from dnaviz.sealed.inspector_page import inspector_page
        from dnaviz.sealed.page_ood import packed_ood

        with open_output(output) as page:
            page.write(inspector_page(model, ood=packed_ood(loaded.ood_model), gallery=gallery))
        return
    graph = gradient_graph(model) if gradients else score_graph(model)
    with open_output(output, "wb") as file:
        file.write(graph.SerializeToString())
