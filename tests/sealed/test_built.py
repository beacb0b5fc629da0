"""What the page is made of, as committed, is what its sources give."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import dnaviz
from dnaviz.models import load_model
from dnaviz.sealed import modules as page_modules
from dnaviz.sealed.inspector_page import inspector_page
from dnaviz.sealed.modules import BUILT, LOADED, PACKAGE, archive, imported, modules, stale
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
    changed = {n for n in names if (tmp_path / n).read_bytes() != (BUILT / n).read_bytes()}
    # A stale module goes in as source.
    of_modules = {"modules.zip", "memory.bin.gz", "python_stdlib.zip"}
    assert changed <= (of_modules if stale(modules()) else set())


def test_the_build_is_of_the_sources_that_are_here():
    """Where there is no Node too; after a change: npm ci && npm run build in dnaviz/sealed/web."""
    lines = (BUILT / "sources.sha256").read_text("utf-8").splitlines()
    built = dict(line.split("  ")[::-1] for line in lines)
    sources = {*WEB.glob("*.mjs"), *WEB.glob("*.py"), *WEB.glob("package*.json")}
    for folder in ("src", "library"):
        sources |= {path for path in (WEB / folder).rglob("*.*") if "__pycache__" not in path.parts}
    names = {path.relative_to(PACKAGE).as_posix() for path in sources}
    assert names <= built.keys()
    for name, digest in built.items():
        text = (PACKAGE / name).read_bytes().replace(b"\r\n", b"\n")
        assert hashlib.sha256(text).hexdigest() == digest, f"{name} has changed: build again"


def test_a_module_that_changed_since_the_build_goes_in_as_source(monkeypatch):
    def names_in(data: bytes) -> set[str]:
        size = int.from_bytes(data[:4], "little")
        sizes = json.loads(data[4 : 4 + size])
        assert sum(sizes.values()) == len(data) - 4 - size
        return set(sizes)

    entry, digest = "dnaviz/sequences/parse.py", page_modules._digest
    assert f"{entry}c" in names_in(archive(())) or "dnaviz.sequences.parse" in stale(modules())
    monkeypatch.setattr(
        page_modules, "_digest", lambda path: "" if path.name == "parse.py" else digest(path)
    )
    names = names_in(archive(()))
    assert entry in names
    assert f"{entry}c" not in names


def test_what_the_modules_import_of_python_is_in_the_page():
    """Where it is not: npm run build; in dnaviz/sealed/web/library.py is what was left out."""
    with zipfile.ZipFile(BUILT / "python_stdlib.zip") as library:
        loaded = set(library.read(LOADED).decode().split())
        paths = {name.removesuffix(".pyc") for name in library.namelist()}
    in_archive = {path.removesuffix("/__init__").replace("/", ".") for path in paths}
    missing = set(imported(at_once=False)) - loaded - in_archive - set(sys.builtin_module_names)
    assert not missing


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
