"""How long and how much a first use takes: ``python tests/benchmarks/first_use.py``.

Clones this repository, installs it into a fresh environment, starts the server and lets it open a
page, as a newcomer would; prints seconds, CPU seconds and bytes of each step. ``--before
'torch==2.13.0'`` installs something first, as the CPU build of PyTorch; ``--keep DIR`` keeps what
was made. Downloads depend on the network and on pip's cache: ``--no-cache`` goes without the
latter. Other work on the machine takes from the seconds, not from the CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil

ROOT = Path(__file__).parents[2]
PATIENCE = 1800.0


class Step(NamedTuple):
    """What was done, how long it took, by the clock and of CPUs, and what it left."""

    name: str
    seconds: float
    cpu: float
    bytes: int


def size(folder: Path) -> int:
    """Return the bytes of the files in a folder; a hard link counts once."""
    files = {(s.st_dev, s.st_ino): s.st_size for s in (p.lstat() for p in folder.rglob("*"))}
    return sum(files.values())


def timed(name: str, work: Callable[[], object], folder: Path) -> Step:
    before, start, cpu = size(folder), time.monotonic(), cpu_of_children()
    work()
    taken = time.monotonic() - start
    return Step(name, taken, cpu_of_children() - cpu, size(folder) - before)


def cpu_of_children() -> float:
    """CPU seconds of all processes that were started here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds of a process and of what it started, so far."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def run(*words: str | Path, cwd: Path | None = None) -> None:
    subprocess.run([str(word) for word in words], cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def first_use(folder: Path, before: str, cached: bool) -> Iterator[Step]:
    """Do what the README says, from the clone to a page, step by step."""
    clone, environment = folder / "dnaviz", folder / "venv"
    clone.mkdir()
    environment.mkdir()
    python = environment / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", *([] if cached else ["--no-cache-dir"])]
    yield timed("git clone", lambda: run("git", "clone", "--quiet", ROOT, clone), clone)
    yield timed("environment", lambda: run(sys.executable, "-m", "venv", environment), environment)
    if before:
        yield timed(f"pip install {before}", lambda: run(*install, before), environment)
    yield timed("pip install .", lambda: run(*install, clone), environment)
    yield from serve(environment / "bin" / "dnaviz", folder)


def serve(command: Path, folder: Path) -> Iterator[Step]:
    """Start the server and let it open a page."""
    start = time.monotonic()
    words = [str(command), "serve", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder
    ) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            found = next(filter(None, (re.search(r"http://\S+/", line) for line in lines)), None)
            if found is None:
                raise SystemExit("The server ended before it said its address.")
            server = psutil.Process(process.pid)
            cpu = cpu_of(server)
            yield Step("dnaviz serve: an address", time.monotonic() - start, cpu, 0)
            start = time.monotonic()
            answer = {"ready": False}
            while not answer["ready"] and time.monotonic() - start < PATIENCE:
                answer = health(f"{found[0]}healthz?deep=1")
            yield Step("a page opens", time.monotonic() - start, cpu_of(server) - cpu, 0)
        finally:
            process.terminate()


def health(url: str) -> dict[str, Any]:
    """What the server says of itself; that it is not ready is an answer too."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as reply:
        time.sleep(1)
        return json.load(reply)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--before", default="", help="install this first")
    parser.add_argument("--no-cache", action="store_true", help="without pip's cache")
    parser.add_argument("--keep", type=Path, help="folder to work in, kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        steps = []
        for step in first_use(folder, options.before, not options.no_cache):
            show(step)
            steps.append(step)
    show(Step("all", *(sum(column) for column in zip(*(s[1:] for s in steps), strict=True))))


def show(step: Step) -> None:
    figures = f"{step.seconds:8.1f} s {step.cpu:8.1f} CPU s {step.bytes / 1e6:10.1f} MB"
    print(f"{step.name:32} {figures}", flush=True)


if __name__ == "__main__":
    main()
