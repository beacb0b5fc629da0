"""Numerical precision of training: half (bfloat16) where it pays."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch


def use_bfloat16(device: torch.device) -> bool:
    """Return whether the device computes bfloat16 fast."""
    return device.type == "cuda" or (device.type == "cpu" and "avx512_bf16" in _processor_flags())


@cache
def _processor_flags() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""
