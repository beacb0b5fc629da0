"""The convolutional body shared by the autoencoder and the splice classifier.

One set of weights is evaluated in two ways that give the same numbers:

* ``windows``: strided, one output every eight bases around the middle of each window (cheap when
  few positions are wanted);
* ``dense``: dilated, an output for every position of a long sequence (cheap when all are wanted).

All convolutions are valid (no padding inside the network), so an output depends on nothing but the
bases within :data:`BODY_RADIUS` of it, and a scan of a long sequence equals its windows exactly.
The identity of strided and dilated evaluation is that of "fast scanning" (Giusti et al. 2013,
arXiv 1302.1700).
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.models.sparse_window import SparseWindow, columns_with_bases

STEM_KERNEL = 9
KERNEL = 5
LAST_KERNEL = 3
WIDTHS = (32, 48, 64, 96)
SPACING = 2 ** (len(WIDTHS) - 1)  # bases between neighboring outputs in a window
SLOTS = 51  # outputs in a window: the middle one and 25 on either side

# Reach of one output to either side, summed over the layers (see ``Body``).
BODY_RADIUS = (
    STEM_KERNEL // 2
    + sum(
        2 * ((LAST_KERNEL if level == len(WIDTHS) - 1 else KERNEL) // 2) * 2**level
        for level in range(len(WIDTHS))
    )
    + sum((KERNEL // 2) * 2**level for level in range(len(WIDTHS) - 1))
)
CANVAS_RADIUS = SLOTS // 2 * SPACING + BODY_RADIUS
CANVAS = 2 * CANVAS_RADIUS + 1  # input length of one window


def conv_norm(
    x: Tensor, conv: nn.Conv1d, norm: nn.BatchNorm1d, stride: int = 1, spacing: int = 1
) -> Tensor:
    """A convolution and its batch normalization; outside training both are one convolution.

    `spacing` is how many columns of x apart its neighbors lie.
    """
    dilation = conv.dilation[0] * spacing
    if norm.training:
        return norm(F.conv1d(x, conv.weight, stride=stride, dilation=dilation))
    return F.conv1d(x, *fold_batch_norm(conv, norm), stride=stride, dilation=dilation)


def fold_batch_norm(conv: nn.Conv1d, norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """Fold batch normalization into the convolution; return its weight and bias."""
    assert norm.running_var is not None
    assert norm.running_mean is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return conv.weight * scale[:, None, None], norm.bias - norm.running_mean * scale


class ConvNorm(nn.Module):
    """Valid convolution and batch normalization; the stride is chosen at the call."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x: Tensor, stride: int = 1, spacing: int = 1) -> Tensor:
        return conv_norm(x, self.conv, self.norm, stride, spacing)

    def forward_sparse(self, x: SparseWindow, stride: int = 1) -> SparseWindow:
        """Apply the layer to a sparse window."""
        return x.convolve(*fold_batch_norm(self.conv, self.norm), stride, *self.conv.dilation)


class Residual(nn.Module):
    """Two convolutions around a skip connection that is cropped to fit."""

    def __init__(self, width: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = ConvNorm(width, width, kernel, dilation)
        self.second = ConvNorm(width, width, kernel, dilation)
        self.kernel = kernel
        self.dilation = dilation

    def forward(self, x: Tensor, spacing: int = 1) -> Tensor:
        y = self.second(F.relu(self.first(x, spacing=spacing)), spacing=spacing)
        crop = 2 * (self.kernel // 2) * self.dilation * spacing
        return F.relu(y + x[..., crop : x.shape[-1] - crop])

    def forward_sparse(self, x: SparseWindow) -> SparseWindow:
        """Apply the layer to a sparse window."""
        y = self.second.forward_sparse(self.first.forward_sparse(x).relu())
        return y.add_center(x).relu()


class Body(nn.Module):
    """Four levels of convolutions, each reaching twice as far as the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvNorm(4, WIDTHS[0], STEM_KERNEL)
        self.entries = nn.ModuleList(ConvNorm(a, b, KERNEL) for a, b in pairwise(WIDTHS))
        self.blocks = nn.ModuleList(
            Residual(width, LAST_KERNEL if level == len(WIDTHS) - 1 else KERNEL)
            for level, width in enumerate(WIDTHS)
        )

    def windows(self, x: Tensor) -> Tensor:
        """Features around the middle of each window.

        Parameters
        ----------
        x : Tensor, shape (n, 4, CANVAS)
            One-hot windows; zeros beyond the sequence.

        Returns
        -------
        Tensor, shape (n, WIDTHS[-1], SLOTS)
            Features at the middle (slot 25) and every ``SPACING`` bases to either side.
        """
        if self.training:
            x = self.blocks[0](F.relu(self.stem(x)))
            for entry, block in zip(self.entries, self.blocks[1:], strict=True):
                x = block(F.relu(entry(x, stride=2)))
            return x
        return self.sparse(x).dense()[:, :, 0]

    def sparse(self, x: Tensor) -> SparseWindow:
        """:meth:`windows` outside training, computed near bases only unless x wants a gradient.

        Parameters
        ----------
        x
            As for :meth:`windows`, of any width w of at least 2 * BODY_RADIUS + 1.

        Returns
        -------
        Patch
            Of windows (n, WIDTHS[-1], 1, (w - 2 * BODY_RADIUS - 1) // SPACING + 1).
        """
        assert not self.training, "a patch is normalized by running statistics"
        every = torch.is_grad_enabled() and x.requires_grad
        inside = slice(0, x.shape[-1]) if every else columns_with_bases(x)
        entries, blocks = cast(list[ConvNorm], self.entries), cast(list[Residual], self.blocks)
        patch = blocks[0].forward_sparse(
            self.stem.forward_sparse(SparseWindow.of(x, inside)).relu()
        )
        for entry, block in zip(entries, blocks[1:], strict=True):
            patch = block.forward_sparse(entry.forward_sparse(patch, stride=2).relu())
        return patch

    def dense(self, x: Tensor) -> Tensor:
        """Features (n, WIDTHS[-1], w) at every position of x (n, 4, w + 2 * BODY_RADIUS)."""
        x = self.blocks[0](F.relu(self.stem(x)))
        for level, (entry, block) in enumerate(zip(self.entries, self.blocks[1:], strict=True)):
            x = block(F.relu(entry(x, spacing=2**level)), spacing=2 ** (level + 1))
        return x


def count_parameters(module: nn.Module) -> int:
    """Number of trained numbers in a module."""
    return sum(p.numel() for p in module.parameters())
