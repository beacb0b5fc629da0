"""What linked panels tell each other; see `dnaviz.panels.linking`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dnaviz.panels.common.fasta import fasta
from dnaviz.sequences import Sequence

if TYPE_CHECKING:
    from dnaviz.atlas import Atlas

MOST = 100
"""Selected windows that are handed on."""


class LinkedSelection(NamedTuple):
    """What was chosen in a panel.

    ``records``: sequences, the first of them the chosen one; ``site``: the kind of its middle
    base's site, "" if that is not known; ``rows``: rows of ``atlas``, where the records are of one;
    ``selected``: many windows rather than one.
    """

    records: list[Sequence]
    site: str = ""
    rows: tuple[int, ...] = ()
    selected: bool = False
    atlas: Atlas | None = None

    @property
    def fasta(self) -> str:
        """The records as text."""
        return "".join(map(fasta, self.records))

    @property
    def cut(self) -> str:
        """A sentence where not all of what was selected is handed on, else ""."""
        count = len(self.rows)
        return f"The first {MOST} of {count:,} selected windows." if count > MOST else ""
