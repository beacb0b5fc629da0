"""Kernels forked from a preloaded process, and what happens when any process dies."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from helpers.page_client import PageClient
from helpers.served import Served, write_notebook
from ipykernel.iostream import IOPubThread
from jupyter_client.session import Session

from dnaviz.serving import fork, preload
from dnaviz.serving.fork import plain_environment

pytestmark = pytest.mark.skipif(not fork.possible(), reason="Kernels are not forked here.")


def test_a_process_is_watched_without_being_a_child():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        watched = fork.Watched(process.pid)
        assert watched.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            watched.wait(0.01)
        watched.kill()
        assert watched.wait(30) == watched.poll() == 1
        watched.kill()  # nothing to kill is no error
    assert fork.Watched(process.pid).poll() == 1


def test_a_forked_process_that_ended_leaves_its_pipes_to_nobody():
    context = multiprocessing.get_context("forkserver")
    forked = [context.Process(target=time.sleep, args=(0.1,)) for _ in range(4)]
    watched = []
    for process in forked:
        process.start()
        watched.append(fork.Watched(process.pid, process))
    pipes = [process.sentinel for process in forked]
    del forked, process
    for one in watched:
        one.wait(60)
    end = time.monotonic() + 30
    while any(Path(f"/proc/self/fd/{pipe}").exists() for pipe in pipes):
        assert time.monotonic() < end
        multiprocessing.active_children()  # as at the next fork
        time.sleep(0.05)


@pytest.mark.parametrize("library", ["numpy", "pandas", "pyarrow", "torch", "zmq"])
def test_no_library_starts_a_thread_of_its_own(library):
    pytest.importorskip(library)
    code = f"import {library}, psutil; print(psutil.Process().num_threads())"
    environment = {**os.environ, **preload.environment()}
    process = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert process.stdout.strip() == b"1"


ARRAYS = """
import resource, numpy
def one(): numpy.ones(2**19)
one()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20): one()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_memory_of_one_large_array_is_used_for_the_next():
    """Each of its thousand pages would else be asked of the system again, at much cost."""
    environment = {**os.environ, **preload.environment()}
    process = subprocess.run([sys.executable, "-c", ARRAYS], env=environment, capture_output=True)
    assert int(process.stdout) < 2_000


SIZES = """
import torch
from dnaviz.serving.memory import give_back_memory
from torch.nn.functional import conv1d
torch.set_num_threads(1)
weight = torch.ones(32, 32, 3)
def kept(*sizes):
    for size in sizes: conv1d(torch.ones(2, 32, size), weight)
    give_back_memory()
    return int(open("/proc/self/smaps_rollup").read().partition("Private_Dirty:")[2].split()[0])
with torch.inference_mode():
    before = kept(*range(100, 950))
    print(kept(*range(950, 1050)) - before)
"""


@pytest.mark.slow
def test_code_for_ever_new_sizes_of_input_does_not_fill_a_viewers_memory():
    environment = {**os.environ, **preload.environment()}
    process = subprocess.run([sys.executable, "-c", SIZES], env=environment, capture_output=True)
    assert int(process.stdout) < 5_000  # KB; without a limit it is nearly nine thousand


def test_a_fork_server_that_cannot_load_is_given_up(monkeypatch):
    """Its module is imported with an error; whoever waits for a kernel gets an ordinary one."""
    server = fork.ForkServer()
    tries = []

    def dies(*_):
        tries.append(1)
        raise EOFError

    monkeypatch.setattr(server, "_try_to_fork", dies)
    assert not asyncio.run(server.prepare())
    assert server.broken
    assert len(tries) == fork.ATTEMPTS
    with pytest.raises(fork.ForkError):
        asyncio.run(server.fork(print))


BOARD = """
import os, sys, torch
print("loaded" if "dnaviz.serving.preload" in sys.modules else "bare")
print("query", os.environ["QUERY_STRING"])
print("threads", torch.get_num_threads())
print("numbers", os.getpid(), os.getppid(), os.getsid(0))
"""

INSPECTOR = "from dnaviz.panels import SpliceInspector\nSpliceInspector()"

WORK = "".join(random.Random(0).choices("ACGT", k=40_000))
"""A sequence that takes a while."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards")
    write_notebook(folder / "board.ipynb", BOARD)
    write_notebook(folder / "splice-inspector.ipynb", INSPECTOR)
    return folder


@pytest.fixture(scope="module")
def served(folder):
    arguments = ["--dashboards", str(folder), "--kernels", "forked"]
    with Served(arguments, {"DNAVIZ_VANISHED_AFTER": "600"}) as server:
        yield server


def open_board(served: Served) -> tuple[int, int]:
    """Open the page; return the numbers of its kernel and of the fork server."""
    text = served.get("board?one=1").text
    assert "loaded" in text
    assert "query one=1" in text
    assert "threads 1" in text
    kernel, parent, session = re.search(r"numbers (\d+) (\d+) (\d+)", text).groups()
    assert kernel == session
    return int(kernel), int(parent)


def gone(*pids: int, seconds: float = 20) -> bool:
    """Whether none of the processes is left after a while (zombies of nobody's do not count)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(lives(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_kernels_are_forked_from_one_loaded_process(served):
    first, parent = open_board(served)
    second, same = open_board(served)
    assert first != second
    assert parent == same
    assert served.viewers == 2


@dataclass
class Visitor(PageClient):
    """One whose kernel's number is known, and who can be caught at work."""

    pid: int = 0

    async def start(self, served: Served) -> Visitor:
        before = {process.pid for process in served.family()}
        await self.open()
        new = [process for process in served.family() if process.pid not in before]
        self.pid = max(new, key=lambda process: process.create_time()).pid
        return self

    async def work(self, sequence: str = WORK) -> asyncio.Task[tuple[float, float]]:
        """Paste, and return once the kernel computes."""
        before = sum(psutil.Process(self.pid).cpu_times()[:2])
        pasting = asyncio.create_task(self.paste(sequence))
        while sum(psutil.Process(self.pid).cpu_times()[:2]) < before + 0.2:
            await asyncio.sleep(0.02)
        assert not pasting.done()
        return pasting


def test_a_kernel_killed_at_work_leaves_the_others_at_theirs(served):
    async def visit():
        killed, other = [await Visitor(served.url).start(served) for _ in range(2)]
        before = served.viewers
        lost, working = await killed.work(), await other.work()
        os.kill(killed.pid, signal.SIGKILL)
        assert (await working)[1] > 0
        served.wait_for_viewers(before - 1)
        messages = served.get("metrics").text
        waits = re.search(r"^dnaviz_turn_wait_seconds_count (\S+)", messages, re.M)
        assert float(waits.group(1)) >= 2  # Each asked before it computed on.
        assert served.get(f"api/viewers/{killed.kernel}").json == {"seconds_left": None}
        lost.cancel()
        await other.close()

    _, parent = open_board(served)
    asyncio.run(visit())
    assert open_board(served)[1] == parent


@pytest.mark.slow
def test_a_fork_server_killed_under_load_comes_back_and_its_kernels_work_on(served):
    async def visit(parent):
        before = served.viewers
        visitors = [await Visitor(served.url).start(served) for _ in range(2)]
        working = [await visitor.work() for visitor in visitors]
        os.kill(parent, signal.SIGKILL)
        newcomer = await Visitor(served.url).start(served)
        for pasting in (*working, await newcomer.work()):
            assert (await pasting)[1] > 0
        assert psutil.Process(newcomer.pid).ppid() != parent
        assert {psutil.Process(visitor.pid).ppid() for visitor in visitors} == {1}
        assert served.viewers == before + 3
        for visitor in (*visitors, newcomer):
            await visitor.close()

    asyncio.run(visit(open_board(served)[1]))
    assert served.get("healthz").json["ready"]


def test_a_server_killed_under_load_leaves_nothing_and_reopens_links_when_restarted(served, folder):
    state = {"sequence": WORK[:300], "name": "mine", "threshold": 0.25}
    query = "?state=" + quote(json.dumps(state))

    async def visit():
        visitors = [await Visitor(served.url, query=query).start(served) for _ in range(2)]
        working = [await visitor.work() for visitor in visitors]
        family = [process.pid for process in served.family()]
        served.process.kill()
        served.process.wait()
        for pasting in working:
            pasting.cancel()
        return family

    family = asyncio.run(visit())
    assert len(family) > 3
    assert gone(*family)
    port = served.url.split(":")[2].strip("/")
    arguments = ["--dashboards", str(folder), "--kernels", "ordinary", "--port", port]
    with Served(arguments) as again:
        assert again.url == served.url

        async def reopen():
            visitor = PageClient(again.url, query=query)
            await visitor.open()
            shown = [model.get("value") for model in visitor.models.values()]
            await visitor.close()
            return shown

        shown = asyncio.run(reopen())
    assert any(WORK[:60] in str(value) for value in shown)
    assert 0.25 in shown


def test_it_stops_while_it_still_loads(served):
    with Served(["--kernels", "forked"]) as early:
        family = early.family()
        assert early.stop() == 0
        assert gone(*(process.pid for process in family), seconds=5)


def test_a_forked_kernel_is_sent_nothing_but_text():
    class Name(str, Enum):  # noqa: UP042
        ONE = "ONE"

    sent = plain_environment({Name.ONE: Name.ONE, "TWO": "ä"})
    assert sent == {"ONE": "ONE", "TWO": "ä"}
    assert {type(text) for pair in sent.items() for text in pair} == {str}


def test_what_is_printed_is_sent_before_the_end_of_its_cell():
    from dnaviz.serving.kernel import Stream

    sent = []
    thread = IOPubThread.__new__(IOPubThread)  # one that keeps what it should send
    thread.io_loop, thread.thread = (
        None,
        threading.Thread(target=time.sleep, args=(5,), daemon=True),
    )
    thread.thread.start()
    thread.schedule = sent.append
    thread.send_multipart = lambda *parts, **_: sent.append("printed")
    stream = Stream(Session(), thread, "stdout", watchfd=False)
    stream.write("text")
    stream.flush()
    sent.append("idle")
    for call in [entry for entry in sent[1:] if callable(entry)]:  # the first is the timed flush
        call()
    assert [entry for entry in sent if isinstance(entry, str)] == ["printed", "idle"]
