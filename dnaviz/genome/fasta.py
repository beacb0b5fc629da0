"""A genome in memory, read from FASTA."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from dnaviz.errors import InputError
from dnaviz.genome.records import read_records
from dnaviz.sequences import reverse_complement

STRANDS = ("+", "-")
# Names that UCSC writes with "chr" and Ensembl without: numbers, arms, letters, Roman numbers.
_CHROMOSOME = re.compile(r"(?:chr)?(\d+[LR]?|[XYZWM]|MT|[IVX]+)", re.IGNORECASE)


@lru_cache(maxsize=10_000)
def chromosome_name(name: str) -> str:
    """Give a chromosome's one name in dnaviz: ``19``, ``chr19`` and ``Chr19`` are all ``chr19``.

    Names that are not a chromosome's (contigs, plasmids, accessions) are kept as they are.
    """
    match = _CHROMOSOME.fullmatch(name)
    if not match:
        return name
    key = match[1].upper()
    return "chrM" if key == "MT" else f"chr{key}"


class Genome(Mapping[str, str]):
    """Chromosomes by name; ``genome["19"]`` and ``genome["chr19"]`` are the same string.

    Parameters
    ----------
    chromosomes
        Sequence of each chromosome; upper-cased, U read as T.
    """

    def __init__(self, chromosomes: Mapping[str, str] | Iterable[tuple[str, str]]) -> None:
        self._bases: dict[str, str] = {}
        for name, bases in dict(chromosomes).items():
            key = chromosome_name(name)
            if key in self._bases:
                raise InputError(f"The genome has two records for chromosome {key}.")
            self._bases[key] = bases.upper().replace("U", "T")

    def __getitem__(self, name: str) -> str:
        return self._bases[chromosome_name(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._bases)

    def __len__(self) -> int:
        return len(self._bases)

    def __repr__(self) -> str:
        return f"Genome({len(self)} records, {sum(map(len, self._bases.values())):,} bases)"

    def fetch(
        self, chrom: str, start: int, end: int, strand: str = "+", *, pad: bool = False
    ) -> str:
        """Return the bases from `start` to `end` in the sense of `strand`.

        Parameters
        ----------
        chrom
            Chromosome, with or without ``chr``.
        start, end
            First and last base, 1-based, inclusive, on the forward strand.
        strand
            ``+``, or ``-`` for the reverse complement.
        pad
            Fill what lies beyond the chromosome's ends with N instead of raising.

        Raises
        ------
        InputError
            When the chromosome is not in the genome, or the region not on it.
        """
        if chrom not in self:
            names = ", ".join(list(self)[:5])
            raise InputError(f"The genome has no chromosome {chrom!r} (it has {names}).")
        if strand not in STRANDS:
            raise InputError(f"A strand is + or -, not {strand!r}.")
        chromosome = self[chrom]
        first, last = max(start, 1), min(end, len(chromosome))
        if start > end or ((first, last) != (start, end) and not pad):
            raise InputError(
                f"Region {chrom}:{start}-{end} is not within 1-{len(chromosome)} of {chrom}."
            )
        bases = chromosome[first - 1 : last] if first <= last else ""
        if len(bases) < end - start + 1:
            left = min(first, end + 1) - start
            bases = ("N" * left + bases).ljust(end - start + 1, "N")
        return bases if strand == "+" else reverse_complement(bases)


def read_genome(path: str | Path) -> Genome:
    """Read a FASTA file, plain or gzipped, or a 2bit file, into memory.

    A record's name is the first word of its header; see `chromosome_name` for how it is written.

    Raises
    ------
    InputError
        When the file cannot be read, is not FASTA, or holds a record without bases, with something
        that is no base, or of the same name as another.
    """
    chromosomes: dict[str, str] = {}
    for record, pieces in read_records(path):
        name = chromosome_name(record)
        if name in chromosomes:
            raise InputError(f"{path} holds two records for {name}.")
        chromosomes[name] = "".join(pieces)
    return Genome(chromosomes)
