"""AnnData as a file and as a folder, and what is refused of the latter."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.atlas.anndata_files import (
    check_anndata_output,
    is_zarr,
    release_pages,
    size_of,
    write_anndata,
)
from dnaviz.errors import InputError


def test_zarr_reads_back_as_it_was_written(synthetic_adata, tmp_path):
    synthetic_adata.uns["dnaviz"] = {"metric": "euclidean", "far": {"autoencoder": 3.5}}
    path = tmp_path / "a.zarr"
    Atlas(synthetic_adata).write(path)
    back = load_atlas(path)
    pd.testing.assert_frame_equal(back.obs, synthetic_adata.obs)
    for key in synthetic_adata.obsm:
        np.testing.assert_array_equal(back.adata.obsm[key], synthetic_adata.obsm[key])
    assert back.far_threshold() == 3.5
    assert [p.name for p in tmp_path.iterdir()] == ["a.zarr"]
    assert size_of(path) > 1000


def test_an_older_store_is_replaced_and_another_folder_is_not(synthetic_adata, tmp_path):
    path = tmp_path / "a.zarr"
    write_anndata(synthetic_adata, path)
    write_anndata(synthetic_adata[:10].copy(), path)
    assert len(load_atlas(path)) == 10
    other = tmp_path / "mine.zarr"
    other.mkdir()
    (other / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="is a folder"):
        write_anndata(synthetic_adata, other)
    assert (other / "thesis.tex").read_text() == "years of work"


def test_zarr_write_is_atomic(synthetic_adata, tmp_path):
    path = tmp_path / "a.zarr"
    write_anndata(synthetic_adata, path)
    bad = synthetic_adata.copy()
    bad.uns["bad"] = object()
    with pytest.raises(Exception):  # noqa: B017 - whatever Zarr says of it
        write_anndata(bad, path)
    assert len(load_atlas(path)) == 120
    assert [p.name for p in tmp_path.iterdir()] == ["a.zarr"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.csv", "does not end in .h5ad or .zarr"), ("nowhere/a.zarr", "does not exist")],
)
def test_unwritable_outputs_are_refused(tmp_path, name, words):
    with pytest.raises(InputError, match=words):
        check_anndata_output(tmp_path / name)


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


@pytest.mark.parametrize("version", [2, 3])
def test_zarr_codecs_outside_the_allowlist_are_refused(synthetic_adata, tmp_path, version):
    path = tmp_path / "evil.zarr"
    write_anndata(synthetic_adata, path)
    array = path / "obs" / "id"
    if version == 2:
        for old in [*path.rglob(".zmetadata"), *array.iterdir()]:
            if old.name != ".zattrs":
                old.unlink()
        about = {
            "zarr_format": 2, "shape": [120], "chunks": [120], "dtype": "|O", "fill_value": "",
            "order": "C", "compressor": None, "filters": [{"id": "pickle"}],
        }  # fmt: skip
        (array / ".zarray").write_text(json.dumps(about))
        (array / "0").write_bytes(pickle.dumps(Bomb()))
    else:
        about = {"zarr_format": 3, "codecs": [{"name": "numcodecs.pickle"}]}
        (array / "zarr.json").write_text(json.dumps(about))
    with pytest.raises(InputError, match=r"evil.zarr cannot be read: obs/id/\S+ asks for the"):
        load_atlas(path)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_damaged_zarr_raises_input_error(synthetic_adata, tmp_path, text):
    path = tmp_path / "a.zarr"
    write_anndata(synthetic_adata, path)
    (path / "obsm" / "X_latent" / ".zarray").write_text(text)
    with pytest.raises(InputError, match=r"is no AnnData file|cannot be read as") as caught:
        load_atlas(path)
    assert "\n" not in str(caught.value)
    empty = tmp_path / "empty.zarr"
    empty.mkdir()
    assert not is_zarr(empty)
    with pytest.raises(InputError, match="no Zarr store"):
        load_atlas(empty)


def test_large_arrays_are_memory_mapped(synthetic_adata, tmp_path, monkeypatch):
    monkeypatch.setattr("dnaviz.atlas.anndata_files.LARGE", 20_000)
    monkeypatch.setattr("dnaviz.atlas.read.LARGE", 20_000)
    write_anndata(synthetic_adata, tmp_path / "a.h5ad")
    atlas = load_atlas(tmp_path / "a.h5ad")
    assert isinstance(atlas.adata.obsm["sequence"], np.memmap)
    assert not isinstance(atlas.adata.obsm["X_umap"], np.memmap)
    for key in synthetic_adata.obsm:
        np.testing.assert_array_equal(atlas.adata.obsm[key], synthetic_adata.obsm[key])
    before = atlas.neighbors_of(3)
    assert before[0].tolist() == Atlas(synthetic_adata).neighbors_of(3)[0].tolist()


@pytest.mark.parametrize("wrong", [np.nan, -np.inf])
def test_nan_in_any_block_is_found(synthetic_adata, tmp_path, monkeypatch, wrong):
    monkeypatch.setattr("dnaviz.atlas.checks.CHECKED", 50)
    synthetic_adata.obsm["X_latent"][117, 3] = wrong
    with pytest.raises(InputError, match=r"X_latent.*row 117"):
        Atlas(synthetic_adata)


def test_released_pages_are_read_again(tmp_path):
    array = np.memmap(tmp_path / "a", np.uint8, "w+", shape=(1000, 100))
    array[:] = 7
    array.flush()
    release_pages(array)
    assert (array == 7).all()
    release_pages(np.ones(3))
