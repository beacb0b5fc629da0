"""What was measured of each method on held-out sites, shipped with the weights it is true of."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Bar(NamedTuple):
    """What a figure has to reach: at least (or at most) `bar`; and what it says, in words."""

    bar: float
    least: bool
    words: str


BARS = {
    "completeness": Bar(0.99, True, "contributions add up to the score in {:.1%} of windows"),
    "consensus_donor": Bar(0.9, True, "r = {:.2f} with the consensus of donors"),
    "consensus_acceptor": Bar(0.9, True, "r = {:.2f} with the consensus of acceptors"),
    "implant": Bar(0.95, True, "an implanted consensus site holds the peak in {:.1%}"),
    "deletion": Bar(5.0, True, "its top ten bases matter {:.1f} times as much as random ones"),
    "random_weights": Bar(0.2, False, "r = {:.2f} with a network of random weights"),
}


class Check(NamedTuple):
    """One figure of one method with one baseline, over `n` sites or windows."""

    what: str
    method: str
    baseline: str
    value: float
    n: int

    @property
    def passed(self) -> bool:
        bar = BARS[self.what]
        return self.value >= bar.bar if bar.least else self.value <= bar.bar

    @property
    def words(self) -> str:
        """The figure in words, with the bar: for people."""
        bar = BARS[self.what]
        text = bar.words.format(self.value)
        threshold = bar.words.format(bar.bar).split(" ")
        number = next(w for w in threshold if any(c.isdigit() for c in w))
        return f"{text} ({'at least' if bar.least else 'at most'} {number} wanted)"


def method_checks(method: str, baseline: str, model: Any) -> list[Check]:
    """Return what is known of a method; nothing for weights that were not measured."""
    entry = _shipped()
    weights = getattr(model, "classifier_sha256", "")
    if not weights or entry.get("weights_sha256") != weights:
        return []
    # Input x Gradient and mutagenesis take no baseline and were measured once.
    alone = method in ("input_x_gradient", "mutagenesis")
    return [
        check
        for check in (Check(**values) for values in entry["checks"])
        if check.method == method and (alone or check.baseline == baseline)
    ]


@cache
def _shipped() -> dict[str, Any]:
    path = files("dnaviz") / "assets" / "explanations.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}
