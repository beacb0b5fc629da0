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
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.files import atomic_write
from dnaviz.genome.annotation import Interval, Transcript
from dnaviz.genome.fasta import Genome
from dnaviz.genome.genes import canonical
from dnaviz.sequences import Sequence, parse_sequences

SOURCE = "Ensembl 91, GRCh38"
GENE_FLANK = 200  # nt before the first and after the last exon of a gene
EXON_FLANK = 100  # nt of intron on each side of a single exon

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
}
EXONS = {  # gene -> exon of the canonical transcript, counted from 1
    "LDLR": 4,
    "INSR": 11,
    "NOTCH3": 4,
    "STK11": 5,
}


class Example(NamedTuple):
    """A stretch of the genome in the sense of its gene, with the gene's exons in it."""

    name: str
    description: str
    sequence: Sequence
    exons: list[Interval]  # (start, end), 1-based in `sequence`, ascending
    chrom: str
    start1: int  # first base on the forward strand, 1-based
    end1: int
    strand: str
    gene: str
    transcript: str


@cache
def examples() -> tuple[Example, ...]:
    """Return the gallery, beginning with LDLR."""
    folder = files("dnaviz") / "assets"
    return load_examples(
        (folder / "examples.fa.gz").read_bytes(), (folder / "examples.json").read_text("utf-8")
    )


def load_examples(fasta: bytes, listing: str) -> tuple[Example, ...]:
    """Read a gallery from its gzipped FASTA and its JSON."""
    records = parse_sequences(gzip.decompress(fasta).decode("ascii"))
    entries = json.loads(listing)["examples"]
    return tuple(
        Example(sequence=record, **{**entry, "exons": [(s, e) for s, e in entry["exons"]]})
        for record, entry in zip(records, entries, strict=True)
    )


def build_examples(genome: Genome, transcripts: Many[Transcript]) -> list[Example]:
    """Cut the gallery's genes and exons from a genome.

    A gene is shown as its canonical transcript with 200 nt on each side, an exon with 100 nt.

    Raises
    ------
    InputError
        When the annotation lacks one of the genes.
    """
    by_name: dict[str, list[Transcript]] = {}
    for t in transcripts:
        by_name.setdefault(t.gene_name, []).append(t)
    if missing := [name for name in GENES if name not in by_name]:
        raise InputError(f"The annotation has no gene {missing[0]}, which the gallery shows.")
    chosen = {name: canonical(by_name[name]) for name in GENES}
    genes = [
        _cut(
            genome, t, name, t.start - GENE_FLANK, t.end + GENE_FLANK,
            f"{GENES[name]} ({len(t.exons)} exons, {(t.end - t.start + 1) / 1000:.1f} kb)",
        )
        for name, t in chosen.items()
    ]  # fmt: skip
    return genes + [_exon(genome, chosen[name], number) for name, number in EXONS.items()]


def write_examples(gallery: Many[Example], folder: str | Path) -> list[Path]:
    """Write a gallery's two files; the same gallery gives the same bytes.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    fasta = "".join(
        f">{e.sequence.name} {e.sequence.description}\n{e.sequence.bases}\n" for e in gallery
    )
    entries = [
        {key: value for key, value in e._asdict().items() if key != "sequence"} for e in gallery
    ]
    listing = json.dumps({"source": SOURCE, "examples": entries}, indent=1)
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
    inside = [(s, e) for s, e in t.exons if s <= end and e >= start]
    if t.strand == "+":
        exons = [(max(s, start) - start + 1, min(e, end) - start + 1) for s, e in inside]
    else:
        exons = [(end - min(e, end) + 1, end - max(s, start) + 1) for s, e in reversed(inside)]
    place = f"{t.chrom}:{start}-{end}:{t.strand}"
    sequence = Sequence(
        genome.fetch(t.chrom, start, end, t.strand),
        name=name.replace(" ", "_"),
        description=f"{place} {t.transcript} ({SOURCE})",
    )
    return Example(
        name, description, sequence, exons, t.chrom, start, end, t.strand, t.gene, t.transcript
    )
