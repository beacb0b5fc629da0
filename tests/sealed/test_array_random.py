"""The random numbers of the sealed inspector are numpy's."""

import random

import numpy as np
import pytest

from dnaviz.attribution.shuffle import dinucleotide_shuffle
from dnaviz.sealed.array_random import default_rng


@pytest.mark.parametrize("seed", [0, 1, 7, 2**31, 2**32 - 1])
def test_numbers_and_orders_are_those_of_numpy(seed):
    ours, theirs = default_rng(seed), np.random.default_rng(seed)
    draw = random.Random(seed)
    for _ in range(300):
        high = draw.choice([1, 2, 3, 4, 5, 100, 10**6, 2**31 + 1, 2**32 - 1])
        assert ours.integers(high) == theirs.integers(high)
        count = draw.randrange(60)
        assert ours.permutation(count) == theirs.permutation(count).tolist()


def test_shuffles_are_those_of_numpy():
    draw = random.Random(0)
    ours, theirs = default_rng(0), np.random.default_rng(0)
    for length in (1, 3, 4, 60, 200, 601):
        bases = "".join(draw.choice("ACGT") for _ in range(length))
        assert dinucleotide_shuffle(bases, ours) == dinucleotide_shuffle(bases, theirs)


def test_what_is_not_drawn_here_is_refused():
    with pytest.raises(ValueError, match="below"):
        default_rng(-1)
    with pytest.raises(ValueError, match="below"):
        default_rng(0).integers(2**33)
