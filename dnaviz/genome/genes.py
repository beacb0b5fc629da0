"""Whole genes in the sense of their strand, with their splice sites: what a scan is measured on."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dnaviz.errors import InputError
from dnaviz.genome import sites
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.contigs import named_as
from dnaviz.genome.fasta import Genome


class Gene(NamedTuple):
    """A gene and every annotated site of it; positions are 0-based indices into `sequence`."""

    gene: str
    gene_name: str
    chrom: str
    start: int  # first base on the forward strand, 1-based
    end: int
    strand: str
    sequence: str  # in the sense of the strand
    donors: npt.NDArray[np.int64]  # first bases of introns, ascending
    acceptors: npt.NDArray[np.int64]  # last bases of introns, ascending


def scan_genes(
    genome: Genome,
    transcripts: Sequence[Transcript],
    n: int = 300,
    max_length: int = 60_000,
    seed: int = 0,
) -> list[Gene]:
    """Draw protein-coding genes to scan, with the sites of all their transcripts.

    Parameters
    ----------
    genome, transcripts
        From `read_genome` and `read_annotation`.
    n
        How many; all there are, if fewer.
    max_length
        Longest gene, in nt.
    seed
        Decides which are drawn from all protein-coding genes with an intron.

    Returns
    -------
    list of Gene
        In order of position.

    Raises
    ------
    InputError
        When genome and annotation have no such gene.
    """
    kept_genes = [
        own
        for own in sites.loci(named_as(genome, transcripts))
        if _is_coding(own)
        and own[0].chrom in genome
        and any(t.introns for t in own)
        and max(t.end for t in own) - min(t.start for t in own) < max_length
    ]
    if not kept_genes:
        raise InputError(
            "Genome and annotation have no protein-coding gene with an intron to scan."
        )
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.choice(len(kept_genes), min(n, len(kept_genes)), replace=False))
    return [_gene(genome, kept_genes[k]) for k in drawn]


def _is_coding(transcripts: list[Transcript]) -> bool:
    """Whether a gene is one of proteins; where its kind is not said, by its coding sequences."""
    kind = transcripts[0].gene_biotype
    return kind == "protein_coding" or (not kind and any(t.cds for t in transcripts))


def canonical_rank(t: Transcript) -> tuple[bool | int | str, ...]:
    """Return what orders transcripts, those that can stand for a gene first.

    The annotation's own choice where it states one (MANE Select, Ensembl canonical, RefSeq
    Select), else, of the protein-coding transcripts that are CCDS, or else basic, the one with the
    longest coding sequence; the longest in exons, and then the first by name, where that leaves
    several.
    """
    return (
        "MANE_Select" not in t.tags,
        "Ensembl_canonical" not in t.tags,
        "RefSeq_Select" not in t.tags,
        t.biotype != "protein_coding",
        "CCDS" not in t.tags,
        "basic" not in t.tags,
        -sum(end - start + 1 for start, end in t.cds),
        -sum(end - start + 1 for start, end in t.exons),
        t.transcript,
    )


def canonical(transcripts: Sequence[Transcript]) -> Transcript:
    """Choose one transcript to stand for a gene, the first by `canonical_rank`."""
    return min(transcripts, key=canonical_rank)


def _gene(genome: Genome, transcripts: list[Transcript]) -> Gene:
    first = transcripts[0]
    start, end = min(t.start for t in transcripts), max(t.end for t in transcripts)
    table = sites.sites(transcripts)
    forward = first.strand == "+"
    index = table["position"] - start if forward else end - table["position"]
    site_positions = [
        np.sort(index[table["site"] == site].to_numpy(np.int64)) for site in sites.SITES
    ]
    return Gene(
        first.gene, first.gene_name, first.chrom, start, end, first.strand,
        genome.fetch(first.chrom, start, end, first.strand), *site_positions,
    )  # fmt: skip
