"""The figures that say how far a map can be trusted."""

import numpy as np
import pytest

from dnaviz.atlas import quality


@pytest.fixture
def cloud():
    return np.random.default_rng(0).normal(size=(300, 12)).astype(np.float32)


def test_trustworthiness_is_that_of_scikit_learn(cloud):
    manifold = pytest.importorskip("sklearn.manifold")
    rows = np.arange(len(cloud))
    for xy in (cloud[:, :2].copy(), np.random.default_rng(1).normal(size=(300, 2)).astype("f4")):
        expected = manifold.trustworthiness(cloud, xy, n_neighbors=15)
        assert quality.trustworthiness(cloud, xy, rows) == pytest.approx(expected, abs=1e-6)


def test_a_faithful_map_is_trusted_and_a_shuffled_one_is_not(cloud):
    flat = cloud * np.array([1, 1] + [0] * 10, np.float32)
    rows = np.arange(len(flat))
    assert quality.trustworthiness(flat, flat[:, :2].copy(), rows) == 1
    shuffled = flat[np.random.default_rng(0).permutation(len(flat)), :2]
    assert quality.trustworthiness(flat, shuffled, rows) < 0.6
    assert np.isnan(quality.trustworthiness(flat[:2], flat[:2, :2], rows[:2]))  # none to misplace


def test_label_accuracy_counts_majorities_without_the_row_itself():
    points = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2], [9.3]], np.float32)
    labels = np.array([0, 0, 0, 1, 1, 1, 0])
    result = quality.label_accuracy(points, labels, np.arange(7), k=3)
    # Rows 0-2: two of their own kind and one other; rows 3-5 likewise; row 6 is outvoted.
    assert result == pytest.approx(6 / 7)


def test_kmers_equal_a_count_by_hand():
    codes = np.array([[0, 1, 0, 1, 4, 0, 1]], np.uint8)  # ACACNAC
    frequencies = quality.kmer_frequencies(codes, 2)[0]
    assert frequencies[0 * 4 + 1] == pytest.approx(3 / 4)  # AC
    assert frequencies[1 * 4 + 0] == pytest.approx(1 / 4)  # CA
    assert frequencies.sum() == pytest.approx(1)


def test_quality_of_separate_groups(synthetic_atlas):
    one, two = quality.quality(synthetic_atlas)
    assert (one.space, two.space) == ("autoencoder", "splice")
    assert one.latent_accuracy == one.site_accuracy == 1
    assert one.map_accuracy > 0.9
    assert one.kmer_accuracy < 0.6


def test_without_labels_only_the_map_is_measured(synthetic_atlas):
    del synthetic_atlas.adata.obs["label"]
    result = quality.quality(synthetic_atlas)[0]
    assert 0 < result.trustworthiness <= 1
    assert (result.latent_accuracy, result.kmer_accuracy) == (None, None)
    synthetic_atlas.adata.obs["label"] = "donor"
    assert quality.quality(synthetic_atlas)[0].site_accuracy is None


@pytest.mark.slow
def test_projection_stays_close_to_umap_transform():
    pytest.importorskip("umap")
    import pandas as pd
    from anndata import AnnData

    from dnaviz.atlas import Atlas
    from dnaviz.atlas.umap_fit import fit_umap

    rng = np.random.default_rng(0)
    centers = rng.normal(size=(6, 10)) * 4
    latent = (centers[np.arange(900) % 6] + rng.normal(size=(900, 10))).astype(np.float32)
    adata = AnnData(obs=pd.DataFrame(index=[str(i) for i in range(900)]))
    adata.obsm["X_latent"] = latent
    adata.obsm["X_umap"] = fit_umap(latent, 30, 0.25, 0).embedding_
    result = quality.projection_quality(Atlas(adata), held_out=100)
    # No farther from a run of transform than another run of it.
    assert result.distance < 1.1 * result.repeat
    assert result.shared > 0.9 * result.repeat_shared
