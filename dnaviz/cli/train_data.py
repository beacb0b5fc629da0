"""What ``dnaviz train`` reads and where it writes: checked first, and told."""

import json
import os
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dnaviz.cli.streams import tell
from dnaviz.errors import InputError
from dnaviz.genome.accessions import chromosome_of_record
from dnaviz.sequences import shorten

if TYPE_CHECKING:
    from dnaviz.training.data.collect import Collection
    from dnaviz.training.data.splits import Splits


def check_output_folder(folder: Path) -> None:
    """Refuse a folder that cannot be made or written to, before long work begins."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise InputError(f'"{there}" is a file: name a folder to write to with -o.')
    if not os.access(there, os.W_OK):
        raise InputError(f'Nothing can be written in "{there}": permission denied.')


def genomes(
    fasta: list[Path] | None, annotation: list[Path] | None, introns: Path | None
) -> tuple[list[Path], list[tuple[Path, Path]]]:
    """All files that are given and exist, and each genome with its annotation."""
    fastas, annotations = fasta or [], annotation or []
    if len(fastas) != len(annotations):
        raise InputError(
            f"Each --fasta needs its --annotation, in the same order; given are {len(fastas)} "
            f"and {len(annotations)}."
        )
    files = [*fastas, *annotations, *([introns] if introns else [])]
    if not files:
        raise InputError("Nothing to train on: give --fasta with --annotation, or --introns.")
    for path in files:
        if not path.is_file():
            raise InputError(f"{path} does not exist.")
    return files, list(zip(fastas, annotations, strict=True))


def collected_data(
    fasta: list[Path] | None,
    annotation: list[Path] | None,
    introns: Path | None,
    threads: int,
    splits: "Splits",
) -> "tuple[Collection, dict[str, Any]]":
    """What classifiers are trained on, and what the config says of it."""
    import torch

    from dnaviz.training.data.chains import chain_stretches, read_chains
    from dnaviz.training.data.collect import collect
    from dnaviz.training.data.sources import checksums

    files, pairs = genomes(fasta, annotation, introns)
    if threads:
        torch.set_num_threads(threads)
    collected = collect(pairs, introns, splits)
    typer.echo(json.dumps(collected.counts))
    tell_left_out(collected, splits, introns)
    if introns and not collected.validation:
        chains = chain_stretches(read_chains(introns, ["validation"], splits))
        collected = collected._replace(validation=chains)
    return collected, {"data_sha256": checksums(files), "counts": collected.counts}


def tell_left_out(collected: "Collection", splits: "Splits", introns: Path | None) -> None:
    """Say what is not trained on, and what is though no chromosome is known of it."""
    from dnaviz.training.data.sources import Sources, chromosomes
    from dnaviz.training.data.splits import held_out_chromosomes

    tell(collected.notes)
    tell_absent(chain(*collected.held_out.values(), chromosomes(Sources(introns))), splits)
    for split, names in collected.held_out.items():
        if names:
            typer.echo(
                f"Held out, because {split} chromosomes are "
                f"{held_out_chromosomes(split, splits=splits)}: {_some(names)}.", err=True,
            )  # fmt: skip
    if bare := collected.without_genes:
        typer.echo(
            f"Left out, because the annotation has no gene on them: {_some(bare)}.", err=True
        )
    tell_unknown((s.chrom for s in collected.train), splits)


def tell_absent(names: Iterable[str], splits: "Splits") -> None:
    """Say what is to be held out, and is of none of the names, where it was chosen what is."""
    from dnaviz.training.data.splits import SPLITS, held_out_chromosomes, split_name

    if splits == SPLITS:
        return
    given = frozenset(map(split_name, names))
    absent = {split: chosen - given for split, chosen in splits.items()}
    tell(
        f"Nothing given is of {held_out_chromosomes(split, splits=absent)}, which --{split} holds "
        "out."
        for split, left in absent.items()
        if left
    )


def tell_learned(name: str, config: Mapping[str, Any], splits: "Splits") -> None:
    """Say if weights that are built on may have learned from what is held out here."""
    from dnaviz.training.data.splits import describe_learned

    held_out = splits["test"] | splits["validation"]
    tell(filter(None, [describe_learned(name, config, held_out)]))


def tell_unknown(names: Iterable[str], splits: "Splits") -> None:
    """Say which names of what is trained on are of no human chromosome that could be held out.

    Nothing is said where it was chosen what is held out.
    """
    from dnaviz.training.data.splits import SPLITS

    if splits != SPLITS:
        return
    unknown = [name for name in dict.fromkeys(names) if not chromosome_of_record(name)]
    if unknown:
        typer.echo(
            f"Trained on, though its name tells no human chromosome: {_some(unknown)}.",
            err=True,
        )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return ", ".join(shorten(name) for name in names[:5]) + more
