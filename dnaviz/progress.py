"""Long work is written once, as a generator of the fraction done, and called as a function.

A notebook's kernel, a server's and the page without Python's threads all have one thread: work that
hands over control by itself can show its progress, and be canceled, in each of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from typing import Any, ParamSpec, TypeAlias, TypeVar

from dnaviz.errors import InputError

P = ParamSpec("P")
T = TypeVar("T")

Progress: TypeAlias = Callable[[float], None]
"""Is given the fraction done, 0 to 1; to cancel, it raises."""

Stepwise: TypeAlias = Generator[float, None, T]
"""Yields the fraction done, returns the result."""


def stepwise(function: Callable[P, Stepwise[T]]) -> Callable[P, T]:
    """Make a generator a function that returns its result.

    Its argument `progress`, which the generator itself leaves alone, is given what it yields.
    """
    annotations = function.__annotations__
    annotations["return"] = annotations["return"].removeprefix("Stepwise[").removesuffix("]")

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        progress: Any = kwargs.get("progress")
        work = function(*args, **kwargs)
        while True:
            try:
                fraction = next(work)
            except StopIteration as done:
                result: T = done.value
                return result
            if progress is not None:
                progress(fraction)

    return run


def in_steps(function: Callable[..., T], *args: Any, **kwargs: Any) -> Stepwise[T]:
    """Call a `stepwise` function as the generator that it is, for ``yield from``."""
    work: Stepwise[T] = function.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined]
    return work


def scaled_progress(start: float, end: float, work: Stepwise[T]) -> Stepwise[T]:
    """Run work as the part from `start` to `end` of longer work, with ``yield from``."""
    while True:
        try:
            fraction = next(work)
        except StopIteration as done:
            return done.value
        yield start + (end - start) * fraction


def one_by_one(works: list[Stepwise[T]]) -> Stepwise[list[T]]:
    """Run works of about equal length one behind the other; return their results.

    Raises
    ------
    InputError
        As they do, with the number (1-based) of the one at fault.
    """
    results = []
    for number, work in enumerate(works, start=1):
        start, end = (number - 1) / len(works), number / len(works)
        try:
            results.append((yield from scaled_progress(start, end, work)))
        except InputError as error:
            raise InputError(f"Item {number}: {error}") from None
    return results
