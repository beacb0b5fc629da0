"""environment.yml and recipe/recipe.yaml, for conda, list what pyproject.toml lists."""

import re
from pathlib import Path

import pytest
import yaml

tomllib = pytest.importorskip("tomllib")  # part of Python from 3.11 on

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text())


CONDA_FORGE = {
    "matplotlib": "matplotlib-base",
    "prometheus-client": "prometheus_client",
    "pyBigWig": "pybigwig",
    "torch": "pytorch",
}
"""Names of packages that conda-forge calls otherwise than PyPI."""

NOT_THERE = {
    "axe-playwright-python", "memelite", "modisco-lite", "mutalyzer-crossmapper", "playwright",
    "pysam", "tangermeme",
}  # fmt: skip
"""What conda-forge does not have, or means something else by."""


def name_of(requirement: str) -> str:
    return re.match(r"[\w-]+", requirement)[0]


def conda_name(requirement: str) -> str:
    """A requirement by conda-forge's name for it."""
    name = name_of(requirement)
    return CONDA_FORGE.get(name, name) + requirement[len(name) :]


def test_the_environment_lists_the_packages_of_the_project(project, environment):
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    lines = {
        line for line in project["dependencies"] + extras if not line.startswith(project["name"])
    }
    by_pip = {line for line in lines if name_of(line) in NOT_THERE}
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    assert len(pip) == len(set(pip))
    assert len(conda) == len(set(conda))
    assert set(pip) == by_pip | {"-e ."}
    expected = {conda_name(line) for line in lines - by_pip}
    assert {line for line in conda if line != "pip" and name_of(line) != "python"} == expected


def test_the_recipe_needs_what_the_package_needs(project):
    recipe = yaml.safe_load((ROOT / "recipe" / "recipe.yaml").read_text())
    needed = {line.replace(" ", "") for line in recipe["requirements"]["run"]}
    expected = {conda_name(line) for line in project["dependencies"]}
    assert needed == expected | {f"python{project['requires-python']}"}
    assert recipe["package"]["name"] == project["name"]


def test_the_environment_has_a_python_that_the_project_supports(project, environment):
    assert environment["name"] == "dnaviz"
    (python,) = [e for e in environment["dependencies"] if str(e).startswith("python>")]

    def version(spec: str) -> tuple[int, ...]:
        return tuple(map(int, spec.rpartition(">=")[2].split(".")))

    assert version(python) >= version(project["requires-python"])
    assert "pip" in environment["dependencies"]
