"""Firefox as it is installed, driven by WebDriver BiDi: Playwright needs a Firefox of its own."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from helpers.dashboards import PATIENCE

MESSAGE = 64 * 2**20  # bytes


class FirefoxPage:
    """One tab; `evaluate` as Playwright's."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._sent = socket, 0
        self.command("session.new", capabilities={})
        (tab, *_) = self.command("browsingContext.getTree")["contexts"]
        self._tab = tab["context"]

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv(PATIENCE / 1000))).get("id") != self._sent:
            pass
        assert answer["type"] == "success", answer
        result: dict[str, Any] = answer["result"]
        return result

    def goto(self, address: str) -> None:
        self.command("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def evaluate(self, function: str, argument: object = None) -> Any:
        """Call a function of the page, and return what it promises."""
        call = f"Promise.resolve(({function})({json.dumps(argument)})).then(JSON.stringify)"
        answer = self.command(
            "script.evaluate",
            expression=call,
            target={"context": self._tab},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        value = answer["result"].get("value")
        return None if value is None else json.loads(value)


@contextmanager
def open_firefox(path: str, profile: Path) -> Iterator[FirefoxPage]:
    """Start Firefox without a window and with an empty profile."""
    command = [path, "--headless", "--profile", str(profile), "--remote-debugging-port=0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        lines = (re.search(r"WebDriver BiDi listening on (ws://\S+)", x) for x in process.stderr)
        address = next(found[1] for found in lines if found)
        with connect(f"{address}/session", max_size=MESSAGE) as socket:
            yield FirefoxPage(socket)
    finally:
        process.terminate()
        process.wait(60)
