"""Calibration: said and true shares come together, in whole stretches and in fragments."""

import numpy as np
import torch

from dnaviz.models import CONTEXT
from dnaviz.models.classifier import calibrated, missing_fraction
from dnaviz.training.data.labeled_sequence import LabeledSequence
from dnaviz.training.fit import calibrate


def test_missing_fraction_is_the_share_without_bases() -> None:
    x = torch.zeros(1, 4, 2 * CONTEXT + 3)
    x[0, 2, CONTEXT - 50 : CONTEXT + 50] = 1
    x[0, :, CONTEXT + 50 : CONTEXT + 60] = 0.25  # N is a base nobody knows, not an absent one
    expected = 1 - 110 / (2 * CONTEXT + 1)
    torch.testing.assert_close(missing_fraction(x), torch.full((1, 1, 3), expected))


def test_straight_lines_over_absent_bases() -> None:
    logits = torch.tensor([[[2.0, 2.0], [1.0, 1.0], [0.0, 0.0]]])
    missing = torch.tensor([[[0.0, 0.5]]])
    bias = torch.tensor([[0.0, 1.0, 2.0], [0.0, -4.0, 0.0]])
    temperature = torch.tensor([[0.0, 0.0], [2.0, 2.0]]) * np.log(2.0)
    result = calibrated(logits, missing, temperature, bias)
    torch.testing.assert_close(result[0, :, 0], torch.tensor([0.0, 0.0, 0.0]))
    torch.testing.assert_close(result[0, :, 1], torch.tensor([0.0, -1.5, 1.0]))


def test_odds_for_and_against_a_site_have_their_own_temperature() -> None:
    odds = torch.linspace(-9, 9, 50)
    logits = torch.stack([torch.full_like(odds, 3.0), 3 + odds, 3 - odds])[None]
    nothing = torch.zeros(1, 1, 50)
    temperature = torch.tensor([[0.7, -0.7], [9.0, 9.0]])  # no base is absent
    result = calibrated(logits, nothing, temperature, torch.zeros(2, 3))[0]
    p = torch.sigmoid(odds)
    expected = p.log() / np.exp(0.7) - (1 - p).log() * np.exp(0.7)
    torch.testing.assert_close(result[1] - result[0], expected, atol=1e-3, rtol=1e-4)
    assert (result[1] - result[0]).diff().min() > 0
    torch.testing.assert_close(result[2], result[1].flip(0))


def test_errors_shrink(lively, monkeypatch) -> None:
    """Labels drawn at a tenth of the odds the model says: calibration finds that out."""
    import copy

    monkeypatch.setattr(calibrate, "FRAGMENTS", (100,))
    rng = np.random.default_rng(0)
    splice = copy.deepcopy(lively.splice)
    splice.output.bias.data += splice.bias[0]  # so that all three classes are said now and then
    splice.temperature.zero_()
    splice.bias.zero_()
    codes = rng.integers(0, 4, 6_000).astype(np.uint8)
    padded = torch.nn.functional.one_hot(torch.from_numpy(np.pad(codes, CONTEXT)).long(), 4)
    with torch.no_grad():
        logits = splice(padded.T[None].float())[0]
        logits[1:] -= np.log(10.0)
        chances = logits.softmax(0).numpy()
    drawn = (rng.random(len(codes)) > np.cumsum(chances, axis=0)).sum(0)
    genes = LabeledSequence(codes, drawn.astype(np.uint8))
    report = calibrate.calibrate(splice, genes, genes.first(2_000))
    for site in ("donor", "acceptor"):
        assert report[f"{site}_error_before_whole"] > 0.1
        assert report[f"{site}_error_after_whole"] < 0.05
        assert report[f"{site}_error_after_100_nt"] < 0.07
    assert (splice.temperature[:, 0] - splice.temperature[:, 1]).abs().min() > 0.01
    assert float(splice.bias[0, 1]) < -1.7
