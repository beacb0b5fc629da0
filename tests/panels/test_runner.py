"""What Python asks of a panel is finished when the call returns; what a page asks is started."""

import asyncio

import nbformat
from ipywidgets import Button, VBox
from nbclient import NotebookClient

from dnaviz.panels.common.runner import Result, Runner, from_page, listen_to_page


class Counter:
    """A panel of one number, and its button."""

    value: Result[int] = Result()

    def __init__(self):
        self.runner = Runner(self.fail)
        self.value = 0
        self.button = Button()
        self.button.on_click(lambda _: self.count(3))
        self.view = VBox([VBox([self.button])])
        listen_to_page(self.view)

    def fail(self, words):
        raise AssertionError(words)

    def count(self, until):
        def steps():
            for number in range(1, until + 1):
                yield number / until
                self.value = self.reached = number

        self.runner.start(until, steps)


def click(button):
    """What ipywidgets does for the message of a click."""
    content = {"data": {"method": "custom", "content": {"event": "click"}}, "comm_id": "1"}
    button._handle_msg({"content": content, "buffers": []})


def in_a_loop(use):
    async def run():
        use()

    asyncio.run(run())


def test_python_gets_its_result_inside_an_event_loop():
    def use():
        panel = Counter()
        panel.count(5)
        assert not panel.runner.busy
        assert panel.value == 5

    in_a_loop(use)


def test_a_click_is_only_started_and_reading_its_result_finishes_it():
    def use():
        panel = Counter()
        click(panel.button)
        assert panel.runner.busy
        assert panel.value == 3
        assert not panel.runner.busy

    in_a_loop(use)


def test_clicked_work_continues_in_the_background():
    async def use():
        panel = Counter()
        click(panel.button)
        while panel.runner.busy:
            await asyncio.sleep(0.001)
        assert panel.value == 3

    asyncio.run(use())


def test_the_same_call_in_python_does_not_wait_for_the_page():
    def use():
        panel = Counter()
        click(panel.button)
        panel.count(3)
        assert not panel.runner.busy
        assert panel.reached == 3

    in_a_loop(use)


def test_a_button_of_the_user_is_python():
    def use():
        panel, mine, seen = Counter(), Button(), []

        def on_click(_):
            panel.count(4)
            seen.append(panel.reached)

        mine.on_click(on_click)
        click(mine)
        assert seen == [4]

    in_a_loop(use)


def test_work_that_starts_other_work_ends():
    log = []
    runner = Runner(log.append)

    def other():
        yield
        log.append("other")

    def steps():
        yield
        runner.start("other", other)
        yield
        log.append("outdated")

    runner.start("first", steps)
    assert log == ["other"]
    assert not runner.busy


def test_only_pages_mark_their_requests():
    def use():
        with from_page():
            started = Counter()
            started.count(2)
        assert started.runner.busy
        finished = Counter()
        finished.count(2)
        assert not finished.runner.busy

    in_a_loop(use)


CELLS = [
    """
import dnaviz
panel = dnaviz.Reconstruction(sequence="ACGTTGCATTAGCCATAGGACAGGTAAGTCTAACCTTGACAGTTTACG" * 3)
panel.edits = "10del"
assert len(panel.result.sequence) == len(panel.sequence) - 1
assert panel.effect.distance["autoencoder"] > 0
panel.state.edits = ""
assert str(panel.result.sequence) == str(panel.sequence)
assert panel.effect.distance["autoencoder"] == 0
path = panel.traverse("PC 2", 1.0)
assert panel.explorer.traverse.path is path
panel.state.direction = "PC 3"
assert panel.explorer.traverse.path is not path
""",
    """
import dnaviz
panel = dnaviz.LatentMap()
panel.selection = range(30)
assert panel.attribution.windows == 30
first = panel.logo
panel.search("LDLR")
assert panel.attribution.windows == min(len(panel.selection), 192)
assert not (panel.logo == first).all()
panel.state.explain = "acceptor"
assert panel.attribution.site == "acceptor"
panel.focus = panel.atlas.obs.index[3]
assert len(panel.window_card.written) == 200
""",
    """
import dnaviz
panel = dnaviz.SpliceInspector(sequence="ACGTTGCATTAGCCATAGGACAGGTAAGTCTAACCTTGACAGTTTACG" * 3)
panel.state.method = "mutagenesis"
assert panel.attribution.method == "mutagenesis"
panel.show("GATTACAGGTAAGT" * 9, 8)
assert len(panel.result.sequence) == 126
assert panel.attribution.position == 8
panel.edits = "8G>A"
assert panel.effect is not None
panel.state.edits = ""
assert panel.effect is None
""",
    """
import dnaviz
where, why, back = dnaviz.LatentMap(), dnaviz.SpliceInspector(), dnaviz.Reconstruction()
both = dnaviz.link(where, why, back)
where.focus = where.atlas.obs.index[5]
(bases,) = where.atlas.sequences([5])
assert why.attribution.position == 101
assert str(why.result.sequence) == str(back.result.sequence) == bases
""",
]


def test_python_gets_finished_results_in_a_kernel(monkeypatch):
    monkeypatch.delenv("QUERY_STRING", raising=False)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
