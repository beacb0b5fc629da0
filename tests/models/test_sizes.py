"""Inputs keep to few sizes, as code is made and kept for each."""

from importlib import import_module

import torch

from dnaviz.attribution import attribute, mutagenesis
from dnaviz.models import load_model
from dnaviz.models.classifier import PositionClassifier
from dnaviz.models.plain import PlainClassifier
from dnaviz.models.sizes import round_up_length
from dnaviz.models.sparse_window import SparseWindow


def test_round_up_length_gives_few_lengths_close_to_the_input():
    sizes = [round_up_length(n) for n in range(1, 4_097)]
    assert len(set(sizes)) == 25 + 4 + 4 * 8
    assert sizes == sorted(sizes)
    assert all(n <= size <= max(n + 7, 1.13 * n) for n, size in enumerate(sizes, 1))


def test_scans_and_sparse_windows_have_few_widths(lively, monkeypatch):
    widths, forward = set(), PositionClassifier.forward

    def note(self, x):
        widths.add(x.shape[-1])
        return forward(self, x)

    monkeypatch.setattr(PositionClassifier, "forward", note)
    for length in range(400, 450, 2):
        (result,) = lively.score_positions(["A" * length])
        assert result.shape == (2, length)
        widths.add(SparseWindow.of(torch.zeros(1, 4, 900), slice(20, 20 + length)).values.shape[-1])
    assert len(widths) <= 4


def test_gradients_and_mutants_come_in_few_numbers(plain_folder, monkeypatch):
    model = load_model(plain_folder)
    numbers = count_calls(monkeypatch, "center_latents")
    module = import_module("dnaviz.attribution.attribute")
    monkeypatch.setattr(module, "_adds_up", lambda total, *, gap: False)
    monkeypatch.setattr("dnaviz.attribution.integrate.MOST_STEPS", 128)
    attribute("ACGTTGCAAG" * 30, position=150, model=model)
    assert numbers == {2, 17, 8, 16}
    batches = count_calls(monkeypatch, "latents_of_features")
    for flank in range(20, 24):
        mutagenesis("ACGTTGCAAG" * 30, position=150, model=model, flank=flank)
    assert {number % 8 for number in batches - {1}} == {0}


def count_calls(monkeypatch, name):
    """Note how many windows, or features of windows, a method of the classifier is given."""
    numbers, method = set(), getattr(PlainClassifier, name)

    def note(self, x):
        numbers.add(len(x))
        return method(self, x)

    monkeypatch.setattr(PlainClassifier, name, note)
    return numbers
