"""PyPI's dnaviz is another project: nothing tells anybody to install it."""

import re
import subprocess
from pathlib import Path

import pytest

from dnaviz.errors import describe_missing

tomllib = pytest.importorskip("tomllib")  # part of Python from 3.11 on
ROOT = Path(__file__).parents[1]
INSTALL = re.compile(
    r"\b(?:pip3?|pipx|uvx?|poetry|pdm|conda|mamba|micromamba|pixi)\b[^\n&|;`]*?"
    r"\b(?:install|add|update|upgrade|run)\b[^\n&|;`]*?[\s\"'=]dnaviz(?:-lab)?(?![\w/-]|\.\w|'s)"
)
WRONG = [
    "pip install dnaviz", 'pip install "dnaviz[train]"', "pip3 install -U 'dnaviz[genome]'",
    "python -m pip install dnaviz==0.1", "conda install -c conda-forge dnaviz", "uv add dnaviz",
    "uv pip install dnaviz-lab", "%pip install dnaviz", "mamba install dnaviz\\n",
    "pipx run dnaviz.",
]  # fmt: skip
RIGHT = [
    "pip install . && dnaviz serve", "pip install '.[genome]'`), `dnaviz serve --genome",
    "conda activate dnaviz", "pip install -e '.[test]'", "pip install dist/dnaviz_lab-0.1.0.whl",
    "pip install ./dnaviz",
]  # fmt: skip


def test_the_search_finds_what_it_is_for():
    assert [text for text in WRONG if not INSTALL.search(text)] == []
    assert [text for text in RIGHT if INSTALL.search(text)] == []


def test_nothing_tells_to_install_a_foreign_project():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("this is no git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert len(paths) > 100
    result = []
    for path in paths:
        if path == Path(__file__) or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        result += [f"{path.relative_to(ROOT)}: {match[0]}" for match in INSTALL.finditer(text)]
    assert result == []


def test_extras_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] != "dnaviz"
    assert "dnaviz" in project["scripts"]
    from dnaviz.cli import _EXTRAS

    for package, extra in _EXTRAS.values():
        assert extra in project["optional-dependencies"]
        message = describe_missing(package, extra)
        assert f"pip install '.[{extra}]'" in message
        assert not INSTALL.search(message)
