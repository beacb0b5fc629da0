"""One edit of a sequence."""

from __future__ import annotations

from typing import NamedTuple


class Variant(NamedTuple):
    """One edit: the bases `ref` at the 1-based `position` become `alt`.

    An insertion has an empty `ref` and stands before `position`; a deletion has an empty `alt`.
    `written` is how it was written where that is another spelling ("401dup"); it is what is shown.
    """

    position: int
    ref: str
    alt: str
    written: str = ""

    def __str__(self) -> str:
        if self.written:
            return self.written
        last = self.position + len(self.ref) - 1
        if not self.ref:
            return f"{self.position - 1}_{self.position}ins{self.alt}"
        span = f"{self.position}" if len(self.ref) == 1 else f"{self.position}_{last}"
        return f"{span}del" if not self.alt else f"{self.position}{self.ref}>{self.alt}"
