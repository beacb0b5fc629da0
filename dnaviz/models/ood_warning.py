"""A word of warning about sequences that do not look like what the models learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnaviz.sequences import Sequence, shorten

if TYPE_CHECKING:
    from dnaviz.models import Model

NAMED = 3  # sequences that are named, of many


def doubt(model: Model, records: list[Sequence]) -> str:
    """What to tell about sequences of which some are unusual for human DNA; empty where none is."""
    found = [(r.name, s) for r in records if (s := model.familiarity(r).sentence)]
    if not found:
        return ""
    if len(records) == 1:
        return found[0][1]
    names = ", ".join(shorten(name) for name, _ in found[:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return (
        f"{len(found)} of {len(records)} sequences are unusual for the human DNA that the models "
        f"learned from ({names}{more}): what is said about them may be wrong."
    )
