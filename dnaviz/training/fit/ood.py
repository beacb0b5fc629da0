"""Fit the out-of-distribution score: a network that tells human DNA, and its quantiles."""

from __future__ import annotations

import warnings

import numpy as np
import torch

from dnaviz.errors import InputError
from dnaviz.models.ood import FEATURES, HIDDEN, OodModel
from dnaviz.models.ood_score import LENGTHS, STEPS
from dnaviz.sequences.codes import COMPLEMENT
from dnaviz.training.data.annotated import Stretch
from dnaviz.training.data.records import Record

TRAINED = 90_000  # human stretches to train on, and as many that are none
STRETCHES = 20_000  # of each length, for the quantiles
LEAST = 100
SHORTEST, LONGEST = 40, 500  # nt to train on
EPOCHS = 8

# Amino acids of the standard code, codons in the order of A, C, G, T; * ends a protein.
CODE = "KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF"
# How often proteins have each (percent, all of UniProtKB/Swiss-Prot, rounded).
COMMON = {
    "A": 8.3, "R": 5.5, "N": 4.1, "D": 5.5, "C": 1.4, "Q": 3.9, "E": 6.7, "G": 7.1, "H": 2.3,
    "I": 5.9, "L": 9.7, "K": 5.8, "M": 2.4, "F": 3.9, "P": 4.7, "S": 6.6, "T": 5.3, "W": 1.1,
    "Y": 2.9, "V": 6.9, "*": 0.0,
}  # fmt: skip


def train_ood_model(
    train: list[Stretch],
    validation: list[Stretch],
    *,
    trained: int = TRAINED,
    stretches: int = STRETCHES,
    seed: int = 0,
) -> OodModel:
    """Train the network, and take the quantiles of human stretches.

    A third of the stretches lie around exons, where there are any, the rest anywhere. What is not
    human is one of them, shuffled, or a made-up gene: no other organism is seen.

    Parameters
    ----------
    train, validation : list of Stretch
        To train on; and for the quantiles.
    trained, stretches : int
        Human stretches to train on, and for the quantiles of each length.
    seed : int

    Returns
    -------
    OodModel

    Raises
    ------
    InputError
        When there are too few or too short stretches.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(seed)
    model = OodModel()
    human = [
        codes
        for length in np.geomspace(SHORTEST, LONGEST, 60).astype(int)
        for codes in human_stretches(train, int(length), 1 + trained // 60, rng)
    ]
    if len(human) < LEAST:
        raise InputError("There are too few training stretches to learn from.")
    other = [
        rng.permutation(codes) if rng.random() < 0.5 else made_up_gene(len(codes), rng)
        for codes in human
    ]
    x = stretch_features(model, human + other)[:, :FEATURES]
    network = MLPClassifier(
        (HIDDEN,), alpha=0.05, batch_size=min(256, len(x)), learning_rate_init=1e-3,
        max_iter=EPOCHS, random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        network.fit(x, np.repeat([0, 1], len(human)))
    for layer, weight, bias in zip(
        (model.hidden, model.output), network.coefs_, network.intercepts_, strict=True
    ):
        layer.weight.data = torch.from_numpy(weight.T.astype(np.float32)).contiguous()
        layer.bias.data = torch.from_numpy(bias.astype(np.float32))
    steps = np.linspace(0, 1, STEPS + 1)
    for row, length in enumerate(LENGTHS):
        described = stretch_features(model, human_stretches(validation, length, stretches, rng))
        if len(described) < LEAST:
            raise InputError(f"There are too few validation stretches of {length} nt to calibrate.")
        scores = model.foreignness(described)
        model.strangeness[row] = torch.from_numpy(np.quantile(scores, steps))
        model.variety[row] = torch.from_numpy(np.quantile(described[:, -1], steps))
    return model.eval().requires_grad_(False)


def human_stretches(
    stretches: list[Stretch], length: int, n: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """About n stretches of a length without unknown bases, a third of them around exons."""
    around = exon_stretches(stretches, length, n // 3, rng)
    return around + sample_stretches(stretches, length, n - len(around), rng)


def exon_stretches(
    stretches: list[Stretch], length: int, n: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Up to n stretches without unknown bases around exons, in their sense.

    The middle is within an eighth of the length of the exon's, or anywhere in a longer exon.
    """
    exons = [
        (s.codes, strand, start, end)
        for s in stretches
        for strand, sites in s.strands.items()
        for start, end in sites.exons
    ]
    drawn: list[np.ndarray] = []
    for k in rng.integers(0, len(exons), 4 * n) if exons else ():
        codes, strand, start, end = exons[k]
        free = max(length // 8, (end - start - length) // 2)
        first = (start + end - length) // 2 + int(rng.integers(-free, free + 1))
        piece = codes[max(first, 0) : first + length]
        if len(piece) == length and (piece < 4).all():
            drawn.append(piece if strand == "+" else COMPLEMENT[piece[::-1]])
        if len(drawn) == n:
            break
    return drawn


def sample_stretches(
    records: list[Record] | list[Stretch], length: int, n: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Up to n random stretches of a length without unknown bases, either strand."""
    pieces = [record.codes for record in records if len(record.codes) >= length]
    if not pieces:
        return []
    ends = np.cumsum([len(codes) for codes in pieces])
    drawn = []
    for k in np.searchsorted(ends, rng.integers(0, ends[-1], n), side="right"):
        start = rng.integers(0, len(pieces[k]) - length + 1)
        codes = pieces[k][start : start + length]
        if (codes < 4).all():
            drawn.append(codes if rng.random() < 0.5 else COMPLEMENT[codes[::-1]])
    return drawn


def made_up_gene(length: int, rng: np.random.Generator) -> np.ndarray:
    """Codes of a stretch of a coding sequence with codon preferences of its own, either strand.

    Leans to G and C, in the third base above all, up to as much as bacteria's do.
    """
    lean = rng.uniform(0, 2)
    codons = np.arange(64)[:, None] // (16, 4, 1) % 4
    strong = np.isin(codons, (1, 2))
    by_protein = np.array([COMMON[amino] for amino in CODE])
    by_protein *= np.exp(0.5 * lean * (strong[:, :2].sum(1) - 1))
    wanted = np.exp(1.6 * lean * (2 * strong[:, 2] - 1) + rng.normal(0, 0.8, 64))
    for amino in COMMON:
        same = np.array([amino == a for a in CODE])
        wanted[same] /= wanted[same].sum()
    chances = by_protein * wanted
    drawn = rng.choice(64, length // 3 + 2, p=chances / chances.sum())
    codes = codons[drawn].reshape(-1)[rng.integers(0, 3) :][:length].astype(np.uint8)
    return codes if rng.random() < 0.5 else COMPLEMENT[codes[::-1]]


def stretch_features(model: OodModel, stretches: list[np.ndarray]) -> np.ndarray:
    """Features (n, FEATURES + 1) of stretches."""
    described = [model.features(codes) for codes in stretches]
    return np.array(described, np.float32).reshape(-1, FEATURES + 1)
