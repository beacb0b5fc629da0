"""Scores of a model of one's own that are not what is asked for are refused when it is loaded."""

import numpy as np
import pytest
from helpers.foreign_models import KmerEncoder, SmallCNN

from dnaviz.errors import InputError
from dnaviz.models import load_model
from dnaviz.models.score_checks import check_scores


class FarSighted(SmallCNN):
    """It counts the A of the whole sequence, too."""

    def score_positions(self, sequences, wanted=None):
        scores = super().score_positions(sequences, wanted)
        return [s + bases.count("A") for s, bases in zip(scores, sequences, strict=True)]


class InTraining(SmallCNN):
    """It drops outputs by chance."""

    def score_positions(self, sequences, wanted=None):
        scores = super().score_positions(sequences, wanted)
        self.calls = getattr(self, "calls", 0) + 1
        return [s + 9 * (self.calls % 2) for s in scores]


class OffCenter(SmallCNN):
    """It scores the column before the middle of a window."""

    def score_windows(self, windows):
        return super().score_windows(np.roll(windows, 1, axis=2))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (FarSighted(), "farther away than its context, 25 nt"),
        (InTraining(), "or by chance: give the context that it has, and put it in eval mode"),
        (OffCenter(), "scores the middle of a window, column w // 2 of its 91, otherwise"),
    ],
)
def test_scores_of_another_base_or_context_are_refused(model, words):
    with pytest.raises(InputError, match=words):
        check_scores(model)


@pytest.mark.parametrize("model", [KmerEncoder(), SmallCNN(), load_model()])
def test_scores_that_are_as_asked_for_are_taken(model):
    check_scores(model)


def test_a_model_is_looked_at_when_it_is_loaded():
    with pytest.raises(InputError, match="otherwise than that base of a sequence"):
        load_model(f"{__file__}:OffCenter")
