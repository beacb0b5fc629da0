"""Models saved and read again; where they compute, and how many windows at a time."""

import json
import shutil

import numpy as np
import pytest
import torch

from dnaviz import InputError, load_model
from dnaviz.models import Model
from dnaviz.models.model import ASSETS

SEQUENCES = ["ACGTTGCAAG" * 20, "GGTAAGTTCA" * 7]
WINDOWS = np.random.default_rng(0).dirichlet(np.ones(4), (3, 250)).transpose(0, 2, 1)


def everything(model):
    """All that a model says of a few sequences, as arrays."""
    latents = model.encode(SEQUENCES)
    columns, to = np.arange(5, 200), np.eye(4)[np.arange(195) % 4]
    return [
        latents,
        model.encode(SEQUENCES, space="splice"),
        *model.decode(latents, [200, 70]),
        model.predict_lengths(latents),
        model.classify(SEQUENCES),
        model.classify_latents(latents),
        *model.score_positions(SEQUENCES),
        model.score_windows(WINDOWS),
        model.score_changes(WINDOWS[0], columns, to),
        *model.gradients(WINDOWS, "donor"),
    ]


@pytest.mark.parametrize("kind", ["shipped", "untrained", "plain"])
def test_a_saved_model_is_read_as_it_was(kind, tmp_path, plain_folder):
    model = {
        "shipped": load_model,
        "untrained": lambda: Model.untrained(3),
        "plain": lambda: load_model(plain_folder),
    }[kind]()
    folder = tmp_path / "to" / "mine"
    model.save(folder)
    again = load_model(folder)
    for one, other in zip(everything(again), everything(model), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.ood_score(SEQUENCES[0]).warning == model.ood_score(SEQUENCES[0]).warning
    if kind != "untrained":  # one without checkpoints has no hashes
        assert (again.sha256, again.spaces) == (model.sha256, model.spaces)
        assert again.config["autoencoder"] == model.config["autoencoder"]
    again.save(tmp_path / "twice")
    assert load_model(tmp_path / "twice").sha256 == again.sha256


def test_a_saved_config_can_be_read_and_says_where_weights_come_from(tmp_path):
    load_model().save(tmp_path)
    config = json.loads((tmp_path / "classifier.json").read_text())
    assert config["plan"] in ("64", "32")
    assert config["command"].startswith("dnaviz train classifier")


def test_changed_weights_have_another_hash(tmp_path):
    model = load_model(ASSETS)
    model.autoencoder.encoder.ordered.bias += 0.5
    model.save(tmp_path)
    again = load_model(tmp_path)
    assert again.spaces["autoencoder"] != model.spaces["autoencoder"]
    assert again.spaces["splice"] == model.spaces["splice"]
    np.testing.assert_array_equal(again.encode(SEQUENCES), model.encode(SEQUENCES))


def test_no_model_is_written_over_another(tmp_path, untrained):
    shutil.copy(ASSETS / "classifier.json", tmp_path)
    with pytest.raises(InputError, match="holds a file or model already"):
        untrained.save(tmp_path)
    with pytest.raises(InputError, match="holds a file or model already"):
        untrained.save(tmp_path / "classifier.json")
    assert [path.name for path in tmp_path.iterdir()] == ["classifier.json"]


@pytest.mark.parametrize("batch_size", [1, 3])
def test_the_size_of_batches_changes_no_number(batch_size):
    model = load_model(batch_size=batch_size)
    assert model is not load_model()
    for one, other in zip(everything(model), everything(load_model()), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("plain", [True, False])
def test_all_that_is_computed_is_computed_on_the_device(plain, plain_folder, monkeypatch):
    """On torch's device without numbers, which refuses whatever lies elsewhere."""
    model = load_model(plain_folder, device="meta") if plain else Model.untrained()
    if not plain:
        model = Model(model.autoencoder, model.heads, {}, device="meta")
    monkeypatch.setattr(torch.Tensor, "cpu", lambda self: torch.zeros(self.shape))
    # Which columns have bases, and which mutants a site sees, it cannot know.
    monkeypatch.setattr("dnaviz.models.encoder.columns_with_bases", lambda x: slice(90, 330))
    rows = torch.arange(195, device="meta")[:, None]
    monkeypatch.setattr("dnaviz.models.incremental_ism.torch.nonzero", lambda x: rows)
    assert model.device == torch.device("meta")
    results = everything(model)
    assert [r.shape for r in results] == [r.shape for r in everything(load_model())]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same_numbers():
    model = load_model(device="cuda", batch_size=2_048)
    for one, other in zip(everything(model), everything(load_model()), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"device": "gpu"}, "There is no device 'gpu' here: take auto, cpu or"),
        ({"device": "cuda:99"}, "There is no device 'cuda:99' here"),
        ({"batch_size": 0}, "A batch has a whole number of sequences from 1, not 0"),
        ({"batch_size": 2.5}, "A batch has a whole number of sequences from 1, not 2.5"),
        ({"folder": 5}, "A value of type int is not a folder of weights"),
        ({"folder": "helpers.foreign_models:kmers", "device": "cpu"}, "choose its device"),
    ],
)
def test_a_device_or_batch_that_cannot_be_is_refused(options, sentence):
    with pytest.raises(InputError, match=sentence):
        load_model(**options)


def test_auto_takes_what_there_is():
    assert load_model(device="auto").device.type in ("cpu", "cuda", "mps")
