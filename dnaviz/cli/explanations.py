"""``dnaviz explanations``: are the explanations right? Figures on held-out sites."""

from pathlib import Path
from typing import Annotated

import typer

from dnaviz.cli.streams import Weights
from dnaviz.io.atomic import check_writable


def command(
    sites: Annotated[int, typer.Option(min=5, help="True donors and acceptors, of each.")] = 250,
    windows: Annotated[int, typer.Option(min=5, help="Windows for completeness.")] = 1_000,
    implants: Annotated[int, typer.Option(min=5, help="Donors implanted.")] = 1_000,
    atlas: Annotated[
        str | None, typer.Option(metavar="FILE", help="Held-out windows; the shipped atlas.")
    ] = None,
    weights: Weights = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder to write explanations.json into.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn.")] = 0,
) -> None:
    """Measure the explanations on held-out sites and print every figure.

    For each method and baseline: whether contributions add up to the score; how the mean
    attribution of true sites correlates with the consensus; whether an implanted donor holds the
    peak; how much more the ten highest bases matter than ten random ones; how alike the
    attributions of a network of random weights are.
    """
    from dnaviz.atlas import load_atlas
    from dnaviz.models import load_model
    from dnaviz.training.evaluation import attribution_checks
    from dnaviz.training.model_card.metrics_io import command_line

    if output:
        check_writable(output / "explanations.json")
    model = load_model(weights)
    sample = attribution_checks.draw(load_atlas(atlas), sites, windows, seed)
    checks = []
    for check in attribution_checks.measure(model, sample, implants=implants, seed=seed):
        typer.echo(attribution_checks.line(check))
        checks.append(check)
        if output:  # after each: a run that is cut short keeps what it knows
            attribution_checks.write_checks(checks, model, command_line(), output)
    failed = sum(not check.passed for check in checks)
    typer.echo(f"{len(checks) - failed} of {len(checks)} figures reach their bar.")
