"""The table of human introns, and the split into training, validation and test chromosomes."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import pandas as pd

from dnaviz.errors import InputError
from dnaviz.genome.accessions import chromosome_of_record
from dnaviz.genome.fasta import chromosome_name
from dnaviz.io.tables import MISSING, integers, read_frame, with_numbers
from dnaviz.sequences import shorten

Splits = Mapping[str, frozenset[str]]

# Fixed once, for every model and figure: SpliceAI's test chromosomes, and all of chromosome 19.
SPLITS: Splits = {
    "test": frozenset(f"chr{n}" for n in (1, 3, 5, 7, 9, 19)),
    "validation": frozenset({"chr2", "chr4"}),
}
BASES = ("up_exon50", "intron", "down_exon50")
FLANK = 50  # bases of exon on each side of an intron in the table
_COLUMNS = ("intron_id", "chrom", "start1", "end1", "strand", *BASES, "middle_truncated")
_YES_OR_NO = {"0": False, "false": False, "": False, "1": True, "true": True}


def held_out_chromosomes(*splits: str) -> str:
    """List the chromosomes of splits, as a text."""
    names = set().union(*(SPLITS[split] for split in splits))
    return ", ".join(sorted(names, key=lambda name: (len(name), name)))


@lru_cache(maxsize=10_000)
def split_name(chrom: str) -> str:
    """Return the name that splits go by: one for a chromosome's accessions, parts and contigs."""
    return chromosome_of_record(chrom) or chromosome_name(chrom)


def split_of(chrom: str, splits: Splits = SPLITS) -> str:
    """Return the split of a chromosome, or of a record: ``train`` if no other claims it.

    All that has one `split_name` is of one split, however the splits spell it.
    """
    name = split_name(chrom)
    return next(
        (split for split, names in splits.items() if name in map(split_name, names)), "train"
    )


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
    table = read_frame(path, "table of introns", _COLUMNS)
    table = table[~table["chrom"].isin(MISSING)]
    if table.empty:
        raise InputError(f"{path} holds no intron with a chromosome.")
    places = {column: integers(table, column, str(path)) for column in ("start1", "end1")}
    if (no_bases := table["intron"] == "").any():  # an exon may be unknown
        name = table["intron_id"][no_bases].iloc[0]
        raise InputError(f"{path}: the intron {shorten(name)} has no bases.")
    truncated = table["middle_truncated"].str.lower()
    if (wrong := ~truncated.isin(_YES_OR_NO)).any():
        raise InputError(
            f"{path}, line {table.index[wrong][0]}: the column middle_truncated is 0 or 1, not "
            f"{shorten(truncated[wrong].iloc[0])}."
        )
    table = (
        with_numbers(table, _COLUMNS)
        .assign(
            **places,
            **{column: table[column].str.upper() for column in BASES},
            chrom=table["chrom"].map(chromosome_name),
            strand=table["strand"].where(~table["strand"].isin(MISSING), "."),
            middle_truncated=truncated.map(_YES_OR_NO),
        )
        .reset_index(drop=True)
    )
    table["split"] = table["chrom"].map(split_of)
    return table
