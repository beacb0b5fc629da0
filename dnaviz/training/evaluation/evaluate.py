"""Metrics of the model card on test chromosomes, with baselines from the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from dnaviz.genome.genes import Gene
from dnaviz.models import LABELS, Model
from dnaviz.models.autoencoder import MIN_LENGTH
from dnaviz.sequences.codes import encode_bases
from dnaviz.training.data.canvases import draw_windows, make_pool
from dnaviz.training.data.records import Record
from dnaviz.training.evaluation.maxentscan import MaxEntScan
from dnaviz.training.evaluation.metrics import (
    auroc,
    average_precision,
    best_first,
    calibration_error,
    interval,
    sorted_precision,
    sorted_top_k,
)
from dnaviz.training.fit.autoencoder import read_back
from dnaviz.training.fit.multitask import sequence_logits

DECOY_LABELS = {"donor": "GT decoy", "acceptor": "AG decoy"}
LETTERS = np.array(list("ACGTN"))
LENGTHS = ((20, 60), (60, 400), (380, 400))
FOUND = 0.01  # calibration looks at positions with at least this probability
CHANCE = "if perfectly calibrated"  # beside a calibration error: what chance makes of it
DRAWN = 100  # draws of truth from the predicted probabilities, for that


class Metric(NamedTuple):
    """One metric of the model card with its 95 % interval (NaN where there is none)."""

    section: str
    what: str
    model: str
    value: float
    low: float
    high: float
    n: int


def metric(
    section: str, what: str, model: str, measure: Callable[..., float], *examples: np.ndarray,
    groups: np.ndarray | None = None, n: int | None = None,
) -> Metric:  # fmt: skip
    """A measure of examples (n,) as a metric, with its bootstrap interval; see `interval`."""
    low, high = interval(measure, *examples, groups=groups)
    count = len(examples[0]) if n is None else n
    return Metric(section, what, model, float(measure(*examples)), low, high, count)


def read_back_metrics(
    section: str, model: str, shares: np.ndarray, kind: str, whole: str = "sequences"
) -> list[Metric]:
    """How much comes back of windows, given the share (n,) of the known bases of each."""
    about = f", {kind}" if kind else ""
    return [
        metric(section, f"bases right{about}", model, np.mean, shares),
        metric(section, f"whole {whole} exact{about}", model, np.mean, shares == 1),
    ]


def reconstruction(model: Model, records: list[Record], n: int = 2000) -> list[Metric]:
    """Reconstruction of held-out windows, free-running, by length and by kind of sequence.

    Exact means all known bases, at the true length, and if "length predicted" without being told.
    """
    pool = make_pool(records)
    rng = np.random.default_rng(0)
    kinds: dict[str, list[np.ndarray]] = {
        f"{low}-{high} nt": draw_windows(pool, rng.integers(low, high + 1, n), rng)
        for low, high in LENGTHS
    }
    plain = kinds["60-400 nt"][: n // 2]
    kinds["shuffled, 60-400 nt"] = [rng.permutation(w[w < 4]) for w in plain]
    kinds["with a run of N, 60-400 nt"] = [_with_gap(w, rng) for w in plain]
    kinds["(CA)n repeats, 60-400 nt"] = [
        np.resize(np.array([1, 0], np.uint8), len(w)) for w in plain
    ]
    kinds["poly-A, 60-400 nt"] = [np.zeros(len(w), np.uint8) for w in plain]
    figures = []
    for kind, windows in kinds.items():
        # The table's middles of long introns are N: a window of them alone says nothing.
        usable = [w for w in windows if (w < 4).sum() >= MIN_LENGTH]
        section = "Reconstruction"
        shares = np.array([hits.mean() for hits in read_back(model.autoencoder, usable)])
        latents = model.encode(["".join(LETTERS[codes]) for codes in usable])
        length = model.predict_lengths(latents) == [len(codes) for codes in usable]
        what = f"whole sequences exact, length predicted, {kind}"
        figures += [
            *read_back_metrics(section, "autoencoder", shares, kind),
            metric(section, f"length predicted, {kind}", "autoencoder", np.mean, length),
            metric(section, what, "autoencoder", np.mean, (shares == 1) & length),
        ]
    return figures


def _with_gap(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    codes = codes.copy()
    start = rng.integers(0, len(codes) // 2)
    codes[start : start + rng.integers(5, 21)] = 4
    return codes


def window_scores(model: Model, windows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Log odds of donor and acceptor in the middle of windows, (n, 2) by classifier."""
    sequences = windows["sequence"].tolist()
    scores = {}
    for head in ("classifier", "frozen"):
        p = np.clip(model.classify(sequences, head=head).astype(float), 1e-12, 1.0)
        scores[head] = np.log(p[:, 1:]) - np.log(p[:, :1])
    return scores


def classification(
    model: Model, windows: pd.DataFrame, maxentscan: MaxEntScan | None, section: str = "Windows"
) -> list[Metric]:
    """True sites against decoys of the same dinucleotide, on held-out windows."""
    scores = window_scores(model, windows)
    figures = []
    for k, (site, decoy) in enumerate(DECOY_LABELS.items()):
        chosen = windows["label"].isin([site, decoy]).to_numpy()
        truth = (windows["label"] == site).to_numpy()[chosen]
        rows = {name: values[chosen, k] for name, values in scores.items()}
        if maxentscan:
            baseline_scores = maxentscan.score(windows["sequence"][chosen].tolist(), site)
            rows["MaxEntScan"] = np.where(np.isfinite(baseline_scores), baseline_scores, -1e3)
        for name, values in rows.items():
            for label, measure in (("AUROC", auroc), ("average precision", average_precision)):
                what = f"{label}, {site} against {decoy}"
                figures.append(metric(section, what, name, measure, truth, values))
    return figures


class GeneScores(NamedTuple):
    """Scores and truth over all positions of all scanned genes, by site."""

    truth: dict[str, np.ndarray]
    scores: dict[str, dict[str, np.ndarray]]  # by model, then by site
    probabilities: dict[str, np.ndarray]
    gene: np.ndarray  # which one a position is of, from 0


def scan_scores(model: Model, genes: list[Gene], maxentscan: MaxEntScan | None) -> GeneScores:
    """Scan genes in the sense of their strand."""
    sequences = [gene.sequence for gene in genes]
    parts = [sequence_logits(model.splice, encode_bases(bases)) for bases in sequences]
    logits = np.concatenate(parts, axis=1).astype(float)
    chances = np.exp(logits - np.logaddexp.reduce(logits, axis=0))
    sites = list(DECOY_LABELS)
    scores = {"classifier": dict(zip(sites, logits[1:] - logits[0], strict=True))}
    if maxentscan:
        rows = np.concatenate(maxentscan.score_positions(sequences), axis=1)
        scores["MaxEntScan"] = dict(zip(sites, rows, strict=True))
    return GeneScores(
        {site: annotated_marks(genes, site) for site in sites},
        scores,
        dict(zip(sites, chances[1:], strict=True)),
        np.repeat(np.arange(len(genes)), list(map(len, sequences))),
    )


def annotated_marks(genes: list[Gene], site: str) -> np.ndarray:
    """Which positions of genes, one after another, are annotated sites of a kind: (total,) bool."""
    return site_marks(genes, [gene.donors if site == "donor" else gene.acceptors for gene in genes])


def site_marks(genes: list[Gene], positions: Iterable[np.ndarray]) -> np.ndarray:
    """Which positions of genes, one after another, are among those given for each: (total,)."""
    rows = []
    for gene, places in zip(genes, positions, strict=True):
        row = np.zeros(len(gene.sequence), bool)
        row[places] = True
        rows.append(row)
    return np.concatenate(rows)


def scanning(gene_scores: GeneScores, genes: int) -> list[Metric]:
    """Top-k accuracy, average precision and calibration over every position of whole genes."""
    figures = []
    section = f"Scan of {genes} genes"
    for site in DECOY_LABELS:
        truth = gene_scores.truth[site]
        for name, scores in gene_scores.scores.items():
            figures += positions_ranked(section, site, name, truth, scores[site], gene_scores.gene)
        chances = gene_scores.probabilities[site]
        figures += positions_calibrated(section, site, truth, chances, gene_scores.gene)
    return figures


def positions_ranked(
    section: str, what: str, model: str, truth: np.ndarray, scores: np.ndarray, gene: np.ndarray
) -> list[Metric]:
    """Top-k accuracy and average precision of positions, with bootstrap intervals over genes."""
    order = best_first(truth, scores)
    hits, gene = truth[order], gene[order]
    measures = {"top-k accuracy": sorted_top_k, "average precision": sorted_precision}
    return [
        metric(section, f"{label}, {what}", model, measure, hits, groups=gene, n=int(hits.sum()))
        for label, measure in measures.items()
    ]


def positions_calibrated(
    section: str, what: str, truth: np.ndarray, chances: np.ndarray, gene: np.ndarray
) -> list[Metric]:
    """Calibration error of the positions with some probability, its interval over genes.

    Beside it what chance alone makes of it: the mean error, and the range of 95 % of errors, of
    truth drawn from the predicted probabilities themselves.
    """
    called = chances >= FOUND
    examples = truth[called], chances[called]
    what = f"expected calibration error where p >= {FOUND}, {what}"
    rng = np.random.default_rng(0)
    true = [rng.random(called.sum()) < chances[called] for _ in range(DRAWN)]
    chance = [calibration_error(drawn, chances[called]) for drawn in true]
    least, most = np.quantile(chance, [0.025, 0.975])
    by_chance = float(np.mean(chance)), float(least), float(most), int(called.sum())
    return [
        metric(section, what, "classifier", calibration_error, *examples, groups=gene[called]),
        Metric(section, what, CHANCE, *by_chance),
    ]


def neighbor_accuracy(model: Model, windows: pd.DataFrame, section: str = "Latent") -> list[Metric]:
    """Share of windows whose 15 nearest neighbors agree on their label, by latent space."""
    from sklearn.feature_extraction.text import CountVectorizer

    sample = windows.sample(min(8000, len(windows)), random_state=0)
    sequences, labels = sample["sequence"].tolist(), sample["label"].to_numpy()
    counts = CountVectorizer(analyzer="char", ngram_range=(4, 4)).fit_transform(sequences)
    spaces = {
        "autoencoder": model.encode(sequences),
        "splice": model.encode(sequences, space="splice"),
        "4-mers": counts.toarray().astype(np.float32),
    }
    merged = np.where(np.isin(labels, list(DECOY_LABELS)), labels, LABELS[0])
    figures = []
    for name, features in spaces.items():
        for what, target in (
            ("donor, acceptor, GT decoy, AG decoy", labels),
            ("donor, acceptor, neither", merged),
        ):
            hits = knn_hits(features, target, 15)
            what = f"15-nearest-neighbor accuracy, {what}"
            figures.append(metric(section, what, name, np.mean, hits))
    return figures


def knn_hits(features: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Which rows (n,) the k nearest of the other four fifths give their own label."""
    from sklearn.model_selection import cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier

    knn = KNeighborsClassifier(k, algorithm="brute")
    return cross_val_predict(knn, features, labels, cv=5) == labels
