"""Both trainings, start to checkpoint, on a made-up genome through the command line."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.models import Model

RNG = np.random.default_rng(0)


def dna(n: int) -> str:
    return "".join(RNG.choice(list("ACGT"), n))


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """An intron table with introns on training, validation and test chromosomes."""
    columns = ["intron_id", "chrom", "start1", "end1", "strand", "up_exon50", "intron",
               "down_exon50", "middle_truncated"]  # fmt: skip
    rows = []
    for k in range(120):
        chrom = ["chr8", "chr2", "chr1"][k % 3]
        body = "GTAAGT" + dna(300) + "TTTTTTTTTTTTTTCAG"
        start = 10_000 * (k + 1)
        rows.append([f"i{k}", chrom, start, start + len(body) - 1, "+-"[k % 2], dna(50), body,
                     dna(50), 0])  # fmt: skip
    path = tmp_path_factory.mktemp("table") / "introns.tsv.gz"
    with gzip.open(path, "wt") as handle:
        for row in [columns, *rows]:
            handle.write("\t".join(map(str, row)) + "\n")
    return path


def run(*words: object) -> int:
    return main([str(w) for w in words])


def test_train_both_and_load(table: Path, tmp_path: Path) -> None:
    common = ("--introns", table, "-o", tmp_path, "--threads", 1)
    assert run("train", "autoencoder", *common, "--steps", 3, "--batch", 4) == 0
    assert run("train", "classifier", *common, "--steps", 3, "--batch", 5) == 0
    model = Model.load(tmp_path)
    assert model.encode("ACGT" * 20).shape == (1, 256)
    config = json.loads((tmp_path / "splice.json").read_text())
    assert config["prior_sha256"] == model.config["autoencoder"]["weights_sha256"]
    assert list(config["data_sha256"]) == ["introns.tsv.gz"]
    assert config["split"]["test"] == [f"chr{n}" for n in (1, 19, 3, 5, 7, 9)]
    assert str(tmp_path) not in (tmp_path / "splice.json").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Nothing to train on"),
        (("--introns", "nowhere.tsv"), "nowhere.tsv does not exist"),
        (("--annotation", "genes.gff3"), "genes.gff3 does not exist"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, capsys, words, sentence: str) -> None:
    assert run("train", "autoencoder", "-o", tmp_path, *words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


def test_classifier_without_autoencoder(table: Path, tmp_path: Path, capsys) -> None:
    assert run("train", "classifier", "--introns", table, "-o", tmp_path) == 2
    assert "autoencoder.safetensors does not exist" in capsys.readouterr().err
