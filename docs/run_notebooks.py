"""Run the tutorials and keep what they print, so that a repository viewer shows it.

``python docs/run_notebooks.py [NAME ...]``. Widgets are kept as their text alone: they live in a
running kernel. ``tests/test_notebooks.py`` runs the same cells and checks what is printed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"


def kept(output: dict[str, Any]) -> bool:
    """Whether an output is for readers: what a cell prints or shows, no warnings."""
    return output["output_type"] != "stream" or output["name"] == "stdout"


def run(path: Path) -> None:
    """Run a notebook from top to bottom and write it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=1800, kernel_name="python3").execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if kept(output)]
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET, None)
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    names = sys.argv[1:] or [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    for name in names:
        run(NOTEBOOKS / f"{name}.ipynb")
        print(name)
