"""Calibrate what looks human: words from training chromosomes, spread from validation ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from dnaviz.errors import InputError
from dnaviz.models.familiarity import (
    FEATURES,
    LENGTHS,
    ORDER,
    QUANTILES,
    FamiliarityModel,
    spell,
)
from dnaviz.training.corpus import COMPLEMENT, Record
from dnaviz.training.windows import Pool, draw, make_pool

STRETCHES = 20_000  # of each length, for the means and the quantiles


def train_familiarity(
    train: list[Record], validation: list[Record], *, stretches: int = STRETCHES, seed: int = 0
) -> FamiliarityModel:
    """Count human words and measure how human stretches spread.

    Parameters
    ----------
    train : list of Record
        Whose words are counted, on both strands.
    validation : list of Record
        From which stretches are drawn: one half for mean and covariance, one for the quantiles.
    stretches : int
        Of each length.
    seed : int

    Returns
    -------
    FamiliarityModel
    """
    model = FamiliarityModel()
    model.surprise.copy_(torch.from_numpy(surprises(count_words(train))))
    pool = make_pool(validation)
    rng = np.random.default_rng(seed)
    for row, length in enumerate(LENGTHS):
        described = describe(model, pool, length, stretches, rng)
        half = len(described) // 2
        if half <= 10 * FEATURES:
            raise InputError(f"There are too few validation stretches of {length} nt to calibrate.")
        mean = described[:half].mean(0)
        covariance = np.cov(described[:half].T) + 1e-6 * np.eye(FEATURES)
        model.mean[row] = torch.from_numpy(mean)
        model.precision[row] = torch.from_numpy(np.linalg.inv(covariance))
        rest = described[half:]
        distances = model.distances(rest, np.full(len(rest), length))
        quantiles = np.quantile(distances, np.linspace(0, 1, QUANTILES + 1))
        model.quantiles[row] = torch.from_numpy(quantiles)
    return model.eval()


def describe(
    model: FamiliarityModel, pool: Pool, length: int, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Features (m <= n, FEATURES) of random stretches of a length that have known bases enough."""
    enough = pool.lengths >= length
    fitting = Pool(pool.codes, pool.starts, np.where(enough, pool.lengths, 0))
    stretches = [codes for codes in draw(fitting, np.full(n, length), rng) if len(codes) == length]
    described = np.array([model.features(codes) for codes in stretches if (codes < 4).all()])
    return described.reshape(-1, FEATURES)


def count_words(records: list[Record]) -> np.ndarray:
    """How often every word of ORDER + 1 bases stands in records, both strands: (4**(ORDER+1),)."""
    size = ORDER + 1
    counts = np.zeros(4**size, np.int64)
    for record in records:
        for codes in (record.codes, COMPLEMENT[record.codes[::-1]]):
            words, known = spell(codes, size)
            counts += np.bincount(words[known], minlength=4**size)
    return counts


def surprises(counts: np.ndarray) -> np.ndarray:
    """log2 of p(base | k before it) / p(base | k - 1 before it), k = 1 to ORDER, by word.

    One count is added to every word of each size.
    """
    size = ORDER + 1
    table = counts.reshape((4,) * size).astype(float)
    conditional = []
    for k in range(ORDER + 1):
        shorter = table.sum(tuple(range(size - 1 - k))) + 1
        share = shorter / shorter.sum(-1, keepdims=True)
        conditional.append(np.broadcast_to(share, table.shape))
    gains = [
        np.log2(longer / shorter)
        for shorter, longer in zip(conditional, conditional[1:], strict=False)
    ]
    return np.stack([g.reshape(-1) for g in gains], axis=1).astype(np.float32)
