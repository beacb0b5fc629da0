"""What the splice inspector teaches before there is a sequence."""

import re

import pytest

from dnaviz.genome.examples import worked_examples
from dnaviz.panels.common.terms import TERMS, term_html, terms_html
from dnaviz.panels.reconstruction.panel import Reconstruction
from dnaviz.panels.reconstruction.welcome import WAYS as RECONSTRUCTION_WAYS
from dnaviz.panels.splice_inspector.panel import SpliceInspector
from dnaviz.panels.splice_inspector.welcome import EXAMPLE, WAYS, example_html
from dnaviz.sequences import Sequence


@pytest.fixture
def inspector(lively, synthetic_atlas, monkeypatch):
    """An inspector that notes what it would compute."""
    monkeypatch.delenv("QUERY_STRING", raising=False)
    inspector = SpliceInspector(model=lively, atlas=synthetic_atlas)
    inspector._started = []
    inspector.start = lambda key, *more: inspector._started.append(key)
    return inspector


def shown(inspector):
    return inspector.welcome.view.layout.display != "none"


def test_an_example_is_on_screen_and_nothing_is_computed(inspector):
    assert shown(inspector)
    head = inspector.welcome.head.value
    assert "LDLR c.1813C&gt;T" in head
    assert "34 nt" in head
    assert inspector._started == []
    assert inspector.result is None


@pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])
def test_each_way_in_opens_an_example_and_the_card_goes(inspector, way):
    inspector.welcome.buttons[way.name].click()
    assert inspector.state.example == way.opens
    assert inspector._started == [("scan", inspector.input.sequence)]
    assert not shown(inspector)


def test_a_pasted_sequence_and_a_link_take_the_place_of_the_example(inspector):
    inspector.input.box.value = "ACGT" * 50
    inspector.input.button.click()
    assert str(inspector.sequence) == "ACGT" * 50
    assert not shown(inspector)


def test_the_example_is_not_shown_beside_a_sequence_given_in_python(lively, synthetic_atlas):
    inspector = SpliceInspector(model=lively, atlas=synthetic_atlas)
    inspector.start = lambda key, *more: None
    inspector.show(Sequence("ACGT" * 50, "mine"))
    assert not shown(inspector)


@pytest.mark.parametrize("way", RECONSTRUCTION_WAYS, ids=[way.name for way in RECONSTRUCTION_WAYS])
def test_the_reconstruction_says_what_is_worth_seeing(lively, monkeypatch, way):
    monkeypatch.delenv("QUERY_STRING", raising=False)
    panel = Reconstruction(lively)
    assert panel.welcome.view.layout.display is None
    monkeypatch.setattr(panel.runner, "start", lambda *work: None)
    panel.welcome.buttons[way.name].click()
    assert panel.state.example == way.opens
    assert panel.welcome.view.layout.display == "none"


def test_the_drawing_says_what_the_gene_has():
    (worked,) = [w for w in worked_examples() if w.name == EXAMPLE]
    html = example_html(worked)
    position, ref, alt = re.match(r"(\d+)([ACGT])>([ACGT])", worked.edit).groups()
    bases, at = str(worked.example.sequence), int(position) - 1
    assert bases[at] == ref
    # The change makes the GT that the drawing cuts at.
    assert bases[at - 1] + alt == "GT"
    (end,) = [last for first, last in worked.example.exons if first <= at + 1 <= last]
    assert f"{end - at + 1} nt lost" in html
    assert (end - at + 1) % 3  # the frame shifts, as the text says


def test_terms_are_explained_to_mouse_finger_and_keyboard():
    for term, meaning in TERMS.items():
        html = term_html(term)
        assert 'tabindex="0"' in html
        assert 'role="tooltip"' in html
        assert meaning.split(",")[0].split("<")[0][:20] in html
    assert terms_html("donor", "acceptor").count("tabindex") == 2
