"""Place the published variants on LRG records and on the gallery, and write the shipped table.

    python tests/benchmarks/build_published.py LRG_FOLDER dnaviz/assets/published_variants.json.gz

What cannot be placed, or whose sequence does not have the published length (an AG or GT where the
outcome needs one), is left out and named: memory and numbering err.
"""

import gzip
import json
import re
import sys
from itertools import pairwise
from pathlib import Path

from published_list import PUBLISHED

from dnaviz.errors import InputError
from dnaviz.genome.annotation import read_annotation
from dnaviz.genome.examples import examples
from dnaviz.genome.fasta import read_genome
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.sequences import Sequence
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.protein import translate
from dnaviz.splicing.transcripts import Position, TranscriptMap, spliced

sys.path.insert(0, str(Path(__file__).parents[1] / "splicing"))
from helpers import hbb

FLANK = 800


def with_longest_frame(structure, bases):
    """The transcript with its longest reading frame as coding sequence."""
    mrna = spliced(structure, bases)
    best = max(
        (m.start() for m in re.finditer("(?=ATG)", mrna)), key=lambda i: len(translate(mrna, i))
    )
    size = 3 * len(translate(mrna, best))
    numbers = TranscriptMap(structure)
    ends = [numbers.record(Position("n", n)) for n in (best + 1, best + size)]
    return structure._replace(cds=(min(ends), max(ends)))


def candidates(folder):
    """Records by gene: sequence, transcripts, source, split."""
    result = {"HBB": (hbb.RECORD, [hbb.TRANSCRIPT], "NG_000007.3, NM_000518.5", "not trained on")}
    genes = {row.split("|")[0] for row in PUBLISHED.strip().splitlines()}
    places = gzip.decompress((folder / "lrg_places.tsv.gz").read_bytes()).decode().splitlines()
    for line in places[1:]:
        lrg, gene, split, chrom, *_ = line.split("\t")
        if gene in genes:
            result.setdefault(gene, (f"{chrom}_{lrg}", split, lrg))
    made = {"HBB": result.pop("HBB")}
    for split in ("train", "validation", "test"):
        expected = {v[0]: (g, v[2]) for g, v in result.items() if v[1] == split}
        genome = read_genome(folder / f"lrg_{split}.fa.gz")
        of = {}
        for t in read_annotation(folder / f"lrg_{split}.gff3.gz"):
            if t.chrom in expected and "fixed_t" in t.transcript:
                of.setdefault(t.chrom, []).append(t)
        for name, (gene, lrg) in expected.items():
            record = Sequence(genome[name], gene)
            structures = []
            for t in sorted(of.get(name, []), key=lambda t: t.transcript):
                if t.gene_name != gene or t.strand != "+":
                    continue
                bare = TranscriptModel(
                    f"{gene} {lrg}", "+", list(t.exons), t.introns, None, t.exons
                )
                structures.append(with_longest_frame(bare, record))
            seen = {"train": "in training", "validation": "in validation", "test": "held out"}
            made[gene] = (record, structures, lrg, seen[split])
    for e in examples():
        if " " not in e.name:
            made[e.name] = (e.sequence, e.structures, "Ensembl 91, GRCh38", "held out")
    return made


def fits(outcome, numbers, variant, bases):
    """Whether the sequence allows a published length: with GT, GC or AG where it needs them."""
    kind, _, nt = outcome.partition(":")
    n = int(nt or 0)
    exons = numbers.exons
    at = variant.position
    alt = bases[: at - 1] + variant.alt + bases[at - 1 + len(variant.ref) :]
    grown = len(variant.alt) - len(variant.ref)
    near = min(range(len(exons)), key=lambda i: min(abs(exons[i][0] - at), abs(exons[i][1] - at)))
    start, end = exons[near]
    if kind == "skip":
        return not n or end - start + 1 == n
    if kind == "retain":
        gaps = [b[0] - a[1] - 1 for a, b in pairwise(exons)]
        beside = (gaps[near - 1] if near else 0, gaps[near] if near < len(gaps) else 0)
        return not n or n - grown in beside
    if kind in ("shorten3", "extend3"):
        cut = end + (n if kind == "extend3" else -n) + (grown if at <= end else 0)
        return alt[cut : cut + 2] in ("GT", "GC")
    if kind in ("shorten5", "extend5"):
        # With an indel upstream, positions before the exon move.
        cut = start - 1 + (n if kind == "shorten5" else -n) + grown * (at < start)
        return alt[cut - 2 : cut] == "AG"
    if not n:
        return True
    # A pseudo-exon: AG ... GT that far apart, the changed base within 60 nt of one end.
    low, high = max(at - n - 300, 0), at + 300
    return any(
        alt[i : i + 2] == "AG" and alt[i + 2 + n : i + 4 + n] in ("GT", "GC")
        and i - 60 <= at <= i + n + 64
        for i in range(low, high)
    )  # fmt: skip


def main(folder, output):
    records, made, out = candidates(Path(folder)), [], []
    for line in PUBLISHED.strip().splitlines():
        gene, change, outcomes, source = line.split("|")
        record, structures, origin, split = records[gene]
        why = "no transcript"
        for structure in structures:
            try:
                variant = Locator(record, [structure])(change)
            except InputError as error:
                why = str(error)
                continue
            numbers = TranscriptMap(structure)
            bases = str(record)
            good = [o for o in outcomes.split() if fits(o, numbers, variant, bases)]
            if good:
                break
            why = f"the sequence does not fit {outcomes}"
        else:
            out.append(f"{gene} {change}: {why}")
            continue
        first = max(variant.position - FLANK, 1)
        last = min(variant.position + FLANK, len(record))
        moved = [(s - first + 1, e - first + 1) for s, e in structure.whole_exons]
        near = [i for i, (s, e) in enumerate(moved) if e >= -FLANK and s <= 3 * FLANK]
        # Exons far away keep their numbers, which is all that is asked of them.
        made.append(
            {
                "gene": gene, "change": change, "outcomes": good, "source": source,
                "record": origin, "split": split, "transcript": structure.name,
                "first_near": near[0] if near else 0,
                "exons": moved, "cds": [p - first + 1 for p in structure.cds],
                "position": variant.position - first + 1, "ref": variant.ref, "alt": variant.alt,
                "sequence": bases[first - 1 : last],
            }
        )  # fmt: skip
    for entry in made:
        del entry["first_near"]
    text = json.dumps({"variants": made}, separators=(",", ":"))
    Path(output).write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(made)} variants of {len({m['gene'] for m in made})} genes")
    print("Left out:", *out, sep="\n  ")


if __name__ == "__main__":
    main(*sys.argv[1:])
