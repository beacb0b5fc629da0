"""Atlases of models that are not ours: built, written, and closed to every other model."""

import hashlib

import numpy as np
import pytest
import torch
from helpers.foreign_models import KmerEncoder, SmallCNN

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.atlas.build import build_atlas
from dnaviz.errors import InputError
from dnaviz.models import encode_in, load_model

pytestmark = pytest.mark.usefixtures("quick_map")


class WideEncoder(KmerEncoder):
    """As wide as the shipped model's latents, and something else."""

    name = "256 numbers"
    sha256 = hashlib.sha256(b"256 numbers").hexdigest()
    latent_dim = 256

    def encode(self, sequences):
        return np.pad(KmerEncoder().encode(sequences), ((0, 0), (0, 206)))


class CopyingDecoder(KmerEncoder):
    """A decoder that writes A everywhere."""

    name = "A"

    def decode(self, latents, lengths=None):
        return [np.eye(4, dtype=np.float32)[:, [0] * n] for n in lengths]


def windows(count=60):
    shipped = load_atlas()
    return shipped.obs[["label"]].iloc[:count].assign(sequence=shipped.sequences(range(count)))


@pytest.fixture(scope="module", params=[KmerEncoder, SmallCNN, WideEncoder, CopyingDecoder])
def built(quick_map, request, tmp_path_factory):
    model = request.param()
    path = tmp_path_factory.mktemp("atlas") / "own.h5ad"
    Atlas(build_atlas(windows(), model, n_neighbors=5)).write(path)
    return load_atlas(path), model


def test_an_atlas_of_any_model_holds_its_latents_and_what_it_can(built):
    atlas, model = built
    assert atlas.spaces == ("autoencoder",)
    np.testing.assert_array_equal(atlas.latent(), model.encode(atlas.sequences()))
    assert atlas.latent().shape[1] == model.latent_dim
    assert atlas.info["model"] == {"autoencoder": model.sha256}
    assert ("donor_probability" in atlas.obs) == hasattr(model, "score_windows")
    assert ("reconstruction_accuracy" in atlas.obs) == hasattr(model, "decode")
    assert ("losses" in atlas.info) == hasattr(model, "decode")


def test_probabilities_are_those_of_the_middle_base(built):
    atlas, model = built
    if not hasattr(model, "score_positions"):
        pytest.skip("it scores nothing")
    for row in (0, 7):
        (scores,) = model.score_positions(atlas.sequences([row]))
        donor, acceptor = 1 / (1 + np.exp(-scores[:, 100].astype(float)))
        assert atlas.obs["donor_probability"].iloc[row] == pytest.approx(donor, abs=1e-5)
        assert atlas.obs["acceptor_probability"].iloc[row] == pytest.approx(acceptor, abs=1e-5)


def test_its_own_model_places_sequences_and_latents(built):
    atlas, model = built
    sequences = atlas.sequences([3, 4])
    placed = atlas.project(sequences, model=model)
    np.testing.assert_allclose(placed.xy, atlas.map()[[3, 4]], atol=1e-5)
    again = atlas.project(model.encode(sequences), model=model)
    np.testing.assert_array_equal(again.xy, placed.xy)


@pytest.mark.parametrize("other", [load_model, SmallCNN, lambda: SmallCNN(seed=9), WideEncoder])
def test_every_other_model_is_refused_by_its_hash(built, other):
    atlas, model = built
    other = other()
    if other.sha256 == model.sha256:
        return
    for query in (atlas.sequences([0]), other.encode(atlas.sequences([0]))):
        with pytest.raises(InputError, match=f"another model's: .*{model.name}") as error:
            atlas.project(query, model=other)
        assert model.sha256[:12] in str(error.value)


def test_foreign_latents_of_our_width_are_not_placed_among_ours():
    model, atlas = WideEncoder(), load_atlas()
    latents = model.encode(atlas.sequences([0, 1]))
    with pytest.raises(InputError, match="which model made them"):
        atlas.project(latents)
    with pytest.raises(InputError, match="another model's"):
        atlas.project(latents, model=model)


def test_the_hash_alone_is_not_trusted(built):
    atlas, model = built
    adata = atlas.adata.copy()
    adata.obsm["X_latent"] = adata.obsm["X_latent"][::-1].copy()
    with pytest.raises(InputError, match="another model's"):
        Atlas(adata).check_model(model)


def test_latents_in_a_tensor_are_placed_as_those_in_an_array(built):
    atlas, model = built
    latents = model.encode(atlas.sequences([3, 4]))
    placed = atlas.project(torch.tensor(latents, requires_grad=True), model=model)
    np.testing.assert_array_equal(placed.xy, atlas.project(latents, model=model).xy)


class Training(KmerEncoder):
    """As a network with batch norm is in training: it takes the batch's mean away."""

    def encode(self, sequences):
        latents = super().encode(sequences)
        return latents - latents.mean(axis=0)


class Diverged(KmerEncoder):
    def encode(self, sequences):
        return 1e20 * super().encode(sequences)


@pytest.mark.parametrize(
    ("model", "words"), [(Training(), "put it in eval mode"), (Diverged(), "gave latents up to 1e")]
)
def test_latents_that_no_map_can_be_drawn_of_are_refused(model, words):
    with pytest.raises(InputError, match=words):
        build_atlas(windows(), model, n_neighbors=5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: encode_in(m, ["ACGT"]), "50 trinucleotides encodes 10 to 2,000 nt, not 4"),
        (lambda m: encode_in(m, ["A" * 20], "splice"), "no splice latents, only autoencoder"),
        (lambda m: build_atlas(windows(), m, window=5), "A window has 10 to 2000 nt"),
    ],
)
def test_what_a_model_does_not_take_is_told(call, words):
    with pytest.raises(InputError, match=words):
        call(KmerEncoder())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.full((1, 50), np.nan), "latents that are no numbers"),
        (np.full((1, 50), np.inf), "latents that are not finite"),
        (np.full((1, 50), 1e300), "latents that are not finite"),  # more than float32 holds
        (np.zeros((2, 50)), r"latents of shape \(2, 50\), not \(1, 50\)"),
        (np.zeros((1, 49)), r"latents of shape \(1, 49\), not \(1, 50\)"),
        (np.zeros(50), r"latents of shape \(50,\), not \(1, 50\)"),
        (torch.zeros(1, 50, requires_grad=True), "a Tensor as latents"),
        (["ACGT"], "a list as latents"),
    ],
)
def test_latents_that_are_none_are_told(wrong, words):
    model = KmerEncoder()
    model.encode = lambda sequences: wrong
    with pytest.raises(InputError, match=words):
        encode_in(model, ["ACGT" * 10])
