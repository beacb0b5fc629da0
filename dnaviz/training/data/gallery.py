"""Cut the gallery's genes, exons and published changes from a genome."""

import collections.abc
import gzip
import json
from pathlib import Path

from dnaviz.errors import InputError
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.examples import SOURCE, Example, Gallery
from dnaviz.genome.fasta import Genome
from dnaviz.genome.genes import canonical
from dnaviz.genome.known_variants import KNOWN_VARIANTS
from dnaviz.genome.transcript_model import GenomicInterval, transcript_model
from dnaviz.io.atomic import atomic_write
from dnaviz.sequences import Sequence

GENE_FLANK = 200  # nt before the first and after the last exon of a gene


EXON_FLANK = 100  # nt of intron on each side of a single exon


GENES = {
    "LDLR": "low-density lipoprotein receptor; loss causes familial hypercholesterolemia",
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


def build_examples(genome: Genome, transcripts: collections.abc.Sequence[Transcript]) -> Gallery:
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
    for variant in KNOWN_VARIANTS:
        example = genes[variant.gene]
        change = Locator(example.sequence, example.structures)(variant.hgvs)
        if change is None:
            raise InputError(f"{variant.name} is no change that can be placed on the gene.")
        variants.append((variant, change))
    return Gallery((*genes.values(), *exons), tuple(variants))


def write_examples(gallery_to_write: Gallery, folder: str | Path) -> list[Path]:
    """Write a gallery's two files; the same gallery gives the same bytes.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    fasta = "".join(
        f">{e.sequence.name} {e.sequence.description}\n{e.sequence.bases}\n"
        for e in gallery_to_write.examples
    )
    entries = [
        {key: value for key, value in e._asdict().items() if key != "sequence"}
        for e in gallery_to_write.examples
    ]
    variants = [
        {**variant._asdict(), "change": change[:3]} for variant, change in gallery_to_write.variants
    ]
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
    place = GenomicInterval(t.chrom, start, end, t.strand)
    structure = transcript_model(t, place)
    sequence = Sequence(
        genome.fetch(t.chrom, start, end, t.strand),
        name=name.replace(" ", "_"),
        description=f"{t.chrom}:{start}-{end}:{t.strand} {t.transcript} ({SOURCE})",
    )
    return Example(
        name, description, sequence, structure.exons, structure.introns,
        *place, t.gene, t.transcript, structure.cds, structure.whole_exons,
    )  # fmt: skip
