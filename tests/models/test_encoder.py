"""The body: strided windows and dense phases give the same numbers, and see only their radius."""

import pytest
import torch

from dnaviz.models.classifier import CONTEXT, SpliceClassifier
from dnaviz.models.encoder import BODY_RADIUS, CANVAS, SLOTS, SPACING, Body, merge_phases


@pytest.fixture(scope="module")
def body() -> Body:
    torch.manual_seed(0)
    body = Body().eval()
    for name, value in body.named_buffers():
        if name.endswith("running_mean"):
            value.copy_(0.1 * torch.randn_like(value))
        if name.endswith("running_var"):
            value.copy_(torch.rand_like(value) + 0.1)
    return body


def test_windows_equal_every_eighth_dense_position(body: Body) -> None:
    x = torch.randn(2, 4, CANVAS + SPACING - 1)
    with torch.no_grad():
        dense = merge_phases(body.dense(x))
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
        wanted = merge_phases(body.dense(torch.nn.functional.pad(x, (0, SPACING - 1))))
        found = body.windows(x)
    torch.testing.assert_close(found, wanted[..., ::SPACING], atol=1e-5, rtol=1e-5)
    if stop > start:
        x.requires_grad_()
        everywhere, here = (
            torch.autograd.grad(body.windows(x, columns).square().sum(), x)[0]
            for columns in (None, inside)
        )
        torch.testing.assert_close(here[..., inside], everywhere[..., inside], atol=1e-3, rtol=1e-3)


def test_an_output_sees_its_radius_and_no_further(body: Body) -> None:
    x = torch.randn(1, 4, 2 * BODY_RADIUS + SPACING, requires_grad=True)
    merge_phases(body.dense(x))[0, :, 0].square().sum().backward()
    assert x.grad is not None
    seen = x.grad.abs().sum((0, 1)).nonzero()[:, 0]
    assert seen.max() <= 2 * BODY_RADIUS
    assert seen.max() > 2 * BODY_RADIUS - 4


def test_scan_equals_windows_one_by_one() -> None:
    torch.manual_seed(1)
    model = SpliceClassifier().eval()
    x = torch.randn(1, 4, 2 * CONTEXT + 13)
    with torch.no_grad():
        scanned = model(x)
        single = torch.stack(
            [model.middle(x[..., i : i + 2 * CONTEXT + 1]) for i in range(13)], dim=-1
        )
    assert scanned.shape == (1, 3, 13)
    torch.testing.assert_close(scanned, single, atol=1e-5, rtol=1e-5)


def test_prediction_depends_on_context_only() -> None:
    model = SpliceClassifier().eval()
    x = torch.randn(1, 4, 2 * CONTEXT + 1, requires_grad=True)
    model(torch.nn.functional.pad(x, (0, 0)))[0, 1, 0].backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0
    assert x.shape[-1] == 401  # 200 nt on either side of the base in question
