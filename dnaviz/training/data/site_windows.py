"""Labeled windows: every splice site and its decoys, as one table."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from dnaviz.errors import InputError
from dnaviz.genome import sites
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.contigs import named_as
from dnaviz.genome.fasta import Genome
from dnaviz.io.tables import integers, read_frame
from dnaviz.training.data import decoys
from dnaviz.training.data.annotated import check_sites
from dnaviz.training.data.splits import SPLITS, Splits, split_of

WINDOW = 200
MAX_N = 4  # unknown bases a window may hold
LABELS = ("donor", "acceptor", "GT decoy", "AG decoy")
COLUMNS = ("id", "chrom", "start", "end", "strand", "position", "label", "context", "gene",
           "transcript", "split", "sequence")  # fmt: skip


def window_bounds(position: int, strand: str, window: int = WINDOW) -> tuple[int, int]:
    """Return the first and last forward base (1-based) of the window around a site.

    In the sense of the strand the site is the window's 0-based index ``window // 2``.
    """
    before, after = window // 2, window - window // 2 - 1
    return (
        (position - before, position + after)
        if strand == "+"
        else (position - after, position + before)
    )


def label_windows(
    genome: Genome,
    transcripts: Sequence[Transcript],
    *,
    window: int = WINDOW,
    decoys_per_site: float = 1.0,
    seed: int = 0,
    splits: Splits = SPLITS,
) -> pd.DataFrame:
    """Cut a labeled window around every annotated splice site and around sampled decoys.

    Chromosomes that only the genome or only the annotation has are passed over. Windows with more
    than `MAX_N` unknown bases, or that leave the chromosome, are left out.

    Parameters
    ----------
    genome, transcripts
        From `read_genome` and `read_annotation`.
    window
        Length of a window in nt, even and at least 20.
    decoys_per_site
        GT decoys for each donor and AG decoys for each acceptor; see `sample_decoys`.
    seed
        Decides which decoys are drawn.
    splits
        Chromosomes of ``validation`` and ``test``; all others are ``train``.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`: id, chrom, start, end (1-based, inclusive, forward), strand, position
        (1-based, of the site), label (one of `LABELS`), context (``site`` for sites, else
        ``exon``, ``intron`` or ``intergenic``), gene (its name), transcript, split, sequence (in
        the sense of the strand, the site at 0-based ``window // 2``).

    Raises
    ------
    InputError
        When genome and annotation share no chromosome, most splice sites do not read as such, or
        `window` is no valid length.
    """
    check_window(window, decoys_per_site)
    by_chrom: dict[str, list[Transcript]] = {}
    for t in named_as(genome, transcripts):
        by_chrom.setdefault(t.chrom, []).append(t)
    if not set(genome) & set(by_chrom):
        raise InputError(
            f"The genome ({', '.join(list(genome)[:3])}, ...) and the annotation "
            f"({', '.join(sorted(by_chrom)[:3])}, ...) have no chromosome in common."
        )
    tables = []
    for chrom in sorted(set(genome) & set(by_chrom)):
        own = by_chrom[chrom]
        if max(t.end for t in own) > len(genome[chrom]):
            raise InputError(
                f"The annotation goes beyond the end of {chrom} ({len(genome[chrom])} bases): "
                "genome and annotation are of different assemblies."
            )
        annotated = sites.sites(own)
        drawn = decoys.sample_decoys(
            chrom, genome[chrom], own, annotated,
            decoys_per_site=decoys_per_site, window=window, max_n=MAX_N, seed=seed,
        )  # fmt: skip
        sites_table = annotated.rename(columns={"site": "label"}).assign(context="site")
        sites_table["gene"] = sites_table["gene_name"]
        table = pd.concat([sites_table, _name_genes(drawn, own)], ignore_index=True)
        tables.append(_cut(table, genome, window))
    joined = pd.concat(tables, ignore_index=True)
    doubtful = [
        _is_doubtful(*site) for site in zip(joined["label"], joined["sequence"], strict=True)
    ]
    check_sites(sum(doubtful), int(joined["label"].isin(sites.SITES).sum()))
    joined["split"] = joined["chrom"].map(lambda chrom: split_of(chrom, splits))
    return joined[list(COLUMNS)]


def read_windows(path: str | Path) -> pd.DataFrame:
    """Read a data set that ``dnaviz dataset build`` wrote.

    Raises
    ------
    InputError
        When the file cannot be read, or lacks a column.
    """
    table = read_frame(path, "data set of windows", COLUMNS)
    for column in ("start", "end", "position"):
        table[column] = integers(table, column, str(path))
    return table.reset_index(drop=True)


def check_window(window: int, decoys_per_site: float) -> None:
    """Raise `InputError` unless windows of this length, with so many decoys, can be cut."""
    if window < 20 or window % 2:
        raise InputError(f"A window is an even number of at least 20 bases, not {window}.")
    if not 0 <= decoys_per_site < float("inf"):
        raise InputError(f"The number of decoys for each site is 0 or more, not {decoys_per_site}.")


def _is_doubtful(label: str, window: str) -> bool:
    """Whether a window's middle is to be a site, and does not read as one; see `find_sites`."""
    middle = len(window) // 2
    reads = {
        "donor": window[middle : middle + 2] in ("GT", "GC", "AT"),
        "acceptor": window[middle - 1 : middle + 1] in ("AG", "AC"),
    }
    return not reads.get(label, True)


def _name_genes(drawn: pd.DataFrame, transcripts: Sequence[Transcript]) -> pd.DataFrame:
    """Add gene and transcript to decoys: an owner of the exon or intron they lie in."""
    named = drawn.assign(gene="", transcript="")
    for (strand, context), rows in drawn.groupby(["strand", "context"]):
        if context == "intergenic":
            continue
        rows = rows.sort_values("position")
        owner = np.full(len(rows), -1)
        own = [t for t in transcripts if t.strand == strand]
        spans = [
            (start, end, i)
            for i, t in enumerate(own)
            for start, end in (t.exons if context == "exon" else [(t.start, t.end)])
        ]
        starts, ends, owners = np.array(spans).T
        first = np.searchsorted(rows["position"], starts)
        last = np.searchsorted(rows["position"], ends, side="right")
        # The last written wins: a protein-coding transcript, then the first in the annotation.
        coding = np.array([own[i].biotype == "protein_coding" for i in owners])
        for k in np.lexsort((-owners, coding)):
            owner[first[k] : last[k]] = owners[k]
        named.loc[rows.index, "gene"] = [own[i].gene_name for i in owner]
        named.loc[rows.index, "transcript"] = [own[i].transcript for i in owner]
    return named


def _cut(table: pd.DataFrame, genome: Genome, window: int) -> pd.DataFrame:
    """Add id, start, end and sequence; leave out windows that are not (nearly) all known."""
    places = list(zip(table["chrom"], table["position"], table["strand"], strict=True))
    bounds = [window_bounds(position, strand, window) for _, position, strand in places]
    table = table.assign(
        start=[start for start, _ in bounds],
        end=[end for _, end in bounds],
        id=[
            f"{chrom}:{position}:{strand}:{label.removesuffix(' decoy')}"
            for (chrom, position, strand), label in zip(places, table["label"], strict=True)
        ],
        sequence=[
            genome.fetch(chrom, start, end, strand, pad=True)
            for (chrom, _, strand), (start, end) in zip(places, bounds, strict=True)
        ],
    )
    resolved = table["sequence"].astype(str).str.count("N") <= MAX_N
    return table[resolved].sort_values(["position", "strand", "label"])
