"""Labels in the metadata of an atlas, and of the AnnData it was made of."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData, read_h5ad

from dnaviz import LatentMap
from dnaviz.atlas import Atlas
from dnaviz.atlas import labels as module
from dnaviz.atlas.any_anndata import open_atlas
from dnaviz.atlas.labels import COLUMN, Labels
from dnaviz.errors import InputError

RNG = np.random.default_rng(0)


@pytest.fixture
def cells():
    """An AnnData of somebody's: counts, a map, principal components, categories in an order."""
    obs = pd.DataFrame(
        {
            "leiden": pd.Categorical(["1", "0"] * 10, categories=["1", "0"]),
            "text": ["x"] * 20,
            "depth": RNG.random(20),
        },
        index=[f"cell{i}" for i in range(20)],
    )
    adata = AnnData(RNG.random((20, 3)), obs=obs)
    adata.obsm["X_umap"] = RNG.normal(size=(20, 2))
    adata.obsm["X_pca"] = RNG.normal(size=(20, 5))
    adata.uns["mine"] = "kept"
    return adata


def test_labels_are_written_to_the_given_anndata_and_saved_with_all_it_has(cells, tmp_path):
    before = cells.copy()
    panel = LatentMap(cells)
    panel.selection = ["cell3", "cell5"]
    panel.label("odd ones")
    panel.selection = [5, 6]
    panel.label("mixed")
    expected = {"cell3": "odd ones", "cell5": "mixed", "cell6": "mixed"}
    assert cells.obs[COLUMN].dropna().to_dict() == expected
    assert panel.atlas.obs[COLUMN].dropna().to_dict() == expected
    assert panel.color == COLUMN
    panel.save(tmp_path / "out.h5ad")
    saved = read_h5ad(tmp_path / "out.h5ad")
    assert saved.obs[COLUMN].dropna().to_dict() == expected
    np.testing.assert_array_equal(saved.X, before.X)
    for key in ("X_umap", "X_pca"):
        np.testing.assert_array_equal(saved.obsm[key], before.obsm[key])
    assert set(saved.obsm) == {"X_umap", "X_pca"}
    assert saved.uns["mine"] == "kept"
    pd.testing.assert_frame_equal(saved.obs[["leiden", "depth"]], before.obs[["leiden", "depth"]])


def test_every_change_is_undone_one_by_one(cells):
    before = cells.obs.copy()
    labels = Labels(open_atlas(cells)[0], cells)
    labels.give(np.array([1, 2]), "new", "leiden")
    assert list(cells.obs["leiden"][:3]) == ["1", "new", "new"]
    assert list(cells.obs["leiden"].cat.categories) == ["1", "0", "new"]
    labels.give(np.array([0]), "first")
    labels.give(np.array([0]), "")
    assert cells.obs[COLUMN].isna().all()
    labels.undo()
    assert cells.obs[COLUMN].dropna().to_dict() == {"cell0": "first"}
    labels.undo()
    labels.undo()
    pd.testing.assert_frame_equal(cells.obs, before)
    with pytest.raises(InputError, match="no label to take back"):
        labels.undo()


def test_the_last_changes_alone_are_kept(cells, monkeypatch):
    monkeypatch.setattr(module, "MOST_CHANGES", 2)
    labels = Labels(open_atlas(cells)[0], cells)
    for name in "abc":
        labels.give(np.array([0]), name)
    labels.undo()
    labels.undo()
    assert cells.obs[COLUMN].dropna().to_dict() == {"cell0": "a"}
    assert not labels.can_undo


def test_a_column_of_numbers_and_a_name_that_no_file_holds_are_refused(cells):
    atlas = open_atlas(cells).atlas
    labels = Labels(atlas, cells)
    for rows, name, column, words in [
        ([], "a", "b", "Nothing is selected"),
        ([1], "a", "depth", "something else than names"),
        ([1], "a", "x/y", "cannot be the name"),
        ([1], "a", " ", "cannot be the name"),
        ([1], "a" * 81, "b", "at most 80"),
        ([1], "a\x00", "b", "printable"),
    ]:
        with pytest.raises(InputError, match=words):
            labels.give(np.array(rows, int), name, column)
    assert list(cells.obs) == ["leiden", "text", "depth"]
    assert not labels.can_undo


def test_an_atlas_keeps_its_labels_in_its_file(synthetic_atlas, tmp_path):
    panel = LatentMap(synthetic_atlas)
    panel.selection = range(10)
    panel.label("ten", "group")
    panel.save(tmp_path / "atlas.h5ad")
    saved = read_h5ad(tmp_path / "atlas.h5ad")
    assert (saved.obs["group"] == "ten").sum() == 10
    assert Atlas(saved).has_sequences


@pytest.mark.filterwarnings("ignore::anndata.ImplicitModificationWarning")
def test_a_part_of_an_anndata_is_labeled_without_the_rest(cells):
    part = cells[5:15]
    panel = LatentMap(part)
    panel.selection = ["cell7"]
    panel.label("seven")
    assert part.obs[COLUMN].dropna().to_dict() == {"cell7": "seven"}
    assert COLUMN not in cells.obs
