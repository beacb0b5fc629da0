"""Connections that wait, stall or come when there is no room, without a server around them."""

import asyncio
import errno
import os
import socket
from types import SimpleNamespace

import pytest
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.websocket import WebSocketProtocol13

from dnaviz.serving import connections, websocket
from dnaviz.serving.budget import MB, Budget
from dnaviz.serving.connections import BoundedServer, PatientSocket
from dnaviz.serving.websocket import BudgetedProtocol, GuardedWebsocket, Queue


def come(server: BoundedServer, ends: list[socket.socket], address: str = "192.0.2.1") -> bool:
    """Connect to a server; return whether it took the connection."""
    ours, others = socket.socketpair()
    ends.append(others)
    server._handle_connection(ours, (address, 1))
    return ours.fileno() != -1


@pytest.mark.parametrize(
    ("budget", "sent"),
    [
        (Budget(header_seconds=0.1), b"GET / HTTP/1.1\r\nHost:"),
        (Budget(body_seconds=0.1), b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"),
    ],
)
def test_what_does_not_come_is_not_waited_for(budget, sent):
    async def run():
        server = BoundedServer(lambda request: None, budget=budget)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        reader, writer = await asyncio.open_connection(*sockets[0].getsockname())
        writer.write(sent)
        assert await asyncio.wait_for(reader.read(1000), 60) == b""
        writer.close()
        server.stop()

    asyncio.run(run())


def test_connections_that_do_not_take_what_they_asked_for_are_closed(monkeypatch):
    async def run():
        server, ends = BoundedServer(lambda request: None, budget=Budget()), []
        assert come(server, ends)
        assert come(server, ends)
        stalled, other = server.lines
        stalled.write(b"x" * 20_000_000)
        for now in (0, 5, 30, 40):
            assert stalled in server.lines
            monkeypatch.setattr(connections, "time", SimpleNamespace(monotonic=lambda: now))  # noqa: B023
            server.sweep()
        assert list(server.lines) == [other]
        other.close()

    asyncio.run(run())


def test_where_descriptors_are_few_who_waits_makes_room(monkeypatch):
    monkeypatch.setattr(connections, "open_descriptors", lambda: 90)

    async def run(descriptors):
        budget = Budget(descriptors=descriptors, connections=4, per_address=4)
        server, ends = BoundedServer(lambda request: None, budget=budget), []
        assert all(come(server, ends) for _ in range(4))
        count = len(server.lines)
        for line in list(server.lines):
            line.close()
        return count

    assert asyncio.run(run(1024)) == 4
    assert asyncio.run(run(100)) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="It is of POSIX systems.")
def test_out_of_descriptors_a_visitor_is_turned_away_and_the_next_one_comes(monkeypatch):
    listening = PatientSocket.of(bind_sockets(0, "127.0.0.1")[0])
    accept, tries = socket.socket.accept, []

    def accept_second(self):
        tries.append(self)
        if len(tries) == 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return accept(self)

    monkeypatch.setattr(socket.socket, "accept", accept_second)
    with listening, socket.create_connection(listening.getsockname(), timeout=60) as visitor:
        with pytest.raises(ConnectionAbortedError):
            listening.accept()
        assert visitor.recv(1) == b""
        with socket.create_connection(listening.getsockname(), timeout=60):
            listening.accept()[0].close()


def protocol(**budget) -> BudgetedProtocol:
    """How a page's frames are received, of a server with one place for long messages."""
    drops: list[str] = []
    handler = SimpleNamespace(
        budget=Budget(**budget),
        settings={"dnaviz_uploads": asyncio.Semaphore(1)},
        drop=lambda why, sentence: drops.append(why),
        drops=drops,
    )
    return BudgetedProtocol(handler, False, SimpleNamespace(compression_options=None))


def test_an_upload_that_does_not_come_on_is_given_up_and_leaves_its_place(monkeypatch):
    async def read(self, n):
        await asyncio.Event().wait()

    async def receive(self):
        await self._read_bytes(9 * MB)

    monkeypatch.setattr(WebSocketProtocol13, "_read_bytes", read)
    monkeypatch.setattr(WebSocketProtocol13, "_receive_frame", receive)
    monkeypatch.setattr(
        WebSocketProtocol13, "_receive_frame_loop", lambda self: self._receive_frame()
    )

    async def run():
        page = protocol(upload_seconds=0.1)
        places = page.handler.settings["dnaviz_uploads"]
        await places.acquire()  # Another has the place, and then none has it.
        for _ in range(2):
            with pytest.raises(StreamClosedError):
                await asyncio.wait_for(page._receive_frame_loop(), 20)
            places.release()
            assert not places.locked()
        assert page.handler.drops == ["upload too slow"] * 2

    asyncio.run(run())


def test_a_page_that_sends_very_many_frames_is_read_more_slowly(monkeypatch):
    waits = []

    async def receive(self):
        pass

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr(WebSocketProtocol13, "_receive_frame", receive)

    async def run():
        page = protocol()
        monkeypatch.setattr(websocket, "asyncio", SimpleNamespace(sleep=sleep))
        page._frames.rate = 1e-6  # so that no time passes
        for _ in range(4 * websocket.FRAMES_A_SECOND):
            await page._receive_frame()
        assert not waits
        await page._receive_frame()
        assert len(waits) == 1

    asyncio.run(run())


@pytest.mark.parametrize("computes", [False, True])
def test_a_kernel_that_has_lost_count_keeps_its_page_waiting_for_a_while_only(
    computes, monkeypatch
):
    monkeypatch.setattr(websocket, "PATIENCE", 0.02)
    monkeypatch.setattr(websocket, "LONGEST_SILENCE", 0.2)

    async def run():
        page = SimpleNamespace(
            ws_connection=SimpleNamespace(is_closing=lambda: False), budget=Budget(), unsent=0,
            messages=SimpleNamespace(wait=0), bytes=SimpleNamespace(wait=0),
            work=SimpleNamespace(wait=0), queue=Queue(1, 10), kernel_id="a-kernel", looks=[],
        )  # fmt: skip

        def look(kernel):
            page.looks.append(kernel)
            return computes

        page.kernel_manager = SimpleNamespace(computes=look)
        page.queue.sent("a message", 1)
        await asyncio.wait_for(GuardedWebsocket._until_ready(page), 60)
        assert not page.queue.long
        return len(page.looks)

    looks = asyncio.run(run())
    assert looks > 5 if computes else looks == 1
