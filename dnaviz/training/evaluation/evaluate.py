"""Metrics of the model card on test chromosomes, with baselines from the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from dnaviz.genome.genes import Gene
from dnaviz.models import LABELS, Model
from dnaviz.models.autoencoder import MIN_LENGTH, decoded_slice
from dnaviz.sequences.codes import encode_bases
from dnaviz.training.data.canvases import canvas_codes, draw_windows, make_pool
from dnaviz.training.data.records import Record, one_hot_codes
from dnaviz.training.evaluation.maxentscan import MaxEntScan
from dnaviz.training.evaluation.metrics import (
    auroc,
    average_precision,
    best_first,
    calibration_error,
    group_interval,
    interval,
    sorted_precision,
    sorted_top_k,
)
from dnaviz.training.fit.multitask import sequence_logits

DECOY_LABELS = {"donor": "GT decoy", "acceptor": "AG decoy"}
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


def proportion_metric(section: str, what: str, model: str, hits: np.ndarray) -> Metric:
    """Mean of booleans as a metric, with its bootstrap interval over sequences."""
    low, high = interval(lambda drawn, _: float(drawn.mean()), hits, hits)
    return Metric(section, what, model, float(hits.mean()), low, high, len(hits))


def ranking_metric(
    section: str, what: str, model: str, measure: Callable[[np.ndarray, np.ndarray], float],
    truth: np.ndarray, scores: np.ndarray,
) -> Metric:  # fmt: skip
    """A ranking measure as a metric, with its bootstrap interval."""
    low, high = interval(measure, truth, scores)
    return Metric(section, what, model, measure(truth, scores), low, high, len(truth))


@torch.no_grad()
def _read_back(model: Model, windows: list[np.ndarray]) -> Iterator[tuple[np.ndarray, bool]]:
    """For each window: which known bases come back, and whether the length was predicted."""
    for start in range(0, len(windows), 250):
        chunk = windows[start : start + 250]
        x = torch.from_numpy(one_hot_codes(canvas_codes(chunk)))
        latents = model.autoencoder.encoder(x)
        written = model.autoencoder.decoder(latents)[:, :4].argmax(1).numpy()
        lengths = model.predict_lengths(latents.numpy())
        for codes, row, length in zip(chunk, written, lengths, strict=True):
            yield (row[decoded_slice(len(codes))] == codes)[codes < 4], length == len(codes)


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
        hits, length_known = zip(*_read_back(model, usable), strict=True)
        section = "Reconstruction"
        bases = np.array([h.mean() for h in hits])
        exact = np.array([h.all() for h in hits])
        length = np.array(length_known)
        figures += [
            proportion_metric(section, f"bases right, {kind}", "autoencoder", bases),
            proportion_metric(section, f"whole sequences exact, {kind}", "autoencoder", exact),
            proportion_metric(section, f"length predicted, {kind}", "autoencoder", length),
            proportion_metric(
                section,
                f"whole sequences exact, length predicted, {kind}",
                "autoencoder",
                exact & length,
            ),
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
                figures.append(ranking_metric(section, what, name, measure, truth, values))
    return figures


class GeneScores(NamedTuple):
    """Scores and truth over all positions of all scanned genes, by site."""

    truth: dict[str, np.ndarray]
    scores: dict[str, dict[str, np.ndarray]]  # by model, then by site
    probabilities: dict[str, np.ndarray]
    gene: np.ndarray  # which one a position is of, from 0


def scan_scores(model: Model, genes: list[Gene], maxentscan: MaxEntScan | None) -> GeneScores:
    """Scan genes in the sense of their strand."""
    truth: dict[str, list] = {site: [] for site in DECOY_LABELS}
    ours: dict[str, list] = {site: [] for site in DECOY_LABELS}
    chances: dict[str, list] = {site: [] for site in DECOY_LABELS}
    baseline: dict[str, list] = {site: [] for site in DECOY_LABELS}
    for gene in genes:
        codes = encode_bases(gene.sequence)
        logits = sequence_logits(model.splice, codes).astype(float)
        total = np.logaddexp.reduce(logits, axis=0)
        for k, site in enumerate(DECOY_LABELS, start=1):
            marks = np.zeros(len(codes), bool)
            marks[gene.donors if site == "donor" else gene.acceptors] = True
            truth[site].append(marks)
            ours[site].append(logits[k] - logits[0])
            chances[site].append(np.exp(logits[k] - total))
            if maxentscan:
                baseline_scores = maxentscan.scan(gene.sequence, site)
                baseline[site].append(np.where(np.isfinite(baseline_scores), baseline_scores, -1e3))
    scores = {"classifier": _joined(ours)} | (
        {"MaxEntScan": _joined(baseline)} if maxentscan else {}
    )
    number = np.repeat(np.arange(len(genes)), [len(gene.sequence) for gene in genes])
    return GeneScores(_joined(truth), scores, _joined(chances), number)


def _joined(parts: dict[str, list]) -> dict[str, np.ndarray]:
    return {site: np.concatenate(pieces) for site, pieces in parts.items()}


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
    figures = []
    for label, measure in (
        ("top-k accuracy", sorted_top_k),
        ("average precision", sorted_precision),
    ):
        low, high = group_interval(measure, (hits,), gene)
        n = int(hits.sum())
        figures.append(Metric(section, f"{label}, {what}", model, measure(hits), low, high, n))
    return figures


def positions_calibrated(
    section: str, what: str, truth: np.ndarray, chances: np.ndarray, gene: np.ndarray
) -> list[Metric]:
    """Calibration error of the positions with some probability, its interval over genes.

    Beside it what chance alone makes of it: the mean error, and the range of 95 % of errors, of
    truth drawn from the predicted probabilities themselves.
    """
    called = chances >= FOUND
    examples = truth[called], chances[called]
    low, high = group_interval(calibration_error, examples, gene[called])
    what = f"expected calibration error where p >= {FOUND}, {what}"
    rng = np.random.default_rng(0)
    true = [rng.random(called.sum()) < chances[called] for _ in range(DRAWN)]
    chance = [calibration_error(drawn, chances[called]) for drawn in true]
    least, most = np.quantile(chance, [0.025, 0.975])
    n = int(called.sum())
    return [
        Metric(section, what, "classifier", calibration_error(*examples), low, high, n),
        Metric(section, what, CHANCE, float(np.mean(chance)), float(least), float(most), n),
    ]


def neighbor_accuracy(
    model: Model, windows: pd.DataFrame, section: str = "Latent", k: int = 15, most: int = 8000
) -> list[Metric]:
    """Share of windows whose k nearest neighbors agree on their label, by latent space."""
    from sklearn.feature_extraction.text import CountVectorizer

    sample = windows.sample(min(most, len(windows)), random_state=0)
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
            hits = knn_hits(features, target, k)
            what = f"{k}-nearest-neighbor accuracy, {what}"
            figures.append(proportion_metric(section, what, name, hits))
    return figures


def knn_hits(features: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Which rows (n,) the k nearest of the other four fifths give their own label."""
    from sklearn.model_selection import cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier

    knn = KNeighborsClassifier(k, algorithm="brute")
    return cross_val_predict(knn, features, labels, cv=5) == labels
