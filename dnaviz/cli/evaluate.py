"""``dnaviz evaluate``: the model card's figures, from held-out data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dnaviz.cli.options import (
    Included,
    Introns,
    MaxEntScanTables,
    Second,
    Slices,
    TestGenes,
    TestGenome,
)
from dnaviz.errors import InputError
from dnaviz.io.atomic import check_writable

if TYPE_CHECKING:
    import pandas as pd


def command(
    fasta: TestGenome,
    annotation: TestGenes,
    introns: Introns = None,
    slices: Slices = None,
    maxentscan: MaxEntScanTables = None,
    model: Annotated[Path | None, typer.Option(help="Folder with checkpoints.")] = None,
    genes: Annotated[int, typer.Option(min=1, help="Genes to scan.")] = 300,
    card: Annotated[
        Path | None, typer.Option(help="Folder to write model_card.md and .json into.")
    ] = None,
    also: Included = None,
    second: Second = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the decoys and of the genes drawn.")] = 0,
) -> None:
    """Measure the models on test chromosomes (1, 3, 5, 7, 9, 19) and print every figure."""
    from dnaviz.cli.streams import read_annotation
    from dnaviz.genome.fasta import read_genome
    from dnaviz.genome.genes import scan_genes
    from dnaviz.models import load_model
    from dnaviz.training.data.site_windows import label_windows
    from dnaviz.training.data.sources import Sources, check, load_records
    from dnaviz.training.data.splits import check_usual_splits, split_of
    from dnaviz.training.evaluation import evaluate
    from dnaviz.training.evaluation.error_analysis import missed_by_kind, worst_errors
    from dnaviz.training.evaluation.fragment_evaluation import fragment_scans, fragment_sites
    from dnaviz.training.evaluation.maxentscan import MaxEntScan
    from dnaviz.training.evaluation.reliability import reliability
    from dnaviz.training.model_card.card import card as make_card
    from dnaviz.training.model_card.card import check_parts, compare_seeds, include, write_card
    from dnaviz.training.model_card.text import table

    sources = Sources(introns, slices, fasta)
    check(sources)
    if card:
        check_writable(card / "model_card.json")
    if (also or second) and not card:
        raise InputError("--include and --second add to a card: say with --card where it goes.")
    check_parts(also or [], second or [])
    scored = load_model(model)
    check_usual_splits(getattr(scored, "config", {}).values())
    baseline = MaxEntScan(maxentscan) if maxentscan else None
    genome, transcripts = read_genome(fasta), read_annotation(annotation)
    held_out = [t for t in transcripts if split_of(t.chrom) == "test"]
    if not held_out:
        raise InputError(f"{annotation} has no transcript on a test chromosome.")
    windows = label_windows(genome, held_out, seed=seed)
    of_introns = _intron_windows(introns, set(windows["chrom"]), seed) if introns else None
    drawn = scan_genes(genome, held_out, genes, seed=seed)
    figures = evaluate.reconstruction(scored, load_records(sources, "test"))
    typer.echo(table(figures))
    more = evaluate.classification(scored, windows, baseline, "Windows of every annotated site")
    if of_introns is not None:
        title = f"Windows of the intron table, {', '.join(sorted(set(of_introns['chrom'])))}"
        more += evaluate.classification(scored, of_introns, baseline, title)
        more += evaluate.neighbor_accuracy(scored, of_introns, f"Latent, {title.lower()}")
    more += evaluate.neighbor_accuracy(scored, windows, "Latent, windows of every annotated site")
    more += missed_by_kind(scored, windows)
    typer.echo(table(more))
    figures += more
    scores = evaluate.scan_scores(scored, drawn, baseline)
    more = evaluate.scanning(scores, len(drawn))
    typer.echo(table(more))
    figures += more
    more = fragment_sites(scored, drawn, baseline) + fragment_scans(scored, drawn[::3])
    typer.echo(table(more))
    figures += more
    if card:
        points = {
            site: reliability(scores.truth[site], scores.probabilities[site])
            for site in evaluate.DECOY_LABELS
        }
        content = make_card(
            scored, figures, failures=worst_errors(scored, windows), reliability=points
        )
        include(content, also or [])
        if second:
            compare_seeds(content, second)
        write_card(card, content)


def _intron_windows(introns: Path, genome_chroms: set[str], seed: int) -> "pd.DataFrame | None":
    """Windows of the intron table's test chromosomes, but for those that the genome is there of."""
    from dnaviz.genome.accessions import canonical_contig
    from dnaviz.training.data.intron_windows import label_intron_windows
    from dnaviz.training.data.introns import read_introns

    windows = label_intron_windows(read_introns(introns), seed=seed)
    there = windows["chrom"].map(canonical_contig).isin(map(canonical_contig, genome_chroms))
    test_windows = windows[(windows["split"] == "test") & ~there]
    return test_windows if len(test_windows) else None
