"""Long work is written as a generator of the fraction done; this runs it to its end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from dnaviz.errors import InputError

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


def one_by_one(works: list[Generator[float, None, T]]) -> Generator[float, None, list[T]]:
    """Run several steps, of about equal length, one behind the other; return their results.

    Raises
    ------
    InputError
        As the steps do, with the number (1-based) of those at fault.
    """
    results = []
    for number, steps in enumerate(works, start=1):
        start, end = (number - 1) / len(works), number / len(works)
        try:
            results.append((yield from scaled_progress(start, end, steps)))
        except InputError as error:
            raise InputError(f"Item {number}: {error}") from None
    return results
