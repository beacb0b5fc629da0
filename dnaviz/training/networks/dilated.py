"""Dilated convolutional classifiers, used as distillation teachers.

They see the same 400 nt, have no latent, share no weights with the autoencoder and are too slow for
a page; but what differs from the shipped network errs elsewhere, so it makes a good teacher beside
others. The first of them has the blocks and reach of SpliceAI-400 (Jaganathan et al. 2019, Cell
176:535).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.errors import InputError
from dnaviz.models.checkpoint import load_checkpoint, read_config
from dnaviz.models.classifier import CONTEXT, LABELS, PositionClassifier


class DilatedPlan(NamedTuple):
    """Channels, taps of a convolution, and how far its taps lie apart in each block."""

    channels: int
    kernel: int
    dilations: tuple[int, ...]


PLANS = {
    "dilated": DilatedPlan(32, 11, (1, 1, 1, 1, 4, 4, 4, 4)),
    "dilated-wide": DilatedPlan(64, 7, (1, 2, 4, 8, 16)),
}
MIDDLE = 3  # the block (0-based) whose features go straight to the end, as the stem's and last do


class Block(nn.Module):
    """Two convolutions, each behind normalization and ReLU, around a skip connection."""

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        sizes: dict[str, Any] = {
            "dilation": dilation, "padding": dilation * (kernel // 2), "bias": False,
        }  # fmt: skip
        self.first_norm, self.second_norm = nn.BatchNorm1d(channels), nn.BatchNorm1d(channels)
        self.first = nn.Conv1d(channels, channels, kernel, **sizes)
        self.second = nn.Conv1d(channels, channels, kernel, **sizes)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, L) -> the same."""
        y = self.first(F.relu(self.first_norm(x)))
        return x + self.second(F.relu(self.second_norm(y)))


class DilatedClassifier(PositionClassifier):
    """Logits of every position from 400 nt around it.

    Parameters
    ----------
    plan : Plan
    dropout : float
    """

    def __init__(self, plan: DilatedPlan = PLANS["dilated"], dropout: float = 0.1) -> None:
        super().__init__()
        self.channels = plan.channels
        self.stem = nn.Conv1d(4, plan.channels, 1)
        self.blocks = nn.ModuleList(Block(plan.channels, plan.kernel, d) for d in plan.dilations)
        self.skips = nn.ModuleList(nn.Conv1d(plan.channels, plan.channels, 1) for _ in range(3))
        self.output = nn.Conv1d(plan.channels, len(LABELS), 1)
        self.dropout = nn.Dropout(dropout)

    def hidden_and_logits(self, x: Tensor) -> tuple[Tensor, Tensor]:
        stem, middle, last = self.skips
        x = self.stem(x)
        skipped = stem(x)
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number == MIDDLE:
                skipped = skipped + middle(x)
        hidden = (skipped + last(x))[..., CONTEXT:-CONTEXT]
        return hidden, self.output(self.dropout(hidden))


def load_dilated(folder: str | Path) -> tuple[DilatedClassifier, dict[str, Any]]:
    """Read the dilated classifier of a folder (``teacher.safetensors``), and its config.

    Raises
    ------
    InputError
        When there is none, or none that can be read.
    """
    path = Path(folder) / "teacher.json"
    name = read_config(path).get("architecture")
    if not isinstance(name, str) or name not in PLANS:
        raise InputError(f"{path}: there is no architecture {str(name)[:60]!r}.")
    model = DilatedClassifier(PLANS[name])
    return model, load_checkpoint(folder, "teacher", model)
