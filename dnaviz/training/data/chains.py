"""Introns of a table as stretches: neighbors of one transcript in a row, nothing made up.

The table has 50 nt of exon beside an intron. Between two introns of one transcript the exon's
length is known: up to 100 nt it is complete, in a longer one the middle is N. Where an intron's
own middle is missing, and where the next intron is not in the table, the sequence ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dnaviz.models.classifier import CONTEXT
from dnaviz.training.data.annotated import ACCEPTOR, DONOR, UNKNOWN, Sites, Stretch, merged
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.records import Intron, read_intron_table
from dnaviz.training.data.splits import SPLITS, Splits

LONGEST = 1000  # nt of an exon between neighbors; beyond, they are apart
_NUMBER = re.compile(r"^(.*?)_(\d+)\(\d+\)")


class Chain(NamedTuple):
    """Introns of one transcript, in its sense, and the lengths of the exons between them."""

    introns: list[Intron]
    gaps: list[int]


def read_chains(path: str | Path, wanted: Iterable[str], splits: Splits = SPLITS) -> list[Chain]:
    """Chains of the wanted splits; an intron that stands twice in the table stands in one chain."""
    chains: list[Chain] = []
    before = None
    for intron in sorted(read_intron_table(path, wanted, splits), key=_place):
        transcript, number = _place(intron)
        follows = before == (transcript, number - 1)
        gap = _between(chains[-1].introns[-1], intron) if follows else 0
        if 0 < gap <= LONGEST:
            chains[-1].introns.append(intron)
            chains[-1].gaps.append(gap)
        else:
            chains.append(Chain([intron], []))
        before = (transcript, number)
    return chains


def _place(intron: Intron) -> tuple[str, int]:
    """The transcript that an intron's name says it is of, and its number there."""
    named = _NUMBER.match(intron.name)
    return (named[1], int(named[2])) if named else (intron.name, 0)


def _between(left: Intron, right: Intron) -> int:
    """Length of the exon between two introns; 0 or less where they do not follow each other."""
    if (left.chrom, left.strand) != (right.chrom, right.strand):
        return 0
    if left.strand == "-":
        left, right = right, left
    return right.start1 - left.end1 - 1


def exon_between(left: Intron, right: Intron, length: int) -> np.ndarray:
    """An exon of which both ends are known, N where it is not."""
    start, end = left.downstream[:length], right.upstream[max(0, len(right.upstream) - length) :]
    exon = np.full(length, UNKNOWN, np.uint8)
    exon[: len(start)] = start
    exon[length - len(end) :] = end
    return exon


def chain_stretches(chains: list[Chain]) -> list[Stretch]:
    """Chains as stretches with nothing (PAD) around them and where an intron's middle is missing.

    Sites of overlapping introns of the table are labeled too. The other strand is not known.
    """
    index = site_index([i for chain in chains for i in chain.introns])
    nothing = np.full(CONTEXT, PAD, np.uint8)
    stretches = []
    for chain in chains:
        codes: list[np.ndarray] = [chain.introns[0].upstream]
        labels: list[np.ndarray] = [np.zeros(len(codes[0]), np.uint8)]
        exons = [(0, len(codes[0]))]
        for k, intron in enumerate(chain.introns):
            body, marks = _halves(intron, label_body(intron, index), nothing)
            after = (
                exon_between(intron, chain.introns[k + 1], chain.gaps[k])
                if k < len(chain.gaps)
                else intron.downstream
            )
            codes += [body, after]
            labels += [marks, np.zeros(len(after), np.uint8)]
            end = sum(map(len, codes))
            exons.append((end - len(after), end))
        joined, marked = np.concatenate(codes), np.concatenate(labels)
        sites = Sites(
            np.flatnonzero(marked == DONOR), np.flatnonzero(marked == ACCEPTOR),
            np.empty(0, np.int64), merged(exons), np.array([[0, len(joined)]]),
        )  # fmt: skip
        first = chain.introns[0]
        name = f"{first.chrom}:{first.start1}-{first.end1}:{first.strand}"
        stretches.append(Stretch(name, first.chrom, joined, {"+": sites}))
    return stretches


def site_index(introns: list[Intron]) -> dict[tuple[str, str, str], np.ndarray]:
    """Sorted forward coordinates of all sites, by chromosome, strand and kind of site."""
    index: dict[tuple[str, str, str], list[int]] = {}
    for i in introns:
        first, last = (i.start1, i.end1) if i.strand == "+" else (i.end1, i.start1)
        index.setdefault((i.chrom, i.strand, "donor"), []).append(first)
        index.setdefault((i.chrom, i.strand, "acceptor"), []).append(last)
    return {key: np.unique(values) for key, values in index.items()}


def label_body(intron: Intron, index: dict[tuple[str, str, str], np.ndarray]) -> np.ndarray:
    """Label an intron's bases with its own two sites and those of overlapping introns."""
    body = intron.body
    length = intron.end1 - intron.start1 + 1
    labels = np.zeros(len(body), np.uint8)
    missing = length - len(body)  # bases (and Ns) between the halves of a truncated intron
    half = len(body) // 2
    for kind, label in (("donor", DONOR), ("acceptor", ACCEPTOR)):
        sites = index[intron.chrom, intron.strand, kind]
        low, high = np.searchsorted(sites, [intron.start1, intron.end1 + 1])
        offsets = sites[low:high] - intron.start1
        if intron.strand == "-":
            offsets = length - 1 - offsets
        for offset in offsets:
            position = offset if offset < half else offset - missing
            if missing and not (offset < half or position >= half):
                continue
            labels[position] = label
    labels[0], labels[-1] = DONOR, ACCEPTOR
    return labels


def _halves(
    intron: Intron, labels: np.ndarray, nothing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """An intron's bases and labels, with nothing where its middle is missing."""
    if intron.end1 - intron.start1 + 1 == len(intron.body):
        return intron.body, labels
    unknown = np.flatnonzero(intron.body == UNKNOWN)
    middle = unknown[np.abs(unknown - len(intron.body) // 2).argmin()] if len(unknown) else None
    left = right = len(intron.body) // 2 if middle is None else int(middle)
    while left > 0 and intron.body[left - 1] == UNKNOWN:
        left -= 1
    while right < len(intron.body) and intron.body[right] == UNKNOWN:
        right += 1
    body = np.concatenate([intron.body[:left], nothing, intron.body[right:]])
    marks = np.concatenate([labels[:left], np.zeros(len(nothing), np.uint8), labels[right:]])
    return body, marks
