"""Training that is killed goes on where it stood, and ends where an unbroken run ends."""

import resource
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from dnaviz.errors import InputError
from dnaviz.models.checkpoint import save_checkpoint
from dnaviz.training.fit import loop


def line() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1))


def batch_loss(model, rng: np.random.Generator, device) -> dict[str, torch.Tensor]:
    x = torch.from_numpy(rng.normal(size=(8, 3))).float().to(device)
    return {"square": (model(x) - x.sum(1, keepdim=True)).square().mean()}


class Killed(Exception):
    pass


@pytest.mark.parametrize("average", [None, 0.9])
def test_resumed_run_equals_unbroken_run(tmp_path: Path, monkeypatch, average) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", -1.0)
    common = {"steps": 30, "peak": 0.01, "seed": 3, "settings": {"steps": 30}, "average": average}
    unbroken = line()
    loop.fit(unbroken, batch_loss, folder=tmp_path / "a", **common)

    calls = 0

    def killed_at_step_17(model, rng, device):
        nonlocal calls
        calls += 1
        if calls == 17:
            raise Killed
        return batch_loss(model, rng, device)

    broken = line()
    with pytest.raises(Killed):
        loop.fit(broken, killed_at_step_17, folder=tmp_path / "b", **common)
    again = line()
    loop.fit(again, batch_loss, folder=tmp_path / "b", **common)
    for a, b in zip(unbroken.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)


def test_weight_average_decays() -> None:
    model = nn.Linear(1, 1, bias=False)
    weights = np.random.default_rng(0).normal(size=12)
    mean = None
    for step, weight in enumerate(weights):
        model.weight.data.fill_(weight)
        if mean is None:
            mean = loop.running_mean(model, decay=0.8)
        else:
            mean.update_parameters(model)
        if step < 5:
            assert mean.module.weight.item() == pytest.approx(weights[: step + 1].mean(), abs=1e-6)
    expected = weights[:5].mean()
    for weight in weights[5:]:
        expected = 0.8 * expected + 0.2 * weight
    assert mean is not None
    assert mean.module.weight.item() == pytest.approx(expected, abs=1e-6)


def test_other_settings_in_the_same_folder_are_refused(tmp_path: Path) -> None:
    common = {"steps": 2, "peak": 0.01, "folder": tmp_path, "seed": 0}
    loop.fit(line(), batch_loss, settings={"batch": 8}, **common)
    with pytest.raises(InputError, match="other settings"):
        loop.fit(line(), batch_loss, settings={"batch": 9}, **common)


def test_learning_rate_rises_and_falls() -> None:
    rates = [loop.learning_rate(step, 100, 1.0) for step in range(100)]
    assert max(rates) == pytest.approx(1.0)
    assert rates[0] < rates[2]
    assert rates[-1] < 0.02


@pytest.mark.parametrize("kept", [0, 20, 400])
def test_a_checkpoint_that_was_cut_off_is_named(tmp_path: Path, kept: int) -> None:
    common = {"steps": 2, "peak": 0.01, "folder": tmp_path, "seed": 0, "settings": {}}
    loop.fit(line(), batch_loss, **common)
    path = tmp_path / "training.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"training.safetensors is no whole checkpoint.*delete it"):
        loop.fit(line(), batch_loss, **common)


def test_a_file_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "training.safetensors")
    with pytest.raises(InputError, match=r"training.safetensors is no whole checkpoint"):
        loop.fit(line(), batch_loss, steps=2, peak=0.01, folder=tmp_path, seed=0, settings={})


def test_training_that_diverges_is_stopped(tmp_path: Path) -> None:
    def diverging(model, rng, device):
        square = batch_loss(model, rng, device)["square"]
        return {"square": square * (float("inf") if len(steps) == 3 else 1), "n": count(square)}

    def count(value: torch.Tensor) -> torch.Tensor:
        steps.append(value.item())
        return value * 0

    steps: list[float] = []
    with pytest.raises(InputError, match="Training diverged: at step 4"):
        loop.fit(line(), diverging, steps=9, peak=0.01, folder=tmp_path, seed=0, settings={})
    assert not (tmp_path / "training.safetensors").exists()


def test_weights_that_the_disk_cannot_hold_are_told_in_a_sentence(tmp_path: Path) -> None:
    model = nn.Linear(100, 100)
    common = {"steps": 1, "peak": 0.01, "folder": tmp_path / "run", "seed": 0, "settings": {}}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(InputError, match=r'training.safetensors" cannot be written: File too'):
            loop.fit(model, lambda m, rng, device: {"bias": m.bias.sum()}, **common)
        with pytest.raises(InputError, match=r'one.safetensors" cannot be written: File too'):
            save_checkpoint(tmp_path, "one", model, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.rglob("*.safetensors"))
