"""The out-of-distribution score of `dnaviz.models.ood`, in plain Python for the sealed page."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from math import inf, log, log2, nan, sqrt
from operator import mul
from typing import Any

from dnaviz.models.ood_score import LENGTHS, SIZE, STEPS, OodScore, describe_ood

KMERS = 4**SIZE
CODES = {base: code for code, letters in enumerate(("Aa", "Cc", "Gg", "TtUu")) for base in letters}


def packed_ood(model: Any) -> bytes:
    """Return the float32 numbers of a `dnaviz.models.ood.OodModel`, as `PageOod` takes them."""
    if model is None:
        return b""
    parts = (
        model.hidden.weight, model.hidden.bias, model.output.weight, model.output.bias,
        model.strangeness, model.variety,
    )  # fmt: skip
    return b"".join(part.detach().cpu().numpy().astype("<f4").tobytes() for part in parts)


class PageOod:
    """Network and quantiles; `values` as `packed_ood` orders them."""

    def __init__(self, values: Sequence[float]) -> None:
        quantiles = len(LENGTHS) * (STEPS + 1)
        self._features = len(self._members) + 4
        hidden = (len(values) - 2 * quantiles - 1) // (self._features + 2)
        at = hidden * self._features
        self._rows = [values[i : i + self._features] for i in range(0, at, self._features)]
        self._biases, self._outputs = values[at : at + hidden], values[at + hidden :][:hidden]
        self._output_bias = values[at + 2 * hidden]
        tables = values[at + 2 * hidden + 1 :]
        rows = [tables[i : i + STEPS + 1] for i in range(0, 2 * quantiles, STEPS + 1)]
        self._strangeness, self._variety = rows[: len(LENGTHS)], rows[len(LENGTHS) :]

    @cached_property
    def _canonical(self) -> list[int]:
        """Number of each k-mer, the same as its reverse complement's."""
        numbers: dict[int, int] = {}
        return [numbers.setdefault(min(k, _reversed(k)), len(numbers)) for k in range(KMERS)]

    @cached_property
    def _members(self) -> list[tuple[int, int]]:
        """K-mers of each number, and how many of their bases are G and C."""
        counts = Counter(self._canonical)
        strong = {n: sum(d in (1, 2) for d in _digits(k)) for k, n in enumerate(self._canonical)}
        return [(counts[n], strong[n]) for n in range(len(counts))]

    def score(self, bases: str) -> OodScore:
        """Score a sequence; see `dnaviz.models.ood.OodModel.score`."""
        codes = [CODES.get(base, 4) for base in bases]
        count = max(1, round(len(codes) / LENGTHS[-1]))
        edges = [int(i * (len(codes) / count)) for i in range(count)] + [len(codes)]
        pieces = [codes[start:end] for start, end in pairwise(edges)]
        ranks = [ranked for piece in pieces if (ranked := self._ranks(piece))]
        if not ranks:
            return OodScore(nan, nan, None)
        foreign, repetitive = (_median(values) for values in zip(*ranks, strict=True))
        return OodScore(foreign, repetitive, describe_ood(foreign, repetitive, len(pieces)))

    def _ranks(self, codes: list[int]) -> tuple[float, float] | None:
        kmers = [k for k in _kmers(codes) if k is not None]
        if len(kmers) <= LENGTHS[0] - SIZE:
            return None
        score, entropy = self._described(kmers)
        n_bases = sum(code < 4 for code in codes)
        foreign = repetitive = 0.0
        for row, weight in _neighboring_lengths(n_bases):
            foreign += weight * _rank(score, self._strangeness[row])
            repetitive += weight * (1 - _rank(entropy, self._variety[row]))
        return foreign, repetitive

    def _described(self, kmers: list[int]) -> tuple[float, float]:
        """Return the log-odds of not being human, and the entropy of words of three."""
        n = len(kmers)
        gc = sum(k % 4 in (1, 2) for k in kmers) / n
        counts = Counter(self._canonical[k] for k in kmers)
        features = []
        for number, (members, strong) in enumerate(self._members):
            expected = members * (gc / 2) ** strong * ((1 - gc) / 2) ** (SIZE - strong)
            surplus = (counts[number] / n - expected) / sqrt(expected + 1 / n)
            features.append(surplus * sqrt(n / 200))
        lean, size = 2 * gc - 1, log(n / 200)
        features += [lean, size, lean * size, lean**2]
        hidden = (
            max(sum(map(mul, row, features)) + bias, 0)
            for row, bias in zip(self._rows, self._biases, strict=True)
        )
        words = (count / n for count in Counter(k % 64 for k in kmers).values())
        return sum(map(mul, self._outputs, hidden)) + self._output_bias, -sum(
            share * log2(share) for share in words
        )


def _digits(kmer: int) -> list[int]:
    return [kmer // 4**i % 4 for i in range(SIZE)]  # last base first


def _reversed(kmer: int) -> int:
    return sum((3 - d) * 4 ** (SIZE - 1 - i) for i, d in enumerate(_digits(kmer)))


def _kmers(codes: Iterable[int]) -> Iterable[int | None]:
    kmer = run = 0
    for at, code in enumerate(codes, start=1):
        kmer, run = (4 * kmer + (code & 3)) % KMERS, run + 1 if code < 4 else 0
        if at >= SIZE:
            yield kmer if run >= SIZE else None


def _neighboring_lengths(length: int) -> list[tuple[int, float]]:
    logs = [log(one) for one in LENGTHS]
    x = log(max(length, 1))
    low = min(max(bisect_right(logs, x) - 1, 0), len(logs) - 2)
    part = min(max((x - logs[low]) / (logs[low + 1] - logs[low]), 0), 1)
    return [(low, 1 - part), (low + 1, part)]


def _rank(value: float, quantiles: Sequence[float]) -> float:
    """The share of quantiles below a value, between them by a line."""
    at = bisect_right(quantiles, value) - 1
    if at < 0:
        return 0.0
    if at >= STEPS:
        return 1.0
    step = quantiles[at + 1] - quantiles[at]
    return (at + ((value - quantiles[at]) / step if 0 < step < inf else 0)) / STEPS


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return (ordered[half] + ordered[-1 - half]) / 2
