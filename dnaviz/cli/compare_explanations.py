"""``dnaviz compare-explanations``: one site, explained by several models, below each other."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dnaviz.cli.streams import (
    Input,
    RemoveGaps,
    check_output,
    choose_record,
    open_output,
    read_input,
    show_progress,
)
from dnaviz.errors import InputError

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

SUFFIXES = (".html", ".svg", ".tsv")
SHIPPED = "shipped"


def command(
    source: Input,
    *,
    position: Annotated[
        int,
        typer.Option(
            metavar="P", help="1-based, forward: first base of the intron (donor) or last."
        ),
    ],
    model: Annotated[
        list[str],
        typer.Option(
            metavar="MODEL",
            help='Given for each: "shipped", a folder, an .onnx of dnaviz export, or '
            "FILE.py:FACTORY.",
        ),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="OUT", help="An .html, .svg or .tsv.")
    ],
    site: Annotated[str, typer.Option(metavar="donor|acceptor", help="Kind of site.")] = "donor",
    strand: Annotated[str, typer.Option(metavar="+|-", help="Strand of the site.")] = "+",
    method: Annotated[
        str,
        typer.Option(
            metavar="METHOD",
            help="integrated_gradients, input_x_gradient, occlusion or mutagenesis; models without "
            "gradients are explained by mutagenesis.",
        ),
    ] = "integrated_gradients",
    baseline: Annotated[
        str, typer.Option(metavar="BASELINE", help="uniform, zeros or shuffles.")
    ] = "uniform",
    record: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Which record, by name or number, where there are several."
        ),
    ] = None,
    remove_gaps: RemoveGaps = False,
) -> None:
    """Put the explanations of one site by several models below each other.

    The page (.html) has a logo for each model on the same columns and scale, the checks of each
    on this site (completeness, deletion, random weights, implanted motif), and how alike they are;
    .svg has the logos alone, .tsv every base with each model's contribution.

    A network in PyTorch takes a few lines: dnaviz.models.SiteNetwork.
    """
    kind = check_output(output, SUFFIXES, source)
    chosen = choose_record(read_input(source, remove_gaps=remove_gaps), record)

    from dnaviz.io.spreadsheet import spreadsheet_text
    from dnaviz.report.comparison import (
        compare_explanations,
        comparison_figure,
        comparison_report,
        comparison_table,
    )

    models = [load(name) for name in model]
    with show_progress(len(models), "Explaining") as advance:
        rows = compare_explanations(
            chosen, models, position=position, site=site, strand=strand, method=method,
            baseline=baseline, progress=lambda fraction: advance(1),
        )  # fmt: skip
    if kind == ".html":
        text = comparison_report(rows, chosen)
    elif kind == ".svg":
        text = comparison_figure(rows)
    else:
        text = spreadsheet_text(comparison_table(rows))
    with open_output(output) as out:
        out.write(text)
    for row in rows:
        typer.echo(f"{row.title}. {row.attribution.verdict}", err=True)


def load(name: str) -> "SiteScorer":
    """Return the model that a text names: it needs to score windows, and no more."""
    from dnaviz.io.factory import call_factory, factory_name
    from dnaviz.models import load_model, require

    loaded: Any
    if name == SHIPPED:
        return load_model()
    if name.lower().endswith(".onnx"):
        from dnaviz.models.onnx_scorer import load_onnx

        return load_onnx(name)  # type: ignore[return-value]
    if not (factory := factory_name(name)):
        return load_model(name)
    loaded = call_factory(factory)
    for part in ("name", "context"):
        if not hasattr(loaded, part):
            raise InputError(f"What {factory} returns is no model of sites: it has no {part}.")
    require(loaded, "score_windows")
    return loaded
