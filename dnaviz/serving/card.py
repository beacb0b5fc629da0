"""The model card as the page about the model needs it."""

from __future__ import annotations

import json
import os
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

LISTS = ("summary", "reading", "figures", "failures", "more", "probes")
OBJECTS = ("notes", "megabytes", "reliability")  # all of these empty where an older card lacks them


def read_card() -> dict[str, Any] | None:
    """The card beside the weights that are served; None if there is none that can be read."""
    folder = os.environ.get("DNAVIZ_MODEL") or Path(__file__).parent.parent / "assets"
    try:
        card = json.loads((Path(folder) / "model_card.json").read_text(encoding="utf-8"))
        return {n: [] for n in LISTS} | {n: {} for n in OBJECTS} | {"seeds": None} | card
    except (OSError, ValueError, TypeError):
        return None


def read_published() -> dict[str, Any] | None:
    """The shipped model's predictions of published variants; None where another one is served.

    Returns
    -------
    dict or None
        command, weights_sha256, rows, and counts: a (group, agreement by name) for each group of
        genes.
    """
    if os.environ.get("DNAVIZ_MODEL"):
        return None
    try:
        path = Path(__file__).parent.parent / "assets" / "published_predictions.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        groups = sorted({row["gene was"] for row in found["rows"]})
        counts = [
            (group, Counter(r["agreement"] for r in found["rows"] if r["gene was"] == group))
            for group in groups
        ]
        return {**found, "counts": counts}
    except (OSError, ValueError, TypeError, KeyError):
        return None


def sections(
    rows: list[dict[str, Any]], notes: dict[str, str]
) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Figures by section, in the order they stand in, with what there is to say of each."""
    groups = groupby(rows, key=lambda row: row["section"])
    return [(name, notes.get(name, ""), list(group)) for name, group in groups]
