"""Maps that UMAP draws, and what of ours has to agree with it.

All that needs UMAP itself is in this file: a process compiles it for dozens of seconds. Other tests
of maps have the fixture `quick_map`.
"""

from importlib.util import find_spec

import anndata
import numpy as np
import pytest
from helpers.foreign_models import KmerEncoder

from dnaviz.atlas import Atlas, load_atlas, umap_forces
from dnaviz.atlas.build import build_atlas
from dnaviz.atlas.project import nearest
from dnaviz.atlas.umap_fit import fit_umap

# Not imported here: so would every process that collects this file.
pytestmark = pytest.mark.skipif(find_spec("umap") is None, reason="needs umap-learn")


@pytest.fixture(scope="module")
def built():
    shipped = load_atlas()
    rows = np.concatenate([np.flatnonzero(shipped.obs["label"] == name)[:30] for name in SITES])
    table = shipped.obs[["label"]].iloc[rows].assign(sequence=shipped.sequences(rows))
    return build_atlas(table, KmerEncoder(), n_neighbors=5)


SITES = ("acceptor", "donor")


@pytest.mark.parametrize("count", [20, 60])  # few begin at random, more with eigenvectors
def test_groups_that_lie_apart_lie_apart_on_the_map(count):
    rng = np.random.default_rng(0)
    group = np.arange(count) % 2
    points = (rng.normal(size=(count, 10)) + 20 * group[:, None]).astype(np.float32)
    xy = np.asarray(fit_umap(points, 5, 0.25, 0).embedding_)
    assert xy.shape == (count, 2)
    rows, _ = nearest(xy, xy, 3, exclude=np.arange(count))
    assert (group[rows] == group[:, None]).all()


def test_a_window_of_a_map_is_placed_on_itself(built):
    atlas = Atlas(built)
    placed = atlas.project(atlas.sequences([3, 40]), model=KmerEncoder())
    np.testing.assert_allclose(placed.xy, atlas.map()[[3, 40]], atol=1e-5)
    assert 0 < atlas.info["quality"]["autoencoder"]["trustworthiness"] <= 1


@pytest.mark.parametrize("suffix", [".h5ad", ".zarr"])
def test_scanpy_opens_it_and_plots_the_same_map(built, tmp_path, suffix):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    scanpy = pytest.importorskip("scanpy")
    path = tmp_path / f"a{suffix}"
    Atlas(built).write(path)
    adata = scanpy.read_h5ad(path) if suffix == ".h5ad" else anndata.read_zarr(path)
    axes = scanpy.pl.umap(adata, color="label", show=False)
    assert axes.get_title() == "label"
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert sorted(legend) == ["acceptor", "donor"]
    drawn = axes.collections[0]
    np.testing.assert_array_equal(drawn.get_offsets(), load_atlas(path).map())
    # Points of one label have one color, and no other label has it.
    colors = drawn.get_facecolors().round(3)
    of = {name: {tuple(c) for c in colors[adata.obs["label"] == name]} for name in legend}
    assert [len(result) for result in of.values()] == [1, 1]
    assert not set.intersection(*of.values())
    scanpy.pp.neighbors(adata, use_rep="X_latent", n_neighbors=5)
    assert adata.obsp["distances"].shape == (60, 60)


def test_the_same_seed_gives_the_same_map(built):
    latents = built.obsm["X_latent"].astype(np.float32)
    one, two, other = (fit_umap(latents, 15, 0.25, seed).embedding_ for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("min_dist", [0.0, 0.1, 0.25, 0.5, 0.99])
def test_the_curve_is_that_of_umap(min_dist):
    from umap import umap_

    expected = umap_.find_ab_params(1.0, min_dist)
    np.testing.assert_allclose(umap_forces.curve(min_dist), expected, rtol=1e-4)


def test_memberships_are_those_of_transform():
    from umap import umap_

    rng = np.random.default_rng(0)
    distances = np.sort(rng.gamma(3, size=(20, 30)).astype(np.float32), axis=1)
    distances[3, 0] = 0
    widths, _ = umap_.smooth_knn_dist(distances, 30.0, local_connectivity=0.0)
    expected = np.exp(-distances / widths[:, None])
    np.testing.assert_allclose(umap_forces.memberships(distances), expected, atol=1e-4)
