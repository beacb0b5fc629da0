"""Random windows for training the autoencoder, and fixed ones for validation, as canvases."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.models.autoencoder import MAX_LENGTH, MIN_LENGTH
from dnaviz.models.encoder import CANVAS, CANVAS_RADIUS
from dnaviz.sequences.codes import COMPLEMENT
from dnaviz.training.data.records import Record

PAD = 5


class RecordPool(NamedTuple):
    """Records joined into one array, from which windows are drawn."""

    codes: np.ndarray  # (total,) uint8
    starts: np.ndarray  # (records,)
    lengths: np.ndarray  # (records,)


def make_pool(records: list[Record]) -> RecordPool:
    """Join the records that are at least one window long."""
    pieces = [r.codes for r in records if len(r.codes) >= MIN_LENGTH]
    if not pieces:
        raise InputError(f"No record has the {MIN_LENGTH} nt of the shortest window.")
    lengths = np.array([len(p) for p in pieces])
    return RecordPool(np.concatenate(pieces), np.cumsum(lengths) - lengths, lengths)


def draw_windows(
    pool: RecordPool, lengths: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    """One random window of each length, from records in proportion to their size, either strand."""
    middles = rng.integers(0, len(pool.codes), len(lengths))
    records = np.searchsorted(pool.starts, middles, side="right") - 1
    windows = []
    for record, length, flip in zip(records, lengths, rng.random(len(lengths)) < 0.5, strict=True):
        length = min(length, pool.lengths[record])
        start = pool.starts[record] + rng.integers(0, pool.lengths[record] - length + 1)
        codes = pool.codes[start : start + length]
        windows.append(COMPLEMENT[codes[::-1]] if flip else codes)
    return windows


def canvas_codes(windows: list[np.ndarray]) -> np.ndarray:
    """(n, CANVAS) codes with each window's middle (``L // 2``) in the middle, PAD around it."""
    canvas = np.full((len(windows), CANVAS), PAD, np.uint8)
    for row, codes in zip(canvas, windows, strict=True):
        start = CANVAS_RADIUS - len(codes) // 2
        row[start : start + len(codes)] = codes
    return canvas


def training_windows(pool: RecordPool, n: int, rng: np.random.Generator) -> np.ndarray:
    """A batch of canvases (n, CANVAS): lengths 20-400, one in ten shuffled, some with runs of N."""
    windows = draw_windows(pool, rng.integers(MIN_LENGTH, MAX_LENGTH + 1, n), rng)
    for i, codes in enumerate(windows):
        kind = rng.random()
        if kind < 0.1:
            windows[i] = rng.permutation(codes)
        elif kind < 0.15:
            start, run = rng.integers(0, len(codes)), rng.geometric(0.1)
            windows[i] = codes.copy()
            windows[i][start : start + run] = 4
    return canvas_codes(windows)
