"""A page as a stranger would write one: sends what it likes, and reads only if it likes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import struct
import uuid
from typing import Any

from helpers.served import Served, ask


class RawPage:
    """One websocket of one page of `served`, frame by frame.

    >>> page = await RawPage(served, "board").open()
    >>> await page.send(page.message("comm_msg", {...}))
    """

    def __init__(self, served: Served, slug: str = "board") -> None:
        self.served, self.slug = served, slug
        self.kernel = self.cookie = ""
        self.connections: list[asyncio.StreamWriter] = []  # one that is forgotten is closed

    async def open(self, session: str = "x") -> RawPage:
        """Ask for the page and connect to its kernel."""
        if not self.kernel:
            answer = await asyncio.to_thread(ask, self.served.url + self.slug)
            assert answer.status == 200, answer.status
            result = re.search(r'"kernelId": ?"([\w-]+)"', answer.text)
            assert result
            self.kernel = result.group(1)
            self.cookie = "; ".join(f"{n}={v}" for n, v in answer.cookies.items())
        status = await self.connect(session)
        assert status == 101, status
        return self

    async def connect(self, session: str = "x") -> int:
        """Connect to the kernel; return the answer's status."""
        host, _, path = self.served.url.removeprefix("http://").partition("/")
        name, _, port = host.partition(":")
        self.reader, self.writer = await asyncio.open_connection(name, int(port), limit=2**26)
        self.connections.append(self.writer)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /{path}api/kernels/{self.kernel}/channels?session_id={session} HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Cookie: {self.cookie}",
        )
        self.writer.write("\r\n".join((*head, "", "")).encode())
        answer = await self.reader.readuntil(b"\r\n\r\n")
        return int(answer.split()[1])

    @staticmethod
    def message(kind: str, content: dict[str, Any], **more: Any) -> bytes:
        """A message in the layout that is text."""
        header = {"msg_type": kind, "msg_id": uuid.uuid4().hex, "session": "x", "version": "5.3"}
        header["date"] = "2026-01-01T00:00:00Z"
        metadata = {"version": "1.0.0"}
        parts = {"header": header, "parent_header": {}, "metadata": metadata, "content": content}
        return json.dumps({**parts, "channel": "shell", "buffers": [], **more}).encode()

    async def send(self, data: bytes, *, binary: bool = False, final: bool = True) -> None:
        """Send a frame as far as the server reads it; a page reads in the meantime, this not."""
        first = (0x80 if final else 0) | (2 if binary else 1)
        size = len(data)
        length = struct.pack("!BQ", 0x80 | 127, size)
        self.writer.write(bytes([first]) + length + b"\0\0\0\0" + data)
        await self.writer.drain()

    async def ask_states(self) -> None:
        """Ask for the state of every widget."""
        comm = uuid.uuid4().hex
        target = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
        await self.send(self.message("comm_open", target))
        await self.send(
            self.message("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}})
        )

    async def frame(self) -> bytes | None:
        """Return the next frame's content; None when the connection has ended."""
        try:
            _, size = await self.reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2))
            elif size == 127:
                size = int.from_bytes(await self.reader.readexactly(8))
            return await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def frame_with(self, words: bytes, seconds: float = 60) -> bytes:
        """Return the next frame that has the words in it."""
        async with asyncio.timeout(seconds):
            while (frame := await self.frame()) is not None:
                if words in frame:
                    return frame
        raise AssertionError("The connection ended.")

    async def ended(self, seconds: float = 30) -> bool:
        """Whether the server closes the connection."""
        try:
            async with asyncio.timeout(seconds):
                while await self.frame() is not None:
                    pass
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.writer.close()


async def comm_of(page: RawPage, name: str) -> str:
    """The channel of the first widget of a class."""
    await page.ask_states()
    frame = await page.frame_with(b'"update_states"')
    states = json.loads(frame[frame.index(b"{") :].decode("utf-8", "replace"))
    states = states["content"]["data"]["states"]
    return next(n for n, about in states.items() if about["model_name"] == name)


def update(comm: str, **state: Any) -> bytes:
    """A message that changes a widget."""
    data = {"method": "update", "state": state, "buffer_paths": []}
    return RawPage.message("comm_msg", {"comm_id": comm, "data": data})
