"""Checkpoints: round trip, provenance, and a sentence for everything that does not fit."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from dnaviz.errors import InputError
from dnaviz.models.checkpoint import load_checkpoint, save_checkpoint
from dnaviz.models.classifier import FrozenHead


def test_round_trip(tmp_path: Path) -> None:
    torch.manual_seed(0)
    saved, loaded = FrozenHead(), FrozenHead()
    save_checkpoint(tmp_path, "head", saved, {"command": "dnaviz train"})
    config = load_checkpoint(tmp_path, "head", loaded)
    assert torch.equal(saved.linear.weight, loaded.linear.weight)
    assert config["command"] == "dnaviz train"
    assert set(config["versions"]) == {"dnaviz", "torch"}
    assert not list(tmp_path.glob("*partial*"))


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"head\.safetensors does not exist"):
        load_checkpoint(tmp_path, "head", FrozenHead())


def test_a_renamed_pickle_is_refused_unread(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "sprung",))

    save_checkpoint(tmp_path, "head", FrozenHead(), {})
    (tmp_path / "head.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match="not a readable safetensors file"):
        load_checkpoint(tmp_path, "head", FrozenHead())
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("linear.bias"), "lacks the weights 'linear.bias'"),
        (lambda t: t.update(extra=torch.ones(1)), "does not: 'extra'"),
        (lambda t: t.update({"linear.bias": torch.ones(4)}), r"'linear.bias' has shape \(4,\)"),
    ],
)
def test_weights_that_do_not_fit(tmp_path: Path, change, message: str) -> None:
    save_checkpoint(tmp_path, "head", FrozenHead(), {})
    tensors = load_file(tmp_path / "head.safetensors")
    change(tensors)
    save_file(tensors, tmp_path / "head.safetensors")
    with pytest.raises(InputError, match=message):
        load_checkpoint(tmp_path, "head", FrozenHead())


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"format": 99})])
def test_bad_config(tmp_path: Path, text: str) -> None:
    save_checkpoint(tmp_path, "head", FrozenHead(), {})
    (tmp_path / "head.json").write_text(text)
    with pytest.raises(InputError, match=r"head\.json is not a"):
        load_checkpoint(tmp_path, "head", FrozenHead())
