"""Warn about sequences that are not as the models read them."""

from __future__ import annotations

from typing import Any

from dnaviz.models.protocol import can
from dnaviz.sequences import Sequence, shorten

NAMED = 3  # sequences that are named, of many


def ood_warning(model: Any, records: list[Sequence]) -> str:
    """What to tell about sequences that are unusual for human DNA or circular; empty for others."""
    warnings = [(r.name, words) for r in records if (words := _warning(model, r))]
    sentences = [words for _, words in warnings]
    if len(records) > 1 and warnings:
        sentences = [
            f"{len(warnings)} of {len(records)} sequences are unusual for the human DNA that the "
            f"models learned from ({_named([name for name, _ in warnings])}): what is said about "
            "them may be wrong."
        ]
    if circular := [record.name for record in records if record.circular]:
        sentences.append(
            f"Circular, but read as linear: {_named(circular)}. Sites near the first and the last "
            "base may be missed; to see them, start the sequence at another base."
        )
    return " ".join(sentences)


def is_mostly_unknown(bases: str) -> bool:
    """Whether more than half of the bases are N or another code for several."""
    return 2 * _unknown(bases) > len(bases)


def unknown_warning(names: list[str]) -> str:
    """What to tell about sequences that `is_mostly_unknown`, by their names; empty for none."""
    if not names:
        return ""
    return (
        f"Mostly N or another code for several bases: {_named(names)}. Where they are, the models "
        "see nothing."
    )


def _unknown(bases: str) -> int:
    return len(bases) - sum(map(bases.upper().count, "ACGTU"))


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(shorten, names[:NAMED])) + more


def _warning(model: Any, record: Sequence) -> str:
    sentences = []
    if is_mostly_unknown(record.bases):
        sentences.append(
            f"{_unknown(record.bases):,} of the {len(record):,} bases are not known (N or another "
            "code for several bases): where they are, the models see nothing."
        )
    if can(model, "ood_score"):
        sentences.append(model.ood_score(record).warning or "")
    return " ".join(filter(None, sentences))
