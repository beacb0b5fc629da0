"""Introns, splice sites and genes of a set of transcripts, as tables."""

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


def genes(transcripts: Iterable[Transcript]) -> pd.DataFrame:
    """Return one row a gene, in order of position.

    Columns: chrom, start, end (1-based, inclusive, over all its transcripts), strand, gene,
    gene_name, biotype (the gene's), coding (whether a transcript of it has coding sequence).
    """
    rows = [
        (t.chrom, t.start, t.end, t.strand, t.gene, t.gene_name, t.gene_biotype, bool(t.cds))
        for t in transcripts
    ]
    columns = ["chrom", "start", "end", "strand", "gene", "gene_name", "biotype", "coding"]
    table = pd.DataFrame(rows, columns=columns)
    table = table.groupby(["gene", "chrom", "strand"], as_index=False, sort=False).agg(
        start=("start", "min"),
        end=("end", "max"),
        gene_name=("gene_name", "first"),
        biotype=("biotype", "first"),
        coding=("coding", "any"),
    )
    return table[columns].sort_values(["chrom", "start", "end", "gene"], ignore_index=True)


def _coding_first(transcripts: Iterable[Transcript]) -> list[Transcript]:
    """Order transcripts so that the first to name a shared site is the most telling one."""
    return sorted(transcripts, key=lambda t: (t.biotype != "protein_coding", t.transcript))
