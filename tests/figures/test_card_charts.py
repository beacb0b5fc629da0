"""Charts of the model card: where points lie, and what is drawn of what there is."""

import json
import re
from typing import Any

import pytest

from dnaviz.figures.card_charts import (
    Line,
    Point,
    card_charts,
    chart,
    few_labels,
    learning_curve,
    precision_recall,
)
from dnaviz.models.model import ASSETS

EMPTY = {"more": [], "reliability": {}, "probes": []}


def test_points_lie_where_the_axes_say() -> None:
    line = Line("", "red", [Point(0, 0, title="none"), Point(1, 0.5, 0.25, 0.75, "half & more")])
    svg = chart([line], label="<b>", x_name="x", y_name="y")
    assert re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', svg) == [("0.0", "220.0"), ("220.0", "110.0")]
    assert "M220.0 165.0V55.0" in svg  # the interval
    assert "half &amp; more" in svg
    assert "<b>" not in svg


def test_a_card_with_nothing_to_draw_has_no_charts() -> None:
    assert card_charts(EMPTY) == []


def test_the_shipped_card_has_each_of_its_charts() -> None:
    card = json.loads((ASSETS / "model_card.json").read_text())
    assert [len(group.charts) for group in card_charts(card)] == [2, 2, 1, 6, 1]


def test_curves_say_what_a_threshold_gives() -> None:
    marks = [
        {"probability": 0.5, "recall": 0.75, "precision": 0.875},
        {"probability": 0.9, "recall": 0.0, "precision": None},
    ]
    ours = {"site": "donor", "model": "m 1", "points": [[0.5, 1], [1, 0.5]], "thresholds": marks}
    other = ours | {"model": "MaxEntScan", "thresholds": []}
    drawn = precision_recall("donor", [ours, other])
    assert drawn.svg.count("<circle") == 1
    assert "p ≥ 0.5: 75% of the donors are found, 88% of what is called is true" in drawn.svg
    assert [name for name, _ in drawn.key] == ["the classifier", "┄ MaxEntScan"]


def test_a_learning_curve_ends_with_all_labels_of_a_fold() -> None:
    few = {"mean": 0.75, "interval_95": [0.7, 0.8]}
    methods = ("kmer", "frozen", "fine_tuned", "scratch")
    probe = {
        "name": "hs3d_donor_100_labels", "told": ["By 5 folds.", "With all labels, better."],
        "length": 60, "folds": 5, "train_examples": 500,
        "learning_curve": [{"labels": 100, **{m: {"auroc": few} for m in methods}}],
        **{m: {"auroc": 0.95, "interval_95": {"auroc": [0.9, 1.0]}} for m in methods},
    }  # fmt: skip
    drawn = learning_curve(probe)
    assert "fine-tuned, 100 labels: AUROC 0.750" in drawn.svg
    assert "fine-tuned, 400 labels: AUROC 0.950" in drawn.svg
    assert drawn.caption == "Set hs3d_donor, 60 nt, with 95 % intervals. With all labels, better."
    few_alone = {key: value for key, value in probe.items() if key not in methods}
    assert "fine-tuned, 100 labels" in learning_curve(few_alone).svg  # --curve-only
    assert "400 labels" not in learning_curve(few_alone).svg
    # The axis starts at .7, below every interval.
    (first, *_) = re.findall(r'cx="0.0" cy="([\d.]+)"', drawn.svg)
    assert float(first) == pytest.approx(220 - 220 * 0.05 / 0.3, abs=0.1)


def test_few_labels_are_drawn_set_by_set() -> None:
    def row(name: str, model: str, labels: int, value: float) -> dict[str, Any]:
        what = f"accuracy, {labels} labels"
        return {"section": f"Few labels of {name}", "what": what, "model": model,
                "value": value, "low": value - 0.02, "high": value + 0.02}  # fmt: skip

    rows = [row("a_donor", "prior_network", 50, 0.9), row("a_donor", "prior_network", 200, 0.94),
            row("a_donor", "scratch", 50, 0.85),
            row("b_acceptor", "prior_network", 100, 0.75),
            row("b_acceptor", "prior_network_minus_scratch", 100, 0.04)]  # fmt: skip
    known = {"accuracy": 0.95, "interval_95": {"accuracy": [0.93, 0.96]}}
    probe = {"name": "a_donor", "folds": 5, "train_examples": 1000, "fine_tuned": known}
    first, second = few_labels({"more": [{"figures": rows}], "probes": [probe]})
    assert "prior and network, 200 labels: accuracy 0.940" in first.svg
    assert "fine-tuned, 800 labels: accuracy 0.950" in first.svg
    assert [name for name, _ in first.key] == ["┄ prior and network", "fine-tuned", "from scratch"]
    assert [drawn.svg.count("<circle") for drawn in (first, second)] == [4, 1]
    # On an axis from 50 to 800 labels, 200 stand in the middle; .75 stands between .7 and 1.
    assert re.findall(r'cx="([\d.]+)"', first.svg)[:3] == ["0.0", "110.0", "220.0"]
    assert ">all<" in first.svg
    assert ">100<" in second.svg
    (up,) = re.findall(r'cy="([\d.]+)"', second.svg)
    assert float(up) == pytest.approx(220 - 220 * 0.05 / 0.3, abs=0.1)
