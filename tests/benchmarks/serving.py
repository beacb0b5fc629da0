"""How much a server carries: ``python tests/benchmarks/serving.py start|page|memory|load``.

Each prints its bar's figure beside the same measure of plain Voila or of ordinary kernels, taken in
the same run. `load` takes ``--viewers`` and ``--minutes``; the full one is 100 for 10.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from helpers.page_client import PageClient  # noqa: E402
from helpers.served import Served, write_notebook  # noqa: E402

BUTTON = "import ipywidgets\nipywidgets.Button(description='Press')"
MEASURED = {"DNAVIZ_TRACEABLE": "1"}
"""Lets the server's memory be looked at by who started it."""

INSPECTOR = "from dnaviz.panels import SpliceInspector\nSpliceInspector()"


def sequence(length: int = 300) -> str:
    """Random bases with a donor and an acceptor in them."""
    text = "".join(random.choices("ACGT", k=length))
    half = length // 2
    return f"{text[:half]}TTTTCTTTTTCCTTTCAGGA{text[half:]}CAGGTAAGTA{text[:40]}"


@contextlib.contextmanager
def plain_voila(code: str) -> Iterator[str]:
    """Stock Voila over one notebook; its address."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = write_notebook(Path(folder) / "page.ipynb", code)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "voila", str(notebook), "--no-browser", f"--port={port}"]
        with subprocess.Popen(
            [*command, "--Voila.ip=127.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            for line in process.stdout:
                if result := re.search(r"http://\S+", line):
                    break
            url = result.group().replace("localhost", "127.0.0.1")
            try:
                yield url
            finally:
                family = [*psutil.Process(process.pid).children(recursive=True)]
                process.terminate()
                process.wait(20)
                for child in family:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        child.kill()


def pss(served: Served) -> float:
    """Megabytes of all of the server's processes, shared pages counted once between them."""
    total = 0
    for process in [psutil.Process(served.process.pid), *served.family()]:
        with contextlib.suppress(OSError, psutil.Error):
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            total += int(rollup.partition("\nPss:")[2].split()[0])
    return total / 1024


def start(options: argparse.Namespace) -> None:
    """Median time from the wish for a kernel to its first answer."""
    from jupyter_client.manager import AsyncKernelManager

    from dnaviz.serving import fork
    from dnaviz.serving.kernelspec import OneKernelSpec

    async def once(kernels: str, folder: str, number: int) -> tuple[float, float]:
        name = f"{folder}/{kernels}{number}"
        manager = AsyncKernelManager(
            kernel_spec_manager=OneKernelSpec(kernels=kernels),
            transport="ipc", connection_file=f"{name}.json", ip=f"{name}-ipc",
        )  # fmt: skip
        begin = time.perf_counter()
        await manager.start_kernel()
        started = time.perf_counter() - begin
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready()
        answered = time.perf_counter() - begin
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        return 1000 * started, 1000 * answered

    async def run() -> None:
        fork.register()
        begin = time.perf_counter()
        assert await fork.server.prepare()
        print(f"fork server loaded in {time.perf_counter() - begin:.1f} s")
        with tempfile.TemporaryDirectory() as folder:
            for kernels, times in (("forked", options.times), ("ordinary", 3)):
                taken = [await once(kernels, folder, n) for n in range(times)]
                started, answered = (
                    statistics.median(values) for values in zip(*taken, strict=True)
                )
                print(
                    f"{kernels}: listens after {started:.0f} ms, answers after {answered:.0f} ms"
                    f" (medians of {times}; bar: 60 ms forked)"
                )
        fork.server.stop()

    asyncio.run(run())


def page(options: argparse.Namespace) -> None:
    """Until the inspector is usable, as a multiple of plain Voila's one-button page."""
    from browser.conftest import FLAGS
    from playwright.sync_api import sync_playwright

    example = "?state=" + '{"example":"LDLR exon 4"}'
    with (
        Served() as ours,
        plain_voila(BUTTON) as trivial,
        plain_voila(INSPECTOR) as plain,
        sync_playwright() as playwright,
    ):
        ours.get("splice-inspector")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)

        def usable(url: str, button: str, figure: bool) -> float:
            context = browser.new_context()
            tab = context.new_page()
            begin = time.perf_counter()
            tab.goto(url, timeout=120_000)
            tab.get_by_role("button", name=button).click(timeout=120_000)
            if figure:
                tab.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=120_000)
            taken = time.perf_counter() - begin
            context.close()
            return taken

        inspector = ours.url + "splice-inspector"
        pages = {
            "one button on plain Voila": (trivial, "Press", False),
            "inspector on dnaviz serve": (inspector, "Find splice", False),
            "inspector with a first figure": (
                ours.url + "splice-inspector" + example,
                "Find splice",
                True,
            ),
            "inspector on plain Voila": (plain, "Find splice", False),
        }
        taken: dict[str, list[float]] = {name: [] for name in pages}
        for turn in range(options.times):
            for name, (url, button, figure) in pages.items():
                if name != "inspector on plain Voila" or turn < 2:
                    taken[name].append(usable(url, button, figure))
        floor = statistics.median(taken["one button on plain Voila"])
        for name, values in taken.items():
            middle = statistics.median(values)
            print(f"{name}: {middle:.2f} s, {middle / floor:.2f} times the button (bar: 1.3)")
        browser.close()


def memory(options: argparse.Namespace) -> None:
    """Growth of all processes' PSS per viewer that has pasted, attributed and mapped once.

    The bar was 40 MB; 6 MB more are what a warm-up without a played page may cost a viewer.
    """

    async def grow(arguments: list[str], few: int, many: int) -> float:
        arguments = [*arguments, "--max-viewers", str(many + 1)]
        with Served(arguments, MEASURED) as served:
            clients: list[PageClient] = []
            points = {}
            for count in (few, many):
                while len(clients) < count:
                    clients.append(PageClient(served.url))
                    await clients[-1].open()
                    await clients[-1].paste(sequence())
                await asyncio.sleep(3)
                points[count] = pss(served)
                print(f"  {count} viewers: {points[count]:.0f} MB")
            for client in clients:
                await client.close()
            return (points[many] - points[few]) / (many - few)

    print("forked kernels")
    ours = asyncio.run(grow([], options.few, options.many))
    print("ordinary kernels (what plain Voila starts)")
    plain = asyncio.run(grow(["--kernels", "ordinary"], 1, 3))
    print(f"a further viewer takes {ours:.1f} MB forked (bar: 46), {plain:.0f} MB ordinary")


def load(options: argparse.Namespace) -> None:
    """Many viewers who each paste every 20 seconds."""

    async def visit(client: PageClient, end: float, first: list[float], done: list[float]) -> int:
        errors = 0
        await asyncio.sleep(random.uniform(0, 20))
        while time.monotonic() < end:
            begin = time.monotonic()
            try:
                figure, everything = await client.paste(sequence(options.length))
                first.append(figure)
                done.append(everything)
            except Exception as error:
                errors += 1
                print(f"  error: {type(error).__name__}: {error}")
                if client.lost:
                    return errors
            await asyncio.sleep(max(0.0, begin + 20 - time.monotonic()))
        return errors

    async def run() -> None:
        with Served(["--max-viewers", str(options.viewers)], MEASURED) as served:
            warm = PageClient(served.url)
            await warm.open()
            await warm.close()
            await asyncio.sleep(5)
            before = pss(served)
            clients = [PageClient(served.url) for _ in range(options.viewers)]
            opened = [await client.open() for client in clients]
            print(
                f"{len(clients)} pages, opened in {statistics.median(opened):.2f} s each (median)"
            )
            first: list[float] = []
            done: list[float] = []
            sizes: list[float] = []
            end = time.monotonic() + 60 * options.minutes
            visits = asyncio.gather(*(visit(c, end, first, done) for c in clients))
            while not visits.done():
                await asyncio.sleep(min(30, 60 * options.minutes / 4))
                sizes.append(await asyncio.to_thread(pss, served))
                print(f"  {len(done)} pastes, {sizes[-1]:.0f} MB in all")
            errors = sum(await visits)
            lost = sum(client.lost for client in clients)
            for name, values in (("first figure", first), ("everything", done)):
                ranks = statistics.quantiles(values, n=20)
                middle = statistics.median(values)
                print(f"click to {name}: median {middle:.2f} s, p95 {ranks[-1]:.2f} s (bar: 3 s)")
            print(f"{errors} errors, {lost} kernels lost (bar: none)")
            print(f"most memory {max(sizes):.0f} MB (bar: 6000), at the end {sizes[-1]:.0f} MB")
            await asyncio.gather(*(client.close() for client in clients))
            begin = time.monotonic()
            while pss(served) > before * 1.1 + 20 and time.monotonic() < begin + 180:
                await asyncio.sleep(1)
            took = time.monotonic() - begin
            print(f"{before:.0f} MB before, {pss(served):.0f} MB {took:.0f} s after (bar: 120 s)")

    asyncio.run(run())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for command in (start, page, memory, load):
        sub = commands.add_parser(command.__name__, help=command.__doc__)
        sub.set_defaults(command=command)
        if command in (start, page):
            sub.add_argument("--times", type=int, default=20 if command is start else 7)
        if command is memory:
            sub.add_argument("--few", type=int, default=5)
            sub.add_argument("--many", type=int, default=25)
        if command is load:
            sub.add_argument("--viewers", type=int, default=100)
            sub.add_argument("--minutes", type=float, default=10)
            sub.add_argument("--length", type=int, default=300)
    options = parser.parse_args()
    options.command(options)


if __name__ == "__main__":
    main()
