"""Names that the README and notebooks of version 0.1 use still work, with a warning."""

import importlib
import sys

import pytest

import dnaviz
from dnaviz import deprecation
from dnaviz.atlas import Atlas
from dnaviz.models import Model
from dnaviz.models.latent_paths import LatentPath
from dnaviz.panels import LatentMap, Reconstruction
from dnaviz.panels.reconstruction.explore import Explorer


def test_load_is_load_model():
    with pytest.warns(DeprecationWarning, match="dnaviz.load is now called dnaviz.load_model"):
        assert dnaviz.load is dnaviz.load_model


@pytest.mark.parametrize("name", deprecation.MOVED)
def test_moved_modules_are_found_by_their_former_names(name, monkeypatch):
    home, renamed = deprecation.MOVED[name]
    monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.warns(DeprecationWarning, match=f"{name} is now called {home}"):
        old = importlib.import_module(name)
    monkeypatch.delitem(sys.modules, name)
    new = importlib.import_module(home)
    for public in new.__all__ if hasattr(new, "__all__") else ():
        assert getattr(old, public) is getattr(new, public)
    for was, now in renamed.items():
        assert getattr(old, was) is getattr(new, now)


def test_unknown_modules_are_not_found():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("dnaviz.nosuch")


@pytest.mark.parametrize(
    ("owner", "old", "new"),
    [
        (Atlas, "place", "project"),
        (LatentMap, "place", "project"),
        (Reconstruction, "walk", "interpolate"),
        (Reconstruction, "turn", "traverse"),
        (Explorer, "turn", "traverse"),
        (Model, "familiarity", "ood_score"),
        (LatentPath, "drift", "cycle_error"),
    ],
)
def test_renamed_attributes_warn_and_give_the_new_one(owner, old, new):
    class Stand:
        pass

    setattr(Stand, old, vars(owner)[old])
    stand = Stand()
    setattr(stand, new, [1.5])
    with pytest.warns(DeprecationWarning, match=f"{old} is now called {new}"):
        assert getattr(stand, old) is getattr(stand, new)


def test_latent_path_still_has_its_drift():
    path = LatentPath([0.0], [[1.0]], ["A"], [[0.5]], [[0.1]], [[0.2]], [0.25])
    with pytest.warns(DeprecationWarning, match="drift is now called cycle_error"):
        assert path.drift == [0.25]
