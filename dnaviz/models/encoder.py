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

from torch import Tensor, nn
from torch.nn import functional as F

STEM_KERNEL = 9
KERNEL = 5
LAST_KERNEL = 3
WIDTHS = (32, 48, 64, 96)
SPACING = 2 ** (len(WIDTHS) - 1)  # bases between neighbouring outputs in a window
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


class ConvNorm(nn.Module):
    """Valid convolution and batch normalisation; spacing of taps and outputs chosen at the call."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, bias=False)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x: Tensor, stride: int = 1, dilation: int = 1) -> Tensor:
        return self.norm(F.conv1d(x, self.conv.weight, stride=stride, dilation=dilation))


class Residual(nn.Module):
    """Two convolutions around a skip connection that is cropped to fit."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.first = ConvNorm(width, width, kernel)
        self.second = ConvNorm(width, width, kernel)
        self.kernel = kernel

    def forward(self, x: Tensor, dilation: int = 1) -> Tensor:
        y = self.second(F.relu(self.first(x, dilation=dilation)), dilation=dilation)
        crop = 2 * (self.kernel // 2) * dilation
        return F.relu(y + x[..., crop : x.shape[-1] - crop])


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
        x = self.blocks[0](F.relu(self.stem(x)))
        for entry, block in zip(self.entries, self.blocks[1:], strict=True):
            x = block(F.relu(entry(x, stride=2)))
        return x

    def dense(self, x: Tensor) -> Tensor:
        """Features at every position.

        Parameters
        ----------
        x : Tensor, shape (n, 4, w + 2 * BODY_RADIUS)

        Returns
        -------
        Tensor, shape (n, WIDTHS[-1], w)
        """
        x = self.blocks[0](F.relu(self.stem(x)))
        for level, (entry, block) in enumerate(zip(self.entries, self.blocks[1:], strict=True)):
            x = block(F.relu(entry(x, dilation=2**level)), dilation=2 ** (level + 1))
        return x


def count_parameters(module: nn.Module) -> int:
    """Number of trained numbers in a module."""
    return sum(p.numel() for p in module.parameters())
