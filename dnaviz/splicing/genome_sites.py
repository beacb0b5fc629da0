"""Which parts of a genome to scan, and the sites found there as lines of a file."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.contigs import Contigs, describe_beyond
from dnaviz.genome.sites import loci
from dnaviz.io.read import read_lines
from dnaviz.sequences import shorten
from dnaviz.splicing.export import bed_line, tsv_line
from dnaviz.splicing.genome_scan import Chunk, Regions
from dnaviz.splicing.scan import COLUMNS, Site
from dnaviz.splicing.site_vcf import vcf_header, vcf_lines

SUFFIXES = (".tsv", ".bed", ".bedgraph", ".vcf")
KNOWN = ("gene", "transcript", "annotated")
"""Further columns where there is an annotation."""
TO_THE_END = 10**12
"""The end of a region that takes in all of its record."""
FLANK = 200
"""Bases before and behind each gene that are scanned with it."""

_REGION = re.compile(r"(?P<name>\S+?)(?::(?P<start>[\d,]+)-(?P<end>[\d,]+))?")


def parse_regions(
    texts: Iterable[str], names: Container[str] = ()
) -> dict[str, list[tuple[int, int]]]:
    """Read regions such as ``chr19:1,000-2,000`` or ``chr19`` (1-based, both ends included).

    Parameters
    ----------
    texts
        One of them that is the whole name of a record, as samtools calls a part of another, is that
        record.
    names
        Of the records.

    Raises
    ------
    InputError
        With the text that is none.
    """
    regions: dict[str, list[tuple[int, int]]] = {}
    for text in texts:
        if text in names:
            regions.setdefault(text, []).append((1, TO_THE_END))
            continue
        match = _REGION.fullmatch(text.strip())
        if match is None:
            raise InputError(f"{shorten(text)} is no region: write chr19:1,000-2,000 or chr19.")
        start, end = (int(match[key].replace(",", "") or 0) if match[key] else None
                      for key in ("start", "end"))  # fmt: skip
        span = (1, TO_THE_END) if start is None or end is None else (start, end)
        if span[0] < 1:
            raise InputError(f"{shorten(text)} starts at 0: positions count from 1.")
        if span[1] < span[0]:
            raise InputError(f"{shorten(text)} ends before it starts.")
        regions.setdefault(match["name"], []).append(span)
    return regions


def read_bed(path: str | Path) -> dict[str, list[tuple[int, int]]]:
    """Read the regions of a BED file as 1-based, inclusive pairs by name.

    Raises
    ------
    InputError
        With the line that is none.
    """
    regions: dict[str, list[tuple[int, int]]] = {}
    for number, line in enumerate(read_lines(path), 1):
        text = line.decode("utf-8", "replace").lstrip("\ufeff")
        cells = text.split()
        if not cells or cells[0] in ("track", "browser") or text.startswith("#"):
            continue
        if len(cells) < 3 or not (cells[1].isdecimal() and cells[2].isdecimal()):
            raise InputError(f"{path}, line {number}: not a BED line of chrom, start and end.")
        start, end = int(cells[1]), int(cells[2])
        if start >= end:
            raise InputError(f"{path}, line {number}: the region ends before it starts.")
        regions.setdefault(cells[0], []).append((start + 1, end))
    if not regions:
        raise InputError(f"{path} holds no region.")
    return regions


def on_records(
    transcripts: Iterable[Transcript], lengths: Mapping[str, int]
) -> tuple[list[Transcript], list[str]]:
    """Return the transcripts that lie on records, by the records' names, and notes on the others.

    Raises
    ------
    InputError
        When there are only others.
    """
    contigs = Contigs(lengths)
    kept: list[Transcript] = []
    elsewhere: dict[str, int] = {}
    for t in transcripts:
        if (chrom := contigs.find(t.chrom)) is None:
            elsewhere[t.chrom] = elsewhere.get(t.chrom, 0) + 1
        else:
            kept.append(t if t.chrom == chrom else replace(t, chrom=chrom))
    if not elsewhere:
        return kept, []
    if not kept:
        raise InputError(
            "The annotation does not belong to the sequences: none of its transcripts lies on "
            f"{', '.join([*lengths][:3])}; the first lies on {next(iter(elsewhere))}."
        )
    more = f" and {len(elsewhere) - 3:,} more" if len(elsewhere) > 3 else ""
    return kept, [
        f"The sequences have no {', '.join(map(shorten, [*elsewhere][:3]))}{more}: what the "
        f"annotation has there ({sum(elsewhere.values()):,} of its transcripts) is left out."
    ]


def gene_regions(transcripts: Iterable[Transcript]) -> dict[str, list[tuple[int, int]]]:
    """Return where transcripts lie, with `FLANK` nt on each side, by chromosome."""
    regions: dict[str, list[tuple[int, int]]] = {}
    for t in transcripts:
        regions.setdefault(t.chrom, []).append((max(t.start - FLANK, 1), t.end + FLANK))
    return regions


def resolve(
    regions: Regions, lengths: Mapping[str, int], source: str | Path, *, clip: bool = False
) -> dict[str, list[tuple[int, int]]]:
    """Return regions by the names that a file's records have, sorted and merged.

    Parameters
    ----------
    regions
        1-based, inclusive; the names are those that `Contigs` knows.
    lengths
        Of the records, in nt.
    source
        The file, for messages.
    clip : bool
        Whether a region may reach beyond the end of its record.

    Raises
    ------
    InputError
        When there is no record of a name, or a region reaches beyond its record.
    """
    contigs = Contigs(lengths)
    resolved: dict[str, list[tuple[int, int]]] = {}
    for name, spans in regions.items():
        record = contigs.record(name, source)
        length = lengths[record]
        for start, end in spans:
            if start > length or not (clip or end <= length or end == TO_THE_END):
                raise InputError(
                    f"The region {record}:{start:,}-{end:,} reaches beyond the end of {record}, "
                    f"which has {length:,} nt in {source}."
                )
            resolved.setdefault(record, []).append((start, min(end, length)))
    return {name: _merged(spans) for name, spans in resolved.items()}


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


class Annotated(NamedTuple):
    """What an annotation says of a site: names joined by commas, and whether it is known."""

    gene: str
    transcript: str
    annotated: str  # "yes" or "no"


class SiteAnnotator:
    """Tells the genes that sites lie in, and the transcripts that have them.

    Parameters
    ----------
    transcripts : iterable of Transcript
    lengths : mapping of str to int
        Of the genome's records, in nt; transcripts on others are left out.

    Attributes
    ----------
    notes : list of str
        Sentences on transcripts that lie on no record, or reach beyond the end of theirs.

    Raises
    ------
    InputError
        When no transcript lies on a record.
    """

    def __init__(self, transcripts: Iterable[Transcript], lengths: Mapping[str, int]) -> None:
        kept, self.notes = on_records(transcripts, lengths)
        beyond: dict[str, list[str]] = {}
        self._sites: dict[tuple[str, str, str, int], list[str]] = {}
        for t in kept:
            if t.end > lengths[t.chrom]:
                beyond.setdefault(t.chrom, []).append(t.transcript)
            for start, end in t.introns:
                first, last = ("donor", "acceptor") if t.strand == "+" else ("acceptor", "donor")
                for site, position in ((first, start), (last, end)):
                    key = (t.chrom, t.strand, site, position)
                    self._sites.setdefault(key, []).append(t.transcript)
        self.notes += [describe_beyond(n, r, lengths[r]) for r, n in beyond.items()][:3]
        self._genes: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
        for own in loci(kept):  # several genes may have one name, as Y_RNA
            span = min(t.start for t in own), max(t.end for t in own)
            genes = self._genes.setdefault((own[0].chrom, own[0].strand), [])
            genes.append((*span, own[0].gene_name or own[0].gene))
        # The farthest end so far: behind it, nothing earlier reaches.
        self._reach = {
            key: list(accumulate((end for _, end, _ in genes), max))
            for key, genes in self._genes.items()
        }

    def __call__(self, name: str, site: Site) -> Annotated:
        """Return what is known about a site of the record of a name."""
        known = self._sites.get((name, site.strand, site.site, site.position), [])
        key = (name, site.strand)
        genes = self._genes.get(key, [])
        stop = bisect_right(genes, (site.position, float("inf")))
        start = bisect_left(self._reach.get(key, []), site.position, 0, stop)
        inside = sorted({gene for _, end, gene in genes[start:stop] if end >= site.position})
        return Annotated(",".join(inside), ",".join(known), "yes" if known else "no")


def site_lines(suffix: str, annotate: SiteAnnotator | None = None) -> Callable[..., str]:
    """Return the function that writes the sites of a chunk as text.

    Parameters
    ----------
    suffix : str
        One of `SUFFIXES`. A bedGraph has the probability of the strongest site of each position,
        below zero on the reverse strand. A VCF is that of `site_vcf`.
    annotate : SiteAnnotator, optional
        Fills the columns of `KNOWN` in a TSV, and the fields of a VCF that say the same.
    """

    def tsv(chunk: Chunk, sites: list[Site]) -> str:
        return "".join(
            tsv_line(chunk.name, s, *(annotate(chunk.name, s) if annotate else ())) for s in sites
        )

    def bed(chunk: Chunk, sites: list[Site]) -> str:
        return "".join(bed_line(chunk.name, s) for s in sites)

    def bedgraph(chunk: Chunk, sites: list[Site]) -> str:
        strongest = {s.position: s for s in sorted(sites, key=lambda s: s.probability)}
        return "".join(
            f"{chunk.name}\t{p - 1}\t{p}\t{'-' * (s.strand == '-')}{s.probability:.6f}\n"
            for p, s in sorted(strongest.items())
        )

    def vcf(chunk: Chunk, sites: list[Site]) -> str:
        return vcf_lines(chunk, sites, annotate)

    return dict(zip(SUFFIXES, (tsv, bed, bedgraph, vcf), strict=True))[suffix]


def header(suffix: str, annotated: bool, lengths: Mapping[str, int], source: str) -> str:
    """Return the first lines of a file of sites; see `site_vcf.vcf_header`."""
    if suffix == ".vcf":
        return vcf_header(lengths, annotated, source)
    if suffix == ".tsv":
        return "\t".join([*COLUMNS, *(KNOWN if annotated else ())]) + "\n"
    return "" if suffix == ".bed" else 'track type=bedGraph name="splice sites"\n'
