"""What attacks do to a bystander and to the server: ``python tests/benchmarks/attack.py``.

Each attack runs for ``--seconds`` against a fresh server on this machine's own address, while one
visitor pastes on. Printed side by side: how long that visitor waits, the memory of the server's
process, its open files, and how long until all is as before. ``--only NAME`` runs one of them.
Nothing leaves the machine, and every attack is bounded in count and time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import statistics
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests")]

import psutil  # noqa: E402
from helpers.page_client import PageClient  # noqa: E402
from helpers.raw_page import RawPage, comm_of, update  # noqa: E402
from helpers.served import Served, ask  # noqa: E402

MB = 2**20
DESCRIPTORS = 1024
PLACES = 10
SLUG = "splice-inspector"
TOKEN = "the-token"
STRANGER = ("127.0.0.2", 0)
"""Another address of this machine's than the bystander's."""

Attack = Callable[[Served, float], Awaitable[None]]


async def end(page: RawPage) -> None:
    """Close a page as a browser does."""
    with contextlib.suppress(OSError):
        page.close()
    url = f"{page.served.url}voila/api/shutdown/{page.kernel}"
    await asyncio.to_thread(ask, url, method="POST", Cookie=page.cookie)


def place(served: Served) -> tuple[str, int]:
    """Where the server listens."""
    host, port = served.url.split("/")[2].split(":")
    return host, int(port)


async def connections(served: Served, seconds: float) -> None:
    """1,100 connections, half of them with half a request."""
    host, port = place(served)
    lines = []
    for number in range(1100):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            if number % 2:
                writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            lines.append(writer)
    await asyncio.sleep(seconds)
    for writer in lines:
        writer.close()


async def pages(served: Served, seconds: float) -> None:
    """Pages until there is no place, each with two websockets."""
    opened = []
    for _ in range(PLACES + 3):
        page = RawPage(served, SLUG)
        with contextlib.suppress(AssertionError):
            await page.open()
            await page.connect("y")
            opened.append(page)
    await asyncio.sleep(seconds)
    for page in opened:
        await end(page)


async def kept(served: Served, seconds: float) -> None:
    """Pages that close and keep their websocket, over and over."""
    stop = time.monotonic() + seconds
    for _ in range(40):
        if time.monotonic() > stop:
            return
        page = await RawPage(served, SLUG).open()
        url = f"{served.url}voila/api/shutdown/{page.kernel}"
        await asyncio.to_thread(ask, url, method="POST", Cookie=page.cookie)


async def unread(served: Served, seconds: float) -> None:
    """Nearly a megabyte in the paste box, and 1,800 requests for it on a line that is not read."""
    page = await RawPage(served, SLUG).open()
    await page.send(update(await comm_of(page, "TextareaModel"), value="A" * 900_000))

    async def ask_on() -> None:
        for _ in range(1800):
            await page.ask_states()

    await bounded(ask_on(), seconds)
    await end(page)


async def vanished(served: Served, seconds: float) -> None:
    """A page that asks for much, and is gone before it comes."""
    for _ in range(4):
        page = await RawPage(served, SLUG).open()
        await page.send(update(await comm_of(page, "TextareaModel"), value="A" * 900_000))
        for _ in range(60):
            with contextlib.suppress(OSError):
                await asyncio.wait_for(page.ask_states(), 0.5)
        page.writer.transport.abort()
    await asyncio.sleep(seconds / 2)


async def computing(served: Served, seconds: float) -> None:
    """170 messages of 900 kB while one's own kernel computes."""
    page = await RawPage(served, SLUG).open()
    text, button = await comm_of(page, "TextareaModel"), await comm_of(page, "ButtonModel")
    await page.send(update(text, value="".join(random.choices("ACGT", k=100_000))))
    click = {"comm_id": button, "data": {"method": "custom", "content": {"event": "click"}}}
    await page.send(RawPage.message("comm_msg", click))

    async def send_on() -> None:
        for _ in range(170):
            await page.send(update(text, value="A" * 900_000))

    await bounded(send_on(), seconds)
    await end(page)


async def unfinished(served: Served, seconds: float) -> None:
    """Forty frames of ten megabytes, of which only the last byte is missing."""
    opened, writers = [], []
    for _ in range(6):
        page = await RawPage(served, SLUG).open()
        opened.append(page)
        for session in "ab":
            if await page.connect(session) == 101:
                writers.append(page.writer)
    for writer in (writers * 4)[:40]:
        writer.write(bytes([0x82]) + struct.pack("!BQ", 0x80 | 127, 10 * MB) + b"\0" * (10 * MB))
    await asyncio.sleep(seconds)
    for page in opened:
        await end(page)


async def updates(served: Served, seconds: float) -> None:
    """Six pages that send 5,000 small changes and vanish."""

    async def visit() -> None:
        page = await RawPage(served, SLUG).open()
        text = await comm_of(page, "TextareaModel")

        async def send_on() -> None:
            for number in range(5000):
                await page.send(update(text, value=str(number)))

        await bounded(send_on(), seconds)
        page.writer.transport.abort()

    await asyncio.gather(*(visit() for _ in range(6)))


async def refused(served: Served, seconds: float) -> None:
    """Messages of nine megabytes that no page sends."""
    page = await RawPage(served, SLUG).open()
    wrong = RawPage.message("execute_request", {"code": "1", "more": "x" * (9 * MB)})
    stop = time.monotonic() + seconds
    for _ in range(100):
        if time.monotonic() > stop:
            break
        try:
            await asyncio.wait_for(page.send(wrong), seconds)
        except (OSError, TimeoutError):
            await asyncio.sleep(0.2)
            if await page.connect() != 101:
                break
    await end(page)


async def pictures(served: Served, seconds: float) -> None:
    """A hundred pictures on another site that are a dashboard's address."""
    headers = {"Sec_Fetch_Dest": "image", "Sec_Fetch_Site": "cross-site", "Accept": "image/*"}
    url = served.url + SLUG
    for _ in range(100):
        answer = await asyncio.to_thread(ask, url, **headers)
        assert b"kernelId" not in answer.body
    await asyncio.sleep(seconds / 4)


async def pings(served: Served, seconds: float) -> None:
    """Pages that ask, as fast as they can, whether the server is still there."""
    opened = [await RawPage(served, SLUG).open() for _ in range(4)]
    frames = bytes([0x89, 0x80, 0, 0, 0, 0]) * 500

    async def send_on(page: RawPage) -> None:
        while True:
            page.writer.write(frames)
            await page.writer.drain()
            await asyncio.sleep(0)  # The bystander is of this process, too.

    async def read_on(page: RawPage) -> None:
        while await page.reader.read(65536):
            pass

    work = [task(page) for page in opened for task in (send_on, read_on)]
    await bounded(asyncio.gather(*work), seconds)
    for page in opened:
        await end(page)


async def drip(served: Served, seconds: float) -> None:
    """300 requests that come a byte every half second, head or body."""
    host, port = place(served)
    head = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n"

    async def send_on(rest: bytes) -> None:
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(host, port, local_addr=STRANGER)
                writer.write(head + rest)
                while True:
                    await asyncio.sleep(0.5)
                    writer.write(b"a")
                    await writer.drain()
            await asyncio.sleep(0.5)

    rests = (b"X: ", b"\r\n")
    await bounded(asyncio.gather(*(send_on(rests[n % 2]) for n in range(300))), seconds)


async def openclose(served: Served, seconds: float) -> None:
    """Pages that are asked for every twentieth of a second, by who leaves at once."""
    host, port = place(served)
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port, local_addr=STRANGER)
            writer.write(f"GET /{SLUG} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            await asyncio.sleep(0.05)
            writer.transport.abort()


async def openend(served: Served, seconds: float) -> None:
    """Pages that are opened and closed, over and over, three at a time."""
    stop = time.monotonic() + seconds

    async def visit() -> None:
        while time.monotonic() < stop:
            with contextlib.suppress(AssertionError):
                await end(await RawPage(served, SLUG).open())

    await asyncio.gather(*(visit() for _ in range(3)))


async def reconnect(served: Served, seconds: float) -> None:
    """Pages whose websockets break and come back, over and over."""
    opened = [await RawPage(served, SLUG).open() for _ in range(4)]

    async def come_back(page: RawPage, number: int) -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await page.connect(f"s{number}")
                page.writer.transport.abort()

    work = [come_back(page, number) for page in opened for number in range(3)]
    await bounded(asyncio.gather(*work), seconds)
    for page in opened:
        await end(page)


async def flood(served: Served, seconds: float, target: str) -> None:
    """One request from a hundred connections, as often as it is answered."""
    host, port = place(served)
    request = f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()

    async def ask_on() -> None:
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(host, port, local_addr=STRANGER)
                writer.write(request)
                await reader.read()
                writer.close()

    await bounded(asyncio.gather(*(ask_on() for _ in range(100))), seconds)


async def badlogins(served: Served, seconds: float) -> None:
    """Wrong tokens, from a hundred connections."""
    await flood(served, seconds, "/?token=wrong")


async def bigargs(served: Served, seconds: float) -> None:
    """Addresses with 3,800 arguments, from a hundred connections."""
    await flood(served, seconds, "/?" + "a=1&" * 3800)


ATTACKS: dict[str, Attack] = {
    function.__name__: function
    for function in (
        connections, pages, kept, unread, vanished, computing, unfinished, updates, refused,
        pictures, pings, drip, openclose, openend, reconnect, badlogins, bigargs,
    )
}  # fmt: skip


async def bounded(work: Awaitable[None], seconds: float) -> None:
    """Work for so long at most."""
    with contextlib.suppress(TimeoutError, OSError):
        await asyncio.wait_for(work, seconds)


def sequence(length: int = 300) -> str:
    return "".join(random.choices("ACGT", k=length))


def figures(served: Served) -> tuple[float, int]:
    """Megabytes of the server's process, and its open files."""
    process = psutil.Process(served.process.pid)
    return process.memory_info().rss / MB, process.num_fds()


async def observe(name: str, seconds: float) -> bool:
    """Run one attack; print what it did, and return whether all bars were met."""
    command = f'ulimit -n {DESCRIPTORS}; exec "$@"'
    arguments = ["--max-viewers", str(PLACES)]
    if name == "badlogins":
        arguments += ["--token", TOKEN]
    with Served(arguments, prefix=("sh", "-c", command, "sh"), patience=600) as served:
        await asyncio.to_thread(served.wait_until_ready)
        bystander = PageClient(served.url, query=f"?token={TOKEN}")
        await bystander.open()
        for _ in range(3):
            await bystander.paste(sequence())
        quiet = [(await bystander.paste(sequence()))[0] for _ in range(5)]
        await asyncio.sleep(2)
        before = figures(served)
        attack = asyncio.create_task(bounded(ATTACKS[name](served, seconds), seconds + 60))
        waits: list[float] = []
        memory, files = before
        while not attack.done():
            waits.append((await bystander.paste(sequence()))[0])
            now = figures(served)
            memory, files = max(memory, now[0]), max(files, now[1])
            await asyncio.sleep(0.2)
        if error := attack.exception():
            print(f"{name}: the attack failed: {type(error).__name__}: {error}")
        begin = time.monotonic()
        while time.monotonic() < begin + 90:
            now = figures(served)
            if served.viewers == 1 and now[1] <= before[1] + 4 and now[0] < before[0] + 60:
                break
            await asyncio.sleep(1)
        back = time.monotonic() - begin
        worst = max(waits)
        print(
            f"{name:12} paste {statistics.median(quiet):5.2f} s alone,"
            f" {statistics.median(waits):5.2f} s attacked (worst {worst:5.2f});"
            f" server {before[0]:4.0f} -> {memory:4.0f} MB, files {before[1]:3} -> {files:4};"
            f" as before after {back:3.0f} s",
            flush=True,
        )
        lost = bystander.lost
        await bystander.close()
        return worst < 1 and memory < 400 and files < DESCRIPTORS and back < 60 and not lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--only", choices=ATTACKS)
    options = parser.parse_args()
    print("bars: every paste's first figure within 1 s, 400 MB, 1,024 files, as before in 60 s")
    names = [options.only] if options.only else list(ATTACKS)
    met = {name: asyncio.run(observe(name, options.seconds)) for name in names}
    missed = [name for name, well in met.items() if not well]
    print("all bars met" if not missed else f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
