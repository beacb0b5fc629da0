"""What a client sends that is no page of ours: nothing changes, and nothing of the server shows."""

import asyncio
import json
import math
import time

import ipywidgets as widgets
import pytest
from helpers.served import CEILING
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from dnaviz.panels.common import runner
from dnaviz.panels.common.page import PageWidget
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.table import Download, Table

SECRET = "GATTACAGATTACAGATTACA"

WRONG = [
    None, True, -1, 10**9, 2**70, -(2**70), 0.5, math.nan, math.inf, -math.inf, "", "x", SECRET,
    "\ud800", "<img src=x onerror=trap()>", [], [SECRET], {}, {"a": SECRET}, [[[[[[[[1]]]]]]]],
    "IPY_MODEL_0", ["IPY_MODEL_0"], [{"name": 1, "content": None}], [{"content": SECRET}],
]  # fmt: skip


@pytest.fixture
def served_kernel(monkeypatch):
    """This process, as careful as a kernel that serves a page."""
    monkeypatch.setattr(widgets.Widget, "set_state", widgets.Widget.set_state)
    runner.accept_only_input()


def send(widget, data, buffers=()):
    widget._handle_msg({"content": {"data": data}, "buffers": list(buffers)})


def update(widget, **state):
    send(widget, {"method": "update", "state": state, "buffer_paths": []})


@pytest.mark.filterwarnings("ignore")
def test_only_what_a_control_sets_can_be_set(served_kernel):
    messages = []
    every = [
        widgets.HTML("words"),
        widgets.Textarea("ACGT"),
        widgets.Button(description="Go"),
        widgets.VBox([widgets.Label("x")]),
        widgets.FloatProgress(0.5),
        PageWidget(heading="h", lead="l"),
        Plot("a plot"),
        Table(columns=["a"], rows=[["1"]]),
        Download("d", lambda: ("", ""), messages.append),
    ]
    for widget in every:
        before = widget.get_state()
        allowed = getattr(widget, "from_browser", runner.INPUT)
        for name in [*widget.keys, "nosuch", "__class__", "set_state", "comm"]:
            if name not in allowed:
                for value in WRONG:
                    update(widget, **{name: value})
        after = widget.get_state()
        assert {k: v for k, v in after.items() if k not in allowed} == {
            k: v for k, v in before.items() if k not in allowed
        }
    assert not messages


@pytest.mark.parametrize(
    ("widget", "name", "good"),
    [
        (lambda: widgets.Textarea("a"), "value", "ACGT"),
        (lambda: widgets.Dropdown(options=["a", "b"]), "index", 1),
        (lambda: widgets.FloatSlider(0.5, min=0, max=1), "value", 0.25),
        (lambda: widgets.Checkbox(False), "value", True),
        (lambda: widgets.ToggleButtons(options=["a", "b"]), "index", 1),
        (lambda: PageWidget(), "dark", True),
        (lambda: Table(rows=[["1"], ["2"]]), "selected", 1),
    ],
)
def test_controls_go_on_to_work(served_kernel, widget, name, good):
    made = widget()
    update(made, **{name: good})
    assert getattr(made, name) == good


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**70, [], {}, "x", None, [[[[[[1]]]]]]])
@pytest.mark.filterwarnings("ignore")
def test_sliders_reject_non_numbers(served_kernel, value):
    slider = widgets.FloatSlider(0.5, min=0, max=1)
    update(slider, value=value)
    assert slider.value == 0.5


@pytest.mark.parametrize(
    "data",
    [{}, {"method": None}, {"method": "update"}, {"method": "update", "state": []},
     {"method": "update", "state": None}, {"method": "update", "state": {"value": "x"},
      "buffer_paths": [["value", 0, 0]]}, {"method": "custom"}, {"method": "custom", "content": []},
     {"method": "nosuch"}, {"method": "backbone", "sync_data": {"value": "x"}}],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_malformed_messages_change_nothing(served_kernel, data):
    widget = widgets.Text("before")
    send(widget, data, [b"x"])
    assert widget.value == "before"


def test_errors_are_logged_without_what_was_sent(caplog):
    def fail(sequence):
        raise KeyError(sequence)

    message = []
    runner.guard(message.append)(fail)(SECRET)
    assert message == [runner.WRONG]
    assert "KeyError" in caplog.text
    assert "fail" in caplog.text
    assert SECRET not in caplog.text


# Through the real server


def header(kind):
    return {
        "msg_type": kind, "msg_id": f"{kind}{time.monotonic_ns()}", "session": "s", "username": "",
        "version": "5.3", "date": "2026-01-01T00:00:00Z",
    }  # fmt: skip


def message(kind, content):
    return json.dumps(
        {"header": header(kind), "parent_header": {}, "metadata": {"version": "1.0.0"},
         "content": content, "channel": "shell", "buffers": []}
    )  # fmt: skip


async def states(line, heard):
    """The state of every widget, by its comm, as a page asks for it."""
    comm = f"c{time.monotonic_ns()}"
    target = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
    await line.write_message(message("comm_open", target))
    ask = {"comm_id": comm, "data": {"method": "request_states"}}
    await line.write_message(message("comm_msg", ask))
    while True:
        text = await asyncio.wait_for(line.read_message(), CEILING)
        assert text is not None
        text = text if isinstance(text, str) else text.decode("utf-8", "replace")
        heard.append(text)
        if '"update_states"' in text and comm in text:
            data = json.loads(text[text.index("{") :])
            return data["content"]["data"]["states"]


@pytest.mark.slow
def test_a_page_of_a_real_dashboard(served):
    page = served.get("splice-inspector").text
    kernel = page.partition('"kernelId": "')[2].partition('"')[0]
    url = served.url.replace("http", "ws") + f"api/kernels/{kernel}/channels?session_id=x"
    heard = []

    async def attack():
        line = await websocket_connect(HTTPRequest(url, headers={"Cookie": served.cookie}))
        before = await states(line, heard)
        assert len(before) > 50
        few = list(before)[:10]  # A page that sends too many of what none sends is cut off.
        for comm, about in before.items():
            names = [n for n in about["state"] if n not in (*runner.INPUT, "dark", "selected")]
            for value in ([SECRET], {"a": [SECRET]}, 2**70):
                state = dict.fromkeys(names, value)
                sent = {"method": "update", "state": state, "buffer_paths": []}
                await line.write_message(message("comm_msg", {"comm_id": comm, "data": sent}))
            for data in (
                {"method": "update", "state": {"index": [SECRET], "selected": SECRET}},
                {"method": "update", "state": {"value": {"a": SECRET}}, "buffer_paths": [["a"]]},
                {"method": "custom", "content": [SECRET]},
                {"method": "custom", "content": {"trace": SECRET, "click": SECRET, "point": {}}},
                {"method": "custom", "content": {"event": {"click": SECRET}, "ask": [SECRET]}},
                *([{"method": SECRET}, {"state": SECRET}] if comm in few else []),
            ):
                await line.write_message(message("comm_msg", {"comm_id": comm, "data": data}))
        for content in (
            {},
            {"comm_id": 7},
            {"comm_id": "nosuch", "data": {"method": "update"}},
            {"data": SECRET},
        ):
            for kind in ("comm_msg", "comm_close", "comm_info_request"):
                await line.write_message(message(kind, content))
        return before, await states(line, heard)

    try:
        before, after = asyncio.run(attack())
    finally:
        served.get(f"voila/api/shutdown/{kernel}", method="POST")

    def kept(found):
        return {
            comm: {k: v for k, v in about["state"].items() if k not in ("outputs", "msg_id")}
            for comm, about in found.items()
        }

    assert kept(after) == kept(before)
    for text in heard:
        for trace in ("Traceback", "site-packages", "TraitError", ".py"):
            assert trace not in text or '"_esm"' in text
    served.wait_for_viewers(0)
    assert SECRET not in served.log
    assert "In the kernel of a page" in served.log
