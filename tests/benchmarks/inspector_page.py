"""How long a visitor of the splice inspector waits: from the click until all is drawn in Chromium.

    python tests/benchmarks/inspector_page.py [--pastes 12] [--length 200]

Windows of the shipped atlas are pasted one after the other, through the real server. A part counts
as drawn at the first frame after its last change; a line is printed for each, with the median and
the largest of all pastes but the first, which brings drawing library and map to the page. `arrived`
is when the browser had received the last message of the kernel: what is before it is the kernel's
work and the way, what is after it the browser's drawing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "browser"), str(HERE.parent)]

PARTS = {
    "class": "h2: Why the model sees",
    "track": "Probability of donors and acceptors along the sequence",
    "logo and heatmap of contributions": "Contribution of each base to the site",
    "neighbors": "Nearest known windows",
    "place on the map": "The site among the windows of the atlas",
    "heatmap of mutations": "Change of probability by each mutation",
}
WANTED = tuple(name for name in PARTS if name not in ("track", "heatmap of mutations"))
"""What the bar is about."""

WATCH = """
(() => {
  const log = window.log = [];
  let start = 0;
  const note = (what) => {
    const at = start;
    // Behind the frame that shows it.
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        if (at === start) log.push([what, performance.now() - start]);
      };
      channel.port2.postMessage(0);
    });
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("button")?.textContent !== "Find splice sites") return;
    start = performance.now();
    log.length = 0;
  }, true);
  new MutationObserver((changes) => {
    for (const { target, type } of changes) {
      if (!target.isConnected) continue;
      if (type === "attributes") note(target.getAttribute("aria-label"));
      const heading = target.querySelector?.("h2")?.textContent ?? "";
      if (type === "childList" && target.matches(".widget-html-content") && heading)
        note(`h2: ${heading}`);
      const table = target.querySelector?.(":scope > table[aria-label]");
      if (type === "childList" && table) note(table.getAttribute("aria-label"));
    }
  }).observe(document, { subtree: true, childList: true, attributeFilter: ["data-draws"] });
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (start) log.push(["arrived", performance.now() - start, data.byteLength ?? data.length]);
      });
    }
  };
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      if (start && startTime >= start) log.push(["long task", startTime - start, duration]);
  }).observe({ type: "longtask" });
})();
"""


def pasted(page: Any, bases: str) -> dict[str, float]:
    """Paste, press the button; return milliseconds until each part was drawn for the last time."""
    page.locator("textarea").first.fill(bases)
    page.wait_for_timeout(300)
    button = page.get_by_role("button", name="Find splice sites", exact=True)
    button.click()
    page.wait_for_function(
        "(parts) => parts.every((part) => log.some(([what]) => what?.startsWith(part)))",
        arg=list(PARTS.values()),
    )
    page.wait_for_timeout(1_500)
    log = page.evaluate("log")
    times = {
        name: max(entry[1] for entry in log if (entry[0] or "").startswith(part))
        for name, part in PARTS.items()
    }
    times["all that the bar is about"] = max(times[name] for name in WANTED)
    # Before the last part is drawn; later ones tell that the kernel is idle.
    last = times["all that the bar is about"]
    came = [entry for entry in log if entry[0] == "arrived" and entry[1] < last]
    times["arrived"] = max(entry[1] for entry in came)
    times["kB"] = sum(entry[2] for entry in came) / 1000
    times["browser busy in long tasks"] = sum(
        entry[2] for entry in log if entry[0] == "long task" and entry[1] < last
    )
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pastes", type=int, default=12)
    parser.add_argument("--length", type=int, default=200)
    arguments = parser.parse_args()

    from helpers.served import Served
    from helpers.small_genome import FLAGS
    from playwright.sync_api import sync_playwright

    from dnaviz.atlas import load_atlas

    atlas = load_atlas()
    labels = atlas.obs["label"].astype(str).to_numpy()
    rows = np.flatnonzero(np.isin(labels, ("donor", "acceptor")))
    chosen = np.random.default_rng(0).choice(rows, arguments.pastes, replace=False)
    with Served() as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(120_000)
        page.add_init_script(WATCH)
        page.goto(served.url + "splice-inspector")
        page.get_by_role("button", name="Find splice sites", exact=True).wait_for()
        page.wait_for_timeout(3_000)
        result = [pasted(page, text[: arguments.length]) for text in atlas.sequences(chosen)]
        browser.close()
    print(f"milliseconds from the click; {len(result) - 1} pastes after the first")
    print(f"{'':36}{'first':>8}{'median':>8}{'largest':>8}")
    for name in result[0]:
        times = [one[name] for one in result[1:]]
        print(f"{name:36}{result[0][name]:8.0f}{np.median(times):8.0f}{max(times):8.0f}")


if __name__ == "__main__":
    main()
