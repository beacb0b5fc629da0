"""A page that cannot be made ends, in a sentence, and so does its kernel."""

import json

import pytest
from helpers.served import Served, write_notebook


def change(path, cells=(), **metadata):
    notebook = json.loads(path.read_text())
    notebook["cells"] += cells
    notebook["metadata"].update(metadata)
    path.write_text(json.dumps(notebook))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Notebooks of which the exporter can make nothing, or nothing more from some cell on."""
    folder = tmp_path_factory.mktemp("boards")
    picture = {"cell_type": "markdown", "metadata": {}, "source": "![x](../the-secret.png)"}
    (folder.parent / "the-secret.png").write_text("x")
    change(write_notebook(folder / "at-once.ipynb", "print(6 * 7)"), language_info=None)
    change(write_notebook(folder / "later.ipynb", "print(6 * 7)"), [picture])
    with Served(["--dashboards", str(folder)]) as server:
        yield server


@pytest.mark.parametrize(
    ("slug", "status", "sentence"),
    [("at-once", 500, "Something went wrong here"), ("later", 200, "could not be opened")],
)
def test_a_page_that_cannot_be_made_ends_in_a_sentence(served, slug, status, sentence):
    answer = served.get(slug)
    assert answer.status == status
    assert sentence in answer.text
    assert answer.text.rstrip().endswith("</html>")
    for secret in ("Traceback", "HTTPError", "AttributeError", "the-secret", served.arguments[1]):
        assert secret not in answer.text
    served.wait_for_viewers(0, seconds=10)  # Nobody had to find out that the page is gone.
    assert 'event="A page could not be made."' in served.log
    assert "never retrieved" not in served.log


LATE = """
import time
thread = get_ipython().kernel.iopub_thread
send = thread._really_send
thread._really_send = lambda *message, **more: (time.sleep(2), send(*message, **more))
"shown " + "late"
"""


@pytest.mark.slow
def test_what_comes_later_than_the_word_that_a_cell_has_run_is_shown(tmp_path):
    write_notebook(tmp_path / "late.ipynb", LATE)
    with Served(["--dashboards", str(tmp_path)]) as server:
        assert "shown late" in server.get("late").text
