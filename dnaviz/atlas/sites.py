"""Windows of an atlas around the splice sites of longer sequences: an exon with its flanks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from dnaviz.attribution import site_window
from dnaviz.genome.case_exons import known_structures
from dnaviz.models import can
from dnaviz.sequences import Sequence
from dnaviz.splicing.delta_events import sense_strand
from dnaviz.splicing.scan import scan

LEAST = 0.5  # probability of a site that is found
MOST = 20  # sites of one sequence
SEARCHED = 20_000  # bases scanned for sites at most, in all: a viewer waits for it

# Header of a window as `site_windows` writes it: FASTA in a link says what was done.
HEADER = re.compile("(.+)_(donor|acceptor)_([0-9]{1,9}) site [0-9]{1,9} of ([0-9]{1,9})")

Place = tuple[int, str, str]
"""Position (1-based, forward), strand, and kind of a site."""


def site_windows(records: Iterable[Sequence], window: int, model: Any) -> list[Sequence]:
    """Cut windows around the sites of sequences that are longer than one.

    Parameters
    ----------
    records
    window : int
        Bases of a window; its site is at the 0-based ``window // 2``.
    model
        Finds sites where a record does not show its exons.

    Returns
    -------
    list of Sequence
        Records up to a window long, and those without a site, as they are; of others a window
        around each of the first `MOST` known ends of exons, else around the strongest donor and
        acceptor (looked for in `SEARCHED` bases in all). `sites_told` says of them what was done.
    """
    windows, left = [], SEARCHED
    for record in records:
        sites = _known(record) if len(record) > window else []
        if not sites and window < len(record) <= left and can(model, "score_positions"):
            left -= len(record)
            sites = _found(record, model)
        if not sites:
            windows.append(record)
        name = "_".join(record.name.split())
        for number, (position, strand, site) in enumerate(sites[:MOST], start=1):
            cut = site_window(record, position=position, strand=strand, site=site)
            header = f"{name}_{site}_{position}", f"site {number} of {len(sites)}"
            windows.append(Sequence(cut.centered(window), *header))
    return windows


def sites_told(windows: Iterable[Sequence]) -> str:
    """Say by which of their sites sequences are placed; "" of windows that were given as such."""
    headers = (HEADER.fullmatch(f"{window.name} {window.description}") for window in windows)
    cut = [header.groups() for header in headers if header]
    sentences = []
    for (name, count), sites in groupby(cut, key=lambda groups: (groups[0], int(groups[3]))):
        places = [f"{site} at {int(position):,}" for _, site, position, _ in sites]
        which = "its" if len(places) == count else f"the first {len(places)} of {count:,}"
        more = " …" if len(places) > 4 else ""
        sentences.append(f"{name[:40]} is placed by {which} sites: {', '.join(places[:4])}{more}.")
    return " ".join(sentences[:3])


def _known(record: Sequence) -> list[Place]:
    """Return the ends of the exons that a record shows."""
    known = []
    for structure in known_structures(record):
        kinds = ("donor", "acceptor") if structure.strand == "+" else ("acceptor", "donor")
        for intron in structure.introns:
            ends = zip(intron, kinds, strict=True)
            known += [(p, structure.strand, kind) for p, kind in ends if 1 <= p <= len(record)]
    return sorted(set(known))


def _found(record: Sequence, model: Any) -> list[Place]:
    """Return the strongest donor and acceptor that a scan finds in the sense of the record."""
    found = scan(record, model)
    found = found.only(sense_strand(found)).at(LEAST)
    best = {}
    for site in sorted(found.sites, key=lambda s: s.probability):
        best[site.site] = (site.position, site.strand, site.site)
    return sorted(best.values())
