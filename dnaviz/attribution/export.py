"""Attributions as tab-separated text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnaviz.io.spreadsheet import spreadsheet_text

if TYPE_CHECKING:
    from dnaviz.attribution import Attribution


def attribution_tsv(attribution: Attribution) -> str:
    """Return an attribution as TSV, with the columns of its `table`."""
    return spreadsheet_text(attribution.table())
