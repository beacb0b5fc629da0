import asyncio
import base64
import datetime
import io
import json
import time
from contextlib import asynccontextmanager
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.attribution.checks import Check
from dnaviz.errors import InputError
from dnaviz.figures.track import scan_drawing, site_segments
from dnaviz.io.spreadsheet import file_name
from dnaviz.panels.common.page import escape
from dnaviz.panels.common.plot import Plot, library
from dnaviz.panels.common.runner import MOMENT, WRONG, Runner, from_page, guard
from dnaviz.panels.common.state import MAX_QUERY, State
from dnaviz.panels.common.table import MOST_ROWS, Download, Table
from dnaviz.panels.latent_map.state import MapState
from dnaviz.panels.splice_inspector.panel import SpliceInspector
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.panels.splice_inspector.words import signed
from dnaviz.progress import Stepwise, stepwise
from dnaviz.sequences import Sequence, parse_sequences, reverse_complement
from dnaviz.splicing.delta_events import events, leading_event
from dnaviz.splicing.scan import COLUMNS, Scan, scan
from dnaviz.splicing.variant_effect import splice_effect

RNG = np.random.default_rng(0)
BASES = "".join(RNG.choice(list("ACGT"), 300))


@pytest.fixture
def inspector(lively, quick_atlas, monkeypatch):
    monkeypatch.delenv("QUERY_STRING", raising=False)
    return SpliceInspector(model=lively, atlas=quick_atlas)


pytestmark = pytest.mark.usefixtures("few_steps", "quick_atlas")


def browse(visit):
    """Run a coroutine as the messages of a page are run."""

    async def run():
        with from_page():
            await visit

    asyncio.run(run())


def hidden(view):
    return view.layout.display == "none"


# Python use


def test_what_was_said_of_a_text_in_the_box_ends_with_another_sequence(inspector):
    inspector.sequence = BASES
    inspector.input.box.value = "hello"
    inspector.input.button.click()
    assert "not a sequence" in inspector.message.text
    inspector.sequence = BASES[:200]
    assert inspector.message.text == ""
    inspector.message.error("of the one before")
    inspector.show(BASES)
    assert inspector.message.text == ""


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("sequence", None, "type NoneType is not a sequence"),
        ("sequence", 5, "type int is not a sequence"),
        ("edits", None, "Edits are text such as 57A>G"),
        ("edits", ["57A>G"], "Edits are text such as 57A>G"),
        ("transcript", 5, "no transcript 5"),
        ("primers", None, "Primers are two texts"),
        ("primers", "AC", "Primers are two texts"),
        ("primers", ("ACGT", 5), "Primers are two texts"),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(inspector, name, value, said):
    inspector.sequence = BASES
    with pytest.raises(InputError, match=said):
        setattr(inspector, name, value)
    assert str(inspector.sequence) == BASES


@pytest.mark.parametrize("threshold", ["0.5", None, float("nan"), 2])
def test_a_scan_refuses_a_threshold_that_is_none(lively, threshold):
    with pytest.raises(InputError, match="A threshold is a number from 0 to 1, not "):
        scan(BASES, lively, threshold=threshold)


# State and links


class Small(State):
    text = traitlets.Unicode("")
    number = traitlets.Float(0.5, min=0, max=1)
    choice = traitlets.Enum(["a", "b"], default_value="a")
    secret = traitlets.Int(0).tag(link=False)


@given(st.text(max_size=60), st.floats(0, 1), st.sampled_from("ab"))
def test_state_round_trips_through_its_link(text, number, choice):
    state = Small(text=text, number=number, choice=choice, secret=3)
    other = Small()
    assert other.from_query("?" + state.to_query()) == []
    assert (other.text, other.number, other.choice) == (text, number, choice)
    assert other.secret == 0


def test_default_and_oversized_states_have_no_link():
    assert Small().to_query() == ""
    assert Small(text="A" * MAX_QUERY).to_query() is None


def test_invalid_parts_of_a_link_are_dropped():
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


def test_nan_in_a_link_is_dropped():
    state = Small()
    assert state.from_dict({"number": float("nan")}) == ["number"]
    assert state.number == 0.5


# Callbacks


def test_guarded_callbacks_report_and_never_raise(caplog):
    message = []

    def wrong():
        raise KeyError("secret detail")

    def refused():
        raise InputError("Position 3 is no base.")

    guard(message.append)(wrong)()
    guard(message.append)(refused)()
    assert message == [WRONG, "Position 3 is no base."]
    assert "secret detail" in caplog.text
    assert "secret detail" not in WRONG


def test_same_work_runs_once_and_newer_replaces_older():
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

    browse(clicks())
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

    browse(clicks())


def test_only_long_work_waits_for_a_compute_slot(monkeypatch):
    @asynccontextmanager
    async def turn():
        log.append("turn")
        yield
        log.append("over")

    def steps(seconds):
        yield 0.0
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass
        log.append("first")
        yield 0.5
        log.append("second")

    async def run(seconds):
        runner = Runner(log.append)
        runner.start(seconds, lambda: steps(seconds))
        while runner.busy:
            await asyncio.sleep(0.005)

    monkeypatch.setattr(Runner, "compute_slot", turn)
    log = []
    browse(run(0))
    assert log == ["first", "second"]
    log = []
    browse(run(2 * MOMENT))
    assert log == ["first", "turn", "second", "over"]


def test_failed_work_says_so_and_frees_the_button(caplog):
    message, busy = [], []

    def steps():
        yield 0.5
        raise ZeroDivisionError("hidden")

    runner = Runner(message.append, busy.append)
    runner.start("a", steps)
    assert message == [WRONG]
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


def test_plots_report_clicks_and_survive_failing_handlers():
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


def test_downloads_send_a_file_or_an_error(caplog):
    message, sent = [], []

    def make():
        return "x.tsv", "a\tb\n"

    def refuse():
        raise InputError("No.")

    def fail():
        raise RuntimeError("hidden")

    for maker in (make, refuse, fail):
        button = Download("Save", maker, message.append)
        button.send = sent.append
        button.press()
    assert sent == [{"name": "x.tsv", "data": "YQliCg=="}]
    assert message == ["No.", WRONG]


def test_file_names_are_safe():
    assert file_name("../../etc/passwd", "x y", suffix="tsv") == "etc_passwd-x_y.tsv"
    assert file_name("", suffix="tsv") == "dnaviz.tsv"


# The inspector


def test_an_empty_inspector_asks_for_a_sequence(inspector):
    assert inspector.sequence is None
    assert hidden(inspector.scan_view.view)
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
    best = expected.weighted().strongest()
    a = inspector.attribution
    assert (a.position, a.strand, a.site) == (best.position, best.strand, best.site)
    assert inspector.mutations.position == best.position
    for part in (inspector.scan_view, inspector.attribution_view, inspector.neighbors_view):
        assert not hidden(part.view)
    assert len(inspector.scan_view.table.rows) == len(expected.sites)
    chosen = inspector.scan_view.table.selected
    assert inspector.scan_view.table.rows[chosen][0] == f"{best.position:,}"
    assert len(inspector.neighbors_view.table.rows) == 15


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
    inspector.scan_view.table.selected = 1
    assert inspector.attribution.position == sites[1].position
    acceptors = [s for s in sites if s.site == "acceptor"]
    inspector.scan_view.track.receive({"trace": 3, "point": 0})
    assert inspector.attribution.position == acceptors[0].position
    assert inspector.attribution.site == "acceptor"
    before = inspector.attribution
    inspector.scan_view.track.receive({"trace": 3, "point": 99_999})
    inspector.scan_view.track.receive({"trace": 0, "point": 999_999})
    inspector.scan_view.table.selected = 400_000
    assert inspector.attribution is before


def test_a_stem_below_the_threshold_is_clicked_like_a_site(inspector):
    inspector.sequence = BASES
    inspector.state.threshold = 0.9
    positions, values = site_segments(inspector.scan_view.shown, 0)
    stem = int(np.flatnonzero((np.abs(values) < 0.9) & (values < 0))[0])
    trace = scan_drawing(inspector.scan_view.shown).figure().data[0]
    assert f"{abs(values[stem]):.3f}" in trace.text[3 * stem + 1]
    inspector.scan_view.track.receive({"trace": 0, "point": 3 * stem + 1})
    found = inspector.attribution
    assert (found.position, found.strand, found.site) == (int(positions[stem]), "-", "donor")


def test_threshold_and_strand_filter_without_another_scan(inspector):
    inspector.sequence = BASES
    result = inspector.result
    inspector.scan_view.threshold.value = 0.9
    inspector.scan_view.strand.value = "-"
    assert inspector.state.threshold == 0.9
    assert inspector.result is result
    assert (inspector.sites["probability"] >= 0.9).all()
    assert set(inspector.sites["strand"]) <= {"-"}
    assert len(inspector.scan_view.table.rows) == len(inspector.sites)


def test_a_threshold_finer_than_the_slider_stays(inspector):
    inspector.state.threshold = 0.4567
    assert inspector.state.threshold == 0.4567


def test_method_and_baseline_explain_again(inspector):
    inspector.sequence = BASES
    inspector.attribution_view.method.value = "occlusion"
    assert inspector.attribution.method == "occlusion"
    inspector.attribution_view.baseline.value = "zeros"
    assert inspector.attribution.baseline == "zeros"
    assert inspector.attribution.verdict.split(" (")[0] in inspector.attribution_view.verdict.value


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
        inspector.attribution_view.heading,
        inspector.attribution_view.verdict,
        inspector.what_if_view.note,
    )
    assert all("<img" not in w.value for w in widgets)


def test_uploads_are_read_and_records_picked(inspector):
    data = f">one\n{BASES}\n>two\n{BASES[::-1]}\n".encode()
    file = {"name": "x.fa", "type": "", "size": len(data), "content": memoryview(data)}
    file["last_modified"] = datetime.datetime.now(datetime.UTC)
    inspector.input.upload.value = (file,)
    assert [r.name for r in inspector.input.records] == ["one", "two"]
    assert inspector.sequence.name == "one"
    inspector.input.picker.value = 1
    assert inspector.sequence.name == "two"
    assert inspector.result.sequence.name == "two"
    big = dict(file, content=memoryview(b"A" * 5_000_001))
    inspector.input.upload.value = (big,)
    assert "5 MB" in inspector.message.text


def test_a_gallery_gene_brings_its_exons(inspector):
    names = [e.name for e in inspector.input.gallery_examples]
    number = names.index("APOE")
    inspector.input.gallery.value = number
    assert inspector.state.example == "APOE"
    assert inspector.state.sequence == ""
    example = inspector.input.gallery_examples[number]
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
def test_bad_links_leave_a_working_page(lively, synthetic_atlas, monkeypatch, values):
    monkeypatch.setenv("QUERY_STRING", "state=" + json.dumps(values))
    panel = SpliceInspector(model=lively, atlas=synthetic_atlas)
    panel.sequence = BASES
    assert panel.attribution is not None


def test_a_long_sequence_says_that_it_has_no_link(inspector):
    inspector.state.sequence = "A" * (MAX_QUERY + 1)
    assert inspector.page.query == ""
    assert "too long" in inspector.page.note


def test_hostile_states_never_raise():
    state = InspectorState()
    refused = state.from_dict({name: {"x": [1]} for name in state.traits()} | {"y": 2})
    assert set(refused) == {*state.traits(), "y"}


def test_dark_redraws(inspector):
    inspector.sequence = BASES
    light = inspector.scan_view.track.figure
    inspector.page.dark = True
    assert inspector.scan_view.track.figure != light
    assert inspector.message.text == ""


# What is known of a sequence


@pytest.fixture
def exon(inspector):
    """A record that shows its exon in upper case, scanned."""
    before, after = BASES[:98].lower() + "ag", "gt" + BASES[202:].lower()
    inspector.sequence = Sequence(before + BASES[100:200] + after, "mix")
    return inspector


def test_the_case_of_a_record_is_offered_as_exons(exon):
    view = exon.scan_view
    assert not hidden(view.case)
    (drawn,) = [s for s in exon.structures if s.name == "upper case"]
    assert drawn.exons == [(101, 200)]
    assert "nearest known site" in view.table.columns
    view.case.value = False
    assert exon.state.case_exons is False
    assert all(s.name != "upper case" for s in exon.structures)
    assert "nearest known site" not in view.table.columns
    exon.sequence = BASES
    assert hidden(view.case)


def test_masked_repeats_are_no_exons_unless_the_user_says_so(inspector):
    inspector.sequence = Sequence(BASES[:100] + BASES[100:200].lower() + BASES[200:], "masked")
    view = inspector.scan_view
    assert not view.case.value
    assert not hidden(view.case)
    assert inspector.sites.get("known_position").isna().all()
    assert all(s.name == "predicted" for s in inspector.structures)
    view.case.value = True
    assert [s.exons for s in inspector.structures if s.name == "upper case"] == [
        [(1, 100), (201, 300)]
    ]
    inspector.input.box.value = f">other\n{BASES[:150] + BASES[150:].lower()}"
    inspector.input.button.click()
    assert not view.case.value


def test_the_box_keeps_the_case_that_was_typed(inspector):
    inspector.input.box.value = BASES[:60] + BASES[60:].lower()
    inspector.input.button.click()
    assert inspector.sequence.bases == BASES[:60] + BASES[60:].lower()


GENBANK = (
    "LOCUS       MINI 300 bp DNA linear\nFEATURES             Location/Qualifiers\n"
    '     mRNA            join(1..100,201..300)\n                     /gene="G1"\n'
    '                     /transcript_id="NM_1.1"\nORIGIN\n'
    + "".join(f"{60 * i + 1:>9} {BASES[60 * i : 60 * i + 60].lower()}\n" for i in range(5))
    + "//\n"
)


def test_the_transcripts_of_a_pasted_entry_are_known_sites(
    inspector, lively, synthetic_atlas, monkeypatch
):
    inspector.input.box.value = GENBANK
    inspector.input.button.click()
    assert inspector.message.text == ""
    (known,) = [s for s in inspector.structures if s.name != "predicted"]
    assert (known.name, known.introns) == ("G1 NM_1.1", [(101, 200)])
    assert "nearest known site" in inspector.scan_view.table.columns
    assert "NM_1.1" in inspector.report()
    monkeypatch.setenv("QUERY_STRING", inspector.page.query)
    again = SpliceInspector(model=lively, atlas=synthetic_atlas)
    assert again.sequence.transcripts == inspector.sequence.transcripts
    inspector.sequence = BASES[:200]
    assert inspector.state.transcripts == ""


def test_features_of_a_pasted_entry_that_are_left_out_are_noted(inspector):
    inspector.input.box.value = GENBANK.replace("join(1..100", "order(1..100")
    inspector.input.button.click()
    assert "1 feature is left out" in inspector.input.note.value
    inspector.sequence = BASES[:200]
    assert inspector.input.note.value == ""


@pytest.mark.parametrize("text", ["[", "[[1]]", '[["a","+",[[1,999]],[],null,true]]', "7"])
def test_transcripts_of_a_bad_link_are_told(text, lively, synthetic_atlas, monkeypatch):
    values = json.dumps({"sequence": BASES, "transcripts": text})
    monkeypatch.setenv("QUERY_STRING", f"state={quote(values)}")
    panel = SpliceInspector(model=lively, atlas=synthetic_atlas)
    assert "link cannot be used" in panel.message.text


def test_gaps_are_removed_at_a_press_and_old_results_are_named(inspector):
    given = inspector.input
    given.box.value = f">first\n{BASES[:200]}"
    given.button.click()
    assert hidden(given.remove_gaps)
    assert hidden(given.old)
    given.box.value = f">second\n{BASES[:100]}---{BASES[100:220]}"
    given.button.click()
    assert "gap" in inspector.message.text
    assert not hidden(given.remove_gaps)
    assert "still those of first" in given.old.value
    assert inspector.result.sequence.name == "first"
    given.remove_gaps.click()
    assert inspector.result.sequence.bases == BASES[:220]
    assert given.box.value.startswith(">second\n")
    assert "-" not in given.box.value
    assert hidden(given.remove_gaps)
    assert hidden(given.old)


def uploaded(name, content):
    """A file as the browser sends it."""
    when = datetime.datetime.now(datetime.UTC)
    return {
        "name": name, "type": "", "size": len(content), "content": content, "last_modified": when
    }  # fmt: skip


def test_an_upload_that_cannot_be_read_leaves_the_old_results_named(inspector):
    given = inspector.input
    inspector.sequence = Sequence(BASES, "mine")
    given.upload.value = (uploaded("a.docx", b"PK\x03\x04 word/document.xml"),)
    assert "Word document" in inspector.message.text
    assert "still those of mine" in given.old.value
    assert hidden(given.remove_gaps)
    given.upload.value = (uploaded("a.fa", f">x\n{BASES[:50]}-{BASES[50:]}".encode()),)
    given.remove_gaps.click()
    assert inspector.result.sequence == Sequence(BASES, "x")
    assert hidden(given.old)


def test_a_published_change_comes_with_its_edit_and_source(inspector):
    names = [w.name for w in inspector.input.gallery_changes]
    inspector.input.changes.value = names.index("GAMT c.327G>A")
    worked = inspector.input.worked
    assert inspector.sequence == worked.example.sequence
    assert inspector.state.example == "GAMT c.327G>A"
    assert inspector.state.edits == worked.edit == "1001G>A"
    assert "PMID 8651275" in inspector.input.note.value
    assert "G&gt;A" in inspector.input.note.value
    assert inspector.input.gallery.index == 0
    page = inspector.report()
    assert "Source" in page
    assert "What the edits 1001G&gt;A do" in page
    assert "acceptor gain" in page
    if inspector.edited is not None:
        assert "After the edits: why" in page
    inspector.input.box.value = BASES
    inspector.input.button.click()
    assert inspector.state.edits == inspector.state.example == ""
    assert inspector.input.changes.index == 0
    assert hidden(inspector.input.note)


def test_a_site_without_a_position_is_refused(inspector):
    inspector.sequence = BASES
    with pytest.raises(InputError, match="A position is a whole number, not None"):
        inspector.select(None)


def test_examples_open_by_name(inspector):
    inspector.open_example("STK11 exon 5")
    assert inspector.result.sequence.name == "STK11_exon_5"
    with pytest.raises(InputError, match="no example"):
        inspector.open_example("NOSUCH")
    with pytest.raises(InputError, match="There is no example called 5"):
        inspector.open_example(5)


@pytest.fixture
def genome_files(tmp_path, monkeypatch):
    from dnaviz.genome.cache import cache_folder

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache_folder.cache_clear()
    (tmp_path / "g.fa").write_text(f">7 small\n{BASES * 4}\n")
    rows = [("gene", 301, 900, "ID=gene:G1;Name=ALPHA"), ("mRNA", 301, 900, "ID=T1;Parent=gene:G1")]
    rows += [("exon", 301, 500, "Parent=T1"), ("exon", 701, 900, "Parent=T1")]
    lines = [f"7\t.\t{kind}\t{s}\t{e}\t.\t-\t.\t{about}" for kind, s, e, about in rows]
    (tmp_path / "g.gff3").write_text("\n".join(lines) + "\n")
    yield tmp_path / "g.fa", tmp_path / "g.gff3"
    cache_folder.cache_clear()


@pytest.fixture
def browser(genome_files, lively, synthetic_atlas, monkeypatch):
    """An inspector with a genome."""
    monkeypatch.delenv("QUERY_STRING", raising=False)
    genome, annotation = genome_files
    return SpliceInspector(
        model=lively, atlas=synthetic_atlas, genome=genome, annotation=annotation
    )


def test_a_region_of_the_genome_is_loaded_with_its_transcripts(browser):
    browser.input.place.value = "alpha"
    assert browser.message.text == ""
    assert browser.state.region == "alpha"
    assert browser.sequence.name == "alpha"
    assert len(browser.sequence) == 1_000
    (known,) = [s for s in browser.structures if s.name == "ALPHA T1"]
    assert (known.strand, known.exons) == ("+", [(201, 400), (601, 800)])
    assert set(browser.sites["chrom"]) == {"chr7"}
    assert len(browser.page.query) < 200


def test_region_errors_keep_the_state(browser):
    browser.open_region("chr7:101-400:-")
    assert browser.sequence.bases == reverse_complement((BASES * 4)[100:400])
    before = browser.result
    browser.input.place.value = "BETA"
    assert "no gene" in browser.message.text
    assert browser.input.place.value == "BETA"
    assert browser.result is before
    browser.input.place.value = "7:1-90"
    assert browser.message.text == ""
    assert len(browser.sequence) == 90
    browser.input.box.value = BASES
    browser.input.button.click()
    assert browser.state.region == browser.input.place.value == ""


def test_a_link_reopens_a_region(browser, lively, synthetic_atlas, monkeypatch, genome_files):
    browser.open_region("ALPHA")
    monkeypatch.setenv("QUERY_STRING", browser.page.query)
    monkeypatch.setenv("DNAVIZ_GENOME", str(genome_files[0]))
    monkeypatch.setenv("DNAVIZ_ANNOTATION", str(genome_files[1]))
    other = SpliceInspector(model=lively, atlas=synthetic_atlas)
    assert other.message.text == ""
    assert other.sequence == browser.sequence
    monkeypatch.delenv("DNAVIZ_GENOME")
    without = SpliceInspector(model=lively, atlas=synthetic_atlas)
    assert "no genome" in without.message.text


# Files


def pressed(button):
    """Name and content of the file that a button sends."""
    sent = []
    button.send = sent.append
    button.press()
    return sent[0]["name"], base64.b64decode(sent[0]["data"])


def test_every_download_is_what_is_on_screen(exon):
    exon.state.threshold = 0.8
    exon.state.strand = "+"
    files = {b.label: pressed(b) for b in exon.scan_view.downloads}
    name, text = files["Sites TSV"]
    lines = text.decode().splitlines()
    assert name == "mix-sites.tsv"
    assert len(lines) == 1 + len(exon.sites)
    assert lines[0].split("\t") == list(exon.sites.columns)
    bed = files["Sites BED"][1].decode().splitlines()
    assert [int(line.split("\t")[2]) for line in bed] == exon.sites["position"].tolist()
    assert b"upper case" in files["Track SVG"][1]
    assert files["Track PDF"][1].startswith(b"%PDF")
    page = files["Report HTML"][1].decode()
    assert page == exon.report()
    assert f"at {exon.attribution.position:,}" in page
    assert exon.neighbors_view.rows[0][1] in page
    name, text = files["Genome view (IGV)"]
    assert name == "mix-IGV.html"
    assert b"Acceptors, \\u2212 strand" in text  # both strands, whichever is on screen
    assert f"Attributions, {exon.attribution.strand} strand" in text.decode()


def test_with_edits_files_and_report_list_what_the_table_does(inspector):
    inspector.sequence = Sequence(BASES, "one")
    inspector.state.threshold = 0.9
    inspector.edits = "150_151ins" + BASES[200:260]
    view, compared = inspector.scan_view, inspector.compared_sites
    assert (compared["reference"] < 0.9).any()
    assert {"found", "inserted behind the position"} <= set(compared["status"])
    name, text = pressed(view.downloads[0])
    assert name == "one-sites.tsv"
    table = pd.read_csv(io.StringIO(text.decode()), sep="\t")
    assert list(table.columns) == [
        "sequence", "position", "strand", "site", "motif", "reference", "edited", "status",
        "consensus", "weighted",
    ]  # fmt: skip
    for column in compared.columns.drop(["motif", "reference", "edited", "weighted"]):
        assert table[column].tolist() == compared[column].tolist()
    for column in ("edited", "weighted"):
        assert table[column].to_numpy() == pytest.approx(compared[column].to_numpy(), abs=1e-5)
    inserted = table["status"] == "inserted behind the position"
    assert table.loc[inserted, ["motif", "consensus"]].isna().all(axis=None)
    assert table.loc[~inserted, "motif"].notna().all()
    shown = [row[view.table.columns.index("weighted")] for row in view.table.rows]
    assert [f"{value:.3f}" for value in table["weighted"]] == shown
    name, bed = pressed(view.downloads[1])
    assert name == "one-reference-sites.bed"
    assert len(bed.decode().splitlines()) == len(inspector.sites)
    page = inspector.report()
    assert '<th class="number">reference</th><th class="number">edited</th>' in page
    assert page.count(">behind ") == inserted.sum()
    for row in view.table.rows:
        cells = (f'<td class="number">{cell}</td>' for cell in row[4:6])
        assert "".join(cells) in page


def test_empty_downloads_are_reported(inspector):
    for button in inspector.scan_view.downloads:
        inspector.message.clear()
        button.send = None
        button.press()
        assert "no sequence" in inspector.message.text


def test_a_bed_of_a_gene_lies_in_the_genome(inspector):
    inspector.open_example("CALR")
    inspector.state.threshold = 0.9
    name, text = pressed(inspector.scan_view.downloads[1])
    assert name == "CALR-chr19-sites.bed"
    first = text.decode().splitlines()[0].split("\t")
    place = inspector.input.example.interval
    assert first[0] == "chr19"
    assert place.start1 <= int(first[2]) <= place.end1


def test_the_latent_map_is_one_click_away(inspector, monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    inspector.sequence = Sequence(BASES, 'a <b>&"c')
    view = inspector.neighbors_view
    assert not hidden(view.link)
    assert "<b>" not in view.link.value
    state = MapState()
    assert state.from_query(view.address("some id").partition("#")[2]) == []
    (record,) = parse_sequences(state.placed)
    position = inspector.attribution.position
    assert f"{inspector.attribution.site}_{position}" in record.name
    assert state.focus == "some id"
    assert state.space == inspector.state.space
    view.table.selected = 2
    assert quote(str(view.atlas().obs.index[view._rows[2]]), safe=":") in view.link.value


def placed_window(inspector):
    """The bases of the window that is placed among the known ones."""
    state = MapState()
    assert state.from_query(inspector.neighbors_view.address().partition("#")[2]) == []
    return parse_sequences(state.placed)[0].bases


def test_with_edits_the_most_similar_sites_are_those_of_the_edited_base(inspector):
    inspector.sequence = BASES
    inspector.select(170, "+", "donor")
    view, why = inspector.neighbors_view, inspector.attribution_view.heading
    assert view.heading.value == "<h2>Most similar known sites</h2>"
    assert placed_window(inspector) == BASES[69:269]
    assert "edits" not in why.value
    inspector.edits = "150_151insTTTT, 172del"
    edited = str(inspector.effects[0].alternate)
    assert inspector.edited.position == 174
    assert view.heading.value == "<h2>Most similar known sites after the edits</h2>"
    assert placed_window(inspector) == edited[73:273]
    assert why.value.startswith("<h2>Without edits: w")
    without, after = inspector.report().split("<h3>Without edits: w")[1].split("<h3>After the ed")
    assert "most similar" not in without
    assert "most similar" in after
    # Of a base that the edits delete there is only the one before.
    inspector.edits = "160_180del"
    assert inspector.edited is None
    assert view.heading.value == "<h2>Most similar known sites without edits</h2>"
    assert placed_window(inspector) == BASES[69:269]
    assert "most similar" in inspector.report().split("<h3>Without edits: w")[1]
    inspector.edits = ""
    assert view.heading.value == "<h2>Most similar known sites</h2>"
    assert "edits" not in why.value


def test_below_the_threshold_no_site_is_said_to_be_seen(inspector):
    inspector.sequence = BASES
    position = int(np.abs(inspector.result.probabilities["+"][0] - 0.5).argmin()) + 1
    probability = inspector.select(position).probability
    heading = inspector.attribution_view.heading
    inspector.state.threshold = 0.01
    assert heading.value.startswith(f"<h2>Why the model sees a donor at {position} (+) with")
    inspector.state.threshold = 0.99
    assert heading.value.startswith("<h2>What speaks for and against a")
    assert heading.value.endswith(f", probability {probability:.3f}</h2>")
    assert "<h3>What speaks for and against a" in inspector.report()


def test_where_no_base_is_known_no_site_is_explained(inspector):
    inspector.sequence = BASES
    cards = (inspector.attribution_view, inspector.what_if_view, inspector.neighbors_view)
    assert not any(hidden(card.view) for card in cards)
    inspector.sequence = "N" * 400
    assert (inspector.state.position, inspector.attribution) == (0, None)
    assert all(hidden(card.view) for card in cards)
    assert not hidden(inspector.scan_view.view)
    assert "<h3>" not in inspector.report()
    inspector.edits = "200N>A"
    assert "200N&gt;A" in inspector.variant_view.edits.value
    inspector.edits = ""
    inspector.select(150, "+", "donor")
    assert hidden(inspector.neighbors_view.view)
    inspector.sequence = BASES
    assert not any(hidden(card.view) for card in cards)


# What if


def click(inspector, base, position):
    """Click the heatmap's cell of a base (in the sense of the strand) and a forward position."""
    column = list(inspector.mutations.positions).index(position)
    inspector.what_if_view.figure.receive({"trace": 0, "point": ["TGCA".index(base), column]})


def other(base):
    return "A" if base != "A" else "C"


def test_a_click_on_a_cell_makes_the_edit(inspector, lively):
    inspector.sequence = BASES
    inspector.select(120, "+", "donor")
    column = list(inspector.mutations.positions).index(125)
    base = other(BASES[124])
    expected = inspector.mutations.values["ACGT".index(base), column]
    click(inspector, base, 125)
    assert inspector.edits == f"125{BASES[124]}>{base}"
    change = inspector.edited.probability - inspector.attribution.probability
    assert change == pytest.approx(expected, abs=1e-5)
    assert inspector.effect.delta_max == pytest.approx(
        splice_effect(BASES, inspector.edits, model=lively).delta_max
    )
    view = inspector.what_if_view
    assert not hidden(view.pair)
    assert f"{inspector.edited.probability:.3f}" in inspector.variant_view.edits.value
    rows = {(cells[0], cells[1].replace("−", "-")): cells for cells in view.deltas.rows}
    for effect in inspector.effects:
        for event, delta in effect.deltas.items():
            if delta.position:
                cells = rows[event.replace("_", " "), effect.strand]
                assert cells[2] == f"{delta.value:.3f}"
                assert cells[3].endswith(f"{delta.position:,}")
    sizes = [float(cells[2]) for cells in view.deltas.rows]
    assert sizes == sorted(sizes, reverse=True)
    # The same cell again is what is there now; the old base takes the edit back.
    click(inspector, base, 125)
    assert inspector.edits == f"125{BASES[124]}>{base}"
    click(inspector, BASES[124], 125)
    assert inspector.edits == ""
    assert inspector.effect is None
    assert hidden(view.pair)


def test_a_click_on_the_other_strand_edits_the_forward_one(inspector):
    inspector.sequence = BASES
    inspector.select(120, "-", "acceptor")
    forward = other(BASES[117])
    click(inspector, reverse_complement(forward), 118)
    assert inspector.edits == f"118{BASES[117]}>{forward}"


def test_edits_stack_undo_redo_reset(inspector):
    inspector.sequence = BASES
    inspector.select(120, "+", "donor")
    first, second = f"100{BASES[99]}>{other(BASES[99])}", "130_131del"
    inspector.variant_view.field.value = first.lower()
    assert inspector.variant_view.field.value == ""
    inspector.variant_view.field.value = second
    assert inspector.edits == f"{first}, {second}"
    assert (
        inspector.variant_view.undo.disabled,
        inspector.variant_view.redo.disabled,
        inspector.variant_view.reset.disabled,
    ) == (False, True, False)
    inspector.variant_view.undo.click()
    assert inspector.edits == first
    inspector.variant_view.undo.click()
    assert inspector.edits == ""
    assert inspector.variant_view.undo.disabled
    inspector.variant_view.redo.click()
    inspector.variant_view.redo.click()
    assert inspector.edits == f"{first}, {second}"
    assert len(inspector.effect.variants) == 2
    inspector.variant_view.reset.click()
    assert (inspector.edits, inspector.effect) == ("", None)
    inspector.variant_view.undo.click()
    assert inspector.edits == f"{first}, {second}"
    inspector.undo()
    assert inspector.edits == first
    inspector.redo()
    inspector.reset()
    assert inspector.edits == ""


def test_python_edits_do_what_the_page_does(inspector):
    with pytest.raises(InputError, match="no sequence"):
        inspector.edits = "57A>G"
    inspector.sequence = BASES
    inspector.select(120, "+", "donor")
    inspector.edits = "110_112del"
    assert inspector.edited.position == 117
    assert inspector.mutations.position == 117
    assert inspector.edited.bases == str(inspector.effect.alternate)[: len(inspector.edited.bases)]
    with pytest.raises(InputError, match="outside"):
        inspector.edits = "900A>G"
    assert inspector.edits == "110_112del"


def test_the_sites_base_can_be_deleted(inspector):
    inspector.sequence = BASES
    inspector.select(120, "+", "donor")
    inspector.edits = "118_122del"
    assert inspector.edited is None
    assert inspector.mutations is None
    view = inspector.what_if_view
    assert "is deleted" in inspector.variant_view.edits.value
    assert hidden(view.pair)
    assert hidden(view.figure)
    inspector.undo()
    assert not hidden(view.figure)


@pytest.mark.parametrize("text", ["hello", "900A>G", "57A", "1_9999del", "<b>1</b>"])
def test_a_bad_edit_is_one_sentence_and_stays_in_its_field(inspector, text):
    inspector.sequence = BASES
    inspector.variant_view.field.value = text
    assert inspector.variant_view.message.is_error
    assert inspector.variant_view.message.text.count("\n") == 0
    assert "<b>" not in inspector.variant_view.message.view.value
    assert inspector.variant_view.field.value == text
    assert inspector.edits == ""
    inspector.variant_view.field.value = "12del"
    assert inspector.variant_view.message.text == ""


def test_hostile_clicks_change_nothing(inspector):
    inspector.sequence = BASES
    for point in ([9, 1], [0, 99_999], 7, [0]):
        inspector.what_if_view.figure.receive({"trace": 0, "point": point})
    inspector.what_if_view.figure.receive({"trace": 1, "point": [0, 1]})
    assert inspector.edits == ""


def test_another_sequence_has_no_edits(inspector):
    inspector.sequence = BASES
    inspector.edits = "12del"
    inspector.sequence = BASES[::-1]
    assert inspector.edits == ""
    assert inspector.variant_view.undo.disabled


def test_a_published_change_opens_with_its_edit(inspector):
    name = inspector.input.gallery_changes[0].name
    inspector.open_example(name)
    assert inspector.edits == inspector.input.gallery_changes[0].edit
    assert inspector.effect is not None
    inspector.variant_view.reset.click()
    assert inspector.effect is None


def test_a_link_reopens_the_edits(inspector, lively, synthetic_atlas, monkeypatch):
    inspector.sequence = BASES
    inspector.select(101, "-", "donor")
    inspector.edits = "90_91insACGT, 120del"
    monkeypatch.setenv("QUERY_STRING", inspector.page.query)
    other_page = SpliceInspector(model=lively, atlas=synthetic_atlas)
    assert other_page.edits == inspector.edits
    assert other_page.effect.delta_max == pytest.approx(inspector.effect.delta_max, abs=1e-6)
    monkeypatch.setenv(
        "QUERY_STRING", "state=" + json.dumps({"sequence": BASES, "edits": "900A>G"})
    )
    broken = SpliceInspector(model=lively, atlas=synthetic_atlas)
    assert "outside" in broken.variant_view.message.text
    assert broken.effect is None
    assert broken.attribution is not None


def test_files_of_the_what_if(inspector):
    inspector.sequence = BASES
    mutations, deltas, svg, pdf = inspector.what_if_view.downloads
    assert b"Change of the probability of the" in svg._make()[1].replace(b"\n", b" ")
    assert pdf._make()[1].startswith(b"%PDF")
    assert mutations._make()[1].startswith("position\toffset\tref\talt\tchange\tprobability\n")
    with pytest.raises(InputError, match="no edit"):
        deltas._make()
    inspector.edits = "12del"
    lines = [line.split("\t") for line in deltas._make()[1].splitlines()]
    assert lines[0][:3] == ["event", "strand", "delta"]
    assert {line[1] for line in lines[1:]} == {"+", "-"}
    assert len(lines) == 9


def test_outdated_work_is_dropped_and_progress_is_shown(lively, synthetic_atlas, monkeypatch):
    monkeypatch.setattr("dnaviz.panels.common.base.SOON", 0.01)

    async def use():
        panel = SpliceInspector(model=lively, atlas=synthetic_atlas)
        panel.sequence = BASES
        seen = []
        panel.progress_bar.observe(lambda change: seen.append(change["new"]), "value")
        panel.state.baseline = "shuffles"
        panel.state.method = "occlusion"  # replaces the run before it
        panel.state.method = "mutagenesis"
        assert panel.runner.busy
        while panel.runner.busy:
            await asyncio.sleep(0.01)
        assert panel.attribution.method == "mutagenesis"
        assert any(0 < fraction < 1 for fraction in seen)
        assert all(hidden(box) for box in panel.progress_boxes.values())
        before = panel.attribution
        panel.state.method = "integrated_gradients"
        while hidden(panel.progress_boxes["why"]):
            await asyncio.sleep(0.001)
        assert hidden(panel.progress_boxes[""])
        assert hidden(panel.progress_boxes["what if"])
        panel.cancel_button.click()
        assert not panel.runner.busy
        await asyncio.sleep(0.2)
        assert panel.attribution is before

    browse(use())


def test_an_edit_does_not_leave_the_explanation_of_another_site(lively, synthetic_atlas):
    async def use():
        panel = SpliceInspector(model=lively, atlas=synthetic_atlas)
        panel.sequence = BASES
        panel.state.choose(120, "+", "acceptor")
        panel.state.method = "occlusion"  # starts to explain
        assert panel.runner.busy
        panel.state.edits = "100del"  # replaces it
        while panel.runner.busy:
            await asyncio.sleep(0.01)
        a = panel.attribution
        assert (a.position, a.site, a.method) == (120, "acceptor", "occlusion")
        assert panel.edited.position == 119
        assert str(panel.effect.alternate) == BASES[:99] + BASES[100:]

    browse(use())


def test_edits_set_to_and_fro_show_what_the_state_says(lively, synthetic_atlas):
    async def use():
        panel = SpliceInspector(model=lively, atlas=synthetic_atlas)
        panel.sequence = BASES
        for edits in ("100del", "", "12del", "100del", ""):
            panel.state.edits = edits
            await asyncio.sleep(0)
        while panel.runner.busy:
            await asyncio.sleep(0.01)
        assert panel.effects == []
        assert panel.prediction is None

    browse(use())


def test_the_name_of_an_example_points_to_the_menu_it_is_in(inspector):
    with pytest.raises(InputError, match='LDLR is here: choose it under "Example genes"'):
        inspector.sequence = " ldlr\n"
    with pytest.raises(InputError, match="nothing is looked up"):
        inspector.sequence = "BRCA9"


def test_failed_checks_of_a_method_are_shown(inspector, lively, monkeypatch):
    result = [Check("implant", "occlusion", "uniform", 0.5, 10)]
    monkeypatch.setattr(
        "dnaviz.panels.splice_inspector.attribution.method_checks",
        lambda method, baseline, model: result if method == "occlusion" else [],
    )
    inspector.sequence = BASES
    view = inspector.attribution_view
    assert view.trust.value == ""
    view.method.value = "occlusion"
    assert "1 of 1 checks failed" in view.trust.value
    assert "dnaviz-failed" in view.trust.value

    other = "acceptor" if inspector.attribution.site == "donor" else "donor"
    result[:] = [Check(f"consensus_{other}", "occlusion", "uniform", 0.5, 10)]
    view.show(inspector.attribution)
    assert view.trust.value == ""  # of sites of the other kind


def test_a_published_change_opens_at_what_it_changes_most_on_the_genes_strand(inspector):
    inspector.open_example("LDLR c.313+1G>A")
    change = inspector.input.worked.edit
    assert str(inspector.effect.variants[0]) == change
    assert [effect.strand for effect in inspector.effects] == ["+", "-"]
    sense = inspector.effects[0]
    event, delta = max(sense.deltas.items(), key=lambda pair: pair[1].value)
    assert inspector.state.site_strand == "+"
    assert (inspector.state.position, inspector.state.site) == (
        delta.position,
        event.split("_")[0],
    )
    view = inspector.what_if_view
    assert f"{delta.before:.2f} → {delta.after:.2f}" in inspector.variant_view.edits.value
    assert "this gene is on the strand +" in view.about.value


def test_a_row_of_an_event_is_a_way_to_its_site(inspector):
    inspector.sequence = BASES
    inspector.edits = f"150{BASES[149]}>{other(BASES[149])}"
    view = inspector.what_if_view
    for number in (0, 3):
        view.deltas.selected = number
        chosen = events(inspector.effects)[number].chosen
        state = inspector.state
        assert (state.position, state.site_strand, state.site) == chosen
        assert (inspector.attribution.position, inspector.attribution.strand) == chosen[:2]
    view.deltas.selected = 999
    assert inspector.state.position == events(inspector.effects)[3].chosen[0]


def test_edits_that_are_typed_go_where_they_change_most(inspector):
    inspector.sequence = BASES
    inspector.select(20, "+", "donor")
    inspector.variant_view.field.value = f"150{BASES[149]}>{other(BASES[149])}"
    # No strand is known: the largest change is that of the highest weighted probability.
    leading = leading_event(inspector.effects, weights=inspector.result.transcribed())
    assert leading is not None
    assert leading.chosen == (
        inspector.state.position, inspector.state.site_strand, inspector.state.site
    )  # fmt: skip
    # Edits from Python, and what is taken back, leave the site where it is.
    inspector.select(20, "+", "donor")
    inspector.edits = "140del"
    inspector.variant_view.undo.click()
    assert inspector.state.position == 20


def test_a_site_in_inserted_bases_is_explained_there(inspector):
    inspector.sequence = BASES
    inspector.select(20, "+", "donor")
    inspector.variant_view.field.value = "150_151ins" + BASES[200:260]
    inserted = [event for event in events(inspector.effects) if event.is_inserted]
    assert inserted
    inspector.select(*inserted[0].chosen)
    assert inspector.edited.position == inserted[0].delta.alternate_position


def test_what_is_not_computed_yet_is_not_said_of_new_edits(inspector):
    inspector.sequence = BASES
    seen = []
    inspector.variant_view.edits.observe(lambda change: seen.append(change["new"]), "value")
    for base in set("ACGT") - {BASES[149]}:
        seen.clear()
        inspector.edits = f"150{BASES[149]}>{base}"
        assert f"&gt;{base}. The " in seen[-1]
        assert {text for text in seen if " probability " in text} == {seen[-1]}


def test_a_duplication_is_shown_as_it_was_typed(inspector):
    inspector.sequence = BASES
    inspector.variant_view.field.value = "120dup"
    assert inspector.edits == "120dup"
    assert "120dup" in inspector.variant_view.edits.value
    assert "120dup" in inspector.report()


def test_a_change_near_an_end_says_how_much_flank_is_needed(inspector):
    inspector.sequence = BASES
    inspector.edits = "12del"
    assert "paste at least 200 nt on each side" in inspector.variant_view.edits.value
    inspector.sequence = BASES * 5
    inspector.edits = "750del"
    assert "paste at least" not in inspector.variant_view.edits.value


def test_strongest_sites_below_threshold_are_listed(inspector):
    inspector.state.threshold = 0.99
    inspector.sequence = BASES
    view, found = inspector.scan_view, inspector.result
    probabilities = {s: np.minimum(p, 0.9) for s, p in found.probabilities.items()}
    view.show(found._replace(probabilities=probabilities))
    assert inspector.sites.empty
    for kind in ("donor", "acceptor"):
        best = found._replace(probabilities=probabilities).strongest(kind)
        assert best.site == kind
        assert (
            f"{kind} at {best.position}</b> ({best.strand.replace('-', '−')})" in view.count.value
        )
        assert f"with {best.probability:.2f}" in view.count.value
    assert not hidden(view.lower)
    view.lower.click()
    assert {"donor", "acceptor"} == set(inspector.sites["site"])
    assert hidden(view.lower)

    nothing = {s: np.zeros_like(p) for s, p in found.probabilities.items()}
    view.show(found._replace(probabilities=nothing))
    assert "Nothing here looks like a splice site" in view.count.value
    assert hidden(view.lower)


def test_stale_cards_are_hidden_when_the_next_sequence_fails(lively, synthetic_atlas, monkeypatch):
    panel = SpliceInspector(model=lively, atlas=synthetic_atlas)
    views = [view for view in panel.cards.views if view is not panel.mrna_view.view]
    assert all(map(hidden, views))
    panel.sequence = BASES
    assert hidden(panel.mrna_view.view)  # there is no edit
    assert not any(map(hidden, views))
    finish = asyncio.Event()

    @stepwise
    def slow(sequence, model) -> "Stepwise[Scan]":
        while not finish.is_set():
            yield 0.5
        raise InputError("This cannot be scanned.")

    monkeypatch.setattr("dnaviz.panels.splice_inspector.panel.scan", slow)

    async def use():
        panel.input.box.value = BASES[::-1]
        panel.input.submit()
        await asyncio.sleep(0.01)
        assert not any(map(hidden, views))  # the browser need not draw them anew
        finish.set()
        while panel.runner.busy:
            await asyncio.sleep(0.01)
        assert panel.message.text == "This cannot be scanned."
        assert all(map(hidden, views))
        monkeypatch.setattr("dnaviz.panels.common.base.SOON", 0.01)
        finish.clear()
        for view in views:
            panel.cards.show(view)
        panel.input.submit()
        while not all(map(hidden, views)):  # it takes too long
            await asyncio.sleep(0.01)
        assert panel.runner.busy
        panel.cancel_button.click()

    browse(use())


def test_a_change_that_rounds_to_zero_has_one_sign():
    assert signed(-1e-6) == signed(1e-6) == signed(0.0) == "+0.000"
    assert (signed(-0.0005, 2), signed(-0.25, 2)) == ("+0.00", "−0.25")
