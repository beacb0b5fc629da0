"""Sequences are placed only among latents of the very model that encodes them."""

import numpy as np
import pytest
from anndata import AnnData

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.atlas.build import build_atlas
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models import Model, load_model
from dnaviz.panels import LatentMap, Reconstruction, SpliceInspector

REFUSED = "another model's"


@pytest.fixture
def few():
    """60 windows of the shipped atlas, with all that says how it was built."""
    atlas = load_atlas()
    result = atlas.subset(range(0, 6000, 100))
    result.uns["dnaviz"] = dict(atlas.info)
    return result


def kmer_counts(atlas: AnnData) -> AnnData:
    """The same windows, their latents 4-mer counts: as many columns as the model's."""
    counts = np.zeros((len(atlas), 256), np.float32)
    codes = np.minimum(atlas.obsm["sequence"], 3).astype(int)
    words = sum(codes[:, i : codes.shape[1] - 3 + i] * 4**i for i in range(4))
    for row, of_row in zip(counts, words, strict=True):
        row += np.bincount(of_row, minlength=256)
    atlas.obsm["X_latent"] = counts
    return atlas


def test_the_shipped_atlas_and_any_part_of_it_are_of_the_shipped_model(few):
    load_atlas().check_model(load_model())
    Atlas(few).check_model(load_model())
    del few.uns["dnaviz"]  # as of a file that passed through other hands
    Atlas(few).check_model(load_model())


def test_kmer_counts_are_no_latents(few):
    atlas = Atlas(kmer_counts(few), "kmers.h5ad")
    with pytest.raises(InputError, match=rf"kmers.h5ad.*obsm\['X_latent'\] is {REFUSED}"):
        atlas.project(atlas.sequences(range(50)))
    with pytest.raises(InputError, match=REFUSED):
        atlas.neighbors(atlas.sequences([0]), model=load_model())


def test_either_space_of_another_model_is_noticed(few):
    few.obsm["X_splice"] = few.obsm["X_splice"][::-1].copy()
    with pytest.raises(InputError, match=rf"obsm\['X_splice'\] is {REFUSED}"):
        Atlas(few).check_model(load_model())


def test_without_sequences_the_weights_must_be_named(few):
    del few.obsm["sequence"]
    Atlas(few).check_model(load_model())
    info = few.uns["dnaviz"]
    few.uns["dnaviz"] = info | {"model": info["model"] | {"autoencoder": "0" * 64}}
    with pytest.raises(InputError, match=REFUSED):
        Atlas(few).check_model(load_model())
    few.uns["dnaviz"] = {}
    with pytest.raises(InputError, match="neither sequences nor the name of the model"):
        Atlas(few).check_model(load_model())


def test_windows_with_unknown_bases_do_not_count_against_an_atlas(few):
    few.obsm["sequence"][::2, 50] = 4
    Atlas(few).check_model(load_model())
    few.obsm["sequence"][:, 50] = 4
    Atlas(few).check_model(load_model())  # by the weights' name


@pytest.mark.usefixtures("quick_map")
def test_what_another_model_built_is_told_from_ours(untrained):
    windows = load_atlas().obs.iloc[:20].assign(sequence=load_atlas().sequences(range(20)))
    atlas = Atlas(build_atlas(windows.reset_index(), untrained, n_neighbors=5))
    atlas.check_model(untrained)
    for other in (load_model(), Model.untrained(seed=3)):
        with pytest.raises(InputError, match=REFUSED):
            atlas.check_model(other)


def test_panels_show_the_map_and_refuse_the_rest(few, monkeypatch):
    atlas = Atlas(kmer_counts(few), "kmers.h5ad")
    panel = LatentMap(atlas)
    panel.selection = range(20)
    assert panel.logo is not None
    assert panel.attribution is None
    assert "another model" in panel.selection_card.attribution_logo.value
    panel.focus = atlas.obs.index[3]
    assert "another model" in panel.window_card.attribution_logo.value
    with pytest.raises(InputError, match=REFUSED):
        panel.project(atlas.sequences([0]))
    panel.input.box.value = atlas.sequences([0])[0]
    panel.input.button.click()
    assert REFUSED in panel.message.text
    assert panel.placed == []

    bases = atlas.sequences([0])[0]
    inspector = SpliceInspector(sequence=bases, atlas=atlas)
    assert "another model" in inspector.neighbors_view.note.value
    assert inspector.mutations is not None
    with pytest.raises(InputError, match=REFUSED):
        Reconstruction(atlas=atlas)
    monkeypatch.setattr("dnaviz.panels.reconstruction.panel.load_atlas", lambda: atlas)
    back = Reconstruction(sequence=bases)
    assert back.result.accuracy > 0.9
    with pytest.raises(InputError, match=REFUSED):
        back.traverse("PC 1")


def test_checking_a_file_says_so(few, tmp_path, capsys):
    path = tmp_path / "kmers.h5ad"
    few.obs["score"] = np.r_[np.inf, np.arange(len(few) - 1)]
    Atlas(few).write(path)
    assert main(["atlas", "check", str(path)]) == 0
    assert "obs['score'] is infinite in 1 of 60 windows" in capsys.readouterr().out
    Atlas(kmer_counts(few)).write(path)
    assert main(["atlas", "check", str(path)]) == 2
    message = capsys.readouterr()
    assert "60 windows" in message.out
    assert REFUSED in message.err
