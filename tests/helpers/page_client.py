"""A page without a browser: opens a dashboard's websocket, types, clicks, and waits for the result.

A hundred browsers do not fit beside the server they are to measure; a hundred of these do.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from jupyter_server.services.kernels.connection.base import deserialize_binary_message
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from helpers.served import CEILING

CONTROL = "jupyter.widget.control"


@dataclass
class PageClient:
    """One visitor of the splice inspector of the server at `url` (which ends with a slash)."""

    url: str
    slug: str = "splice-inspector"
    query: str = ""
    action: str = "Find splice sites"
    line: WebSocketClientConnection | None = None
    kernel: str = ""
    cookie: str = ""
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    async def open(self) -> float:
        """Open the page; return the seconds until its widgets are known."""
        begin = time.monotonic()
        reply = await self._ask(f"{self.slug}{self.query}", request_timeout=CEILING)
        self.kernel = re.search(rb'"kernelId": ?"([\w-]+)"', reply.body).group(1).decode()
        cookies = (line.partition(";")[0] for line in reply.headers.get_list("Set-Cookie"))
        self.cookie = "; ".join(cookies)
        address = f"{self.url.replace('http', 'ws', 1)}api/kernels/{self.kernel}/channels"
        request = HTTPRequest(address, headers=self._headers)
        self.line = await websocket_connect(request, max_message_size=2**28)
        self._reader = asyncio.create_task(self._read())
        self._pulse = asyncio.create_task(self._report())
        channel = uuid.uuid4().hex
        self._send("comm_open", comm_id=channel, target_name=CONTROL, data={})
        self._send("comm_msg", comm_id=channel, data={"method": "request_states"})
        while True:
            message = await asyncio.wait_for(self.waiting.get(), CEILING)
            data = message["content"].get("data", {})
            if data.get("method") == "update_states":
                self.models = {name: about["state"] for name, about in data["states"].items()}
                break
        self.text = self._find("TextareaModel")
        self.button = self._find("ButtonModel", description=self.action)
        return time.monotonic() - begin

    async def paste(self, sequence: str) -> tuple[float, float]:
        """Paste and click; return the seconds until the first figure, and until all is shown."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self._send("comm_msg", comm_id=self.text, data=_update(value=sequence))
        begin = time.monotonic()
        click = {"method": "custom", "content": {"event": "click"}}
        self._send("comm_msg", comm_id=self.button, data=click)
        first, busy = 0.0, False
        while True:
            message = await asyncio.wait_for(self.waiting.get(), CEILING)
            content = message["content"]
            state = content.get("data", {}).get("state", {})
            if not first and state.get("figure"):
                first = time.monotonic() - begin
            if content.get("comm_id") == self.button and "_dom_classes" in state:
                now = "dnaviz-busy" in state["_dom_classes"]
                busy = busy or now
                if busy and not now:
                    done = time.monotonic() - begin
                    return first or done, done

    async def close(self) -> None:
        """Leave, as a browser does."""
        self._pulse.cancel()
        self._reader.cancel()
        if self.line is not None:
            self.line.close()
        await self._ask(f"voila/api/shutdown/{self.kernel}", method="POST", body=b"")

    @property
    def _headers(self) -> dict[str, str]:
        return {"Origin": "/".join(self.url.split("/")[:3]), "Cookie": self.cookie}

    async def _ask(self, path: str, **options: Any) -> Any:
        request = HTTPRequest(self.url + path, headers=self._headers, **options)
        return await AsyncHTTPClient().fetch(request)

    async def _read(self) -> None:
        assert self.line is not None
        while (message := await self.line.read_message()) is not None:
            read = (
                deserialize_binary_message(message)
                if isinstance(message, bytes)
                else json.loads(message)
            )
            if read["header"]["msg_type"] == "comm_msg":
                self.waiting.put_nowait(read)

    async def _report(self) -> None:
        while True:
            reply = await self._ask(f"api/viewers/{self.kernel}?used=1")
            if json.loads(reply.body)["seconds_left"] is None:
                raise RuntimeError(f"The kernel {self.kernel} is lost.")
            await asyncio.sleep(10)

    @property
    def lost(self) -> bool:
        """Whether the kernel or the line to it has ended."""
        return self._pulse.done() or self._reader.done()

    def _send(self, kind: str, **content: Any) -> None:
        assert self.line is not None
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "session": "",
            "username": "",
            "version": "5.3",
            "date": "2020-01-01T00:00:00Z",
        }
        message = {
            "channel": "shell",
            "header": header,
            "parent_header": {},
            "metadata": {"version": "1.0.0"},  # of the protocol that asks for widgets' states
            "content": content,
        }
        self.line.write_message(json.dumps(message))

    def _find(self, kind: str, **state: Any) -> str:
        for name, model in self.models.items():
            if model.get("_model_name") == kind and state.items() <= model.items():
                return name
        raise RuntimeError(f"The page has no {kind} {state}.")


def _update(**state: Any) -> dict[str, Any]:
    return {"method": "update", "state": state, "buffer_paths": []}
