"""Training loop of both models: schedule, progress, resumable checkpoints."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from dnaviz.errors import InputError
from dnaviz.io.atomic import atomic_path
from dnaviz.models.checkpoint import current_name
from dnaviz.models.device import pick_device

SAVE_SECONDS = 60.0
REPORT_SECONDS = 15.0
CLIP = 1.0


def use_bfloat16(device: torch.device) -> bool:
    """Return whether the device computes bfloat16 fast."""
    return device.type == "cuda" or (device.type == "cpu" and "avx512_bf16" in _processor_flags())


@cache
def _processor_flags() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Linear warm-up over 3 % of the steps, then half a cosine down to 1 % of the peak."""
    warm = max(1, steps * 3 // 100)
    if step < warm:
        return peak * (step + 1) / warm
    progress = (step - warm) / max(1, steps - warm)
    return peak * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * progress))))


def running_mean(model: nn.Module, decay: float) -> AveragedModel:
    """Make the mean of a model's weights and batch statistics over its steps.

    The mean over the last steps lies nearer the middle of the valley than the last step does
    (Polyak & Juditsky 1992). It starts out as the plain mean and forgets at `decay` from then on.
    """

    def blend(mean: Tensor, value: Tensor, steps: Tensor | int) -> Tensor:
        share = max(1 - decay, 1 / (1 + int(steps)))
        return mean.lerp(value, share) if mean.is_floating_point() else value

    mean = AveragedModel(model, avg_fn=blend, use_buffers=True)
    mean.n_averaged.fill_(1)  # of what the model starts as
    return mean


def digest(arrays: Iterable[np.ndarray | Tensor]) -> str:
    """Checksum of arrays, to tell runs apart."""
    hasher = hashlib.sha256()
    for array in arrays:
        hasher.update(np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()[:16]


def _save(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, rng: np.random.Generator,
    progress: dict[str, Any], average: AveragedModel | None,
) -> None:  # fmt: skip
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    if average:
        tensors |= {f"average.{name}": value for name, value in average.module.state_dict().items()}
    for index, slots in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in slots.items()}
    tensors["torch_rng"] = torch.get_rng_state()
    metadata = {"progress": json.dumps(progress), "rng": json.dumps(rng.bit_generator.state)}
    with atomic_path(path) as partial:
        kept = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
        partial.write_bytes(save(kept, metadata))


def _restore(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, rng: np.random.Generator,
    settings: dict[str, Any], average: AveragedModel | None,
) -> dict[str, Any]:  # fmt: skip
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as handle:
            metadata = handle.metadata()
        settings_kept = json.loads(metadata["progress"])["settings"]
    except (SafetensorError, TypeError, KeyError):
        raise InputError(
            f"{path} is no whole checkpoint, to go on from: delete it to begin anew."
        ) from None
    if settings_kept != settings:
        raise InputError(f"{path.parent} holds a run with other settings; choose another folder.")
    names = {f"{kind}.{name}" for kind in ("model", "average") for name in model.state_dict()}
    tensors = {current_name(key, names): value for key, value in load_file(path).items()}
    model.load_state_dict(
        {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")}
    )
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimizer."):
            _, index, name = key.split(".")
            state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    if average:
        average.module.load_state_dict(
            {k.removeprefix("average."): v for k, v in tensors.items() if k.startswith("average.")}
        )
        average.n_averaged.fill_(json.loads(metadata["progress"])["step"] + 1)
    torch.set_rng_state(tensors["torch_rng"])
    rng.bit_generator.state = json.loads(metadata["rng"])
    progress: dict[str, Any] = json.loads(metadata["progress"])
    return progress


def fit(
    model: nn.Module,
    loss: Callable[[nn.Module, np.random.Generator, torch.device], dict[str, Tensor]],
    *,
    steps: int,
    peak: float,
    folder: Path,
    seed: int,
    settings: dict[str, Any],
    check: Callable[[nn.Module], dict[str, float]] | None = None,
    check_every: int = 1000,
    average: float | None = None,
) -> float:
    """Train a model; resumes by itself when the folder holds an unfinished run.

    Parameters
    ----------
    model : nn.Module
        Trained in place, left in eval mode on the CPU.
    loss : callable
        Draws a batch with the generator and returns named losses; their sum is minimized.
    steps, peak : int, float
        Optimizer steps (AdamW) and the highest learning rate.
    folder : Path
        Gets ``training.safetensors`` (the resumable state) and ``log.tsv``.
    seed : int
        Of the batches, noise and dropout.
    settings : dict
        Of the run; a run with other settings in the same folder is refused.
    check : callable, optional
        Measures on validation data, logged every ``check_every`` steps and at the end.
    average : float, optional
        Decay of a running mean of the weights; if given, that mean is measured and kept.

    Returns
    -------
    float
        Seconds of training in all, those before a resume included.

    Raises
    ------
    InputError
        When the folder holds a run with other settings, or training diverges.
    """
    device = pick_device()
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model.to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, weight_decay=0.01)
    mean = running_mean(model, average) if average else None
    state_file, log_file = folder / "training.safetensors", folder / "log.tsv"
    progress: dict[str, Any] = {"step": 0, "seconds": 0.0, "settings": settings}
    if state_file.exists():
        progress = _restore(state_file, model, optimizer, rng, settings, mean)
        print(f"resuming at step {progress['step']} of {steps}", file=sys.stderr)
    started = time.monotonic() - progress["seconds"]
    saved = reported = time.monotonic()
    means: dict[str, float] = {}
    for step in range(progress["step"], steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps, peak)
        terms = loss(model, rng, device)
        total = torch.stack(list(terms.values())).sum()
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        if not torch.isfinite(torch.stack([total.detach(), norm])).all():
            raise InputError(
                f"Training diverged: at step {step + 1:,} loss or gradient is no finite number. "
                "Begin again in another folder, with a lower learning rate or more in a batch."
            )
        optimizer.step()
        if mean:
            mean.update_parameters(model)
        for name, value in terms.items():
            means[name] = 0.98 * means.get(name, value.item()) + 0.02 * value.item()
        progress |= {"step": step + 1, "seconds": time.monotonic() - started}
        now, last = time.monotonic(), step + 1 == steps
        if last or now - reported > REPORT_SECONDS:
            reported = now
            shown = "  ".join(f"{name} {value:.4g}" for name, value in means.items())
            left = progress["seconds"] / (step + 1) * (steps - step - 1)
            print(f"step {step + 1}/{steps}  {shown}  {left / 60:.1f} min left", file=sys.stderr)
        if check and (last or (step + 1) % check_every == 0):
            figures = means | check((mean.module if mean else model).eval())
            model.train()
            line = "\t".join(f"{k}={v:.5g}" for k, v in {"step": step + 1, **figures}.items())
            print(line, file=sys.stderr, flush=True)
            with log_file.open("a") as log:
                log.write(line + "\n")
        if last or now - saved > SAVE_SECONDS:
            saved = now
            _save(state_file, model, optimizer, rng, progress, mean)
    if mean:
        model.load_state_dict(mean.module.state_dict())
    model.to("cpu").eval()
    return float(progress["seconds"])
