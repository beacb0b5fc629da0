"""README, documentation, command help and public names agree."""

import importlib.util
import json
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

import dnaviz

tomllib = pytest.importorskip("tomllib")  # part of Python from 3.11 on
ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = [*PAGES, ROOT / "deploy/README.md", *sorted((ROOT / "notebooks").glob("*.ipynb"))]
spec = importlib.util.spec_from_file_location("command_help", ROOT / "docs" / "command_help.py")
command_help = importlib.util.module_from_spec(spec)
spec.loader.exec_module(command_help)
commands = cache(command_help.commands)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def command_lines(path: Path) -> list[str]:
    """The calls of dnaviz in code of a page, continued lines joined."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
    text = text.replace("\\\n", " ")
    code = re.findall(r"^    (.*)$", text, re.M) + re.findall(r"(?<!`)`([^`]+)`(?!`)", text)
    calls = [part for line in code for part in re.split(r"&&|\|", line.partition("  #")[0])]
    return [" ".join(call.split()) for call in calls if re.match(r"\s*dnaviz [a-z]", call)]


def test_command_lines_are_found():
    lines = command_lines(ROOT / "README.md")
    assert "dnaviz serve" in lines
    assert any(line.startswith("dnaviz variants IN.vcf.gz --genome") for line in lines)
    training = command_lines(ROOT / "docs" / "training.md")
    assert any("dataset build" in line and "--annotation" in line for line in training)


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_commands_that_are_written_of_exist(path):
    wrong = []
    for line in command_lines(path):
        words = line.split()[1:]
        name = next((n for n in (" ".join(words[:2]), words[0]) if n in commands()), None)
        options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", line))
        if name is None:
            wrong.append(f"{line}: no such command")
        else:
            wrong += [f"{line}: no {o}" for o in options if not has(o, commands()[name])]
    assert wrong == []


def has(option: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){option}(?![\w-])", text) is not None


def test_a_wrong_option_is_told():
    assert has("--strand", commands()["scan"])
    assert not has("--stran", commands()["scan"])


def test_every_command_has_a_sentence_for_what_it_does():
    for name, text in commands().items():
        usage, sentence = text.split("\n\n")[:2]
        assert usage.startswith(f"Usage: dnaviz {name}")
        assert sentence.strip().endswith((".", ":")), name


def test_the_reference_has_every_public_name_and_no_other():
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\.\. \S+:: dnaviz\.(\w+)$", text, re.M)
    assert sorted(documented) == sorted(dnaviz.__all__)


@pytest.mark.parametrize(
    "path", [*PAGES, ROOT / "deploy/README.md", ROOT / "SECURITY.md"], ids=named
)
def test_links_of_a_page_lead_to_files(path):
    links = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def is_there(name: str) -> bool:
    """Whether a dotted name is that of a module, or of something that one defines or imports."""
    place = ROOT
    for part in name.split("."):
        if (place / part).is_dir() or (place / f"{part}.py").is_file():
            place /= part
            continue
        module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        begins = rf"(?:(?:def|class) |from .* import .*\b)?\"?{part}\"?(?:[(\[:,]| =|$)"
        return re.search(rf"^ *{begins}", module.read_text(encoding="utf-8"), re.M) is not None
    return True


def test_names_of_python_that_are_written_of_exist():
    sources = [*TEXTS, *(ROOT / "dnaviz").rglob("*.py"), *(ROOT / "dnaviz").rglob("*.md")]
    wrong = {
        f"{named(path)}: {name}"
        for path in sources
        for name in re.findall(r"`~?(dnaviz(?:\.\w+)+)", path.read_text(encoding="utf-8"))
        if not name.endswith(".service") and not is_there(name)
    }
    assert wrong == set()


def test_a_wrong_name_of_python_is_told():
    assert is_there("dnaviz.attribution.seqlets")
    assert not is_there("dnaviz.attribution.seqlet")
    assert not is_there("dnaviz.nothing.at_all")


def test_notebooks_that_pages_name_exist():
    used = {
        name
        for path in PAGES
        for name in re.findall(r"notebooks/([\w-]+\.ipynb)", path.read_text(encoding="utf-8"))
    }
    assert used
    assert [name for name in used if not (ROOT / "notebooks" / name).is_file()] == []


def test_the_readme_is_read_in_five_minutes():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    images = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert len(images) >= 3
    assert sum((ROOT / image).stat().st_size for image in images) < 1_000_000


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    recipe = yaml.safe_load((ROOT / "recipe" / "recipe.yaml").read_text())
    versions = {project["version"], citation["version"], recipe["context"]["version"]}
    assert versions == {dnaviz.__version__}
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(dnaviz.__version__)}\b", changes, re.M)


def test_the_citation_has_what_its_format_asks_for():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    assert citation["type"] == "software"
    (paper,) = citation["references"]
    assert {"type", "title", "authors"} <= set(paper)
    assert "1906.03087" in paper["url"]
    people = [*citation["authors"], *paper["authors"]]
    assert all({"name"} == set(who) or "family-names" in who for who in people)
