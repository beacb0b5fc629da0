"""Predicted sites, and why they are seen, as the files other programs read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.io.spreadsheet import harmless, spreadsheet_text
from dnaviz.splicing.annotate import site_table
from dnaviz.splicing.scan import COLUMNS, Scan

if TYPE_CHECKING:
    pass

HEADER = "\t".join(COLUMNS) + "\n"


def tsv_lines(scan: Scan) -> list[str]:
    """Return a line for each site, with the columns of `scanning.COLUMNS`."""
    name = harmless(scan.sequence.name)
    return [
        f"{name}\t{s.position}\t{s.strand}\t{s.site}\t{s.motif}\t{s.probability:.6f}\n"
        for s in scan.sites
    ]


def bed_lines(scan: Scan, place: GenomicInterval | None = None) -> list[str]:
    """Return a BED6 line for each site, its probability times 1,000 as the score.

    Positions are 0-based and half-open, in the record, or with `place` in the genome.
    """
    name = scan.sequence.name if place is None else place.chrom
    rows = [
        (s.position, s.strand, s)
        if place is None
        else (place.position(s.position), place.sense(s.strand), s)
        for s in scan.sites
    ]
    return [
        f"{name}\t{position - 1}\t{position}\t{s.site}\t{round(1000 * s.probability)}\t{strand}\n"
        for position, strand, s in sorted(rows, key=lambda row: row[0])
    ]


def context_tsv(
    scan: Scan, structures: Iterable[TranscriptModel], place: GenomicInterval | None
) -> str:
    """Return the sites with what stands beside them (see `site_table`) as TSV."""
    table = site_table(scan, structures, place)
    if table["known_position"].isna().all():
        table = table.drop(columns=["known_position", "known_distance", "known_in"])
    return spreadsheet_text(table)
