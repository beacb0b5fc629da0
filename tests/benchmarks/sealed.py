"""How long the sealed inspector takes in Chromium, from a disk: to open, and to answer.

    python tests/benchmarks/sealed.py [--model FOLDER]

Prints seconds from opening the file until a sequence can be pasted and is answered, from a paste of
200 nt to its class and to its mutagenesis, and for both strands of 10,000 nt.
"""

import argparse
import random
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from dnaviz.cli import main

WAIT = 600_000


def answered(page: Page, bases: str, part: str) -> float:
    """Seconds from the click until a part is drawn and until nothing is left to do."""
    page.fill("#text", bases)
    start = time.perf_counter()
    page.click("#run")
    page.wait_for_selector('main[aria-busy="true"]', timeout=WAIT)
    page.wait_for_selector(part, timeout=WAIT)
    return time.perf_counter() - start


def run(file: Path) -> None:
    draw = random.Random(0)
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(offline=True).new_page()
        start = time.perf_counter()
        page.goto(file.as_uri())
        page.wait_for_selector("#run", timeout=WAIT)
        shown = time.perf_counter() - start
        page.wait_for_selector("html[data-ready]", state="attached", timeout=WAIT)
        print(f"open: shown after {shown:.2f} s, ready after {time.perf_counter() - start:.2f} s")
        for name, length in (("200 nt", 200), ("200 nt again", 200), ("10,000 nt", 10_000)):
            bases = "".join(draw.choice("ACGT") for _ in range(length))
            time.sleep(1)
            seconds = answered(page, bases, 'main[aria-busy="false"]')
            print(f"{name}: scanned, explained and mutated after {seconds:.2f} s")
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", metavar="FOLDER")
    model = parser.parse_args().model
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "inspector.html"
        assert main(["export", str(out), *(["--model", model] if model else [])]) == 0
        print(f"{out.stat().st_size:,} bytes")
        run(out)
