"""Inputs keep to few sizes, as code is made and kept for each."""

from importlib import import_module

import torch

from dnaviz.attribution import attribute, mutagenesis
from dnaviz.models.scoring import score_positions
from dnaviz.models.sizes import round_up_length
from dnaviz.models.sparse_window import SparseWindow


def test_round_up_length_gives_few_lengths_close_to_the_input():
    sizes = [round_up_length(n) for n in range(1, 4_097)]
    assert len(set(sizes)) == 25 + 4 + 4 * 8
    assert sizes == sorted(sizes)
    assert all(n <= size <= max(n + 7, 1.13 * n) for n, size in enumerate(sizes, 1))


def test_scans_and_sparse_windows_have_few_widths(lively):
    widths = set()

    def splice(x):
        widths.add(x.shape[-1])
        return lively.splice(x)

    for length in range(400, 450, 2):
        (result,) = score_positions(splice, ["A" * length])
        assert result.shape == (2, length)
        widths.add(SparseWindow.of(torch.zeros(1, 4, 900), slice(20, 20 + length)).values.shape[-1])
    assert len(widths) <= 4


def test_gradients_and_mutants_come_in_few_numbers(lively, monkeypatch):
    numbers = set()
    full = type(lively.splice.body).sparse

    def patch(self, x, *arguments):
        numbers.add(len(x))
        return full(self, x, *arguments)

    monkeypatch.setattr(type(lively.splice.body), "sparse", patch)
    module = import_module("dnaviz.attribution.attribute")
    monkeypatch.setattr(module, "_adds_up", lambda total, *, gap: False)
    monkeypatch.setattr("dnaviz.attribution.integrate.MOST_STEPS", 128)
    attribute("ACGTTGCAAG" * 30, position=150, model=lively)
    assert numbers == {2, 17, 8, 16}
    batches = set()
    hidden = type(lively.splice)._hidden

    def count(self, squeezed):
        batches.add(len(squeezed))
        return hidden(self, squeezed)

    monkeypatch.setattr(type(lively.splice), "_hidden", count)
    for flank in range(20, 24):
        mutagenesis("ACGTTGCAAG" * 30, position=150, model=lively, flank=flank)
    assert {number % 8 for number in batches - {1}} == {0}
