"""The plain classifier: what it sees, one position for less work, folded norms, ONNX."""

import numpy as np
import pytest
import torch
from torch import nn

from dnaviz.errors import InputError
from dnaviz.models.classifier import CONTEXT
from dnaviz.models.incremental_ism import mutant_logits
from dnaviz.models.plain import PLANS, PlainClassifier, PlainPlan, folded

OTHERS = {"mixed": PlainPlan(16, 5, ((5, 2, 1), (3, 6, 2), (3, 4, 1)))}


@pytest.fixture(params=[*PLANS, *OTHERS])
def model(request) -> PlainClassifier:
    """With norms and a calibration that do something."""
    torch.manual_seed(0)
    model = PlainClassifier((PLANS | OTHERS)[request.param]).eval()
    for part in model.modules():
        if isinstance(part, nn.BatchNorm1d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
            nn.init.uniform_(part.weight, 0.5, 2)
            nn.init.normal_(part.bias)
    model.temperature.copy_(torch.tensor([[0.2, -0.1], [0.3, 0.4]]))
    model.bias.copy_(torch.tensor([[0.0, -1.0, -2.0], [0.0, 1.0, 0.5]]))
    return model.requires_grad_(False)


def one_hot(n: int, width: int, seed: int = 1) -> torch.Tensor:
    """Bases, with nothing at the start of the first row."""
    torch.manual_seed(seed)
    x = torch.zeros(n, 4, width).scatter_(1, torch.randint(0, 4, (n, 1, width)), 1.0)
    x[0, :, : CONTEXT // 2] = 0
    return x


def test_every_position_sees_400_nt_and_no_more(model: PlainClassifier) -> None:
    x = one_hot(2, 30 + 2 * CONTEXT)
    logits = model(x)
    assert logits.shape == (2, 3, 30)
    for position in (0, 13, 29):
        window = x[..., position : position + 2 * CONTEXT + 1]
        torch.testing.assert_close(model(window)[..., 0], logits[..., position], atol=1e-5, rtol=0)


def test_the_middle_alone_is_the_same(model: PlainClassifier) -> None:
    x = one_hot(3, 2 * CONTEXT + 1)
    torch.testing.assert_close(model.center_logits(x), model(x)[..., 0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        model.center_latents(x), model.latents(x)[..., 0], atol=1e-5, rtol=1e-5
    )
    assert model.center_latents(x).shape == (3, 64)


def test_a_changed_column_is_the_changed_window(model: PlainClassifier) -> None:
    (window,) = one_hot(1, 2 * CONTEXT + 1)
    columns = torch.arange(0, 2 * CONTEXT + 1, 7)
    to = torch.eye(5)[:, :4][torch.arange(len(columns)) % 5]  # a base, or none
    mutants = window.repeat(len(columns), 1, 1)
    mutants[torch.arange(len(columns)), :, columns] = to
    changed = mutant_logits(model, window[None], columns, to)
    torch.testing.assert_close(changed, model.center_logits(mutants), atol=1e-4, rtol=1e-4)


def test_folded_norms_change_nothing_and_are_gone(model: PlainClassifier) -> None:
    x = one_hot(2, 40 + 2 * CONTEXT)
    plain = folded(model)
    torch.testing.assert_close(plain(x), model(x), atol=1e-4, rtol=1e-4)
    assert not any(isinstance(part, nn.BatchNorm1d) for part in plain.modules())
    assert any(isinstance(part, nn.BatchNorm1d) for part in model.modules())


def test_onnx_of_any_length_gives_the_same_numbers(model: PlainClassifier, tmp_path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    runtime = pytest.importorskip("onnxruntime")
    file = tmp_path / "splice.onnx"
    plain, x = folded(model), one_hot(1, 100 + 2 * CONTEXT)
    torch.onnx.export(
        plain, (x,), file, dynamo=True, dynamic_shapes=({2: torch.export.Dim("length", min=402)},),
        verbose=False,
    )  # fmt: skip
    session = runtime.InferenceSession(file, providers=["CPUExecutionProvider"])
    for width in (100, 7, 333):
        x = one_hot(1, width + 2 * CONTEXT)
        (result,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        np.testing.assert_allclose(result, model(x).numpy(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (PlainPlan(8, 11, ((3, 64, 2), (3, 64, 2))), "sees 261 nt on each side"),
        (PlainPlan(8, 11, ((4, 1, 1),)), "odd number of taps"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(plan: PlainPlan, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        PlainClassifier(plan)


def test_plans_are_as_small_as_a_scan_needs() -> None:
    for plan in PLANS.values():
        model = PlainClassifier(plan)
        assert sum(p.numel() for p in model.parameters()) <= 600_000
        multiply_adds = plan.channels * (4 * plan.stem + 64) + 64 * 3
        multiply_adds += sum(n * k * plan.channels**2 for k, _, n in plan.blocks)
        assert multiply_adds <= 200_000
