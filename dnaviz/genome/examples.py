"""The gallery: real genes and exons of chromosome 19, which no shipped model was trained on.

Sequences and exons are Ensembl 91's (GRCh38), free of restriction on their use; the package
carries them as ``assets/examples.fa.gz`` and ``examples.json``, and ``dnaviz dataset examples``
writes those anew. HBB, of whose variants most is known, is RefSeq's, in ``examples_other.json``.
"""

import gzip
import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from dnaviz.genome.annotation import Interval
from dnaviz.genome.known_variants import KnownVariant
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel, clipped, shifted
from dnaviz.sequences import Sequence, parse_sequences
from dnaviz.sequences.variant import Variant

SOURCE = "Ensembl 91, GRCh38"
VARIANT_FLANK = 1_000  # nt of its gene on each side of a worked change


class Example(NamedTuple):
    """A stretch of the genome in the sense of its gene, with the gene's exons in it.

    `exons` and `introns` are (start, end), 1-based in `sequence` and ascending; introns are whole,
    so that one that is cut off has an end outside it. `cds` and `whole_exons` are as in
    `TranscriptModel`.
    """

    name: str
    description: str
    sequence: Sequence
    exons: list[Interval]
    introns: list[Interval]
    chrom: str
    start1: int  # first base on the forward strand, 1-based
    end1: int
    strand: str
    gene: str
    transcript: str
    cds: Interval | None
    whole_exons: tuple[Interval, ...]

    def __repr__(self) -> str:
        return f"Example({self.name}, {self.interval}, {len(self.exons)} exons)"

    @property
    def interval(self) -> GenomicInterval:
        return GenomicInterval(self.chrom, self.start1, self.end1, self.strand)

    @property
    def structures(self) -> list[TranscriptModel]:
        name = f"{self.name.split()[0]} {self.transcript}"
        return [TranscriptModel(name, "+", self.exons, self.introns, self.cds, self.whole_exons)]


class WorkedExample(NamedTuple):
    """A published change, on the part of its gene that lies around it.

    Attributes
    ----------
    known : KnownVariant
    example : Example
        The reference, within `VARIANT_FLANK` of the change.
    edit : str
        The change in its coordinates, as `variants.parse_variants` reads it.
    gene : Example
        The whole gene.
    """

    known: KnownVariant
    example: Example
    edit: str
    gene: Example

    @property
    def name(self) -> str:
        return self.known.name


class Gallery(NamedTuple):
    """Genes and exons, and where on a gene (by name) each known change lies."""

    examples: tuple[Example, ...]
    variants: tuple[tuple[KnownVariant, Variant], ...]


@cache
def gallery() -> Gallery:
    """Return the shipped gallery; its genes begin with LDLR."""
    folder = files("dnaviz") / "assets"
    found = load_examples(
        (folder / "examples.fa.gz").read_bytes(), (folder / "examples.json").read_text("utf-8")
    )
    others = _others((folder / "examples_other.json").read_text("utf-8"))
    return Gallery(found.examples + others.examples, found.variants + others.variants)


def examples() -> tuple[Example, ...]:
    """Return the genes and exons of the gallery."""
    return gallery().examples


@cache
def worked_examples() -> tuple[WorkedExample, ...]:
    """Return the gallery's published changes, each with the sequence around it."""
    genes = {example.name: example for example in examples()}
    return tuple(
        _worked(genes[variant.gene], variant, change) for variant, change in gallery().variants
    )


def load_examples(fasta: bytes, listing: str) -> Gallery:
    """Read a gallery from its gzipped FASTA and its JSON."""
    records = parse_sequences(gzip.decompress(fasta).decode("ascii"))
    document = json.loads(listing)
    loaded = tuple(
        Example(sequence=record, **{**entry, **_intervals(entry)})
        for record, entry in zip(records, document["examples"], strict=True)
    )
    return Gallery(loaded, _variants(document))


def _others(listing: str) -> Gallery:
    """Read genes whose sequences stand beside them, and their variants."""
    document = json.loads(listing)
    genes = []
    for entry in document["examples"]:
        place = GenomicInterval(entry["chrom"], entry["start1"], entry["end1"], entry["strand"])
        about = f"{str(place).replace(',', '')} {entry['transcript']} ({document['source']})"
        record = Sequence(entry["sequence"], entry["name"], about)
        genes.append(Example(**{**entry, **_intervals(entry), "sequence": record}))
    return Gallery(tuple(genes), _variants(document))


def _variants(document: dict[str, Any]) -> tuple[tuple[KnownVariant, Variant], ...]:
    return tuple(
        (KnownVariant(*(entry[key] for key in KnownVariant._fields)), Variant(*entry["change"]))
        for entry in document["variants"]
    )


def _intervals(entry: dict[str, Any]) -> dict[str, Any]:
    keys = ("exons", "introns", "whole_exons")
    intervals: dict[str, Any] = {key: [(start, end) for start, end in entry[key]] for key in keys}
    cds = entry["cds"] and tuple(entry["cds"])
    return {**intervals, "whole_exons": tuple(intervals["whole_exons"]), "cds": cds}


def _worked(gene: Example, variant: KnownVariant, change: Variant) -> WorkedExample:
    length = len(gene.sequence)
    first = max(change.position - VARIANT_FLANK, 1)
    last = min(change.position + len(change.ref) - 1 + VARIANT_FLANK, length)
    if length <= 2 * VARIANT_FLANK:
        first, last = 1, length
    ends = sorted((gene.interval.position(first), gene.interval.position(last)))
    name = f"{gene.name} {variant.hgvs}"
    source = gene.sequence.description.split(maxsplit=2)[-1]
    part = gene._replace(
        name=name,
        description=f"{variant.effect} ({variant.source})",
        sequence=Sequence(
            gene.sequence.bases[first - 1 : last],
            f"{gene.name}_{variant.hgvs.removeprefix('c.').replace('>', 'to')}",
            f"{gene.chrom}:{ends[0]}-{ends[1]}:{gene.strand} {gene.transcript} {source}",
        ),
        exons=clipped(shifted(gene.exons, first, last), last - first + 1),
        introns=shifted(gene.introns, first, last),
        cds=gene.cds and (gene.cds[0] - first + 1, gene.cds[1] - first + 1),
        whole_exons=tuple((s - first + 1, e - first + 1) for s, e in gene.whole_exons),
        start1=ends[0],
        end1=ends[1],
    )
    edit = change._replace(position=change.position - first + 1)
    return WorkedExample(variant, part, str(edit), gene)
