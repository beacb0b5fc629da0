"""``dnaviz train``: the weights from data."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dnaviz.cli.streams import tell
from dnaviz.errors import InputError

if TYPE_CHECKING:
    from dnaviz.models.classifier import PositionClassifier
    from dnaviz.training.data.sources import Sources, TrainingData

app = typer.Typer(help="Train the autoencoder, the splice classifier and its teachers.")

Introns = Annotated[Path | None, typer.Option(help="Table of introns (see dnaviz dataset fetch).")]
Slices = Annotated[Path | None, typer.Option(help="Folder of genomic slices with their genes.")]
Fasta = Annotated[Path | None, typer.Option(help="Genome, FASTA, plain or gzipped.")]
Annotation = Annotated[Path | None, typer.Option(help="Its genes, GFF3 or GTF.")]
Genomes = Annotated[
    list[Path] | None, typer.Option(help="Genome, FASTA; repeat for more, each annotated.")
]
Annotations = Annotated[
    list[Path] | None, typer.Option(help="Genes of each genome, GFF3 or GTF, in that order.")
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for run and weights.")]
Steps = Annotated[int, typer.Option(min=1, help="Optimizer steps.")]
Seed = Annotated[int, typer.Option(help="Of weights, batches and noise.")]
Vary = Annotated[bool, typer.Option(help="Vary what surrounds a site from crop to crop.")]
Threads = Annotated[int, typer.Option(min=0, help="CPU threads; 0 lets PyTorch choose.")]


def _prepare(sources: "Sources", threads: int) -> None:
    import torch

    from dnaviz.training.data.sources import check

    check(sources)
    if threads:
        torch.set_num_threads(threads)


def _config(
    data_sha256: dict[str, str], settings: dict[str, Any], seconds: float
) -> dict[str, Any]:
    import torch

    from dnaviz.training.data.introns import SPLITS
    from dnaviz.training.model_card.metrics_io import command_line

    return {
        "architecture": "convolutional",
        "command": command_line(),
        "data_sha256": data_sha256,
        "split": {name: sorted(chroms) for name, chroms in SPLITS.items()} | {"train": "others"},
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
    annotation: Annotation = None,
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
    batch: Annotated[int, typer.Option(min=2, help="Windows a step.")] = 32,
    seed: Seed = 0,
    threads: Threads = 0,
) -> None:
    """Train the sequence-to-sequence autoencoder; no label is used.

    Chromosomes decide what is trained on: 1, 3, 5, 7, 9 and 19 never (test), 2 and 4 never
    (validation). A killed run goes on where it stood when the command is given again.
    """
    from dnaviz.models.architectures import ARCHITECTURES
    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.training.data.sources import Sources, load_training_data
    from dnaviz.training.fit.autoencoder import train_autoencoder
    from dnaviz.training.fit.objectives import objective as check_objective

    sources = Sources(introns, slices, fasta, annotation)
    if architecture not in ARCHITECTURES:
        raise InputError(
            f"There is no architecture {architecture!r}: choose from {', '.join(ARCHITECTURES)}."
        )
    objective = objective or ("sketch" if architecture == "convolutional" else "plain")
    check_objective(objective, architecture)
    _prepare(sources, threads)
    train = load_training_data(sources, "train", tell).records()
    validation = load_training_data(sources, "validation").records()
    settings = {"steps": steps, "batch": batch, "seed": seed}
    model, seconds = train_autoencoder(
        train, validation, output / "autoencoder-run",
        architecture=architecture, objective=objective, **settings,
    )  # fmt: skip
    config = _config(sources.checksums(), settings | {"objective": objective}, seconds)
    save_checkpoint(output, "autoencoder", model, config | {"architecture": architecture})
    typer.echo(f"{output / 'autoencoder.safetensors'} after {seconds / 60:.1f} minutes")


@app.command()
def classifier(
    output: Output,
    fasta: Genomes = None,
    annotation: Annotations = None,
    introns: Introns = None,
    plan: Annotated[str, typer.Option(help="Size of the network: 64 or 32 channels.")] = "64",
    teacher: Annotated[
        list[Path] | None,
        typer.Option(metavar="<path>", help="Folder with such a classifier to learn from; repeat."),
    ] = None,
    peak: Annotated[float, typer.Option(min=1e-6, max=1, help="Highest learning rate.")] = 3e-3,
    steps: Steps = 13_500,
    batch: Annotated[int, typer.Option(min=2, help="Crops of 500 positions a step.")] = 32,
    seed: Seed = 0,
    threads: Threads = 0,
) -> None:
    """Train the splice classifier on whole genomes, on a GPU where there is one.

    Learns from both strands of every training chromosome, between genes too, and from introns of
    a table. The same split by chromosome and the same resuming as for the autoencoder. With
    --teacher it is asked mostly for the mean of their probabilities.
    """
    import torch

    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.models.plain import PLANS, load_plain
    from dnaviz.training.data.collect import collect, genes_of, strands_of
    from dnaviz.training.data.sources import checksums
    from dnaviz.training.fit.calibrate import calibrate_on
    from dnaviz.training.fit.plain import PlainRecipe, train_plain

    files, pairs = _genomes(fasta, annotation, introns)
    if plan not in PLANS:
        raise InputError(f"There is no plan {plan!r}: choose from {', '.join(PLANS)}.")
    if threads:
        torch.set_num_threads(threads)
    taught = [load_plain(folder) for folder in teacher or []]
    teachers = {told["weights_sha256"]: model for model, told in taught}
    if len(teachers) < len(taught):
        raise InputError("--teacher: the same weights are given twice.")
    collected = collect(pairs, introns)
    typer.echo(json.dumps(collected.counts))
    genes = genes_of(collected.validation)
    recipe = PlainRecipe(steps=steps, batch=batch, peak=peak, seed=seed)
    model, seconds = train_plain(
        collected.train,
        genes,
        output / "classifier-run",
        plan=plan,
        teachers=teachers,
        recipe=recipe,
    )
    report = calibrate_on(model, *strands_of(genes)) if genes else {}
    settings = recipe._asdict() | {"mix": recipe.mix._asdict(), "counts": collected.counts}
    config = _config(checksums(files), settings, seconds) | {
        "architecture": "plain",
        "plan": plan,
        "teachers": [{"weights_sha256": key} for key in teachers],
        "calibration": report,
    }
    save_checkpoint(output, "classifier", model, config)
    typer.echo(f"{output / 'classifier.safetensors'} after {seconds / 60:.1f} minutes")
    if not genes:
        typer.echo(
            "No gene of a validation chromosome (2 or 4) was given: probabilities are not "
            "calibrated.", err=True,
        )  # fmt: skip


def _genomes(
    fasta: list[Path] | None, annotation: list[Path] | None, introns: Path | None
) -> tuple[list[Path], list[tuple[Path, Path]]]:
    """All files that are given and exist, and each genome with its annotation."""
    genomes, annotations = fasta or [], annotation or []
    if len(genomes) != len(annotations):
        raise InputError(
            f"Each --fasta needs its --annotation, in the same order; given are {len(genomes)} "
            f"and {len(annotations)}."
        )
    files = [*genomes, *annotations, *([introns] if introns else [])]
    if not files:
        raise InputError("Nothing to train on: give --fasta with --annotation, or --introns.")
    for path in files:
        if not path.is_file():
            raise InputError(f"{path} does not exist.")
    return files, list(zip(genomes, annotations, strict=True))


@app.command("fine-tuned")
def fine_tuned(
    output: Output,
    introns: Introns = None,
    slices: Slices = None,
    fasta: Fasta = None,
    annotation: Annotation = None,
    prior: Annotated[
        Path | None, typer.Option(help="Folder with the autoencoder to start from.")
    ] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="<path>", help="Folder with a classifier to learn from; repeat for more."
        ),
    ] = None,
    look: Annotated[
        str, typer.Option(help='"deep": residual blocks over slots; "wide": all slots at once.')
    ] = "deep",
    peak: Annotated[float, typer.Option(min=1e-6, max=1, help="Highest learning rate.")] = 2e-3,
    vary: Vary = True,
    steps: Steps = 8000,
    batch: Annotated[int, typer.Option(min=2, help="Crops of 400 positions a step.")] = 32,
    seed: Seed = 0,
    threads: Threads = 0,
) -> None:
    """Train version 0.1's classifiers: fine-tuned from an autoencoder, and on its frozen latents.

    Without --prior: the autoencoder in the output folder. With --teacher: starts as the first of
    them that has its look, else with the body of the first that has one, and is asked mostly for
    the mean of their probabilities. The same split by chromosome and the same resuming as for the
    autoencoder.
    """
    from dnaviz.models.architectures import load_autoencoder
    from dnaviz.models.autoencoder import Autoencoder
    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.models.classifier import CONTEXT_HEADS, SpliceHeads
    from dnaviz.training.data.sources import Sources
    from dnaviz.training.fit.calibrate import calibrate
    from dnaviz.training.fit.classifier import TrainingRecipe, train_classifier, train_frozen

    sources = Sources(introns, slices, fasta, annotation)
    if look not in CONTEXT_HEADS:
        raise InputError(f"There is no look {look!r}: choose from {', '.join(CONTEXT_HEADS)}.")
    _prepare(sources, threads)
    folder = prior or output
    if not (folder / "autoencoder.json").is_file():
        raise InputError(
            f"{folder} holds no autoencoder: run dnaviz train autoencoder first, or give --prior."
        )
    encoder, start = load_autoencoder(folder)
    if not isinstance(encoder, Autoencoder):
        raise InputError(f"{folder}: only a convolutional autoencoder can be fine-tuned.")
    teachers, taught_by = _teachers(teacher or [])
    train, validation = _annotated(sources)
    settings: dict[str, Any] = {
        "steps": steps, "batch": batch, "peak": peak, "seed": seed, "vary": vary,
    }  # fmt: skip
    model, seconds = train_classifier(
        train, validation, output / "splice-run", prior=encoder, context_head=look,
        teachers=teachers, recipe=TrainingRecipe(**settings),
    )  # fmt: skip
    report = calibrate(model, validation)
    typer.echo(json.dumps(report))
    heads = SpliceHeads(look)
    heads.fine_tuned.load_state_dict(model.state_dict())
    heads.frozen.load_state_dict(train_frozen(encoder, train, seed).state_dict())
    config = _config(sources.checksums(), settings, seconds) | {
        "look": look,
        "prior_sha256": start["weights_sha256"],
        "teachers": taught_by,
        "calibration": report,
    }
    save_checkpoint(output, "splice", heads, config)
    typer.echo(f"{output / 'splice.safetensors'} after {seconds / 60:.1f} minutes")


@app.command()
def teacher(
    output: Output,
    introns: Introns = None,
    slices: Slices = None,
    fasta: Fasta = None,
    annotation: Annotation = None,
    architecture: Annotated[str, typer.Option(help='"dilated" or "dilated-wide".')] = "dilated",
    vary: Vary = True,
    steps: Steps = 8000,
    seed: Seed = 0,
    threads: Threads = 0,
) -> None:
    """Train a classifier of another architecture, for --teacher of dnaviz train fine-tuned.

    The same split by chromosome and the same resuming as for the others.
    """
    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.training.data.sources import Sources
    from dnaviz.training.fit.classifier import TrainingRecipe, train_dilated
    from dnaviz.training.networks.dilated import PLANS

    sources = Sources(introns, slices, fasta, annotation)
    if architecture not in PLANS:
        raise InputError(
            f"There is no architecture {architecture!r}: choose from {', '.join(PLANS)}."
        )
    _prepare(sources, threads)
    train, validation = _annotated(sources)
    recipe = TrainingRecipe(steps=steps, seed=seed, vary=vary)
    model, seconds = train_dilated(
        train, validation, output / "teacher-run", plan=PLANS[architecture], recipe=recipe
    )
    config = _config(sources.checksums(), recipe._asdict(), seconds) | {
        "architecture": architecture
    }
    save_checkpoint(output, "teacher", model, config)
    typer.echo(f"{output / 'teacher.safetensors'} after {seconds / 60:.1f} minutes")


def _annotated(sources: "Sources") -> "tuple[TrainingData, TrainingData]":
    """Introns and genes of training and of validation chromosomes; there are some of both."""
    from dnaviz.training.data.sources import load_training_data

    train, validation = (
        load_training_data(sources, "train", tell),
        load_training_data(sources, "validation"),
    )
    for name, material in (("training", train), ("validation", validation)):
        if not material.introns and not material.genes:
            raise InputError(f"There are no annotated splice sites on {name} chromosomes.")
    return train, validation


def _teachers(folders: list[Path]) -> "tuple[dict[str, PositionClassifier], list[dict[str, Any]]]":
    """Classifiers of folders by the checksum of their weights, and what is to be said of them."""
    from dnaviz.models.architectures import load_heads
    from dnaviz.training.networks.dilated import load_dilated

    teachers: dict[str, PositionClassifier] = {}
    taught_by = []
    for folder in folders:
        model: PositionClassifier
        if (folder / "teacher.json").is_file():
            if (folder / "splice.json").is_file():
                raise InputError(f"--teacher {folder} holds two classifiers, splice and teacher.")
            model, teacher_config = load_dilated(folder)
        else:
            heads, teacher_config = load_heads(folder)
            model = heads.fine_tuned
        kept_keys = ("command", "look", "training_seconds", "weights_sha256", "teachers")
        taught_by.append({key: teacher_config[key] for key in kept_keys if teacher_config.get(key)})
        if teacher_config["weights_sha256"] in teachers:
            raise InputError(f"--teacher {folder}: the same weights are given twice.")
        teachers[teacher_config["weights_sha256"]] = model
    return teachers, taught_by


@app.command()
def familiarity(
    output: Output, fasta: Genomes = None, annotation: Annotations = None, introns: Introns = None,
    seed: Seed = 0,
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
    from dnaviz.training.fit.ood import train_ood_model

    files, pairs = _genomes(fasta, annotation, introns)
    started = monotonic()
    collection = collect(pairs, introns)
    chains = chain_stretches(read_chains(introns, ["validation"])) if introns else []
    model = train_ood_model(collection.train, collection.validation + chains, seed=seed)
    config = _config(checksums(files), {"seed": seed}, monotonic() - started)
    config.pop("architecture")
    save_checkpoint(output, "familiarity", model, config)
    typer.echo(f"{output / 'familiarity.safetensors'}")
