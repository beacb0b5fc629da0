"""Scan sequences of any length, whole genomes too: chunk by chunk, in order, with flat memory."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.genome.records import read_records
from dnaviz.io.workers import open_workers
from dnaviz.models.protocol import position_scores
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.splicing.scan import SITES, STRANDS, Site, Strand, motif

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

CHUNK = 100_000
"""Positions (nt) that one task scores."""
AHEAD = 4
"""Tasks a worker that wait for their turn, at most: memory stays flat however fast one reads."""
FLANK = 20
"""Bases beyond a chunk that motifs at its ends may show, at least."""

Regions = Mapping[str, list[tuple[int, int]]]


class Chunk(NamedTuple):
    """A stretch of a record, with what lies around it.

    Attributes
    ----------
    name : str
        Of the record.
    start, stop : int
        0-based, half-open: the positions to score.
    bases : str
        Upper case: those positions and their context, as far as the record reaches.
    lead : int
        How many of `bases` come before `start`.
    """

    name: str
    start: int
    stop: int
    bases: str
    lead: int


def read_chunks(
    path: str | Path,
    context: int,
    *,
    size: int = CHUNK,
    regions: Regions | None = None,
) -> Iterator[Chunk]:
    """Cut the records of a FASTA file, plain or gzipped, or of a 2bit file, into chunks.

    Parameters
    ----------
    path
        Records of any length and number; never more than one chunk is in memory.
    context : int
        Bases (nt) around a chunk that its scores depend on.
    size : int
        Positions in a chunk.
    regions : mapping of str to list of (start, end), optional
        By record, what to score: 1-based, both ends included, sorted, not overlapping. By default
        everything.

    Yields
    ------
    Chunk
        In the order of the file. Stretches that hold nothing but N are left out.

    Raises
    ------
    InputError
        With the file and the line at fault.
    """
    for name, pieces in read_records(path):
        intervals = None if regions is None else regions.get(name, [])
        if intervals == []:
            for _ in pieces:
                pass
            continue
        for chunk in _chunks(name, pieces, context, size):
            for part in _within(chunk, context, intervals):
                if part.bases.strip("N"):
                    yield part


def score_chunk(model: SiteScorer, chunk: Chunk, threshold: float, strand: str) -> list[Site]:
    """Return the sites of a chunk in order of position, 1-based in its record."""
    from dnaviz.models import log_odds_to_probabilities

    record = Sequence(chunk.bases, chunk.name)
    width, last = chunk.stop - chunk.start, len(chunk.bases) - chunk.lead
    strands: list[Strand] = [s for s in STRANDS if strand in ("both", s)]
    senses = [chunk.bases if s == "+" else reverse_complement(chunk.bases) for s in strands]
    spans = [
        slice(chunk.lead, chunk.lead + width) if s == "+" else slice(last - width, last)
        for s in strands
    ]
    sites = []
    for s, scores in zip(strands, position_scores(model, senses, spans), strict=True):
        probabilities = log_odds_to_probabilities(scores if s == "+" else scores[:, ::-1])
        for row, column in np.argwhere(probabilities >= threshold):
            inside = int(column) + chunk.lead + 1
            shown = motif(record, inside, s, SITES[row])
            score = float(scores[row, column if s == "+" else -1 - column])
            probability = 1 / (1 + math.exp(-score)) if score > -700 else 0.0
            sites.append(Site(int(column) + chunk.start + 1, s, SITES[row], shown, probability))
    return sorted(sites, key=lambda site: (site.position, site.strand, site.site))


def scan_chunks(
    chunks: Iterable[Chunk],
    model: SiteScorer | None = None,
    *,
    weights: str | None = None,
    threshold: float = 0.5,
    strand: str = "both",
    workers: int = 1,
    scheduler: str = "",
) -> Iterator[tuple[Chunk, list[Site]]]:
    """Score chunks, in their order.

    Parameters
    ----------
    chunks
        Of `read_chunks`, cut with the context of the model.
    model : SiteScorer, optional
        By default that of `weights`.
    weights : str, optional
        A folder of weights, by default the shipped ones; each further worker reads them once.
    threshold, strand
        As for `dnaviz.scan`.
    workers : int
        Processes; with one the work is done in this one.
    scheduler : str
        Address of a Dask scheduler whose workers do the work, instead.

    Yields
    ------
    tuple of Chunk and list of Site
    """
    from dnaviz.models import load_model

    model = model or load_model(weights)
    if workers == 1 and not scheduler:
        for chunk in chunks:
            yield chunk, score_chunk(model, chunk, threshold, strand)
        return
    with open_workers(workers, scheduler) as pool:
        waiting: deque[tuple[Chunk, Future[list[Site]]]] = deque()
        for chunk in chunks:
            task = pool.submit(_score, weights, model.sha256, chunk, threshold, strand)
            waiting.append((chunk, task))
            if len(waiting) >= AHEAD * pool.number:
                done, task = waiting.popleft()
                yield done, task.result()
        while waiting:
            done, task = waiting.popleft()
            yield done, task.result()


@lru_cache(maxsize=1)
def _worker_model(weights: str | None) -> SiteScorer:
    """The model of a worker, read once."""
    import torch

    from dnaviz.models import load_model

    torch.set_num_threads(1)
    return load_model(weights)


def _score(
    weights: str | None, sha256: str, chunk: Chunk, threshold: float, strand: str
) -> list[Site]:
    model = _worker_model(weights)
    if model.sha256 != sha256:
        raise InputError(
            f"A worker has other weights ({model.sha256[:12]}) than this process ({sha256[:12]}): "
            "install the same version of dnaviz, and the same --model, on all of them."
        )
    return score_chunk(model, chunk, threshold, strand)


def _chunks(name: str, pieces: Iterator[str], context: int, size: int) -> Iterator[Chunk]:
    around = max(context, FLANK)
    held, first = "", 0  # bases in memory, and the position of the first of them
    start = 0
    for text in pieces:
        held += text
        while first + len(held) >= start + size + around:
            stop = start + size
            yield Chunk(name, start, stop, held[: stop + around - first], start - first)
            keep = max(stop - around, 0)
            held, first, start = held[keep - first :], keep, stop
    end = first + len(held)
    while start < end:
        stop, left = min(start + size, end), max(start - around, first)
        bases = held[left - first : stop + around - first]
        yield Chunk(name, start, stop, bases, start - left)
        start = stop


def _within(chunk: Chunk, context: int, regions: list[tuple[int, int]] | None) -> Iterator[Chunk]:
    """Yield the parts of a chunk that lie in regions (1-based, inclusive); all without any."""
    if regions is None:
        yield chunk
        return
    around, first = max(context, FLANK), chunk.start - chunk.lead
    for begin, end in regions:
        start, stop = max(chunk.start, begin - 1), min(chunk.stop, end)
        if start < stop:
            left = max(start - around, first)
            bases = chunk.bases[left - first : stop + around - first]
            yield Chunk(chunk.name, start, stop, bases, start - left)
