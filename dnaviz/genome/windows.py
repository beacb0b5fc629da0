"""Windows of a genome, as a BED file lists them, with their bases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from dnaviz.errors import InputError
from dnaviz.genome.contigs import Contigs
from dnaviz.genome.fasta import STRANDS
from dnaviz.genome.fasta_access import open_fasta
from dnaviz.io.read import read_lines
from dnaviz.sequences import reverse_complement, shorten

COLUMNS = ("chrom", "start", "end", "strand")


def read_windows(bed: str | Path, lengths: Mapping[str, int], source: str | Path) -> pd.DataFrame:
    """Read the windows of a BED file, one row each, in its order.

    Parameters
    ----------
    bed
        Chromosome, start (0-based), end; what stands in the fourth column becomes ``name``, in the
        sixth the strand ("+" where there is none).
    lengths
        Of the records of the genome, in nt; the names are those that `Contigs` knows.
    source
        The genome's file, for messages.

    Returns
    -------
    DataFrame
        Indexed by id, ``chr19:101-300:+``; columns `COLUMNS` (``start`` is 1-based), and ``name``
        where the file has names.

    Raises
    ------
    InputError
        With the line that is none, reaches beyond its chromosome, or repeats an earlier one.
    """
    contigs = Contigs(lengths)
    rows: list[tuple[str, int, int, str]] = []
    names: list[str] = []
    seen: dict[tuple[str, int, int, str], int] = {}
    for number, line in enumerate(read_lines(bed), 1):
        text = line.decode("utf-8", "replace").lstrip("\ufeff")
        cells = text.rstrip("\r\n").split("\t") if "\t" in text else text.split()
        if not text.strip() or cells[0] in ("track", "browser") or text.startswith("#"):
            continue
        if len(cells) < 3 or not (cells[1].isdecimal() and cells[2].isdecimal()):
            raise InputError(f"{bed}, line {number}: not a BED line of chrom, start and end.")
        start, end = int(cells[1]) + 1, int(cells[2])
        strand = cells[5].strip() if len(cells) > 5 and cells[5].strip() != "." else "+"
        try:
            record = contigs.record(cells[0], source)
        except InputError as error:
            raise InputError(f"{bed}, line {number}: {error}") from None
        if start > end:
            raise InputError(f"{bed}, line {number}: the window ends before it starts.")
        if end > lengths[record]:
            raise InputError(
                f"{bed}, line {number}: the window ends at {end:,}, but {record} has "
                f"{lengths[record]:,} nt in {source}."
            )
        if strand not in STRANDS:
            raise InputError(f'{bed}, line {number}: the strand is "+", "-" or ".", not '
                             f"{shorten(strand)}.")  # fmt: skip
        row = (record, start, end, strand)
        if (before := seen.setdefault(row, number)) != number:
            raise InputError(f"{bed}, line {number}: the same window as on line {before}.")
        rows.append(row)
        names.append(cells[3] if len(cells) > 3 else "")
    if not rows:
        raise InputError(f"{bed} holds no window.")
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.index = pd.Index([f"{c}:{a}-{b}:{s}" for c, a, b, s in rows], name="id")
    for column in ("chrom", "strand"):
        table[column] = table[column].astype("category")
    return table.assign(name=names) if any(names) else table


def window_bases(source: str | Path, windows: pd.DataFrame) -> Iterator[str]:
    """Yield the bases of each window of `read_windows`, upper case, in the sense of its strand."""
    file = open_fasta(source).file
    for chrom, start, end, strand in windows[list(COLUMNS)].itertuples(index=False):
        bases = file.fetch(chrom, start - 1, end).upper().replace("U", "T")
        yield bases if strand == "+" else reverse_complement(bases)
