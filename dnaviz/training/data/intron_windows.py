"""Labeled windows from a table of introns, where no genome is at hand."""

import re
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dnaviz.training.data.decoys import DECOYS, even_split
from dnaviz.training.data.introns import FLANK
from dnaviz.training.data.site_windows import COLUMNS, MAX_N, WINDOW, check_window, window_bounds
from dnaviz.training.data.splits import SPLITS, Splits, split_of

MIN_EXON = 20  # exon bases beside an exonic decoy
_NAMES = re.compile(r"[^-]+-(?:gene-)?([^@]+)@(?:rna-)?(.+?)(?:-intron)?_\d+\(")


class _Record(NamedTuple):
    """One row of the table; positions in `bases` are 0-based."""

    name: str
    gene: str
    transcript: str
    chrom: str
    strand: str
    start: int | None
    end: int | None
    bases: str  # up exon, intron, down exon
    truncated: bool

    def position(self, index: int) -> int | None:
        """Return the 1-based forward position of a base, where the record has coordinates."""
        if self.start is None or self.end is None:
            return None
        last = len(self.bases) - FLANK - 1  # of the intron
        # A truncated intron has lost its middle: count from the end that is nearer.
        from_start = index - FLANK
        if self.truncated and index > len(self.bases) // 2:
            from_start = index - last + self.end - self.start
        return self.start + from_start if self.strand == "+" else self.end - from_start

    def place(self, index: int, kind: str) -> str:
        """Name a base as windows from a genome are named, else by the record."""
        position = self.position(index)
        if position is None:
            return f"{self.name}:{index - FLANK + 1}:{kind}"
        return f"{self.chrom}:{position}:{self.strand}:{kind}"


def label_intron_windows(
    introns: pd.DataFrame,
    *,
    window: int = WINDOW,
    decoys_per_site: float = 1.0,
    seed: int = 0,
    splits: Splits = SPLITS,
) -> pd.DataFrame:
    """Cut labeled windows from a table of introns with 50 nt of exon on each side.

    A window keeps what the table knows of it; the rest is N. A donor's window has 50 bases of
    exon before the site and an acceptor's 50 bases after it. Decoys are the GT and AG of the same
    records that end no intron of the table (a site of a transcript outside it may be among them),
    half of them in introns, cut to the same 50 bases on that side, half in the exon that a site
    would have there, with 20 to 50 bases. The length of the N run therefore says something about
    the label: train on such windows with their flanks cut at random, or on windows from a genome.

    Parameters
    ----------
    introns
        From `read_introns`. Those with less than 50 nt of a neighboring exon are left out.
    window, decoys_per_site, seed, splits
        As for `label_windows`.

    Returns
    -------
    pandas.DataFrame
        Columns as of `label_windows`. Start, end and position are <NA>, and strand is ``.``, where
        the table has no coordinates.
    """
    check_window(window, decoys_per_site)
    records = list(_records(introns))
    chosen = [
        (i, index, site, "site")
        for i, record in enumerate(records)
        for index, site in ((FLANK, "donor"), (len(record.bases) - FLANK - 1, "acceptor"))
    ]
    taken = {records[i].place(index, site) for i, index, site, _ in chosen}
    for site, label in DECOYS.items():
        pools: dict[str, list[tuple[int, int]]] = {"exon": [], "intron": []}
        for i, record in enumerate(records):
            for index, context in _candidates(record, site, window):
                pools[context].append((i, index))
        total = round(decoys_per_site * len(records))
        for context, number in zip(
            pools, even_split(total, [*map(len, pools.values())]), strict=True
        ):
            rng = np.random.default_rng([seed, zlib.crc32(f"{label} {context}".encode())])
            # Drawn first and looked up after: naming millions of candidates would take minutes.
            order = (pools[context][k] for k in rng.permutation(len(pools[context])))
            free = ((i, k) for i, k in order if records[i].place(k, site) not in taken)
            chosen += [(i, k, label, context) for i, k in islice(free, number)]
    rows = [_row(records[i], index, label, context, window) for i, index, label, context in chosen]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).drop_duplicates("id")
    table = table[table["sequence"].str.count("N") <= _unknown(window) + MAX_N]
    table["split"] = table["chrom"].map(lambda chrom: split_of(chrom, splits))
    for column in ("start", "end", "position"):
        table[column] = table[column].astype("Int64")
    return table[list(COLUMNS)].reset_index(drop=True)


def _unknown(window: int) -> int:
    """Bases that a window may lack on its exon side: all but `MIN_EXON`."""
    return max(0, window // 2 - MIN_EXON)


def _records(introns: pd.DataFrame) -> Iterator[_Record]:
    located = introns[["start1", "end1"]].notna().all(axis=1) & introns["strand"].isin(["+", "-"])
    columns = ["intron_id", "chrom", "strand", "start1", "end1",
               "up_exon50", "intron", "down_exon50", "middle_truncated"]  # fmt: skip
    rows = introns[columns].itertuples(index=False, name=None)
    for known, row in zip(located, rows, strict=True):
        name, chrom, strand, start, end, up, intron, down, truncated = row
        if len(up) != FLANK or len(down) != FLANK:
            continue  # places in a record are counted from its exons' ends
        match = _NAMES.match(name)
        gene, transcript = match.groups() if match else ("", "")
        yield _Record(
            name=name,
            gene=gene,
            transcript=transcript,
            chrom=chrom,
            strand=strand if known else ".",
            start=int(start) if known else None,
            end=int(end) if known else None,
            bases=up + intron + down,
            truncated=truncated,
        )


def _candidates(record: _Record, site: str, window: int) -> Iterator[tuple[int, str]]:
    """Yield (0-based index, context) of every GT or AG that could be a decoy.

    In exons only GT before the intron and AG after it: there the other side is known, as a
    site's is.
    """
    bases, reach = record.bases, window // 2
    first, last = FLANK, len(bases) - FLANK - 1  # of the intron
    end = len(bases) - MIN_EXON
    for match in re.finditer("GT" if site == "donor" else "AG", bases):
        index = match.start() if site == "donor" else match.start() + 1
        if first <= index <= last:
            # Whole where a site's window is, and clear of a middle that was cut out.
            before, after = _reaches(site, reach)
            around = bases[index - before : index + after]
            if len(around) == before + after and around.count("N") <= MAX_N:
                yield index, "intron"
        elif index in (range(MIN_EXON, first) if site == "donor" else range(last + 1, end)):
            yield index, "exon"


def _reaches(site: str, half: int) -> tuple[int, int]:
    """Return how many bases a window keeps before its site, and from the site on."""
    if site == "donor":
        return min(FLANK, half), half
    return half, min(FLANK + 1, half)


def _row(record: _Record, index: int, label: str, context: str, window: int) -> dict[str, Any]:
    half = window // 2
    before, after = _reaches("donor" if label in ("donor", "GT decoy") else "acceptor", half)
    left = record.bases[max(0, index - before) : index]
    right = record.bases[index : index + after]
    position = record.position(index)
    start, end = window_bounds(position, record.strand, window) if position else (None, None)
    return {
        "id": record.place(index, label.removesuffix(" decoy")),
        "chrom": record.chrom,
        "start": start,
        "end": end,
        "strand": record.strand,
        "position": position,
        "label": label,
        "context": context,
        "gene": record.gene,
        "transcript": record.transcript,
        "sequence": left.rjust(half, "N") + right.ljust(half, "N"),
    }
