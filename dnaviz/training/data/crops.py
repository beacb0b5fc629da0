"""Random crops of stretches to train on: around sites, within genes, and anywhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.training.data.annotated import IGNORE, STRANDS, UNKNOWN, Stretch
from dnaviz.training.variation import changed
from dnaviz.training.windows import PAD


class Mix(NamedTuple):
    """Shares of crops, and how often they are damaged.

    Of crops: around a site of any stretch; within a gene, in its sense; the rest anywhere on
    either strand of the stretches that have both. Then: how many crops are cut into fragments, how
    many get a run of N, and how many have single bases changed away from sites.
    """

    sites: float = 0.65
    genes: float = 0.2
    fragments: float = 0.25
    unknown: float = 0.15
    changed: float = 0.25


MIX = Mix()
SHORTEST, LONGEST = 60, 400  # nt of a fragment


class Sampler:
    """Draws crops from stretches.

    Parameters
    ----------
    stretches : list of Stretch
    width : int
        Positions with a label.
    context : int
        Positions on each side that have none.
    mix : Mix

    Raises
    ------
    InputError
        When no stretch has a site.
    """

    def __init__(self, stretches: list[Stretch], width: int, context: int, mix: Mix = MIX) -> None:
        self.stretches, self.width, self.context, self.mix = stretches, width, context, mix
        sites, genes = [], []
        for k, s in enumerate(stretches):
            for strand, found in s.strands.items():
                sense = STRANDS.index(strand)
                positions = np.concatenate([found.donors, found.acceptors])
                sites.append(_rows(k, sense, positions, positions + 1))
                genes.append(_rows(k, sense, found.genes[:, 0], found.genes[:, 1]))
        self.sites, self.genes = np.concatenate(sites), np.concatenate(genes)
        if not len(self.sites):
            raise InputError("There is no annotated splice site to train on.")
        self._gene_weights = _shares(self.genes[:, 3] - self.genes[:, 2])
        self.whole = np.array(
            [k for k, s in enumerate(stretches) if len(s.strands) == len(STRANDS)], np.int64
        )
        self._whole_weights = _shares([len(stretches[k].codes) for k in self.whole])

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Crops as :meth:`Stretch.crop` gives them, damaged as the mix says.

        Returns
        -------
        codes : (n, width + 2 * context) uint8
        labels, exons : (n, width) uint8
        """
        total = self.width + 2 * self.context
        codes = np.empty((n, total), np.uint8)
        labels = np.empty((n, self.width), np.uint8)
        exons = np.empty_like(labels)
        wanted = slice(self.context, self.context + self.width)
        for i in range(n):
            for _ in range(20):  # a crop of unknown bases alone teaches nothing
                k, sense, position = self._place(rng)
                start = position - self.context - int(rng.integers(0, self.width))
                crop = self.stretches[k].crop(start, start + total, STRANDS[sense])
                if (crop[1][wanted] != IGNORE).mean() > 0.25:
                    break
            codes[i], marks, inside = crop
            labels[i], exons[i] = marks[wanted], inside[wanted]
            self._damage(codes[i], marks, rng)
            gone = codes[i, wanted] >= UNKNOWN
            labels[i][gone] = exons[i][gone] = IGNORE
        return codes, labels, exons

    def _place(self, rng: np.random.Generator) -> tuple[int, int, int]:
        kind = rng.random()
        if kind < self.mix.sites or not len(self.genes):
            k, sense, position, _ = self.sites[rng.integers(0, len(self.sites))]
        elif kind < self.mix.sites + self.mix.genes or not len(self.whole):
            row = int(np.searchsorted(self._gene_weights, rng.random(), side="right"))
            k, sense, start, end = self.genes[min(row, len(self.genes) - 1)]
            position = rng.integers(start, end)
        else:
            row = int(np.searchsorted(self._whole_weights, rng.random(), side="right"))
            k = self.whole[min(row, len(self.whole) - 1)]
            sense = rng.integers(0, 2)
            position = rng.integers(0, len(self.stretches[k].codes))
        return int(k), int(sense), int(position)

    def _damage(self, codes: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> None:
        """Change, hide and cut away bases in place; what is known of labels has to follow."""
        if rng.random() < self.mix.changed:
            changed(codes, labels, rng)
        if rng.random() < self.mix.unknown:
            start = rng.integers(0, len(codes))
            codes[start : start + rng.geometric(0.02)] = UNKNOWN
        if rng.random() < self.mix.fragments:
            cut(codes, self.context, rng)


def cut(codes: np.ndarray, gap: int, rng: np.random.Generator) -> None:
    """Keep fragments of 60-400 nt of a crop, nothing between: each reads as if pasted alone."""
    position = int(rng.integers(0, gap))
    codes[:position] = PAD
    while position < len(codes):
        position += int(rng.integers(SHORTEST, LONGEST + 1))
        end = min(len(codes), position + gap)
        codes[position:end] = PAD
        position = end


def _rows(k: int, sense: int, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Rows (n, 4): stretch, strand, start, end."""
    return np.stack([np.full(len(starts), k), np.full(len(starts), sense), starts, ends], axis=1)


def _shares(lengths: np.ndarray | list[int]) -> np.ndarray:
    """Cumulative shares of lengths."""
    sums = np.cumsum(np.asarray(lengths, float))
    return sums / sums[-1] if len(sums) else sums
