"""Print how many variants a second ``dnaviz variants`` scores, beside OpenSpliceAI's command.

    python tests/benchmarks/variant_rate.py GENOME.fa ANNOTATION.gff3 --contig chr19
    python tests/benchmarks/variant_rate.py GENOME.fa ANNOTATION.gff3 --contig chr19 \\
        --openspliceai OTHER_ENVIRONMENT/bin/python

Both look at the strands of genes that a variant lies in, and at every position that it can change
(each as far as the context of 400 nt reaches). Variants are drawn within genes of the annotation,
nine of ten of them single bases. OpenSpliceAI is installed by whoever wants to compare (its license
is GPL-3; dnaviz bundles nothing of it). Its 400-nt network gets random weights here: what it
computes is not looked at, and the time does not depend on them. Both commands get one thread and
start anew in each of the rounds, of two sizes; what a variant costs is the difference, so that
starting does not count. Seconds are of the processor, which other programs on the machine change
less than the clock's.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from dnaviz.genome.annotation import read_annotation
from dnaviz.genome.fasta import Genome, read_genome

NETWORK = """
import sys, numpy, torch
from openspliceai.train_base.openspliceai import SpliceAI
eleven, dilations = numpy.full(8, 11), numpy.array([1] * 4 + [4] * 4)
torch.manual_seed(0)
torch.save(SpliceAI(32, eleven, dilations).state_dict(), sys.argv[1])
"""


def drawn_variants(genome: Genome, annotation: Path, contig: str, n: int) -> list[str]:
    """Lines of a VCF: variants within genes, sorted, REF as the genome has it."""
    rng = np.random.default_rng(0)
    genes = [t for t in read_annotation(annotation) if t.chrom == contig]
    lines: dict[int, str] = {}
    while len(lines) < n:
        gene = genes[rng.integers(len(genes))]
        position = int(rng.integers(gene.start, gene.end))
        kind = rng.choice(["base", "deletion", "insertion"], p=[0.9, 0.05, 0.05])
        ref = genome.fetch(contig, position, position + (2 if kind == "deletion" else 0))
        if set(ref) <= set("ACGT"):
            other = "ACGT".replace(ref[0], "")[rng.integers(3)]
            alt = {"base": other, "deletion": ref[0], "insertion": ref + other}[kind]
            lines[position] = f"{contig}\t{position}\t.\t{ref}\t{alt}\t.\t.\t."
    return [lines[position] for position in sorted(lines)]


def seconds(command: list[str]) -> float:
    """Of the processor, that a command takes with one thread."""
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("genome", type=Path)
    parser.add_argument("annotation", type=Path)
    parser.add_argument("--contig", required=True)
    parser.add_argument("--variants", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--openspliceai", metavar="PYTHON", help="of its environment")
    parser.add_argument("--batch-size", default="64", help="of OpenSpliceAI (default 64)")
    options = parser.parse_args()
    few, many = options.variants // 10, options.variants
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        lines = drawn_variants(
            read_genome(options.genome), options.annotation, options.contig, options.variants
        )
        head = f"##fileformat=VCFv4.2\n##contig=<ID={options.contig}>\n"
        head += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        for n in (few, many):
            kept = [lines[i] for i in np.linspace(0, len(lines) - 1, n).astype(int)]
            (place / f"{n}.vcf").write_text(head + "\n".join(kept) + "\n")
        commands = {
            "dnaviz": lambda n: [
                sys.executable, "-m", "dnaviz", "variants", str(place / f"{n}.vcf"),
                "--genome", str(options.genome), "--annotation", str(options.annotation),
                "--strand", "gene", "-o", str(place / f"dnaviz{n}.vcf"),
            ],
        }  # fmt: skip
        if options.openspliceai:
            weights = place / "random.pt"
            subprocess.run([options.openspliceai, "-c", NETWORK, weights], check=True)
            program = str(Path(options.openspliceai).parent / "openspliceai")
            commands["OpenSpliceAI"] = lambda n: [
                program, "variant", "-R", str(options.genome), "-A", "grch38", "-m", str(weights),
                "-f", "400", "-D", "200", "-b", options.batch_size,
                "-I", str(place / f"{n}.vcf"), "-O", str(place / f"other{n}.vcf"),
            ]  # fmt: skip
        rates: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                for n in (few, many):
                    for left in place.glob(f"*{n}.vcf"):
                        if left.stem != str(n):
                            left.unlink()
                rates[name].append((many - few) / (seconds(command(many)) - seconds(command(few))))
        for name, found in rates.items():
            shown = " ".join(f"{rate:.1f}" for rate in found)
            print(f"{name}: {statistics.median(found):.1f} variants a second of one core ({shown})")
        if len(rates) == 2:
            ratio = statistics.median(
                a / b for a, b in zip(rates["dnaviz"], rates["OpenSpliceAI"], strict=True)
            )
            print(f"dnaviz scores {ratio:.2f} times as many")


if __name__ == "__main__":
    main()
