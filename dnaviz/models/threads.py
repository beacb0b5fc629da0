"""Run small networks on one core each, several side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


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


def map_threads(work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
    """Map a function over parts in parallel, each on one core and without gradients.

    Parameters
    ----------
    work : callable
    parts : iterable
        What it is called with.

    Yields
    ------
    What it returns, in the order of the parts.
    """
    import torch

    def run(part: Part) -> Result:
        with torch.no_grad():  # known to one thread only
            return work(part)

    cores = torch.get_num_threads()
    with one_thread():
        if cores == 1:
            yield from map(run, parts)
        else:
            with ThreadPoolExecutor(cores) as pool:
                yield from pool.map(run, parts)
