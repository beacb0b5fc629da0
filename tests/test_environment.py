"""environment.yml, for conda, lists what pyproject.toml lists."""

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


def test_the_environment_lists_the_packages_of_the_project(project, environment):
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    expected = {
        line for line in project["dependencies"] + extras if not line.startswith(project["name"])
    }
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert len(pip) == len(set(pip))
    assert set(pip) == expected | {"-e ."}


def test_the_environment_has_a_python_that_the_project_supports(project, environment):
    assert environment["name"] == "dnaviz"
    (python,) = [e for e in environment["dependencies"] if str(e).startswith("python")]

    def version(spec: str) -> tuple[int, ...]:
        return tuple(map(int, spec.rpartition(">=")[2].split(".")))

    assert version(python) >= version(project["requires-python"])
    assert "pip" in environment["dependencies"]
