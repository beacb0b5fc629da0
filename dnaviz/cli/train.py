"""``dnaviz train``: the weights from data."""

import math
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dnaviz.cli.options import Introns, Slices, TestChromosomes, ValidationChromosomes
from dnaviz.cli.train_data import (
    check_output_folder,
    collected_data,
    genomes,
    tell_absent,
    tell_learned,
    tell_left_out,
    tell_unknown,
)
from dnaviz.errors import InputError

if TYPE_CHECKING:
    from dnaviz.models.classifier import PositionClassifier
    from dnaviz.training.data.sources import Sources
    from dnaviz.training.data.splits import Splits
    from dnaviz.training.fit.classifier import Genes, TrainingRecipe

app = typer.Typer(help="Train the autoencoder and the splice classifiers.")

Fasta = Annotated[Path | None, typer.Option(help="Genome, FASTA, plain or gzipped.")]
Genomes = Annotated[
    list[Path] | None, typer.Option(help="Genome, FASTA; repeat for more, each annotated.")
]
Annotations = Annotated[
    list[Path] | None, typer.Option(help="Genes of each genome, GFF3 or GTF, in that order.")
]
Teachers = Annotated[
    list[Path] | None,
    typer.Option(metavar="<path>", help="Folder with a classifier to learn from; repeat."),
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for run and weights.")]
Steps = Annotated[int, typer.Option(min=1, help="Optimizer steps.")]
Seed = Annotated[int, typer.Option(min=0, help="Of weights, batches and noise.")]
Batch = Annotated[int, typer.Option(min=2, help="Windows or crops a step.")]
Threads = Annotated[int, typer.Option(min=0, help="CPU threads; 0 lets PyTorch choose.")]


def _prepare(sources: "Sources", threads: int) -> None:
    import torch

    from dnaviz.training.data.sources import check

    check(sources)
    if threads:
        torch.set_num_threads(threads)


def _config(settings: dict[str, Any], seconds: float, splits: "Splits") -> dict[str, Any]:
    import torch

    from dnaviz.training.model_card.metrics_io import command_line

    return {
        "command": command_line(),
        "split": {name: sorted(chroms) for name, chroms in splits.items()} | {"train": "others"},
        "settings": settings,
        "training_seconds": round(seconds),
        "training_threads": torch.get_num_threads(),
    }


@app.command()
def autoencoder(
    output: Output,
    introns: Introns = None,
    slices: Slices = None,
    fasta: Fasta = None,
    architecture: Annotated[
        str, typer.Option(help='"convolutional", or "recurrent" as in the paper.')
    ] = "convolutional",
    objective: Annotated[
        str,
        typer.Option(
            help="Beside the bases: sketch, denoising, masking, contrastive, variational, "
            "or plain for nothing."
        ),
    ] = "",
    steps: Steps = 4500,
    batch: Batch = 32,
    test: TestChromosomes = None,
    validation: ValidationChromosomes = None,
    seed: Seed = 0,
    threads: Threads = 0,
) -> None:
    """Train the sequence-to-sequence autoencoder; no label is used.

    Chromosomes decide what is trained on: those of --test and of --validation never. A killed run
    goes on where it stood when the command is given again.
    """
    from dnaviz.models.architectures import ARCHITECTURES
    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.training.data.sources import Sources, chromosomes, load_records
    from dnaviz.training.data.splits import chosen_splits
    from dnaviz.training.fit.autoencoder import train_autoencoder
    from dnaviz.training.fit.objectives import objective as check_objective

    check_output_folder(output)
    splits = chosen_splits(test, validation)
    sources = Sources(introns, slices, fasta)
    if architecture not in ARCHITECTURES:
        raise InputError(
            f"There is no architecture {architecture!r}: choose from {', '.join(ARCHITECTURES)}."
        )
    objective = objective or ("sketch" if architecture == "convolutional" else "plain")
    check_objective(objective, architecture)
    _prepare(sources, threads)
    records = {split: load_records(sources, split, splits) for split in ("train", "validation")}
    tell_unknown((record.chrom for record in records["train"]), splits)
    tell_absent(chromosomes(sources), splits)
    settings = {"steps": steps, "batch": batch, "seed": seed}
    model, seconds = train_autoencoder(
        records["train"], records["validation"], output / "autoencoder-run",
        architecture=architecture, objective=objective, **settings,
    )  # fmt: skip
    config = _config(settings | {"objective": objective}, seconds, splits) | {
        "architecture": architecture,
        "data_sha256": sources.checksums(),
    }
    save_checkpoint(output, "autoencoder", model, config)
    typer.echo(f"{output / 'autoencoder.safetensors'} after {seconds / 60:.1f} minutes")


@app.command()
def reader(
    output: Output,
    introns: Introns = None,
    other_introns: Annotated[
        list[Path] | None,
        typer.Option(help="Table of introns of another organism, without places; repeat."),
    ] = None,
    fasta: Fasta = None,
    start: Annotated[
        Path | None, typer.Option(help="Folder with the autoencoder to start from, else shipped.")
    ] = None,
    steps: Steps = 6000,
    batch: Batch = 32,
    test: TestChromosomes = None,
    validation: ValidationChromosomes = None,
    seed: Seed = 0,
    threads: Threads = 0,
) -> None:
    """Train the masked reader, the prior of dnaviz probe; no label is used.

    It learns to fill in hidden bases of windows anywhere in the introns, with the exon beside them,
    and in the genome: 60 % of them from the human introns, 25 % from the others, 15 % from the
    genome. The same split by chromosome and the same resuming as for the autoencoder.
    """
    from dnaviz.models.architectures import load_autoencoder
    from dnaviz.models.autoencoder import Autoencoder
    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.models.model import ASSETS
    from dnaviz.training.data.records import plain_introns
    from dnaviz.training.data.sources import Sources, checksums, chromosomes, load_records
    from dnaviz.training.data.splits import chosen_splits
    from dnaviz.training.fit.reader import train_reader

    check_output_folder(output)
    others, splits = other_introns or [], chosen_splits(test, validation)
    groups = [Sources(introns=introns), Sources(fasta=fasta)]
    _prepare(Sources(introns, None, fasta), threads)
    encoder, start_config = load_autoencoder(start or ASSETS)
    tell_learned(str(start or "The shipped autoencoder"), start_config, splits)
    if not isinstance(encoder, Autoencoder):
        raise InputError("The reader starts from a convolutional autoencoder only.")
    records = [load_records(group, "train", splits) if any(group) else [] for group in groups]
    tell_unknown((record.chrom for group in records for record in group), splits)
    tell_absent(chain.from_iterable(map(chromosomes, groups)), splits)
    records.insert(1, [record for path in others for record in plain_introns(path)])
    shares = dict(zip((0.6, 0.25, 0.15), records, strict=True))
    settings = {"steps": steps, "batch": batch, "seed": seed}
    model, seconds = train_reader(
        [found for found in shares.values() if found],
        [share for share, found in shares.items() if found],
        output / "reader-run", start=encoder, **settings,
    )  # fmt: skip
    files = [file for group in groups for file in group.files()] + others
    config = _config(settings, seconds, splits) | {"data_sha256": checksums(files)}
    save_checkpoint(output, "reader", model, config)
    typer.echo(f"{output / 'reader.safetensors'} after {seconds / 60:.1f} minutes")


@app.command()
def classifier(
    output: Output,
    fasta: Genomes = None,
    annotation: Annotations = None,
    introns: Introns = None,
    plan: Annotated[str, typer.Option(help="Size of the network: 64 or 32 channels.")] = "64",
    start: Annotated[
        Path | None,
        typer.Option(metavar="<path>", help="Folder with a classifier of the plan to go on from."),
    ] = None,
    teacher: Teachers = None,
    peak: Annotated[float, typer.Option(min=1e-6, max=1, help="Highest learning rate.")] = 3e-3,
    steps: Steps = 13_500,
    batch: Batch = 32,
    width: Annotated[int, typer.Option(min=100, help="Positions of a crop with a label.")] = 500,
    test: TestChromosomes = None,
    validation: ValidationChromosomes = None,
    seed: Seed = 0,
    threads: Threads = 0,
) -> None:
    """Train the splice classifier on whole genomes, on a GPU where there is one.

    Learns from both strands of every training chromosome, between genes too, and from introns of
    a table. The same split by chromosome and the same resuming as for the autoencoder. With
    --start it goes on from another training. With --teacher it is asked mostly for the mean of
    their probabilities, and starts as the first of them of its plan unless --start says otherwise.
    """
    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.models.plain import PLANS, load_plain
    from dnaviz.training.data.collect import genes_of
    from dnaviz.training.data.splits import chosen_splits
    from dnaviz.training.fit.classifier import TrainingRecipe, check_start, train_plain

    check_output_folder(output)
    if plan not in PLANS:
        raise InputError(f"There is no plan {plan!r}: choose from {', '.join(PLANS)}.")
    start_model, start_config = load_plain(start) if start else (None, {})
    check_start(start_model, plan)
    splits = chosen_splits(test, validation)
    collected, config = collected_data(fasta, annotation, introns, threads, splits)
    teachers, config["teachers"] = _teachers(teacher or [], splits)
    if start:
        tell_learned(str(start), start_config, splits)
        config["start"] = _provenance(start_config)
    recipe = TrainingRecipe(steps=steps, batch=batch, width=width, peak=peak, seed=seed)
    genes = genes_of(collected.validation)
    model, seconds = train_plain(
        collected.train, genes, output / "classifier-run",
        plan=plan, start=start_model, teachers=teachers, recipe=recipe,
    )  # fmt: skip
    config |= {"architecture": "plain", "plan": plan}
    config |= _trained(model, genes, recipe, seconds, splits)
    save_checkpoint(output, "classifier", model, config)
    typer.echo(f"{output / 'classifier.safetensors'} after {seconds / 60:.1f} minutes")


@app.command("fine-tuned")
def fine_tuned(
    output: Output,
    fasta: Genomes = None,
    annotation: Annotations = None,
    introns: Introns = None,
    prior: Annotated[
        Path | None, typer.Option(help="Folder with the autoencoder to start from.")
    ] = None,
    teacher: Teachers = None,
    peak: Annotated[float, typer.Option(min=1e-6, max=1, help="Highest learning rate.")] = 2e-3,
    steps: Steps = 8000,
    batch: Batch = 32,
    test: TestChromosomes = None,
    validation: ValidationChromosomes = None,
    seed: Seed = 0,
    threads: Threads = 0,
) -> None:
    """Train classifiers on the autoencoder: fine-tuned from it, and on its frozen latents.

    Without --prior: the autoencoder in the output folder. With --teacher: starts as the first of
    them that is fine-tuned too, and is asked mostly for the mean of their probabilities. Data,
    split and resuming as for dnaviz train classifier.
    """
    from dnaviz.models.architectures import load_autoencoder
    from dnaviz.models.autoencoder import Autoencoder
    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.models.classifier import SpliceHeads
    from dnaviz.training.data.collect import genes_of, strands_of
    from dnaviz.training.data.splits import chosen_splits
    from dnaviz.training.fit.classifier import TrainingRecipe, train_fine_tuned
    from dnaviz.training.fit.frozen import train_frozen

    check_output_folder(output)
    folder = prior or output
    if not (folder / "autoencoder.json").is_file():
        raise InputError(
            f"{folder} holds no autoencoder: run dnaviz train autoencoder first, or give --prior."
        )
    encoder, start = load_autoencoder(folder)
    if not isinstance(encoder, Autoencoder):
        raise InputError(f"{folder}: only a convolutional autoencoder can be fine-tuned.")
    splits = chosen_splits(test, validation)
    tell_learned(str(folder), start, splits)
    collected, config = collected_data(fasta, annotation, introns, threads, splits)
    teachers, config["teachers"] = _teachers(teacher or [], splits)
    recipe = TrainingRecipe(steps=steps, batch=batch, width=400, peak=peak, seed=seed)
    genes = genes_of(collected.validation)
    model, seconds = train_fine_tuned(
        collected.train, genes, output / "splice-run",
        prior=encoder, teachers=teachers, recipe=recipe,
    )  # fmt: skip
    config["prior_sha256"] = start["weights_sha256"]
    config |= _trained(model, genes, recipe, seconds, splits)
    heads = SpliceHeads()
    heads.fine_tuned.load_state_dict(model.state_dict())
    sites, _ = strands_of(genes_of(collected.train, most=20_000_000))
    heads.frozen.load_state_dict(train_frozen(encoder, sites, seed).state_dict())
    save_checkpoint(output, "splice", heads, config)
    typer.echo(f"{output / 'splice.safetensors'} after {seconds / 60:.1f} minutes")


def _trained(
    model: "PositionClassifier", genes: "Genes", recipe: "TrainingRecipe",
    seconds: float, splits: "Splits",
) -> dict[str, Any]:  # fmt: skip
    """Calibrate on validation genes, if there are any; what the config says of all that."""
    from dnaviz.training.data.collect import strands_of, to_calibrate_on
    from dnaviz.training.data.splits import held_out_chromosomes
    from dnaviz.training.fit.calibrate import calibrate

    report = calibrate(model, *strands_of(to_calibrate_on(genes))) if genes else {}
    if not genes:
        names = held_out_chromosomes("validation", splits=splits)
        typer.echo(
            f"No gene of a validation chromosome ({names}) was given: probabilities are not "
            "calibrated.", err=True,
        )  # fmt: skip
    settings = recipe._asdict() | {"mix": recipe.mix._asdict()}
    # An error of no positions is no number, which JSON has not.
    figures = {name: value for name, value in report.items() if math.isfinite(value)}
    return _config(settings, seconds, splits) | {"calibration": figures}


def _teachers(
    folders: list[Path], splits: "Splits"
) -> "tuple[dict[str, PositionClassifier], list[dict[str, Any]]]":
    """Classifiers of folders by the checksum of their weights, and what is to be said of them."""
    from dnaviz.models.checkpoint import load_checkpoint
    from dnaviz.models.classifier import SpliceHeads
    from dnaviz.models.plain import load_plain

    teachers: dict[str, PositionClassifier] = {}
    taught_by = []
    for folder in folders:
        model: PositionClassifier
        if (folder / "classifier.json").is_file():
            model, config = load_plain(folder)
        else:
            heads = SpliceHeads()
            config = load_checkpoint(folder, "splice", heads)
            model = heads.fine_tuned
        tell_learned(str(folder), config, splits)
        taught_by.append(_provenance(config))
        if config["weights_sha256"] in teachers:
            raise InputError(f"--teacher {folder}: the same weights are given twice.")
        teachers[config["weights_sha256"]] = model
    return teachers, taught_by


def _provenance(config: dict[str, Any]) -> dict[str, Any]:
    """What is said of a classifier that another learned or started from."""
    kept = ("command", "note", "training_seconds", "weights_sha256", "start", "teachers")
    return {key: config[key] for key in kept if config.get(key)}


@app.command()
def familiarity(
    output: Output, fasta: Genomes = None, annotation: Annotations = None, introns: Introns = None,
    test: TestChromosomes = None, validation: ValidationChromosomes = None, seed: Seed = 0,
) -> None:  # fmt: skip
    """Learn what human DNA looks like, to tell users when theirs does not.

    A small network learns from training chromosomes, and is calibrated by how stretches of
    validation chromosomes spread, a third of them around exons. Takes a few minutes.
    """
    from time import monotonic

    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.training.data.chains import chain_stretches, read_chains
    from dnaviz.training.data.collect import collect
    from dnaviz.training.data.sources import checksums
    from dnaviz.training.data.splits import chosen_splits
    from dnaviz.training.fit.ood import train_ood_model

    check_output_folder(output)
    files, pairs = genomes(fasta, annotation, introns)
    started = monotonic()
    splits = chosen_splits(test, validation)
    collection = collect(pairs, introns, splits)
    tell_left_out(collection, splits, introns)
    chains = chain_stretches(read_chains(introns, ["validation"], splits)) if introns else []
    model = train_ood_model(collection.train, collection.validation + chains, seed=seed)
    config = _config({"seed": seed}, monotonic() - started, splits)
    config["data_sha256"] = checksums(files)
    save_checkpoint(output, "familiarity", model, config)
    typer.echo(f"{output / 'familiarity.safetensors'}")
