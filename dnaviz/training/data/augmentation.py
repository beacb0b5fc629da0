"""Data augmentation: swap flanks, insert, delete and substitute bases around splice sites.

There are some ten thousand training introns, and a network remembers them. What surrounds a site
is therefore exchanged with what surrounds another of its kind, bases are inserted and deleted, and
single bases are changed; the bases that make the site (:data:`CORE`) stay as they are. The idea of
evolution-inspired augmentation is that of Lee et al. 2023 (EvoAug, Genome Biology 24:105);
exchanging the surroundings of aligned sites is ours.
"""

from __future__ import annotations

import numpy as np

DONOR, ACCEPTOR, IGNORE = 1, 2, 255
CORE = {DONOR: (-5, 9), ACCEPTOR: (-24, 4)}  # first and last base, around the labeled one
MAX_FLANK = 200  # surroundings are exchanged from the core's end to here, at random
MAX_SUBSTITUTED = 0.1  # highest share of bases that are changed
MAX_INDEL = 20  # bases inserted or deleted at once


def swap_flanks(
    index: np.ndarray, column: int, other: int, label: int, rng: np.random.Generator
) -> None:
    """Swap a site's flanks, beyond a random distance, for those of another site of its kind.

    Parameters
    ----------
    index : (total,) int, changed in place
        Where in the strand each base of the crop comes from.
    column, other : int
        The site in the crop; another of its kind in the strand.
    """
    first, last = CORE[label]
    sides = int(rng.integers(1, 4))
    columns = np.arange(len(index))
    if sides & 1:
        end = max(0, column + first - int(rng.integers(0, MAX_FLANK + first)))
        index[:end] = other + columns[:end] - column
    if sides & 2:
        start = column + last + 1 + int(rng.integers(0, MAX_FLANK - last))
        index[start:] = other + columns[start:] - column


def shift_flank(index: np.ndarray, column: int, label: int, rng: np.random.Generator) -> None:
    """Delete or insert (repeat) up to 20 bases outside of a site's core; the site stays put."""
    first, last = CORE[label]
    by = int(rng.integers(1, MAX_INDEL + 1)) * int(rng.choice((-1, 1)))
    end = column + first - int(rng.integers(0, MAX_FLANK))
    start = column + last + 1 + int(rng.integers(0, MAX_FLANK))
    if rng.random() < 0.5 and end > 0:
        index[:end] -= by
    else:
        index[start:] += by


def broken_sites(index: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mask (bool, like labels) of sites whose core an exchange, insertion or deletion cut."""
    seams = np.concatenate([[0], np.cumsum(np.diff(index) != 1)])
    result = np.zeros(len(labels), bool)
    for label, (first, last) in CORE.items():
        sites = np.flatnonzero(labels == label)
        low, high = np.maximum(sites + first, 0), np.minimum(sites + last, len(index) - 1)
        result[sites[seams[low] != seams[high]]] = True
    return result


def substitute_bases(codes: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> None:
    """Substitute up to a tenth of the bases in place, none in the core of a site."""
    share = rng.random() * MAX_SUBSTITUTED
    replaced = (rng.random(len(codes)) < share) & (codes < 4)
    for label, (first, last) in CORE.items():
        for site in np.flatnonzero(labels == label):
            replaced[max(0, site + first) : site + last + 1] = False
    codes[replaced] = (codes[replaced] + rng.integers(1, 4, int(replaced.sum()))) % 4


def mix_crops(
    codes: np.ndarray,
    labels: np.ndarray,
    inside: np.ndarray,
    share: float,
    rng: np.random.Generator,
) -> None:
    """Join pieces of different crops in place; only a teacher can label the result.

    Each goes on as another crop from a random base on, and has bases changed anywhere, cores of
    sites included: near-sites, of which a teacher's probabilities say how near they are.

    Parameters
    ----------
    codes : (n, total) uint8
    labels, inside : (n, width) uint8
        IGNORE wherever a crop was mixed.
    """
    before = codes.copy()
    for row in np.flatnonzero(rng.random(len(codes)) < share):
        cut = int(rng.integers(0, codes.shape[1]))
        codes[row, cut:] = before[rng.integers(0, len(codes)), cut:]
        substitute_bases(codes[row], np.zeros(codes.shape[1], np.uint8), rng)
        labels[row] = inside[row] = IGNORE
