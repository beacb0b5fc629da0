"""What the page is made of, as committed, is what its sources give."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import dnaviz
from dnaviz.models import load_model
from dnaviz.sealed.inspector_page import BUILT, inspector_page, modules
from dnaviz.sealed.plain_model import plain_model

WEB = Path(dnaviz.__file__).parent / "sealed" / "web"


@pytest.mark.slow
def test_the_committed_build_is_what_the_sources_give(tmp_path):
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules" / "esbuild").is_dir():
        pytest.skip("There is no Node, or npm ci was not run.")
    subprocess.run([node, "build.mjs", str(tmp_path)], cwd=WEB, check=True, timeout=900)
    names = {path.name for path in BUILT.iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == names
    changed = [n for n in names if (tmp_path / n).read_bytes() != (BUILT / n).read_bytes()]
    assert changed == []


@pytest.fixture(scope="module")
def page(plain_folder):
    return inspector_page(plain_model(load_model(plain_folder)))


def test_the_page_forbids_all_requests_and_is_under_ten_megabytes(page):
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["connect-src"] == rules["form-action"] == "'none'"
    assert not re.search(r"https?:", policy)
    assert len(page.encode()) < 10_000_000
    assert "{{" not in page.split("<script")[0]


def test_the_same_model_gives_the_same_page(page, plain_folder):
    assert inspector_page(plain_model(load_model(plain_folder))) == page


def test_the_page_has_the_core_and_neither_torch_nor_widgets():
    names = modules()
    assert {"dnaviz.sequences.parse", "dnaviz.splicing.prediction", "dnaviz.plots"} <= set(names)
    assert not [n for n in names if n.startswith(("dnaviz.panels.common", "dnaviz.models.model"))]
