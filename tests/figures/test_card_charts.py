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
    assert [len(group.charts) for group in card_charts(card)] == [2, 2, 1, 2, 1]


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
    assert [name for name, _ in drawn.key] == ["the classifier", "MaxEntScan"]


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
    # The axis starts at .7, below every interval.
    (first, *_) = re.findall(r'cx="0.0" cy="([\d.]+)"', drawn.svg)
    assert float(first) == pytest.approx(220 - 220 * 0.05 / 0.3, abs=0.1)


def test_few_labels_are_drawn_set_by_set() -> None:
    def row(name: str, model: str, value: float) -> dict[str, Any]:
        return {"section": f"Few labels of {name}", "what": "accuracy, 100 labels", "model": model,
                "value": value, "low": value - 0.02, "high": value + 0.02}  # fmt: skip

    rows = [row("hs3d_donor", "prior_network", 0.9), row("hs3d_donor", "scratch", 0.85),
            row("human_donor", "prior_network", 0.9),
            row("human_acceptor", "prior_network", 0.75),
            row("human_acceptor", "prior_network_minus_scratch", 0.04)]  # fmt: skip
    donors, acceptors = few_labels({"more": [{"figures": rows}]})
    assert "hs3d, 100 labels, prior and network: accuracy 0.900" in donors.svg
    assert [name for name, _ in donors.key] == ["prior and network", "from scratch"]
    assert (donors.svg.count("<circle"), acceptors.svg.count("<circle")) == (3, 1)
    # .75 is in the middle of an axis from .5 to 1, the only set in the middle of the other.
    assert 'cx="110.0" cy="110.0"' in acceptors.svg
