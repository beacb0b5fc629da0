"""Round input lengths up to few sizes, so that few convolution kernels are compiled.

torch's library for convolutions makes code for every size of input that it meets: a millisecond and
a tenth of a megabyte for each layer, kept for the next time. So inputs are made a little longer
where that leaves few sizes.
"""

FINE = 200  # up to here sizes are a multiple of 8: most windows are of 200 nt, and computed as such


def round_up_length(size: int) -> int:
    """Round up to one of few sizes: multiples of 8, and above `FINE` at most an eighth more.

    >>> [round_up_length(n) for n in (3, 200, 300, 513)]
    [8, 200, 320, 576]
    """
    step = max(8, 1 << max(size - 1, 0).bit_length() - 4) if size > FINE else 8
    return -(-size // step) * step
