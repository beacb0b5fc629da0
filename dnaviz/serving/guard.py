"""What a browser may say to a viewer's kernel, and what a kernel may say to a browser.

The browser needs little: to fetch the widgets' state once and to send changes of widgets. All
else (running code, looking into the kernel, opening new widgets) is dropped here, before it
reaches the kernel; and nothing that could carry a traceback or source code goes back.
"""

from __future__ import annotations

import ipaddress
import json
import logging
from typing import Any

from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
)
from tornado.httputil import HTTPServerRequest
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from dnaviz.serving import metrics
from dnaviz.serving.logs import event

ONLY_LOCAL = "dnaviz_only_local"
"""Setting: whether the server is for this machine alone and asks for no token."""

log = logging.getLogger("dnaviz.serving")

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

MAX_MESSAGE = 10 * 1024 * 1024
"""Longest message from a browser in bytes (an uploaded file travels in one message)."""


def admissible(message: str | bytes, subprotocol: str | None) -> bool:
    """Say whether a websocket message from a browser may go to the kernel.

    Parameters
    ----------
    message : str or bytes
        As it came: JSON, JSON with buffers, or the binary layout of protocol "v1".
    subprotocol : str or None
        The websocket's subprotocol, which decides the layout.

    Returns
    -------
    bool
        False for anything malformed or of another type or channel than a page needs.
    """
    try:
        channel, header, content = _parts(message, subprotocol)
        kind = header["msg_type"]
        if channel != "shell" or kind not in FROM_BROWSER:
            return False
        if kind == "comm_open":
            return content["target_name"] in COMM_TARGETS
        if kind == "comm_msg":
            return content["data"]["method"] in METHODS
        return isinstance(content, dict)
    except Exception:  # whatever is wrong with it, a stranger wrote it
        return False


def presentable(message: object, subprotocol: str | None) -> bool:
    """Say whether a message from the kernel may go to the browser.

    Source code, results of code and errors stay here, and so does whatever the kernel writes to
    its stderr: a traceback is for the server's log.
    """
    try:
        if isinstance(message, dict):
            header, content = message["header"], message["content"]
        else:
            _, header, content = _parts(message, subprotocol)
        kind = header["msg_type"]
        return kind not in NOT_TO_BROWSER and not (
            kind == "stream" and content.get("name") == "stderr"
        )
    except Exception:
        return False


def _parts(message: object, subprotocol: str | None) -> tuple[Any, Any, Any]:
    """Return channel, header and content of a message in any of the websocket's layouts.

    Both binary layouts begin with a count, and reading as many offsets as a stranger's count asks
    for would take all memory: so the count is held against the message's length first.
    """
    if subprotocol == "v1.kernel.websocket.jupyter.org":
        if not isinstance(message, bytes):
            raise ValueError("text where bytes belong")
        _check_count(int.from_bytes(message[:8], "little"), 8, message)
        channel, parts = deserialize_msg_from_ws_v1(message)
        return channel, json.loads(parts[0]), json.loads(parts[3])
    if isinstance(message, bytes):
        _check_count(int.from_bytes(message[:4], "big"), 4, message)
        read = deserialize_binary_message(message)
    else:
        read = json.loads(str(message))
    return read["channel"], read["header"], read["content"]


def _check_count(count: int, size: int, message: bytes) -> None:
    if (count + 1) * size > len(message):
        raise ValueError("more offsets than the message has bytes for")


class LocalNames:
    """Lets a server for this machine alone, without a token, be asked by this machine's names only.

    A page elsewhere could else have its own name point here, and use the server as its visitor.
    Reverse proxies are known by a header that no such page's websocket can carry.
    """

    settings: dict[str, Any]
    request: HTTPServerRequest

    def check_host(self) -> bool:
        if not self.settings.get(ONLY_LOCAL) or "X-Forwarded-For" in self.request.headers:
            return True
        return is_loopback(self.request.host_name)


def is_loopback(host: str) -> bool:
    """Whether a name or address is of this machine and seen by it alone."""
    host = host.strip("[]").lower()
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class GuardedWebsocket(LocalNames, VoilaKernelWebsocketHandler):
    """The websocket between one page and its kernel, with everything but widgets filtered out."""

    @property
    def max_message_size(self) -> int:
        return MAX_MESSAGE

    def on_message(self, message: str | bytes) -> None:
        if admissible(message, self.selected_subprotocol):
            super().on_message(message)
        else:
            metrics.dropped.inc()
            event(log, logging.WARNING, "message dropped", kernel=self.kernel_id)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        if presentable(message, self.selected_subprotocol):
            return super().write_message(message, binary)
        return None
