"""The websocket between one page and its kernel, within the server's budget.

A page is read as fast as its kernel and its own reading allow, and not faster: while its kernel
has a queue, or the page does not take what it was sent, nothing more of it is read, and what it
sends waits on its own machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketProtocol13
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from dnaviz.serving import metrics
from dnaviz.serving.budget import Budget
from dnaviz.serving.guard import MAX_HEADER, TOO_LONG, Refused, read_message, sent_kind
from dnaviz.serving.logs import event, short
from dnaviz.serving.pace import Bucket
from dnaviz.serving.visitors import OwnKernel

log = logging.getLogger("dnaviz.serving")

SESSION = re.compile(r"[\w-]{1,64}")
"""Names that a page gives its connection; they become addresses inside the server."""

FRAMES_A_SECOND = 300
"""Pieces of messages and pings that are taken of one page."""

LONGEST_SILENCE = 60.0
"""Seconds after which one has that does compute, or of which that is not known."""

SHORT = 2**18
"""Bytes of a refused message for which it counts once more."""

PATIENCE = 5.0
"""Seconds after which a kernel that neither answers nor computes has lost count of its queue."""


TOO_SLOW = "The file came in too slowly and was not taken; try again, or a smaller one."

TOO_LONG_TO_SEND = (
    "What was entered is too long to be sent (1 MB at most) and was not taken; upload it as a file."
)


class Queue:
    """What was sent to a kernel and is not dealt with: it says "idle" after each message."""

    def __init__(self, messages: int, size: int) -> None:
        self._most, self._largest = messages, size
        self._waiting: dict[str, int] = {}
        self._changed = asyncio.Event()

    @property
    def long(self) -> bool:
        return len(self._waiting) >= self._most or sum(self._waiting.values()) > self._largest

    def sent(self, name: str, size: int) -> None:
        self._waiting[name] = self._waiting.get(name, 0) + size

    def done(self, name: str) -> None:
        if self._waiting.pop(name, None) is not None:
            self._changed.set()

    def clear(self) -> None:
        self._waiting.clear()

    async def change(self, seconds: float) -> bool:
        """Wait until something was dealt with; False if nothing was in that time."""
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
        return self._changed.is_set()


class BudgetedProtocol(WebSocketProtocol13):
    """Receives few long messages at a time, in all of the server, and none for ever."""

    handler: GuardedWebsocket
    _place = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._frames = Bucket(FRAMES_A_SECOND, 4 * FRAMES_A_SECOND)

    async def _read_bytes(self, n: int) -> bytes:
        held = len(self._fragmented_message_buffer or b"")
        if held + n > self.handler.budget.message + MAX_HEADER and not self._place:
            places = self.handler.settings["dnaviz_uploads"]
            await asyncio.wait_for(places.acquire(), self.handler.budget.upload_seconds)
            self._place = True
            self._until = time.monotonic() + self.handler.budget.upload_seconds
        if not self._place:
            return await super()._read_bytes(n)
        return await asyncio.wait_for(super()._read_bytes(n), self._until - time.monotonic())

    async def _receive_frame(self) -> None:
        try:
            await super()._receive_frame()
        except TimeoutError:
            self.handler.drop("upload too slow", TOO_SLOW)
            raise StreamClosedError from None
        if self._fragmented_message_buffer is None:
            self._leave()
        self._frames.take(1)
        if wait := self._frames.wait:
            await asyncio.sleep(wait)

    async def _receive_frame_loop(self) -> None:
        try:
            await super()._receive_frame_loop()
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._place:
            self._place = False
            self.handler.settings["dnaviz_uploads"].release()


class GuardedWebsocket(OwnKernel, VoilaKernelWebsocketHandler):
    """Lets widgets' messages pass, as many as fit the budget, and nothing else."""

    @property
    def budget(self) -> Budget:
        budget: Budget = self.settings["dnaviz_budget"]
        return budget

    @property
    def max_message_size(self) -> int:
        return self.budget.upload + self.budget.message

    @property
    def unsent(self) -> int:
        """Bytes that wait for the page to read them."""
        stream = getattr(self.ws_connection, "stream", None)
        return 0 if stream is None or stream.closed() else len(stream._write_buffer)

    def get_websocket_protocol(self) -> BudgetedProtocol | None:
        plain = super().get_websocket_protocol()
        return plain and BudgetedProtocol(self, False, plain.params)

    async def get(self, kernel_id: str) -> None:
        self.check_owner(kernel_id)
        if not SESSION.fullmatch(self.get_argument("session_id", "x")):
            raise HTTPError(400)
        budget = self.budget
        self.messages = Bucket(budget.messages_a_second, budget.messages_at_once)
        self.bytes = Bucket(budget.bytes_a_second, budget.bytes_at_once)
        self.work = Bucket(budget.work_a_second, budget.work_at_once)
        self.queue = Queue(budget.queued, budget.queued_bytes)
        self.refused = 0
        with self.kernel_manager.line(kernel_id, self) as has_place:
            if not has_place:
                raise HTTPError(429)
            await super().get(kernel_id)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.finish()  # No page: nobody would read it.

    async def on_message(self, message: str | bytes) -> None:
        if self.ws_connection is None:
            return  # It was closed while this waited to be read.
        self.messages.take(1)
        self.bytes.take(len(message))
        begin = time.thread_time()
        try:
            name, _, parts = read_message(message, self.selected_subprotocol)
        except Refused as why:
            self.refuse(str(why), len(message))
        else:
            connection = self.connection
            if connection is not None and "shell" in connection.channels:
                self.queue.sent(name, len(message))
                connection.session.send_raw(connection.channels["shell"], parts)
        del message
        self.work.take(time.thread_time() - begin)
        await self._until_ready()

    async def _until_ready(self) -> None:
        """Wait, and so let the page wait, until the next message may be read."""
        silent = 0.0
        while self.ws_connection is not None and not self.ws_connection.is_closing():
            if wait := max(self.messages.wait, self.bytes.wait, self.work.wait):
                await asyncio.sleep(min(wait, 1.0))
            elif self.unsent > self.budget.unsent // 2:
                await asyncio.sleep(0.05)
            elif self.queue.long:
                with metrics.paused.track_inprogress():
                    moved = await self.queue.change(PATIENCE)
                silent = 0.0 if moved else silent + PATIENCE
                computes = silent and self.kernel_manager.computes(self.kernel_id)
                if silent > LONGEST_SILENCE or (silent and not computes):
                    self.queue.clear()
            else:
                return

    def refuse(self, why: str, size: int) -> None:
        """Drop a message; a page that sends one after another of that kind is no page."""
        self.refused += 1 + size // SHORT
        metrics.dropped.labels(why).inc()
        event(log, logging.WARNING, "message dropped", kernel=short(self.kernel_id), why=why)
        if why == TOO_LONG:
            self.kernel_manager.tell(self.kernel_id, TOO_LONG_TO_SEND)
        if self.refused >= self.budget.refusals:
            self.drop("too many refused messages")

    def drop(self, why: str, sentence: str = "") -> None:
        """Close this websocket at once, and have its page say the sentence."""
        self.kernel_manager.tell(self.kernel_id, sentence)
        metrics.websockets_closed.labels(why).inc()
        event(log, logging.WARNING, "websocket closed", kernel=short(self.kernel_id), why=why)
        self.abort()

    def abort(self) -> None:
        """Close without waiting for the page to agree."""
        if self.ws_connection is not None:
            self.ws_connection._abort()

    def write_message(self, message: Any, binary: bool = False) -> Any:
        if self.ws_connection is None:
            return None  # The kernel goes on for a moment when the page has left.
        sent = sent_kind(message, self.selected_subprotocol)
        if sent is None:
            return None
        kind, parent, state = sent
        if kind == "status" and state == "idle":
            self.queue.done(str(parent.get("msg_id")))
        size = len(message) if isinstance(message, str | bytes) else 0
        self.bytes.take(size)
        if self.unsent and self.unsent + size > self.budget.unsent:
            # What is lost of a page's state cannot be sent again.
            self.drop("page does not read")
            self.kernel_manager.end_soon(self.kernel_id, "its page fell behind")
            return None
        # Past Voila's own look into the message: it was looked into here.
        return super(VoilaKernelWebsocketHandler, self).write_message(message, binary)

    def send_ping(self) -> None:
        # A page that is not read cannot answer.
        if self.queue.long:
            self.last_pong = asyncio.get_running_loop().time()
        with contextlib.suppress(WebSocketClosedError):
            super().send_ping()
