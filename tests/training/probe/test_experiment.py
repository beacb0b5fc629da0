"""The probe: parts do not leak, measures are right, and the command does what its user does."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.training.data.labeled import LabeledData, read_labeled
from dnaviz.training.model_card.metrics_io import read_figures
from dnaviz.training.networks.masked_reader import shipped_reader
from dnaviz.training.probe import experiment
from dnaviz.training.probe import run as run_module
from dnaviz.training.probe.kernels import count_kmers
from dnaviz.training.probe.methods import MEANS, METHODS, ProbeRecipe, fit_and_predict
from dnaviz.training.probe.run import run_probe

RNG = np.random.default_rng(0)


def made_up(n: int, classes: int = 2, length: int = 60) -> LabeledData:
    """Random sequences; each class has its word in the middle."""
    codes = RNG.integers(0, 4, (n, length)).astype(np.uint8)
    labels = np.arange(n) % classes
    for k in range(1, classes):
        codes[labels == k, length // 2 : length // 2 + 6] = np.array([2, 3, 0, k % 4, 2, 3])
    return LabeledData(
        [f"s{i}" for i in range(n)], codes, labels, [f"class{k}" for k in range(classes)]
    )


def as_table(data: LabeledData, path: Path) -> Path:
    letters = np.array(list("ACGTN"))
    lines = ["id\tsequence\tlabel"]
    for name, row, label in zip(data.ids, data.codes, data.labels, strict=True):
        lines.append(f"{name}\t{''.join(letters[row])}\t{data.classes[label]}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_same_bases_lie_in_the_same_fold() -> None:
    data = made_up(60)
    doubled = LabeledData(data.ids * 2, np.tile(data.codes, (2, 1)), np.tile(data.labels, 2),
                       data.classes)  # fmt: skip
    parts = experiment.split(doubled, 4)
    assert sum(len(part.test.labels) for part in parts) == 120
    for part in parts:
        assert not experiment.shared(part.test.codes, part.train.codes).any()


def test_too_few_for_folds() -> None:
    with pytest.raises(InputError, match="Of class0 there are 3, too few for 5 folds; choose"):
        experiment.split(made_up(6), 5)


def test_too_few_different_sequences_for_folds() -> None:
    data = made_up(40)
    few = data.subset(np.repeat(np.arange(3), 14))
    with pytest.raises(InputError, match="There are 3 different sequences, too few for 5 folds"):
        experiment.split(few, 5)


def test_shared_sequences_are_left_out_of_training() -> None:
    data = made_up(40)
    train, test = data, data.subset(np.arange(30, 40))
    left, in_train, dropped = experiment.without_shared(train, test)
    assert (len(left.labels), in_train, dropped) == (30, 10, 10)
    with pytest.raises(InputError, match="40 of 40 test sequences are training sequences too"):
        experiment.without_shared(data, data)


def test_a_class_too_rare_to_learn_is_not_blamed_on_the_test_set() -> None:
    data = made_up(41)
    rare = data.subset((data.labels == 0) | (np.arange(41) == 1))
    with pytest.raises(InputError, match="Sequences of class1 to learn from: 1; 2 or more"):
        experiment.without_shared(rare, made_up(20))


def test_another_seed_draws_other_labels(untrained) -> None:
    part = experiment.Part("test", made_up(200), made_up(60))
    curves = [
        experiment.learning_curve(
            [part], [20], experiment.ExperimentRunner(untrained.autoencoder, seed=seed,
                                                      recipe=ProbeRecipe()), ("kmer",)
        )
        for seed in (0, 0, 1)
    ]  # fmt: skip
    assert curves[0] == curves[1] != curves[2]


def test_more_draws_go_on_with_the_same_ones(tmp_path: Path, untrained) -> None:
    part = experiment.Part("test", made_up(200), made_up(60))

    def curve(folder: str, times: int) -> list:
        run = experiment.ExperimentRunner(
            untrained.autoencoder, seed=3, recipe=ProbeRecipe(), folder=tmp_path / folder
        )
        return experiment.learning_curve([part], [20], run, ("kmer",), times=times)

    curve("a", 2)
    assert curve("a", 4) == curve("b", 4)


def test_measures() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    truth = RNG.integers(0, 3, 200)
    message = RNG.dirichlet(np.ones(3), 200)
    message[np.arange(200), truth] += 0.3
    message /= message.sum(1, keepdims=True)
    result = experiment.measures(truth, message, ["a", "b", "c"])
    assert result["mcc"] == pytest.approx(sklearn.matthews_corrcoef(truth, message.argmax(1)))
    assert result["auroc"] == pytest.approx(
        sklearn.roc_auc_score(truth, message, multi_class="ovr", average="macro")
    )
    for name in experiment.MEASURES:
        low, high = result["interval_95"][name]
        assert low <= result[name] <= high
    assert result["error_by_class"]["a"] == np.mean(message.argmax(1)[truth == 0] != 0)


def test_few_labels_keep_every_class() -> None:
    few = experiment.draw_few(made_up(300, classes=3), 5, seed=0)
    assert np.bincount(few.labels).tolist() == [2, 2, 2]


def test_kmer_counts() -> None:
    counts = count_kmers(np.array([[0, 0, 0, 0, 0, 4, 3, 3, 3, 3]], np.uint8), 4)
    assert counts[0, 0] == 2
    assert counts[0, 255] == 1
    assert counts.sum() == 3


@pytest.mark.parametrize("length", [20, 61, 450])
@pytest.mark.parametrize("method", [method for method in METHODS if method not in MEANS])
def test_every_method_takes_every_length(untrained, method: str, length: int) -> None:
    data = made_up(24, classes=3, length=length)
    message = fit_and_predict(method, data, data.codes[:5], untrained.autoencoder,
                 ProbeRecipe(epochs=1, least_steps=2))  # fmt: skip
    assert message.shape == (5, 3)
    assert np.allclose(message.sum(1), 1, atol=1e-3)


def test_network_learns_and_starts_from_the_encoder(untrained) -> None:
    from dnaviz.training.networks.probe_network import ProbeNet

    net = ProbeNet(140, 2, untrained.autoencoder.encoder)
    others = untrained.autoencoder.encoder.body.state_dict()
    assert all((net.body.state_dict()[k] == v).all() for k, v in others.items())
    data = made_up(200)
    test = made_up(100)
    message = fit_and_predict("scratch", data, test.codes, untrained.autoencoder,
                 ProbeRecipe(epochs=1, least_steps=60))  # fmt: skip
    assert (message.argmax(1) == test.labels).mean() > 0.8


def run(capsys, *words: object) -> tuple[int, str, str]:
    code = main(["probe", *(str(word) for word in words)])
    out, err = capsys.readouterr()
    return code, out, err


QUICK = ("--epochs", 1, "--steps", 3, "--workers", 1)


@pytest.mark.slow
def test_command_with_test_file_and_curve(tmp_path: Path, capsys) -> None:
    data = made_up(120)
    train = as_table(data, tmp_path / "train.tsv")
    test = as_table(made_up(40), tmp_path / "test.tsv")
    out = tmp_path / "out.json"
    code, text, err = run(
        capsys, "--train", train, "--test", test, "-o", out, "--label-fractions", "0.5,20", *QUICK
    )
    assert (code, "Traceback" in err) == (0, False)
    report = json.loads(out.read_text())
    for method in METHODS:
        assert method in text
        assert set(experiment.MEASURES) | {"interval_95"} <= report[method].keys()
    assert [row["labels"] for row in report["learning_curve"]] == [60, 20]
    assert report["test_sequences_in_train"] == 0
    assert not (tmp_path / "out.json.run").exists()


def test_the_curve_alone_is_figures_for_the_card(tmp_path: Path, capsys) -> None:
    train = as_table(made_up(60), tmp_path / "train.tsv")
    out = tmp_path / "made_donor_few_labels.json"
    words = ("--train", train, "-o", out, "--label-fractions", 20, "--curve-only",
             "--methods", "prior,bases", "--folds", 3, "--draws", 2, *QUICK)  # fmt: skip
    code, text, err = run(capsys, *words)
    assert (code, "20 labels, 2 draws" in text, "scratch" in err) == (0, True, False)
    report = json.loads(out.read_text())
    (row,) = report["learning_curve"]
    assert row["prior_minus_bases"]["accuracy"]["mean"] == pytest.approx(
        row["prior"]["accuracy"]["mean"] - row["bases"]["accuracy"]["mean"]
    )
    _, figures = read_figures(out)
    assert {f.section for f in figures} == {"Few labels of made_donor"}
    assert {f.model for f in figures} == {"prior", "bases", "prior_minus_bases"}
    assert {(f.what, f.n) for f in figures} == {("accuracy, 20 labels", 2), ("auroc, 20 labels", 2)}


def test_another_reader_is_not_answered_by_what_was_kept(tmp_path: Path, untrained) -> None:
    recipe, data = ProbeRecipe(), made_up(10)
    part = experiment.Part("one", data, data)
    reader = shipped_reader()
    ours, theirs = (
        experiment.ExperimentRunner(untrained.autoencoder, recipe, folder=tmp_path, reader=known)
        for known in (reader, (reader[0], {"weights_sha256": "other"}))
    )
    ours.keep("prior", part, np.zeros((10, 2)))
    ours.keep("scratch", part, np.zeros((10, 2)))
    assert (theirs.kept("prior", part), theirs.kept("scratch", part)) == (False, True)


def test_a_mean_is_of_what_its_methods_say(tmp_path: Path, untrained) -> None:
    data = made_up(10)
    part = experiment.Part("one", data, data)
    runner = experiment.ExperimentRunner(untrained.autoencoder, ProbeRecipe(), folder=tmp_path)
    runner.keep("prior", part, np.full((10, 2), [0.25, 0.75]))
    runner.keep("scratch", part, np.full((10, 2), [1.0, 0.0]))
    runner.prepare([("prior_network", part)])  # the network counts a third
    assert np.allclose(runner("prior_network", part), np.full((10, 2), 0.5))


@pytest.mark.slow
def test_python_says_what_the_command_says(tmp_path: Path, capsys) -> None:
    data = made_up(60)
    train, out = as_table(data, tmp_path / "train.tsv"), tmp_path / "out.json"
    chart = tmp_path / "curve.svg"
    words = ("--train", train, "-o", out, "--folds", 3, "--label-fractions", "20,30", "--draws", 2,
             "--methods", "bases,kmer", "--chart", chart, *QUICK)  # fmt: skip
    assert run(capsys, *words)[0] == 0
    report = run_probe(
        read_labeled(train), folds=3, methods=("kmer", "bases"), sizes=(20, 30), draws=2,
        recipe=ProbeRecipe(epochs=1, least_steps=3),
    )  # fmt: skip
    written = json.loads(out.read_text())
    del written["command"]
    assert json.loads(json.dumps(report)) == written
    names = re.findall("<title>([^<]*) labels: AUROC", chart.read_text())
    assert [name.split(", ") for name in names] == [
        [method, count]
        for method in ("k-mer counts", "bases alone")
        for count in ("20", "30", "40")
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"held_out": made_up(10)._replace(classes=["class1", "class0"])}, "read those with class"),
        ({"methods": ("words",)}, "There is no method 'words': choose from kmer"),
        ({"folds": 1}, "The number of folds is a whole number from 2, not 1"),
    ],
)
def test_python_is_refused_what_the_command_cannot_say(change, words: str) -> None:
    with pytest.raises(InputError, match=words):
        run_probe(made_up(20), **{"methods": ("kmer",)} | change)


def test_test_sequences_that_overlap_training_are_counted_and_told(capsys) -> None:
    data, test = made_up(40), made_up(20)
    moved = np.concatenate([data.codes[:6, 1:], data.codes[:6, :1]], axis=1)
    test = test._replace(codes=np.concatenate([moved, test.codes[6:]]))
    for held_out, count in ((test, 6), (made_up(20), 0)):
        report = run_probe(data, held_out, methods=("kmer",))
        assert report["test_sequences_overlapping_train"] == count
        told = f"{count} of 20 measured sequences share 31 bases in a row"
        assert (told in capsys.readouterr().err) == bool(count)


def test_overlaps_of_short_sequences_are_not_counted() -> None:
    report = run_probe(made_up(40, length=30), made_up(20, length=30), methods=("kmer",))
    assert "test_sequences_overlapping_train" not in report


def test_needs_are_named_before_the_work(tmp_path: Path, capsys, monkeypatch) -> None:
    train = as_table(made_up(20), tmp_path / "train.tsv")
    monkeypatch.setitem(sys.modules, "scipy", None)
    code, _, err = run(capsys, "--train", train, *QUICK)
    assert (code, "learned from" in err) == (1, False)
    assert "scipy" in err


@pytest.mark.slow
def test_command_counts_overlap_and_resumes(tmp_path: Path, capsys, monkeypatch) -> None:
    data = made_up(60)
    train = as_table(data, tmp_path / "train.tsv")
    test = as_table(data.subset(np.arange(50, 60)), tmp_path / "test.tsv")
    out = tmp_path / "out.json"
    words = ("--train", train, "--test", test, "-o", out, *QUICK)
    monkeypatch.setattr(
        run_module,
        "compare",
        lambda parts, run, methods: 1 / 0 if run("kmer", parts[0]) is not None else {},
    )
    assert run(capsys, *words)[0] == 1
    monkeypatch.undo()
    assert len(list((tmp_path / "out.json.run").glob("kmer-*.npy"))) == 1
    code, _, err = run(capsys, *words)
    assert code == 0
    assert "10 of 10 test sequences are in the training file too" in err
    assert "kmer, test" not in err
    assert json.loads(out.read_text())["train_examples"] == 50


def test_other_folds_take_nothing_from_a_killed_run(tmp_path: Path, capsys, monkeypatch) -> None:
    train = as_table(made_up(24), tmp_path / "train.tsv")
    monkeypatch.setattr(
        run_module, "compare", lambda parts, run, methods: run("kmer", parts[0]) / "killed"
    )
    for folds, learned in ((2, 12), (2, None), (3, 16)):
        words = ("--train", train, "-o", tmp_path / "out.json", "--folds", folds, *QUICK)
        code, _, err = run(capsys, *words)
        assert code == 1
        message = [line for line in err.splitlines() if line.startswith("kmer, fold-1")]
        assert message == ([f"kmer, fold-1: learned from {learned}"] if learned else [])


def test_bad_input_is_one_sentence(tmp_path: Path, capsys) -> None:
    train = as_table(made_up(20), tmp_path / "train.tsv")
    data = made_up(20)
    one = as_table(data.subset(data.labels == 1), tmp_path / "one.tsv")
    longer = as_table(made_up(20, length=80), tmp_path / "longer.tsv")
    for words, sentence in [
        ((), "nothing to learn from"),
        (("--train", tmp_path / "nowhere"), "No such file"),
        (("--positive", train), "go together"),
        (("--train", train, "--test", longer), "they need one length"),
        (("--train", one), 'all sequences have the label "class1"'),
        (("--train", train, "--test", one), 'all sequences have the label "class1"'),
        (("--train", train, "--test", train), "20 of 20 test sequences"),
        (("--train", train, "--test", train, "--folds", 3), "not both"),
        (("--train", train, "--label-fractions", "x"), "give shares"),
        (("--train", train, "--folds", 2, "--label-fractions", "4,50"), "50 labels: there are 10"),
        (("--train", train, "--methods", "prior,x"), 'there is no method "x"; choose from kmer,'),
        (("--train", train, "--curve-only"), "--curve-only needs --label-fractions"),
        (("--train", train, "--chart", tmp_path / "a.svg"), "--chart needs --label-fractions"),
        (("--train", train, "--chart", tmp_path / "a.png", "--label-fractions", 10), ".svg"),
        (("--train", train, "--reader", tmp_path), "reader.safetensors does not exist"),
        (("--train", train, "-o", tmp_path / "no" / "out.json"), "does not exist"),
        (("--train", train, "--methods", "kmer", "--seed", 2**32), "Invalid value for '--seed'"),
    ]:
        code, _, err = run(capsys, *words)
        assert (code, sentence in err, "Traceback" in err) == (2, True, False), err
