"""Deduplication against comparing every window with every other, at every shift."""

import numpy as np
import pandas as pd
import pytest

from dnaviz.sequences import reverse_complement
from dnaviz.sequences.codes import encode_bases
from dnaviz.training.data.deduplicate import best_identity, deduplicate, near_identical

LENGTH = 200


def encode(sequences):
    return np.stack([encode_bases(bases) for bases in sequences])


def random_bases(rng, n):
    return "".join(rng.choice(list("ACGT"), n))


def mutate(rng, bases, rate):
    letters = np.array(list(bases))
    hit = np.flatnonzero(rng.random(len(letters)) < rate)
    letters[hit] = [{"A": "C", "C": "G", "G": "T", "T": "A"}[b] for b in letters[hit]]
    return "".join(letters)


def brute_force(first, second):
    """Largest identity over LENGTH // 2 consecutive places, any shift, either strand."""
    best, stretch = 0.0, LENGTH // 2
    for other in (second, reverse_complement(second)):
        for shift in range(-stretch, stretch + 1):
            equal = [
                0 <= i - shift < LENGTH and first[i] == other[i - shift] != "N"
                for i in range(LENGTH)
            ]
            sums = np.concatenate([[0], np.cumsum(equal)])
            best = max(best, (sums[stretch:] - sums[:-stretch]).max() / stretch)
    return best


def relatives(rng, parent):
    """Windows that are near-identical to a parent, and some that are not, with the truth."""
    return [
        (parent, True),
        (reverse_complement(parent), True),
        (mutate(rng, parent, 0.04), True),
        (reverse_complement(mutate(rng, parent, 0.04)), True),
        (random_bases(rng, 60) + parent[:140], True),
        (parent[70:] + random_bases(rng, 70), True),
        (parent[:120] + "N" * 80, True),
        (parent[:60] + random_bases(rng, 140), False),
        (mutate(rng, parent, 0.25), False),
        (random_bases(rng, LENGTH), False),
    ]


def test_found_are_those_that_brute_force_finds():
    rng = np.random.default_rng(0)
    parents = [random_bases(rng, LENGTH) for _ in range(3)]
    mine, planted = zip(*(pair for p in parents for pair in relatives(rng, p)), strict=True)
    truth = np.array([max(brute_force(m, p) for p in parents) >= 0.9 for m in mine])
    assert truth.tolist() == list(planted)
    result = near_identical(encode(mine), encode(parents))
    assert result.tolist() == truth.tolist()


@pytest.mark.parametrize(("rate", "share"), [(0.05, 1.0), (0.08, 0.97)])
def test_share_of_similar_windows_found(rate, share):
    """Whole windows that differ in 5 % or 8 % of their bases."""
    rng = np.random.default_rng(1)
    parents = [random_bases(rng, LENGTH) for _ in range(300)]
    children = [mutate(rng, p, rate) for p in parents]
    result = near_identical(encode(children), encode(parents))
    assert result.mean() >= share


def test_identity_counts_n_as_different():
    windows = encode(["ACGT" * 50, "N" * 200])
    assert best_identity(windows, windows, np.zeros(2, dtype=np.int64)).tolist() == [1.0, 0.0]


def test_training_loses_to_validation_and_both_to_test():
    rng = np.random.default_rng(2)
    a, b, c, d = (random_bases(rng, LENGTH) for _ in range(4))
    rows = [
        ("train", "donor", reverse_complement(a)),  # identical to a test window
        ("train", "donor", mutate(rng, b, 0.03)),  # similar to a validation window
        ("train", "donor", c),
        ("train", "GT decoy", c),  # repeated; the site is kept
        ("validation", "donor", b),
        ("validation", "donor", mutate(rng, d, 0.03)),  # similar to a test window
        ("test", "GT decoy", a),
        ("test", "donor", d),
    ]
    windows = pd.DataFrame(rows, columns=["split", "label", "sequence"])
    kept, drops = deduplicate(windows)
    assert kept.to_dict("records") == windows.iloc[[2, 4, 6, 7]].to_dict("records")
    assert (drops.repeated, drops.identical, drops.similar) == (1, 1, 2)
    assert drops.by_split == {"test": 0, "validation": 1, "train": 3}
    assert drops.total == 4


def test_nothing_dropped_from_unrelated_or_no_windows():
    rng = np.random.default_rng(3)
    rows = [(s, "donor", random_bases(rng, LENGTH)) for s in ("train", "validation", "test") * 20]
    windows = pd.DataFrame(rows, columns=["split", "label", "sequence"])
    kept, drops = deduplicate(windows)
    assert kept.equals(windows)
    assert drops.total == 0
    assert deduplicate(windows.iloc[:0])[1].total == 0
