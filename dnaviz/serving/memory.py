"""Memory that a process has let go of, given back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress

POOL = 16 * 1024
"""Bytes that Python's allocator takes at a time for objects of one size class."""

LARGEST = 512
"""Bytes of the largest object it takes care of."""

MOST = 2**18
"""Objects of one size class that are made to fill gaps: that is enough, whatever the allocator."""

HEAP_LARGEST = 2**17 - 8
"""Bytes of the largest pieces that gaps of the heap are filled with."""

HEAP_STEP = 16
"""Bytes from one size of the heap's pieces to the next; 8 of each are its own."""

_filling: list[object] = []


def give_back_memory() -> None:
    """Return freed memory to the system, where its allocator (glibc's) can be told to."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def fill_holes() -> None:
    """Fill, for good, the gaps between objects: Python's small ones and everybody's larger ones.

    The next objects are then made in memory of their own. In a forked process those that fell into
    a gap would each make a page of its own of one that is shared.
    """
    _fill_small()
    with suppress(OSError, AttributeError, TypeError):
        _fill_heap(ctypes.CDLL(None))


def _fill_heap(libc: ctypes.CDLL) -> None:
    """Take what lies free below the end of the C library's heap, the largest pieces first."""
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


def _fill_small() -> None:
    for size in range(48, LARGEST + 1, 16):
        last, in_row = 0, 0
        for _ in range(MOST):
            filling = bytes(size - b"".__sizeof__())
            in_row = in_row + 1 if id(filling) == last + size else 0
            last = id(filling)
            _filling.append(filling)
            # Gaps are used first: when nearly a whole pool was new, there are none left.
            if in_row > POOL * 0.9 // size:
                break
