"""The trainings, start to checkpoint, on a made-up genome through the command line."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from dnaviz.cli import main
from dnaviz.models import Model
from dnaviz.models.classifier import SpliceClassifier
from dnaviz.models.plain import load_plain
from dnaviz.training.data.annotated import IGNORE
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.records import one_hot_codes
from dnaviz.training.fit.multitask import (
    DISTILLATION_WEIGHT,
    MultiTaskModel,
    as_teacher,
    losses,
)

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


@pytest.mark.slow
def test_a_classifier_learns_from_teachers(table: Path, tmp_path: Path, capsys) -> None:
    common = ("--introns", table, "--threads", 1, "--steps", 2)
    assert run("train", "autoencoder", *common, "-o", tmp_path, "--batch", 4) == 0
    classifier = ("train", "fine-tuned", *common, "--prior", tmp_path, "--batch", 5)
    teachers = []
    for seed in (1, 2):
        folder = tmp_path / f"teacher{seed}"
        assert run(*classifier, "-o", folder, "--seed", seed) == 0
        teachers += ["--teacher", folder]
    assert run(*classifier, *teachers, "-o", tmp_path / "taught") == 0
    config = json.loads((tmp_path / "taught" / "splice.json").read_text())
    first = json.loads((tmp_path / "teacher1" / "splice.json").read_text())
    assert config["teachers"][0]["weights_sha256"] == first["weights_sha256"]
    assert len(config["teachers"]) == 2
    assert run(*classifier, "--teacher", tmp_path / "taught", "-o", tmp_path / "again") == 0
    (messages,) = json.loads((tmp_path / "again" / "splice.json").read_text())["teachers"]
    assert messages["teachers"] == config["teachers"]
    assert str(tmp_path) not in json.dumps(config)
    assert run(*classifier, *teachers[:2], *teachers[:2], "-o", tmp_path / "not") == 2
    assert "the same weights are given twice" in capsys.readouterr().err
    assert run(*classifier, *teachers[2:], "-o", tmp_path / "taught") == 2  # another run is there
    assert "run with other settings" in capsys.readouterr().err
    assert run(*classifier, "--teacher", tmp_path / "none", "-o", tmp_path / "not") == 2
    assert "splice.safetensors does not exist" in capsys.readouterr().err


@pytest.mark.slow
def test_a_plain_classifier_teaches(table: Path, tmp_path: Path) -> None:
    common = ("--introns", table, "--threads", 1, "--steps", 1)
    other, ordinary = tmp_path / "other", tmp_path / "ordinary"
    assert run("train", "classifier", *common, "--batch", 2, "-o", other) == 0
    assert run("train", "autoencoder", *common, "-o", tmp_path, "--batch", 4) == 0
    taught = ("train", "fine-tuned", *common, "--batch", 5, "--prior", tmp_path)
    assert run(*taught, "--teacher", other, "-o", tmp_path / "taught") == 0
    (messages,) = json.loads((tmp_path / "taught" / "splice.json").read_text())["teachers"]
    assert messages["weights_sha256"] == load_plain(other)[1]["weights_sha256"]
    # Starts as the first teacher of its kind.
    assert run(*taught, "--seed", 5, "-o", ordinary) == 0
    both = ("--teacher", other, "--teacher", ordinary)
    assert run(*taught, *both, "--peak", 1e-6, "-o", tmp_path / "both") == 0
    names = ("ordinary", "both", "taught")
    first, second, third = (load_file(tmp_path / n / "splice.safetensors") for n in names)
    key = "fine_tuned.context_conv.weight"
    torch.testing.assert_close(first[key], second[key], atol=1e-5, rtol=0)
    assert (first[key] - third[key]).abs().max() > 0.001


def test_crops_of_which_nothing_is_known_teach_nothing() -> None:
    model = MultiTaskModel(SpliceClassifier())
    codes = torch.full((2, 500), PAD, dtype=torch.uint8)
    labels = torch.full((2, 100), IGNORE, dtype=torch.uint8)
    terms = losses(model, codes, labels, labels, [as_teacher(model.splice)])
    torch.stack(list(terms.values())).sum().backward()
    assert {name: value.item() for name, value in terms.items()} == {"splice": 0, "exon": 0}
    assert all(not p.grad.any() for p in model.parameters() if p.grad is not None)


def test_what_teachers_ask_for() -> None:
    torch.manual_seed(0)
    model = MultiTaskModel(SpliceClassifier()).eval()
    teachers = [SpliceClassifier().eval() for _ in range(2)]
    for teacher in teachers:
        torch.nn.init.normal_(teacher.output.bias)
        teacher.bias.fill_(3.0)  # a calibration, to be undone
        teacher.bias[:, 1] = -1.0
    codes = torch.randint(0, 4, (3, 500))
    codes[0, :300] = PAD  # cut away: positions 0-99 of the 100 labeled ones
    labels = torch.zeros(3, 100, dtype=torch.uint8)
    labels[0] = IGNORE
    labels[1, 7] = 1
    inside = torch.full((3, 100), IGNORE, dtype=torch.uint8)
    inside[1] = 1
    plain = losses(model, codes, labels, inside)["splice"]
    listened = [as_teacher(t) for t in teachers]
    taught = losses(model, codes, labels, inside, listened)["splice"]
    x = torch.from_numpy(one_hot_codes(codes.numpy()))
    with torch.no_grad():
        message = torch.stack([t(x).softmax(1) for t in listened]).mean(0)
        own = model.splice(x).log_softmax(1)
    expected = -1000 * (message * own).sum(1)[1:].mean()  # of the two crops that are not cut away
    torch.testing.assert_close(
        taught,
        (1 - DISTILLATION_WEIGHT) * plain + DISTILLATION_WEIGHT * expected,
        rtol=0.02,
        atol=0.02,
    )
    assert teachers[0].bias[0, 0] == 3.0
    with torch.no_grad():
        there = teachers[0](x) - listened[0](x)
    assert there.abs().max() > 0.5


def test_train_both_and_load(table: Path, tmp_path: Path) -> None:
    common = ("--introns", table, "-o", tmp_path, "--threads", 1)
    assert run("train", "autoencoder", *common, "--steps", 3, "--batch", 4) == 0
    assert run("train", "fine-tuned", *common, "--steps", 3, "--batch", 5) == 0
    model = Model.load(tmp_path)
    assert model.encode("ACGT" * 20).shape == (1, 256)
    config = json.loads((tmp_path / "splice.json").read_text())
    assert config["calibration"]["positions"] > 0  # on introns, where there are no genes
    assert config["prior_sha256"] == model.config["autoencoder"]["weights_sha256"]
    assert list(config["data_sha256"]) == ["introns.tsv.gz"]
    assert config["split"]["test"] == [f"chr{n}" for n in (1, 19, 3, 5, 7, 9)]
    assert str(tmp_path) not in (tmp_path / "splice.json").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Nothing to train on"),
        (("--introns", "nowhere.tsv"), "nowhere.tsv does not exist"),
        (("--slices", "nowhere"), "nowhere does not exist"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, capsys, words, sentence: str) -> None:
    assert run("train", "autoencoder", "-o", tmp_path, *words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


def test_classifier_without_autoencoder(table: Path, tmp_path: Path, capsys) -> None:
    assert run("train", "fine-tuned", "--introns", table, "-o", tmp_path) == 2
    assert "holds no autoencoder: run dnaviz train autoencoder first" in capsys.readouterr().err
