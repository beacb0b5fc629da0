"""What does not look human is told where its results are shown."""

import pytest

from dnaviz import load
from dnaviz.panels import LatentMap, SpliceInspector
from dnaviz.panels.doubt import doubt
from dnaviz.sequences import Sequence


@pytest.fixture
def model(untrained, monkeypatch):
    """Random weights that know what human DNA looks like."""
    monkeypatch.setattr(untrained, "human", load().human)
    monkeypatch.delenv("QUERY_STRING", raising=False)
    return untrained


def test_inspector_tells_and_forgets(model, synthetic_atlas) -> None:
    panel = SpliceInspector(model=model, atlas=synthetic_atlas)
    panel.sequence = "CA" * 150
    assert "repeats itself" in panel._scan_view.doubt.text
    panel._scan_view.show(panel.result)
    assert panel._scan_view.doubt.text == ""


def test_map_tells(model, synthetic_atlas) -> None:
    panel = LatentMap(synthetic_atlas, model)
    panel.place("CA" * 100)
    assert "repeats itself" in panel.message.text


def test_of_many_the_strange_are_named(model) -> None:
    records = [Sequence("CA" * 100, f"r{i}") for i in range(4)] + [Sequence("A" * 15, "short")]
    words = doubt(model, records)
    assert words.startswith("4 of 5 sequences")
    assert '"r0", "r1", "r2" and 1 more' in words
    assert doubt(model, records[-1:]) == ""
