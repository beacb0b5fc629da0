"""A model of one's own, named on the command line or in Python."""

from pathlib import Path

import pytest
from helpers import foreign_models

from dnaviz import load_model
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.io.factory import factory_name
from dnaviz.models import can
from dnaviz.serving.inputs import check_inputs

FILE = Path(foreign_models.__file__)


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "def broken(): raise ValueError('no weights\\nhere')\ndef nothing(): return 5\n"
    )
    return tmp_path


def test_a_module_of_the_working_directory_is_named_by_its_file(mine):
    assert factory_name("mine:make") == f"{mine / 'mine.py'}:make"
    assert factory_name("mine.py:make") == f"{mine / 'mine.py'}:make"
    assert factory_name("other.module:make") == "other.module:make"


@pytest.mark.parametrize("text", ["weights", "/a/folder", r"C:\weights", "a:b:c d", "folder/x:y"])
def test_folders_name_no_factory(text):
    assert factory_name(text) == ""


def test_a_folder_goes_before_a_factory_of_its_name(mine):
    (mine / "mine:make").mkdir()
    assert factory_name("mine:make") == ""


def test_any_model_is_loaded_by_its_factory():
    model = load_model(f"{FILE}:SmallCNN")
    assert model.name == "small CNN"
    assert model.encode(["ACGT" * 20]).shape == (1, 8)
    assert can(model, "score_positions")
    assert not can(model, "decode")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mine:broken", "ValueError: no weights"),
        ("mine:absent", "AttributeError: .*absent"),
        ("mine:nothing", "is no model: it has no name, sha256"),
        ("no.such.module:make", "ModuleNotFoundError"),
        ("none.py:make", "there is no file none.py"),
    ],
)
def test_factories_that_make_no_model_are_refused_in_a_sentence(mine, name, words, capsys):
    with pytest.raises(InputError, match=words) as error:
        load_model(name)
    assert "\n" not in str(error.value)
    assert main(["scan", str(FILE), "--model", name]) == 2


@pytest.mark.parametrize(
    ("factory", "hidden"),
    [
        ("KmerEncoder", ["reconstruction", "splice-inspector"]),
        ("SmallCNN", ["reconstruction"]),
        ("SmallDecoder", ["splice-inspector"]),
    ],
)
def test_dashboards_that_a_model_cannot_have_are_not_offered(factory, hidden):
    checked = check_inputs({"DNAVIZ_MODEL": f"{FILE}:{factory}"})
    assert checked.hidden == hidden
    assert len(checked.notes) == len(hidden)
    assert all(f"The dashboard {page} is not offered" in "".join(checked.notes) for page in hidden)


def test_what_no_factory_makes_is_told_before_serving():
    with pytest.raises(InputError, match="AttributeError"):
        check_inputs({"DNAVIZ_MODEL": f"{FILE}:nobody"})
