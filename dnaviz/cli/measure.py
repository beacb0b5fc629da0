"""``dnaviz measure``: figures beside the main ones of the model card."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dnaviz.cli.measure_genes import Output, Seed, genes, report
from dnaviz.cli.options import (
    Included,
    Introns,
    MaxEntScanTables,
    Second,
    Slices,
    TestGenes,
    TestGenome,
)
from dnaviz.cli.streams import check_output, read_annotation
from dnaviz.cli.train import Annotations, Genomes, Threads
from dnaviz.cli.train_data import collected_data
from dnaviz.errors import InputError

if TYPE_CHECKING:
    from dnaviz.models import Model
    from dnaviz.training.data.records import Record

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.command("genes")(genes)


Fasta = Annotated[Path | None, typer.Option(help="Genome with test chromosomes, FASTA.")]
Others = Annotated[
    list[str] | None,
    typer.Option("--other", metavar="NAME=FASTA", help="Another organism; repeat for more."),
]
Weights = Annotated[Path | None, typer.Option(help="Folder with checkpoints.")]
Number = Annotated[int, typer.Option(min=20, help="Stretches of each kind.")]


@app.command()
def familiarity(
    introns: Introns = None, slices: Slices = None, fasta: Fasta = None,
    annotation: Annotated[
        Path | None, typer.Option(help="Genes of --fasta, GFF3 or GTF: their exons are asked too.")
    ] = None,
    other: Others = None, output: Output = None, model: Weights = None, n: Number = 1000,
    seed: Seed = 0,
) -> None:  # fmt: skip
    """How often users are told that a sequence does not look human, when it does and when not."""
    from dnaviz.training.data.annotated import read_annotated
    from dnaviz.training.data.splits import SPLITS
    from dnaviz.training.evaluation.ood_evaluation import flagging_rates

    if annotation and not fasta:
        raise InputError("--annotation needs the genome it belongs to: give --fasta too.")
    loaded, human, others = _material(introns, slices, fasta, other, model)
    exons = read_annotated(fasta, annotation, SPLITS["test"]) if fasta and annotation else []
    report(flagging_rates(loaded, human, others, exons=exons, n=n, seed=seed), output)


@app.command()
def reconstruction(
    introns: Introns = None, slices: Slices = None, fasta: Fasta = None, other: Others = None,
    output: Output = None, model: Weights = None, n: Number = 1000, seed: Seed = 0,
) -> None:  # fmt: skip
    """How much of what users paste comes back: IUPAC codes, N runs, repeats, other organisms."""
    from dnaviz.training.evaluation.ood_evaluation import reconstruction_evaluation

    loaded, human, others = _material(introns, slices, fasta, other, model)
    report(reconstruction_evaluation(loaded, human, others, n=n, seed=seed), output)


@app.command()
def walks(
    introns: Introns = None, slices: Slices = None, fasta: Fasta = None, output: Output = None,
    model: Weights = None,
    n: Annotated[int, typer.Option(min=20, help="Pairs of sequences.")] = 300,
    seed: Seed = 0,
) -> None:  # fmt: skip
    """Whether the middle of a walk between two sequences in latent space is like human DNA."""
    from dnaviz.training.data.sources import Sources, load_records
    from dnaviz.training.evaluation.walks import walk_midpoints

    loaded, human, _ = _material(introns, slices, fasta, None, model)
    training = load_records(Sources(introns, slices, fasta), "train")
    report(walk_midpoints(loaded, human, training, n=n, seed=seed), output)


@app.command()
def variants(
    fasta: TestGenome, annotation: TestGenes, maxentscan: MaxEntScanTables = None,
    output: Output = None, model: Weights = None,
    n: Annotated[int, typer.Option(min=1, help="Exons whose variants are judged.")] = 300,
    seed: Seed = 0,
) -> None:  # fmt: skip
    """Whether deltas tell variants that break a site of a 170-nt fragment from those that do not.

    Measured variants are few: whether a site is broken is told by how often held-out genes have one
    at the changed motif, and what a variant inside an exon does by the enhancers and silencers
    (hexamers measured elsewhere) that it takes away or makes.
    """
    from dnaviz.genome.fasta import read_genome
    from dnaviz.genome.genes import scan_genes
    from dnaviz.models import load_model
    from dnaviz.training.data.splits import check_usual_splits, split_of
    from dnaviz.training.evaluation.exonic_motifs import exonic_motifs
    from dnaviz.training.evaluation.maxentscan import MaxEntScan
    from dnaviz.training.evaluation.synthetic_variants import evaluate_synthetic_variants

    baseline = MaxEntScan(maxentscan) if maxentscan else None
    held_out = [t for t in read_annotation(annotation) if split_of(t.chrom) == "test"]
    if not held_out:
        raise InputError(f"{annotation} has no transcript on a test chromosome.")
    genes = scan_genes(read_genome(fasta), held_out, n=len(held_out))
    scored = load_model(model)
    check_usual_splits(getattr(scored, "config", {}).values())
    figures = evaluate_synthetic_variants(scored, genes, baseline, most=n, seed=seed)
    report(figures + exonic_motifs(scored, genes, most=n, seed=seed), output)


@app.command()
def inclusion(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="IN.tsv",
            help="Columns sequence, exon_first, exon_last, position, ref, alt, delta_psi.",
        ),
    ],
    output: Output = None, model: Weights = None, seed: Seed = 0,
) -> None:  # fmt: skip
    """How well a variant's risk ranks measured changes of an exon's inclusion, and its fit.

    The exon is known in the first figures and found by the model in the others.
    """
    from dnaviz.models import load_model
    from dnaviz.splicing.exon_change import INTERCEPT, SLOPE, WEAK
    from dnaviz.training.evaluation.inclusion import inclusion as rank
    from dnaviz.training.evaluation.inclusion import read_measured

    measured = read_measured(table, load_model(model))
    figures = []
    for known in (True, False):
        metrics, fit = rank(measured, known=known, seed=seed)
        figures += metrics
        typer.echo(
            f"exon {'known' if known else 'found'}: weak {fit.weak:g}, intercept "
            f"{fit.intercept:.2f}, slope {fit.slope:.2f} (in use: {WEAK:g}, {INTERCEPT:.2f}, "
            f"{SLOPE:.2f})"
        )
    report(figures, output)


@app.command()
def latent(
    folders: Annotated[list[Path], typer.Argument(help="Folders with autoencoder.safetensors.")],
    windows: Annotated[Path, typer.Option(help="Labeled windows (see dnaviz dataset build).")],
    output: Output = None,
    n: Annotated[int, typer.Option(min=200, help="Windows used, of test chromosomes.")] = 4000,
    seed: Seed = 0,
) -> None:
    """What latents of autoencoders mean: neighbors, linear probe, few labels, beside 4-mers.

    The figures are named by the folders, so that objectives and architectures can be compared.
    """
    from dnaviz.models.architectures import load_autoencoder
    from dnaviz.training.data.site_windows import read_windows
    from dnaviz.training.evaluation.latent_probes import latent_probes

    table = read_windows(windows)
    table = table[table["split"] == "test"]
    if len(table) < 200:
        raise InputError(f"{windows} has {len(table)} windows of test chromosomes; 200 are needed.")
    models = {folder.name: load_autoencoder(folder)[0] for folder in folders}
    if len(models) < len(folders):
        raise InputError("Two folders have one name, which figures could not be told apart by.")
    report(latent_probes(models, table, most=n, seed=seed), output)


@app.command()
def rates(
    folder: Annotated[Path, typer.Argument(help="Keeps the runs; unfinished ones are resumed.")],
    introns: Introns = None, slices: Slices = None, fasta: Fasta = None, output: Output = None,
    sizes: Annotated[str, typer.Option(help="Floats of the latent.")] = "64,128,256,512",
    steps: Annotated[int, typer.Option(min=1, help="Optimizer steps for each.")] = 1000,
    n: Annotated[int, typer.Option(min=20, help="Windows of each length.")] = 300,
    seed: Seed = 0,
) -> None:  # fmt: skip
    """What the size of the latent buys: small trainings of equal budget, 50 to 400 nt read back."""
    from dnaviz.training.data.sources import Sources, check, load_records
    from dnaviz.training.evaluation.latent_size_sweep import SIZES
    from dnaviz.training.evaluation.latent_size_sweep import latent_size_sweep as train_all

    latent_sizes = tuple(int(w) if w.isdigit() else 0 for w in sizes.replace(",", " ").split())
    if not latent_sizes or not set(latent_sizes) <= set(SIZES):
        raise InputError(f"--sizes {sizes!r}: choose from {', '.join(map(str, SIZES))}.")
    sources = Sources(introns, slices, fasta)
    check(sources)
    train = load_records(sources, "train")
    test = load_records(sources, "test")
    report(train_all(train, test, folder, sizes=latent_sizes, steps=steps, n=n, seed=seed), output)


@app.command("data-amount")
def data_amount(
    folder: Annotated[Path, typer.Argument(help="Keeps the runs; unfinished ones are resumed.")],
    fasta: Genomes = None, annotation: Annotations = None, introns: Introns = None,
    output: Output = None,
    steps: Annotated[int, typer.Option(min=1, help="Optimizer steps for each.")] = 2000,
    threads: Threads = 0, seed: Seed = 0,
) -> None:  # fmt: skip
    """What more genes would bring: classifiers trained on 1/8 to all of the data, equally long."""
    from dnaviz.training.data.collect import SHORT, genes_of
    from dnaviz.training.data.splits import SPLITS
    from dnaviz.training.evaluation.amount_of_data import amount_of_data

    if output:
        check_output(output, (".json",))
    collected, _ = collected_data(fasta, annotation, introns, threads, SPLITS)
    unseen = genes_of(collected.validation)
    if not unseen:
        raise InputError("No gene of a validation chromosome (2 or 4) was given to measure on.")
    short = [s for s in collected.train if len(s.codes) <= SHORT and len(s.strands) > 1]
    seen = genes_of(short or collected.train, most=1_000_000)
    report(amount_of_data(collected.train, seen, unseen, folder, steps=steps, seed=seed), output)


@app.command()
def card(
    folder: Annotated[Path, typer.Argument(help="Folder with model_card.json.")],
    also: Included = None,
    second: Second = None,
) -> None:
    """Add figures to a model card that dnaviz evaluate wrote, without measuring it again."""
    from dnaviz.training.model_card.card import (
        check_parts,
        compare_seeds,
        include,
        read_card,
        static_text,
        write_card,
    )

    check_parts(also or [], second or [])
    content = read_card(folder) | static_text()
    include(content, also or [])
    if second:
        compare_seeds(content, second)
    write_card(folder, content)


def _material(
    introns: Path | None, slices: Path | None, fasta: Path | None, other: list[str] | None,
    model: Path | None,
) -> "tuple[Model, list[Record], dict[str, list[Record]]]":  # fmt: skip
    """The model, human records of test chromosomes, and other records by name."""
    from dnaviz.models import load_model
    from dnaviz.training.data.sources import Sources, check, load_records
    from dnaviz.training.data.splits import check_usual_splits
    from dnaviz.training.evaluation.ood_evaluation import read_records

    sources = Sources(introns, slices, fasta)
    check(sources)
    others = {}
    for word in other or []:
        name, equals, path = word.partition("=")
        if not equals or not name or not path:
            raise InputError(f"--other {word!r}: give a name and a file, as plant=plant.fa.gz.")
        others[name] = read_records(Path(path))
    loaded = load_model(model)
    check_usual_splits(loaded.config.values())
    return loaded, load_records(sources, "test"), others


@app.command()
def published(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="The whole table, .tsv or .json."),
    ] = None,
    model: Weights = None,
) -> None:
    """Published splice variants: what was found in RNA, what is predicted, whether they agree."""
    from dnaviz import models
    from dnaviz.splicing.published import (
        compare,
        comparison_table,
        published_variants,
        write_comparison,
    )

    if output is not None:
        check_output(output, (".tsv", ".json"))
    loaded = models.load_model(None if model is None else str(model))
    table = comparison_table([compare(one, loaded) for one in published_variants()])
    if output is not None:
        write_comparison(table, loaded, output)
    shown = ["gene", "change", "published", "predicted", "agreement", "gene was"]
    print(table[shown].to_string(index=False))
    print(f"{len(table)} variants of {table['gene'].nunique()} genes:")
    counts = table.groupby(["gene was", "agreement"]).size().unstack(fill_value=0)
    print(counts.to_string())
