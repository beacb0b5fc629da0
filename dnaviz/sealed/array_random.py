"""numpy's random numbers, of which the sealed inspector draws shuffles: PCG64, the same numbers.

O'Neill 2014 (PCG, XSL-RR 128/64); a seed is spread as by her ``seed_seq``, which is what numpy's
`SeedSequence` does. `integers` draws by Lemire's method (2019), `permutation` by masks.
"""

from __future__ import annotations

from collections.abc import Iterator

_32, _64, _128 = (1 << 32) - 1, (1 << 64) - 1, (1 << 128) - 1
_MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
_POOL = 4


def _hashes(constant: int, multiplier: int) -> Iterator[tuple[int, int]]:
    while True:
        before, constant = constant, constant * multiplier & _32
        yield before, constant


def _seeds(seed: int) -> list[int]:
    """Spread a seed below 2 ** 32 over four words of 64 bits."""
    hashes = _hashes(0x43B0D7E5, 0x931E8875)

    def hashed(value: int) -> int:
        before, after = next(hashes)
        value = (value ^ before) * after & _32
        return value ^ value >> 16

    pool = [hashed(seed if i == 0 else 0) for i in range(_POOL)]
    for source in range(_POOL):
        for to in range(_POOL):
            if source != to:
                mixed = 0xCA01F9DD * pool[to] - 0x4973F715 * hashed(pool[source]) & _32
                pool[to] = mixed ^ mixed >> 16
    hashes = _hashes(0x8B51F9DD, 0x58F38DED)
    words = [hashed(pool[i % _POOL]) for i in range(8)]
    return [low | high << 32 for low, high in zip(words[::2], words[1::2], strict=True)]


class Generator:
    """What of `numpy.random.Generator` shuffles of a sequence ask for."""

    def __init__(self, seed: int) -> None:
        if not 0 <= seed <= _32:
            raise ValueError("A seed is a number below 2 ** 32.")
        high, low, *increment = _seeds(seed)
        self._increment = (increment[0] << 64 | increment[1]) << 1 & _128 | 1
        self._state, self._half = 0, -1
        self._step()
        self._state = self._state + (high << 64 | low) & _128
        self._step()

    def _step(self) -> None:
        self._state = self._state * _MULTIPLIER + self._increment & _128

    def _word(self) -> int:
        """Return 32 bits: of 64 the lower ones first, then the higher ones."""
        if self._half >= 0:
            word, self._half = self._half, -1
            return word
        self._step()
        value, turn = (self._state >> 64 ^ self._state) & _64, self._state >> 122
        value = (value >> turn | value << (64 - turn)) & _64
        self._half = value >> 32
        return value & _32

    def integers(self, high: int) -> int:
        """Return a number below `high`, at most 2 ** 32."""
        if not 0 < high <= _32:
            raise ValueError("Numbers are drawn below 1 to 2 ** 32 - 1.")
        if high == 1:
            return 0
        product = self._word() * high
        if product & _32 < high:
            while product & _32 < (1 << 32) % high:
                product = self._word() * high
        return product >> 32

    def permutation(self, count: int) -> list[int]:
        """Return the numbers below `count` in another order."""
        order = list(range(count))
        for i in range(count - 1, 0, -1):
            mask = (1 << i.bit_length()) - 1
            while (j := self._word() & mask) > i:
                pass
            order[i], order[j] = order[j], order[i]
        return order


default_rng = Generator
