"""The table of human introns, and the chromosomes that train, validate and test."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from dnaviz.errors import InputError
from dnaviz.genome.fasta import chromosome_name
from dnaviz.genome.tables import read_table
from dnaviz.sequences import shorten

Splits = Mapping[str, frozenset[str]]

# Fixed once, for every model and figure: SpliceAI's test chromosomes, and all of chromosome 19.
SPLITS: Splits = {
    "test": frozenset(f"chr{n}" for n in (1, 3, 5, 7, 9, 19)),
    "validation": frozenset({"chr2", "chr4"}),
}
_BASES = ("up_exon50", "intron", "down_exon50")
FLANK = 50  # bases of exon on each side of an intron in the table
_COLUMNS = ("intron_id", "chrom", "start1", "end1", "strand", *_BASES, "middle_truncated")


def split_of(chrom: str, splits: Splits = SPLITS) -> str:
    """Return the split of a chromosome (``19`` or ``chr19``): ``train`` if no other claims it."""
    name = chromosome_name(chrom)
    return next((split for split, names in splits.items() if name in names), "train")


def read_introns(path: str | Path) -> pd.DataFrame:
    """Read a table of introns with flanking exon, as ``dnaviz dataset fetch`` writes it.

    Introns without a chromosome are dropped: they belong to no split.

    Returns
    -------
    pandas.DataFrame
        Columns intron_id, chrom, start1, end1 (1-based, inclusive; <NA> where unknown), strand
        (``.`` where unknown), up_exon50, intron, down_exon50 (upper case, in the sense of the
        transcript; a long intron has N for its middle), middle_truncated (bool), any further
        columns of the file, and split.

    Raises
    ------
    InputError
        When the file cannot be read as a table, lacks a column, holds no intron with a chromosome,
        or has coordinates that are no whole numbers.
    """
    text: dict[str, Any] = {name: str for name in ("intron_id", "chrom", "strand", *_BASES)}
    table = read_table(path, "table of introns", _COLUMNS, dtype=text)
    table = table.dropna(subset=["chrom"]).reset_index(drop=True)
    if table.empty:
        raise InputError(f"{path} holds no intron with a chromosome.")
    table["chrom"] = table["chrom"].map(chromosome_name)
    for column in ("start1", "end1"):
        try:
            table[column] = table[column].astype("Int64")
        except (TypeError, ValueError):
            raise InputError(f"{path}: the column {column} holds no whole numbers.") from None
    for column in _BASES:  # an exon may be unknown, an intron without bases is none
        table[column] = table[column].fillna("").str.upper()
    if (table["intron"] == "").any():
        name = table["intron_id"][table["intron"] == ""].iloc[0]
        raise InputError(f"{path}: the intron {shorten(str(name))} has no bases.")
    table["strand"] = table["strand"].fillna(".")
    table["middle_truncated"] = table["middle_truncated"].astype(bool)
    table["split"] = table["chrom"].map(split_of)
    return table
