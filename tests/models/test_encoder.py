"""The body: strided and dense give the same numbers, and see only their radius."""

from typing import TypeVar

import pytest
import torch

from dnaviz.models.classifier import CONTEXT, SpliceClassifier
from dnaviz.models.encoder import BODY_RADIUS, CANVAS, SLOTS, SPACING, Body

Module = TypeVar("Module", bound=torch.nn.Module)


@pytest.fixture(scope="module")
def body() -> Body:
    torch.manual_seed(0)
    return _stirred(Body())


def _stirred(model: Module) -> Module:
    """With batch statistics that are not those of nothing: a random network hardly reacts else."""
    for name, value in model.named_buffers():
        if name.endswith("running_mean"):
            value.copy_(0.1 * torch.randn_like(value))
        if name.endswith("running_var"):
            value.copy_(torch.rand_like(value) + 0.1)
    return model.eval()


def test_windows_equal_every_eighth_dense_position(body: Body) -> None:
    x = torch.randn(2, 4, CANVAS + SPACING - 1)
    with torch.no_grad():
        dense = body.dense(x)
        windows = body.windows(x[..., :CANVAS])
    assert windows.shape == (2, 96, SLOTS)
    assert windows.std() > 0.01
    torch.testing.assert_close(windows, dense[..., ::SPACING], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (0, 0),
        (0, 3),
        (200, 201),
        (97, 300),
        (98, 141),
        (150, 350),
        (CANVAS - 30, CANVAS),
        (0, CANVAS),
    ],
)
def test_windows_with_few_bases_equal_whole_ones(body: Body, start: int, stop: int) -> None:
    inside = slice(start, stop)
    x = torch.zeros(3, 4, CANVAS)
    x[..., inside] = torch.randn(3, 4, stop - start)
    with torch.no_grad():
        expected = body.dense(torch.nn.functional.pad(x, (0, SPACING - 1)))
        result = body.windows(x)
    torch.testing.assert_close(result, expected[..., ::SPACING], atol=1e-5, rtol=1e-5)


def test_an_output_sees_its_radius_and_no_further(body: Body) -> None:
    x = torch.randn(1, 4, 2 * BODY_RADIUS + SPACING, requires_grad=True)
    body.dense(x)[0, :, 0].square().sum().backward()
    assert x.grad is not None
    seen = x.grad.abs().sum((0, 1)).nonzero()[:, 0]
    assert seen.max() <= 2 * BODY_RADIUS
    assert seen.max() > 2 * BODY_RADIUS - 4


@pytest.fixture(scope="module")
def splice() -> SpliceClassifier:
    torch.manual_seed(1)
    model = _stirred(SpliceClassifier())
    model.output.weight.data *= 100  # of the order of a trained one's logits
    return model


def test_scan_equals_windows_one_by_one(splice: SpliceClassifier) -> None:
    torch.manual_seed(2)
    x = torch.randn(1, 4, 2 * CONTEXT + 13)
    with torch.no_grad():
        scanned = splice(x)
        single = torch.stack(
            [splice.center_logits(x[..., i : i + 2 * CONTEXT + 1]) for i in range(13)], dim=-1
        )
    assert scanned.shape == (1, 3, 13)
    assert scanned[:, 1:].std(2).min() > 0.1  # those of the first are 0 after calibration
    torch.testing.assert_close(scanned, single, atol=1e-4, rtol=1e-4)


def test_prediction_depends_on_context_only(splice: SpliceClassifier) -> None:
    torch.manual_seed(3)
    x = torch.randn(1, 4, 2 * CONTEXT + 17, requires_grad=True)
    splice(x)[0, 1, 8].backward()  # 200 nt on either side of column 208
    assert x.grad is not None
    seen = x.grad.abs().sum((0, 1)).nonzero()[:, 0]
    assert 8 <= seen.min() < 16
    assert 400 < seen.max() <= 408


def test_a_window_with_few_bases_equals_its_scan(splice: SpliceClassifier) -> None:
    torch.manual_seed(4)
    inside = slice(133, 236)
    x = torch.zeros(2, 4, 2 * CONTEXT + 1)
    x[..., inside] = torch.randn(2, 4, 103)
    with torch.no_grad():
        expected = splice(x)[..., 0]
        assert (expected - splice(torch.zeros_like(x))[..., 0]).abs().max() > 0.5
        torch.testing.assert_close(splice.center_logits(x), expected, atol=1e-4, rtol=1e-4)
    x.requires_grad_()
    asked = (splice(x)[..., 0], splice.center_logits(x))
    every, strided = (torch.autograd.grad(logits.square().sum(), x)[0] for logits in asked)
    assert every.abs().max() > 0.1
    torch.testing.assert_close(strided, every, atol=1e-3, rtol=1e-3)
