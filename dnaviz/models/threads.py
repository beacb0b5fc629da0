"""How many cores a small network should take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one core inside the block, and on as many as before after it.

    Layers as small as ours gain little from a second core, and lose a factor of ten when somebody
    else works on it: the threads wait for each other at every layer.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
