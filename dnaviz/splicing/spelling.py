"""One edit, spelled in the coordinates of record, transcript and genome, as HGVS and VCF do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from dnaviz.genome.accessions import accession_of
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence, as_sequence, reverse_complement
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.transcripts import TranscriptMap

if TYPE_CHECKING:
    import pandas as pd


class Spellings(NamedTuple):
    """One edit in all coordinates that are known; empty where they are not.

    Attributes
    ----------
    record : str
        In positions of the record, ``1513G>A``, as HGVS writes it (the last of equal places).
    transcript : str
        The transcript's name.
    coding, noncoding : str
        As ``c.313+1G>A`` and ``n.399+1G>A``.
    genomic : str
        As ``NC_000019.10:g.11102787G>A``, or with the chromosome's name where the assembly is not
        known.
    vcf : str
        As ``chr19-11102787-G-A``: the first of equal places, with the base before an indel.
    where : str
        "exon 4", "intron 3", "exon 3 to intron 3" or "outside the transcript".
    """

    record: str
    transcript: str = ""
    coding: str = ""
    noncoding: str = ""
    genomic: str = ""
    vcf: str = ""
    where: str = ""

    def table(self) -> pd.DataFrame:
        """Return a row for each spelling that is known: in, change."""
        import pandas as pd

        named = zip(
            ("record", "transcript", "c.", "n.", "genome", "VCF", "lies in"), self, strict=True
        )
        return pd.DataFrame([pair for pair in named if pair[1]], columns=["in", "change"])

    def __str__(self) -> str:
        """All spellings on one line."""
        named = f"{self.transcript}:" if self.transcript else ""
        coding = f"{named}{self.coding}" if self.coding else ""
        return " = ".join(filter(None, (self.record, coding, self.genomic, self.vcf)))


def spellings(
    variant: Variant,
    sequence: str | Sequence,
    structure: TranscriptModel | None = None,
    place: GenomicInterval | None = None,
    assembly: str = "",
) -> Spellings:
    """Spell an edit in every coordinate that a record knows.

    Parameters
    ----------
    variant : Variant
        Checked against `sequence`.
    structure : TranscriptModel, optional
        The transcript to count in.
    place : GenomicInterval, optional
        Where the record lies in a genome; `assembly` is "GRCh38" or "GRCh37", where it is known.
    """
    bases = str(as_sequence(sequence))
    own = hgvs_text(variant, bases, str)
    transcript = coding = noncoding = where = genomic = vcf = ""
    if structure is not None:
        numbers = TranscriptMap(structure)
        transcript = structure.name
        sense, turned = _in_sense(variant, bases, structure.strand)
        flip = len(bases) + 1
        ends: dict[str, None] = {}  # where what is named begins and ends

        def forward(at: int) -> int:
            return at if structure.strand == "+" else flip - at

        def in_kind(kind: str) -> str:
            def number(at: int) -> str:
                ends[numbers.where(forward(at))] = None
                located = numbers.locate(forward(at), kind)
                return "" if located is None else str(located)[2:]

            text = hgvs_text(turned, sense, number)
            return f"{kind}.{text}" if text else ""

        coding = in_kind("c")
        noncoding = in_kind("n")
        where = " to ".join(ends)
    if place is not None:
        genome, turned = _in_sense(variant, bases, place.strand)

        def coordinate(at: int) -> int:
            return place.start1 + at - 1

        name = accession_of(place.chrom, assembly) or place.chrom
        genomic = f"{name}:g.{hgvs_text(turned, genome, lambda at: str(coordinate(at)))}"
        first, ref, alt = vcf_alleles(turned, genome)
        vcf = f"{place.chrom}-{coordinate(first)}-{ref}-{alt}"
    return Spellings(own, transcript, coding, noncoding, genomic, vcf, where)


def joined(names: Iterable[Spellings]) -> Spellings:
    """Return edits of one sequence as one spelling, ``c.[76A>C;80del]``, in each one's order."""
    found = list(names)
    if len(found) == 1:
        return found[0]
    begins = re.compile(r"n\.(\d+)([+-]\d+)?")
    starts = [begins.match(n.noncoding) for n in found if n.noncoding]
    numbers = [(int(match[1]), int(match[2] or 0)) for match in starts if match]
    sense = -1 if numbers and numbers[0] > numbers[-1] else 1  # the transcript's

    def together(texts: list[str], head: str = "") -> str:
        if not found or not all(texts):
            return ""
        if head in ("c.", "n.") and len({n.transcript for n in found}) > 1:
            return ""
        if not head:
            return ", ".join(texts)
        return f"{head}[{';'.join(text.removeprefix(head) for text in texts)}]"

    chrom = found[0].genomic.partition("g.")[0] if found else ""
    return Spellings(
        together([n.record for n in found]),
        found[0].transcript if found else "",
        together([n.coding for n in found[::sense]], "c."),
        together([n.noncoding for n in found[::sense]], "n."),
        together([n.genomic for n in found], f"{chrom}g."),
        together([n.vcf for n in found]),
        ", ".join(dict.fromkeys(n.where for n in found if n.where)),
    )


def hgvs_text(variant: Variant, bases: str, number: Callable[[int], str]) -> str:
    """Return an edit as HGVS writes it: at the last of equal places, a repeat as ``dup``.

    Parameters
    ----------
    variant, bases
        In the same sense.
    number : callable
        Gives the text of a 1-based position; "" where there is none, and so is the result.
    """
    position, ref, alt = rolled(variant, bases)
    last = position + len(ref) - 1
    verb = f"delins{alt}"
    if len(ref) == len(alt) == 1:
        verb = f"{ref}>{alt}"
    elif not alt:
        verb = "del"
    elif not ref and bases[max(position - 1 - len(alt), 0) : position - 1] == alt:
        position, last, verb = position - len(alt), position - 1, "dup"
    elif not ref:
        position, last, verb = position - 1, position, f"ins{alt}"
    elif len(ref) > 1 and alt == reverse_complement(ref):
        verb = "inv"
    ends = [number(position), number(last)]
    if not all(ends):
        return ""
    return f"{ends[0] if position == last else '_'.join(ends)}{verb}"


def rolled(variant: Variant, bases: str, *, left: bool = False) -> tuple[int, str, str]:
    """Return position, ref and alt of an edit, trimmed, at the last (or first) of equal places."""
    position, ref, alt = variant.position, variant.ref, variant.alt
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        position, ref, alt = position + 1, ref[1:], alt[1:]
    if bool(ref) == bool(alt):
        return position, ref, alt
    gap = ref or alt
    while left and position > 1 and bases[position - 2] == gap[-1]:
        position, gap = position - 1, gap[-1] + gap[:-1]
    while not left and bases[position + len(ref) - 1 : position + len(ref)] == gap[0]:
        position, gap = position + 1, gap[1:] + gap[0]
    return position, gap if ref else "", gap if alt else ""


def vcf_alleles(variant: Variant, bases: str) -> tuple[int, str, str]:
    """Return position, ref and alt as VCF has them: first of equal places, no empty allele."""
    position, ref, alt = rolled(variant, bases, left=True)
    if ref and alt:
        return position, ref, alt
    if position > 1:
        before = bases[position - 2]
        return position - 1, before + ref, before + alt
    behind = bases[len(ref) : len(ref) + 1]
    return position, ref + behind, alt + behind


def _in_sense(variant: Variant, bases: str, strand: str) -> tuple[str, Variant]:
    """Return bases and edit in the sense of a strand."""
    if strand == "+":
        return bases, variant
    position = len(bases) - (variant.position + len(variant.ref) - 1) + 1
    ref, alt = (reverse_complement(text) for text in (variant.ref, variant.alt))
    return reverse_complement(bases), Variant(position, ref, alt)
