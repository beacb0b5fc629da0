"""Atlases and checkpoints of strangers: one sentence with file and key, nothing run, no memory."""

import json
import pickle
import struct

import numpy as np
import pytest
import torch
from helpers import hostile_files as hostile
from safetensors.torch import load_file, save_file

from dnaviz.atlas import load_atlas
from dnaviz.atlas.read import memory_ceiling
from dnaviz.errors import InputError
from dnaviz.models import Model, checkpoint
from dnaviz.models.checkpoint import load_checkpoint, save_checkpoint
from dnaviz.models.classifier import FrozenHead

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", hostile.ATLASES)
def test_hostile_atlas_is_refused(name, tmp_path, bounded):
    make, words = hostile.ATLASES[name]
    path = make(tmp_path)
    with bounded(1600), pytest.raises(InputError, match=words) as caught:
        load_atlas(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / hostile.SPRUNG).exists()


def write_h5ad(adata, folder):
    adata.write_h5ad(folder / "a.h5ad")
    return folder / "a.h5ad"


def write_zarr(adata, folder):
    adata.write_zarr(folder / "a.zarr")
    return folder / "a.zarr"


def without(key):
    return lambda adata: adata.obsm.pop(key)


def with_nan(adata):
    adata.obsm["X_umap"][3, 1] = np.nan


def with_twins(adata):
    adata.obs_names = ["twice", "twice", *adata.obs_names[2:]]


def with_text(adata):
    adata.obsm["X_latent"] = np.full((40, 8), "x", object)


def with_other_codes(adata):
    adata.obsm["sequence"] = np.full((40, 20), 77, np.uint8)


@pytest.mark.parametrize("write", [write_h5ad, write_zarr])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("X_latent"), r"lacks obsm\['X_latent'\]"),
        (without("X_umap"), r"lacks obsm\['X_umap'\]"),
        (with_nan, r"obsm\['X_umap'\] has NaN or infinite values \(row 3\)"),
        (with_twins, r"obs.index has duplicate ids, 'twice' for one"),
        (with_text, r"obsm\['X_latent'\] is no two-dimensional array of numbers"),
        (with_other_codes, r"obsm\['sequence'\] has codes above 5"),
    ],
)
def test_malformed_atlas_is_refused(write, change, words, tmp_path):
    adata = hostile.adata()
    change(adata)
    path = write(adata, tmp_path)
    with pytest.raises(InputError, match=words) as caught:
        load_atlas(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("write", [write_h5ad, write_zarr])
def test_an_atlas_of_another_model(write, tmp_path, untrained):
    atlas = load_atlas(write(hostile.adata(), tmp_path))
    with pytest.raises(InputError, match=r"X_latent'\] has 8 columns, but the model's .* 256"):
        atlas.check_model(untrained)


@pytest.mark.parametrize("write", [write_h5ad, write_zarr])
def test_only_what_a_map_shows_is_read(write, tmp_path):
    adata = hostile.adata()
    adata.obsm["X_other"] = np.zeros((40, 3))
    adata.uns["other"] = {"a": 1}
    atlas = load_atlas(write(adata, tmp_path))
    assert set(atlas.adata.obsm) == {"X_latent", "X_umap", "sequence"}
    assert not atlas.adata.uns
    np.testing.assert_array_equal(atlas.latent(), adata.obsm["X_latent"])
    assert list(atlas.obs["label"]) == list(adata.obs["label"])


def test_the_ceiling_of_memory():
    with memory_ceiling(200 * 2**20):
        assert np.ones(2**24, np.uint8).sum() == 2**24
        with pytest.raises(MemoryError):
            np.empty(2**29, np.uint8)
    assert len(np.empty(2**29, np.uint8)) == 2**29


# Checkpoints


def head_of(size):
    return struct.pack("<Q", size)


def header(**tensors):
    text = json.dumps(tensors).encode()
    return head_of(len(text)) + text


def tensor(shape, start, end, kind="F32"):
    return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}


HOSTILE_WEIGHTS = {
    "a pickle": lambda folder: pickle.dumps(hostile.Trap(folder)),
    "PyTorch's own format": lambda folder: zipped(folder),
    "nothing": lambda folder: b"",
    "a header of exabytes": lambda folder: head_of(2**63) + b"{}",
    "a header beyond the end": lambda folder: head_of(10**6) + b"{}",
    "a tensor of terabytes": lambda folder: header(a=tensor([10**12], 0, 4 * 10**12)),
    "sizes that overflow": lambda folder: header(a=tensor([2**62, 2**62], 0, 4)) + bytes(4),
    "offsets that overlap": lambda folder: (
        header(a=tensor([1], 0, 4), b=tensor([1], 0, 4)) + bytes(4)
    ),
    "deep nesting": lambda folder: head_of(10**5) + b"[" * 10**5,
    "text": lambda folder: b"<html>" * 100,
}


def zipped(folder):
    torch.save({"a": torch.ones(1), "trap": hostile.Trap(folder)}, folder / "torch.pt")
    return (folder / "torch.pt").read_bytes()


@pytest.mark.parametrize("name", HOSTILE_WEIGHTS)
def test_hostile_weights_are_refused(name, tmp_path, bounded):
    save_checkpoint(tmp_path, "head", FrozenHead(), {})
    path = tmp_path / "head.safetensors"
    path.write_bytes(HOSTILE_WEIGHTS[name](tmp_path))
    with bounded(100), pytest.raises(InputError) as caught:
        load_checkpoint(tmp_path, "head", FrozenHead())
    assert str(caught.value).startswith(str(path))
    assert not (tmp_path / hostile.SPRUNG).exists()


@pytest.mark.parametrize(
    "text",
    [b"[" * 300_000, b"{" + b'"a":{' * 100_000, b'{"format":' + b"1" * 5000 + b"}",
     b"\xff\xfe", b'{"format": 1, "a": "' + b"x" * 2_000_000 + b'"}', pickle.dumps({})],
)  # fmt: skip
def test_hostile_config_is_refused(text, tmp_path):
    save_checkpoint(tmp_path, "head", FrozenHead(), {})
    (tmp_path / "head.json").write_bytes(text)
    with pytest.raises(InputError, match=r"head\.json is not a"):
        load_checkpoint(tmp_path, "head", FrozenHead())


def changed(folder, change):
    save_checkpoint(folder, "head", FrozenHead(), {})
    tensors = load_file(folder / "head.safetensors")
    change(tensors)
    model = FrozenHead()
    model.load_state_dict(tensors)
    return tensors, model


def test_weights_of_another_type_are_refused(tmp_path):
    tensors, _ = changed(tmp_path, lambda t: None)
    save_file({k: t.double() for k, t in tensors.items()}, tmp_path / "head.safetensors")
    with pytest.raises(InputError, match="is of type F64"):
        load_checkpoint(tmp_path, "head", FrozenHead())


def test_oversized_weights_are_refused_unread(tmp_path, bounded):
    save_checkpoint(tmp_path, "head", FrozenHead(), {})
    with (tmp_path / "head.safetensors").open("r+b") as file:
        file.truncate(checkpoint.MAX_BYTES + 1)
    with bounded(50), pytest.raises(InputError, match="is larger than any model"):
        load_checkpoint(tmp_path, "head", FrozenHead())


def test_non_finite_weights_are_refused(tmp_path):
    _, model = changed(tmp_path, lambda t: t["linear.bias"].fill_(float("nan")))
    save_checkpoint(tmp_path, "head", model, {})
    with pytest.raises(InputError, match=r"'linear\.bias' holds values that are no finite"):
        load_checkpoint(tmp_path, "head", FrozenHead())


def test_weights_and_description_of_two_checkpoints_are_refused(tmp_path):
    """As a process leaves them that is killed between writing the one and the other."""
    tensors, _ = changed(tmp_path, lambda t: t["linear.bias"].add_(1))
    save_file(tensors, tmp_path / "head.safetensors")
    with pytest.raises(InputError, match=r"is not the file that head\.json describes"):
        load_checkpoint(tmp_path, "head", FrozenHead())


def test_the_shipped_weights_pass():
    from dnaviz.models import model

    Model.load(model.Path(model.__file__).parent.parent / "assets")
