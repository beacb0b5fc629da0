"""What more genes would bring: small classifiers trained on shares of the data, equally long."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from dnaviz.training.data.annotated import ACCEPTOR, DONOR, Sites, Stretch
from dnaviz.training.data.collect import SHORT, sites
from dnaviz.training.evaluation.evaluate import Metric, positions_ranked
from dnaviz.training.fit.classifier import Genes, TrainingRecipe, train_plain
from dnaviz.training.fit.multitask import sequence_logits

SHARES = (0.125, 0.25, 0.5, 1.0)
PLAN = "32"  # channels: small, so that it can be trained four times
PIECE = 1_000_000  # nt that a chromosome is cut into, so that a share of it can be taken
SECTION = "Amount of training data"


def amount_of_data(
    train: list[Stretch], seen: Genes, unseen: Genes, folder: Path, *,
    shares: tuple[float, ...] = SHARES, steps: int = 2000, seed: int = 0,
) -> list[Metric]:  # fmt: skip
    """Train a classifier on every share of the data, and rank the positions of genes.

    Each share holds the smaller ones. All are trained equally long, from random weights.

    Parameters
    ----------
    train : list of Stretch
        Of training chromosomes.
    seen, unseen : list of (codes, labels)
        Genes of training and of validation chromosomes, in their sense. Where a network ranks
        those as well as these, more genes would not help it; a larger or longer trained one might.
    folder : path
        Keeps one run for each share; an unfinished one is resumed.
    shares : tuple of float
        Of the annotated sites.
    steps, seed
        Of every training.

    Returns
    -------
    list of Metric
        Named by the number of sites learned from.
    """
    metrics = []
    for share in shares:
        part = part_of(train, share, seed)
        count = sum(sites(s) for s in part)
        print(f"{count:,} sites", file=sys.stderr)
        recipe = TrainingRecipe(steps=steps, seed=seed)
        model, _ = train_plain(part, [], folder / f"share-{share:g}", plan=PLAN, recipe=recipe)
        for where, genes in (("genes of training chromosomes", seen), ("unseen genes", unseen)):
            logits = np.concatenate([sequence_logits(model, codes) for codes, _ in genes], axis=1)
            labels = np.concatenate([labels for _, labels in genes])
            gene = np.repeat(np.arange(len(genes)), [len(labels) for _, labels in genes])
            for name, label in (("donor", DONOR), ("acceptor", ACCEPTOR)):
                metrics += positions_ranked(
                    f"{SECTION}, {PLAN} channels, {steps:,} steps", f"{name}, {where}",
                    f"{count:,} sites", labels == label, logits[label] - logits[0], gene,
                )  # fmt: skip
    return metrics


def part_of(stretches: list[Stretch], share: float, seed: int = 0) -> list[Stretch]:
    """Stretches drawn at random until they hold a share of all sites; those of less are in more.

    Chromosomes are cut into pieces of 1 Mb first.
    """
    pieces = [piece for s in stretches for piece in cut_up(s)]
    order = np.random.default_rng(seed).permutation(len(pieces))
    counts = np.cumsum([sites(pieces[k]) for k in order])
    return [pieces[k] for k in order[: int(np.searchsorted(counts, share * counts[-1])) + 1]]


def cut_up(s: Stretch, length: int = PIECE) -> list[Stretch]:
    """A chromosome in pieces, each with what lies within it; a short stretch as it is."""
    if len(s.codes) <= SHORT:
        return [s]
    pieces = []
    for start in range(0, len(s.codes), length):
        stop = min(start + length, len(s.codes))
        strands = {strand: _between(found, start, stop) for strand, found in s.strands.items()}
        pieces.append(Stretch(f"{s.name}:{start + 1}", s.chrom, s.codes[start:stop], strands))
    return pieces


def _between(found: Sites, start: int, stop: int) -> Sites:
    points = (found.donors, found.acceptors, found.doubtful)
    return Sites(
        *(at[(at >= start) & (at < stop)] - start for at in points),
        *(
            np.clip(spans[(spans[:, 1] > start) & (spans[:, 0] < stop)] - start, 0, stop - start)
            for spans in (found.exons, found.genes)
        ),
    )
