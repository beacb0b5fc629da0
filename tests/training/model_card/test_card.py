"""The card: what other commands measured is taken in; a stranger's file gets a sentence."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape

from dnaviz.cli import main
from dnaviz.figures.card_charts import card_charts
from dnaviz.models import load_model
from dnaviz.models.encoder import count_parameters
from dnaviz.models.model import ASSETS
from dnaviz.serving.card import read_card as served_card
from dnaviz.serving.card import sections
from dnaviz.training.evaluation.error_analysis import missed_by_kind, worst_errors
from dnaviz.training.evaluation.evaluate import Metric
from dnaviz.training.evaluation.reliability import reliability
from dnaviz.training.model_card import card
from dnaviz.training.model_card.beside import beside_others
from dnaviz.training.model_card.metrics_io import as_row, read_figures, write_figures
from dnaviz.training.networks.masked_reader import shipped_reader
from dnaviz.training.probe.methods import METHODS

NAN = float("nan")
FIGURES = [
    Metric("Windows", "AUROC", "classifier", 0.5, 0.4, 0.6, 10),
    Metric("Windows", "AUROC", "MaxEntScan", 0.25, NAN, NAN, 10),
]


MEASURED = {"accuracy": 0.75, "auroc": 0.5, "average_precision": 0.5, "mcc": 0.0, "n": 4}
MEASURED |= {"interval_95": {key: [0.0, 1.0] for key in MEASURED}, "error_by_class": {"a": 0.25}}
PROBE = dict.fromkeys(METHODS, MEASURED) | {
    "fine_tuned_minus_scratch": {"accuracy": 0.01, "interval_95": [-0.5, 0.5]}, "folds": 5,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, untrained, monkeypatch) -> Path:
    settings = {
        "settings": {"seed": 0}, "training_seconds": 60, "training_threads": 1, "command": "dnaviz",
        "data_sha256": {}, "split": {"test": ["chr1"], "validation": ["chr2"]},
    }  # fmt: skip
    first = {
        "command": "dnaviz train <i>y", "training_seconds": 7200, "weights_sha256": "a1",
        "look": "wide",
    }  # fmt: skip
    teacher = {
        "command": "dnaviz train x --seed 7", "training_seconds": 90, "weights_sha256": "f0",
        "teachers": [first],
    }  # fmt: skip
    start = {
        "command": "dnaviz train z", "training_seconds": 180, "weights_sha256": "b2",
        "teachers": [first],
    }  # fmt: skip
    taught = settings | {
        "teachers": [teacher], "look": "deep", "note": "It began as a teacher.",
        "start": start | {"note": "It was short."},
    }  # fmt: skip
    monkeypatch.setattr(untrained, "config", {"autoencoder": settings, "splice": taught})
    points = {"donor": reliability(np.array([True, False]), np.array([0.9, 0.1]))}
    content = card.card(untrained, FIGURES, reliability=points)
    content["failures"] = [
        {"kind": "missed", "place": "chr1:5:+", "gene": "<b>", "probability": 0.1, "sequence": "Ag"}
    ]
    card.write_card(tmp_path, content)
    return tmp_path


def test_metrics_round_trip_through_a_file(tmp_path: Path) -> None:
    write_figures(tmp_path / "f.json", FIGURES)
    command, result = read_figures(tmp_path / "f.json")
    assert command.startswith("dnaviz")
    assert result[0] == FIGURES[0]
    assert np.isnan(result[1].low)


def test_the_shipped_card_is_about_the_shipped_weights() -> None:
    config = load_model(ASSETS).config | {"reader": shipped_reader()[1]}
    shipped = {name: about["weights_sha256"] for name, about in config.items()}
    told = card.read_card(ASSETS)["checkpoints"]
    assert {name: about["weights_sha256"] for name, about in told.items()} == shipped


def test_teachers_are_named_where_the_taught_one_is(folder: Path) -> None:
    text = (folder / "model_card_tables.md").read_text()
    lines = (
        "- Goes on from `dnaviz train z` (3 minutes; weights b2). It was short.\n"
        "  - Learned from `dnaviz train <i>y` (120 minutes; wide look; weights a1)\n"
        "- Learned from `dnaviz train x --seed 7` (2 minutes; weights f0)\n"
        "  - Learned from `dnaviz train <i>y` (120 minutes; wide look; weights a1)\n"
    )
    assert text.index("**splice**") < text.index(" MB, deep look, 1 minutes") < text.index(lines)
    assert text.index(lines) < text.index("\nIt began as a teacher.\n")


def test_the_card_says_how_long_all_rounds_took_each_once(folder: Path) -> None:
    text = (folder / "model_card.md").read_text()
    assert re.search(r"- splice: .*, 1 minutes of training, 2 hours with all that it goes", text)
    assert re.search(r"- autoencoder: .*, 1 minutes of training\n", text)


def test_a_plain_classifier_stands_beside_the_one_on_the_autoencoder(
    tmp_path: Path, plain_folder: Path, monkeypatch
) -> None:
    model = load_model(plain_folder)
    settings = {
        "training_seconds": 60, "training_threads": 1, "command": "dnaviz", "data_sha256": {},
        "split": {"test": ["chr1"], "validation": ["chr2"]},
    }  # fmt: skip
    names = ("autoencoder", "classifier", "splice")
    monkeypatch.setattr(model, "config", dict.fromkeys(names, settings))
    card.write_card(tmp_path, card.card(model, FIGURES))
    text = (tmp_path / "model_card_tables.md").read_text()
    sizes = [count_parameters(m) for m in (model.autoencoder, model.splice, model.fine_tuned)]
    assert len(set(sizes)) == 3
    for name, size in zip(names, sizes, strict=True):
        assert f"**{name}**: {size:,} parameters" in text


def test_include_replaces_what_was_measured_before(folder: Path, tmp_path: Path, capsys) -> None:
    extra = tmp_path / "familiarity.json"
    write_figures(extra, FIGURES[:1])
    probe = tmp_path / "hs3d.json"
    worse = {"mean": -0.07, "interval_95": [-0.09, -0.05]}
    few = {"labels": 100, "draws": 5, "fine_tuned_minus_scratch": {"accuracy": worse}}
    rate = {"mean": 0.5, "interval_95": [0.4, 0.6]}
    few |= {method: {"accuracy": rate, "auroc": rate} for method in METHODS}
    report = PROBE | {"learning_curve": [few], "train_examples": 4400, "length": 140}
    report |= {"recipe": {"members": 3}, "test_sequences_seen_by_autoencoder": 604}
    probe.write_text(json.dumps(report | {"fine_tuned_minus_scratch": None}))
    assert main(["measure", "card", str(folder), "--include", str(probe)]) == 2
    assert "hs3d.json is no report of dnaviz probe." in capsys.readouterr().err
    probe.write_text(json.dumps({k: v for k, v in report.items() if k != "train_examples"}))
    assert main(["measure", "card", str(folder), "--include", str(probe)]) == 2
    assert "hs3d.json is no report of dnaviz probe." in capsys.readouterr().err
    probe.write_text(json.dumps(report))
    for _ in range(2):
        words = ["measure", "card", folder, "--include", extra, "--include", probe]
        assert main([str(word) for word in words]) == 0
    content = json.loads((folder / "model_card.json").read_text())
    assert [len(content["more"]), len(content["probes"])] == [1, 1]
    # A file of the same name, written by another command, replaces what that file brought.
    content["more"][0]["command"] = "dnaviz measure familiarity --n 1 -o familiarity.json"
    (folder / "model_card.json").write_text(json.dumps(content))
    curve = {"site": "donor", "model": "m", "points": [[1.0, 0.5]], "thresholds": []}
    write_figures(extra, FIGURES[:1], [curve])
    assert main(["measure", "card", str(folder), "--include", str(extra)]) == 0
    (more,) = json.loads((folder / "model_card.json").read_text())["more"]
    assert more["curves"] == [curve]
    text = (folder / "model_card_tables.md").read_text()
    assert "| hs3d | fine_tuned | 0.7500 (0.0000-1.0000)" in text
    assert "With all labels, fine-tuned does not differ from training from scratch" in text
    assert "With 100 labels (5 draws), fine-tuned is worse than training from scratch" in text
    messages = content["probes"][0]["told"]
    assert messages[0] == (
        "By 5 folds, 3 networks; 604 overlap what the autoencoder saw, without labels. "
        "Fine-tuned errors: a 25.0%."
    )
    assert messages[2].startswith("With 100 labels")
    assert "| donor | 0.900 | 1.000 |" in text
    assert "chr1:5:+" in text


def test_second_seed_shows_what_moves_but_no_baseline(folder: Path, tmp_path: Path, capsys) -> None:
    other = tmp_path / "other.json"
    content = json.loads((folder / "model_card.json").read_text())
    content["figures"][0]["value"] = 0.75
    other.write_text(json.dumps(content))
    assert main(["measure", "card", str(folder), "--second", str(other)]) == 0
    rows = json.loads((folder / "model_card.json").read_text())["seeds"]["rows"]
    assert [(r["value"], r["other"]) for r in rows] == [(0.5, 0.75)]
    figure = content["figures"][0] | {"model": "autoencoder"}
    for which in content["checkpoints"].values():
        which["weights_sha256"] = "the same"
    other.write_text(json.dumps(content | {"figures": [*content["figures"], figure]}))
    third = tmp_path / "third.json"
    content["figures"][0]["value"] = 0.625
    third.write_text(json.dumps(content | {"figures": [*content["figures"], figure]}))
    pair = ["--second", str(other), "--second", str(third)]
    assert main(["measure", "card", str(folder), *pair]) == 0
    rows = json.loads((folder / "model_card.json").read_text())["seeds"]["rows"]
    assert [(r["value"], r["other"]) for r in rows] == [(0.75, 0.625)]
    assert "| 0.7500 | 0.6250 | -0.1250 |" in (folder / "model_card_tables.md").read_text()
    assert main(["measure", "card", str(folder), *pair, *pair]) == 2
    assert "once or twice" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--include", "--second"])
@pytest.mark.parametrize("text", ["", "[]", "{}", '{"figures": 3}', '{"figures": [{"x": 1}]}'])
def test_malformed_files_are_refused(
    folder: Path, tmp_path: Path, capsys, text: str, option: str
) -> None:
    strange = tmp_path / "strange.json"
    strange.write_text(text)
    assert main(["measure", "card", str(folder), option, str(strange)]) == 2
    assert "Traceback" not in (err := capsys.readouterr().err)
    assert "strange.json" in err


def test_a_second_card_with_strange_figures_gets_a_sentence(
    folder: Path, tmp_path: Path, capsys
) -> None:
    other = tmp_path / "strange.json"
    content = json.loads((folder / "model_card.json").read_text())
    del content["figures"][0]["what"]
    other.write_text(json.dumps(content))
    assert main(["measure", "card", str(folder), "--second", str(other)]) == 2
    assert "strange.json" in capsys.readouterr().err


@pytest.mark.parametrize("checkpoints", [None, "x", [], {}, {"splice": None}])
def test_a_second_card_without_weights_gets_a_sentence(
    folder: Path, tmp_path: Path, capsys, checkpoints
) -> None:
    other = tmp_path / "strange.json"
    content = json.loads((folder / "model_card.json").read_text())
    other.write_text(json.dumps(content | {"checkpoints": checkpoints}))
    assert main(["measure", "card", str(folder), "--second", str(other)]) == 2
    assert "strange.json" in capsys.readouterr().err


def test_figures_are_no_second_card(folder: Path, tmp_path: Path, capsys) -> None:
    write_figures(tmp_path / "figures.json", FIGURES)
    assert main(["measure", "card", str(folder), "--second", str(tmp_path / "figures.json")]) == 2
    assert "figures.json is not a model card." in capsys.readouterr().err


@pytest.mark.parametrize("words", [["nowhere"], [".", "--include", "x"], [".", "--second", "x"]])
def test_what_evaluate_writes_and_includes_is_checked_before_it_works(
    tmp_path: Path, monkeypatch, capsys, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("genome.fa", "genes.gff3"):  # nothing in them: they must not be read yet
        (tmp_path / name).touch()
    needed = ["evaluate", "--fasta", "genome.fa", "--annotation", "genes.gff3"]
    assert main([*needed, "--card", *words]) == 2
    assert words[-1] in capsys.readouterr().err
    if len(words) > 1:
        assert main([*needed, *words[1:]]) == 2
        assert "say with --card where it goes" in capsys.readouterr().err


def test_reliability_of_calibrated_and_miscalibrated_probabilities() -> None:
    rng = np.random.default_rng(0)
    message = rng.random(20_000)
    points = reliability(rng.random(20_000) < message, message)
    assert len(points) == 11
    assert all(p["low"] <= p["true"] <= p["high"] for p in points)
    assert all(abs(p["said"] - p["true"]) < 0.05 for p in points)
    lying = reliability(rng.random(20_000) < message / 2, message)
    assert lying[-1]["high"] < lying[-1]["said"]


def test_worst_are_the_surest_mistakes(lively) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for k in range(40):
        bases = "".join(rng.choice(list("ACGT"), 200))
        site = ["donor", "GT decoy", "acceptor", "AG decoy"][k % 4]
        start = 100 if "GT" in site or site == "donor" else 99
        bases = bases[:start] + ("GT" if start == 100 else "AG") + bases[start + 2 :]
        rows.append([f"g{k}", "chr1", k, "+", site, bases])
    windows = pd.DataFrame(rows, columns=["gene", "chrom", "position", "strand", "label",
                                          "sequence"])  # fmt: skip
    result = worst_errors(lively, windows, most=2)
    assert len(result) == 8
    p = lively.classify(windows["sequence"].tolist())
    decoys = (windows["label"] == "GT decoy").to_numpy()
    sites = (windows["label"] == "acceptor").to_numpy()
    assert result[0]["probability"] == pytest.approx(p[decoys, 1].max(), abs=1e-4)
    assert result[-2]["kind"] == "acceptor missed"
    assert result[-2]["probability"] == pytest.approx(p[sites, 2].min(), abs=1e-4)
    assert all(f["sequence"][20].islower() for f in result)
    assert len(missed_by_kind(lively, windows)) == 2


def test_page_shows_the_card_and_escapes_it(folder: Path, monkeypatch) -> None:
    from jinja2 import Environment, FileSystemLoader

    import dnaviz.serving

    monkeypatch.setenv("DNAVIZ_MODEL", str(folder))
    templates = Path(dnaviz.serving.__file__).parent / "templates"
    template = Environment(loader=FileSystemLoader(templates), autoescape=True).get_template(
        "about.html"
    )
    names = {"base_url": "/", "dashboards": [], "query": "", "title": "t", "sections": sections}
    page = template.render(card=served_card(), charts=card_charts(served_card()), **names)
    assert "chr1:5:+" in page
    assert "&lt;b&gt;" in page
    assert "Reliability of donor" in page
    assert "<li><code>dnaviz train x --seed 7</code> (2 minutes; weights" in page
    assert "<i>" not in page
    assert "&lt;i&gt;y" in page
    content = json.loads((folder / "model_card.json").read_text())
    assert all(str(escape(sentence)) in page for sentence in content["reading"])
    # A card from before there were notes, and sentences about probes.
    for key in ("reading", "notes", "about_probes", "megabytes"):
        del content[key]
    content["probes"] = [{"name": "set", "verdicts": ["It is better."]} | PROBE]
    (folder / "model_card.json").write_text(json.dumps(content))
    page = template.render(card=served_card(), **names)
    assert "<li>set: It is better.</li>" in page
    assert main(["measure", "card", str(folder)]) == 0
    assert (
        "- set: By 5 folds. Fine-tuned errors: a 25.0%."
        in (folder / "model_card_tables.md").read_text()
    )
    monkeypatch.setenv("DNAVIZ_MODEL", str(folder / "nowhere"))
    assert served_card() is None
    assert "There is no model card" in template.render(card=None, **names)


def test_sections_come_with_what_there_is_to_say_of_them(folder: Path) -> None:
    rows = [as_row(Metric("Scan of 3 genes", "top-k accuracy, donor", "classifier", 0.5, 0, 1, 9))]
    content = json.loads((folder / "model_card.json").read_text())
    card.write_card(folder, content | {"figures": rows})
    content = json.loads((folder / "model_card.json").read_text())
    assert list(content["notes"]) == ["Scan of 3 genes"]
    text = (folder / "model_card_tables.md").read_text()
    assert f"### Scan of 3 genes\n\n{content['notes']['Scan of 3 genes']}\n\n| what" in text
    for sentence in content["reading"]:
        assert f"- {sentence}\n" in text


def test_two_trainings_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    content = json.loads((folder / "model_card.json").read_text())
    other = tmp_path / "other.json"
    named = [("one", 0.5, 0.625), ("two", 0.5, 0.25), ("three", 0.5, 0.5)]
    first, second = (
        [as_row(Metric("S", name, "classifier", values[k], 0, 1, 9)) for name, *values in named]
        for k in (0, 1)
    )
    (folder / "model_card.json").write_text(json.dumps(content | {"figures": first}))
    other.write_text(json.dumps(content | {"figures": second}))
    assert main(["measure", "card", str(folder), "--second", str(other)]) == 0
    messages = json.loads((folder / "model_card.json").read_text())["seeds"]["told"]
    assert messages == (
        "Of 3 figures the middle one differs by 0.1250, the most by 0.2500 (S: two, classifier)."
    )
    assert messages in (folder / "model_card_tables.md").read_text()


def test_the_card_is_one_page_and_its_tables_and_charts_lie_beside_it(tmp_path: Path) -> None:
    content = card.read_card(ASSETS)
    card.write_card(tmp_path, content)
    page = (tmp_path / "model_card.md").read_text()
    assert len(page.splitlines()) < 80
    for name in re.findall(r"\]\((\S+)\)", page):
        assert (tmp_path / name).stat().st_size > 1000, name
    tables = (tmp_path / "model_card_tables.md").read_text()
    assert f"| {content['figures'][0]['what']} |" in tables
    assert "svg xmlns" in (tmp_path / "model_card_charts.svg").read_text()
    for kind in ("page", "charts", "tables"):
        name = {"page": "model_card.md"}.get(kind, f"model_card_{kind}")
        (shipped,) = ASSETS.glob(f"{name}*")
        assert shipped.read_bytes() == (tmp_path / shipped.name).read_bytes()


def test_others_stand_beside_what_was_measured_on_such_genes() -> None:
    def rows(model: str, value: float) -> list[dict]:
        return [
            {"section": "9 test genes of lrg_test.fa.gz", "model": model, "value": value,
             "what": f"top-k accuracy, {site}, all transcripts"}
            for site in ("donor", "acceptor")
        ]  # fmt: skip

    assert beside_others([]) == beside_others(rows("dnaviz 12", 0.5)[:1]) == []
    (group,) = beside_others(rows("dnaviz 12", 0.8125) + rows("own", 0.25))
    assert group.what.startswith("9 disease genes")
    assert group.rows[:2] == [("dnaviz", ".812", ".812"), ("own", ".250", ".250")]
    assert group.rows[2][0] == "OpenSpliceAI 400 nt"
