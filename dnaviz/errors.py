"""The errors a user's input can cause, and what is said where a package is missing."""

from types import UnionType
from typing import Any


class InputError(ValueError):
    """Something a user gave cannot be used; the message is one plain sentence for them."""


class GapError(InputError):
    """A sequence has gaps, as from an alignment; reading it with ``remove_gaps=True`` works."""


class UnfinishedWork(InputError):
    """The disk is full, workers are gone: what was done stays, and the same again goes on."""


def check_type(value: object, types: type | UnionType, what: str) -> None:
    """Refuse a value that is of none of some types; `what` says in words what is asked for."""
    if not isinstance(value, types):
        raise InputError(f"A value of type {type(value).__name__} is not {what}.")


def check_whole(value: Any, least: int, what: str) -> None:
    """Refuse what is no whole number from `least`; `what` names it: "The seed"."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
        raise InputError(f"{what} is a whole number from {least}, not {str(value)[:20]}.")


def describe_missing(package: str, extra: str) -> str:
    """Return how to install a package that only one of dnaviz's extras brings.

    It is never told by the name of a distribution: dnaviz is not on PyPI, and what is there under
    that name is another project.
    """
    return (
        f"This needs {package}: run pip install '.[{extra}]' in the folder of dnaviz's source, "
        f"or pip install {package}."
    )
