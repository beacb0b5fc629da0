"""Evaluate the classifier on short fragments without their genomic context, as users paste them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dnaviz.genome.genes import Gene
from dnaviz.models import CONTEXT, Model
from dnaviz.sequences.codes import encode_bases
from dnaviz.training.data.annotated import ACCEPTOR, DONOR
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.labeled_sequence import LabeledSequence, fragments
from dnaviz.training.evaluation.evaluate import (
    DECOY_LABELS,
    Metric,
    metric,
    positions_calibrated,
    positions_ranked,
)
from dnaviz.training.evaluation.maxentscan import MaxEntScan
from dnaviz.training.evaluation.metrics import auroc, average_precision
from dnaviz.training.fit.multitask import sequence_logits, window_logits

LENGTHS = (60, 100, 140, 200, 400)
END = 20  # bases between a site near an end and that end
DECOYS = 5  # GT or AG decoys for each true site
DINUCLEOTIDES = {"donor": (2, 3), "acceptor": (0, 2)}


def labeled_gene(gene: Gene) -> LabeledSequence:
    """Label a gene's annotated sites."""
    codes = encode_bases(gene.sequence)
    labels = np.zeros(len(codes), np.uint8)
    labels[gene.donors] = DONOR
    labels[gene.acceptors] = ACCEPTOR
    return LabeledSequence(codes, labels)


class Candidates(NamedTuple):
    """Positions of sites and decoys, and which are true."""

    positions: np.ndarray
    truth: np.ndarray


def draw_candidates(strand: LabeledSequence, site: str, rng: np.random.Generator) -> Candidates:
    """Take all true sites with their dinucleotide and `DECOYS` times as many decoys."""
    label = DONOR if site == "donor" else ACCEPTOR
    first, second = DINUCLEOTIDES[site]
    dinucleotides = np.flatnonzero((strand.codes[:-1] == first) & (strand.codes[1:] == second))
    dinucleotides = dinucleotides + (site == "acceptor")  # an acceptor is the G of its AG
    true = dinucleotides[strand.labels[dinucleotides] == label]
    free = dinucleotides[strand.labels[dinucleotides] != label]
    drawn = rng.choice(free, min(len(free), DECOYS * len(true)), replace=False)
    positions = np.concatenate([true, drawn])
    return Candidates(positions, np.arange(len(positions)) < len(true))


def cut(codes: np.ndarray, positions: np.ndarray, length: int, before: int) -> np.ndarray:
    """Fragments around positions as the classifier reads them.

    Parameters
    ----------
    codes : (L,) uint8
    positions : (n,)
        0-based; they come to lie in the middle of the result.
    length, before : int
        Of each fragment, and how many of its bases lie before the position; what the strand does
        not have is missing.

    Returns
    -------
    (n, 2 * CONTEXT + 1) uint8, PAD outside the fragment.
    """
    beyond = np.full(CONTEXT + length, PAD, np.uint8)
    padded = np.concatenate([beyond, codes, beyond])
    offsets = np.arange(-CONTEXT, CONTEXT + 1)
    windows = padded[positions[:, None] + len(beyond) + offsets]
    windows[:, (offsets < -before) | (offsets >= length - before)] = PAD
    return windows


def _places_before(length: int) -> dict[str, int]:
    return {
        "in the middle": length // 2,
        f"{END} nt from the start": END,
        f"{END} nt from the end": length - END - 1,
    }


def fragment_sites(model: Model, genes: list[Gene], baseline: MaxEntScan | None) -> list[Metric]:
    """True sites against decoys of the same genes, by length and by place in the fragment.

    Intervals are over genes.
    """
    figures = []
    strands = [labeled_gene(gene) for gene in genes]
    for k, site in enumerate(DECOY_LABELS, start=1):
        rng = np.random.default_rng(0)
        drawn = [draw_candidates(strand, site, rng) for strand in strands]
        truth = np.concatenate([d.truth for d in drawn])
        gene = np.repeat(np.arange(len(drawn)), [len(d.truth) for d in drawn])
        rows: list[tuple[str, str, np.ndarray]] = []
        for length in LENGTHS:
            for where, before in _places_before(length).items():
                windows = np.concatenate(
                    [cut(s.codes, d.positions, length, before)
                     for s, d in zip(strands, drawn, strict=True)]
                )  # fmt: skip
                logits = window_logits(model.splice, windows)
                rows.append((f"{length} nt, site {where}", "classifier", logits[k] - logits[0]))
        if baseline:
            baseline_scores = [baseline.scan(g.sequence, site)[d.positions]
                     for g, d in zip(genes, drawn, strict=True)]  # fmt: skip
            scores = np.concatenate(baseline_scores)
            rows.append(("whole motif", "MaxEntScan", np.where(np.isfinite(scores), scores, -1e3)))
        section = f"Pasted fragments of {len(genes)} genes, {DECOYS} decoys a site"
        for what, name, scores in rows:
            for measure, label in ((auroc, "AUROC"), (average_precision, "average precision")):
                what_of = f"{label}, {site}, {what}"
                figures.append(metric(section, what_of, name, measure, truth, scores, groups=gene))
    return figures


def fragment_scans(model: Model, genes: list[Gene]) -> list[Metric]:
    """Genes cut into fragments and each scanned alone: every position, as prevalent as it is.

    Genes shorter than a length have no fragment of it.
    """
    figures = []
    strands = [labeled_gene(gene) for gene in genes]
    section = f"Fragments of {len(genes)} genes, scanned one by one"
    for length in LENGTHS:
        numbers = [i for i, s in enumerate(strands) if len(s.codes) >= length]
        parts = [fragments(strands[i], length) for i in numbers]
        if not parts:
            continue
        logits = np.concatenate([sequence_logits(model.splice, p.codes) for p in parts], axis=1)
        present = np.concatenate([p.codes for p in parts]) != PAD
        labels = np.concatenate([p.labels for p in parts])[present]
        gene = np.repeat(numbers, [len(p.codes) for p in parts])[present]
        logits = logits[:, present].astype(float)
        chances = np.exp(logits - np.logaddexp.reduce(logits, axis=0))
        for k, site in enumerate(DECOY_LABELS, start=1):
            what, truth, p = f"{site}, {length} nt", labels == k, chances[k]
            odds = logits[k] - logits[0]
            figures += positions_ranked(section, what, "classifier", truth, odds, gene)
            figures += positions_calibrated(section, what, truth, p, gene)
            what = f"median probability of true sites, {what}"
            median = metric(section, what, "classifier", np.median, p[truth], groups=gene[truth])
            figures.append(median)
    return figures
