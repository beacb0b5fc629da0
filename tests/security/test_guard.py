"""What passes between a browser and a kernel, message by message."""

import json
from typing import Any

import pytest
from helpers.websocket import lay_out, pack
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import serialize_binary_message

from dnaviz.serving import guard
from dnaviz.serving.guard import Refused, read_message, sent_kind

V1 = "v1.kernel.websocket.jupyter.org"


def reaches_kernel(message: str | bytes, subprotocol: str | None) -> bool:
    try:
        return bool(read_message(message, subprotocol))
    except Refused:
        return False


def reaches_browser(message: object, subprotocol: str | None) -> bool:
    return sent_kind(message, subprotocol) is not None


def all_layouts(kind: str, content: Any, channel: str = "shell") -> list[tuple[Any, str | None]]:
    header = {"msg_type": kind, "msg_id": "1"}
    message = {"channel": channel, "header": header, "parent_header": {}, "content": content}
    return [
        (pack(header, content, channel), V1),
        (json.dumps(message), None),
        (serialize_binary_message({**message, "buffers": [b"x"]}), None),
    ]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("comm_msg", {"comm_id": "1", "data": {"method": "update", "state": {}}}),
        ("comm_close", {"comm_id": "1", "data": {}}),
        ("comm_open", {"comm_id": "1", "target_name": "jupyter.widget.control", "data": {}}),
        ("kernel_info_request", {}),
        ("comm_info_request", {"target_name": "jupyter.widget"}),
    ],
)
def test_messages_of_a_page_are_allowed(kind: str, content: Any):
    for message, protocol in all_layouts(kind, content):
        assert reaches_kernel(message, protocol)


def update(value: Any) -> dict[str, Any]:
    return {"comm_id": "1", "data": {"method": "update", "state": {"value": value}}}


@pytest.mark.parametrize("value", [[0] * 60_000, [[]] * 60_000, ["x"] * 60_000, [10**4000] * 200])
def test_a_message_that_would_take_long_to_read_is_refused_unread(value: Any, monkeypatch):
    messages = all_layouts("comm_msg", update(value))
    for name in ("json", "deserialize_binary_message"):
        monkeypatch.setattr(guard, name, None)
    for message, protocol in messages:
        with pytest.raises(Refused, match="too many values"):
            read_message(message, protocol)


LONG = "x" * 20_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"header": {"other": LONG}}, "too long"),
        ({"metadata": {"other": LONG}}, "too long"),
        ({"header": {"msg_id": LONG[:201]}}, "malformed"),
        ({"header": {"session": LONG[:201]}}, "malformed"),
        ({"buffers": [b""] * 100}, "malformed"),
    ],
)
def test_what_surrounds_a_message_is_short(change: dict[str, Any], words: str):
    header = {"msg_type": "comm_msg", "msg_id": "1", **change.get("header", {})}
    metadata = change.get("metadata", {})
    buffers = change.get("buffers", [])
    parts = [json.dumps(part).encode() for part in (header, {}, metadata, update("x"))]
    message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": metadata}
    message |= {"content": update("x"), "buffers": buffers}
    layouts: list[tuple[Any, str | None]] = [(lay_out([b"shell", *parts, *buffers]), V1)]
    if "other" not in header:  # Else it is as long as any text, and not sent on.
        layouts.append((serialize_binary_message({**message, "buffers": buffers or [b"x"]}), None))
        layouts += [] if buffers else [(json.dumps(message), None)]
    for text, protocol in layouts:
        with pytest.raises(Refused, match=words):
            read_message(text, protocol)


@pytest.mark.parametrize("text", ["ACGT" * 240_000, '>a "b", [c, {d\n' * 50_000, "\\" * 400_000])
def test_much_text_is_one_value(text: str):
    assert all(reaches_kernel(*each) for each in all_layouts("comm_msg", update(text)))


@pytest.mark.parametrize(
    "kind",
    [
        "execute_request",
        "complete_request",
        "inspect_request",
        "history_request",
        "is_complete_request",
        "debug_request",
        "interrupt_request",
        "shutdown_request",
        "input_reply",
        "create_subshell_request",
        "something_new",
    ],
)
@pytest.mark.parametrize("channel", ["shell", "control", "stdin", "iopub"])
def test_other_messages_are_dropped(kind: str, channel: str):
    for message, protocol in all_layouts(kind, {"code": "1"}, channel):
        assert not reaches_kernel(message, protocol)


@pytest.mark.parametrize("target", ["jupyter.widget", "jupyter.widget.version", "", None, ["x"]])
def test_browser_cannot_open_widgets(target: Any):
    content = {"comm_id": "1", "target_name": target, "data": {"state": {}}}
    for message, protocol in all_layouts("comm_open", content):
        assert not reaches_kernel(message, protocol)


@pytest.mark.parametrize("data", [{}, {"method": "nosuch"}, {"method": ["x"]}, [], None, "update"])
def test_widgets_receive_only_allowed_messages(data: Any):
    for message, protocol in all_layouts("comm_msg", {"comm_id": "1", "data": data}):
        assert not reaches_kernel(message, protocol)


def test_a_good_message_on_the_wrong_channel_is_dropped():
    for message, protocol in all_layouts("comm_msg", {"data": {"method": "update"}}, "control"):
        assert not reaches_kernel(message, protocol)


@pytest.mark.parametrize("message", ["", "{", "[]", "null", b"", b"\0" * 40, b"\xff" * 8])
def test_malformed_messages_are_dropped(message: Any):
    assert not reaches_kernel(message, V1)
    assert not reaches_kernel(message, None)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)), st.sampled_from([V1, None]))
def test_random_bytes_are_dropped(message: Any, protocol: str | None):
    assert not reaches_kernel(message, protocol)


@pytest.mark.parametrize("kind", ["error", "execute_input", "execute_result"])
def test_code_and_errors_stay_on_the_server(kind: str):
    for message, protocol in all_layouts(kind, {"traceback": ["secret"]}, "iopub"):
        assert not reaches_browser(message, protocol)


def test_kernel_stderr_stays_on_the_server():
    for message, protocol in all_layouts("stream", {"name": "stderr", "text": "secret"}, "iopub"):
        assert not reaches_browser(message, protocol)
    for message, protocol in all_layouts("stream", {"name": "stdout", "text": "hello"}, "iopub"):
        assert reaches_browser(message, protocol)


@pytest.mark.parametrize("kind", ["comm_open", "comm_msg", "status", "kernel_info_reply"])
def test_display_messages_reach_the_page(kind: str):
    for message, protocol in all_layouts(kind, {"data": {}}, "iopub"):
        assert reaches_browser(message, protocol)
