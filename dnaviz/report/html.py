"""Findings as one HTML file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from dnaviz import __version__
from dnaviz.attribution import BASELINES, METHODS, Attribution, Mutagenesis
from dnaviz.attribution.attribute import WITH_BASELINE
from dnaviz.attribution.window import AFTER, WITHOUT, attribution_heading
from dnaviz.errors import check_type
from dnaviz.figures.logo import figure_bytes
from dnaviz.figures.print_gel import print_gel
from dnaviz.figures.print_track import print_track
from dnaviz.figures.report_logo import report_logo
from dnaviz.models.ood_warning import ood_warning
from dnaviz.report.findings import Finding, SiteFinding
from dnaviz.splicing.annotate import (
    Weights,
    describe_exons,
    describe_other_strand,
    describe_strand,
    describe_weighted,
    predicted_transcript_models,
    site_weights,
    strand_weights,
    with_weighted_sites,
)
from dnaviz.splicing.delta_events import (
    NOTABLE,
    changed_places,
    events,
    gaps,
    known_strand,
    leading_event,
)
from dnaviz.splicing.report_text import about_products, product_facts
from dnaviz.splicing.site_comparison import compare_sites
from dnaviz.splicing.site_rows import SiteRows

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

MOST_ROWS = 300
"""Sites listed of one sequence, the most probable ones, before or after edits."""

STRONGEST = 6
"""Mutations listed of one site."""


def html_report(
    findings: Iterable[Finding], model: SiteScorer, *, title: str = "", day: date | None = None
) -> str:
    """Write findings as a page that needs nothing but itself.

    Parameters
    ----------
    findings : iterable of Finding
        What `dnaviz.report.analyze` returns, for each sequence.
    model : SiteScorer
        What found them; its weights are named at the end.
    title : str
        By default the name of the first sequence.
    day : datetime.date, optional
        Of the report, by default today.

    Returns
    -------
    str
        HTML without script, address or font from elsewhere. Everything from outside is escaped.
    """
    records = list(findings)
    for record in records:
        check_type(record, Finding, "a finding: give a list of what dnaviz.report.analyze returns")
    first = records[0].scan.sequence.name if records else "no sequence"
    more = f" and {len(records) - 1:,} more" if len(records) > 1 else ""
    return render(
        "report.html", model, day=day,
        title=title or f"Splice sites of {first}{more}",
        records=[_record(finding, model) for finding in records],
    )  # fmt: skip


def render(
    template: str, model: SiteScorer | None, *, day: date | None = None, **values: Any
) -> str:
    """Fill in a template of this folder; everything that is not markup is escaped."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("dnaviz", "report"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(template).render(
        day=(day or date.today()).isoformat(),
        version=__version__,
        weights=str(getattr(model, "classifier_sha256", "") or getattr(model, "sha256", ""))[:16],
        **values,
    )


def _record(finding: Finding, model: SiteScorer) -> dict[str, Any]:
    weights = site_weights(finding.scan, finding.known)
    scan = with_weighted_sites(finding.scan, weights)
    bases = str(scan.sequence)
    gc = sum(map(bases.count, "GC")) / max(sum(map(bases.count, "ACGT")), 1)
    structures = [*predicted_transcript_models(scan, finding.known), *finding.known]
    track = print_track(
        scan,
        structures=structures,
        edited=changed_places(finding.effects),
        gaps=gaps(finding.effects),
    )
    return {
        "name": scan.sequence.name,
        "description": scan.sequence.description,
        "note": " ".join(filter(None, (finding.note, *scan.sequence.notes))),
        "doubt": ood_warning(model, [scan.sequence]),
        "length": f"{len(scan.sequence):,}",
        "gc": f"{gc:.1%}",
        "place": str(finding.place) if finding.place else "",
        "threshold": f"{scan.threshold:g}",
        "strands": " and ".join(s.replace("-", "−") for s in scan.probabilities),
        "track": inline_svg(figure_bytes(track, "svg")),
        "table": _table(finding, weights),
        "strand": describe_strand(weights) + describe_other_strand(scan, weights)
        if weights
        else "",
        "exons": describe_exons(structures, edited=bool(finding.effects)) if weights else "",
        "weighted": describe_weighted(scan, weights, edited=bool(finding.effects))
        if weights
        else "",
        "sites": [_site(site, finding) for site in finding.sites],
        "edits": edit_values(finding),
        "mrna": mrna_values(finding, model),
    }


def mrna_values(finding: Finding, model: SiteScorer) -> dict[str, Any] | None:
    """Return what ``mrna.html`` tells: products, gel and paragraph; None without a prediction."""
    prediction = finding.prediction
    if prediction is None:
        return None
    consequences, bands = prediction.consequences, finding.gel
    return {
        "head": prediction.headline,
        "names": [f"{n}{f', {n.where}' if n.where else ''}" for n in prediction.names],
        "about": about_products(consequences),
        "products": [
            (c.words[:1].upper() + c.words[1:], product_facts(c)) for c in consequences.items
        ],
        "gel": inline_svg(figure_bytes(print_gel(bands), "svg")) if bands else "",
        "primers": " and ".join(bands.primers) if bands else "",
        "notes": bands.notes if bands else (),
        "paragraph": prediction.paragraph(model),
    }


def _table(finding: Finding, weights: Weights | None) -> dict[str, Any]:
    """Return the sites as the page lists them: before and after edits, and known ones."""
    scan, edited = finding.scan, bool(finding.effects)
    compared = compare_sites(scan, finding.known, finding.effects)
    chances = [max(one.site.probability, one.edited or 0.0) for one in compared]
    strongest = sorted(range(len(compared)), key=lambda i: -chances[i])[:MOST_ROWS]
    table = SiteRows(scan.sequence, finding.known, edited, finding.place, bool(weights))
    return {
        "columns": table.columns,
        "numeric": table.numeric,
        "rows": [table.cells(compared[i]) for i in sorted(strongest)],
        "left_out": len(compared) - len(strongest),
    }


def edit_values(finding: Finding) -> dict[str, Any] | None:
    """Return what ``edits.html`` tells: the largest changes of sites; None without edits."""
    effects = finding.effects
    if not effects:
        return None
    strand = known_strand(finding.known, len(finding.scan.sequence)) or ""
    event = leading_event(effects, strand, strand_weights(finding.scan, finding.known))
    rows = [
        {
            "event": one.event.replace("_", " "),
            "strand": one.strand.replace("-", "−"),
            "delta": f"{one.delta.value:.3f}",
            "position": f"{one.delta.position:,}",
            "moved": f"{one.delta.alternate_position:,}" if one.delta.alternate_position else "-",
            "before": f"{one.delta.before:.3f}",
            "after": f"{one.delta.after:.3f}",
        }
        for one in events(effects)
    ]
    return {
        "text": ", ".join(map(str, effects[0].variants)),
        "head": str(event) if event else f"No splice site changes by {NOTABLE} or more",
        "rows": rows,
        "sense": strand.replace("-", "−"),
    }


def _site(site: SiteFinding, finding: Finding) -> dict[str, Any]:
    a = site.attribution
    whose = WITHOUT if a.name == finding.scan.sequence.name else AFTER
    return {
        "heading": attribution_heading(a, finding.scan.threshold, whose if finding.effects else ""),
        "method": METHODS[a.method],
        "baseline": BASELINES[a.baseline] if a.method in WITH_BASELINE else "",
        "verdict": a.verdict,
        "logo": as_markup(report_logo(a)),
        "strongest": _strongest_bases(a),
        "mutations": _mutations(site.mutations),
        "neighbors": site.neighbors,
    }


def _strongest_bases(a: Attribution) -> str:
    order = np.argsort(-np.abs(a.contributions))[:STRONGEST]
    return ", ".join(f"{a.bases[i]} {a.positions[i]:,} ({a.contributions[i]:+z.2f})" for i in order)


def _mutations(m: Mutagenesis | None) -> list[dict[str, str]]:
    if m is None:
        return []
    # Of each place its strongest change: the rest of a GT's column would tell nothing new.
    strongest = np.abs(m.values).argmax(axis=0)
    rows = []
    for column in np.argsort(-np.abs(m.values).max(axis=0))[:STRONGEST]:
        row = int(strongest[column])
        change = float(m.values[row, column])
        rows.append(
            {
                "edit": f"{m.positions[column]:,} {m.bases[column]} → {'ACGT'[row]}",
                "change": f"{change:+z.3f}".replace("-", "−"),
                "after": f"{m.probability + change:.3f}",
            }
        )
    return rows


def inline_svg(svg: bytes) -> Any:
    """Return an SVG file as markup within a page: its own element alone."""
    text = svg.decode()
    return as_markup(text[text.index("<svg") :])


def as_markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # drawn here; what is from outside stands escaped in it
