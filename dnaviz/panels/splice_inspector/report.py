"""What the splice inspector shows, as one HTML file to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnaviz.errors import InputError
from dnaviz.io.spreadsheet import file_name
from dnaviz.panels.common.sequence_input import SequenceInput
from dnaviz.panels.splice_inspector.neighbors import NeighborsView
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.panels.splice_inspector.scan import ScanView

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer


def inspector_report(
    view: ScanView,
    result: PanelResult,
    neighbors: NeighborsView,
    given: SequenceInput,
    model: SiteScorer,
) -> tuple[str, str]:
    """Return the name and the content of a report on what is on screen.

    Raises
    ------
    InputError
        When there is no scan yet.
    """
    from dnaviz.report import Finding, SiteFinding, html_report

    if view.shown is None:
        raise InputError("There is no sequence yet: paste one, or assign one to `sequence`.")
    note, worked = "", given.worked
    if worked is not None:
        note = (
            f"Reference of the published change {worked.name} ({worked.edit} in this sequence): "
            f"{worked.known.effect} {worked.known.citation} {result.verdict}".strip()
        )
    sites = []
    # The mutations are those of the sequence as edited.
    if result.attribution is not None:
        mutations = None if result.effects else result.mutations
        near = [] if neighbors.edited else neighbors.rows
        sites.append(SiteFinding(result.attribution, mutations, near))
    if result.edited is not None:
        near = neighbors.rows if neighbors.edited else []
        sites.append(SiteFinding(result.edited, result.mutations, near))
    finding = Finding(view.shown, view.known, view.place, sites, note, result.effects)
    finding = finding._replace(prediction=result.prediction, gel=result.gel)
    name = file_name(view.shown.sequence.name, "report", suffix="html")
    return name, html_report([finding], model)


def inspector_genome_page(
    view: ScanView, result: PanelResult, model: SiteScorer
) -> tuple[str, str]:
    """Return the name and the content of a page that shows what is on screen in IGV.

    Raises
    ------
    InputError
        When there is no scan yet, or the chromosome's name has a colon.
    """
    from dnaviz.report.genome_view import edits_track, genome_page, scanned_view

    if view.scan is None:
        raise InputError("There is no sequence yet: paste one, or assign one to `sequence`.")
    explained = [result.attribution] if result.attribution is not None else []
    shown = scanned_view(view.scan, view.place, view.known, explained)
    variants = result.effects[0].variants if result.effects else []
    tracks = [edits_track(variants, shown, view.place)] if variants else []
    if variants:
        shown.notes.append("Probabilities and attributions are those before the edits.")
    name = view.scan.sequence.name
    return file_name(name, "IGV", suffix="html"), genome_page(
        shown, model, tracks=tracks, title=name
    )
