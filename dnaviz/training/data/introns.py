"""The table of human introns."""

from pathlib import Path

import pandas as pd

from dnaviz.errors import InputError
from dnaviz.genome.fasta import chromosome_name
from dnaviz.io.tables import MISSING, integers, read_frame, with_numbers
from dnaviz.sequences import shorten
from dnaviz.training.data.splits import SPLITS, Splits, split_of

BASES = ("up_exon50", "intron", "down_exon50")
FLANK = 50  # bases of exon on each side of an intron in the table
_COLUMNS = ("intron_id", "chrom", "start1", "end1", "strand", *BASES, "middle_truncated")
_YES_OR_NO = {"0": False, "false": False, "": False, "1": True, "true": True}


def read_introns(path: str | Path, splits: Splits = SPLITS) -> pd.DataFrame:
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
    table["split"] = table["chrom"].map(lambda chrom: split_of(chrom, splits))
    return table
