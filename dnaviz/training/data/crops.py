"""Random crops of stretches to train on: around sites, within genes, and anywhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.training.data.annotated import (
    ACCEPTOR,
    DONOR,
    IGNORE,
    NEITHER,
    STRANDS,
    UNKNOWN,
    Stretch,
)
from dnaviz.training.data.canvases import PAD


class Mix(NamedTuple):
    """Shares of crops, and how often they are damaged.

    Of crops: around a site of any stretch; within a gene, in its sense; the rest anywhere on
    either strand of the stretches that have both. Then: how many of those around a site have what
    surrounds it exchanged, or shifted; how many crops are cut into fragments, how many get a run of
    N, and how many have single bases changed away from sites. There are some ten thousand sites,
    and a network remembers them if they look the same every time.
    """

    sites: float = 0.5
    genes: float = 0.3
    exchanged: float = 0.2
    shifted: float = 0.2
    fragments: float = 0.3
    unknown: float = 0.1
    changed: float = 0.2


MIX = Mix()
CORE = {DONOR: (-5, 9), ACCEPTOR: (-24, 4)}  # first and last base, around the labeled one
MAX_FLANK = 200  # surroundings are exchanged from the core's end to here, at random
MAX_SUBSTITUTED = 0.1  # highest share of bases that are changed
SHORTEST, LONGEST = 50, 400  # nt of a fragment
MOVED = 20  # nt that surroundings are shifted by at most

Crop = tuple[np.ndarray, np.ndarray, np.ndarray]  # codes, labels, exons


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
                for positions, label in ((found.donors, DONOR), (found.acceptors, ACCEPTOR)):
                    sites.append(_rows(k, sense, positions, np.full(len(positions), label)))
                genes.append(_rows(k, sense, found.genes[:, 0], found.genes[:, 1]))
        self.sites, self.genes = np.concatenate(sites), np.concatenate(genes)
        if not len(self.sites):
            raise InputError("There is no annotated splice site to train on.")
        self._of_kind = [np.arange(len(self.sites))]
        self._of_kind += [np.flatnonzero(self.sites[:, 3] == k) for k in (DONOR, ACCEPTOR)]
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
        central = slice(self.context, self.context + self.width)
        for i in range(n):
            for _ in range(20):  # a crop of unknown bases alone teaches nothing
                k, sense, position, kind = self._place(rng)
                column = self.context + int(rng.integers(0, self.width))
                crop = self._crop(k, sense, position, column)
                if (crop[1][central] != IGNORE).mean() > 0.25:
                    break
            if kind and rng.random() < self.mix.exchanged:
                other = self._crop(*self._site(rng, kind)[:3], column)
                exchange(crop, other, column, kind, rng)
            if kind and rng.random() < self.mix.shifted:
                shift(crop, column, kind, rng)
            codes[i], marks, inside = crop
            self._damage(codes[i], marks, rng)
            labels[i], exons[i] = marks[central], inside[central]
            bases = codes[i, central]
            labels[i][bases > UNKNOWN] = IGNORE
            labels[i][bases == UNKNOWN] = NEITHER  # or a network would guess sites at N
            exons[i][bases >= UNKNOWN] = IGNORE
        return codes, labels, exons

    def _crop(self, k: int, sense: int, position: int, column: int) -> Crop:
        """A crop, writable, with a position of a stretch at a column, in the sense of a strand."""
        total = self.width + 2 * self.context
        before = column if sense == 0 else total - 1 - column
        start = position - before
        codes, labels, exons = self.stretches[k].crop(start, start + total, STRANDS[sense])
        return codes.copy(), labels.copy(), exons.copy()

    def _site(self, rng: np.random.Generator, kind: int) -> tuple[int, int, int, int]:
        """A site: stretch, strand, position, label; of a label, or of any (0)."""
        rows = self._of_kind[kind]
        k, sense, position, label = self.sites[rows[rng.integers(0, len(rows))]]
        return int(k), int(sense), int(position), int(label)

    def _place(self, rng: np.random.Generator) -> tuple[int, int, int, int]:
        """Where a crop is drawn: stretch, strand, position, and the label if it is a site."""
        draw = rng.random()
        if draw < self.mix.sites or not len(self.genes):
            return self._site(rng, 0)
        if draw < self.mix.sites + self.mix.genes or not len(self.whole):
            row = int(np.searchsorted(self._gene_weights, rng.random(), side="right"))
            k, sense, start, end = self.genes[min(row, len(self.genes) - 1)]
            position = rng.integers(start, end)
        else:
            row = int(np.searchsorted(self._whole_weights, rng.random(), side="right"))
            k = self.whole[min(row, len(self.whole) - 1)]
            sense = rng.integers(0, 2)
            position = rng.integers(0, len(self.stretches[k].codes))
        return int(k), int(sense), int(position), 0

    def _damage(self, codes: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> None:
        """Change, hide and cut away bases in place; what is known of labels has to follow."""
        if rng.random() < self.mix.changed:
            substitute_bases(codes, labels, rng)
        if rng.random() < self.mix.unknown:
            start = rng.integers(0, len(codes))
            codes[start : start + rng.geometric(0.02)] = UNKNOWN
        if rng.random() < self.mix.fragments:
            cut(codes, self.context, rng)


def substitute_bases(codes: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> None:
    """Substitute up to a tenth of the bases in place, none in the core of a site."""
    share = rng.random() * MAX_SUBSTITUTED
    replaced = (rng.random(len(codes)) < share) & (codes < 4)
    for label, (first, last) in CORE.items():
        for site in np.flatnonzero(labels == label):
            replaced[max(0, site + first) : site + last + 1] = False
    codes[replaced] = (codes[replaced] + rng.integers(1, 4, int(replaced.sum()))) % 4


def exchange(crop: Crop, other: Crop, column: int, label: int, rng: np.random.Generator) -> None:
    """Take what lies beyond a random distance of a site, on one side or both, from another crop.

    Both have a site of one kind at `column`; the bases that make it stay as they are, and sites
    that a seam runs through have no label.
    """
    first, last = CORE[label]
    sides = int(rng.integers(1, 4))
    if sides & 1:
        end = max(0, column + first - int(rng.integers(0, MAX_FLANK + first)))
        for own, others in zip(crop, other, strict=True):
            own[:end] = others[:end]
        mask_seam(crop[1], end)
    if sides & 2:
        start = column + last + 1 + int(rng.integers(0, MAX_FLANK - last))
        for own, others in zip(crop, other, strict=True):
            own[start:] = others[start:]
        mask_seam(crop[1], start)


def shift(crop: Crop, column: int, label: int, rng: np.random.Generator) -> None:
    """Delete or repeat up to 20 bases outside of a site's core; the site stays put."""
    first, last = CORE[label]
    by = int(rng.integers(1, MOVED + 1)) * int(rng.choice((-1, 1)))
    index = np.arange(len(crop[0]))
    if rng.random() < 0.5:
        seam = max(0, column + first - int(rng.integers(0, MAX_FLANK)))
        index[:seam] -= by
    else:
        seam = column + last + 1 + int(rng.integers(0, MAX_FLANK))
        index[seam:] += by
    beyond = (index < 0) | (index >= len(index))
    index = np.clip(index, 0, len(index) - 1)
    for own, absent in zip(crop, (PAD, IGNORE, IGNORE), strict=True):
        own[:] = own[index]
        own[beyond] = absent
    mask_seam(crop[1], seam)


def mask_seam(labels: np.ndarray, seam: int) -> None:
    """Take the label from sites whose core a seam (before that column) runs through."""
    for label, (first, last) in CORE.items():
        near = slice(max(0, seam - last), max(0, seam - first))
        part = labels[near]
        part[part == label] = IGNORE


def cut(codes: np.ndarray, gap: int, rng: np.random.Generator) -> None:
    """Keep fragments of 50-400 nt of a crop, nothing between: each reads as if pasted alone.

    Lengths are even by their logarithm: the same number between 50 and 100 nt as from 200 on.
    """
    position = int(rng.integers(0, gap))
    codes[:position] = PAD
    while position < len(codes):
        position += int(np.exp(rng.uniform(np.log(SHORTEST), np.log(LONGEST))))
        end = min(len(codes), position + gap)
        codes[position:end] = PAD
        position = end


def _rows(k: int, sense: int, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Rows (n, 4): stretch, strand, start, and end or label."""
    return np.stack([np.full(len(starts), k), np.full(len(starts), sense), starts, ends], axis=1)


def _shares(lengths: np.ndarray | list[int]) -> np.ndarray:
    """Cumulative shares of lengths."""
    sums = np.cumsum(np.asarray(lengths, float))
    return sums / sums[-1] if len(sums) else sums
