"""Explanations of one site by several models, with the checks of each, as one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.attribution import METHODS, Attribution, attribute
from dnaviz.attribution.checks import Check
from dnaviz.attribution.measures import site_checks
from dnaviz.figures.report_logo import stacked_logos
from dnaviz.models import can
from dnaviz.progress import Progress
from dnaviz.report.html import as_markup, render
from dnaviz.sequences import MIN_LENGTH, Sequence, shorten

if TYPE_CHECKING:
    import pandas as pd

WITH_GRADIENTS = ("integrated_gradients", "input_x_gradient")
WITHOUT_GRADIENTS = "mutagenesis"
"""What explains a model that has none."""


class Explained(NamedTuple):
    """One model's explanation of a site, and what was measured of it there."""

    name: str
    attribution: Attribution
    checks: list[Check]
    note: str  # why the method is another than was asked for

    @property
    def title(self) -> str:
        a = self.attribution
        return f"{self.name}: probability {a.probability:.3f}, {METHODS[a.method]}"


def compare_explanations(
    record: Sequence,
    models: Iterable[Any],
    *,
    position: int,
    site: str = "donor",
    strand: str = "+",
    method: str = "integrated_gradients",
    baseline: str = "uniform",
    progress: Progress = lambda fraction: None,
) -> list[Explained]:
    """Explain one site by several models, and check each explanation there.

    Parameters
    ----------
    record, position, site, strand, method, baseline
        As for `attribute`. A model without gradients is explained by saturation mutagenesis where
        the method asks for them.
    models : iterable of SiteScorer
    progress : callable
        Is given the fraction of the models that are done.
    """
    loaded = list(models)
    names = _names([str(model.name) for model in loaded])
    rows = []
    for number, (name, model) in enumerate(zip(names, loaded, strict=True), start=1):
        chosen, note = method, ""
        if method in WITH_GRADIENTS and not can(model, "gradients"):
            chosen, note = WITHOUT_GRADIENTS, f"{name} gives no gradients"
        a = attribute(
            record, site=site, position=position, strand=strand, method=chosen,
            baseline=baseline, model=model,
        )  # fmt: skip
        rows.append(Explained(name, a, site_checks(a, model), note))
        progress(number / len(loaded))
    return rows


def comparison_figure(rows: list[Explained]) -> str:
    """Draw the explanations below each other, on the same columns and the same scale; an SVG."""
    return stacked_logos((row.title, row.attribution) for row in rows)


def comparison_table(rows: list[Explained]) -> pd.DataFrame:
    """Return a row for each base: position, offset, base, and each model's contribution.

    Empty where a model sees less far than another.
    """
    import pandas as pd

    series = [
        pd.Series(row.attribution.contributions, row.attribution.offsets, name=row.name)
        for row in rows
    ]
    widest = max((row.attribution for row in rows), key=lambda a: len(a.bases))
    table = pd.DataFrame(
        {"position": widest.positions, "offset": widest.offsets, "base": list(widest.bases)},
        index=widest.offsets,
    )
    return pd.concat([table, *series], axis=1)


def correlations(rows: list[Explained]) -> NDArray[np.float64]:
    """Return the correlation (n, n) of contributions, over the bases that both models see."""
    table = comparison_table(rows).iloc[:, 3:]
    return np.asarray(table.corr().to_numpy(), np.float64)


def comparison_report(rows: list[Explained], record: Sequence) -> str:
    """Write the comparison as a page that needs nothing but itself.

    Returns
    -------
    str
        HTML without script, address or font from elsewhere. Everything from outside is escaped.
    """
    first = rows[0].attribution
    strand = first.strand.replace("-", "−")
    methods = {row.attribution.method for row in rows}
    notes = [
        f"{row.note}; it is explained by {METHODS[row.attribution.method].lower()}."
        for row in rows
        if row.note
    ]
    if len(methods) > 1:
        notes.append(
            "Rows by different methods differ by their methods too: with --method mutagenesis all "
            "are made in one way."
        )
    together = correlations(rows)
    return render(
        "comparison.html", None,
        title=f"The {first.site} at {first.position:,} ({strand}) of "
        f"{shorten(record.name)[1:-1]} by {len(rows)} models",
        figure=as_markup(comparison_figure(rows)), notes=notes,
        rows=[_row(row) for row in rows],
        names=[row.name for row in rows],
        together=[[_correlation(value) for value in line] for line in together],
    )  # fmt: skip


def _correlation(value: float) -> str:
    """Two decimals; a dash where contributions are all alike, or of too few bases."""
    return "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")


def _row(row: Explained) -> dict[str, Any]:
    a = row.attribution
    known = {check.what: check for check in row.checks}
    few = "not measured: too few bases around the site"
    whys = {"deletion": few, "random_weights": few, "implant": few}
    if len(a.bases) >= MIN_LENGTH:
        whys["deletion"] = "not measured: random bases do not lower the probability"
        whys["random_weights"] = "not measured: its weights cannot be reached"
    cells = [
        (known[what].words, known[what].passed) if what in known else (why, None)
        for what, why in whys.items()
    ]
    return {
        "name": row.name,
        "probability": f"{a.probability:.3f}",
        "method": METHODS[a.method],
        "complete": (a.verdict, a.converged),
        "cells": cells,
    }


def _names(names: list[str]) -> list[str]:
    """Number the models that share a name."""
    counts, seen = Counter(names), Counter[str]()
    told = []
    for name in names:
        seen[name] += 1
        told.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return told
