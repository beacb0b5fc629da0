import asyncio
import importlib
import json

import numpy as np
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.errors import InputError
from dnaviz.panels.guard import WRONG, Runner, guard
from dnaviz.panels.page import escape
from dnaviz.panels.plot import Plot, library
from dnaviz.panels.splice_inspector import SpliceInspector
from dnaviz.panels.splice_inspector_state import InspectorState
from dnaviz.panels.state import MAX_QUERY, State
from dnaviz.panels.table import MOST_ROWS, Download, Table, file_name
from dnaviz.scanning import COLUMNS, scan
from dnaviz.sequences import Sequence

RNG = np.random.default_rng(0)
BASES = "".join(RNG.choice(list("ACGT"), 300))


@pytest.fixture
def inspector(lively, synthetic_atlas, monkeypatch):
    monkeypatch.delenv("QUERY_STRING", raising=False)
    monkeypatch.setattr(synthetic_atlas, "place", quick_place(synthetic_atlas))
    return SpliceInspector(model=lively, atlas=synthetic_atlas)


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    """A random network has so many corners that Integrated Gradients would go up to its cap."""
    module = importlib.import_module("dnaviz.attribution.integrate")
    monkeypatch.setattr(module, "MOST_STEPS", 32)


def quick_place(atlas):
    """Places by the atlas's own latents: the untrained model's mean nothing."""
    real = atlas.place

    def place(sequences, *, space, model, k):
        return real(atlas.latent(space)[: len(sequences)].astype(np.float32), space=space, k=k)

    return place


def hidden(view):
    return view.layout.display == "none"


# State and links


class Small(State):
    text = traitlets.Unicode("")
    number = traitlets.Float(0.5, min=0, max=1)
    choice = traitlets.Enum(["a", "b"], default_value="a")
    secret = traitlets.Int(0).tag(link=False)


@given(st.text(max_size=60), st.floats(0, 1), st.sampled_from("ab"))
def test_a_state_comes_back_from_its_link(text, number, choice):
    state = Small(text=text, number=number, choice=choice, secret=3)
    other = Small()
    assert other.from_query("?" + state.to_query()) == []
    assert (other.text, other.number, other.choice) == (text, number, choice)
    assert other.secret == 0


def test_defaults_need_no_link_and_long_ones_have_none():
    assert Small().to_query() == ""
    assert Small(text="A" * MAX_QUERY).to_query() is None


def test_bad_parts_of_a_link_are_dropped_and_good_ones_taken():
    state = Small()
    values = {"text": 7, "number": 3, "choice": "b", "other": 1}
    assert sorted(state.from_query("state=" + json.dumps(values))) == ["number", "other", "text"]
    assert state.to_dict() == Small(choice="b").to_dict()


@given(st.text(max_size=200))
def test_no_query_raises(text):
    Small().from_query(text)
    Small().from_query("state=" + text)


@pytest.mark.parametrize("query", ["state=" + "[" * 100_000, "state=NaN", "state={}", "state=%00"])
def test_hostile_queries_change_nothing(query):
    state = Small()
    state.from_query(query)
    assert state.to_dict() == Small().to_dict()


def test_not_a_number_is_no_number():
    state = Small()
    assert state.from_dict({"number": float("nan")}) == ["number"]
    assert state.number == 0.5


# Callbacks


def test_guarded_callbacks_tell_and_never_raise(caplog):
    said = []

    def wrong():
        raise KeyError("secret detail")

    def refused():
        raise InputError("Position 3 is no base.")

    guard(said.append)(wrong)()
    guard(said.append)(refused)()
    assert said == [WRONG, "Position 3 is no base."]
    assert "secret detail" in caplog.text
    assert "secret detail" not in WRONG


def test_a_second_click_is_dropped_and_newer_work_replaces_older():
    log = []

    def steps(name, count=5):
        try:
            for i in range(count):
                yield i / count
            log.append(name)
        except GeneratorExit:
            log.append(f"{name} stopped")
            raise

    async def clicks():
        busy = []
        runner = Runner(log.append, busy.append)
        runner.start("a", lambda: steps("first"))
        runner.start("a", lambda: steps("again"))
        await asyncio.sleep(0.003)
        assert runner.busy
        runner.start("b", lambda: steps("second"))
        while runner.busy:
            await asyncio.sleep(0.005)
        assert busy[0] is True
        assert busy[-1] is False

    asyncio.run(clicks())
    assert log == ["first stopped", "second"] or log == ["second", "first stopped"]


def test_cancelled_work_leaves_nothing_running():
    async def clicks():
        log = []

        def steps():
            for _ in range(1_000):
                yield 0.1
            log.append("done")

        runner = Runner(log.append)
        runner.start("a", steps)
        await asyncio.sleep(0.003)
        runner.cancel()
        await asyncio.sleep(0.05)
        assert not runner.busy
        assert log == []

    asyncio.run(clicks())


def test_failed_work_says_so_and_frees_the_button(caplog):
    said, busy = [], []

    def steps():
        yield 0.5
        raise ZeroDivisionError("hidden")

    runner = Runner(said.append, busy.append)
    runner.start("a", steps)
    assert said == [WRONG]
    assert busy == [True, False]


def test_text_is_escaped():
    assert escape("<img src=x onerror='1'>") == "&lt;img src=x onerror=&#x27;1&#x27;&gt;"


# Widgets of the page


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["trace", "point"]), x),
        max_leaves=6,
    )
)
def test_plots_take_any_message(content):
    clicked = []
    plot = Plot("x")
    plot.on_click(lambda trace, point: clicked.append((trace, point)))
    plot.receive(content)
    for trace, point in clicked:
        assert isinstance(trace, int)
        assert isinstance(point, int | tuple)


def test_plots_tell_clicks_and_survive_their_handlers():
    clicked = []
    plot = Plot("x")
    plot.on_click(lambda trace, point: clicked.append((trace, point)))
    plot.receive({"trace": 2, "point": 5})
    plot.receive({"trace": 0, "point": [1, 7]})
    plot.receive({"trace": -1, "point": 5})
    plot.receive({"trace": True, "point": 5})
    assert clicked == [(2, 5), (0, (1, 7))]
    plot.on_click(lambda trace, point: 1 / 0)
    plot.receive({"trace": 2, "point": 5})


def test_the_drawing_library_travels_compressed():
    assert len(library()) < 2_000_000


def test_tables_show_text_and_bounded_rows():
    table = Table(columns=["a"])
    table.show([[i] for i in range(MOST_ROWS + 7)])
    assert len(table.rows) == MOST_ROWS
    assert table.more == 7
    assert table.rows[3] == ["3"]


def test_downloads_send_a_file_or_say_why_not(caplog):
    said, sent = [], []

    def make():
        return "x.tsv", "a\tb\n"

    def refuse():
        raise InputError("No.")

    def fail():
        raise RuntimeError("hidden")

    for maker in (make, refuse, fail):
        button = Download("Save", maker, said.append)
        button.send = sent.append
        button.press()
    assert sent == [{"name": "x.tsv", "data": "YQliCg=="}]
    assert said == ["No.", WRONG]


def test_file_names_are_safe():
    assert file_name("../../etc/passwd", "x y", suffix="tsv") == "etc_passwd-x_y.tsv"
    assert file_name("", suffix="tsv") == "dnaviz.tsv"


# The inspector


def test_an_empty_inspector_asks_for_a_sequence(inspector):
    assert inspector.sequence is None
    assert hidden(inspector._scan_view.view)
    with pytest.raises(InputError, match="no sequence"):
        inspector.scan()
    with pytest.raises(InputError, match="no sequence"):
        _ = inspector.sites


def test_pasting_scans_and_explains_the_strongest_site(inspector, lively):
    inspector.input.box.value = f">mine\n{BASES}\n"
    inspector.input.button.click()
    assert inspector.message.text == ""
    expected = scan(Sequence(BASES, "mine"), lively)
    assert inspector.sites[list(COLUMNS)].equals(expected.table())
    best = max(expected.sites, key=lambda s: s.probability)
    a = inspector.attribution
    assert (a.position, a.strand, a.site) == (best.position, best.strand, best.site)
    assert inspector.mutations.position == best.position
    for part in (inspector._scan_view, inspector._why_view, inspector._like_view):
        assert not hidden(part.view)
    assert len(inspector._scan_view.table.rows) == len(expected.sites)
    chosen = inspector._scan_view.table.selected
    assert inspector._scan_view.table.rows[chosen][0] == f"{best.position:,}"
    assert len(inspector._like_view.table.rows) == 15


def test_python_calls_do_what_the_page_does(inspector):
    inspector.sequence = BASES
    a = inspector.select(57, "-", "acceptor")
    assert a is inspector.attribution
    assert (a.position, a.strand, a.site) == (57, "-", "acceptor")
    assert (inspector.state.position, inspector.state.site_strand) == (57, "-")
    with pytest.raises(InputError, match="outside"):
        inspector.select(301)
    assert inspector.attribution is a


def test_choosing_a_row_or_a_head_selects_the_site(inspector):
    inspector.sequence = BASES
    sites = inspector.result.at(0.5).sites
    inspector._scan_view.table.selected = 1
    assert inspector.attribution.position == sites[1].position
    acceptors = [s for s in sites if s.site == "acceptor"]
    inspector._scan_view.track.receive({"trace": 3, "point": 0})
    assert inspector.attribution.position == acceptors[0].position
    assert inspector.attribution.site == "acceptor"
    before = inspector.attribution
    inspector._scan_view.track.receive({"trace": 3, "point": 99_999})
    inspector._scan_view.track.receive({"trace": 0, "point": 0})
    inspector._scan_view.table.selected = 400_000
    assert inspector.attribution is before


def test_threshold_and_strand_filter_without_another_scan(inspector):
    inspector.sequence = BASES
    result = inspector.result
    inspector._scan_view.threshold.value = 0.9
    inspector._scan_view.strand.value = "-"
    assert inspector.state.threshold == 0.9
    assert inspector.result is result
    assert (inspector.sites["probability"] >= 0.9).all()
    assert set(inspector.sites["strand"]) <= {"-"}
    assert len(inspector._scan_view.table.rows) == len(inspector.sites)


def test_a_threshold_finer_than_the_slider_stays(inspector):
    inspector.state.threshold = 0.4567
    assert inspector.state.threshold == 0.4567


def test_method_and_baseline_explain_again(inspector):
    inspector.sequence = BASES
    inspector._why_view.method.value = "occlusion"
    assert inspector.attribution.method == "occlusion"
    inspector._why_view.baseline.value = "zeros"
    assert inspector.attribution.baseline == "zeros"
    assert inspector.attribution.verdict.split(" (")[0] in inspector._why_view.verdict.value


def test_bad_input_is_one_sentence_and_the_text_stays(inspector):
    inspector.input.box.value = "ACGT!" * 10
    inspector.input.button.click()
    assert inspector.message.is_error
    assert "column 5" in inspector.message.text
    assert inspector.input.box.value == "ACGT!" * 10
    inspector.input.box.value = BASES
    inspector.input.button.click()
    assert inspector.message.text == ""


def test_messages_are_text(inspector):
    inspector.input.box.value = "><script>alert(1)</script>\nACGT?"
    inspector.input.button.click()
    assert "<script>" not in inspector.message.view.value
    inspector.sequence = Sequence(BASES, "<img/src=x>")
    widgets = (
        inspector._why_view.heading,
        inspector._why_view.verdict,
        inspector._what_if_view.note,
    )
    assert all("<img" not in w.value for w in widgets)


def test_uploads_are_read_and_records_picked(inspector):
    data = f">one\n{BASES}\n>two\n{BASES[::-1]}\n".encode()
    file = {"name": "x.fa", "type": "", "size": len(data), "content": memoryview(data)}
    inspector.input._on_upload({"new": (file,)})
    assert [r.name for r in inspector.input.records] == ["one", "two"]
    assert inspector.sequence.name == "one"
    inspector.input.picker.value = 1
    assert inspector.sequence.name == "two"
    assert inspector.result.sequence.name == "two"
    big = dict(file, content=memoryview(b"A" * 5_000_001))
    inspector.guard(inspector.input._on_upload)({"new": (big,)})
    assert "5 MB" in inspector.message.text


def test_a_gallery_gene_brings_its_exons(inspector):
    names = [e.name for e in inspector.input._examples]
    number = names.index("APOE")
    inspector.input.gallery.value = number
    assert inspector.state.example == "APOE"
    assert inspector.state.sequence == ""
    example = inspector.input._examples[number]
    assert example.structures[0] in inspector.structures
    assert "known_in" in inspector.sites
    assert set(inspector.sites["chrom"]) <= {"chr19"}
    assert len(inspector.page.query) < 200


def test_a_link_reopens_the_same_view(inspector, lively, synthetic_atlas, monkeypatch):
    inspector.sequence = BASES
    inspector.select(101, "-", "donor")
    inspector.state.method = "occlusion"
    inspector.state.threshold = 0.7
    monkeypatch.setenv("QUERY_STRING", inspector.page.query)
    other = SpliceInspector(model=lively, atlas=synthetic_atlas)
    assert other.state.to_dict() == inspector.state.to_dict()
    assert other.message.text == ""
    np.testing.assert_allclose(
        other.attribution.contributions, inspector.attribution.contributions, atol=1e-6
    )


@pytest.mark.parametrize(
    "values",
    [
        {"sequence": "not DNA!"},
        {"sequence": BASES, "position": 10_000},
        {"sequence": BASES, "method": "magic"},
        {"example": "NOSUCH"},
        {"position": 3},
    ],
)
def test_a_bad_link_gives_a_page_that_works(lively, synthetic_atlas, monkeypatch, values):
    monkeypatch.setenv("QUERY_STRING", "state=" + json.dumps(values))
    panel = SpliceInspector(model=lively, atlas=synthetic_atlas)
    panel.sequence = BASES
    assert panel.attribution is not None


def test_a_long_sequence_says_that_it_has_no_link(inspector):
    inspector.state.sequence = "A" * (MAX_QUERY + 1)
    assert inspector.page.query == ""
    assert "too long" in inspector.page.note


def test_states_from_strangers_never_raise():
    state = InspectorState()
    refused = state.from_dict({name: {"x": [1]} for name in state.traits()} | {"y": 2})
    assert set(refused) == {*state.traits(), "y"}


def test_dark_redraws(inspector):
    inspector.sequence = BASES
    light = inspector._scan_view.track.figure
    inspector.page.dark = True
    assert inspector._scan_view.track.figure != light
    assert inspector.message.text == ""
