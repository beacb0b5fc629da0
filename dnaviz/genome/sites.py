"""Introns and splice sites of a set of transcripts, as tables; genes at their places."""

from collections.abc import Iterable

import pandas as pd

from dnaviz.genome.annotation import Transcript

SITES = ("donor", "acceptor")
_OWNER = ["gene", "gene_name", "transcript"]


def introns(transcripts: Iterable[Transcript]) -> pd.DataFrame:
    """Return the distinct introns, in order of position.

    Columns: chrom, strand, start, end (1-based, inclusive), gene, gene_name, transcript. An
    intron that several transcripts share is named after a protein-coding one where there is one.
    """
    rows = [
        (t.chrom, t.strand, start, end, t.gene, t.gene_name, t.transcript)
        for t in _coding_first(transcripts)
        for start, end in t.introns
    ]
    place = ["chrom", "strand", "start", "end"]
    table = pd.DataFrame(rows, columns=[*place, *_OWNER]).drop_duplicates(place)
    return table.sort_values(["chrom", "start", "end", "strand"], ignore_index=True)


def sites(transcripts: Iterable[Transcript]) -> pd.DataFrame:
    """Return every annotated donor and acceptor once, over transcripts of all biotypes.

    Columns: chrom, strand, position (1-based: a donor is the first base of the intron, an
    acceptor its last), site (``donor`` or ``acceptor``), gene, gene_name, transcript.
    """
    table = introns(_coding_first(transcripts))
    forward = table["strand"] == "+"
    parts = []
    for site in SITES:
        at_start = forward if site == "donor" else ~forward
        position = table["start"].where(at_start, table["end"])
        parts.append(table.assign(position=position, site=site))
    place = ["chrom", "strand", "position", "site"]
    both = pd.concat(parts).drop_duplicates(place)[[*place, *_OWNER]]
    return both.sort_values(["chrom", "position", "strand", "site"], ignore_index=True)


def loci(transcripts: Iterable[Transcript]) -> list[list[Transcript]]:
    """Return the transcripts of each gene at each of its places, in order of position.

    A gene has one place, unless a transcript of it stands at two that do not overlap: then these
    are copies, and nothing reaches from one to the other.
    """
    genes: dict[tuple[str, str, str], list[Transcript]] = {}
    for t in transcripts:
        genes.setdefault((t.gene, t.chrom, t.strand), []).append(t)
    places = [place for own in genes.values() for place in _places(own)]
    return sorted(
        places,
        key=lambda own: (
            own[0].chrom, min(t.start for t in own), max(t.end for t in own), own[0].gene
        ),
    )  # fmt: skip


def _places(transcripts: list[Transcript]) -> list[list[Transcript]]:
    if len({t.transcript for t in transcripts}) == len(transcripts):
        return [transcripts]
    places: list[list[Transcript]] = []
    reach = 0
    for t in sorted(transcripts, key=lambda t: t.start):
        if places and t.start <= reach:
            places[-1].append(t)
        else:
            places.append([t])
        reach = max(reach, t.end)
    names = [name for place in places for name in {t.transcript for t in place}]
    return places if len(set(names)) < len(names) else [transcripts]


def _coding_first(transcripts: Iterable[Transcript]) -> list[Transcript]:
    """Order transcripts so that the first to name a shared site is the most telling one."""
    return sorted(transcripts, key=lambda t: (t.biotype != "protein_coding", t.transcript))
