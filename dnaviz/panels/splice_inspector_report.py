"""What the splice inspector shows, as one HTML file to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnaviz.errors import InputError
from dnaviz.panels.splice_inspector_scan import ScanView
from dnaviz.panels.table import file_name

if TYPE_CHECKING:
    from dnaviz.genome.examples import WorkedExample
    from dnaviz.models import Model
    from dnaviz.report import SiteFinding


def inspector_report(
    view: ScanView, site: SiteFinding | None, worked: WorkedExample | None, model: Model
) -> tuple[str, str]:
    """Return the name and the content of a report on what is on screen.

    Raises
    ------
    InputError
        When there is no scan yet.
    """
    from dnaviz.report import Finding, html_report

    if view.shown is None:
        raise InputError("There is no sequence yet: paste one, or assign one to `sequence`.")
    note = (
        f"Reference of the published change {worked.name} ({worked.edit} in this sequence): "
        f"{worked.known.effect} Source: {worked.known.source}."
        if worked
        else ""
    )
    sites = [] if site is None else [site]
    finding = Finding(view.shown, view.known, view.place, sites, note)
    name = file_name(view.shown.sequence.name, "report", suffix="html")
    return name, html_report([finding], model)
