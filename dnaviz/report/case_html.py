"""A case as one HTML file: the ranked list, and a part for each variant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dnaviz.figures.logo import figure_bytes
from dnaviz.figures.print_track import print_track
from dnaviz.models.ood_warning import ood_warning
from dnaviz.progress import Progress, Stepwise, stepwise
from dnaviz.report.case import RANKING, Case, CaseRow
from dnaviz.report.findings import Finding
from dnaviz.report.html import edit_values, inline_svg, mrna_values, render
from dnaviz.splicing.annotate import (
    predicted_transcript_models,
    site_weights,
    with_weighted_sites,
)
from dnaviz.splicing.delta_events import changed_places, gaps

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

MARGIN = 250
"""Bases (nt) that the track of a variant shows on each side of what changes."""

MOST_FIGURES = 100
"""Variants, the first ones, of which a gel and a track are drawn."""


@stepwise
def case_report(
    case: Case,
    model: SiteScorer,
    *,
    title: str = "",
    progress: Progress | None = None,
) -> Stepwise[str]:
    """Write a case as a page that needs nothing but itself.

    Parameters
    ----------
    case : Case
    model : SiteScorer
        What predicted it; its weights are named.
    title : str
        By default the number of variants.
    progress : callable, optional
        Is given the fraction done, 0 to 1.
    """
    total, rows = len(case.rows), []
    for rank, row in enumerate(case.rows, 1):
        rows.append(_row(rank, row, model))
        yield rank / total
    title = title or f"{total:,} variant{'s' * (total != 1)} and the mRNA"
    return render("case.html", model, title=title, counts=counts(case), ranking=RANKING, rows=rows)


def counts(case: Case) -> str:
    """Say of how many variants splicing changes, and how many have no answer."""
    kinds = Counter(map(_answer, case.rows))
    total = len(case.rows)
    parts = [
        f"{total:,} variant{'s' * (total != 1)}: "
        f"{kinds['changes']:,} with a predicted change of splicing",
        f"{kinds['unchanged']:,} without",
    ]
    if kinds["not known"]:
        parts.append(f"{kinds['not known']:,} of which it is not known")
    if kinds["error"]:
        parts.append(f"{kinds['error']:,} not predicted, each with the reason")
    return f"{', '.join(parts)}."


def _answer(row: CaseRow) -> str:
    if row.prediction is None:
        return "error"
    kind = row.prediction.consequences.main.kind
    return {"unchanged": "unchanged", "not_known": "not known"}.get(kind, "changes")


def _row(rank: int, row: CaseRow, model: SiteScorer) -> dict[str, Any]:
    return {
        "rank": "" if row.error else f"{rank}",
        "line": f"{row.line.number:,}",
        "given": row.line.given[:200],
        "name": row.line.name[:100],
        "gene": row.gene,
        "consequence": row.consequence,
        "support": f"{row.support:.2f}" if row.support else "",
        "effect": row.effect,
        "error": row.error,
        "notes": row.notes,
        "section": _section(row.finding, model, rank) if row.finding else None,
    }


def _section(finding: Finding, model: SiteScorer, rank: int) -> dict[str, Any]:
    prediction = finding.prediction
    record = finding.scan.sequence
    shown = (
        rank <= MOST_FIGURES
        and prediction is not None
        and (prediction.event is not None or prediction.consequences.main.kind != "unchanged")
    )
    return {
        "name": record.name,
        "place": str(finding.place) if finding.place else "",
        "doubt": ood_warning(model, [record]),
        "mrna": mrna_values(finding if shown else finding._replace(gel=None), model),
        # A change that does nothing needs no figure.
        "track": _track(finding) if shown else "",
        "edits": edit_values(finding),
    }


def _track(finding: Finding) -> Any:
    edited = changed_places(finding.effects)
    places = [place.position for place in edited]
    places += [v.position for e in finding.effects for v in e.variants]
    span = int(min(places)) - MARGIN, int(max(places)) + MARGIN
    scan = with_weighted_sites(finding.scan, site_weights(finding.scan, finding.known))
    structures = [*predicted_transcript_models(scan, finding.known), *finding.known[:3]]
    figure = print_track(
        scan, structures=structures, edited=edited, gaps=gaps(finding.effects), span=span
    )
    return inline_svg(figure_bytes(figure, "svg"))
