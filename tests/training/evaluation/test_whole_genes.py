"""Whole held-out genes: which are measured, what is true of them, and what a model gets."""

import json
from pathlib import Path

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models import load_model
from dnaviz.models.checkpoint import save_checkpoint
from dnaviz.models.plain import PLANS, PlainClassifier
from dnaviz.sequences import reverse_complement
from dnaviz.training.evaluation.whole_genes import (
    EXONS,
    HeldOut,
    curves,
    held_out_genes,
    measure_antisense,
    measure_exons,
    measure_genes,
    score_genes,
)


def files(folder: Path) -> tuple[Path, Path]:
    """A gene on each strand: two transcripts, of which one has the longer exons."""
    rng = np.random.default_rng(0)
    names = ("chr2_LRG_1", "chr1_LRG_2", "chr8")
    fasta = "".join(f">{name} x\n{''.join(rng.choice(list('ACGT'), 900))}\n" for name in names)
    rows = ""
    for name in names:
        for strand in "+-":
            gene = f"{name}{strand}"
            rows += f"{name}\tx\tgene\t101\t800\t.\t{strand}\t.\tID={gene};biotype=protein_coding\n"
            for t, exons in (
                ("a", [(101, 200), (301, 400), (501, 800)]), ("b", [(101, 150), (501, 700)]),
            ):  # fmt: skip
                start, end = exons[0][0], exons[-1][1]
                rows += (
                    f"{name}\tx\tmRNA\t{start}\t{end}\t.\t{strand}\t.\tID={gene}{t};Parent={gene}\n"
                )
                for a, b in exons:
                    rows += f"{name}\tx\texon\t{a}\t{b}\t.\t{strand}\t.\tParent={gene}{t}\n"
    (folder / "g.fa").write_text(fasta)
    (folder / "g.gff3").write_text(rows)
    return folder / "g.fa", folder / "g.gff3"


def test_genes_are_found_whatever_the_genome_calls_its_chromosomes(tmp_path: Path) -> None:
    fasta, genes = files(tmp_path)
    fasta.write_text(fasta.read_text().replace(">chr1_LRG_2", ">NC_000001.99"))
    genes.write_text(genes.read_text().replace("chr1_LRG_2", "1"))
    result = held_out_genes(fasta, genes, "test", n=10, longest=1000)
    assert [held.gene.chrom for held in result] == ["NC_000001.99"] * 2
    assert result[0].canonical["donor"].tolist() == [100, 300]


@pytest.mark.parametrize(("split", "chrom"), [("validation", "chr2_LRG_1"), ("test", "chr1_LRG_2")])
def test_genes_of_regions_are_split_by_the_chromosome_in_their_name(
    tmp_path: Path, split: str, chrom: str
) -> None:
    result = held_out_genes(*files(tmp_path), split, n=10, longest=1000)
    assert {held.gene.chrom for held in result} == {chrom}
    by_strand = {held.gene.strand: held for held in result}
    assert by_strand["+"].gene.donors.tolist() == [50, 100, 300]
    assert by_strand["+"].canonical["donor"].tolist() == [100, 300]
    assert by_strand["+"].canonical["acceptor"].tolist() == [199, 399]
    assert by_strand["-"].canonical["donor"].tolist() == [300, 500]
    assert by_strand["-"].canonical["acceptor"].tolist() == [399, 599]
    with pytest.raises(InputError, match="no protein-coding gene with an intron"):
        held_out_genes(*files(tmp_path), split, n=10, longest=100)


class Oracle:
    """Finds every site of the canonical transcript, and one other position before them."""

    context = 200

    def __init__(self, genes: list[HeldOut]) -> None:
        self.scores = {}
        for held in genes:
            score = np.full((2, len(held.gene.sequence)), -9, np.float32)
            for row, site in zip(score, ("donor", "acceptor"), strict=True):
                row[held.canonical[site]] = 5
                row[7] = 8
            self.scores[held.gene.sequence] = score

    def score_positions(self, sequences, wanted=None):
        return [self.scores[s] for s in sequences]


def test_one_name_for_genes_of_both_strands_is_two_genes(tmp_path: Path) -> None:
    fasta, annotation = files(tmp_path)
    gtf = annotation.with_suffix(".gtf")
    gtf.write_text("".join(
        f"chr1_LRG_2\tx\texon\t{a}\t{b}\t.\t{strand}\t.\tgene_id \"both\"; "
        f"transcript_id \"t{strand}\"; gene_type \"protein_coding\";\n"
        for strand in "+-" for a, b in [(101, 200), (301, 400), (501, 800)]
    ))  # fmt: skip
    result = held_out_genes(fasta, gtf, "test", n=10, longest=1000)
    assert sorted(held.gene.strand for held in result) == ["+", "-"]
    assert all(len(held.canonical["donor"]) == 2 for held in result)


def test_figures_of_all_and_of_canonical_sites(tmp_path: Path) -> None:
    genes = held_out_genes(*files(tmp_path), "test", n=2, longest=1000)
    genes = [held for held in genes if held.gene.strand == "+"]
    scores = score_genes(Oracle(genes).score_positions, genes)
    figures = {f.what: f for f in measure_genes(scores, genes, "o", "s")}
    every, own = (
        figures[f"top-k accuracy, donor, {which} transcript{'s' * (which == 'all')}"]
        for which in ("all", "canonical")
    )
    assert (every.n, own.n) == (3, 2)
    assert every.value == pytest.approx(2 / 3)
    assert own.value == pytest.approx(1 / 2)
    precision = figures["average precision, acceptor, canonical transcript"].value
    assert precision == pytest.approx((1 / 2 + 2 / 3) / 2)
    donor, acceptor = curves(scores, genes, "o")
    assert (donor["site"], acceptor["site"]) == ("donor", "acceptor")
    # One false position is best, then two of three donors, and the third is among all others.
    assert donor["points"][:2] == [[1 / 3, 1 / 2], [2 / 3, 2 / 3]]
    assert donor["points"][2][1] < 0.01
    called = {"recall": pytest.approx(2 / 3), "precision": pytest.approx(2 / 3)}
    assert donor["thresholds"] == [{"probability": p} | called for p in (0.1, 0.5, 0.9)]
    assert curves(scores, genes, "o", calibrated=False)[0]["thresholds"] == []


@pytest.mark.parametrize("strand", "+-")
def test_sites_are_told_by_exon_and_intron_in_the_sense_of_their_gene(
    tmp_path: Path, strand: str
) -> None:
    fasta, annotation = files(tmp_path)
    held = held_out_genes(fasta, annotation, "test", n=2, longest=1000)
    gene, classes, _ = next(h for h in held if h.gene.strand == strand)
    assert [c.exon for c in classes["donor"]] == ["first exons", "exons of 51-150 nt"]
    assert [c.exon for c in classes["acceptor"]] == ["exons of 51-150 nt", "last exons"]
    for donor, acceptor in zip(classes["donor"], classes["acceptor"], strict=True):
        intron = gene.sequence[donor.position : acceptor.position + 1]
        assert donor.intron == acceptor.intron == f"{intron[:2]}-{intron[-2:]}"


def test_shares_found_are_of_as_many_positions_as_there_are_canonical_sites(
    tmp_path: Path,
) -> None:
    genes = held_out_genes(*files(tmp_path), "test", n=2, longest=1000)
    oracle = Oracle(genes)
    for held in genes:  # the first donor is the weaker one, and a false one is better than both
        oracle.scores[held.gene.sequence][0, held.canonical["donor"][0]] = 4
    figures = {
        f.what: f
        for f in measure_genes(score_genes(oracle.score_positions, genes), genes, "o", "s")
    }
    first, inner = (
        figures[f"canonical donors found, {which}"]
        for which in ("first exons", "exons of 51-150 nt")
    )
    assert (first.value, first.n, inner.value, inner.n) == (0, 2, 1, 2)
    introns = [
        f.n for what, f in figures.items() if "donors found" in what and what.endswith("introns")
    ]
    assert sum(introns) == 4


def test_inner_exons_are_predicted_and_predicted_ones_annotated(tmp_path: Path) -> None:
    genes = held_out_genes(*files(tmp_path), "test", n=2, longest=1000)
    oracle = Oracle(genes)
    one, two = genes
    # The one gene's exon is found; in the other its donor lies a base farther in.
    scores = oracle.scores[two.gene.sequence]
    for gene, moved in ((one, 0), (two, 1)):
        given = np.full_like(scores, -20.0)
        given[1, gene.canonical["acceptor"][0]] = 10
        given[0, gene.canonical["donor"][1] - moved] = 10
        oracle.scores[gene.gene.sequence] = given
    figures = {
        f.what: f
        for f in measure_exons(score_genes(oracle.score_positions, genes), genes, "o", "s")
    }
    for what in EXONS:
        assert (figures[what].value, figures[what].n) == (0.5, 2)
    nothing = np.full((2, sum(len(held.gene.sequence) for held in genes)), -20.0)
    (none,) = measure_exons(nothing, genes, "o", "s")
    assert (none.value, none.n) == (0, 2)


def test_the_other_strand_has_the_sites_of_the_genes_on_it(tmp_path: Path) -> None:
    """Both genes lie at one place, each on one strand."""
    genes = held_out_genes(*files(tmp_path), "test", n=2, longest=1000)
    one, two = genes
    for a, b in ((one, two), (two, one)):
        assert a.antisense["donor"].tolist() == b.gene.donors.tolist()
        assert a.antisense["acceptor"].tolist() == b.gene.acceptors.tolist()

    def score(sequences: list[str]) -> list[np.ndarray]:
        (sequence,) = sequences
        log_odds = np.full((2, len(sequence)), -20.0)
        (place,) = [h for h in genes if reverse_complement(h.gene.sequence) == sequence]
        log_odds[0, place.antisense["donor"]] = 20
        log_odds[0, 5] = 20  # no site
        return [log_odds]

    scores = score_genes(score, genes, antisense=True)
    figures = {m.what: m for m in measure_antisense(scores, genes, "m", "s")}
    error, right = list(figures.values())[:2]
    assert (error.n, error.value) == (3 + 2 + 2, pytest.approx(2 / 7))
    assert (right.n, right.value) == (7, pytest.approx(5 / 7))


@pytest.mark.slow
def test_the_command_compares_models(tmp_path: Path, capsys) -> None:
    save_checkpoint(tmp_path / "m", "classifier", PlainClassifier(PLANS["64"]), {"plan": "64"})
    fasta, annotation = files(tmp_path)
    words = ("measure", "genes", "--fasta", fasta, "--annotation", annotation)
    words += ("--model", tmp_path / "m", "-o", tmp_path / "f.json", "--other-strand")
    assert main([str(w) for w in (*words, "--split", "validation", "--fit")]) == 0
    name = load_model(tmp_path / "m").name
    printed = capsys.readouterr().out
    assert f"top-k accuracy, donor, canonical transcript | {name} |" in printed
    assert f"where p >= 0.01, acceptor, other strand | {name} |" in printed
    assert f"where p >= 0.01, donor, both strands, weighted | {name} |" in printed
    assert f"told right, whole genes | {name} |" in printed
    assert f"{name}: skew " in printed
    assert f"{name}: sites given each other, best (in use): missed " in printed
    (donor, _) = json.loads((tmp_path / "f.json").read_text())["curves"]
    assert (donor["site"], donor["model"], donor["points"][-1][0]) == ("donor", name, 1)
    assert main([str(w) for w in (*words, "--split", "train")]) == 2
    assert "no split 'train' to measure on" in capsys.readouterr().err
    assert main([str(w) for w in (*words, "--fit")]) == 2
    assert "Nothing is fitted on test genes" in capsys.readouterr().err
