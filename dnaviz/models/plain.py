"""A plain dilated residual network: the splice classifier that any runtime executes.

Convolutions without padding, batch norms behind them and ReLU, nothing else: for inference the
norms fold into the convolutions, and what is left is ``Conv`` and ``Relu`` over any length.
"""

from __future__ import annotations

import copy
from math import gcd
from pathlib import Path
from typing import Any, NamedTuple, cast

from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.errors import InputError
from dnaviz.models.checkpoint import load_checkpoint, read_config
from dnaviz.models.classifier import (
    CONTEXT,
    LABELS,
    SPLICE_LATENT,
    PositionClassifier,
    missing_fraction,
)


class PlainPlan(NamedTuple):
    """What a network is made of: channels, taps of the first convolution, residual blocks.

    A block is (kernel, dilation, convolutions).
    """

    channels: int
    stem: int
    blocks: tuple[tuple[int, int, int], ...]

    @property
    def reach(self) -> int:
        """Bases on each side that a position sees."""
        return self.stem // 2 + sum(n * (k // 2) * d for k, d, n in self.blocks)

    @property
    def strides(self) -> list[tuple[int, int]]:
        """Of each block: every which column before it the middle needs, how many bases apart."""
        strides, before = [], 1
        for k in range(len(self.blocks)):
            spacing = gcd(*(dilation for _, dilation, _ in self.blocks[k:]))
            strides.append((spacing // before, spacing))
            before = spacing
        return strides


class Block(nn.Module):
    """Convolutions, each behind a ReLU and before a batch norm, beside a skip connection."""

    def __init__(self, channels: int, kernel: int, dilation: int, convolutions: int) -> None:
        super().__init__()
        self.cut = convolutions * (kernel // 2) * dilation
        self.convolutions = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, dilation=dilation, bias=False)
            for _ in range(convolutions)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in range(convolutions))
        self.relus = nn.ModuleList(nn.ReLU() for _ in range(convolutions))

    def forward(self, x: Tensor, spacing: int = 1) -> Tensor:
        """(n, channels, w) -> (n, channels, w - 2 * cut // spacing).

        `spacing` says that columns are so many bases apart; it divides the dilation. A ReLU is
        given a view: captum's DeepLIFT replaces the whole gradient of what a ReLU is given, and the
        skip connection has a share in it.
        """
        y = x
        for k, relu in enumerate(self.relus):
            convolution, norm = cast(nn.Conv1d, self.convolutions[k]), self.norms[k]
            dilation = convolution.dilation[0] // spacing
            y = relu(y.view_as(y))
            y = norm(F.conv1d(y, convolution.weight, convolution.bias, dilation=dilation))
        cut = self.cut // spacing
        return x[..., cut : x.shape[-1] - cut] + y


class PlainClassifier(PositionClassifier):
    """Logits of every position from at most 400 nt around it, and a latent of 64 floats.

    Cheap at one position too (:meth:`center_logits`) where dilations grow and each divides the
    next.

    Raises
    ------
    InputError
        When the plan reaches farther than ``CONTEXT`` or a kernel is even.
    """

    def __init__(self, plan: PlainPlan) -> None:
        super().__init__()
        if plan.reach > CONTEXT:
            raise InputError(
                f"A network that sees {plan.reach} nt on each side reaches too far: "
                f"at most {CONTEXT}."
            )
        if any(kernel % 2 == 0 for kernel in (plan.stem, *(b[0] for b in plan.blocks))):
            raise InputError("A convolution's kernel needs an odd number of taps.")
        self.plan = plan
        self.channels = SPLICE_LATENT
        self.spare = CONTEXT - plan.reach
        self.stem = nn.Conv1d(4, plan.channels, plan.stem, bias=False)
        self.norm = nn.BatchNorm1d(plan.channels)
        self.blocks = nn.Sequential(*(Block(plan.channels, *block) for block in plan.blocks))
        self.input = nn.ReLU()
        self.latent = nn.Conv1d(plan.channels, SPLICE_LATENT, 1)
        self.output = nn.Conv1d(SPLICE_LATENT, len(LABELS), 1)
        self.dropout = nn.Dropout(0.1)

    def latents(self, x: Tensor) -> Tensor:
        """(n, 4, w + 2 * CONTEXT) -> latents (n, SPLICE_LATENT, w)."""
        x = self.norm(self.stem(F.pad(x, (-self.spare, -self.spare))))
        return self.latents_of_features(self.blocks(x))

    def center_latents(self, x: Tensor) -> Tensor:
        """See :meth:`PositionClassifier.center_latents`.

        What only the middle needs is computed at every d-th base from the first block on whose
        dilation, and all later ones, d divides.
        """
        x = self.norm(self.stem(F.pad(x, (-self.spare, -self.spare))))
        for block, (step, spacing) in zip(self.blocks, self.plan.strides, strict=True):
            x = block(x[..., ::step], spacing)
        return self.latents_of_features(x)[..., 0]

    def latents_of_features(self, x: Tensor) -> Tensor:
        """Latents (n, SPLICE_LATENT, w) of what the blocks give (n, channels, w)."""
        latents: Tensor = self.latent(self.dropout(self.input(x)))
        return latents

    def hidden_and_logits(self, x: Tensor) -> tuple[Tensor, Tensor]:
        latents = self.latents(x)
        return self.relu(latents), self.logits(latents, missing_fraction(x))


def folded(model: PlainClassifier) -> PlainClassifier:
    """A copy in eval mode whose batch norms are part of its convolutions: the same numbers."""
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    model = copy.deepcopy(model).eval()
    model.stem = fuse_conv_bn_eval(model.stem, model.norm)
    model.norm = nn.Identity()  # type: ignore[assignment]
    for block in model.blocks:
        assert isinstance(block, Block)
        block.convolutions = nn.ModuleList(
            fuse_conv_bn_eval(cast(nn.Conv1d, convolution), cast(nn.BatchNorm1d, norm))
            for convolution, norm in zip(block.convolutions, block.norms, strict=True)
        )
        block.norms = nn.ModuleList(nn.Identity() for _ in block.norms)
    return model


# Made of 64 channels: a few at every base, most where bases are 2, 4, ... 32 apart.
PLANS = {
    "64": PlainPlan(
        64, 11, ((3, 1, 2), (3, 2, 2), (3, 4, 2), (3, 8, 2), (3, 16, 2), (3, 32, 2), (3, 32, 2))
    ),
    "32": PlainPlan(32, 11, (*((11, 1, 2),) * 3, *((11, 4, 2),) * 4)),
}


def load_plain(folder: str | Path) -> tuple[PlainClassifier, dict[str, Any]]:
    """Read the plain classifier of a folder (``classifier.safetensors``), and its config.

    Raises
    ------
    InputError
        When there is none, or none that can be read.
    """
    path = Path(folder) / "classifier.json"
    if not path.is_file():
        raise InputError(f"{path} does not exist.")
    name = read_config(path).get("plan")
    if not isinstance(name, str) or name not in PLANS:
        raise InputError(f"{path}: there is no plan {str(name)[:60]!r}.")
    model = PlainClassifier(PLANS[name])
    return model, load_checkpoint(folder, "classifier", model)
