"""Parts of the sealed inspector's page, as JSON: figures as plotly takes them, words as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dnaviz.attribution import Attribution
from dnaviz.attribution.window import WITHOUT, attribution_heading
from dnaviz.figures.gel import gel_figure
from dnaviz.figures.heatmap import attribution_drawing, mutagenesis_drawing
from dnaviz.figures.track import scan_drawing
from dnaviz.genome.transcript_model import GenomicInterval
from dnaviz.panels.splice_inspector import words
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.panels.splice_inspector.site_summary import below, summary_html
from dnaviz.progress import Stepwise
from dnaviz.sequences import Sequence
from dnaviz.splicing.annotate import predicted_transcript_models, site_weights
from dnaviz.splicing.delta_events import Event, changed_places
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.scan import Scan
from dnaviz.splicing.site_comparison import ComparedSite
from dnaviz.splicing.site_rows import SiteRows

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

Part = dict[str, Any]

MOST_ROWS = 500
"""Sites in the table; the others are in its file."""

DELTAS = ("event", "strand", "delta", "position", "position edited", "reference", "edited")


def progress(steps: Stepwise[Any], start: float, end: float) -> Any:
    """Yield how far work is, from `start` to `end` of it; return what it returns."""
    while True:
        try:
            fraction = next(steps)
        except StopIteration as done:
            return done.value
        yield {"progress": start + (end - start) * fraction}


def record_names(records: Iterable[Sequence]) -> list[str]:
    """Return what the menu of records offers."""
    return [
        f"{n}. {record.name[:60]} ({len(record):,} nt)" for n, record in enumerate(records, start=1)
    ]


def sites_part(
    view: Scan,
    result: PanelResult,
    compared: list[ComparedSite],
    place: GenomicInterval | None,
    chosen: tuple[int, str, str],
    *,
    dark: bool,
) -> Part:
    """Return the track and the table of sites; `chosen` is (position, strand, site)."""
    weights = site_weights(view, result.known)
    rows = SiteRows(view.sequence, result.known, bool(result.effects), place, bool(weights))
    places = [one.site[:3] for one in compared]
    structures = [*predicted_transcript_models(view, result.known), *result.known]
    figure = scan_drawing(
        view,
        structures=structures,
        selected=chosen if chosen[0] else None,
        edited=changed_places(result.effects),
        dark=dark,
    )
    return {
        "columns": rows.columns,
        "numeric": rows.numeric,
        "rows": [rows.cells(one) for one in compared[:MOST_ROWS]],
        "more": max(len(compared) - MOST_ROWS, 0),
        "selected": places.index(chosen) if chosen in places[:MOST_ROWS] else -1,
        "summary": summary_html(view, weights, structures, edited=bool(result.effects)),
        "lower": bool(below(view)),
        "figure": figure.to_json(),
    }


def variant_part(
    result: PanelResult, locator: Locator, notes: tuple[str, ...], coding_start: int
) -> Part:
    """Return what the edits do, how they are called elsewhere, and what they are counted in."""
    first = locator.structures[0] if locator.structures else None
    asks = first is not None and (first.cds is None or bool(coding_start))
    return {
        "html": words.edits_html(result),
        "names": words.names_html(result.prediction, notes),
        "counted": words.counts_in(locator),
        "transcripts": sorted({s.name for s in locator.structures}),
        "transcript": first.name if first else "",
        "coding": f"{coding_start or ''}" if asks else None,
    }


def mrna_part(result: PanelResult, model: SiteScorer, *, dark: bool) -> Part | None:
    """Return the possible products, their gel and the paragraph; None without edits."""
    prediction = result.prediction
    if prediction is None:
        return None
    usual = prediction.consequences.usual
    return {
        "html": words.products_html(prediction),
        "paragraph": prediction.paragraph(model),
        "mrna": usual is not None,
        "protein": usual is not None and usual.reading is not None,
        "gel": "" if result.gel is None else gel_figure(result.gel, dark=dark).to_json(),
        "bands": words.gel_notes_html(result.gel),
    }


def why_part(a: Attribution, threshold: float, *, edits: bool, dark: bool) -> Part:
    """Return the logo, the heat map and whether they account for the score."""
    return {
        "heading": attribution_heading(a, threshold, WITHOUT if edits else ""),
        "verdict": a.verdict,
        "failed": not a.converged and a.method == "integrated_gradients",
        "signals": words.signals_html(a),
        "method": a.method,
        "baseline": a.baseline,
        "figure": attribution_drawing(a, dark=dark).to_json(),
    }


def mutations_part(result: PanelResult, events: Iterable[Event], *, dark: bool) -> Part:
    """Return the table of deltas, and what every mutation would do."""
    m, edited = result.mutations, bool(result.effects)
    return {
        "columns": DELTAS,
        "numeric": [2, 3, 4, 5, 6],
        "rows": [words.event_cells(event) for event in events],
        "about": words.about_html(result) if edited else "",
        "edited": edited,
        "note": "" if m is None else words.note_html(m, edited),
        "figure": "" if m is None else mutagenesis_drawing(m, dark=dark).to_json(),
    }
