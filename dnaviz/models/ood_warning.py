"""Warn about sequences that are out of the models' training distribution."""

from __future__ import annotations

from typing import Any

from dnaviz.models.protocol import can
from dnaviz.sequences import Sequence, shorten

NAMED = 3  # sequences that are named, of many


def ood_warning(model: Any, records: list[Sequence]) -> str:
    """What to tell about sequences of which some are unusual for human DNA; empty where none is."""
    warnings = [(r.name, words) for r in records if (words := _warning(model, r))]
    if not warnings:
        return ""
    if len(records) == 1:
        return warnings[0][1]
    names = ", ".join(shorten(name) for name, _ in warnings[:NAMED])
    more = f" and {len(warnings) - NAMED} more" if len(warnings) > NAMED else ""
    return (
        f"{len(warnings)} of {len(records)} sequences are unusual for the human DNA that the "
        f"models "
        f"learned from ({names}{more}): what is said about them may be wrong."
    )


def _warning(model: Any, record: Sequence) -> str:
    unknown = len(record) - sum(map(record.bases.upper().count, "ACGTU"))
    if 2 * unknown > len(record):
        return (
            f"{unknown:,} of the {len(record):,} bases are not known (N or another code for "
            "several bases): where they are, the models see nothing."
        )
    return (model.ood_score(record).warning or "") if can(model, "ood_score") else ""
