"""Learning few labels by likeness: what it sees, and what it chooses by."""

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.training.data.labeled import LabeledData
from dnaviz.training.networks.masked_reader import shipped_reader
from dnaviz.training.probe import kernels

RNG = np.random.default_rng(0)


def signals(n: int, classes: int = 2) -> LabeledData:
    """Random sequences of 100 nt; each class but the first has a word of its own in the middle."""
    codes = RNG.integers(0, 4, (n, 100)).astype(np.uint8)
    labels = np.arange(n) % classes
    for k in range(1, classes):
        codes[labels == k, 50:56] = [k, 3, 0, 2, k, 1]
    return LabeledData([""] * n, codes, labels, [f"class{k}" for k in range(classes)])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("with_reader", [False, True])
def test_learns_a_word_from_forty_labels(classes: int, with_reader: bool) -> None:
    reader = shipped_reader()[0] if with_reader else None
    test = signals(90, classes)
    said = kernels.kernel_regression(signals(42, classes), test.codes, reader)
    assert np.allclose(said.sum(1), 1, atol=1e-5)
    assert (said.argmax(1) == test.labels).mean() > 0.9


@pytest.mark.parametrize("shape", [(5, 99), (100,), (0, 100)])
def test_sequences_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"have shape \(n, 100\)"):
        kernels.kernel_regression(signals(20), np.zeros(shape, np.uint8), None)


def test_more_examples_than_landmarks_and_a_class_that_is_rare(monkeypatch) -> None:
    monkeypatch.setattr(kernels, "LANDMARKS", 30)
    train, test = signals(200), signals(60)
    said = kernels.kernel_regression(train, test.codes, None)
    assert (said.argmax(1) == test.labels).mean() > 0.9
    rare = train.subset(np.concatenate([np.flatnonzero(train.labels == 0)[:20], [1, 3]]))
    assert kernels.kernel_regression(rare, test.codes, None).shape == (60, 2)


def test_what_counts_is_what_predicts_left_out_labels() -> None:
    labels = np.arange(60) % 2
    alike = (labels[:, None] == labels).astype(float) + np.eye(60)
    other = np.arange(60) % 7
    unlike = (other[:, None] == other).astype(float) + np.eye(60)
    mixtures = [kernels.Mixture(words, reader) for words in (0.0, 1.0) for reader in (0.0, 1.0)]
    for place, best in enumerate(
        (kernels.Mixture(0, 0), kernels.Mixture(1, 0), kernels.Mixture(0, 1))
    ):
        among = [unlike] * 3
        among[place] = alike
        assert kernels.choose_kernel(among, labels, mixtures)[0] == best


def test_words_are_counted_on_each_side_of_the_middle() -> None:
    codes = np.array([[0] * 150 + [3] * 150], np.uint8)
    (row,) = kernels.words_beside(codes) ** 2
    assert np.flatnonzero(row).tolist() == [0, 64 + 63]
    assert row[[0, 127]] == pytest.approx(98)  # words of three within 100 nt


def test_pairs_of_bases_of_short_sequences_end_with_them() -> None:
    pairs = kernels.base_pairs(np.array([[0, 1, 2, 3, 4]], np.uint8), 10)
    assert np.flatnonzero(pairs).tolist() == [1, 25 + 7, 50 + 13, 75 + 19]
