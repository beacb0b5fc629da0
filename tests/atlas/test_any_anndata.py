"""A map of any AnnData shows what is there and says in a sentence what is not."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from dnaviz import LatentMap
from dnaviz.atlas.any_anndata import open_atlas
from dnaviz.errors import InputError
from dnaviz.figures import map as maps

RNG = np.random.default_rng(0)


def cells(**obsm):
    obs = pd.DataFrame({"kind": ["a", "b"] * 15}, index=[f"cell{i}" for i in range(30)])
    return AnnData(RNG.random((30, 7)), obs=obs, obsm=obsm)


def numbers(columns):
    return RNG.normal(size=(30, columns))


@pytest.mark.parametrize(
    ("keys", "drawn", "near"),
    [
        ({"X_pca": 10, "X_umap": 2}, "X_umap", "X_pca"),
        ({"X_pca": 10}, "X_pca", "X_pca"),
        ({"X_tsne": 2}, "X_tsne", "X_tsne"),
        ({"spatial": 2}, "spatial", "spatial"),
        ({"X_umap": 3, "X_latent": 5}, "X_umap", "X_latent"),
        ({"X_pca": 4, "X_latent": 5}, "X_pca", "X_latent"),
    ],
)
def test_the_map_and_its_neighbors_are_the_best_there_are(keys, drawn, near):
    adata = cells(**{key: numbers(width) for key, width in keys.items()})
    atlas, _, encodes = open_atlas(adata)
    np.testing.assert_array_equal(atlas.map(), adata.obsm[drawn][:, :2].astype("f4"))
    np.testing.assert_array_equal(atlas.latent(), adata.obsm[near])
    assert encodes == (near == "X_latent")
    assert list(atlas.obs["kind"]) == list(adata.obs["kind"])


def test_a_panel_of_cells_selects_and_says_what_it_lacks():
    adata = cells(X_pca=numbers(10), X_umap=numbers(2))
    panel = LatentMap(adata)
    assert panel.lead == (
        "This AnnData has no latents of a model (obsm['X_latent']) and no sequences "
        "(obsm['sequence']): sequences of yours cannot be placed and logos and attributions "
        "cannot be shown. Drawn is obsm['X_umap']; neighbors are those in obsm['X_pca']."
    )
    panel.color = "kind"
    panel.selection = ["cell3", "cell4"]
    assert list(panel.selected.index) == ["cell3", "cell4"]
    assert panel.logo is None
    assert panel.attribution is None
    panel.focus = "cell5"
    far = np.linalg.norm(adata.obsm["X_pca"] - adata.obsm["X_pca"][5], axis=1)
    assert panel.window_card.neighbors.tolist() == np.argsort(far)[1:16].tolist()
    with pytest.raises(InputError, match="sequences of yours cannot be placed"):
        panel.project("ACGT" * 20)
    assert set(adata.obsm) == {"X_pca", "X_umap"}
    assert not adata.uns


def test_a_map_that_is_none_of_the_latents_is_said_to_be_drawn(synthetic_adata):
    synthetic_adata.obsm["X_pca"] = numbers(10)[np.arange(120) % 30]
    del synthetic_adata.obsm["X_umap"]
    assert LatentMap(synthetic_adata).lacks == (
        "Drawn is obsm['X_pca']; neighbors are those in obsm['X_latent']."
    )


def test_latents_without_a_map_are_left_out_and_told(synthetic_adata):
    del synthetic_adata.obsm["X_umap_splice"]
    panel = LatentMap(synthetic_adata)
    assert panel.atlas.spaces == ("autoencoder",)
    assert "X_splice" in panel.lacks
    assert "X_umap_splice" in panel.lacks
    assert "X_splice" in synthetic_adata.obsm


def test_an_anndata_that_is_an_atlas_lacks_nothing(synthetic_adata):
    panel = LatentMap(synthetic_adata)
    assert panel.lacks == ""
    panel.selection = range(5)
    assert panel.logo is not None


def test_a_table_in_obsm_is_an_array():
    adata = cells()
    adata.obsm["X_pca"] = pd.DataFrame(numbers(3), index=adata.obs_names)
    assert open_atlas(adata)[0].latent().shape == (30, 3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (cells(), "no map: none of its obsm has two columns"),
        (cells(X_one=np.ones((30, 1))), "no map"),
        (cells(X_latent=numbers(9), X_splice=numbers(8)), "no map: .* scanpy.tl.umap"),
        (cells(X_umap=np.full((30, 2), np.nan)), r"obsm\['X_umap'\] has NaN or infinite"),
        (np.zeros((30, 2)), "an atlas or an AnnData, not of a ndarray"),
        ("atlas.h5ad", "not of a str"),
    ],
)
def test_what_is_no_map_is_refused_in_a_sentence(data, words):
    with pytest.raises(InputError, match=words) as error:
        LatentMap(data)
    assert "\n" not in str(error.value)


def test_columns_without_a_name_in_text_are_refused():
    adata = cells(X_umap=numbers(2))
    adata.obs[1] = 0
    with pytest.raises(InputError, match="obs has a column called 1, which is no text"):
        open_atlas(adata)


def test_points_in_one_place_far_from_the_origin_are_drawn():
    panel = LatentMap(cells(X_umap=np.full((30, 2), 1e6)))
    x0, x1, y0, y1 = np.float32(maps.extent(panel.atlas.map()))
    assert x0 < 1e6 < x1
    assert y0 < 1e6 < y1
