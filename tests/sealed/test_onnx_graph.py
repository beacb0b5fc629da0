"""The ONNX graphs give the numbers of the model they were made of."""

import json

import numpy as np
import pytest

from dnaviz import __version__
from dnaviz.cli import main
from dnaviz.models import CONTEXT, load_model, log_odds_to_probabilities
from dnaviz.sealed.onnx_graph import gradient_graph, score_graph
from dnaviz.sealed.plain_model import plain_model

runtime = pytest.importorskip("onnxruntime")
TOLERANCE = 1e-5  # of probabilities
ROUNDING = 1e-4  # of log-odds and their slopes, of a random network that makes much of rounding


def session(graph):
    data = graph if isinstance(graph, bytes) else graph.SerializeToString()
    return runtime.InferenceSession(data, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def model(plain_folder):
    return load_model(plain_folder)


def bases(lengths, width, seed=0):
    """One-hot (n, 4, width), of which each row has so many bases, in the middle."""
    codes = np.random.default_rng(seed).integers(4, size=(len(lengths), width))
    x = np.eye(4, dtype=np.float32)[codes].transpose(0, 2, 1)
    for row, length in zip(x, lengths, strict=True):
        empty = (width - length) // 2
        row[:, :empty] = row[:, width - empty :] = 0
    return x


@pytest.mark.parametrize("width", [1, 57, 1000])
def test_scores_of_any_length_are_those_of_the_model(model, width):
    import torch

    from dnaviz.models.scoring import site_log_odds

    x = bases([width, width + 2 * CONTEXT], width + 2 * CONTEXT)
    (log_odds,) = session(score_graph(plain_model(model))).run(None, {"bases": x})
    expected = site_log_odds(model.splice(torch.from_numpy(x))).numpy()
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(log_odds, expected, atol=ROUNDING, rtol=0)
    np.testing.assert_allclose(
        log_odds_to_probabilities(log_odds),
        log_odds_to_probabilities(expected),
        atol=TOLERANCE,
        rtol=0,
    )


@pytest.mark.parametrize("site", ["donor", "acceptor"])
def test_gradients_are_those_of_the_model(model, site):
    x = bases([401, 61, 201, 20], 401)
    x[2] = 0.7 * x[2] + 0.3 / 4  # on the way from a baseline
    chosen = np.array([[site == "donor"], [site == "acceptor"]], np.float32)
    scores, gradients = session(gradient_graph(plain_model(model))).run(
        None, {"bases": x, "site": np.stack([chosen] * 4)}
    )
    expected_scores = model.score_windows(x)
    np.testing.assert_allclose(scores[..., 0], expected_scores, atol=ROUNDING, rtol=0)
    row = int(site == "acceptor")
    _, expected = model.gradients(x, site)
    np.testing.assert_allclose(gradients, expected, atol=ROUNDING, rtol=0)
    for k in range(4):
        assert scores[k, row, 0] == pytest.approx(expected_scores[k, row], abs=ROUNDING)


def test_the_command_writes_a_graph_that_says_what_it_is(plain_folder, tmp_path):
    import onnx

    file = tmp_path / "model.onnx"
    assert main(["export", str(file), "--model", str(plain_folder)]) == 0
    about = {p.key: p.value for p in onnx.load(file).metadata_props}
    model = load_model(plain_folder)
    assert (about["name"], about["sha256"]) == (model.name, model.classifier_sha256)
    assert (about["license"], about["version"]) == ("MIT", __version__)
    assert (about["context"], about["labels"]) == ("200", "neither,donor,acceptor")
    calibration = json.loads(about["calibration"])
    np.testing.assert_allclose(calibration["bias"], model.splice.bias.numpy())
    width = session(file.read_bytes()).get_inputs()[0].shape[2]
    assert isinstance(width, str)  # free
    assert main(["export", str(file), "--gradients", "--model", str(plain_folder)]) == 0
    assert [o.name for o in session(file.read_bytes()).get_outputs()] == ["log_odds", "gradients"]


def test_a_classifier_that_is_not_plain_is_refused_in_one_sentence(tmp_path, capsys, monkeypatch):
    import dnaviz.models
    from dnaviz.models import Model

    untrained = Model.untrained()
    monkeypatch.setattr(dnaviz.models, "load_model", lambda folder: untrained)
    assert main(["export", str(tmp_path / "model.onnx")]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "not a plain network" in sentence
    assert not list(tmp_path.iterdir())


def test_other_suffixes_are_refused_before_any_work(tmp_path, capsys):
    assert main(["export", str(tmp_path / "model.pt")]) == 2
    assert ".onnx" in capsys.readouterr().err
