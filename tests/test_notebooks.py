"""Every tutorial runs from top to bottom, shows its panels, and is stored without output."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
PANELS = {
    "01-first-light": 3,
    "02-latent-map": 1,
    "03-reconstruction-and-walks": 1,
    "04-splice-inspector": 2,
    "05-your-own-data": 1,
}
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_every_notebook_is_known() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(PANELS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path: Path) -> None:
    if path.stem == "05-your-own-data":
        pytest.importorskip("umap")
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    # An error in a cell is an error here.
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = [output for cell in code for output in cell.outputs if "data" in output]
    assert sum(WIDGET in output["data"] for output in shown) == PANELS[path.stem]
