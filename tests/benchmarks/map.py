"""Print how the latent map fares with many points, in a real browser.

    python tests/benchmarks/map.py                       # the shipped atlas
    python tests/benchmarks/map.py --points 1000000      # a synthetic one
    python tests/benchmarks/map.py --points 1000000 --engine plotly
    python tests/benchmarks/map.py --points 1000000 --engine jupyter-scatter
    python tests/benchmarks/map.py --raster              # drawing alone, without a browser

``map`` is the panel as it is: up to `MOST_POINTS` points go to the browser, more are drawn in the
kernel. ``plotly`` sends them all to the same panel; ``jupyter-scatter`` (not a dependency: install
it first) shows the points and nothing else.

A time to the first paint runs from asking for the page, or from the panel's cell, until a picture
of the points is on screen, to all drawn until they can be chosen; a page of one word in the same
browser, "plain page", tells what of it is Voila's own. A lasso's time runs from letting the button
go, on the page's clock, until an image is there that was not before: first the sequence logo, then
the first attribution logo. A payload is what the page receives until the picture, memory is the
largest process below the server (its proportional share of what it shares).

On two cores, a plain page taking .6 s:

    points     first paint, s  all drawn, s  recolor, s  lasso to both logos, s  memory, MB
    21,998                 .9     2.3 - 2.7      .2 - .3   .35, again .34 (5,000)        283
    1,000,000              .9           2.3           .2   .41, again .33 (100,002)      454

Why many points are a picture drawn in the kernel: a million of them by each engine, one after the
other, when the machine was busier (a load of 6):

    engine           all drawn, s  recolor, s  lasso to logos, s  bytes a point  memory, MB
    map                      12.1       .4 - .9                1.1           .76         737
    plotly                   21.7      10 - 15         not reached            9.37           -
    jupyter-scatter          21.6            -                  -          18.24         505

Of such a picture, numpy (`--raster`) draws .09 s and packs .04 s. datashader draws .05 to .12 s
after .4 s of import and, in every new process, 1.6 s and .6 s for its first pictures (numba
compiles): no faster where each viewer has a process of their own, and numba's memory on top.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "browser"), str(HERE.parent)]

START = "import time\nstart = time.time()\n"
END = """
import ipywidgets
from IPython.display import display
display(ipywidgets.HTML(f'<i id="started" data-at="{start}"></i>'))
"""
CELLS = {
    "map": "from dnaviz.panels import LatentMap\ndisplay(LatentMap())",
    "plotly": (
        "from dnaviz.panels.latent_map import panel, view\n"
        "view.MOST_POINTS = 10**9\ndisplay(panel.LatentMap())"
    ),
    "jupyter-scatter": (
        "import jscatter\nfrom dnaviz.atlas import load_atlas\natlas = load_atlas()\n"
        "xy = atlas.map()\nlabel = atlas.obs['label'].to_numpy()\n"
        "scatter = jscatter.Scatter(x=xy[:, 0], y=xy[:, 1], height=600)\n"
        "scatter.color(by=atlas.obs['label'].cat.codes.to_numpy())\ndisplay(scatter.show())"
    ),
}
# Notes when the plot says that it is drawn, when logos come, and when the button is let go.
WATCH = """
window.drawn = [];
const note = (what) => requestAnimationFrame(() => window.drawn.push([what, Date.now()]));
addEventListener("pointerup", () => window.drawn.push(["let go", Date.now()]), true);
new MutationObserver((changes) => {
  for (const { attributeName, addedNodes } of changes) {
    if (attributeName) note(attributeName);
    for (const node of addedNodes) {
      for (const image of node.querySelectorAll?.("img[alt]") ?? []) {
        note(image.alt.startsWith("Mean") ? "attribution" : "logo");
      }
    }
  }
}).observe(document, {
  childList: true, subtree: true,
  attributeFilter: ["data-drawn", "data-pictures", "data-previewed"],
});
"""


def synthetic(count: int, path: Path, seed: int = 0) -> None:
    """Write an atlas of `count` windows: the shipped ones, drawn again and shaken."""
    import pandas as pd
    from anndata import AnnData

    from dnaviz.atlas import load_atlas
    from dnaviz.atlas.anndata_files import write_anndata

    atlas, rng = load_atlas(), np.random.default_rng(seed)
    rows = rng.integers(0, len(atlas), count)
    obs = atlas.obs.iloc[rows].reset_index(drop=True)
    obs.index = pd.Index([f"window_{number}" for number in range(count)], name="id")
    adata = AnnData(obs=obs)
    for key, value in atlas.adata.obsm.items():
        made = np.empty((count, value.shape[1]), value.dtype)
        for start in range(0, count, 50_000):  # little memory at a time
            part = value[rows[start : start + 50_000]]
            if key == "sequence":
                mutated = rng.random(part.shape, np.float32) < 0.02
                part = np.where(mutated & (part < 4), rng.integers(0, 4, part.shape), part)
            else:
                spread = 0.05 if part.shape[1] == 2 else 0.2
                part = part + rng.normal(0, spread, part.shape).astype(np.float32)
            made[start : start + 50_000] = part
        adata.obsm[key] = made
    adata.uns["dnaviz"] = {k: v for k, v in atlas.info.items() if k != "model"}
    write_anndata(adata, path)


def corners(atlas, wanted: int) -> np.ndarray:
    """A square around the middle of the map that holds about so many points."""
    xy = atlas.map()
    middle = np.median(xy, axis=0)
    side = np.sort(np.abs(xy - middle).max(axis=1))[min(wanted, len(xy)) - 1]
    return middle + side * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -0.9]])


def browse(engine: str, path: Path | None, lasso: int) -> None:
    from helpers.served import Served, write_notebook
    from helpers.small_genome import FLAGS
    from playwright.sync_api import sync_playwright

    from dnaviz.atlas import load_atlas
    from dnaviz.panels.common.plot import library

    atlas = load_atlas(path)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write_notebook(Path(folder) / "board.ipynb", START, CELLS[engine], END, title="Board")
        plain = "from IPython.display import HTML\nHTML('<p id=plain>word</p>')"
        write_notebook(Path(folder) / "plain.ipynb", plain, title="Plain")
        arguments = ["--dashboards", folder, *(["--atlas", str(path)] if path else [])]
        arguments += ["--kernels", "auto"]  # as a visitor has them
        with Served(arguments, patience=300) as served:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            page = browser.new_page(viewport={"width": 1300, "height": 1000})
            page.set_default_timeout(300_000)
            received = []
            page.on(
                "websocket",
                lambda ws: ws.on("framereceived", lambda frame: received.append(len(frame))),
            )
            page.add_init_script(WATCH)
            for _ in range(2):  # the second finds the browser's cache filled, as most visits do
                asked = time.time()
                page.goto(served.url + "plain")
                page.locator("#plain").wait_for()
                plain_page = time.time() - asked
            say(engine, atlas, "plain page, s", plain_page)
            received.clear()
            asked = time.time()
            page.goto(served.url + "board")
            if engine == "jupyter-scatter":
                jscatter(page, asked)
                say(engine, atlas, "payload, bytes a point", sum(received) / len(atlas), 2)
                say(engine, atlas, "memory, MB", memory(served), 0)
                return
            drawn = "data-pictures" if page_is_raster(page) else "data-drawn"
            at = wait(page, drawn)
            page.locator("#started").wait_for(state="attached")
            began = float(page.locator("#started").get_attribute("data-at") or 0)
            first = wait(page, "data-previewed")
            say(engine, atlas, "asked to first paint, s", first - asked)
            say(engine, atlas, "cell to first paint, s", first - began)
            say(engine, atlas, "cell to all drawn, s", at - began)
            say(engine, atlas, "of it the kernel's processor, s", memory(served, "cpu"))
            payload = sum(received) - len(library())
            say(engine, atlas, "payload without plotly.js, bytes a point", payload / len(atlas), 2)
            page.wait_for_timeout(3000)
            for column in ("gc", "gene", "label"):
                before = page.evaluate("Date.now()") / 1000
                page.locator("select").filter(has_text="reconstruction").first.select_option(column)
                say(engine, atlas, f"recolor by {column}, s", wait(page, drawn, before) - before)
                page.wait_for_timeout(1500)
            selected(page, engine, atlas, lasso)
            say(engine, atlas, "memory, MB", memory(served), 0)
            browser.close()


def page_is_raster(page) -> bool:
    page.locator(".dnaviz-plot[data-drawn]").first.wait_for(state="attached")
    return bool(page.locator(".dnaviz-map[data-raster=true]").count())


def wait(page, what: str, after: float = 0) -> float:
    """Seconds (of the clock) of the first drawing after a time."""
    page.wait_for_function(
        "([what, after]) => window.drawn.some(([name, at]) => name === what && at > after)",
        arg=[what, after * 1000],
    )
    return page.evaluate(
        "([what, after]) => window.drawn.find(([name, at]) => name === what && at > after)[1]",
        [what, after * 1000],
    ) / 1000  # fmt: skip


def selected(page, engine: str, atlas, lasso: int) -> None:
    for attempt in ("first", "second"):  # the first brings what is loaded once
        page.evaluate("scrollTo(0, 0)")
        still(page)
        places = page.evaluate(
            """(corners) => {
              const plot = document.querySelector(".js-plotly-plot");
              const box = plot.getBoundingClientRect();
              const { xaxis, yaxis } = plot._fullLayout;
              return corners.map(([x, y]) => [
                box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)]);
            }""",
            corners(atlas, lasso).tolist(),
        )
        before = page.evaluate("Date.now()") / 1000 - 0.001
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)
        page.mouse.up()
        start = wait(page, "let go", before)
        for what, name in (("logo", "sequence logo"), ("attribution", "both logos")):
            took = wait(page, what, start) - start
            say(engine, atlas, f"lasso to {name} ({attempt}), s", took)
        head = page.get_by_text(re.compile(r"[1-9][\d,]* of [\d,]+ windows \(")).first
        say(engine, atlas, "selected", float(re.sub(r"\D", "", head.inner_text().split()[0])), 0)
        page.wait_for_timeout(6000)
        page.get_by_role("button", name="Clear").click()
        page.get_by_role("img", name="Sequence logo").wait_for(state="hidden")


def still(page) -> None:
    """Until nothing has been drawn for a second and a half."""
    page.wait_for_timeout(1500)
    page.wait_for_function("Date.now() - Math.max(0, ...window.drawn.map((d) => d[1])) > 1500")


def jscatter(page, asked: float) -> None:
    """Until the canvas is no longer blank: looked at, not asked."""
    canvas = page.locator("canvas").first
    canvas.wait_for(state="visible")
    while time.time() < asked + 120:
        shot = np.frombuffer(canvas.screenshot(type="png"), np.uint8)
        if len(shot) > 30_000:  # an empty canvas packs into a few kilobytes
            break
        page.wait_for_timeout(100)
    print("jupyter-scatter", "", "asked to picture, s", f"{time.time() - asked:.2f}", sep="\t")


def memory(served, what: str = "pss") -> float:
    """Megabytes (or processor seconds) of the largest process below the server."""
    sizes = []
    for process in served.family():
        try:
            cpu = sum(process.cpu_times()[:2])
            sizes.append((process.memory_full_info().pss / 1e6, cpu))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return max(sizes)[what == "cpu"]


def draw(count: int) -> None:
    """Time the drawing of pictures by itself."""
    from dnaviz.atlas import load_atlas
    from dnaviz.figures import raster
    from dnaviz.figures.coloring import coloring
    from dnaviz.figures.map import extent

    atlas, rng = load_atlas(), np.random.default_rng(0)
    rows = rng.integers(0, len(atlas), count)
    xy = (atlas.map()[rows] + rng.normal(0, 0.05, (count, 2))).astype(np.float32)
    obs, box = atlas.obs.iloc[rows], extent(xy)
    chosen = xy[:, 0] < np.median(xy[:, 0])

    def timed(what: str, work):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            done = work()
            times.append(time.perf_counter() - start)
        say("raster", xy, what, min(times), 3)
        return done

    for column in ("label", "gene", "gc"):
        colors = timed(f"color by {column}, s", lambda c=column: raster.palette(coloring(obs[c])))
    image = timed("picture, s", lambda: raster.raster(xy, colors, box, 1000, 600))
    timed("picture with half selected, s",
          lambda: raster.raster(xy, colors, box, 1000, 600, selected=chosen))  # fmt: skip
    data = timed("PNG, s", lambda: raster.png(image))
    say("raster", xy, "PNG, kB", len(data) / 1000, 0)
    datashaded(timed, xy, obs)


def datashaded(timed, xy, obs) -> None:
    """The same by datashader, where it is installed: it is no dependency."""
    try:
        start = time.perf_counter()
        import datashader
        from datashader import transfer_functions
    except ImportError:
        return
    say("datashader", xy, "import, s", time.perf_counter() - start)
    points = obs[["label", "gc"]].reset_index(drop=True)
    points["label"] = points["label"].cat.remove_unused_categories()
    points["x"], points["y"] = xy.T

    def picture(what):
        canvas = datashader.Canvas(plot_width=1000, plot_height=600)
        return transfer_functions.shade(canvas.points(points, "x", "y", what)).to_pil()

    kinds = {"label": datashader.count_cat("label"), "gc": datashader.mean("gc")}
    for column, what in kinds.items():
        start = time.perf_counter()
        picture(what)
        say("datashader", xy, f"first picture by {column}, s", time.perf_counter() - start)
        timed(f"datashader's picture by {column}, s", lambda what=what: picture(what))


def say(engine: str, points, what: str, value: float, digits: int = 2) -> None:
    print(engine, f"{len(points):,}", what, f"{value:,.{digits}f}", sep="\t", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, help="of a synthetic atlas; else the shipped one")
    parser.add_argument("--engine", choices=CELLS, default="map")
    parser.add_argument("--lasso", type=int, help="points to select; 100,000 of a million")
    parser.add_argument("--raster", action="store_true", help="time the drawing alone")
    parser.add_argument("--keep", type=Path, help="where the synthetic atlas is kept for again")
    arguments = parser.parse_args()
    if arguments.raster:
        draw(arguments.points or 1_000_000)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = None
        if arguments.points:
            path = arguments.keep or Path(folder) / "synthetic.h5ad"
            if not path.exists():
                synthetic(arguments.points, path)
        count = arguments.points or 20_000
        browse(arguments.engine, path, arguments.lasso or (100_000 if count > 500_000 else 5_000))


if __name__ == "__main__":
    main()
