"""What a browser may say to a viewer's kernel, and what a kernel may say to a browser.

The browser needs little: to fetch the widgets' state once and to send changes of widgets. All
else (running code, looking into the kernel, opening new widgets) is dropped here, before it
reaches the kernel; and nothing that could carry a traceback or source code goes back.
"""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
)

from dnaviz.serving.budget import MB

V1 = "v1.kernel.websocket.jupyter.org"
"""The subprotocol whose messages are all binary, part by part."""

FROM_BROWSER = frozenset(
    {"comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"}
)
"""Types of message that a browser may send; `comm_open` only for the target below."""

COMM_TARGETS = frozenset({"jupyter.widget.control"})
"""The one channel a page opens itself: it asks for the state of all widgets.

The widgets' own channels are opened by the kernel. A browser that could open one could make any
widget class that some library has registered."""

METHODS = frozenset({"update", "custom", "request_state", "request_states"})
"""What a page says on a widget's channel; of another the kernel would log what it was sent."""

NOT_TO_BROWSER = frozenset({"execute_input", "execute_result", "error"})

MAX_MESSAGE = MB
"""Longest message of a browser in bytes, the files it carries not counted."""

MAX_HEADER = 10_000
"""Longest header in bytes, and longest of the other parts around a message's content."""

MAX_NAME = 200

MOST_PARTS = 100
"""Parts of one message, its buffers included."""

MOST_VALUES = 50_000
"""Values in one message: a megabyte of text is read at once, one of numbers takes long."""

VALUE = r'"(?:[^"\\]++|\\.)*+"?|[\[{,]|\d{10}'
"""A string, the beginning of what is none, or many digits of one number."""

VALUES = re.compile(VALUE, re.DOTALL), re.compile(VALUE.encode(), re.DOTALL)

TOO_LONG = "too long"


class Refused(ValueError):
    """A message that no page sends; the text says which kind it is, never what was in it."""


class Message(NamedTuple):
    """A message from a browser as it goes to the kernel: serialized parts, not yet signed."""

    id: str
    kind: str
    parts: list[bytes]


def read_message(message: str | bytes, subprotocol: str | None) -> Message:
    """Return what may go to the kernel of a websocket message from a browser.

    Its header is written anew: the kernel answers every such message, so that those it has not
    dealt with can be counted.

    Parameters
    ----------
    message : str or bytes
        As it came: JSON, JSON with buffers, or the binary layout of protocol "v1".
    subprotocol : str or None
        The websocket's subprotocol, which decides the layout.

    Raises
    ------
    Refused
        It is malformed, too long, or of another type or channel than a page needs.
    """
    try:
        channel, header, metadata, content, raw, buffers = _parts(message, subprotocol)
        kind, name, session = header["msg_type"], header["msg_id"], header.get("session", "")
        allowed = channel == "shell" and kind in FROM_BROWSER and isinstance(content, dict)
        if allowed and kind == "comm_open":
            allowed = content["target_name"] in COMM_TARGETS
        elif allowed and kind == "comm_msg":
            allowed = content["data"]["method"] in METHODS
        if not allowed or not isinstance(metadata, dict):
            raise Refused("of a kind that no page sends")
        if not all(isinstance(text, str) and len(text) <= MAX_NAME for text in (name, session)):
            raise Refused("malformed")
        header = {
            "msg_id": name,
            "msg_type": kind,
            "session": session,
            "username": "",
            "version": "5.3",
            "date": datetime.now(UTC).isoformat(),
        }
        head = json.dumps(header).encode()
        return Message(name, kind, [head, b"{}", json.dumps(metadata).encode(), raw, *buffers])
    except Refused:
        raise
    except Exception:  # whatever is wrong with it, a stranger wrote it
        raise Refused("malformed") from None


def _parts(message: str | bytes, subprotocol: str | None) -> tuple[Any, ...]:
    """Return channel, header, metadata, content (read and as it is sent on) and buffers.

    Lengths are looked at before anything is parsed: JSON of many megabytes would keep everybody
    waiting.
    """
    if subprotocol == V1:
        if not isinstance(message, bytes):
            raise ValueError("text where bytes belong")
        _check_offsets(message, 8, "little")
        channel, parts = deserialize_msg_from_ws_v1(message)
        header, parent, metadata, content, *buffers = parts
        _check_length(len(header), len(parent), len(metadata), limit=MAX_HEADER)
        _check_content(content)
        # As the kernel will: JSON in other encodings is none to it.
        read = [json.loads(part.decode("utf-8")) for part in (header, metadata, content)]
        return channel, *read, content, buffers
    if isinstance(message, bytes):
        first, *others = _check_offsets(message, 4, "big")
        _check_content(message[first : others[0] if others else None])
        read = deserialize_binary_message(message)
    else:
        _check_content(message)
        read = json.loads(message)
    content, metadata = read["content"], read.get("metadata", {})
    _check_length(len(json.dumps(metadata)), limit=MAX_HEADER)
    raw = json.dumps(content).encode()
    return read["channel"], read["header"], metadata, content, raw, read.get("buffers", [])


def _check_offsets(message: bytes, size: int, order: Literal["little", "big"]) -> list[int]:
    """Return where the parts of a binary message begin: one after another, and all inside it.

    Parts that overlap would be copied as often as they are named.
    """
    count = int.from_bytes(message[:size], order)
    if not 0 < count <= MOST_PARTS or (count + 1) * size > len(message):
        raise Refused("malformed")
    begins = (count + 1) * size
    offsets = [int.from_bytes(message[n : n + size], order) for n in range(size, begins, size)]
    if [begins, *offsets, len(message)] != sorted([begins, *offsets, len(message)]):
        raise Refused("malformed")
    return offsets


def _check_length(*lengths: int, limit: int) -> None:
    if max(lengths) > limit:
        raise Refused(TOO_LONG)


def _check_content(text: str | bytes) -> None:
    _check_length(len(text), limit=MAX_MESSAGE)
    values = VALUES[0].finditer(text) if isinstance(text, str) else VALUES[1].finditer(text)
    if next(islice(values, MOST_VALUES, None), None) is not None:
        raise Refused("too many values")


def sent_kind(message: object, subprotocol: str | None) -> tuple[str, dict[str, Any], Any] | None:
    """Return type, parent's header and, for a status, state of a message; None if it is secret.

    Source code, results of code and errors stay here, and so does whatever the kernel writes to
    its stderr: a traceback is for the server's log.
    """
    try:
        header, parent, content = _outgoing(message, subprotocol)
        kind = header["msg_type"]
        if kind in NOT_TO_BROWSER or (kind == "stream" and content().get("name") == "stderr"):
            return None
        return kind, parent, content().get("execution_state") if kind == "status" else None
    except Exception:
        return None


def _outgoing(message: object, subprotocol: str | None) -> tuple[Any, Any, Any]:
    """Return a message's header, its parent's, and how to read its content, which may be long."""
    if subprotocol == V1:
        if not isinstance(message, bytes):
            raise ValueError("text where bytes belong")
        _, parts = deserialize_msg_from_ws_v1(message)
        return json.loads(parts[0]), json.loads(parts[1]), lambda: json.loads(parts[3])
    if isinstance(message, bytes):
        read = deserialize_binary_message(message)
    else:
        read = message if isinstance(message, dict) else json.loads(str(message))
    return read["header"], read.get("parent_header", {}), lambda: read["content"]


def is_loopback(host: str) -> bool:
    """Whether a name or address is of this machine and seen by it alone."""
    host = host.strip("[]").lower()
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
