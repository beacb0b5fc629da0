"""Long sequences reconstructed by overlapping tiles, and what comes back of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dnaviz.models.protocol import decoded, encode_in, require
from dnaviz.plots import axes_for
from dnaviz.sequences import BASES, Sequence, from_one_hot, one_hot, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BATCH = 128  # tiles that go through the model together


class ReconstructionResult(NamedTuple):
    """A sequence beside what the decoder writes for its latent."""

    sequence: Sequence
    reconstruction: str  # upper-case bases, of the same length
    probabilities: np.ndarray  # (4, L) of A, C, G, T
    accuracy: float  # share of the unambiguous bases (A, C, G, T) that come back
    tiles: int  # 1, or the number of overlapping tiles of a long sequence

    def __repr__(self) -> str:
        name, length = shorten(self.sequence.name), len(self.sequence)
        return f"ReconstructionResult({name}, {length:,} nt: {self._right})"

    @property
    def _right(self) -> str:
        unknown = np.isnan(self.accuracy)
        return "no base is known" if unknown else f"{self.accuracy:.1%} of bases right"

    def table(self) -> pd.DataFrame:
        """Return one row for each base: position (1-based), base, reconstruction, A C G T."""
        import pandas as pd

        columns = {
            "position": np.arange(1, len(self.sequence) + 1),
            "base": list(str(self.sequence)),
            "reconstruction": list(self.reconstruction),
        }
        return pd.DataFrame(columns | dict(zip(BASES, self.probabilities, strict=True)))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the probability of each base of the sequence; what does not come back is red.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            By default those of a new figure.
        """
        title = f"{self.sequence.name}: {self._right}"
        ax = axes_for(ax, title=title, xlabel="position", ylabel="probability of the base")
        bases = np.array(list(str(self.sequence)))
        is_base = np.isin(bases, list(BASES))
        expected = np.where(is_base, (one_hot(self.sequence) * self.probabilities).sum(0), np.nan)
        wrong = is_base & (bases != np.array(list(self.reconstruction)))
        x = np.arange(1, len(bases) + 1)
        ax.plot(x, expected, color="0.4", linewidth=1)
        ax.plot(x[wrong], expected[wrong], "o", color="#D55E00", markersize=4)
        ax.set_ylim(-0.05, 1.05)
        return ax


def reconstruct(model: Any, sequences: list[Sequence]) -> list[ReconstructionResult]:
    """Encode sequences and decode their latents again; long ones by overlapping tiles.

    Parameters
    ----------
    model : DNAModel and Decoder
    sequences : list of Sequence
        Of ``model.min_length`` and more.
    """
    require(model, "decode")
    results = []
    for batch in _by_tiles(sequences, model.max_length):
        starts = [tile_starts(len(sequence), model.max_length) for sequence in batch]
        sizes = [min(len(sequence), model.max_length) for sequence in batch]
        plan = list(zip(batch, starts, sizes, strict=True))
        tiles = [str(q)[s : s + size] for q, first, size in plan for s in first]
        written = iter(decoded(model, encode_in(model, tiles), [len(tile) for tile in tiles]))
        for sequence, first, _ in plan:
            parts = [next(written) for _ in first]
            probabilities = join_tiles(parts, first, len(sequence))
            results.append(compare(sequence, probabilities, len(first)))
    return results


def _by_tiles(sequences: list[Sequence], longest: int) -> Iterator[list[Sequence]]:
    """Sequences that have about `BATCH` tiles together."""
    batch: list[Sequence] = []
    tiles = 0
    for sequence in sequences:
        batch.append(sequence)
        tiles += len(tile_starts(len(sequence), longest))
        if tiles >= BATCH:
            yield batch
            batch, tiles = [], 0
    if batch:
        yield batch


def tile_starts(length: int, longest: int) -> list[int]:
    """0-based starts of tiles of `longest` bases, overlapping by a quarter, that cover all."""
    if length <= longest:
        return [0]
    starts = list(range(0, length - longest, longest - longest // 4))
    return [*starts, length - longest]


def join_tiles(tiles: list[np.ndarray], starts: list[int], length: int) -> np.ndarray:
    joined = np.empty((4, length), np.float32)
    end = 0
    for tile, start in zip(tiles, starts, strict=True):
        skip = (end - start) // 2  # a later tile takes over in the middle of what they share
        end = start + tile.shape[1]
        joined[:, start + skip : end] = tile[:, skip:]
    return joined


def compare(sequence: Sequence, probabilities: np.ndarray, tiles: int) -> ReconstructionResult:
    bases = str(sequence)
    written = from_one_hot(probabilities)
    pairs = [(a, b) for a, b in zip(bases, written, strict=True) if a in "ACGT"]
    accuracy = sum(a == b for a, b in pairs) / len(pairs) if pairs else float("nan")
    return ReconstructionResult(sequence, written, probabilities, accuracy, tiles)
