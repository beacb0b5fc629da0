"""What a panel shows, as validated traits that fit into an address.

Everything here may come from a stranger's link, so nothing is trusted: a name the panel does not
know and a value its trait refuses are dropped, and nothing ever raises into the page.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

import traitlets

from dnaviz.errors import InputError
from dnaviz.panels.common.runner import is_valid_value

MAX_QUERY = 7_000
"""Longest query in characters; common proxies refuse addresses over 8 kB."""

MOST_NAMES = 100


class Number(traitlets.Float[float, float]):
    """A number within limits; NaN, which no limit holds off, is none."""

    def validate(self, obj: Any, value: Any) -> float:
        number = float(super().validate(obj, value))
        if number != number:
            self.error(obj, value)
        return number


class State(traitlets.HasTraits):
    """Base of every panel's state: JSON values only, one trait each, defaults that make sense.

    Traits tagged ``link=False`` are part of `to_dict` but not of an address.
    """

    if not TYPE_CHECKING:  # which would let every name be assigned

        def __setattr__(self, name: str, value: Any) -> None:
            """Refuse a name that is no part of the state: it would change nothing."""
            if not is_settable(self, name):
                raise self.no_part(name)
            super().__setattr__(name, value)

    def no_part(self, name: object) -> InputError:
        """Return what to raise where a name is no part of the state."""
        names = ", ".join(sorted(self.traits()))
        return InputError(f"The state has no part {str(name)[:40]!r}; it has {names}.")

    def to_dict(self, *, changed_only: bool = False) -> dict[str, Any]:
        """Return the traits as JSON values; with `changed_only`, those that differ from default."""
        values = {name: getattr(self, name) for name in self.traits()}
        if changed_only:
            values = {n: v for n, v in values.items() if v != self.trait_defaults(n)}
        return values

    def from_dict(self, values: object) -> list[str]:
        """Take every valid value of a mapping; return the names (or "state") that were refused."""
        if not isinstance(values, Mapping) or len(values) > MOST_NAMES:
            return ["state"]
        refused = []
        for name, value in values.items():
            try:
                if name not in self.traits() or not is_valid_value(value):
                    raise ValueError(name)
                setattr(self, name, value)
            except (traitlets.TraitError, TypeError, ValueError, OverflowError):
                refused.append(str(name)[:80])
        return refused

    def to_query(self) -> str | None:
        """Return ``state=...`` for an address, "" for defaults, None where it would be too long."""
        values = {
            name: value
            for name, value in self.to_dict(changed_only=True).items()
            if self.trait_metadata(name, "link") is not False
        }
        if not values:
            return ""
        text = json.dumps(values, separators=(",", ":"))
        if len(text) > MAX_QUERY:  # quoted it is longer still, and takes long to quote
            return None
        query = "state=" + quote(text, safe="{}[]:,()*!")
        return query if len(query) <= MAX_QUERY else None

    def from_query(self, query: str, *, reset: bool = False) -> list[str]:
        """Take the state of an address's query; return what was refused, as `from_dict` does.

        With `reset`, what the query does not name becomes the default.
        """
        try:
            encoded = parse_qs(str(query).lstrip("?"), max_num_fields=50).get("state")
            values = json.loads(encoded[0]) if encoded else {}
        except (ValueError, RecursionError):
            return ["state"]
        if reset and isinstance(values, Mapping):
            for name in self.traits():
                if name not in values and self.trait_metadata(name, "link") is not False:
                    self.set_trait(name, self.trait_defaults(name))
        return self.from_dict(values)


def is_settable(owner: object, name: str) -> bool:
    """Whether an object has an attribute of a name, or the name is for itself alone."""
    return name.startswith("_") or any(name in vars(o) for o in (owner, *type(owner).__mro__))


def page_query() -> str:
    """Return the query string of the page this kernel serves ("" outside a Voila page)."""
    return os.environ.get("QUERY_STRING", "")
