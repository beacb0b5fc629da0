"""The model card's command on a made-up genome: every figure counts what it says it counts."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.training.data.splits import SPLITS
from dnaviz.training.evaluation import evaluate, fragment_evaluation, synthetic_variants
from dnaviz.training.evaluation.evaluate import GeneScores, scanning

GENES = 10


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A test chromosome with genes of three exons, GT and AG at the ends of their introns."""
    rng = np.random.default_rng(0)
    bases = rng.choice(list("ACGT"), 600 * GENES + 1000)
    rows = ["##gff-version 3"]
    for k in range(GENES):
        start = 500 + 600 * k
        ends = [(start, start + 99), (start + 200, start + 299), (start + 400, start + 499)]
        about = f"gene_id=g{k};gene_name=G{k};gene_type=protein_coding"
        place = f"chr19\tx\t%s\t{start}\t{start + 499}\t.\t{'+-'[k % 2]}\t.\t"
        rows.append(place % "gene" + f"ID=g{k};{about}")
        rows.append(place % "mRNA" + f"ID=t{k};Parent=g{k};transcript_type=protein_coding;{about}")
        for first, last in ends:
            for kind in ("exon", "CDS"):
                rows.append(f"chr19\tx\t{kind}\t{first}\t{last}\t.\t{'+-'[k % 2]}\t.\tParent=t{k}")
        for first, last in ((start + 100, start + 199), (start + 300, start + 399)):
            left, right = (("GT", "AG"), ("CT", "AC"))[k % 2]
            bases[first - 1 : first + 1], bases[last - 2 : last] = list(left), list(right)
    fasta, annotation = tmp_path / "genome.fa", tmp_path / "genes.gff3"
    fasta.write_text(f">19\n{''.join(bases)}\n")
    annotation.write_text("\n".join(rows) + "\n")
    return fasta, annotation


def test_the_command_writes_a_card(files, lively, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: lively)
    settings = {
        "settings": {"seed": 0}, "training_seconds": 60, "training_threads": 1, "command": "dnaviz",
        "data_sha256": {}, "split": {split: sorted(names) for split, names in SPLITS.items()},
    }  # fmt: skip
    monkeypatch.setattr(lively, "config", {"autoencoder": settings, "splice": settings})
    monkeypatch.setattr(fragment_evaluation, "LENGTHS", (60, 200))
    monkeypatch.setattr(evaluate, "reconstruction", partial(evaluate.reconstruction, n=20))
    words = ["evaluate", "--fasta", files[0], "--annotation", files[1], "--card", tmp_path]
    assert main([str(word) for word in words]) == 0
    content = json.loads((tmp_path / "model_card.json").read_text())
    figures = {(f["section"], f["what"], f["model"]): f for f in content["figures"]}
    printed = capsys.readouterr().out
    assert all(f"### {section}" in printed for section, _, _ in figures)
    sites = figures["Windows of every annotated site", "AUROC, donor against GT decoy",
                    "classifier"]  # fmt: skip
    assert sites["n"] == 2 * 2 * GENES  # two introns a gene, and as many decoys
    assert 0 <= sites["low"] <= sites["value"] <= sites["high"] <= 1
    scan = figures[f"Scan of {GENES} genes", "top-k accuracy, acceptor", "classifier"]
    assert scan["n"] == 2 * GENES
    assert scan["low"] <= scan["value"] <= scan["high"]
    assert content["evaluated_by"].startswith("dnaviz")
    assert {f["kind"] for f in content["failures"]} == {
        "GT decoy taken for a donor", "donor missed",
        "AG decoy taken for an acceptor", "acceptor missed",
    }  # fmt: skip
    assert set(content["reliability"]) == {"donor", "acceptor"}


def test_variants_are_measured_on_the_exons_of_a_genome(
    files, lively, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: lively)
    words = ["measure", "variants", "--fasta", files[0], "--annotation", files[1], "--n", 2]
    assert main([str(word) for word in words]) == 2  # no motif often enough
    assert "no exon of 30-100 nt with variants" in capsys.readouterr().err
    monkeypatch.setattr(synthetic_variants, "EXPECTED", 0)
    output = tmp_path / "variants.json"
    assert main([str(word) for word in [*words, "-o", output]]) == 0
    figures = json.loads(output.read_text())["figures"]
    assert {f["section"] for f in figures} == {
        "Variants of 2 exons of 170 nt, a stand-in for measured ones",
        "Variants inside 2 exons, by what they do to enhancers and silencers",
    }
    assert len(figures) == 8


def test_a_scan_that_knows_every_site_is_perfect() -> None:
    rng = np.random.default_rng(0)
    truth = {site: rng.random(1000) < 0.02 for site in evaluate.DECOY_LABELS}
    right = {site: marks + rng.random(1000) / 10 for site, marks in truth.items()}
    chance = {site: rng.random(1000) for site in truth}
    message = {site: np.where(marks, 0.999, 0.001) for site, marks in truth.items()}
    gene = np.arange(1000) // 100
    figures = scanning(GeneScores(truth, {"right": right, "chance": chance}, message, gene), 10)
    assert all(f.low <= f.value <= f.high for f in figures if f.model == "chance")
    result = {(f.what, f.model): f.value for f in figures}
    for site in truth:
        assert result[f"top-k accuracy, {site}", "right"] == 1
        assert result[f"average precision, {site}", "right"] == pytest.approx(1)
        assert result[f"top-k accuracy, {site}", "chance"] < 0.3
        error = result[f"expected calibration error where p >= 0.01, {site}", "classifier"]
        assert error == pytest.approx(0.001, abs=1e-6)


def test_what_chance_makes_of_a_calibration_error() -> None:
    """Truth that is as frequent as was said errs as much as chance does; another one, more."""
    rng = np.random.default_rng(0)
    chances = rng.random(3000)
    gene = np.arange(3000) // 100
    errors = {}
    for name, truth in (("as said", rng.random(3000) < chances),
                        ("half of it", rng.random(3000) < chances / 2)):  # fmt: skip
        ours, chance = evaluate.positions_calibrated("s", "donor", truth, chances, gene)
        assert (ours.model, chance.model) == ("classifier", evaluate.CHANCE)
        assert ours.n == chance.n == (chances >= 0.01).sum()
        assert chance.low < chance.value < chance.high < 0.04
        errors[name] = ours.value
    assert errors["as said"] < 0.04
    assert errors["half of it"] == pytest.approx(0.25, abs=0.03)
