"""Splice sites of whole held-out genes: of all transcripts, and of the canonical one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.genome.annotation import Transcript, read_annotation
from dnaviz.genome.contigs import named_as
from dnaviz.genome.fasta import read_genome
from dnaviz.genome.genes import Gene, canonical, scan_genes
from dnaviz.models.protocol import SITES, log_odds_to_probabilities
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.splicing.annotate import predicted_transcript_models
from dnaviz.splicing.joint import SUREST, jointly
from dnaviz.splicing.scan import FAR, Scan
from dnaviz.training.data.splits import SPLITS, Splits, held_out_chromosomes, split_of
from dnaviz.training.evaluation.evaluate import (
    FOUND,
    Metric,
    annotated_marks,
    metric,
    positions_ranked,
    site_marks,
)
from dnaviz.training.evaluation.metrics import best_first, calibration_error
from dnaviz.training.evaluation.precision_recall import at_thresholds, precision_recall
from dnaviz.training.evaluation.site_classes import SiteClass, members, site_classes

SETS = ("all transcripts", "canonical transcript")
EXONS = (
    "inner exons of canonical transcripts that are predicted",
    "predicted exons of which both ends are annotated",
)
JOINTLY = ", jointly"
"""Ends the names of figures of sites given the others of their gene (`dnaviz.splicing.joint`)."""


class HeldOut(NamedTuple):
    """A gene with the sites of all its transcripts, and those of its canonical one."""

    gene: Gene
    classes: dict[str, list[SiteClass]]  # of the sites of its canonical transcript, by site
    antisense: dict[str, np.ndarray]  # 0-based positions on the other strand, in its sense, by site

    @property
    def canonical(self) -> dict[str, np.ndarray]:
        """0-based positions of its canonical transcript by site, in the sense of the gene."""
        return {
            site: np.array([c.position for c in classes], np.int64)
            for site, classes in self.classes.items()
        }


def held_out_genes(
    fasta: str | Path,
    annotation: str | Path,
    split: str,
    splits: Splits = SPLITS,
    *,
    n: int,
    longest: int,
    seed: int = 0,
) -> list[HeldOut]:
    """Protein-coding genes with introns on the chromosomes of a split.

    Records may be chromosomes, or regions named after theirs (``chr7_LRG_12``).

    Parameters
    ----------
    split : {"train", "validation", "test"}
    splits : mapping
        Test and validation chromosomes.
    n, longest, seed
        How many to draw at most, the longest (nt), and what decides which.

    Raises
    ------
    InputError
        When a file cannot be read or has no such gene.
    """
    transcripts = [t for t in read_annotation(annotation) if split_of(t.chrom, splits) == split]
    if not transcripts:
        names = held_out_chromosomes(split, splits=splits) if split in splits else "all others"
        raise InputError(f"{annotation} has no transcript on a {split} chromosome ({names}).")
    genome = read_genome(fasta)
    transcripts = named_as(genome, transcripts)
    genes = scan_genes(genome, transcripts, n, longest, seed)
    of_gene: dict[tuple[str, str, str], list[Transcript]] = {}
    for t in transcripts:
        of_gene.setdefault((t.gene, t.chrom, t.strand), []).append(t)
    held = []
    for gene in genes:
        transcript = canonical(of_gene[gene.gene, gene.chrom, gene.strand])
        classes = {site: site_classes(gene, transcript, site) for site in SITES}
        held.append(HeldOut(gene, classes, _antisense(gene, transcripts)))
    return held


def _antisense(gene: Gene, transcripts: list[Transcript]) -> dict[str, np.ndarray]:
    """Sites of any transcript on the other strand within a gene, in the sense of that strand."""
    forward = gene.strand == "-"
    found: dict[str, set[int]] = {site: set() for site in SITES}
    for t in transcripts:
        if t.chrom != gene.chrom or t.strand == gene.strand:
            continue
        for start, end in t.introns:
            for site, position in zip(
                SITES, (start, end) if forward else (end, start), strict=True
            ):
                if gene.start <= position <= gene.end:
                    found[site].add(position - gene.start if forward else gene.end - position)
    return {site: np.array(sorted(positions), np.int64) for site, positions in found.items()}


def score_genes(
    score_positions: Callable[[list[str]], list[np.ndarray]],
    genes: list[HeldOut],
    *,
    antisense: bool = False,
) -> np.ndarray:
    """Scores (2, n) as donor and as acceptor of every position of genes, one after another.

    With `antisense`, of the other strand, in its sense.
    """
    turned = reverse_complement if antisense else str
    return np.concatenate(
        [score_positions([turned(held.gene.sequence)])[0] for held in genes], axis=1
    )


def curves(
    scores: np.ndarray, genes: list[HeldOut], name: str, *, calibrated: bool = True
) -> list[dict[str, Any]]:
    """Precision against recall over every position of genes; every annotated site is true.

    Parameters
    ----------
    scores : ndarray, shape (2, n)
        Of donor and acceptor, as :func:`score_genes` has them.
    name : str
        What scored them.
    calibrated : bool
        Whether they are log-odds, so that what a threshold of probability gives can be told.
    """
    result = []
    for site, row in zip(SITES, scores, strict=True):
        truth = annotated_marks([held.gene for held in genes], site)
        marks = at_thresholds(truth, log_odds_to_probabilities(row)) if calibrated else []
        points = precision_recall(truth, row)
        result.append({"site": site, "model": name, "points": points, "thresholds": marks})
    return result


def joint_scores(
    joined: np.ndarray, genes: list[HeldOut], *, antisense: bool = False
) -> np.ndarray:
    """Log-odds (2, n) of every position given the other sites of its gene, from `score_genes`."""
    given = log_odds_to_probabilities(joined)
    turned = reverse_complement if antisense else str
    parts = zip(genes, by_gene(given, genes), strict=True)
    joint = np.concatenate([jointly(turned(h.gene.sequence), p) for h, p in parts], axis=1)
    moved = joint != given.astype(np.float32)
    chances = np.clip(joint[moved].astype(float), 1e-12, SUREST)
    result = joined.astype(float)
    result[moved] = np.log(chances) - np.log1p(-chances)
    return result


def rank_genes(
    joined: np.ndarray, genes: list[HeldOut], name: str, section: str, how: str = ""
) -> Iterator[Metric]:
    """Top-k accuracy and average precision over every position of genes.

    `joined` are the scores (2, n) that :func:`score_genes` returns. With the canonical transcript
    alone, sites that only other transcripts use are left out: they are no mistakes. `how` ends the
    figures' names.
    """
    number = np.repeat(np.arange(len(genes)), [len(held.gene.sequence) for held in genes])
    for k, site in enumerate(SITES):
        every, chosen = _truth(genes, site)
        for which, truth, looked in zip(SETS, (every, chosen), (every | True, chosen | ~every),
                                        strict=True):  # fmt: skip
            what = f"{site}, {which}{how}"
            yield from positions_ranked(
                section, what, name, truth[looked], joined[k][looked], number[looked]
            )


def measure_genes(
    joined: np.ndarray, genes: list[HeldOut], name: str, section: str, context: int = 0
) -> Iterator[Metric]:
    """What :func:`rank_genes` tells, and calibration, and which sites are found.

    `joined` are the log-odds (2, n) that :func:`score_genes` returns. Of the canonical sites the
    share is told that is found among as many positions as there are such sites, by the exon, the
    intron and the motif that they are of. All of it is told of the sites as the model scores them,
    and of each given the others of its gene, unless the model sees them by itself: its `context`
    (nt on each side) is known.
    """
    judged = {"": joined} if context >= FAR else {"": joined, JOINTLY: joint_scores(joined, genes)}
    for how, scores in judged.items():
        yield from rank_genes(scores, genes, name, section, how)
        for k, site in enumerate(SITES):
            every, chosen = _truth(genes, site)
            looked = ~every | chosen
            yield from _found_by_class(genes, site, scores[k], chosen, looked, name, section, how)
            chances = log_odds_to_probabilities(scores[k])
            called = chances >= FOUND
            error = calibration_error(every[called], chances[called])
            what = f"expected calibration error where p >= {FOUND}, {site}{how}"
            yield Metric(section, what, name, error, np.nan, np.nan, int(called.sum()))


def measure_exons(
    joined: np.ndarray, genes: list[HeldOut], name: str, section: str, context: int = 0
) -> Iterator[Metric]:
    """Which inner exons are predicted, as pages draw them from a probability of .5 on.

    `joined` are the log-odds (2, n) that :func:`score_genes` returns.
    """
    found: list[np.ndarray] = []
    right: list[np.ndarray] = []
    for held, part in zip(genes, by_gene(log_odds_to_probabilities(joined), genes), strict=True):
        scan = Scan(Sequence(held.gene.sequence), {"+": part}, 0.5, [], context).at(0.5)
        exons = [exon for model in predicted_transcript_models(scan) for exon in model.exons]
        ends = zip(held.canonical["acceptor"][:-1], held.canonical["donor"][1:], strict=True)
        found.append(np.array([(a + 2, d) in exons for a, d in ends], bool))  # 1-based, inclusive
        acceptors, donors = set(held.gene.acceptors + 2), set(held.gene.donors)
        right.append(np.array([s in acceptors and e in donors for s, e in exons], bool))
    for what, hits in zip(EXONS, (found, right), strict=True):
        groups = np.repeat(np.arange(len(genes)), [len(one) for one in hits])
        if len(groups):
            yield metric(section, what, name, np.mean, np.concatenate(hits), groups=groups)


def by_gene(values: np.ndarray, genes: list[HeldOut]) -> list[np.ndarray]:
    """Cut values (2, n) of all positions into those of each gene."""
    return np.split(values, np.cumsum([len(h.gene.sequence) for h in genes])[:-1], axis=1)


def _truth(genes: list[HeldOut], site: str) -> tuple[np.ndarray, np.ndarray]:
    """Where the sites of all transcripts are, and those of the canonical ones."""
    whole = [held.gene for held in genes]
    canonical_sites = [held.canonical[site] for held in genes]
    return annotated_marks(whole, site), site_marks(whole, canonical_sites)


def measure_antisense(
    joined: np.ndarray, genes: list[HeldOut], name: str, section: str
) -> Iterator[Metric]:
    """Calibration on the other strand of genes, and how much of what is likely there is annotated.

    `joined` are the log-odds (2, n) that :func:`score_genes` returns for that strand. Sites of
    genes that the annotation lacks count as mistakes.
    """
    for k, site in enumerate(SITES):
        whole = [held.gene for held in genes]
        truth = site_marks(whole, [held.antisense[site] for held in genes])
        chances = log_odds_to_probabilities(joined[k])
        yield from strand_calibrated(
            section, f"{site}, other strand", name, truth, chances, chances >= FOUND
        )


def strand_calibrated(
    section: str, what: str, name: str, truth: np.ndarray, chances: np.ndarray, called: np.ndarray
) -> Iterator[Metric]:
    """Calibration error of the positions called (n,), and what is annotated of the likely ones."""
    error = calibration_error(truth[called], chances[called])
    label = f"expected calibration error where p >= {FOUND}, {what}"
    yield Metric(section, label, name, error, np.nan, np.nan, int(called.sum()))
    likely = truth[chances >= 0.5]
    share = float(likely.mean()) if len(likely) else np.nan
    label = f"annotated, of what is given .5 or more, {what}"
    yield Metric(section, label, name, share, np.nan, np.nan, len(likely))


def _found_by_class(
    genes: list[HeldOut], site: str, scores: np.ndarray, truth: np.ndarray, looked: np.ndarray,
    name: str, section: str, how: str,
) -> Iterator[Metric]:  # fmt: skip
    """Shares of the canonical sites that are among the best positions looked at."""
    best = np.flatnonzero(looked)[best_first(truth[looked], scores[looked])[: truth.sum()]]
    hits = np.isin(np.flatnonzero(truth), best)
    gene = np.repeat(np.arange(len(genes)), [len(held.classes[site]) for held in genes])
    for what, chosen in members([c for held in genes for c in held.classes[site]]).items():
        what = f"canonical {site}s found, {what}{how}"
        yield metric(section, what, name, np.mean, hits[chosen], groups=gene[chosen])
