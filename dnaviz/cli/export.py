"""``dnaviz export``: the classifier for other runtimes."""

from typing import Annotated

import typer

from dnaviz.cli.streams import Weights, check_output, open_output

SUFFIXES = (".onnx",)


def command(
    output: Annotated[str, typer.Argument(metavar="OUT", help="An .onnx file.")],
    gradients: Annotated[
        bool,
        typer.Option("--gradients", help="The graph of gradients of windows, not that of scores."),
    ] = False,
    weights: Weights = None,
) -> None:
    """Write the splice classifier as an ONNX graph.

    Its input is one-hot DNA of any length with 200 columns more on each side, its output the
    log-odds of a donor and of an acceptor at every base; with --gradients windows of 401 nt, and
    the gradient of the log-odds in their middle. Name, hash, calibration and license stand in its
    metadata.
    """
    check_output(output, SUFFIXES)
    from dnaviz.models import load_model
    from dnaviz.sealed.onnx_graph import gradient_graph, score_graph
    from dnaviz.sealed.plain_model import plain_model

    model = plain_model(load_model(weights))
    graph = gradient_graph(model) if gradients else score_graph(model)
    with open_output(output, "wb") as file:
        file.write(graph.SerializeToString())
