"""How long the sealed inspector takes in Chromium, from a disk: to open, and to answer.

    python tests/benchmarks/sealed.py [--model FOLDER | --page FILE ...] [--repeats N] [--long]

Prints, for each page, seconds from opening the file until it is shown and until it answers, from a
paste of 200 nt to its class and its mutagenesis, and for both strands of 10,000 nt (with --long
100,000 too); the seconds of processor that the page's process took for it, which a busy machine
changes little; its memory; and the load of the machine. With repeats, in a new browser each, pages
by turns: the median of each, and the least.
"""

import argparse
import os
import random
import re
import shutil
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from dnaviz.cli import main

WAIT = 600_000


class Renderers:
    """The processes that show pages."""

    def __init__(self, browser: Browser) -> None:
        self._session = browser.new_browser_cdp_session()

    def _list(self) -> list[dict]:
        found = self._session.send("SystemInfo.getProcessInfo")["processInfo"]
        return [process for process in found if process["type"] == "renderer"]

    def seconds(self) -> float:
        """Seconds of processor."""
        return sum(process["cpuTime"] for process in self._list())

    def settle(self) -> None:
        """Wait until the browser's own pages have started."""
        before = -1.0
        while self.seconds() - before > 0.05:
            before = self.seconds()
            time.sleep(1)

    def megabytes(self) -> float:
        """Memory of their own and their part of what is shared (PSS); Linux only."""
        total = 0
        for process in self._list():
            with suppress(OSError):
                text = Path(f"/proc/{process['id']}/smaps_rollup").read_text()
                total += int(re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)[0])
        return total / 1024


def answered(page: Page, bases: str) -> None:
    page.fill("#text", bases)
    page.click("#run")
    page.wait_for_selector('main[aria-busy="true"]', state="attached", timeout=WAIT)
    page.wait_for_selector('main[aria-busy="false"]', state="attached", timeout=WAIT)


Times = dict[str, tuple[float, float, float]]
"""Of each step: seconds, seconds of processor, megabytes."""


def run(file: Path, *, long: bool) -> Times:
    draw = random.Random(0)
    times: Times = {}
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(offline=True).new_page()
        renderers = Renderers(browser)
        renderers.settle()
        start, before = time.perf_counter(), renderers.seconds()

        def tell(what: str) -> None:
            seconds, own = time.perf_counter() - start, renderers.seconds() - before
            times[what] = seconds, own, renderers.megabytes()

        page.goto(file.resolve().as_uri(), wait_until="commit")
        page.wait_for_selector("#run", timeout=WAIT)
        tell("shown")
        page.wait_for_selector("html[data-ready]", state="attached", timeout=WAIT)
        tell("ready")
        lengths = (200, 200, 10_000, *((100_000,) if long else ()))
        for number, length in enumerate(lengths):
            bases = "".join(draw.choice("ACGT") for _ in range(length))
            page.wait_for_timeout(1000)
            start, before = time.perf_counter(), renderers.seconds()
            answered(page, bases)
            tell(f"{length:,} nt scanned, explained and mutated{' (again)' * (number == 1)}")
        browser.close()
    return times


def report(file: Path, runs: list[Times]) -> None:
    print(f"{file.name}: {file.stat().st_size:,} bytes")
    for what in runs[0]:
        seconds, processor, memory = zip(*(times[what] for times in runs), strict=True)
        print(
            f"  {what}: {median(seconds):.2f} s (least {min(seconds):.2f}), processor "
            f"{median(processor):.2f} s (least {min(processor):.2f}), {median(memory):.0f} MB"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", metavar="FOLDER")
    parser.add_argument("--page", type=Path, action="append", help="instead of one made now")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--long", action="store_true", help="100,000 nt too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pages = given.page or [Path(folder) / "inspector.html"]
        if not given.page:
            model = ["--model", given.model] if given.model else []
            assert main(["export", str(pages[0]), *model]) == 0
        runs, loads = defaultdict(list), []
        for _ in range(given.repeats):
            for page in pages:
                loads.append(os.getloadavg()[0])
                runs[page].append(run(page, long=given.long))
        print(f"load {min(loads):.1f} to {max(loads):.1f}, {os.cpu_count()} processors")
        for page in pages:
            report(page, runs[page])
