import json
import os
import re
from pathlib import Path

import pytest
from helpers.served import write_notebook

from dnaviz.errors import InputError
from dnaviz.serving.dashboards import default_directory, find_dashboards


def test_the_packaged_dashboards_come_in_order_with_title_and_line():
    boards = find_dashboards(default_directory())
    assert [board.slug for board in boards] == ["splice-inspector", "reconstruction", "latent-map"]
    assert all(board.title and len(board.summary) > 20 for board in boards)


@pytest.mark.parametrize("board", find_dashboards(default_directory()), ids=lambda b: b.slug)
def test_a_dashboard_is_thin_and_stored_without_output(board):
    notebook = json.loads((default_directory() / board.path).read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) <= 4
    for cell in code:
        assert len("".join(cell["source"]).splitlines()) <= 10
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def test_a_title_is_taken_from_metadata_heading_or_name(tmp_path: Path):
    write_notebook(tmp_path / "named.ipynb", "1", title="A title", summary="A line")
    write_notebook(tmp_path / "my-board.ipynb", "1")
    headed = json.loads(write_notebook(tmp_path / "headed.ipynb", "1").read_text())
    headed["cells"].insert(
        0, {"cell_type": "markdown", "metadata": {}, "source": ["# From text\n"]}
    )
    (tmp_path / "headed.ipynb").write_text(json.dumps(headed))
    titles = {board.slug: board.title for board in find_dashboards(tmp_path)}
    assert titles == {"named": "A title", "my-board": "my board", "headed": "From text"}


@pytest.mark.parametrize("name", ["a b", "über", "voila", "healthz", "-x", "a.b"])
def test_a_name_that_cannot_be_an_address_is_refused(tmp_path: Path, name: str):
    write_notebook(tmp_path / f"{name}.ipynb", "1")
    with pytest.raises(InputError, match="cannot be a dashboard's name"):
        find_dashboards(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"metadata": {}}', '{"metadata": 3, "cells": []}']
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(str(path))):
        find_dashboards(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="There are no pipes.")
def test_a_pipe_is_no_notebook(tmp_path: Path):
    os.mkfifo(tmp_path / "x.ipynb")
    with pytest.raises(InputError, match=r"x\.ipynb is not a notebook"):
        find_dashboards(tmp_path)


def test_no_directory_and_no_notebook_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="no directory"):
        find_dashboards(tmp_path / "none")
    with pytest.raises(InputError, match="no notebook"):
        find_dashboards(tmp_path)
