"""Classifiers of dilated convolutions: what they look at, and nothing else."""

import pytest
import torch

from dnaviz.models.classifier import CONTEXT
from dnaviz.training.networks.dilated import PLANS, DilatedClassifier, DilatedPlan


def reach(plan: DilatedPlan) -> int:
    return sum(2 * d * (plan.kernel // 2) for d in plan.dilations)


@pytest.mark.parametrize("name", PLANS)
def test_a_position_is_judged_by_what_is_in_reach(name: str) -> None:
    torch.manual_seed(0)
    plan = PLANS[name]
    model = DilatedClassifier(plan).double().eval()
    assert reach(plan) <= CONTEXT
    x = torch.eye(4, dtype=torch.double)[torch.randint(0, 4, (1, 450))].transpose(1, 2)
    logits = model(x.requires_grad_())
    assert logits.shape == (1, 3, 50)
    logits[..., 25].sum().backward()
    seen = x.grad.abs().amax(1)[0].nonzero()[:, 0] - (CONTEXT + 25)
    assert -reach(plan) <= seen.min() < 10 - reach(plan)
    assert reach(plan) - 10 < seen.max() <= reach(plan)


def test_logits_are_those_of_the_features() -> None:
    model = DilatedClassifier().eval()
    hidden, logits = model.hidden_and_logits(torch.rand(2, 4, 420))
    assert hidden.shape == (2, model.channels, 20)
    torch.testing.assert_close(model.output(hidden), logits)
