"""What lies between two sequences, judged by models of human DNA."""

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.models import load_model
from dnaviz.training.data.records import Record
from dnaviz.training.evaluation.walks import ORDER, bits_per_base, markov_model, walk_midpoints


def test_the_markov_model_counts_both_strands() -> None:
    codes = np.resize(np.array([0, 2], np.uint8), 4000)  # (AG)n, on the other strand (CT)n
    markov = markov_model([Record("x", "chr8", codes)])
    assert markov.shape == (4**ORDER, 4)
    np.testing.assert_allclose(np.exp2(markov).sum(1), 1)
    assert bits_per_base(markov, codes[:100]) > -0.01
    assert bits_per_base(markov, np.resize(np.array([1, 3], np.uint8), 100)) > -0.01
    assert bits_per_base(markov, np.resize(np.array([0, 1], np.uint8), 100)) == pytest.approx(-2)


def test_unknown_bases_are_not_judged() -> None:
    markov = markov_model([Record("x", "chr8", np.zeros(1000, np.uint8))])
    codes = np.zeros(100, np.uint8)
    codes[50:60] = 4
    assert bits_per_base(markov, codes) == pytest.approx(bits_per_base(markov, codes[:50]))


def test_middles_stand_beside_ends_mixtures_and_shuffles() -> None:
    rng = np.random.default_rng(0)
    records = [Record("x", "chr1", rng.integers(0, 4, 20_000).astype(np.uint8))]
    figures = {(m.what, m.model): m for m in walk_midpoints(load_model(), records, records, n=20)}
    for kind, n in (("ends", 40), ("middles", 20), ("ends mixed base by base", 20),
                    ("ends shuffled", 20)):  # fmt: skip
        assert figures[f"log-likelihood of a base, bits, {kind}", "Markov"].n == n
        assert 0 <= figures[f"told, {kind}", "familiarity"].value <= 1
    ends = figures["log-likelihood of a base, bits, ends", "Markov"].value
    assert ends > figures["log-likelihood of a base, bits, middles", "Markov"].value
    kept = figures["bases that either end has at that place, middles", "autoencoder"].value
    assert 1 - 0.75**2 - 0.1 < kept < 1
    with pytest.raises(InputError, match="too few stretches of 200 nt"):
        walk_midpoints(load_model(), [records[0]._replace(codes=records[0].codes[:50])], records)
