"""Panels in JupyterLab and Notebook 7, and two of them linked, in a real page."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from helpers.served import CEILING
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PANEL = "import dnaviz\nsequence = 'ACGTTGCATTAGCCATAGGACAGGTAAGTCTAACCTTGACAGTTTACG' * 3\n"
CELLS = {
    "reconstruction": PANEL + "dnaviz.Reconstruction(dnaviz.load_model(), sequence=sequence)",
    "inspector": PANEL + "dnaviz.SpliceInspector(dnaviz.load_model(), sequence=sequence)",
    "linked": "import dnaviz, ipywidgets\n"
    "where, why = dnaviz.LatentMap(dnaviz.load_atlas()), dnaviz.SpliceInspector()\n"
    "dnaviz.link(where, why)\n"
    "choose = ipywidgets.Button(description='Choose a window')\n"
    "name = where.atlas.obs.index[0]\n"
    "choose.on_click(lambda _: setattr(where, 'focus', name))\n"
    "ipywidgets.VBox([choose, where.view, why.view])",
}


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Jupyter server without token on this machine, with a notebook for each of `CELLS`."""
    pytest.importorskip("jupyterlab")
    pytest.importorskip("notebook")
    folder = tmp_path_factory.mktemp("jupyter")
    for name, cell in CELLS.items():
        document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
        # With a kernel named, no dialog asks for one.
        document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(document, folder / f"{name}.ipynb")
    home = folder / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "config")}
    port = _free_port()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1",
            f"--port={port}", "--port-retries=0", "--IdentityProvider.token=", "--allow-root",
            "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={folder}",
            "--LabApp.news_url=", "--LabApp.check_for_updates_class="
            "jupyterlab.NeverCheckForUpdate",
        ],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(url + "api", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, "Jupyter ended"
                time.sleep(0.5)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _free_port() -> int:
    import socket

    with socket.socket() as result:
        result.bind(("127.0.0.1", 0))
        return int(result.getsockname()[1])


@pytest.fixture
def lab(chromium, request, artifacts: Path):
    """A page of its own: Jupyter's console is not ours to keep clean, our words in it are."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(1000 * CEILING)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.screenshot(path=artifacts / f"{request.node.name}.png")
    context.close()
    assert not [text for text in errors if "dnaviz" in text.lower() or "plotly" in text.lower()]


def run_all(page, url: str) -> None:
    page.goto(url)
    cell = page.locator(".jp-CodeCell .cm-content").first
    expect(cell).to_be_visible()
    ready = page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    expect(ready.first).to_be_attached()
    run = page.locator(".jp-InputArea-prompt").filter(has_text=re.compile(r"[*\d]")).first
    for _ in range(60):  # a key pressed while the application still arranges itself is lost
        cell.click()
        page.keyboard.press("Control+Enter")
        try:
            return expect(run).to_be_attached(timeout=5_000)
        except AssertionError:
            continue
    raise AssertionError("The cell cannot be run.")


@pytest.mark.parametrize("front_end", ["lab/tree", "notebooks"])
def test_a_panel_in_a_notebook(lab, jupyter, front_end):
    run_all(lab, f"{jupyter}{front_end}/reconstruction.ipynb")
    expect(lab.get_by_role("heading", name="Explore the latent")).to_be_visible()
    expect(lab.locator(".dnaviz-facts", has_text="bases right").first).to_contain_text("%")
    expect(lab.locator(".dnaviz-plot .main-svg").first).to_be_attached()
    # What the panel does on a served page it does here.
    lab.get_by_role("button", name="Interpolate to another sequence").click()
    expect(lab.get_by_text("A straight line in the latent space")).to_be_visible()


def test_linked_panels_in_a_notebook(lab, jupyter):
    # In a workspace of its own: the other one opens the notebook it had again, in front.
    run_all(lab, f"{jupyter}lab/workspaces/linked/tree/linked.ipynb")
    button = lab.get_by_role("button", name="Choose a window")
    expect(button).to_be_visible()
    button.click()
    expect(lab.get_by_role("heading", name="What if")).to_be_visible()
    boxes = lab.locator(".jp-OutputArea textarea")
    expect(boxes.nth(1)).not_to_have_value("")
