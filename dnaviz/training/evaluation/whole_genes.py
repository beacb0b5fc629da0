"""Splice sites of whole held-out genes: of all transcripts, and of the canonical one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.genome.annotation import Transcript, read_annotation
from dnaviz.genome.fasta import read_genome
from dnaviz.genome.genes import Gene, canonical, scan_genes
from dnaviz.models.protocol import SITES, SiteScorer, log_odds_to_probabilities
from dnaviz.training.data.annotated import chromosome_of
from dnaviz.training.data.introns import split_of
from dnaviz.training.evaluation.evaluate import FOUND, Metric, positions_ranked
from dnaviz.training.evaluation.metrics import calibration_error

SETS = ("all transcripts", "canonical transcript")


class HeldOut(NamedTuple):
    """A gene with the sites of all its transcripts, and those of its canonical one."""

    gene: Gene
    canonical: dict[str, np.ndarray]  # 0-based positions by site, in the sense of the gene


def held_out_genes(
    fasta: str | Path, annotation: str | Path, split: str, *, n: int, longest: int, seed: int = 0
) -> list[HeldOut]:
    """Protein-coding genes with introns on the chromosomes of a split.

    Records may be chromosomes, or regions named after theirs (``chr7_LRG_12``).

    Parameters
    ----------
    split : {"train", "validation", "test"}
    n, longest, seed
        How many to draw at most, the longest (nt), and what decides which.

    Raises
    ------
    InputError
        When a file cannot be read or has no such gene.
    """
    transcripts = [t for t in read_annotation(annotation) if _split(t) == split]
    if not transcripts:
        raise InputError(f"{annotation} has no transcript on a {split} chromosome.")
    genes = scan_genes(read_genome(fasta), transcripts, n, longest, seed)
    of_gene: dict[tuple[str, str], list[Transcript]] = {}
    for t in transcripts:
        of_gene.setdefault((t.gene, t.chrom), []).append(t)
    return [HeldOut(g, _sites(g, canonical(of_gene[g.gene, g.chrom]))) for g in genes]


def _split(transcript: Transcript) -> str:
    return split_of(chromosome_of(transcript.chrom))


def _sites(gene: Gene, transcript: Transcript) -> dict[str, np.ndarray]:
    ends = np.array(transcript.introns, np.int64).reshape(-1, 2)
    if gene.strand == "+":
        return dict(zip(SITES, (ends - gene.start).T, strict=True))
    return dict(zip(SITES, (gene.end - ends[:, ::-1]).T, strict=True))


def measure_genes(
    model: SiteScorer, genes: list[HeldOut], name: str, section: str
) -> Iterator[Metric]:
    """Top-k accuracy and average precision over every position, and calibration, of genes.

    With the canonical transcript alone, sites that only other transcripts use are left out: they
    are no mistakes.
    """
    scores = [model.score_positions([held.gene.sequence])[0] for held in genes]
    joined = np.concatenate(scores, axis=1)
    number = np.repeat(np.arange(len(genes)), [s.shape[1] for s in scores])
    for k, site in enumerate(SITES):
        every = _marks(genes, [g.gene.donors if k == 0 else g.gene.acceptors for g in genes])
        chosen = _marks(genes, [held.canonical[site] for held in genes])
        for which, truth, looked in zip(SETS, (every, chosen), (every | True, chosen | ~every),
                                        strict=True):  # fmt: skip
            what = f"{site}, {which}"
            yield from positions_ranked(
                section, what, name, truth[looked], joined[k][looked], number[looked]
            )
        chances = log_odds_to_probabilities(joined[k])
        called = chances >= FOUND
        error = calibration_error(every[called], chances[called])
        what = f"expected calibration error where p >= {FOUND}, {site}"
        yield Metric(section, what, name, error, np.nan, np.nan, int(called.sum()))


def _marks(genes: list[HeldOut], positions: Iterable[np.ndarray]) -> np.ndarray:
    marks = []
    for held, predicted in zip(genes, positions, strict=True):
        row = np.zeros(len(held.gene.sequence), bool)
        row[predicted] = True
        marks.append(row)
    return np.concatenate(marks)
