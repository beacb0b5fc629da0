"""Synthetic transcripts joined from known introns, for training the splice classifier.

The intron table holds introns with only 50 nt of exon on each side, but in a gene a donor has a
whole exon and then an acceptor upstream of it. So introns are strung together: neighbors of one
gene by their real coordinates, others by chance, with exons between them whose unknown middles are
filled with pieces of other exons. Nothing in such a stretch tells where a piece ends.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dnaviz.models.classifier import CONTEXT
from dnaviz.sequences.codes import COMPLEMENT
from dnaviz.training.data.augmentation import (
    ACCEPTOR,
    DONOR,
    IGNORE,
    broken_sites,
    shift_flank,
    substitute_bases,
    swap_flanks,
)
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.records import Intron, Record

NEITHER = 0  # beside DONOR, ACCEPTOR and IGNORE
INTRON, EXON = 0, 1  # what a position lies in; IGNORE where it is not known
MAX_EXON = 600


class LabeledSequence(NamedTuple):
    """A long sequence with a label for every position."""

    codes: np.ndarray  # (L,) uint8
    labels: np.ndarray  # (L,) uint8: NEITHER, DONOR, ACCEPTOR or IGNORE
    sites: np.ndarray  # positions labeled DONOR or ACCEPTOR
    inside: np.ndarray  # (L,) uint8: INTRON, EXON or IGNORE

    def first(self, n: int) -> LabeledSequence:
        """Return the first n positions."""
        return label_sequence(self.codes[:n], self.labels[:n], self.inside[:n])


def label_sequence(
    codes: np.ndarray, labels: np.ndarray, inside: np.ndarray | None = None
) -> LabeledSequence:
    """Make a labeled sequence and index its sites."""
    sites = np.flatnonzero((labels == DONOR) | (labels == ACCEPTOR))
    return LabeledSequence(
        codes, labels, sites, np.full_like(labels, IGNORE) if inside is None else inside
    )


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


class IntronPool:
    """Training introns, joined into a new synthetic transcript every epoch."""

    def __init__(self, introns: list[Intron]) -> None:
        index = site_index(introns)
        self.introns = []
        self.labels = []
        for intron in introns:
            if len(intron.body) < 30 or intron.end1 - intron.start1 + 1 < len(intron.body):
                continue
            labels = label_body(intron, index)
            resolved = intron.body < 4  # the Ns of a truncated middle would give introns away
            self.introns.append(intron._replace(body=intron.body[resolved]))
            self.labels.append(labels[resolved])
        self.exonic = [i.upstream for i in self.introns if len(i.upstream) == 50]
        self.next = self._neighbors()
        self.exon_lengths = np.array([gap for _, gap in self.next.values()] or [150])

    def _neighbors(self) -> dict[int, tuple[int, int]]:
        """Map each intron to the next one of its gene and the length of the exon between."""
        order = sorted(
            range(len(self.introns)),
            key=lambda k: (self.introns[k].chrom, self.introns[k].strand, self.introns[k].start1),
        )
        following = {}
        for a, b in pairwise(order):
            left, right = self.introns[a], self.introns[b]
            gap = right.start1 - left.end1 - 1
            same = (left.chrom, left.strand) == (right.chrom, right.strand)
            if same and 20 <= gap <= MAX_EXON:
                pair = (a, b) if left.strand == "+" else (b, a)
                following[pair[0]] = (pair[1], gap)
        return following

    def exon(
        self, left: Intron, right: Intron, length: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Make an exon between two introns; unknown bases are borrowed from other exons."""
        start, end = left.downstream, right.upstream
        if length <= len(start) + len(end):
            start = start[: min(len(start), length)]
            remaining = length - len(start)
            return np.concatenate([start, end[len(end) - remaining :]])
        missing = length - len(start) - len(end)
        pieces = [self.exonic[k] for k in rng.integers(0, len(self.exonic), missing // 50 + 1)]
        return np.concatenate([start, np.concatenate(pieces)[:missing], end])

    def concatenate(self, rng: np.random.Generator) -> LabeledSequence:
        """Join all introns with exons between them, in random order but neighbors together."""
        followers = {b for b, _ in self.next.values()}
        heads = rng.permutation([k for k in range(len(self.introns)) if k not in followers])
        chain: list[tuple[int, int | None]] = []
        for head in heads:
            k = int(head)
            while k in self.next:
                following, gap = self.next[k]
                chain.append((k, gap))
                k = following
            chain.append((k, None))
        codes, labels, inside = [], [], []
        for (k, known_length), (after, _) in zip(chain, chain[1:] + chain[:1], strict=True):
            length = (
                known_length if known_length is not None else int(rng.choice(self.exon_lengths))
            )
            exon = self.exon(self.introns[k], self.introns[after], length, rng)
            codes += [self.introns[k].body, exon]
            labels += [self.labels[k], np.zeros(len(exon), np.uint8)]
            inside += [np.full_like(self.labels[k], INTRON), np.full(len(exon), EXON, np.uint8)]
        return label_sequence(*map(np.concatenate, (codes, labels, inside)))


def labeled_record(record: Record) -> LabeledSequence:
    """Label a gene of an annotated genome."""
    labels = np.zeros(len(record.codes), np.uint8)
    labels[record.donors] = DONOR
    labels[record.acceptors] = ACCEPTOR
    inside = np.full_like(labels, IGNORE)
    if len(record.donors) == len(record.acceptors) > 0:  # one transcript
        inside[record.acceptors[0] : record.donors[-1]] = EXON
        for first, last in zip(record.donors, record.acceptors, strict=True):
            inside[first : last + 1] = INTRON
    return label_sequence(record.codes, labels, inside)


def reverse(strand: LabeledSequence) -> LabeledSequence:
    """Return the reverse complement, without sites."""
    return label_sequence(COMPLEMENT[strand.codes[::-1]], np.zeros(len(strand.codes), np.uint8))


def join(strands: list[LabeledSequence]) -> LabeledSequence:
    """Concatenate labeled sequences."""
    codes = np.concatenate([s.codes for s in strands])
    labels = np.concatenate([s.labels for s in strands])
    return label_sequence(codes, labels, np.concatenate([s.inside for s in strands]))


def fragments(strand: LabeledSequence, length: int) -> LabeledSequence:
    """Cut a labeled sequence into fragments of one length, padded by CONTEXT."""
    total = len(strand.codes) // length * length

    def spread(values: np.ndarray, filling: int) -> np.ndarray:
        rows = values[:total].reshape(-1, length)
        return np.pad(rows, ((0, 0), (0, CONTEXT)), constant_values=filling).ravel()

    return label_sequence(
        spread(strand.codes, PAD), spread(strand.labels, NEITHER), spread(strand.inside, IGNORE)
    )


def draw_crops(
    strand: LabeledSequence,
    n: int,
    width: int,
    context: int,
    rng: np.random.Generator,
    near: float = 0.7,
    decoys: np.ndarray | None = None,
    vary: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw random training crops.

    A share ``near`` of them lies around a site, or a sixth of these around one of the positions
    ``decoys``; half of all have their flanks cut away (as pasted fragments do), one in ten has a
    run of N. With `vary`, what surrounds the site that a crop was drawn for is varied first
    (:mod:`dnaviz.training.data.augmentation`).

    Returns
    -------
    codes : (n, width + 2 * context) uint8, PAD (5) where cut away
    labels : (n, width) uint8, IGNORE where cut away and for sites that varying broke
    inside : (n, width) uint8, IGNORE where not known or cut away
    """
    total = width + 2 * context
    last = len(strand.codes) - total
    starts = rng.integers(0, last, n)
    around = (rng.random(n) < near) & (len(strand.sites) > 0)
    sites = strand.sites if len(strand.sites) else np.zeros(1, np.int64)
    middles = rng.choice(sites, n)
    if decoys is not None and len(decoys):
        middles = np.where(rng.random(n) < 1 / 6, rng.choice(decoys, n), middles)
    chosen = middles - context - rng.integers(0, width, n)
    starts = np.where(around, np.clip(chosen, 0, last), starts)
    index = starts[:, None] + np.arange(total)
    if vary:
        _augment(strand, index, np.where(around, middles, -1), rng)
    codes, labels, inside = strand.codes[index], strand.labels[index], strand.inside[index]
    if vary:
        for i in range(n):
            labels[i][broken_sites(index[i], labels[i])] = IGNORE
            if rng.random() < 0.5:
                substitute_bases(codes[i], labels[i], rng)
    labeled = slice(context, context + width)
    labels, inside = labels[:, labeled].copy(), inside[:, labeled].copy()
    for i in range(n):
        if rng.random() < 0.5:
            _fragment(codes[i], labels[i], context, rng)
        if rng.random() < 0.1:
            start = rng.integers(0, total)
            codes[i, start : start + rng.geometric(0.05)] = 4
    inside[labels == IGNORE] = IGNORE
    return codes, labels, inside


def _augment(
    strand: LabeledSequence, index: np.ndarray, middles: np.ndarray, rng: np.random.Generator
) -> None:
    """Augment the flanks of the sites that crops were drawn for (-1: none)."""
    of_sites = strand.labels[strand.sites]
    kinds = {label: strand.sites[of_sites == label] for label in (DONOR, ACCEPTOR)}
    for row, middle in zip(index, middles, strict=True):
        label = int(strand.labels[middle]) if middle >= 0 else NEITHER
        if label not in kinds:
            continue
        column = int(middle - row[0])
        if rng.random() < 0.5:
            swap_flanks(row, column, int(rng.choice(kinds[label])), label, rng)
        for _ in range(int(rng.integers(0, 3))):
            shift_flank(row, column, label, rng)
    np.clip(index, 0, len(strand.codes) - 1, out=index)


def _fragment(
    codes: np.ndarray, labels: np.ndarray, context: int, rng: np.random.Generator
) -> None:
    """Cut a crop into fragments with PAD between them, as if each had been pasted alone."""
    position = int(rng.integers(0, context))
    codes[:position] = 5
    while position < len(codes):
        position += int(rng.integers(60, 400))
        end = min(len(codes), position + context)
        codes[position:end] = 5
        position = end
    labels[codes[context : context + len(labels)] == 5] = IGNORE
