"""Layers of windows that are empty but for a patch: only the patch is computed.

Where a window has no bases, what a layer makes of nothing is the same at every position. A
:class:`Patch` holds that once, and beside it the columns near bases. The numbers are those of the
whole window, for a third less work with 200 nt.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from dnaviz.models.sizes import usual

ALIGNED = (4, 8)  # a patch may start here (4 modulo 8): all strides of the body then meet its start


class Patch(NamedTuple):
    """Windows (n, c, 1, width) that are `nothing` at every column outside of a patch.

    Attributes
    ----------
    values : Tensor, shape (n, c, 1, w)
        Of columns start to start + w.
    nothing : Tensor, shape (c, 1, 1), or None
        None where the patch is the whole window.
    start, width : int
    """

    values: Tensor
    nothing: Tensor | None
    start: int
    width: int

    @classmethod
    def of(cls, x: Tensor, inside: slice) -> Patch:
        """Windows (n, c, width) that are zero outside of some columns.

        The channels of its values lie innermost in memory: convolutions of many short windows are
        half as fast again so, on a CPU.
        """
        rest, every = ALIGNED
        width = x.shape[-1]
        start = inside.start - (inside.start - rest) % every
        stop = min(start + usual(max(inside.stop - start, 1)), width)
        nothing = None if start < 0 else x.new_zeros(x.shape[1], 1, 1)
        if nothing is None:
            start, stop = 0, width
        values = x[:, :, None, start:stop].contiguous(memory_format=torch.channels_last)
        return cls(values, nothing, start, width)

    def convolve(self, weight: Tensor, bias: Tensor, stride: int = 1, dilation: int = 1) -> Patch:
        """The windows after a valid convolution, weight (d, c, kernel) and bias (d,).

        With taps that lie apart all columns are computed.
        """
        if dilation > 1:
            values = F.conv2d(self.whole(), weight[:, :, None], bias, dilation=(1, dilation))
            return Patch(values, None, 0, values.shape[-1])
        around = weight.shape[-1] - 1
        width = (self.width - weight.shape[-1]) // stride + 1
        start = (self.start - around) // stride
        stop = start + (self.values.shape[-1] + around - 1) // stride + 1
        filters = weight[:, :, None]
        if self.nothing is None or start < 0 or stop > width:
            whole = F.conv2d(self.whole(), filters, bias, stride=(1, stride))
            return Patch(whole, None, 0, width)
        assert stride == 1 or (self.start - around) % stride == 0
        values = F.conv2d(self.values, filters, bias, (1, stride), padding=(0, around))
        # Around the patch is nothing, not the zeros put there: taps that reach out see nothing.
        taps = weight.transpose(1, 2) @ self.nothing[:, 0, 0]  # (d, kernel)
        skipped = -self.values.shape[-1] % stride  # columns between the patch's end and an output
        left = taps.cumsum(1)[:, :around].flip(1)[:, ::stride]
        right = taps.flip(1).cumsum(1)[:, skipped:around:stride]
        values[..., : left.shape[1]] += left[:, None]
        values[..., values.shape[-1] - right.shape[1] :] += right[:, None]
        return Patch(values, (taps.sum(1) + bias)[:, None, None], start, width)

    def relu(self) -> Patch:
        """The windows, negative values set to zero; these here are overwritten."""
        nothing = None if self.nothing is None else F.relu(self.nothing)
        return self._replace(values=F.relu_(self.values), nothing=nothing)

    def add_middle(self, other: Patch) -> Patch:
        """The sum with the middle columns of other, wider windows; the values here take it in."""
        crop = (other.width - self.width) // 2
        if self.nothing is None or other.nothing is None:
            values = self.whole()
            values += other.whole()[..., crop : crop + self.width]
            return Patch(values, None, 0, self.width)
        left = other.start - crop - self.start
        right = left + other.values.shape[-1]
        self.values[..., :left] += other.nothing
        self.values[..., left:right] += other.values
        self.values[..., right:] += other.nothing
        return self._replace(nothing=self.nothing + other.nothing)

    def whole(self) -> Tensor:
        """All columns, (n, c, 1, width)."""
        if self.nothing is None:
            return self.values
        sides = (self.start, self.width - self.start - self.values.shape[-1])
        return F.pad(self.values - self.nothing, sides) + self.nothing


def columns_with_bases(x: Tensor) -> slice:
    """From the first to behind the last column of windows (n, 4, w) that has a base in any."""
    there = x.any(0).any(0).nonzero()
    return slice(int(there[0]), int(there[-1]) + 1) if len(there) else slice(0, 0)
