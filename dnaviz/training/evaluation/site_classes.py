"""Canonical sites of genes by the exon, the intron and the motif that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dnaviz.genome.annotation import Transcript
from dnaviz.genome.consensus import consensus
from dnaviz.genome.genes import Gene

LONGEST = (50, 150, 200)
"""nt up to which inner exons are of one class."""

INNER = ("exons up to 50 nt", "exons of 51-150 nt", "exons of 151-200 nt", "exons over 200 nt")

INTRONS = ("GT-AG", "GC-AG", "AT-AC")


class SiteClass(NamedTuple):
    """What a canonical site is part of.

    Attributes
    ----------
    position : int
        0-based in the sense of the gene: first base of the intron (donor), last one (acceptor).
    exon : str
        Which exons its own belongs to: first, last, or of a length.
    intron : str
        First and last two bases of its intron.
    bits : float
        How alike it is to the consensus.
    """

    position: int
    exon: str
    intron: str
    bits: float


def site_classes(gene: Gene, transcript: Transcript, site: str) -> list[SiteClass]:
    """Return the classes of a transcript's donors or acceptors, in order of their positions."""
    first = gene.start if gene.strand == "+" else gene.end

    def in_sense(intervals: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        moved = [(abs(start - first), abs(end - first)) for start, end in intervals]
        return sorted((min(pair), max(pair)) for pair in moved)

    exons, bases = in_sense(transcript.exons), gene.sequence
    bits = consensus().score(bases, site)
    classes = []
    for start, end in in_sense(transcript.introns):
        if site == "donor":
            position, exon = start, next(k for k, e in enumerate(exons) if e[1] == start - 1)
        else:
            position, exon = end, next(k for k, e in enumerate(exons) if e[0] == end + 1)
        ends = f"{bases[start : start + 2]}-{bases[end - 1 : end + 1]}"
        classes.append(SiteClass(position, _exon(exons, exon), ends, float(bits[position])))
    return classes


def members(classes: Sequence[SiteClass]) -> dict[str, np.ndarray]:
    """Return by the name of each class which of n sites are of it, (n,) bool."""
    if not classes:
        return {}
    exon, intron = (np.array([c[k] for c in classes]) for k in (1, 2))
    bits = np.array([c.bits for c in classes])
    found = {name: exon == name for name in ("first exons", *INNER, "last exons")}
    found |= {f"{ends} introns": intron == ends for ends in INTRONS}
    found["other introns"] = ~np.isin(intron, INTRONS)
    found["the fifth least like the consensus"] = ~(bits > np.nanquantile(bits, 0.2))
    return {name: chosen for name, chosen in found.items() if chosen.any()}


def _exon(exons: Sequence[tuple[int, int]], number: int) -> str:
    if number in (0, len(exons) - 1):
        return "first exons" if number == 0 else "last exons"
    length = exons[number][1] - exons[number][0] + 1
    return INNER[int(np.searchsorted(LONGEST, length))]
