"""Which base of a reference is which base of its alternate: a function of the two alone.

One alternate sequence has many spellings: the G that a run of Gs gains can be written behind any of
them, as an insertion, a duplication, or a replacement of the whole run. So nothing here knows how a
change was written. What differs is found by comparing the sequences, and where a gap can lie in
several places with the same bases left and right, it lies where the probabilities of splice sites
change least: a site that an indel moves stays that site.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ANCHOR = 16
"""Length (nt) of words that stand once in both sequences and so are the same place."""

MISMATCH, OPEN, EXTEND = 2.0, 3.0, 1.0
"""What another base, a gap, and each base of a gap cost an alignment."""

CHANGE = 0.01
"""What a change of a probability by 1 costs: it decides between alignments that are equal else."""

MARGIN = 20
"""Bases on each side of a mixed difference that its alignment may use, nt."""

MOST_CELLS = 250_000
"""Largest alignment (cells); beyond it a difference is taken for one gap."""

SHARED = 4
"""Fewest bases in a row (nt) that a mixed difference shares for it to be two differences."""

EVEN = 1e-4
"""Sums of changes that are as near as this are equal: the gap farthest downstream is taken."""


class Block(NamedTuple):
    """A stretch that differs, 0-based and half-open, in the reference and in the alternate."""

    start: int
    stop: int
    alt_start: int
    alt_stop: int


def differing_blocks(reference: str, alternate: str) -> list[Block]:
    """Return where two sequences differ, ascending, without what they share at either end.

    A gap that could lie in several places lies in the last of them.

    Parameters
    ----------
    reference, alternate : str
        In the sense of the strand that is looked at.
    """
    a, b = (np.frombuffer(text.encode("ascii"), np.uint8) for text in (reference, alternate))
    trimmed = _trim(a, b, Block(0, len(a), 0, len(b)))
    if trimmed is None:
        return []
    return [
        part
        for block in _between(a, b, trimmed, _anchors(reference, alternate, trimmed))
        for part in _between(a, b, block, _aligned_anchors(reference, alternate, block))
    ]


def rolls(reference: str, alternate: str, blocks: list[Block]) -> list[int]:
    """Return by how many bases each block's gap can move upstream and change nothing.

    It is 0 for a block that is no plain insertion or deletion, and never reaches the block before.
    """
    shifts, free = [], 0
    for block in blocks:
        inserted = block.stop == block.start
        text, start, stop = (
            (alternate, block.alt_start, block.alt_stop)
            if inserted
            else (reference, block.start, block.stop)
        )
        most, roll = block.start - free, 0
        if inserted or block.alt_stop == block.alt_start:
            while roll < most and text[start - 1 - roll] == text[stop - 1 - roll]:
                roll += 1
        shifts.append(roll)
        free = block.stop
    return shifts


def pair_bases(
    reference: str,
    alternate: str,
    blocks: list[Block],
    stretch: Block,
    before: NDArray,
    after: NDArray,
) -> NDArray:
    """Pair the bases of a stretch around some blocks.

    Parameters
    ----------
    reference, alternate : str
    blocks : list of Block
        Those of the stretch.
    stretch : Block
        Where it lies in both sequences; it begins and ends with the same bases in both.
    before, after : numpy.ndarray
        Probabilities of the stretch's bases in the reference, shape (k, stop - start), and in the
        alternate.

    Returns
    -------
    numpy.ndarray
        int, shape (2, n): 0-based positions in the reference and in the alternate, -1 where a base
        has no partner.
    """
    a, b = (np.frombuffer(text.encode("ascii"), np.uint8) for text in (reference, alternate))
    columns: list[NDArray] = []
    at, alt_at = stretch.start, stretch.alt_start
    shifts = rolls(reference, alternate, blocks)
    ends = [block.start - roll for block, roll in zip(blocks, shifts, strict=True)]
    for block, roll, end in zip(blocks, shifts, [*ends[1:], stretch.stop], strict=True):
        window = _window(block, roll, block.start - at, end - block.stop)
        columns.append(_diagonal(at, window.start, alt_at))
        p = before[:, window.start - stretch.start : window.stop - stretch.start]
        q = after[:, window.alt_start - stretch.alt_start : window.alt_stop - stretch.alt_start]
        x, y = a[window.start : window.stop], b[window.alt_start : window.alt_stop]
        pairs = _align(x, y, p, q) if _is_mixed(block, window) else _one_gap(x, y, p, q)
        columns.append(
            np.where(pairs < 0, -1, pairs + np.array([[window.start], [window.alt_start]]))
        )
        at, alt_at = window.stop, window.alt_stop
    columns.append(_diagonal(at, stretch.stop, alt_at))
    return np.concatenate(columns, axis=1)


def _between(
    a: NDArray, b: NDArray, block: Block, anchors: Iterable[tuple[int, int]]
) -> list[Block]:
    """Return the differences that a block has between pairs of positions that are the same."""
    blocks, at = [], block
    for i, j in anchors:
        if i > at.start or j > at.alt_start:
            part = _trim(a, b, Block(at.start, i, at.alt_start, j))
            blocks += [part] if part else []
        at = Block(i + 1, block.stop, j + 1, block.alt_stop)
    last = _trim(a, b, at)
    return blocks + ([last] if last else [])


def _trim(a: NDArray, b: NDArray, block: Block) -> Block | None:
    """Take off what a block's two sides share at their ends; None if that is all."""
    x, y = a[block.start : block.stop], b[block.alt_start : block.alt_stop]
    n = min(len(x), len(y))
    head = _shared(x[:n], y[:n])
    if head == len(x) == len(y):
        return None
    tail = _shared(x[::-1][: n - head], y[::-1][: n - head])
    return Block(
        block.start + head, block.stop - tail, block.alt_start + head, block.alt_stop - tail
    )


def _shared(x: NDArray, y: NDArray) -> int:
    different = np.flatnonzero(x != y)
    return int(different[0]) if len(different) else len(x)


def _anchors(reference: str, alternate: str, block: Block) -> list[tuple[int, int]]:
    """Return pairs of 0-based positions that are the same place, ascending in both."""
    if min(block.stop - block.start, block.alt_stop - block.alt_start) < ANCHOR:
        return []
    reference_words = _words(reference, block.start, block.stop)
    alternate_words = _words(alternate, block.alt_start, block.alt_stop)
    shared = sorted(
        (i, alternate_words[word]) for word, i in reference_words.items() if word in alternate_words
    )
    # The longest chain that ascends in both (patience sorting).
    ends: list[int] = []
    tops: list[int] = []
    behind: list[int] = []
    for number, (_, j) in enumerate(shared):
        pile = bisect_left(ends, j)
        ends[pile : pile + 1] = [j]
        tops[pile : pile + 1] = [number]
        behind.append(tops[pile - 1] if pile else -1)
    chain, number = [], tops[-1] if tops else -1
    while number >= 0:
        chain.append(shared[number])
        number = behind[number]
    return chain[::-1]


def _aligned_anchors(reference: str, alternate: str, block: Block) -> list[tuple[int, int]]:
    """Return the last pair of each row of bases that the alignment of a mixed block shares."""
    if not _is_mixed(block, block):
        return []
    pairs = _alignment(
        reference[block.start : block.stop], alternate[block.alt_start : block.alt_stop]
    )
    anchors, row = [], 0
    for i, j in [*pairs, (-1, -1)]:
        if min(i, j) >= 0 and reference[block.start + i] == alternate[block.alt_start + j]:
            row, last = row + 1, (block.start + i, block.alt_start + j)
            continue
        if row >= SHARED:
            anchors.append(last)
        row = 0
    return anchors


@lru_cache(maxsize=256)
def _alignment(reference: str, alternate: str) -> tuple[tuple[int, int], ...]:
    """Return the pairs of :func:`_align` by the bases alone."""
    x, y = (np.frombuffer(text.encode("ascii"), np.uint8) for text in (reference, alternate))
    pairs = _align(x, y, np.zeros((1, len(x))), np.zeros((1, len(y))))
    return tuple((int(i), int(j)) for i, j in pairs.T)


def _words(text: str, start: int, stop: int) -> dict[str, int]:
    """Return where each word of `ANCHOR` bases stands that stands once."""
    positions: dict[str, int] = {}
    twice = set()
    for i in range(start, stop - ANCHOR + 1):
        word = text[i : i + ANCHOR]
        if word in positions:
            twice.add(word)
        positions[word] = i
    return {word: i for word, i in positions.items() if word not in twice}


def _window(block: Block, roll: int, before: int, behind: int) -> Block:
    """Return a block with the bases around it that its alignment may use."""
    if roll or block.start == block.stop or block.alt_start == block.alt_stop or _is_even(block):
        return block._replace(start=block.start - roll, alt_start=block.alt_start - roll)
    left, right = min(before, MARGIN), min(behind, MARGIN)
    return Block(
        block.start - left, block.stop + right, block.alt_start - left, block.alt_stop + right
    )


def _is_even(block: Block) -> bool:
    """Tell whether a block has too few bases on both sides for gaps to be cheaper than others."""
    length, other = block.stop - block.start, block.alt_stop - block.alt_start
    return length == other and length * MISMATCH <= 2 * (OPEN + EXTEND)


def _is_mixed(block: Block, window: Block) -> bool:
    length, other = window.stop - window.start, window.alt_stop - window.alt_start
    plain = block.start == block.stop or block.alt_start == block.alt_stop or _is_even(block)
    return not plain and length * other <= MOST_CELLS


def _diagonal(start: int, stop: int, alt_start: int) -> NDArray:
    reference = np.arange(start, stop)
    return np.stack([reference, reference - start + alt_start])


def _one_gap(x: NDArray, y: NDArray, p: NDArray, q: NDArray) -> NDArray:
    """Pair bases with at most one gap, in the longer of both; -1 where a base has no partner."""
    if len(x) < len(y):
        return _one_gap(y, x, q, p)[::-1]
    gap = len(x) - len(y)
    costs = [
        MISMATCH * (x[d : len(y) + d] != y) + CHANGE * np.abs(p[:, d : len(y) + d] - q).sum(axis=0)
        for d in (0, gap)
    ]
    alone = np.concatenate([[0.0], np.cumsum(CHANGE * p.sum(axis=0))])
    left = np.concatenate([[0.0], np.cumsum(costs[0])])
    right = np.concatenate([np.cumsum(costs[1][::-1])[::-1], [0.0]])
    total = left + right + alone[gap:] - alone[: len(y) + 1]
    at = int(np.flatnonzero(total <= total.min() + CHANGE * EVEN)[-1])
    partners = np.full(len(x), -1)
    partners[:at] = np.arange(at)
    partners[at + gap :] = np.arange(at, len(y))
    return np.stack([np.arange(len(x)), partners])


def _align(x: NDArray, y: NDArray, p: NDArray, q: NDArray) -> NDArray:
    """Pair bases so that mismatches, gaps and changes cost least (Gotoh's alignment)."""
    pair = MISMATCH * (x[:, None] != y[None]) + CHANGE * np.abs(p[:, :, None] - q[:, None, :]).sum(
        axis=0
    )
    lost, gained = EXTEND + CHANGE * p.sum(axis=0), EXTEND + CHANGE * q.sum(axis=0)
    rows, columns = pair.shape
    endless = float("inf")
    # Cheapest ends: in a pair, in a base of x alone, in a base of y alone; and where each is from.
    best = np.full((3, rows + 1, columns + 1), endless)
    best[0, 0, 0] = 0
    source = np.zeros((3, rows + 1, columns + 1), np.int8)
    opening = np.array([OPEN, OPEN, OPEN])
    for i in range(rows + 1):
        for j in range(columns + 1):
            if i and j:
                state = int(best[:, i - 1, j - 1].argmin())
                best[0, i, j] = best[state, i - 1, j - 1] + pair[i - 1, j - 1]
                source[0, i, j] = state
            for k, (u, v), cost in ((1, (i - 1, j), lost), (2, (i, j - 1), gained)):
                if u < 0 or v < 0:
                    continue
                start = opening.copy()
                start[k] = 0
                ends = best[:, u, v] + start
                state = int(ends.argmin())
                best[k, i, j] = ends[state] + cost[(i if k == 1 else j) - 1]
                source[k, i, j] = state
    aligned, i, j = [], rows, columns
    state = int(best[:, i, j].argmin())
    while i or j:
        before = int(source[state, i, j])
        aligned.append((i - 1 if state != 2 else -1, j - 1 if state != 1 else -1))
        i, j = i - (state != 2), j - (state != 1)
        state = before
    return np.array(aligned[::-1]).T.reshape(2, -1)
