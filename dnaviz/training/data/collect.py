"""Everything there is to train on, from all files given, by split and without copies."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.training.data import overlap
from dnaviz.training.data.annotated import Stretch, read_annotated
from dnaviz.training.data.chains import chain_stretches, read_chains
from dnaviz.training.data.labeled_sequence import LabeledSequence, join
from dnaviz.training.data.splits import SPLITS, Splits, held_out_chromosomes, split_of

SHORT = 5_000_000  # nt; what is longer is a chromosome and taken as it is


class Collection(NamedTuple):
    """What there is to train on and to validate with, how many of what, and what is left out.

    Records that no gene is known on are not trained on: what is not annotated would be learned as
    no site. Of all that is held out, the names are told by split; `notes` are sentences on what of
    the annotations was not used, or not read as usual.
    """

    train: list[Stretch]
    validation: list[Stretch]
    counts: dict[str, int]
    without_genes: list[str]
    held_out: dict[str, list[str]]
    notes: list[str]


def collect(
    genomes: list[tuple[Path, Path]], introns: Path | None = None, splits: Splits = SPLITS
) -> Collection:
    """Read genomes with their annotations and a table of introns, split by chromosome.

    A short stretch that an earlier one of training holds already is left out, and so is one that
    stands in a validation or test stretch: files are asked in their order, the table last.

    Parameters
    ----------
    genomes : list of (fasta, annotation)
    introns : path, optional
        Table of introns; only those of training chromosomes are used.
    splits : mapping
        Test and validation chromosomes.

    Raises
    ------
    InputError
        When a file cannot be read, or nothing is left to train on.
    """
    train: list[Stretch] = []
    held_out: dict[str, list[Stretch]] = {"validation": [], "test": []}
    copies = leaks = 0
    without_genes = []
    notes: list[str] = []
    for fasta, annotation in genomes:
        stretches = read_annotated(fasta, annotation)
        notes += stretches.notes
        for s in stretches:
            into = held_out.get(split_of(s.chrom, splits), train)
            if into is train and not any(len(strand.genes) for strand in s.strands.values()):
                without_genes.append(s.name)
            else:
                into.append(s)
    chains = chain_stretches(read_chains(introns, ["train"], splits)) if introns else []
    others = overlap.index(held_out["validation"] + held_out["test"])
    known = overlap.index(s for s in train if len(s.codes) > SHORT)
    kept = [s for s in train if len(s.codes) > SHORT]
    # Introns of one gene overlap without being copies: each has sites that others have not.
    for group, among in (([s for s in train if len(s.codes) <= SHORT], True), (chains, False)):
        group, twice = overlap.without_copies(group, known, among=among)
        group, leaked = overlap.without_copies(group, others)
        known = np.union1d(known, overlap.index(group))
        copies, leaks, kept = copies + len(twice), leaks + len(leaked), kept + group
    if not sum(sites(s) for s in kept):
        also = f", apart from {leaks} copies of held-out sequence" if leaks else ""
        raise InputError(
            f"There are no annotated splice sites on training chromosomes{also}: those are all but "
            f"{held_out_chromosomes(*splits, splits=splits)}."
        )
    counts = {
        "stretches": len(kept),
        "nucleotides": sum(len(s.codes) for s in kept),
        "sites": sum(sites(s) for s in kept),
        "doubtful_sites_not_learned": sum(
            len(strand.doubtful) for s in kept for strand in s.strands.values()
        ),
        "copies_left_out": copies,
        "copies_of_held_out_left_out": leaks,
        "records_without_genes_left_out": len(without_genes),
    }
    names = {split: [s.name for s in stretches] for split, stretches in held_out.items()}
    return Collection(kept, held_out["validation"], counts, without_genes, names, notes)


def sites(s: Stretch) -> int:
    """How many donors and acceptors a stretch has, on both strands."""
    return sum(len(strand.donors) + len(strand.acceptors) for strand in s.strands.values())


def genes_of(
    stretches: list[Stretch], most: int = 2_000_000
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Codes and labels of genes with sites, in their sense, until `most` nt are there.

    Genes of over 120,000 nt are left out.
    """
    genes = []
    total = 0
    for s in stretches:
        for strand, found in s.strands.items():
            for start, end in found.genes:
                codes, labels, _ = s.crop(int(start), int(end), strand)
                if end - start > 120_000 or not ((labels == 1) | (labels == 2)).any():
                    continue
                genes.append((codes.copy(), labels.copy()))
                total += len(codes)
                if total > most:
                    return genes
    return genes


def to_calibrate_on(
    genes: list[tuple[np.ndarray, np.ndarray]],
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Genes of at most 60 kb if there are any, of those that `genes_of` gives.

    In longer ones sites are so rare that those of a gene as people paste it would be called too
    low.
    """
    return [gene for gene in genes if len(gene[0]) <= 60_000] or genes


def strands_of(
    genes: list[tuple[np.ndarray, np.ndarray]],
) -> tuple[LabeledSequence, LabeledSequence]:
    """Genes in a row in their sense: all of them, and a part to cut up.

    Not the other strand: it has no sites, and with it as the half of all positions a site of a
    gene would be called half as likely as it is.
    """
    sense = join(genes)
    return sense, sense.first(1_000_000)
