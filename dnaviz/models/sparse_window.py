"""Convolutions of mostly empty windows: only columns near bases are computed.

Where a window has no bases, what a layer makes of nothing is the same at every position. A
:class:`SparseWindow` holds that once, and beside it the columns near bases. The numbers are those
of the whole window, for a third less work with 200 nt.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from dnaviz.models.sizes import round_up_length

ALIGNED = (4, 8)  # a patch may start here (4 modulo 8): all strides of the body then meet its start


class SparseWindow(NamedTuple):
    """Windows (n, c, 1, width) that are `background` at every column outside of a patch.

    Attributes
    ----------
    values : Tensor, shape (n, c, 1, w)
        Of columns start to start + w.
    background : Tensor, shape (c, 1, 1), or None
        None where the patch is the whole window.
    start, width : int
    """

    values: Tensor
    background: Tensor | None
    start: int
    width: int

    @classmethod
    def of(cls, x: Tensor, inside: slice) -> SparseWindow:
        """Windows (n, c, width) that are zero outside of some columns.

        The channels of its values lie innermost in memory: convolutions of many short windows are
        half as fast again so, on a CPU.
        """
        rest, every = ALIGNED
        width = x.shape[-1]
        start = inside.start - (inside.start - rest) % every
        stop = min(start + round_up_length(max(inside.stop - start, 1)), width)
        nothing = None if start < 0 else x.new_zeros(x.shape[1], 1, 1)
        if nothing is None:
            start, stop = 0, width
        values = x[:, :, None, start:stop].contiguous(memory_format=torch.channels_last)
        return cls(values, nothing, start, width)

    def convolve(
        self, weight: Tensor, bias: Tensor, stride: int = 1, dilation: int = 1
    ) -> SparseWindow:
        """The windows after a valid convolution, weight (d, c, kernel) and bias (d,).

        With taps that lie apart all columns are computed.
        """
        if dilation > 1:
            values = F.conv2d(self.dense(), weight[:, :, None], bias, dilation=(1, dilation))
            return SparseWindow(values, None, 0, values.shape[-1])
        around = weight.shape[-1] - 1
        width = (self.width - weight.shape[-1]) // stride + 1
        start = (self.start - around) // stride
        stop = start + (self.values.shape[-1] + around - 1) // stride + 1
        filters = weight[:, :, None]
        if self.background is None or start < 0 or stop > width:
            whole = F.conv2d(self.dense(), filters, bias, stride=(1, stride))
            return SparseWindow(whole, None, 0, width)
        assert stride == 1 or (self.start - around) % stride == 0
        # Convolved is the difference from nothing: around the patch there is none.
        apart = F.conv2d(
            self.values - self.background, filters, stride=(1, stride), padding=(0, around)
        )
        background = (weight.sum(2) @ self.background[:, 0] + bias[:, None])[..., None]
        return SparseWindow(apart + background, background, start, width)

    def relu(self) -> SparseWindow:
        """The windows, negative values set to zero; these here are overwritten."""
        nothing = None if self.background is None else F.relu(self.background)
        return self._replace(values=F.relu_(self.values), background=nothing)

    def add_center(self, other: SparseWindow) -> SparseWindow:
        """The sum with the middle columns of other, wider windows; the values here take it in."""
        crop = (other.width - self.width) // 2
        if self.background is None or other.background is None:
            values = self.dense()
            values += other.dense()[..., crop : crop + self.width]
            return SparseWindow(values, None, 0, self.width)
        left = other.start - crop - self.start
        right = left + other.values.shape[-1]
        self.values[..., :left] += other.background
        self.values[..., left:right] += other.values
        self.values[..., right:] += other.background
        return self._replace(background=self.background + other.background)

    def dense(self) -> Tensor:
        """All columns, (n, c, 1, width)."""
        if self.background is None:
            return self.values
        sides = (self.start, self.width - self.start - self.values.shape[-1])
        return F.pad(self.values - self.background, sides) + self.background


def columns_with_bases(x: Tensor) -> slice:
    """From the first to behind the last column of windows (n, 4, w) that has a base in any."""
    occupied = x.any(0).any(0).nonzero()
    return slice(int(occupied[0]), int(occupied[-1]) + 1) if len(occupied) else slice(0, 0)
