"""``dnaviz compare-explanations``: one site, explained by several models, below each other."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dnaviz.cli.options import POSITION, Baseline, Method, Record, Site, SiteStrand
from dnaviz.cli.streams import (
    Input,
    RemoveGaps,
    check_output,
    choose_record,
    read_input,
    show_progress,
    write_output,
)
from dnaviz.errors import InputError

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

SUFFIXES = (".html", ".svg", ".tsv")
SHIPPED = "shipped"


def command(
    source: Input,
    *,
    position: Annotated[int, POSITION],
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
    site: Site = "donor",
    strand: SiteStrand = "+",
    method: Method = "integrated_gradients",
    baseline: Baseline = "uniform",
    record: Record = None,
    remove_gaps: RemoveGaps = False,
) -> None:
    """Put the explanations of one site by several models below each other.

    The page (.html) has a logo for each model on the same columns and scale, the checks of each
    on this site (completeness, deletion, random weights, implanted motif), and how alike they are;
    .svg has the logos alone, .tsv every base with each model's contribution. Models without
    gradients are explained by mutagenesis.

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
    write_output(output, text)
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
