"""Reading frames in front of donors: an exon that is translated has one without a stop codon."""

from __future__ import annotations

import re
from bisect import bisect_left
from math import log
from typing import NamedTuple

STOP, START = re.compile("(?=TAA|TAG|TGA)"), re.compile("(?=ATG)")

PHASES = (0, 1, 2)
"""Bases of a codon before the intron that interrupts it."""


class Frames(NamedTuple):
    """What is in frame before a splice site, if codons are read toward it.

    Attributes
    ----------
    first : int
        0-based place of the first base behind the site.
    stops, starts : tuple of int
        By phase, the 0-based place of the last stop codon, and of the last ATG, that ends before
        `first`, in the frame of an intron of that phase; -1 for none.
    counts : tuple of int
        A, G and T before `first`.
    """

    first: int
    stops: tuple[int, ...]
    starts: tuple[int, ...]
    counts: tuple[int, ...]

    def is_open_from(self, start: int, phase: int) -> bool:
        """Tell whether an exon from `start` on has no stop codon that is read in this phase."""
        return self.stops[phase] < start

    def is_begun_from(self, start: int, phase: int) -> bool:
        """Tell whether it has an ATG, and no stop codon behind, that is read in this phase."""
        return self.starts[phase] >= start and self.starts[phase] > self.stops[phase]

    def may_be_read(self, phase: int) -> bool:
        """Tell whether translation in this phase may have begun at an ATG, or before the bases."""
        return self.stops[phase] < 0 or self.starts[phase] > self.stops[phase]

    def rarity_since(self, other: Frames) -> float:
        """Return minus the log of how often bases of this number and kind have no stop codon."""
        length = self.first - other.first
        a, g, t = (n - m for n, m in zip(self.counts, other.counts, strict=True))
        stop = t * a * (a + 2 * g) / max(length, 1) ** 3
        return -log(max(1 - stop, 0.5)) * length / 3


def frames(bases: str, firsts: list[int]) -> list[Frames]:
    """Return the frames before each of some places.

    Parameters
    ----------
    bases : str
        In the sense of the gene, upper case.
    firsts : list of int
        0-based places, ascending, see `Frames.first`.
    """
    stops, starts = _by_frame(STOP, bases), _by_frame(START, bases)
    result: list[Frames] = []
    counts, done = [0, 0, 0], 0
    for first in firsts:
        counts = [n + bases.count(b, done, first) for n, b in zip(counts, "AGT", strict=True)]
        done = max(first, done)
        result.append(Frames(first, _last(stops, first), _last(starts, first), tuple(counts)))
    return result


def _by_frame(codon: re.Pattern[str], bases: str) -> list[list[int]]:
    places: list[list[int]] = [[], [], []]
    for match in codon.finditer(bases):
        places[match.start() % 3].append(match.start())
    return places


def _last(places: list[list[int]], first: int) -> tuple[int, ...]:
    """Return by phase the last place in frame before `first`; -1 for none."""
    last = []
    for end in (first - phase for phase in PHASES):
        index = bisect_left(places[end % 3], end)
        last.append(places[end % 3][index - 1] if index else -1)
    return tuple(last)
