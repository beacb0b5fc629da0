"""Run the tutorials and keep what they print, so that a repository viewer shows it.

``python docs/run_notebooks.py [NAME ...]``. Panels live in a running kernel; what is kept of one is
a picture of it, taken through the real server in Chromium (extra "test").
``tests/test_notebooks.py`` runs the same cells and checks what is printed.
"""

from __future__ import annotations

import base64
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient
from playwright.sync_api import expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from screenshots import FLAGS, PATIENCE, Served, chromium, shrink

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"
WIDTH, HEIGHT = 1000, 900
"""Of the picture of a panel; what lies below is left out."""


PLACE = """element => {
    const {x, y, width, height} = element.getBoundingClientRect();
    return {x: x + scrollX, y: y + scrollY, width, height};
}"""
"""Where an element lies on its page, whatever of it is in view."""

UNLIMITED = ("--action-seconds", "0", "--viewer-memory", "8000")
"""A tutorial may build an atlas, which a visitor of a page may not."""


def kept(output: dict[str, Any]) -> bool:
    """Whether an output is for readers: what a cell prints or shows, no warnings."""
    return output["output_type"] != "stream" or output["name"] == "stdout"


def run(path: Path) -> None:
    """Run a notebook from top to bottom and write it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=1800, kernel_name="python3").execute()
    panels = []
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if kept(output)]
            panels += [o["data"] for o in cell.outputs if WIDGET in o.get("data", {})]
    notebook.metadata.pop("widgets", None)
    pictures = take_pictures(path, len(panels)) if panels else []
    for data, picture in zip(panels, pictures, strict=True):
        del data[WIDGET]
        data["text/plain"] = "A panel; it is alive where the notebook runs."
        data["image/png"] = base64.b64encode(picture).decode()
    nbformat.write(notebook, path)


def take_pictures(path: Path, count: int) -> list[bytes]:
    """Return pictures of the panels that a notebook shows, in their order, as PNG."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        shutil.copy(path, folder)
        served = stack.enter_context(Served(["--dashboards", folder, *UNLIMITED]))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(PATIENCE)
        page.goto(served.url + path.stem)
        panels = page.locator(".dnaviz")
        expect(panels).to_have_count(count, timeout=PATIENCE)
        expect(page.get_by_role("progressbar")).to_have_count(0, timeout=PATIENCE)
        page.wait_for_load_state("networkidle")
        pictures = []
        for panel in panels.all():
            panel.scroll_into_view_if_needed()
            page.wait_for_load_state("networkidle")
            clip = panel.evaluate(PLACE)
            clip["height"] = min(clip["height"], HEIGHT)
            pictures.append(shrink(page.screenshot(full_page=True, clip=clip)))
        browser.close()
    return pictures


if __name__ == "__main__":
    names = sys.argv[1:] or [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    for name in names:
        run(NOTEBOOKS / f"{name}.ipynb")
        print(name)
