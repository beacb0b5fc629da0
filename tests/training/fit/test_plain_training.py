"""Training a plain classifier, start to checkpoint, on a made-up genome."""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models.checkpoint import save_checkpoint
from dnaviz.models.plain import PLANS, PlainClassifier, load_plain
from dnaviz.training.data.annotated import read_annotated
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.collect import genes_of
from dnaviz.training.data.crops import MIX
from dnaviz.training.data.splits import SPLITS, recorded_splits
from dnaviz.training.fit import classifier
from dnaviz.training.fit.classifier import TrainingRecipe, train_plain
from dnaviz.training.fit.multitask import MultiTaskModel, as_teacher, losses, ranking


def run(*words: object) -> int:
    return main([str(w) for w in words])


def genome(folder: Path, chroms: tuple[str, ...] = ("chr8", "chr2", "chr1")) -> tuple[Path, Path]:
    """Chromosomes of 6,000 nt with a gene of two introns each."""
    fasta, rows = "", ""
    exons = [(2001, 2100), (2401, 2500), (2801, 2900)]
    for name in chroms:
        bases = np.random.default_rng(int(re.sub(r"\D", "", name))).choice(list("ACGT"), 6000)
        for (_, end), (start, _) in pairwise(exons):
            bases[end : end + 2], bases[start - 3 : start - 1] = list("GT"), list("AG")
        fasta += f">{name}\n{''.join(bases)}\n"
        rows += f"{name}\tx\tmRNA\t2001\t2900\t.\t+\t.\tID=t{name}\n"
        for a, b in exons:
            rows += f"{name}\tx\texon\t{a}\t{b}\t.\t+\t.\tParent=t{name}\n"
            rows += f"{name}\tx\tCDS\t{a}\t{b}\t.\t+\t0\tParent=t{name}\n"
    folder.mkdir(exist_ok=True)
    (folder / "genome.fa").write_text(fasta)
    (folder / "genes.gff3").write_text(rows)
    return folder / "genome.fa", folder / "genes.gff3"


def test_from_two_genomes_to_a_checkpoint_and_a_student(tmp_path: Path, capsys) -> None:
    files: list[object] = []
    for name, chroms in (("a", ("chr8", "chr1")), ("b", ("chr2",))):
        fasta, annotation = genome(tmp_path / name, chroms)
        moved = [path.rename(path.with_name(name + path.suffix)) for path in (fasta, annotation)]
        files += ["--fasta", moved[0], "--annotation", moved[1]]
    words = ("train", "classifier", *files, "--steps", 2, "--batch", 2, "--threads", 1)
    assert run(*words, "-o", tmp_path / "one") == 0
    assert run(*words, "-o", tmp_path / "one") == 0  # finished: nothing is left to do
    model, config = load_plain(tmp_path / "one")
    assert config["split"]["validation"] == ["chr2", "chr4"]
    assert config["counts"]["sites"] == 4  # of chr8 alone
    assert set(config["data_sha256"]) == {"a.fa", "a.gff3", "b.fa", "b.gff3"}
    assert config["calibration"]["positions"] == 900
    assert model.temperature.abs().sum() > 0
    assert str(tmp_path) not in json.dumps(config, allow_nan=False)
    assert run(*words, "-o", tmp_path / "two", "--teacher", tmp_path / "one") == 0
    (message,) = load_plain(tmp_path / "two")[1]["teachers"]
    assert message["weights_sha256"] == config["weights_sha256"]
    width = ("--start", tmp_path / "one", "--width", 200)
    assert run(*words, *width, "-o", tmp_path / "three") == 0
    later = load_plain(tmp_path / "three")[1]
    assert later["start"]["weights_sha256"] == config["weights_sha256"]
    assert (later["settings"]["width"], later["teachers"]) == (200, [])
    capsys.readouterr()
    assert run(*words, "-o", tmp_path / "one", "--seed", 3) == 2
    assert "holds a run with other settings" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Nothing to train on: give --fasta with --annotation, or --introns."),
        (("--fasta", "a.fa"), "Each --fasta needs its --annotation"),
        (("--introns", "nowhere.tsv"), "nowhere.tsv does not exist."),
        (("--introns", __file__, "--seed", "-1"), "Invalid value for '--seed'"),
        (("--introns", __file__, "--plan", "65"), "There is no plan '65': choose from 64, 32."),
        (("--introns", __file__, "--start", "nowhere"), "nowhere/classifier.json does not exist."),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, capsys, words, sentence: str) -> None:
    assert run("train", "classifier", "-o", tmp_path, *words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


def test_without_validation_genes_it_is_said_that_nothing_is_calibrated(
    tmp_path: Path, capsys
) -> None:
    fasta, annotation = genome(tmp_path, ("chr8",))
    words = ("--fasta", fasta, "--annotation", annotation, "--steps", 1, "--batch", 2)
    assert run("train", "classifier", *words, "-o", tmp_path) == 0
    assert "probabilities are not calibrated" in capsys.readouterr().err
    assert load_plain(tmp_path)[0].temperature.abs().sum() == 0


def test_a_student_starts_as_the_first_teacher_of_its_plan(tmp_path: Path, monkeypatch) -> None:
    for name in PLANS:
        monkeypatch.setitem(classifier.PLANS, name, PLANS[name]._replace(channels=16))
    stretches = read_annotated(*genome(tmp_path, ("chr8",)))
    recipe = TrainingRecipe(steps=1, batch=2, width=100, peak=1e-9, seed=5)
    teachers = {name: PlainClassifier(classifier.PLANS[name]) for name in ("32", "64")}
    student, _ = train_plain(stretches, [], tmp_path / "run", teachers=teachers, recipe=recipe)
    torch.testing.assert_close(student.stem.weight, teachers["64"].stem.weight)
    alone, _ = train_plain(stretches, [], tmp_path / "alone", recipe=recipe)
    assert (alone.stem.weight - student.stem.weight).abs().max() > 0.01
    begun, _ = train_plain(
        stretches, [], tmp_path / "begun", start=alone, teachers=teachers, recipe=recipe
    )
    torch.testing.assert_close(begun.stem.weight, alone.stem.weight)
    with pytest.raises(InputError, match="is not of the plan 64"):
        train_plain(stretches, [], tmp_path / "other", start=teachers["32"], recipe=recipe)


def test_a_run_goes_on_with_the_same_data_only(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(classifier.PLANS, "64", PLANS["64"]._replace(channels=16))
    (s,) = read_annotated(*genome(tmp_path, ("chr8",)))
    recipe = TrainingRecipe(steps=1, batch=2, width=100)
    train_plain([s], [], tmp_path / "run", recipe=recipe)
    codes = s.codes.copy()
    codes[5] = (codes[5] + 1) % 4
    strand = s.strands["+"]
    shorter = {**s.strands, "+": strand._replace(exons=strand.exons[:-1])}
    for other in (s._replace(codes=codes), s._replace(strands=shorter)):
        with pytest.raises(InputError, match="holds a run with other settings"):
            train_plain([other], [], tmp_path / "run", recipe=recipe)


def test_what_is_left_out_and_what_has_no_known_name_is_said(tmp_path: Path, capsys) -> None:
    fasta, annotation = genome(tmp_path, ("chr8", "ctg7"))
    fasta.write_text(f"{fasta.read_text()}>chr12\n{'ACGT' * 99}\n")
    words = ("--fasta", fasta, "--annotation", annotation, "--steps", 1, "--batch", 2)
    assert run("train", "classifier", *words, "-o", tmp_path / "out") == 0
    errors = capsys.readouterr().err
    assert 'Left out, because the annotation has no gene on them: "chr12".' in errors
    assert 'though its name tells no human chromosome: "ctg7".' in errors


def test_another_organism_says_which_chromosomes_are_held_out(tmp_path: Path, capsys) -> None:
    # Of a plant's five chromosomes the usual ones leave none to learn from.
    names = tuple(f"Chr{n}" for n in (1, 2, 3, 4, 5))
    fasta, annotation = genome(tmp_path, names)
    files = ("--fasta", fasta, "--annotation", annotation)
    words = ("train", "classifier", *files, "--steps", 1, "--batch", 2, "-o", tmp_path / "m")
    assert run(*words) == 2
    assert "all but chr1, chr2, chr3, chr4, chr5" in capsys.readouterr().err
    words += ("--test", "Chr5", "--validation", "Chr4,Chr6")
    assert run(*words) == 0
    told = capsys.readouterr().err
    assert 'Held out, because test chromosomes are chr5: "Chr5".' in told
    assert "Nothing given is of chr6, which --validation holds out." in told
    assert "which --test holds out" not in told
    config = load_plain(tmp_path / "m")[1]
    assert config["split"] == {"test": ["chr5"], "train": "others", "validation": ["chr4", "chr6"]}
    assert config["counts"]["sites"] == 12
    assert config["calibration"]["positions"] == 900

    measure = ("measure", "genes", *files, "--model", tmp_path / "m", "-o", tmp_path / "f.json")
    assert run(*measure) == 0  # by what is noted beside the weights
    assert "1 test genes" in (tmp_path / "f.json").read_text()
    assert capsys.readouterr().err == ""
    assert run(*measure, "--test", "3,5", "--validation", "4") == 0
    assert "2 test genes" in (tmp_path / "f.json").read_text()
    assert "was trained without chr4, chr5, chr6: if chr3 is of the" in capsys.readouterr().err
    assert run(*measure, "--fit", "--split", "validation", "--validation", "4", "--test", "5") == 2
    assert "--fit is for the chromosomes" in capsys.readouterr().err
    assert run("evaluate", *files, "--model", tmp_path / "m") == 2
    assert "trained with chr5 for test chromosomes" in capsys.readouterr().err
    assert run(*measure, "--model", tmp_path / "n") == 2
    save_checkpoint(tmp_path / "n", "classifier", load_plain(tmp_path / "m")[0], {"plan": "64"})
    assert run(*measure, "--model", tmp_path / "n") == 0  # nothing is noted there


def test_a_chromosome_that_is_held_out_and_not_there_is_named(tmp_path: Path, capsys) -> None:
    # RefSeq names records of a plant by accessions: "5" is none of them, as it is of people.
    fasta, annotation = genome(tmp_path, ("NC_003071.7", "NC_003075.7", "NC_003076.8"))
    files = ("--fasta", fasta, "--annotation", annotation, "-o", tmp_path / "m")
    words = (*files, "--steps", 1, "--batch", 2, "--validation", "NC_003075.7")
    assert run("train", "classifier", *words, "--test", 5) == 0
    assert "Nothing given is of chr5, which --test holds out." in capsys.readouterr().err
    words = ("--fasta", fasta, "-o", tmp_path / "n", "--steps", 1, "--batch", 2)
    words += ("--validation", "NC_003075.7", "--test", 5)
    for network in ("autoencoder", "reader"):
        assert run("train", network, *words) == 0
        assert "Nothing given is of chr5, which --test holds out." in capsys.readouterr().err


def test_weights_to_build_on_that_may_know_what_is_held_out_are_named(
    tmp_path: Path, capsys
) -> None:
    fasta, annotation = genome(tmp_path, ("Chr1", "Chr4", "Chr5"))
    files = ("--fasta", fasta, "--annotation", annotation, "--steps", 1, "--batch", 2)
    first, words = tmp_path / "first", ("train", "classifier", *files, "--validation", 4)
    assert run(*words, "--test", 1, "-o", first) == 0
    assert "of what it knows" not in capsys.readouterr().err
    sentence = f"{first} was trained without chr1, chr4: if chr5 is of the genome that it learned"
    for option in ("--start", "--teacher"):
        assert run(*words, "--test", 5, option, first, "-o", tmp_path / option) == 0
        assert sentence in capsys.readouterr().err
        assert run(*words, "--test", 1, option, first, "-o", tmp_path / f"{option}-same") == 0
        assert "of what it knows" not in capsys.readouterr().err


def test_weights_of_different_splits_are_not_measured_together_unasked(tmp_path: Path) -> None:
    config = {"split": {"test": ["chr5"], "validation": ["chr4"], "train": "others"}}
    assert recorded_splits([config, {}]) == {"test": {"chr5"}, "validation": {"chr4"}}
    assert recorded_splits([]) == SPLITS
    with pytest.raises(InputError, match="say by --test and --validation which none"):
        recorded_splits([config, {"split": {"test": ["chr1"], "validation": []}}])


def test_an_output_that_cannot_be_made_is_refused_first(tmp_path: Path, capsys) -> None:
    (tmp_path / "file").write_text("x")
    for folder in ("file", "file/below"):
        assert run("train", "classifier", "--introns", "none.tsv", "-o", tmp_path / folder) == 2
        assert "is a file: name a folder to write to with -o." in capsys.readouterr().err


@pytest.mark.parametrize("workers", [0, 2])
def test_crops_are_drawn_here_or_by_workers(tmp_path: Path, monkeypatch, workers: int) -> None:
    monkeypatch.setitem(classifier.PLANS, "64", PLANS["64"]._replace(channels=16))
    stretches = read_annotated(*genome(tmp_path, ("chr8",)))
    recipe = TrainingRecipe(steps=3, batch=2, width=100)
    result = [
        train_plain(stretches, [], tmp_path / name, recipe=recipe, workers=workers)[0]
        for name in ("first", "second")
    ]
    first, second = (m.state_dict()["stem.weight"] for m in result)
    torch.testing.assert_close(first, second)  # the same seed, the same crops


def test_it_learns_where_the_sites_of_a_gene_are(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(classifier.PLANS, "64", PLANS["64"]._replace(channels=16))
    stretches = read_annotated(*genome(tmp_path, ("chr8",)))
    mix = MIX._replace(exchanged=0, shifted=0, fragments=0.4, unknown=0, changed=0)
    recipe = TrainingRecipe(steps=80, batch=6, width=100, peak=0.01, average=0.9, mix=mix)
    genes = genes_of(stretches)
    model, _ = train_plain(stretches, genes, tmp_path / "run", recipe=recipe)
    figures = ranking(model, genes)
    assert min(figures["donor_precision"], figures["acceptor_precision"]) > 0.2  # of 900 nt


def test_teachers_are_asked_without_their_calibration() -> None:
    torch.manual_seed(0)
    small = PLANS["64"]._replace(channels=16)
    model = MultiTaskModel(PlainClassifier(small)).eval()
    teacher = PlainClassifier(small).eval()
    teacher.bias.fill_(3.0)
    teacher.bias[:, 1] = -1.0
    codes = torch.randint(0, 4, (2, 450), dtype=torch.uint8)
    codes[0] = PAD
    labels = torch.zeros(2, 50, dtype=torch.uint8)
    labels[0] = 255
    exons = labels.clone()
    alone = losses(model, codes, labels, exons, [])["splice"]
    taught = losses(model, codes, labels, exons, [as_teacher(teacher)])["splice"]
    x = torch.nn.functional.one_hot(codes[1:].long(), 4).transpose(1, 2).float()
    with torch.no_grad():
        own = model.splice(x).log_softmax(1)
        teacher.bias.zero_()
        expected = -1000 * (teacher(x).softmax(1) * own).sum(1).mean()
    torch.testing.assert_close(taught, 0.25 * alone + 0.75 * expected, rtol=0.02, atol=0.5)


def test_classifiers_of_shares_of_the_data_rank_seen_and_unseen_genes(tmp_path, capsys) -> None:
    fasta, annotation = genome(tmp_path, ("chr8", "chr10", "chr11", "chr12", "chr2", "chr4"))
    words = ("measure", "data-amount", tmp_path / "runs", "--fasta", fasta, "--annotation")
    output = tmp_path / "amount.json"
    assert run(*words, annotation, "--steps", 2, "-o", output) == 0
    rows = json.loads(output.read_text())["figures"]
    names = ["4 sites", "8 sites", "16 sites"]
    assert {(row["what"].split(", ")[2], row["model"], row["n"]) for row in rows} == {
        *(("unseen genes", name, 4) for name in names),
        *(("genes of training chromosomes", name, 8) for name in names),
    }
    only_training = genome(tmp_path / "other", ("chr8",))
    words = ("measure", "data-amount", tmp_path / "runs2", "--fasta", only_training[0])
    assert run(*words, "--annotation", only_training[1], "--steps", 2) == 2
    assert "No gene of a validation chromosome (2 or 4) was given" in capsys.readouterr().err
