"""Predicted sites, and why they are seen, as the files other programs read."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan
from typing import cast

from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.io.spreadsheet import harmless, spreadsheet_text
from dnaviz.splicing.annotate import site_table, with_weighted_sites
from dnaviz.splicing.scan import COLUMNS, Scan, Site, Strand
from dnaviz.splicing.site_comparison import ComparedSite
from dnaviz.splicing.site_rows import WEIGHTED

HEADER = "\t".join(COLUMNS) + "\n"
WEIGHTED_HEADER = "\t".join((*COLUMNS, WEIGHTED)) + "\n"


def tsv_lines(scan: Scan, *, weighted: bool = False) -> list[str]:
    """Return a line for each site, with the columns of `scan.COLUMNS`.

    If weighted, the sites that reach the threshold only so are among them, and a column tells.
    """
    name = scan.sequence.name
    if not weighted:
        return [tsv_line(name, site) for site in scan.sites]
    weights = scan.transcribed()
    judged = scan.weighted(weights)
    sites = with_weighted_sites(scan, weights).sites
    return [tsv_line(name, site, f"{judged.probability(site):.6f}") for site in sites]


def tsv_line(name: str, site: Site, *more: str) -> str:
    """Return a site of a record as a line, with the cells of further columns."""
    cells = (site.strand, site.site, site.motif, f"{site.probability:.6f}", *more)
    return "\t".join([harmless(name), str(site.position), *cells]) + "\n"


def bed_line(name: str, site: Site) -> str:
    """Return a site of a record as a line of a BED6 file."""
    place = f"{name}\t{site.position - 1}\t{site.position}"
    return f"{place}\t{site.site}\t{round(1000 * site.probability)}\t{site.strand}\n"


def bed_lines(scan: Scan, place: GenomicInterval | None = None) -> list[str]:
    """Return a BED6 line for each site, its probability times 1,000 as the score.

    Positions are 0-based and half-open, in the record, or with `place` in the genome.
    """
    name, sites = scan.sequence.name, scan.sites
    if place is not None:
        name = place.chrom
        sites = [
            s._replace(
                position=place.position(s.position), strand=cast(Strand, place.sense(s.strand))
            )
            for s in sites
        ]
    return [bed_line(name, site) for site in sorted(sites, key=lambda site: site.position)]


def context_tsv(
    scan: Scan,
    structures: Iterable[TranscriptModel],
    place: GenomicInterval | None,
    compared: Iterable[ComparedSite] | None = None,
) -> str:
    """Return the sites with what stands beside them (see `site_table`) as TSV.

    With `compared`, sites of the scan before and after edits, these are the rows, with their
    reference and edited probabilities and their status; what is weighted is the edited one.
    """
    if compared is None:
        table = site_table(scan, structures, place)
    else:
        rows = list(compared)
        after = [nan if one.edited is None else one.edited for one in rows]
        sites = [
            one.site._replace(probability=value) for one, value in zip(rows, after, strict=True)
        ]
        table = site_table(scan._replace(sites=sites), structures, place)
        table.loc[[one.inserted for one in rows], "consensus"] = nan
        if "weighted" in table:
            table["weighted"] = [nan if one.weighted is None else one.weighted for one in rows]
        at = list(table.columns).index("probability")
        table.insert(at, "reference", [one.site.probability for one in rows])
        table.insert(at + 2, "status", [one.status for one in rows])
        table = table.rename(columns={"probability": "edited"})
    if table["known_position"].isna().all():
        table = table.drop(columns=["known_position", "known_distance", "known_in"])
    return spreadsheet_text(table)
