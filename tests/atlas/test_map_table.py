"""A map as a Parquet table."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from dnaviz.atlas import map_table
from dnaviz.cli import main

parquet = pytest.importorskip("pyarrow.parquet")


def test_an_atlas_becomes_the_columns_that_embedding_atlas_takes(
    synthetic_adata, synthetic_atlas, tmp_path, monkeypatch
):
    monkeypatch.setattr(map_table, "ROWS", 50)  # pieces, the last of which is shorter
    synthetic_adata.write_h5ad(tmp_path / "atlas.h5ad")
    out = tmp_path / "map.parquet"
    assert main(["export", str(out), "--atlas", str(tmp_path / "atlas.h5ad")]) == 0
    schema = parquet.read_schema(out)
    obs = synthetic_adata.obs
    assert schema.names == ["id", *obs, "x", "y", "x_splice", "y_splice", "sequence"]
    assert [str(schema.field(n).type) for n in ("x", "y", "sequence")] == [
        "float",
        "float",
        "string",
    ]
    table = parquet.read_table(out).to_pandas()
    assert list(table["id"]) == list(obs.index)
    assert list(table["sequence"]) == synthetic_atlas.sequences()
    np.testing.assert_array_equal(table[["x", "y"]], synthetic_atlas.map())
    np.testing.assert_array_equal(table[["x_splice", "y_splice"]], synthetic_atlas.map("splice"))
    for name in obs:
        assert list(table[name]) == list(obs[name])


def test_columns_of_ones_own_keep_their_values_whatever_they_are_called(tmp_path):
    rng = np.random.default_rng(0)
    names = [f"cell{i}" for i in range(9)]
    obs = pd.DataFrame({"x": range(9), "x_obs": range(1, 10), "id": list("abcdefghi")}, index=names)
    adata = AnnData(obs=obs)
    adata.obsm["X_umap"] = rng.normal(size=(9, 2))
    adata.write_h5ad(tmp_path / "cells.h5ad")
    out = tmp_path / "cells.parquet"
    assert main(["export", str(out), "--atlas", str(tmp_path / "cells.h5ad")]) == 0
    table = parquet.read_table(out).to_pandas()
    assert list(table) == ["id", "x_obs_obs", "x_obs", "id_obs", "x", "y"]
    assert list(table["id"]) == names
    for name, own in (("x_obs_obs", "x"), ("x_obs", "x_obs"), ("id_obs", "id")):
        assert list(table[name]) == list(obs[own])
    np.testing.assert_array_equal(table[["x", "y"]], adata.obsm["X_umap"].astype("f4"))


def test_what_is_of_a_page_is_refused_for_a_table(synthetic_adata, tmp_path, capsys):
    synthetic_adata.write_h5ad(tmp_path / "atlas.h5ad")
    words = ["export", str(tmp_path / "m.parquet"), "--atlas", str(tmp_path / "atlas.h5ad")]
    assert main([*words, "--color", "gc"]) == 2
    assert "are of a page, not of a table" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "m.parquet")]) == 2
    assert "does not end in .onnx or .html" in capsys.readouterr().err
