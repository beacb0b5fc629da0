"""Files of figures: JSON between the commands that measure them and the card that shows them."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

from dnaviz.errors import InputError
from dnaviz.io.atomic import atomic_write
from dnaviz.training.evaluation.evaluate import Metric


def command_line() -> str:
    """The command as it was given, files by name: where they lay is nobody's business."""
    words = [_bare(word) for word in sys.argv[1:]]
    return " ".join(["dnaviz", *words])


def _bare(word: str) -> str:
    name, equals, value = word.rpartition("=")
    return name + equals + (Path(value).name if "/" in value else value)


def write_figures(
    path: str | Path, figures: list[Metric], curves: list[dict[str, Any]] | None = None
) -> None:
    """Write figures, curves to draw, and the command that measured them."""
    content: dict[str, Any] = {"command": command_line()}
    content["figures"] = [as_row(figure) for figure in figures]
    if curves:
        content["curves"] = curves
    with atomic_write(path) as file:
        file.write(json.dumps(content, indent=1) + "\n")


def as_row(figure: Metric) -> dict[str, Any]:
    """A figure as JSON-ready values."""
    row = figure._asdict()
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}


def read_figures(path: str | Path) -> tuple[str, list[Metric]]:
    """The command and the figures of a file of :func:`write_figures`, or of a model card.

    Raises
    ------
    InputError
        When the file is something else.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        rows = [_from_row(row) for row in content["figures"]]
        return str(content.get("command") or content["evaluated_by"]), rows
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{path} is not a file of figures (dnaviz measure -o writes one)."
        ) from None


def _from_row(row: dict[str, Any]) -> Metric:
    nan: Any = float("nan")
    return Metric(**{k: nan if v is None else v for k, v in row.items()})
