"""Long work is written as a generator of the fraction done; this runs it to its end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")


def finish(steps: Generator[float, None, T], progress: Callable[[float], None] | None = None) -> T:
    """Run steps to their end and return their result.

    Parameters
    ----------
    steps : generator
        Yields the fraction done, 0 to 1, and returns the result.
    progress : callable, optional
        Is given each fraction.
    """
    while True:
        try:
            fraction = next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
        if progress is not None:
            progress(fraction)


def scaled_progress(
    start: float, end: float, steps: Generator[float, None, T]
) -> Generator[float, None, T]:
    """Run steps that yield 0 to 1 as the part from `start` to `end` of longer work.

    Use it with ``yield from``; it returns what the steps return.
    """
    while True:
        try:
            fraction = next(steps)
        except StopIteration as done:
            return done.value
        yield start + (end - start) * fraction
