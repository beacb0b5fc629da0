"""Work on several cores is the same work. (Other tests have one: see conftest.)"""

import random

import numpy as np
import pytest
import torch

from dnaviz.models.threads import map_threads


@pytest.mark.parametrize("cores", [1, 3])
def test_parts_are_worked_on_one_core_each_and_come_in_their_order(cores):
    def work(number):
        return number, torch.is_grad_enabled()

    torch.set_num_threads(cores)
    results = map_threads(work, range(40))
    assert next(results) == (0, False)
    assert torch.get_num_threads() == 1
    assert list(results) == [(number, False) for number in range(1, 40)]
    assert torch.get_num_threads() == cores


@pytest.mark.parametrize("cores", [2, 3])
def test_a_model_says_the_same_on_several_cores(lively, monkeypatch, cores):
    rng = random.Random(0)
    sequences = ["".join(rng.choices("ACGT", k=rng.randint(20, 400))) for _ in range(80)]
    lengthy = "".join(rng.choices("ACGT", k=9_000))

    def said():
        scan = lively.score_positions([lengthy])[0]
        return lively.encode(sequences), lively.encode(sequences, space="splice"), scan

    expected = said()
    monkeypatch.setattr(lively, "batch_size", 16)  # for more parts than cores
    torch.set_num_threads(cores)
    for one, other in zip(said(), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
