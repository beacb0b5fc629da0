"""A long sequence with a label for every position, and the fragments it is cut into."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from dnaviz.models.classifier import CONTEXT
from dnaviz.training.data.annotated import NEITHER
from dnaviz.training.data.canvases import PAD


class LabeledSequence(NamedTuple):
    """A long sequence with a label for every position."""

    codes: np.ndarray  # (L,) uint8
    labels: np.ndarray  # (L,) uint8: NEITHER, DONOR, ACCEPTOR or IGNORE

    def first(self, n: int) -> LabeledSequence:
        """Return the first n positions."""
        return LabeledSequence(self.codes[:n], self.labels[:n])


def join(parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> LabeledSequence:
    """Concatenate codes with their labels."""
    codes, labels = zip(*parts, strict=True)
    return LabeledSequence(np.concatenate(codes), np.concatenate(labels))


def fragments(strand: LabeledSequence, length: int) -> LabeledSequence:
    """Cut a labeled sequence into fragments of one length, padded by CONTEXT."""
    total = len(strand.codes) // length * length

    def spread(values: np.ndarray, filling: int) -> np.ndarray:
        rows = values[:total].reshape(-1, length)
        return np.pad(rows, ((0, 0), (0, CONTEXT)), constant_values=filling).ravel()

    return LabeledSequence(spread(strand.codes, PAD), spread(strand.labels, NEITHER))
