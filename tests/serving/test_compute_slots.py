"""Only as many kernels compute at a time as there are cores, and none can hold up the others."""

import asyncio
import signal
import sys

import pytest

from dnaviz.serving import compute_slots

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="There are no such sockets.")


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = str(tmp_path / "turns")
    monkeypatch.setenv(compute_slots.SOCKET, path)
    return path


async def compute(name, log, seconds=0.0):
    async with compute_slots.compute_slot():
        log.append(f"{name} begins")
        await asyncio.sleep(seconds)
        log.append(f"{name} ends")


async def asking(*visits):
    """Start visits one after another, each when the one before has asked."""
    tasks = []
    for visit in visits:
        tasks.append(asyncio.create_task(visit))
        await asyncio.sleep(0.02)
    return tasks


def test_compute_slots_are_first_come_first_served(path):
    async def run(many):
        log = []
        async with await compute_slots.ComputeSlots(many).listen(path):
            await asyncio.gather(*await asking(*(compute(n, log, 0.1) for n in "abc")))
        return log

    one, two = (asyncio.run(run(many)) for many in (1, 2))
    assert one == [f"{n} {what}" for n in "abc" for what in ("begins", "ends")]
    assert two == ["a begins", "b begins", "a ends", "c begins", "b ends", "c ends"]


def test_long_computation_does_not_starve_others(path):
    async def run():
        log = []
        async with await compute_slots.ComputeSlots(1, longest=0.05).listen(path):
            long, short = await asking(compute("long", log, 30), compute("short", log))
            await asyncio.wait_for(short, 5)
            long.cancel()
        return log

    assert asyncio.run(run()) == ["long begins", "short begins", "short ends"]


def test_canceled_waiter_takes_no_slot(path):
    async def run():
        log = []
        async with await compute_slots.ComputeSlots(1, longest=60).listen(path):
            first, second, third = await asking(*(compute(n, log, 0.1) for n in "abc"))
            second.cancel()
            await asyncio.wait_for(asyncio.gather(first, third), 5)
        return log

    assert asyncio.run(run()) == ["a begins", "a ends", "c begins", "c ends"]


HOLD = """
import socket, sys, time
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
print(len(line.recv(1)), flush=True)
time.sleep(60)
"""


def test_killed_kernel_returns_its_slot(path):
    async def run():
        async with await compute_slots.ComputeSlots(1, longest=60).listen(path):
            killed = await asyncio.create_subprocess_exec(
                sys.executable, "-c", HOLD, path, stdout=asyncio.subprocess.PIPE
            )
            assert await killed.stdout.readline() == b"1\n"
            (other,) = await asking(compute("other", []))
            assert not other.done()
            killed.send_signal(signal.SIGKILL)
            await asyncio.wait_for(other, 10)
            await killed.wait()

    asyncio.run(run())


def test_compute_slot_without_server_does_not_wait(path, monkeypatch):
    log = []
    asyncio.run(asyncio.wait_for(compute("gone", log), 5))
    monkeypatch.delenv(compute_slots.SOCKET)
    asyncio.run(asyncio.wait_for(compute("none", log), 5))
    assert len(log) == 4
