"""The records of a genome by any of the names that their chromosomes have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from dnaviz.errors import InputError
from dnaviz.genome.accessions import assembly_of, canonical_contig, chromosome_of
from dnaviz.genome.annotation import Transcript
from dnaviz.sequences import shorten


class Contigs:
    """The contigs of a genome by any of their names: ``chr19``, ``19`` and ``NC_000019.10``.

    Parameters
    ----------
    lengths : mapping of str to int
        Of the records, in nt, by their names in the genome's file.
    """

    def __init__(self, lengths: Mapping[str, int]) -> None:
        self.lengths = lengths
        self._aliases: dict[str, list[str]] = {}
        for name in lengths:
            self._aliases.setdefault(canonical_contig(name), []).append(name)

    def find(self, name: str) -> str | None:
        """Return the genome's own name of a contig; None if it has none, or several.

        An accession of GRCh37 is no chromosome of GRCh38, which a name or a length tells.
        """
        if name in self.lengths:
            return name
        matches = self._aliases.get(canonical_contig(name), [])
        if len(matches) != 1:
            return None
        given = (chromosome_of(name) or ("", ""))[1]
        own = self._assembly(matches[0])
        return matches[0] if given == own or not (given and own) else None

    def record(self, name: str, source: str | Path) -> str:
        """Return the genome's own name of a contig; `source` is its file, for messages.

        Raises
        ------
        InputError
            If `find` returns None.
        """
        if (record := self.find(name)) is not None:
            return record
        same = self._aliases.get(canonical_contig(name), [])
        near = get_close_matches(name, self.lengths, 1, 0.6)
        if len(same) > 1:
            hint = f": it could be {' or '.join(same)}. Write one of these."
        elif same:
            hint = f": its {same[0]} is of {self._assembly(same[0])}."
        elif near:
            hint = f"; did you mean {near[0]}?"
        else:
            hint = f" (it has {', '.join([*self.lengths][:3])})."
        raise InputError(f"{source} has no record {shorten(name)}{hint}")

    def _assembly(self, record: str) -> str:
        """Return "GRCh38" or "GRCh37" where a record's name or length tells it, else ""."""
        named = (chromosome_of(record) or ("", ""))[1]
        return named or assembly_of(canonical_contig(record), self.lengths[record])


def named_as(genome: Mapping[str, str], transcripts: Iterable[Transcript]) -> list[Transcript]:
    """Return transcripts under a genome's own names of their contigs, where it has one."""
    contigs = Contigs({name: len(bases) for name, bases in genome.items()})
    own: dict[str, str] = {}
    renamed = []
    for t in transcripts:
        if t.chrom not in own:
            own[t.chrom] = contigs.find(t.chrom) or t.chrom
        renamed.append(t if own[t.chrom] == t.chrom else replace(t, chrom=own[t.chrom]))
    return renamed


def describe_beyond(names: list[str], record: str, length: int) -> str:
    """Say that transcripts reach beyond the end of their record, the first of which is named."""
    who = f"{shorten(names[0])} and {len(names) - 1:,} more of the annotation reach"
    if len(names) == 1:
        who = f"{shorten(names[0])} of the annotation reaches"
    return (
        f"{who} beyond the end of {record}, which has {length:,} nt: do the genome and its "
        "annotation belong together?"
    )
