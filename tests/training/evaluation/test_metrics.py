"""Measures against brute force and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from dnaviz.training.evaluation.metrics import (
    auroc,
    average_precision,
    best_first,
    calibration_error,
    interval,
    sorted_precision,
    sorted_top_k,
    top_k_accuracy,
)
from dnaviz.training.evaluation.precision_recall import at_thresholds, precision_recall

RNG = np.random.default_rng(0)


@given(st.integers(0, 2**32 - 1))
def test_ranks_agree_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(50) < rng.integers(1, 50))
    scores = rng.permutation(50) + truth * rng.integers(0, 30)
    scores = scores + rng.random(50) * 0.1  # no ties
    assert auroc(truth, scores) == pytest.approx(roc_auc_score(truth, scores))
    assert average_precision(truth, scores) == pytest.approx(average_precision_score(truth, scores))


def test_auroc_counts_ties_half() -> None:
    assert auroc(np.array([1, 0], bool), np.array([1.0, 1.0])) == 0.5


def test_ties_never_help_the_model() -> None:
    truth = np.array([False] * 9 + [True])
    same = np.zeros(10)
    assert top_k_accuracy(truth, same) == 0
    assert average_precision(truth, same) == pytest.approx(0.1)


def test_top_k_by_hand() -> None:
    truth = np.array([1, 1, 0, 0], bool)
    assert top_k_accuracy(truth, np.array([4.0, 1.0, 3.0, 0.0])) == 0.5


def test_without_positives_there_is_no_figure() -> None:
    none = np.zeros(3, bool)
    for measure in (auroc, average_precision, top_k_accuracy):
        assert np.isnan(measure(none, np.arange(3.0)))


def test_calibration_error_by_hand() -> None:
    probabilities = np.array([0.9] * 10 + [0.1] * 10)
    truth = np.array([1] * 9 + [0] + [0] * 10)
    assert calibration_error(truth, probabilities) == pytest.approx(0.05)


def test_calibrated_probabilities_have_little_error() -> None:
    p = RNG.random(20_000)
    truth = RNG.random(20_000) < p
    assert calibration_error(truth, p) < 0.02
    assert calibration_error(truth, p**2) > 0.1


def test_interval_holds_the_value() -> None:
    truth = RNG.random(500) < 0.4
    scores = truth + RNG.normal(size=500)
    low, high = interval(auroc, truth, scores)
    assert low < auroc(truth, scores) < high


@given(st.integers(0, 2**32 - 1))
def test_groups_are_drawn_as_often_as_by_hand(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, scores, groups = rng.random(60) < 0.3, rng.random(60), rng.integers(3, 9, 60)
    order = best_first(truth, scores)
    for fast, plain in ((sorted_precision, average_precision), (sorted_top_k, top_k_accuracy)):
        result = interval(fast, truth[order], groups=groups[order], rounds=9)
        draws = np.random.default_rng(0)
        names = np.unique(groups)
        values = []
        for _ in range(9):
            drawn = names[draws.integers(0, len(names), len(names))]
            rows = np.concatenate([np.flatnonzero(groups == name) for name in drawn])
            values.append(plain(truth[rows], scores[rows]))
        assert result == pytest.approx(np.nanquantile(values, [0.025, 0.975]), nan_ok=True)


def test_whole_groups_are_drawn() -> None:
    groups = np.repeat(np.arange(20), 50)
    right = (groups % 2 == 0).astype(float)  # all of a group, or none
    low, high = interval(np.mean, right, groups=groups)
    single = interval(np.mean, right)
    assert high - low > 4 * (single[1] - single[0])
    assert low < 0.5 < high
    assert np.isnan(interval(np.mean, right[:5], groups=np.zeros(5, int))).all()


def test_precision_at_each_recall_agrees_with_scikit_learn() -> None:
    truth, scores = RNG.random(500) < 0.3, RNG.random(500)
    precision, recall, _ = precision_recall_curve(truth, scores)
    best = {}  # at one recall the highest precision: what is called ends with a true one
    for r, p in zip(recall, precision, strict=True):
        best[round(r, 9)] = max(p, best.get(round(r, 9), 0))
    curve = precision_recall(truth, scores)
    assert len(curve) == 50
    assert [p for _, p in curve] == pytest.approx([best[round(r, 9)] for r, _ in curve])
    assert precision_recall(np.zeros(3, bool), np.arange(3.0)) == []
    assert precision_recall(np.array([False, True]), np.zeros(2)) == [[1.0, 0.5]]


def test_recall_and_precision_of_a_threshold_by_hand() -> None:
    truth = np.array([1, 1, 0, 0], bool)
    marks = at_thresholds(truth, np.array([0.6, 0.2, 0.5, 0.0]))
    assert [(m["probability"], m["recall"], m["precision"]) for m in marks] == [
        (0.1, 1.0, 2 / 3),
        (0.5, 0.5, 0.5),
        (0.9, 0.0, None),
    ]
