"""Where a model computes."""

from __future__ import annotations

import torch

from dnaviz.errors import InputError


def pick_device(name: str = "auto") -> torch.device:
    """Return a device by its name; "auto" is the fastest there is.

    On a GPU convolutions keep float32 then: without their shorter TF32 numbers, an explanation of
    one sequence is the same wherever it is computed, to rounding.

    Raises
    ------
    InputError
        When there is no such device here.
    """
    if name == "auto":
        kinds = {"cuda": torch.cuda, "mps": torch.backends.mps}
        name = next((kind for kind, found in kinds.items() if found.is_available()), "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        raise InputError(
            f"There is no device {str(name)[:40]!r} here: take auto, cpu or, beside a GPU, cuda."
        ) from error
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32 = False
    return device
