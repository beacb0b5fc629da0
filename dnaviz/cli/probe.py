"""``dnaviz probe``: what the autoencoder is worth for a user's own labels."""

import json
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dnaviz.cli.streams import check_output
from dnaviz.errors import InputError
from dnaviz.io.atomic import atomic_write
from dnaviz.sequences import shorten

if TYPE_CHECKING:
    from dnaviz.training.data.labeled import LabeledData


def command(
    train: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Labeled sequences, FASTA or TSV.")
    ] = None,
    test: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Labeled sequences to measure on.")
    ] = None,
    positive: Annotated[
        Path | None, typer.Option(metavar="FASTA", help="Positive examples, instead of --train.")
    ] = None,
    negative: Annotated[
        Path | None, typer.Option(metavar="FASTA", help="Negative examples, with --positive.")
    ] = None,
    test_positive: Annotated[
        Path | None, typer.Option(metavar="FASTA", help="Positive examples to measure on.")
    ] = None,
    test_negative: Annotated[
        Path | None, typer.Option(metavar="FASTA", help="Negative examples to measure on.")
    ] = None,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Parts of a cross-validation, without a test file.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="OUT.json", help="Where figures go.")
    ] = None,
    label_fractions: Annotated[
        str, typer.Option(help='Learning curve: shares or numbers of labels, as "0.01,0.1,500".')
    ] = "",
    chart: Annotated[
        Path | None, typer.Option(metavar="CHART.svg", help="Draw the learning curve there.")
    ] = None,
    draws: Annotated[
        int | None, typer.Option(min=2, help="Draws of each number; one a fold, or 5, if not said.")
    ] = None,
    curve_only: Annotated[
        bool, typer.Option("--curve-only", help="The learning curve alone, not all labels.")
    ] = False,
    methods: Annotated[
        str, typer.Option(help='Which to compare, as "prior,scratch"; all if not said.')
    ] = "",
    examples: Annotated[
        int | None, typer.Option(min=10, help="Use that many of the training examples only.")
    ] = None,
    positive_label: Annotated[
        str | None, typer.Option(help="Which of two labels is the positive one.")
    ] = None,
    introns: Annotated[
        Path | None,
        typer.Option(help="Table the autoencoder was trained on: overlaps are counted."),
    ] = None,
    slices: Annotated[
        Path | None,
        typer.Option(help="Genomic slices the autoencoder was trained on: overlaps are counted."),
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder with other weights.")] = None,
    reader: Annotated[
        Path | None, typer.Option(help="Folder with another masked reader, for the prior.")
    ] = None,
    members: Annotated[
        int | None, typer.Option(min=1, help="Networks that are averaged; fewer are faster.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the examples.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimizer steps at least.")] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes side by side; 0: one for each core.")
    ] = 0,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Of folds, draws, weights and batches.")
    ] = 0,
) -> None:
    """Learn your labels in several ways, and see what a prior is worth.

    k-mer counts with logistic regression (kmer), likeness by the bases near the middle and by the
    words on either side of it (bases), the same with what the masked reader thinks of the middle
    (prior), the network fine-tuned from the autoencoder, the same network from scratch, the means
    of bases or prior with the latter, which counts a third (bases_network, prior_network), and that
    of prior and the fine-tuned network (prior_fine_tuned), each with accuracy, AUROC, average
    precision, Matthews' correlation and their 95 % intervals. With up to 2,000 labels take
    prior_network, with 3,500 and more prior_fine_tuned.

    Sequences of one length (20 to 2,000 nt) come with their labels as FASTA (the header says
    label=NAME, or its last word is the label), as a table with the columns id, sequence and label,
    or as two FASTA files (--positive, --negative). They are measured on --test, or by
    cross-validation (--folds, 5 by default). With -o, a killed run goes on when the command is
    given again.
    """
    from dnaviz.figures.card_charts import learning_curve
    from dnaviz.figures.card_sheet import chart_sheet
    from dnaviz.training.model_card.metrics_io import as_row, command_line
    from dnaviz.training.probe import experiment
    from dnaviz.training.probe.methods import ProbeRecipe
    from dnaviz.training.probe.run import NEEDS, run_probe

    for path, suffixes in ((output, (".json",)), (chart, (".svg",))):
        if path:
            check_output(path, suffixes, train, test, positive, negative)
    sizes, chosen = _sizes(label_fractions), _methods(methods)
    if (curve_only or chart) and not sizes:
        asked = "--curve-only" if curve_only else "--chart"
        raise InputError(f"{asked} needs --label-fractions: how many labels to learn from.")
    for needed in NEEDS:  # missing, they are named before the work, not behind it
        import_module(needed)
    data = _read(train, positive, negative, positive_label, "train")
    held_out = None
    if test or test_positive or test_negative:
        if folds:
            raise InputError("Give a test file or --folds, not both.")
        held_out = _read(test, test_positive, test_negative, None, "test", data.classes)
    _say_read(data)
    if examples and examples < len(data.labels):
        data = experiment.draw_few(data, examples, seed)
    seen = _seen(introns, slices, held_out or data)
    recipe = ProbeRecipe()
    recipe = recipe._replace(
        members=members or recipe.members,
        epochs=epochs or recipe.epochs,
        least_steps=steps or recipe.least_steps,
    )
    folder = output.with_name(output.name + ".run") if output else None
    report = {"command": command_line()} | run_probe(
        data,
        held_out,
        folds=folds or 5,
        methods=chosen,
        all_labels=not curve_only,
        sizes=sizes,
        draws=draws or 0,
        recipe=recipe,
        model=model,
        reader=reader,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        folder=folder,
    )
    report |= seen
    name = (output or chart or Path("these")).stem.removesuffix("_few_labels")
    if curve_only:
        figures = experiment.few_labels(report["learning_curve"], name)
        report["figures"] = [as_row(figure) for figure in figures]
    typer.echo(_table(report, chosen))
    if chart:
        with atomic_write(chart) as file:
            file.write(chart_sheet([learning_curve({"name": name} | report)]))
    if output:
        with atomic_write(output) as file:
            file.write(json.dumps(report, indent=1) + "\n")
        if folder and folder.is_dir():
            shutil.rmtree(folder)


def _say_read(data: "LabeledData") -> None:
    """Tell what was read, so that a label that is none is noticed."""
    from dnaviz.training.data.labeled import contradicted

    counts = ", ".join(
        f"{int((data.labels == number).sum()):,} {shorten(name)}"
        for number, name in enumerate(data.classes)
    )
    which = f" (positive: {shorten(data.classes[1])})" if len(data.classes) == 2 else ""
    _say(f"{len(data.labels):,} sequences of {data.codes.shape[1]} nt: {counts}{which}.")
    if twice := contradicted(data):
        _say(f"{twice:,} sequences stand under more than one label.")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _sizes(text: str) -> list[float]:
    """Shares up to 1, or numbers of labels."""
    try:
        sizes = [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        sizes = [0.0]
    if any(not 0 < size < float("inf") for size in sizes):
        raise InputError(
            f'--label-fractions {text!r}: give shares up to 1 or numbers of labels, as "0.01,0.1".'
        )
    return sizes


def _methods(text: str) -> list[str]:
    """The methods of a list, all for none, in the order they are shown in."""
    from dnaviz.training.probe.methods import METHODS

    words = text.replace(",", " ").split()
    if unknown := [word for word in words if word not in METHODS]:
        raise InputError(
            f"--methods: there is no method {shorten(unknown[0])}; "
            f"choose from {', '.join(METHODS)}."
        )
    return [method for method in METHODS if method in words or not words]


def _read(
    file: Path | None, positive: Path | None, negative: Path | None, label: str | None, what: str,
    classes: list[str] | None = None,
) -> "LabeledData":  # fmt: skip
    from dnaviz.training.data.labeled import read_labeled, read_pair

    option = "--test-" if what == "test" else "--"
    if (positive is None) != (negative is None):
        raise InputError(f"{option}positive and {option}negative go together.")
    if file and positive:
        raise InputError(f"Give --{what} or {option}positive and {option}negative, not both.")
    if file:
        return read_labeled(file, classes=classes, positive=label)
    if positive and negative:
        if label:
            raise InputError("--positive-label is for --train; --positive says it already.")
        pair = read_pair(positive, negative)
        if classes and classes != pair.classes:
            named = " and ".join(classes)
            raise InputError(f"The training labels are {named}, not positive and negative.")
        return pair
    raise InputError(
        "There is nothing to learn from: give --train FILE, or --positive and --negative."
    )


def _seen(introns: Path | None, slices: Path | None, measured: "LabeledData") -> dict[str, int]:
    """How many of the measured sequences the autoencoder has seen, if that can be told."""
    from dnaviz.training.data.labeled import overlapping
    from dnaviz.training.data.sources import Sources, check, load_records

    if not introns and not slices:
        _say("Overlaps with what the autoencoder has seen: not counted without its training data "
             "(--introns, --slices).")  # fmt: skip
        return {}
    sources = Sources(introns, slices)
    check(sources)
    overlaps = int(overlapping(measured.codes, load_records(sources, "train")).sum())
    _say(f"{overlaps:,} of {len(measured.labels):,} measured sequences overlap what the "
         "autoencoder was trained on (without labels).")  # fmt: skip
    return {"test_sequences_seen_by_autoencoder": overlaps}


def _table(report: dict[str, Any], methods: list[str]) -> str:
    from dnaviz.training.probe.experiment import MEASURES, pairs

    lines: list[str] = []
    if measured := [method for method in methods if method in report]:
        lines += ["| method | " + " | ".join(MEASURES) + " |"]
        lines += ["| --- " * (len(MEASURES) + 1) + "|"]
        for method in measured:
            row = report[method]
            cells = [
                f"{row[m]:.4f} ({row['interval_95'][m][0]:.4f}-{row['interval_95'][m][1]:.4f})"
                for m in MEASURES
            ]
            lines.append(f"| {method} | " + " | ".join(cells) + " |")
        lines.append("")
        lines += [
            f"{_named(pair)}: accuracy {_spread(gain['accuracy'], gain['interval_95'])}"
            for pair in pairs(measured)
            if (gain := report["_minus_".join(pair)])
        ]
        lines += [
            "errors by class: "
            + "; ".join(
                f"{m} " + ", ".join(f"{c} {e:.1%}" for c, e in report[m]["error_by_class"].items())
                for m in measured
            )
        ]
    for row in report.get("learning_curve", []):
        shown = ", ".join(f"{m} {row[m]['accuracy']['mean']:.4f}" for m in methods)
        gains = [
            f"; {_named(pair)} {_spread(gain['mean'], gain['interval_95'])}"
            for pair in pairs(methods)
            if (gain := row["_minus_".join(pair)]["accuracy"])
        ]
        lines.append(
            f"{row['labels']} labels, {row['draws']} draws: accuracy {shown}{''.join(gains)}"
        )
    return "\n".join(lines)


def _named(pair: tuple[str, str]) -> str:
    names = {"fine_tuned": "fine-tuned", "scratch": "from scratch"}
    return " minus ".join(names.get(method, method) for method in pair)


def _spread(mean: float, interval: list[float]) -> str:
    return f"{mean:+.4f} ({interval[0]:+.4f} to {interval[1]:+.4f})"
