"""Sites in files that are no text: bigWig for genome browsers, Parquet for tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dnaviz.errors import InputError, describe_missing
from dnaviz.io.atomic import atomic_path

if TYPE_CHECKING:
    import pyarrow

LINES = 100_000
"""Lines that are copied at a time."""

NUMBERS = {"position": "int64", "probability": "float32"}
"""Columns of a table that are not text."""


def write_bigwig(bedgraph: Path, lengths: Mapping[str, int], path: str | Path) -> None:
    """Copy a bedGraph, in the order of the records, into a bigWig file.

    Parameters
    ----------
    bedgraph
        Lines of chrom, start (0-based), end and value; the first line is none of them.
    lengths
        Of all records, in nt.
    path
        An existing file is replaced, when all is written.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    import pyBigWig

    with atomic_path(path) as part, bedgraph.open(encoding="utf-8") as lines:
        track = pyBigWig.open(str(part), "w")
        if track is None:
            raise InputError(f'"{path}" cannot be written.')
        track.addHeader(list(lengths.items()))
        next(lines)
        for some in iter(lambda: [line.split("\t") for line in islice(lines, LINES)], []):
            names, starts, ends, values = zip(*some, strict=True)
            track.addEntries(
                list(names), list(map(int, starts)), ends=list(map(int, ends)),
                values=list(map(float, values)),
            )  # fmt: skip
        track.close()


def write_parquet(tsv: Path, lengths: Mapping[str, int], path: str | Path) -> None:
    """Copy a table of sites into a Parquet file; see `write_bigwig`, `lengths` are not needed.

    Columns have the types of `NUMBERS`, all others are text.
    """
    import pyarrow as arrow
    from pyarrow import csv, parquet

    with tsv.open(encoding="utf-8") as file:
        columns = next(file).rstrip("\n").split("\t")
    schema = arrow.schema([(name, arrow.type_for_alias(NUMBERS.get(name, "string")))
                           for name in columns])  # fmt: skip

    def batches() -> Iterator[pyarrow.RecordBatch]:
        yield from csv.open_csv(
            tsv,
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=csv.ConvertOptions(
                column_types=schema, strings_can_be_null=False, quoted_strings_can_be_null=False
            ),
        )

    with atomic_path(path) as part, parquet.ParquetWriter(part, schema) as writer:
        for batch in batches():
            writer.write_batch(batch)


class Format(NamedTuple):
    """A file that is made from text: of which kind, by what, with which package of which extra."""

    text: str
    convert: Callable[[Path, Mapping[str, int], str | Path], None]
    package: str
    extra: str


FORMATS = {
    ".bw": Format(".bedgraph", write_bigwig, "pyBigWig", "tracks"),
    ".parquet": Format(".tsv", write_parquet, "pyarrow", "parquet"),
}


def binary_format(suffix: str) -> Format | None:
    """Return how a file of a suffix is made; None for text.

    Raises
    ------
    InputError
        If the package that writes it is missing.
    """
    made = FORMATS.get(suffix)
    if made is not None and find_spec(made.package) is None:
        raise InputError(describe_missing(made.package, made.extra))
    return made
