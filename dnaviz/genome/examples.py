"""The gallery: real genes and exons of chromosome 19, which no shipped model was trained on.

Sequences and exons are Ensembl 91's (GRCh38), free of restriction on their use; the package
carries them as ``assets/examples.fa.gz`` and ``examples.json``, and ``dnaviz dataset examples``
writes those anew.
"""

import gzip
import json
from collections.abc import Sequence as Many
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from dnaviz.errors import InputError
from dnaviz.files import atomic_write
from dnaviz.genome.annotation import Interval, Transcript
from dnaviz.genome.fasta import Genome
from dnaviz.genome.genes import canonical
from dnaviz.genome.known_variants import KNOWN_VARIANTS, KnownVariant
from dnaviz.genome.structure import Place, Structure, clipped, shifted, structure_of
from dnaviz.sequences import Sequence, parse_sequences
from dnaviz.variants import Variant

SOURCE = "Ensembl 91, GRCh38"
GENE_FLANK = 200  # nt before the first and after the last exon of a gene
EXON_FLANK = 100  # nt of intron on each side of a single exon
VARIANT_FLANK = 1_000  # nt of its gene on each side of a worked change

GENES = {
    "LDLR": "low-density lipoprotein receptor; loss causes familial hypercholesterolaemia",
    "STK11": "serine/threonine kinase LKB1; loss causes Peutz-Jeghers syndrome",
    "NOTCH3": "Notch receptor 3; altered in CADASIL, a hereditary small-vessel disease",
    "JAK3": "Janus kinase 3; loss causes severe combined immunodeficiency",
    "RYR1": "calcium channel of skeletal muscle; altered in malignant hyperthermia",
    "INSR": "insulin receptor; long introns, and an exon 11 that is left out in some tissues",
    "CALR": "calreticulin, a chaperone of the endoplasmic reticulum; short introns",
    "APOE": "apolipoprotein E, carrier of lipids; the last of its exons is the longest",
    "SMARCA4": "BRG1, the motor of a chromatin remodelling complex",
    "GPI": "glucose-6-phosphate isomerase, an enzyme of glycolysis",
    "TGFB1": "transforming growth factor beta 1",
    "PRKACA": "catalytic subunit alpha of protein kinase A",
    "DMPK": "myotonic dystrophy protein kinase; a CTG repeat in its last exon",
    "TNNI3": "troponin I of heart muscle; altered in cardiomyopathies",
    "GCDH": "glutaryl-CoA dehydrogenase; loss causes glutaric aciduria type I",
    "GAMT": "guanidinoacetate methyltransferase, which makes creatine",
    "C3": "complement component 3; loss causes severe infections",
    "MCOLN1": "mucolipin 1, a channel of lysosomes; loss causes mucolipidosis IV",
    "PRPF31": "a splicing factor; loss of one copy causes retinitis pigmentosa",
}
EXONS = {  # gene -> exon of the canonical transcript, counted from 1
    "LDLR": 4,
    "INSR": 11,
    "NOTCH3": 4,
    "STK11": 5,
}


class Example(NamedTuple):
    """A stretch of the genome in the sense of its gene, with the gene's exons in it.

    `exons` and `introns` are (start, end), 1-based in `sequence` and ascending; introns are whole,
    so that one that is cut off has an end outside it. `cds` and `whole_exons` are as in
    `Structure`.
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

    @property
    def place(self) -> Place:
        return Place(self.chrom, self.start1, self.end1, self.strand)

    @property
    def structures(self) -> list[Structure]:
        name = f"{self.name.split()[0]} {self.transcript}"
        return [Structure(name, "+", self.exons, self.introns, self.cds, self.whole_exons)]


class WorkedExample(NamedTuple):
    """A published change, on the part of its gene that lies around it.

    Attributes
    ----------
    known : KnownVariant
    example : Example
        The reference, within `VARIANT_FLANK` of the change.
    edit : str
        The change in its coordinates, as `variants.parse_variants` reads it.
    """

    known: KnownVariant
    example: Example
    edit: str

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
    return load_examples(
        (folder / "examples.fa.gz").read_bytes(), (folder / "examples.json").read_text("utf-8")
    )


def examples() -> tuple[Example, ...]:
    """Return the genes and exons of the gallery."""
    return gallery().examples


@cache
def worked_examples() -> tuple[WorkedExample, ...]:
    """Return the gallery's published changes, each with the sequence around it."""
    genes = {example.name: example for example in examples()}
    return tuple(_worked(genes[known.gene], known, change) for known, change in gallery().variants)


def load_examples(fasta: bytes, listing: str) -> Gallery:
    """Read a gallery from its gzipped FASTA and its JSON."""
    records = parse_sequences(gzip.decompress(fasta).decode("ascii"))
    document = json.loads(listing)
    found = tuple(
        Example(sequence=record, **{**entry, **_intervals(entry)})
        for record, entry in zip(records, document["examples"], strict=True)
    )
    variants = tuple(
        (KnownVariant(*(entry[key] for key in KnownVariant._fields)), Variant(*entry["change"]))
        for entry in document["variants"]
    )
    return Gallery(found, variants)


def build_examples(genome: Genome, transcripts: Many[Transcript]) -> Gallery:
    """Cut the gallery's genes and exons from a genome, and find its published changes there.

    A gene is shown as its canonical transcript with 200 nt on each side, an exon with 100 nt.

    Raises
    ------
    InputError
        When the annotation lacks one of the genes, or the genome has another base where a change
        replaces one.
    """
    from dnaviz.splicing.hgvs import Locator

    by_name: dict[str, list[Transcript]] = {}
    for t in transcripts:
        by_name.setdefault(t.gene_name, []).append(t)
    if missing := [name for name in GENES if name not in by_name]:
        raise InputError(f"The annotation has no gene {missing[0]}, which the gallery shows.")
    chosen = {name: canonical(by_name[name]) for name in GENES}
    genes = {
        name: _cut(
            genome, t, name, t.start - GENE_FLANK, t.end + GENE_FLANK,
            f"{GENES[name]} ({len(t.exons)} exons, {(t.end - t.start + 1) / 1000:.1f} kb)",
        )
        for name, t in chosen.items()
    }  # fmt: skip
    exons = [_exon(genome, chosen[name], number) for name, number in EXONS.items()]
    variants = []
    for known in KNOWN_VARIANTS:
        example = genes[known.gene]
        change = Locator(example.sequence, example.structures)(known.hgvs)
        if change is None:
            raise InputError(f"{known.name} is no change that can be placed on the gene.")
        variants.append((known, change))
    return Gallery((*genes.values(), *exons), tuple(variants))


def write_examples(found: Gallery, folder: str | Path) -> list[Path]:
    """Write a gallery's two files; the same gallery gives the same bytes.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    fasta = "".join(
        f">{e.sequence.name} {e.sequence.description}\n{e.sequence.bases}\n" for e in found.examples
    )
    entries = [
        {key: value for key, value in e._asdict().items() if key != "sequence"}
        for e in found.examples
    ]
    variants = [{**known._asdict(), "change": change[:3]} for known, change in found.variants]
    document = {"source": SOURCE, "examples": entries, "variants": variants}
    listing = json.dumps(document, indent=1)
    paths = [Path(folder) / "examples.fa.gz", Path(folder) / "examples.json"]
    with atomic_write(paths[0], "wb") as file:
        file.write(gzip.compress(fasta.encode("ascii"), mtime=0))
    with atomic_write(paths[1]) as file:
        file.write(listing + "\n")
    return paths


def _exon(genome: Genome, t: Transcript, number: int) -> Example:
    in_sense = t.exons if t.strand == "+" else t.exons[::-1]
    start, end = in_sense[number - 1]
    return _cut(
        genome, t, f"{t.gene_name} exon {number}", start - EXON_FLANK, end + EXON_FLANK,
        f"{end - start + 1} nt of exon, and {EXON_FLANK} nt on each side of it",
    )  # fmt: skip


def _cut(
    genome: Genome, t: Transcript, name: str, start: int, end: int, description: str
) -> Example:
    place = Place(t.chrom, start, end, t.strand)
    structure = structure_of(t, place)
    sequence = Sequence(
        genome.fetch(t.chrom, start, end, t.strand),
        name=name.replace(" ", "_"),
        description=f"{t.chrom}:{start}-{end}:{t.strand} {t.transcript} ({SOURCE})",
    )
    return Example(
        name, description, sequence, structure.exons, structure.introns,
        *place, t.gene, t.transcript, structure.cds, structure.whole_exons,
    )  # fmt: skip


def _intervals(entry: dict[str, Any]) -> dict[str, Any]:
    keys = ("exons", "introns", "whole_exons")
    found: dict[str, Any] = {key: [(start, end) for start, end in entry[key]] for key in keys}
    cds = entry["cds"] and tuple(entry["cds"])
    return {**found, "whole_exons": tuple(found["whole_exons"]), "cds": cds}


def _worked(gene: Example, known: KnownVariant, change: Variant) -> WorkedExample:
    length = len(gene.sequence)
    first = max(change.position - VARIANT_FLANK, 1)
    last = min(change.position + len(change.ref) - 1 + VARIANT_FLANK, length)
    ends = sorted((gene.place.position(first), gene.place.position(last)))
    name = f"{gene.name} {known.hgvs}"
    part = gene._replace(
        name=name,
        description=f"{known.effect} ({known.source})",
        sequence=Sequence(
            gene.sequence.bases[first - 1 : last],
            f"{gene.name}_{known.hgvs.removeprefix('c.').replace('>', 'to')}",
            f"{gene.chrom}:{ends[0]}-{ends[1]}:{gene.strand} {gene.transcript} ({SOURCE})",
        ),
        exons=clipped(shifted(gene.exons, first, last), last - first + 1),
        introns=shifted(gene.introns, first, last),
        cds=gene.cds and (gene.cds[0] - first + 1, gene.cds[1] - first + 1),
        whole_exons=tuple((s - first + 1, e - first + 1) for s, e in gene.whole_exons),
        start1=ends[0],
        end1=ends[1],
    )
    edit = change._replace(position=change.position - first + 1)
    return WorkedExample(known, part, str(edit))
