"""Connections within a budget: whoever takes them all, the next visitor still gets one.

A connection waits (for a request), is in use (by one, or as a websocket), or is stalled (it does
not take what it asked for). Waiting and stalled ones end after a time limit. Where there is no
place for a new one, the one that has waited longest makes room.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import tornado.netutil
from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.ioloop import PeriodicCallback
from tornado.iostream import IOStream

from dnaviz.errors import InputError
from dnaviz.serving import metrics
from dnaviz.serving.budget import RESERVE, Budget, open_descriptors
from dnaviz.serving.pace import Turns, origin

log = logging.getLogger("dnaviz.serving")

SWEEP = 5.0
"""Seconds between looking for stalled connections."""

PORTS_TO_TRY = 50

MAX_HEAD = 16_000
"""Longest head of a request in bytes: thousands of headers take long to read, too."""

MOST_COOKIES = 300
"""Of one request: browsers keep fewer for a host, and reading thousands takes long."""

IN_PIECES = (
    b"HTTP/1.1 411 Length Required\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    b'{"detail": "The request came in pieces: send it with its Content-Length."}'
)
"""The answer to a body of a length that is not told."""

SLOW = 20_000
"""Bytes that one has to take between two looks, if it has as many to take."""


class Line(IOStream):
    """One accepted connection: whether it waits for a request, and since when it is stalled."""

    def __init__(
        self,
        connection: socket.socket,
        address: str,
        closed: Callable[[Line], None],
        **options: Any,
    ) -> None:
        super().__init__(connection, **options)
        self.address = address
        self.waits = True
        self.stalled_since: float | None = None
        self._closed_line = closed
        self._taken = 0

    def close_fd(self) -> None:
        super().close_fd()
        self._closed_line(self)

    @property
    def unsent(self) -> int:
        """Bytes that wait for the other side to take them."""
        return len(self._write_buffer)

    def stalled(self, now: float) -> float:
        """Return the seconds for which too little of what waits has been taken."""
        taken, before = self._total_write_done_index, self._taken
        self._taken = taken
        if not self.unsent or taken - before >= SLOW:
            self.stalled_since = None
        elif self.stalled_since is None:
            self.stalled_since = now
        return now - (self.stalled_since or now)


class _Request(HTTPMessageDelegate):
    """Marks a line as in use from the moment that a request's head is complete; waits its turn."""

    def __init__(self, inner: HTTPMessageDelegate, line: Line, server: BoundedServer) -> None:
        self.inner, self.line, self.server = inner, line, server

    async def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        self.line.waits = False
        if headers.get("Cookie", "").count(";") > MOST_COOKIES:
            raise HTTPInputError("more cookies than a browser keeps")
        if "Transfer-Encoding" in headers:
            await self.line.write(IN_PIECES)
            self.line.close()
            raise HTTPInputError("a body in pieces, of which there could be very many")
        # Proxies add to X-Forwarded-For; these they would pass on as a visitor wrote them.
        for name in ("X-Real-Ip", "X-Scheme"):
            headers.pop(name, None)
        told = headers.get("X-Forwarded-For", "") if self.server.xheaders else ""
        await self.server.turns.wait(origin(told.rpartition(",")[2].strip() or self.line.address))
        if self.line.closed():
            raise HTTPInputError("gone")
        begun = self.inner.headers_received(start_line, headers)
        if begun is not None:  # Its body is read as it comes, once it is wanted.
            await begun

    def data_received(self, chunk: bytes) -> Any:
        return self.inner.data_received(chunk)

    def finish(self) -> None:
        self.inner.finish()

    def on_connection_close(self) -> None:
        self.inner.on_connection_close()


class BoundedServer(HTTPServer):
    """An HTTP server that keeps to a budget of connections and descriptors."""

    def initialize(self, request_callback: Any, budget: Budget, **options: Any) -> None:  # type: ignore[override]
        super().initialize(
            request_callback,
            idle_connection_timeout=budget.header_seconds,
            body_timeout=budget.body_seconds,
            max_header_size=MAX_HEAD,
            max_buffer_size=budget.upload + 2**20,
            **options,
        )
        self.budget = budget
        self.lines: dict[Line, None] = {}  # in the order in which they began to wait
        self.addresses: Counter[str] = Counter()
        self.turns = Turns()
        metrics.connections.set_function(lambda: len(self.lines))
        self._sweeper = PeriodicCallback(self.sweep, 1000 * SWEEP)

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        super().add_sockets(sockets)
        self._sweeper.start()

    def stop(self) -> None:
        self._sweeper.stop()
        super().stop()

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        line = getattr(server_conn, "stream", None)
        delegate = super().start_request(server_conn, request_conn)
        if not isinstance(line, Line):
            return delegate
        line.waits = True
        if line in self.lines:
            del self.lines[line]
            self.lines[line] = None
        return _Request(delegate, line, self)

    def sweep(self) -> None:
        """Close every connection that does not take what it asked for."""
        now = time.monotonic()
        for line in list(self.lines):
            if line.stalled(now) > self.budget.stalled_seconds:
                metrics.connections_closed.labels("stalled").inc()
                line.close()

    def _handle_connection(self, connection: socket.socket, address: Any) -> None:
        name = origin(str(address[0])) if isinstance(address, tuple) else ""
        if not self._has_room(name):
            metrics.connections_closed.labels("no place").inc()
            connection.close()
            return
        line = Line(connection, name, self._on_closed, max_buffer_size=self.max_buffer_size)
        self.lines[line] = None
        self.addresses[name] += 1
        self.handle_stream(line, address)

    def _has_room(self, address: str) -> bool:
        """Whether one more connection may be had from there; one that only waits makes room."""
        if self.addresses[address] >= self.budget.per_address:
            return self._make_room(address)
        if len(self.lines) >= self.budget.connections or self._few_descriptors():
            return self._make_room(None)
        return True

    def _few_descriptors(self) -> bool:
        # Counting them takes a while: only where connections could be what takes them.
        much = len(self.lines) > self.budget.connections // 2
        return much and self.budget.descriptors - open_descriptors() < RESERVE // 2

    def _make_room(self, address: str | None) -> bool:
        for line in self.lines:
            if line.waits and address in (None, line.address):
                metrics.connections_closed.labels("made room").inc()
                line.close()
                return True
        return False

    def _on_closed(self, line: Line) -> None:
        if self.lines.pop(line, line) is None:
            self.addresses[line.address] -= 1
            if not self.addresses[line.address]:
                del self.addresses[line.address]


class PatientSocket(socket.socket):
    """A listening socket that, out of descriptors, turns a visitor away instead of failing.

    A connection that cannot be accepted would wait, and the event loop would be called for it
    again and again.
    """

    @classmethod
    def of(cls, sock: socket.socket) -> PatientSocket:
        """Take the place of another listening socket."""
        patient = cls(sock.family, sock.type, sock.proto, fileno=sock.detach())
        patient.setblocking(False)
        patient._spare = os.open(os.devnull, os.O_RDONLY)
        return patient

    __slots__ = ("_spare",)
    _spare: int

    def accept(self) -> tuple[socket.socket, Any]:
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
        os.close(self._spare)
        try:
            super().accept()[0].close()
        finally:
            self._spare = os.open(os.devnull, os.O_RDONLY)
        raise ConnectionAbortedError

    def close(self) -> None:
        if getattr(self, "_spare", -1) >= 0:
            os.close(self._spare)
            self._spare = -1
        super().close()


def bind(host: str, port: int, strict: bool = False) -> list[socket.socket]:
    """Return listening sockets at `port`, or at the next one that is free if not `strict`.

    Raises
    ------
    InputError
        No port can be had there, or the host is none of this machine's addresses.
    """
    last = port if strict else min(port + PORTS_TO_TRY - 1, 65535)
    for candidate in range(port, last + 1) if port else (0,):
        try:
            sockets = tornado.netutil.bind_sockets(candidate, host or None)
            return [PatientSocket.of(sock) for sock in sockets]
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                continue
            if error.errno == errno.EACCES:
                raise InputError(f"Port {candidate} may not be used; try --port 8866.") from None
            raise InputError(f"{host!r} is not an address of this machine.") from None
    taken = f"Port {port} is" if last == port else f"Ports {port} to {last} are all"
    raise InputError(f"{taken} taken; try another --port.")
