"""Fit the out-of-distribution score: a Markov chain and quantiles of human stretches."""

from __future__ import annotations

import numpy as np
import torch

from dnaviz.errors import InputError
from dnaviz.models.ood import LENGTHS, ORDER, STEPS, TERMS, OodModel
from dnaviz.sequences.codes import COMPLEMENT, kmer_index
from dnaviz.training.data.canvases import draw_windows, make_pool
from dnaviz.training.data.records import Record

STRETCHES = 20_000  # of each length


def train_ood_model(
    train: list[Record], validation: list[Record], *, stretches: int = STRETCHES, seed: int = 0
) -> OodModel:
    """Fit the Markov chain and the quantiles of human stretches.

    Parameters
    ----------
    train : list of Record
        Whose words are counted, on both strands.
    validation : list of Record
        From which stretches are drawn, for the expected gain and the quantiles.
    stretches : int
        Of each length.
    seed : int

    Returns
    -------
    FamiliarityModel

    Raises
    ------
    InputError
        When the validation records are too few or too short.
    """
    model = OodModel()
    model.markov_log_probs.copy_(torch.from_numpy(markov_log_probs(count_kmers(train))))
    rng = np.random.default_rng(seed)
    steps = np.linspace(0, 1, STEPS + 1)
    for row, length in enumerate(LENGTHS):
        described = stretch_features(model, sample_stretches(validation, length, stretches, rng))
        if len(described) < 20 * TERMS:
            raise InputError(f"There are too few validation stretches of {length} nt to calibrate.")
        gain, terms = described[:, 0], described[:, 1:]
        expected = np.linalg.lstsq(terms, gain, rcond=None)[0]
        model.expected[row] = torch.from_numpy(expected)
        model.shortfall[row] = torch.from_numpy(np.quantile(terms @ expected - gain, steps))
        model.variety[row] = torch.from_numpy(np.quantile(terms[:, -1], steps))
    return model.eval()


def sample_stretches(
    records: list[Record], length: int, n: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Up to n random stretches of a length without unknown bases, either strand."""
    long_enough = [record for record in records if len(record.codes) >= length]
    if not long_enough:
        return []
    drawn = draw_windows(make_pool(long_enough), np.full(n, length), rng)
    return [codes for codes in drawn if (codes < 4).all()]


def stretch_features(model: OodModel, stretches: list[np.ndarray]) -> np.ndarray:
    """Features (n, 1 + TERMS) of stretches."""
    return np.array([model.features(codes) for codes in stretches]).reshape(-1, 1 + TERMS)


def count_kmers(records: list[Record]) -> np.ndarray:
    """Count k-mers of ORDER + 1 bases in records, on both strands."""
    counts = np.zeros(4 ** (ORDER + 1), np.int64)
    for record in records:
        for codes in (record.codes, COMPLEMENT[record.codes[::-1]]):
            kmers, valid = kmer_index(codes, ORDER + 1)
            counts += np.bincount(kmers[valid], minlength=len(counts))
    return counts


def markov_log_probs(counts: np.ndarray) -> np.ndarray:
    """log2 p(last base | the bases before it) of every k-mer, with a pseudocount of one."""
    table = counts.reshape(-1, 4).astype(float) + 1
    logs: np.ndarray = np.log2(table / table.sum(1, keepdims=True)).reshape(-1)
    return logs.astype(np.float32)
