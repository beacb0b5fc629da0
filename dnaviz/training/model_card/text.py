"""The model card as pages: its JSON in Markdown."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader

from dnaviz.training.evaluation.evaluate import Metric
from dnaviz.training.model_card.beside import CHARTED, OTHERS, beside_others
from dnaviz.training.model_card.metrics_io import as_row
from dnaviz.training.probe.experiment import MEASURES
from dnaviz.training.probe.methods import SHOWN


def table(figures: list[Metric]) -> str:
    """Figures as Markdown tables, one for each section."""
    module: Any = _environment().get_template("figures.md").module
    return str(module.figures([as_row(figure) for figure in figures], {})).removesuffix("\n")


def page(content: dict[str, Any], charts: str, tables: str) -> str:
    """Return the card: what a reader should know first, on one page.

    Parameters
    ----------
    content : dict
        As ``model_card.json`` has it.
    charts, tables : str
        Names of the files with the drawings (empty if there are none) and with all figures.
    """
    rows = [*content["figures"], *(r for m in content["more"] for r in m["figures"])]
    template = _environment().get_template("card.md")
    text = template.render(content, charts=charts, tables=tables, beside=beside_others(rows))
    return f"{text}\n"


def tables(content: dict[str, Any]) -> str:
    """Return the page behind the card: every figure, and how the weights were made."""
    template = _environment().get_template("tables.md")
    return template.render(content, measured=content["figures"]).removesuffix("\n")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dnaviz", "training/model_card"), trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "sections": _sections, "measures": MEASURES, "methods": SHOWN, "charted": CHARTED,
        "others": OTHERS, "seconds_of_all": _seconds_of_all,
    }  # fmt: skip
    return environment


def _seconds_of_all(config: dict[str, Any]) -> float:
    """Seconds of a training, and of all that it goes on from or learned from, each once."""
    taken: dict[str, float] = {}
    left = [config]
    while left:
        one = left.pop()
        taken[one.get("weights_sha256") or one["command"]] = one.get("training_seconds") or 0
        left += [*filter(None, [one.get("start")]), *(one.get("teachers") or [])]
    return sum(taken.values())


def _sections(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows by their section, in the order they stand in."""
    return [(name, list(group)) for name, group in groupby(rows, lambda row: row["section"])]
