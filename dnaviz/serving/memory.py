"""Memory that a process has let go of: given back to the system, or not used again."""

from __future__ import annotations

import ctypes
from contextlib import suppress

MOST = 2**18
"""Pieces of one size that gaps are filled with: that is enough, whatever the allocator."""

HEAP_LARGEST = 2**17 - 8
"""Bytes of the largest pieces that gaps of the heap are filled with."""

HEAP_STEP = 16
"""Bytes from one size of the heap's pieces to the next; 8 of each are its own."""


def give_back_memory() -> None:
    """Return freed memory to the system, where its allocator (glibc's) can be told to."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def fill_gaps() -> None:
    """Take, for good, what lies free below the end of the C library's heap, where it is glibc's.

    The next objects are then made in memory of their own. In a forked process those that fell into
    a gap would each make a page of its own of one that is shared: 12 MB a viewer.
    """
    with suppress(OSError, AttributeError, TypeError):
        libc = ctypes.CDLL(None)
        libc.sbrk.restype = libc.malloc.restype = ctypes.c_void_p
        libc.malloc.argtypes, libc.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
        end = libc.sbrk(0)
        size = HEAP_LARGEST
        while size > 0:
            for _ in range(MOST):
                place = libc.malloc(size)
                if not place or place >= end:  # The heap grew: there is no such gap left.
                    libc.free(place)
                    break
            size -= max(HEAP_STEP, size // 16 // HEAP_STEP * HEAP_STEP)
