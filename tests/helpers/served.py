"""A real ``dnaviz serve`` in a process of its own, for the tests that need one."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

CEILING = 300.0
"""Seconds to wait for anything at most: a busy machine is not a failure."""


@dataclass
class Answer:
    """What came back for one request."""

    status: int
    headers: dict[str, str]
    body: bytes
    set_cookies: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def cookies(self) -> dict[str, str]:
        """What the answer sets, by name."""
        pairs = (line.partition(";")[0].partition("=") for line in self.set_cookies)
        return {name: value for name, _, value in pairs}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """Starts the server with `arguments`; `url` is where it answers, with a slash at its end."""

    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    patience: float = CEILING
    cookies: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()

    def __enter__(self) -> Served:
        command = [sys.executable, "-m", "dnaviz", "serve", "--no-browser", "--port", "0"]
        if "--dashboards" in self.arguments and "--kernels" not in self.arguments:
            # Loading everything that our own dashboards need takes longer than a few small pages.
            command += ["--kernels", "ordinary"]
        self.process = subprocess.Popen(
            [*self.prefix, *command, *self.arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **self.environment},
            # Whoever runs the tests by nohup has it ignored, and hands that on.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        self.lines: list[str] = []
        self._new: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.announced = self.wait_for_line(r"http://\S+").group()
        self.url = self.announced.partition("?")[0]
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self._new.put(line)

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def wait_for_line(self, pattern: str) -> re.Match[str]:
        """Return the first match of `pattern` in what the server prints from now on."""
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            try:
                line = self._new.get(timeout=0.5)
            except queue.Empty:
                if self.process.poll() is not None:
                    break
                continue
            if result := re.search(pattern, line):
                return result
        code = self.process.poll()
        raise AssertionError(f"No {pattern!r} from the server (exit {code}):\n{self.log}")

    def get(self, path: str = "", *, method: str = "GET", **headers: str) -> Answer:
        """Ask for a path below the server's address; redirects are not followed.

        All that is asked with this is of one visitor, by whose cookie kernels are known;
        ``Cookie=""`` is another's.
        """
        own = "Cookie" not in headers
        headers.setdefault("Cookie", self.cookie)
        answer = ask(self.url + path, method=method, **headers)
        if own:
            mine = {n: v for n, v in answer.cookies.items() if n.startswith("dnaviz-")}
            self.cookies.update(mine)
        return answer

    @property
    def cookie(self) -> str:
        """What this visitor sends with every request."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def viewers(self) -> int:
        return int(self.get("healthz").json["viewers"])

    def wait_until_ready(self) -> None:
        end = time.monotonic() + self.patience
        while not (health := self.get("healthz").json)["ready"]:
            assert time.monotonic() < end, health
            time.sleep(0.2)

    def wait_for_viewers(self, count: int, seconds: float = CEILING) -> None:
        end = time.monotonic() + seconds
        while (now := self.viewers) != count:
            assert time.monotonic() < end, f"{now} viewers instead of {count}"
            time.sleep(0.2)

    def family(self) -> list[psutil.Process]:
        """Every process that descends from the server."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGTERM, seconds: float = CEILING) -> int:
        """Ask the server to stop; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            for child in [*self.family(), psutil.Process(self.process.pid)]:
                child.kill()
            raise AssertionError(f"The server did not stop; it said:\n{self.log}") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def ask(url: str, *, method: str = "GET", timeout: float = CEILING, **headers: str) -> Answer:
    """Send one request and return the answer, whatever its status."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, headers=sent)
    try:
        with _opener.open(request, timeout=timeout) as reply:
            return _answer(reply.status, reply.headers, reply.read())
    except urllib.error.HTTPError as error:
        return _answer(error.code, error.headers, error.read())


def _answer(status: int, headers: Any, body: bytes) -> Answer:
    return Answer(status, dict(headers), body, tuple(headers.get_all("Set-Cookie", ())))


def write_notebook(path: Path, *cells: str, **about: str) -> Path:
    """Write a notebook of code cells, with what the index says about it."""
    document = {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"cell-{number}",
                "metadata": {},
                "outputs": [],
                "source": cell,
            }
            for number, cell in enumerate(cells)
        ],
        "metadata": {"dnaviz": about},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
