"""``dnaviz dataset``: labeled windows from a genome, and public data to begin with."""

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dnaviz.cli.options import TestChromosomes, ValidationChromosomes
from dnaviz.cli.streams import check_output, read_annotation, tell
from dnaviz.errors import InputError
from dnaviz.io.atomic import atomic_path, check_writable

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(no_args_is_help=True, add_completion=False)

FASTA = typer.Option(metavar="FASTA", help="A genome, plain or .gz.")
ANNOTATION = typer.Option(metavar="GFF3|GTF", help="Its annotation, plain or .gz.")
INTRONS = typer.Option(metavar="TSV", help="A table of introns, as `dataset fetch` writes it.")


@app.command()
def build(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="A .tsv[.gz].")],
    fasta: Annotated[Path | None, FASTA] = None,
    annotation: Annotated[Path | None, ANNOTATION] = None,
    introns: Annotated[Path | None, INTRONS] = None,
    window: Annotated[int, typer.Option(help="Length of a window in nt.")] = 200,
    decoys_per_site: Annotated[float, typer.Option(help="Decoys for each site.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Decides which decoys are drawn.")] = 0,
    test: TestChromosomes = None,
    validation: ValidationChromosomes = None,
) -> None:
    """Cut a labeled window around every splice site, and around decoys.

    Decoys are GT and AG that no transcript of their strand splices at, in exons, in introns and
    between genes. Windows that stand in several splits are dropped from all but one: test keeps
    them, training loses them. Where a chromosome is both in the genome and in the table of
    introns, the genome is used.
    """
    suffix = check_output(output, (".tsv", ".tsv.gz"), fasta, annotation, introns)
    if (fasta is None) != (annotation is None):
        raise InputError("A genome and its annotation go together: give --fasta and --annotation.")
    if fasta is None and introns is None:
        raise InputError("Nothing to build from: give --fasta and --annotation, or --introns.")
    from dnaviz.training.data.splits import chosen_splits, split_name

    splits = chosen_splits(test, validation)

    import pandas as pd

    from dnaviz.genome.accessions import canonical_contig
    from dnaviz.genome.contigs import named_as
    from dnaviz.genome.fasta import read_genome
    from dnaviz.io.spreadsheet import spreadsheet_text
    from dnaviz.training.data.deduplicate import deduplicate
    from dnaviz.training.data.intron_windows import label_intron_windows
    from dnaviz.training.data.introns import read_introns
    from dnaviz.training.data.site_windows import label_windows

    tables = []
    if fasta and annotation:
        genome, transcripts = read_genome(fasta), read_annotation(annotation)
        _tell_elsewhere(
            fasta,
            len(transcripts),
            sum(t.chrom not in genome for t in named_as(genome, transcripts)),
        )
        tables.append(
            label_windows(
                genome, transcripts, window=window,
                decoys_per_site=decoys_per_site, seed=seed, splits=splits,
            )
        )  # fmt: skip
    if introns:
        table = read_introns(introns)
        if tables:
            there = {canonical_contig(chrom) for chrom in tables[0]["chrom"].unique()}
            table = table[~table["chrom"].map(canonical_contig).isin(there)]
        tables.append(
            label_intron_windows(
                table, window=window, decoys_per_site=decoys_per_site, seed=seed, splits=splits
            )
        )
    windows, drops = deduplicate(pd.concat(tables, ignore_index=True))
    if windows.empty:
        raise InputError("No window can be cut from these files: they hold no usable splice site.")
    with atomic_path(output) as temporary:
        text = spreadsheet_text(windows).encode("utf-8")
        # Neither the time nor the temporary name: the same windows, the same file.
        temporary.write_bytes(gzip.compress(text, mtime=0) if suffix == ".tsv.gz" else text)
    for split, chosen in (("test", test), ("validation", validation)):
        absent = splits[split] - set(windows["chrom"].map(split_name))
        if chosen and absent:
            tell([f"No window lies on {', '.join(sorted(absent))[:200]}, given by --{split}."])
    _print_counts(windows)
    print(
        f"Dropped: {drops.repeated:,} repeated within a split; across splits {drops.identical:,} "
        f"identical and {drops.similar:,} near-identical "
        f"({', '.join(f'{split} {n:,}' for split, n in drops.by_split.items())})."
    )
    print(f"{len(windows):,} windows of {window} nt written to {output}.")


@app.command()
def check(
    fasta: Annotated[Path, FASTA],
    annotation: Annotated[Path | None, ANNOTATION] = None,
) -> None:
    """Say what is read of a genome and its annotation, and index both in the user's cache.

    What of them is left out, or not read as usual, is told on standard error.
    """
    from dnaviz.genome.accessions import canonical_contig
    from dnaviz.genome.regions import Regions

    regions = Regions(fasta, annotation)
    lengths = regions.lengths
    print(f"{fasta}: {len(lengths):,} records, {sum(lengths.values()):,} bases")
    if regions.annotation is not None:
        transcripts, elsewhere = regions.annotation.counts(map(canonical_contig, lengths))
        print(f"{annotation}: {transcripts:,} transcripts")
        _tell_elsewhere(fasta, transcripts, elsewhere)
    tell(regions.notes)


@app.command()
def fetch(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="A folder.")],
) -> None:
    """Bring human data to train and evaluate with: chromosome 19 and a table of introns.

    Chromosome 19 with Ensembl 91's annotation and 30,155 reference introns come, by pip, inside
    the package intronIC 3.0.0; every file is verified. Other genomes and annotations (Ensembl,
    GENCODE) are used by path: see `dnaviz dataset build`.
    """
    from dnaviz.training.data.fetch import fetch as bring

    bring(output, report=print)


@app.command()
def examples(
    fasta: Annotated[Path, FASTA],
    annotation: Annotated[Path, ANNOTATION],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="A folder.")],
) -> None:
    """Write the gallery of example genes anew (examples.fa.gz and examples.json)."""
    from dnaviz.genome.fasta import read_genome
    from dnaviz.training.data.gallery import build_examples, write_examples

    check_writable(output / "examples.json")
    gallery = build_examples(read_genome(fasta), read_annotation(annotation))
    for path in write_examples(gallery, output):
        print(f"{path}: {len(gallery.examples)} examples, {len(gallery.variants)} known changes")


@app.command()
def consensus(
    introns: Annotated[Path, INTRONS],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="A .json.")],
) -> None:
    """Count the consensus of donors and acceptors on the training chromosomes."""
    from dnaviz.training.data.consensus import build_consensus, write_consensus
    from dnaviz.training.data.introns import read_introns

    check_output(output, (".json",), introns)
    counted = build_consensus(read_introns(introns), f"{introns.name}, training chromosomes")
    write_consensus(counted, output)
    counts = " and ".join(f"{count:,} {site}s" for site, count in counted.counts.items())
    print(f"{output}: {counts}")


def _tell_elsewhere(fasta: Path, transcripts: int, elsewhere: int) -> None:
    if elsewhere:
        tell([f"{fasta}: {elsewhere:,} of {transcripts:,} transcripts lie on none of its records."])


def _print_counts(windows: "pd.DataFrame") -> None:
    counts = windows.groupby(["label", "context", "split"]).size().unstack(fill_value=0)
    columns = [split for split in ("train", "validation", "test") if split in counts]
    print(f"{'label':<10} {'context':<11}" + "".join(f"{split:>12}" for split in columns))
    for group, row in zip(counts.index.to_list(), counts[columns].to_numpy(), strict=True):
        label, context = group
        print(f"{label:<10} {context:<11}" + "".join(f"{n:>12,}" for n in row))
