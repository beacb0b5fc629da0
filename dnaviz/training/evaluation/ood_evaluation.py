"""Evaluate the out-of-distribution score, and reconstruction of out-of-distribution sequences."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dnaviz.errors import InputError
from dnaviz.io.read import read_sequences
from dnaviz.models import Model
from dnaviz.models.ood_score import REPETITIVE, UNUSUAL
from dnaviz.sequences import IUPAC, Sequence
from dnaviz.sequences.codes import encode_bases
from dnaviz.training.data.annotated import Stretch
from dnaviz.training.data.records import Record
from dnaviz.training.evaluation.evaluate import (
    LETTERS,
    Metric,
    metric,
    read_back_metrics,
)
from dnaviz.training.evaluation.metrics import auroc
from dnaviz.training.fit.ood import exon_stretches, sample_stretches, stretch_features

LENGTHS = (60, 100, 200, 400)
LONGEST = 10_000_000  # bases of one record


def read_records(path: Path) -> list[Record]:
    """Read a FASTA file as records without sites."""
    records = read_sequences(path, max_length=LONGEST, max_records=100_000)
    return [Record(s.name, "", encode_bases(str(s))) for s in records]


def tandem(length: int, rng: np.random.Generator) -> np.ndarray:
    """Make a random tandem repeat with a unit of one to six bases."""
    return np.resize(rng.integers(0, 4, rng.integers(1, 7)), length).astype(np.uint8)


def flagging_rates(
    model: Model, human: list[Record], others: dict[str, list[Record]], *,
    exons: list[Stretch] | None = None, n: int = 1000, seed: int = 0,
) -> list[Metric]:  # fmt: skip
    """Share of sequences flagged as not human, by kind and by length.

    Parameters
    ----------
    model : Model
        With its calibration.
    human : list of Record
        Of test chromosomes: those who are told are false alarms.
    others : dict of str to list of Record
        By name of the kind.
    exons : list of Stretch, optional
        Of test chromosomes, with the exons that stretches lie around: false alarms as well.
    n : int
        Stretches of each kind and length.
    seed : int

    Returns
    -------
    list of Metric
    """
    if model.ood_model is None:
        raise InputError("These weights have no familiarity.json: run dnaviz train familiarity.")
    rng = np.random.default_rng(seed)
    figures = []
    for length in LENGTHS:
        plain = sample_stretches(human, length, n, rng)
        kinds = {
            "human exons (false alarms)": exon_stretches(exons or [], length, n, rng),
            "shuffled": [rng.permutation(codes) for codes in plain],
            "random bases": list(rng.integers(0, 4, (n, length)).astype(np.uint8)),
            "tandem repeats of 1-6 nt": [tandem(length, rng) for _ in range(n)],
        } | {name: sample_stretches(records, length, n, rng) for name, records in others.items()}
        at_home = _ood_ranks(model, plain)
        section = f"Knows what it does not know, {length} nt"
        what = "told, human (false alarms)"
        figures.append(metric(section, what, "familiarity", np.mean, _is_told(at_home)))
        for name, stretches in kinds.items():
            if not stretches:
                continue
            strange = _ood_ranks(model, stretches)
            truth = np.arange(strange.shape[1] + at_home.shape[1]) < strange.shape[1]
            if "human" not in name:
                scores = np.concatenate([strange, at_home], axis=1).max(0)
                what = f"AUROC, {name} against human"
                figures.append(metric(section, what, "familiarity", auroc, truth, scores))
            told = _is_told(strange)
            figures.append(metric(section, f"told, {name}", "familiarity", np.mean, told))
    return figures


def _ood_ranks(model: Model, stretches: list[np.ndarray]) -> np.ndarray:
    """How foreign and how repetitive each stretch is, (2, n)."""
    assert model.ood_model is not None
    described = stretch_features(model.ood_model, stretches)
    return np.stack(model.ood_model.ranks(described, np.array([len(s) for s in stretches])))


def _is_told(ranks: np.ndarray) -> np.ndarray:
    """Whether a sentence is shown, (n,)."""
    told: np.ndarray = (ranks[0] > UNUSUAL) | (ranks[1] > REPETITIVE)
    return told


def reconstruction_evaluation(
    model: Model, human: list[Record], others: dict[str, list[Record]], *, n: int = 1000,
    seed: int = 0,
) -> list[Metric]:  # fmt: skip
    """Reconstruction of what users paste beside plain human DNA, 60-400 nt, at its length.

    Unknown and ambiguous bases are not counted; all others are.
    """
    rng = np.random.default_rng(seed)
    lengths = rng.integers(60, 401, n)
    plain = [codes for k in lengths for codes in sample_stretches(human, int(k), 1, rng)]
    kinds = {
        "human": [_bases(codes) for codes in plain],
        "human, one base in ten an IUPAC code": [_ambiguous(codes, rng) for codes in plain],
        "human, runs of 5-50 N": [_with_run(codes, rng) for codes in plain],
        "human, lower case and U": [_bases(c).lower().replace("t", "u") for c in plain],
        "shuffled": [_bases(rng.permutation(codes)) for codes in plain],
        "random bases": [_bases(rng.integers(0, 4, int(k))) for k in lengths],
        "tandem repeats of 1-6 nt": [_bases(tandem(int(k), rng)) for k in lengths],
    }
    for name, records in others.items():
        drawn = [codes for k in lengths for codes in sample_stretches(records, int(k), 1, rng)]
        kinds[name] = [_bases(codes) for codes in drawn]
    figures = []
    section = "Reconstruction of what users paste"
    for name, texts in kinds.items():
        if not texts:
            continue
        results = model.reconstruct([Sequence(text) for text in texts])
        accuracy = np.array([r.accuracy for r in results])
        figures += read_back_metrics(section, "autoencoder", accuracy, name)
    return figures


def _bases(codes: np.ndarray) -> str:
    return "".join(LETTERS[codes])


def _ambiguous(codes: np.ndarray, rng: np.random.Generator) -> str:
    """Bases with one in ten replaced by a code of several bases, its own among them."""
    letters = list(_bases(codes))
    for place in np.flatnonzero(rng.random(len(letters)) < 0.1):
        fitting = [c for c, bases in IUPAC.items() if letters[place] in bases and len(bases) > 1]
        letters[place] = str(rng.choice(fitting))
    return "".join(letters)


def _with_run(codes: np.ndarray, rng: np.random.Generator) -> str:
    length = int(rng.integers(5, min(51, len(codes) // 2)))
    start = int(rng.integers(0, len(codes) - length))
    text = _bases(codes)
    return text[:start] + "N" * length + text[start + length :]
