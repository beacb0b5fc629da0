"""``dnaviz measure genes``: the splice sites of whole held-out genes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dnaviz.cli.options import MaxEntScanTables, TestChromosomes, TestGenes, ValidationChromosomes
from dnaviz.cli.streams import check_output, tell
from dnaviz.errors import InputError

if TYPE_CHECKING:
    from dnaviz.models import Model
    from dnaviz.training.data.splits import Splits
    from dnaviz.training.evaluation.evaluate import Metric


def _check_json(output: Path | None) -> Path | None:
    if output is not None:
        check_output(output, (".json",))
    return output


Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="OUT.json", help="For the model card.", callback=_check_json
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Of the stretches drawn.")]


def genes(
    fasta: Annotated[Path, typer.Option(help="Genome or regions (chr7_NAME), FASTA.")],
    annotation: TestGenes,
    model: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder with checkpoints, or module:factory; repeat to compare. Default: shipped."
        ),
    ] = None,
    split: Annotated[str, typer.Option(help='"validation" or "test" chromosomes.')] = "test",
    test: TestChromosomes = None,
    validation: ValidationChromosomes = None,
    maxentscan: MaxEntScanTables = None,
    other_strand: Annotated[
        bool, typer.Option("--other-strand", help="Measure the genes' other strand, too.")
    ] = False,
    fit: Annotated[
        bool,
        typer.Option("--fit", help="Print which constants fit validation genes best, too."),
    ] = False,
    output: Output = None,
    n: Annotated[int, typer.Option(min=1, help="Genes at most.")] = 300,
    longest: Annotated[int, typer.Option(min=1, help="nt of the longest gene.")] = 60_000,
    seed: Seed = 0,
) -> None:  # fmt: skip
    """Every position of whole genes: top-k accuracy, average precision, calibration.

    Truth is every site of the gene, and those of its canonical transcript alone. The file has the
    curves of precision against recall, too. On the other strand, sites of genes that the annotation
    lacks count as mistakes: give one of the whole genome or chromosome. How often the transcribed
    strand is told from the sequence is measured with it. With --fit, what would fit these genes
    best is printed beside what is in use: what sites tell of each other, and, with the other
    strand, how much composition and sites tell of which one is transcribed. Without --test and
    --validation the chromosomes are those that the models were trained without.
    """
    from dnaviz.models import load_model
    from dnaviz.training.evaluation.joint_fit import describe_fits, describe_pieces
    from dnaviz.training.evaluation.maxentscan import MaxEntScan
    from dnaviz.training.evaluation.strands import measure_strands
    from dnaviz.training.evaluation.whole_genes import (
        curves,
        held_out_genes,
        measure_antisense,
        measure_exons,
        measure_genes,
        rank_genes,
        score_genes,
    )

    if split not in ("validation", "test"):
        raise InputError(f"There is no split {split!r} to measure on: validation or test.")
    if fit and split == "test":
        raise InputError("Nothing is fitted on test genes: --fit goes with --split validation.")
    if fit and (test, validation) != (None, None):
        raise InputError("--fit is for the chromosomes that the weights were trained without.")
    scored = [load_model(folder) for folder in model or ()] or [load_model()]
    chosen = _splits(scored, split, test, validation)
    baseline = MaxEntScan(maxentscan) if maxentscan else None
    held_out = held_out_genes(fasta, annotation, split, chosen, n=n, longest=longest, seed=seed)
    chroms = f"{len(held_out)} {split} genes of {fasta.name}"
    figures: list[Metric] = []
    drawn = []
    for one in scored:
        scores = score_genes(one.score_positions, held_out)
        figures += measure_genes(scores, held_out, one.name, chroms, one.context)
        figures += measure_exons(scores, held_out, one.name, chroms, one.context)
        drawn += curves(scores, held_out, one.name)
        other = None
        if other_strand:
            other = score_genes(one.score_positions, held_out, antisense=True)
            figures += measure_antisense(other, held_out, one.name, chroms)
            figures += measure_strands(scores, other, held_out, one.name, chroms)
        if fit:
            for sentence in (
                *describe_fits(one.name, scores, other, held_out, seed),
                *describe_pieces(one.name, one.score_positions, held_out, seed),
            ):
                typer.echo(sentence)
    if baseline:
        scores = score_genes(baseline.score_positions, held_out)
        figures += rank_genes(scores, held_out, "MaxEntScan", chroms)
        drawn += curves(scores, held_out, "MaxEntScan", calibrated=False)
    report(figures, output, drawn)


def _splits(
    models: "list[Model]", split: str, test: str | None, validation: str | None
) -> "Splits":
    """Return what is held out: as said, else as the models' weights were trained."""
    from dnaviz.training.data.splits import chosen_splits, describe_learned, recorded_splits

    if test is None and validation is None:
        return recorded_splits(map(_noted, models))
    chosen = chosen_splits(test, validation)
    sentences = (describe_learned(one.name, _noted(one), chosen[split]) for one in models)
    tell(filter(None, sentences))
    return chosen


def _noted(model: "Model") -> dict[str, Any]:
    """Return what is noted beside the weights that score sites; nothing without a checkpoint."""
    config = getattr(model, "config", {})
    return config.get("classifier") or config.get("splice", {})


def report(
    figures: "list[Metric]", output: Path | None, curves: list[dict[str, Any]] | None = None
) -> None:
    """Print figures as a table, and write them, with curves, for the model card."""
    from dnaviz.training.model_card.metrics_io import write_figures
    from dnaviz.training.model_card.text import table

    typer.echo(table(figures))
    if output:
        write_figures(output, figures, curves)
