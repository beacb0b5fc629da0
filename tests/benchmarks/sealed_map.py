"""How long the map as a page takes in Chromium, from a disk: to open, and to answer.

    python tests/benchmarks/sealed_map.py                    # the shipped atlas
    python tests/benchmarks/sealed_map.py --points 1000000   # a synthetic one
    python tests/benchmarks/sealed_map.py --page map.html    # a page made before

Prints the file's size and how long it took to write; seconds from opening it until the points are
drawn, until all of it is read, and for a picture while the map moves, another color, a lasso until
its logo is there, and a motif; each with the seconds of processor that the page's process took,
which a busy machine changes little; its memory; and the load of the machine.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from map import synthetic
from playwright.sync_api import Page, sync_playwright
from sealed import WAIT, Renderers

from dnaviz.cli import main

# Seconds of a picture, while the wheel zooms in on the middle and out again.
MOVES = """
async () => {
  const map = document.getElementById("map");
  const box = map.getBoundingClientRect();
  const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  const seconds = [];
  for (let i = 0; i < 40; i++) {
    const start = performance.now();
    map.dispatchEvent(new WheelEvent("wheel", { ...at, deltaY: i < 20 ? -60 : 60 }));
    await frame();
    await frame();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds;
}
"""
PICTURE = "() => Number(document.getElementById('map').dataset.milliseconds) / 1000"


def made(points: int, folder: str) -> Path:
    source, page = "shipped", Path(folder) / "map.html"
    if points:
        source = str(Path(folder) / "atlas.h5ad")
        synthetic(points, Path(source))
    start = time.perf_counter()
    assert main(["export", str(page), "--atlas", source]) == 0
    print(f"written in {time.perf_counter() - start:.1f} s")
    return page


def lasso(page: Page) -> None:
    box = page.locator("#map").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 80, y - 80)
    page.mouse.down()
    for dx, dy in ((80, -80), (80, 80), (-80, 80)):
        page.mouse.move(x + dx, y + dy, steps=5)
    page.mouse.up()
    page.wait_for_selector("#card-selection[data-shown]", timeout=WAIT)


def run(file: Path) -> None:
    print(f"{file.stat().st_size / 1e6:.1f} MB; load {os.getloadavg()[0]:.1f}")
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(
            offline=True, viewport={"width": 1300, "height": 1000}
        ).new_page()
        renderers = Renderers(browser)
        start, before = time.perf_counter(), renderers.seconds()

        def begin() -> None:
            nonlocal start, before
            page.wait_for_timeout(1000)
            start, before = time.perf_counter(), renderers.seconds()

        def tell(what: str) -> None:
            seconds, own = time.perf_counter() - start, renderers.seconds() - before
            memory = renderers.megabytes()
            print(f"  {what}: {seconds:.2f} s, processor {own:.2f} s, {memory:.0f} MB", flush=True)

        page.goto(file.resolve().as_uri(), wait_until="commit")
        page.wait_for_selector("#map[data-drawn]", timeout=WAIT)
        tell("points drawn")
        page.wait_for_selector("html[data-loaded]", state="attached", timeout=WAIT)
        tell("all of it read")
        page.wait_for_timeout(1000)
        moves = page.evaluate(MOVES)
        print(f"  a move: {statistics.median(moves):.3f} s, longest {max(moves):.3f} s")
        page.wait_for_timeout(500)
        print(f"  a picture of what is in view: {page.evaluate(PICTURE):.3f} s")
        begin()
        drawn = page.get_attribute("#map", "data-drawn")
        page.select_option("#color", "gc")
        page.wait_for_selector(f'#map:not([data-drawn="{drawn}"])', timeout=WAIT)
        tell("another color")
        page.click("#home")
        begin()
        lasso(page)
        tell(f"lasso to logo ({page.inner_text('#selection-said')})")
        begin()
        page.fill("#search", "GAAGGTAAGT")
        page.press("#search", "Enter")
        page.wait_for_selector("#found:not([hidden])", timeout=WAIT)
        tell(f"motif ({page.inner_text('#found')})")
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=0, help="of a synthetic atlas")
    parser.add_argument("--page", type=Path, help="instead of one made now")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(given.page or made(given.points, folder))
