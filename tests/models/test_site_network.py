"""Networks of others, in PyTorch and in ONNX, as models that score sites."""

import numpy as np
import pytest
import torch
from torch import nn

from dnaviz.attribution import attribute
from dnaviz.attribution.measures import randomized
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models import SiteNetwork, load_model
from dnaviz.models.onnx_scorer import load_onnx
from dnaviz.models.protocol import Differentiable, SiteScorer, can
from dnaviz.sequences import one_hot
from dnaviz.splicing.scan import scan

CONTEXT = 15


class Small(nn.Module):
    """Three classes at each base, of 15 nt on each side, as SpliceAI orders them."""

    def __init__(self, softmax):
        super().__init__()
        self.first = nn.Conv1d(4, 12, 2 * CONTEXT + 1)
        self.last = nn.Conv1d(12, 3, 1)
        self.softmax = softmax

    def forward(self, x):
        y = 3 * self.last(torch.relu(self.first(x)))
        return torch.softmax(y, dim=1) if self.softmax else y


def small(softmax, **more):
    torch.manual_seed(0)
    settings = {"name": "small", "context": CONTEXT, "outputs": ("none", "acceptor", "donor")}
    return SiteNetwork(Small(softmax), probabilities=softmax, **settings | more)


def bases(length, seed=0):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


@pytest.mark.parametrize("softmax", [False, True])
def test_scores_are_the_networks_own_probabilities(softmax):
    model, text = small(softmax), bases(90)
    assert isinstance(model, SiteScorer)
    assert isinstance(model, Differentiable)
    x = np.pad(one_hot(text).astype(np.float32), ((0, 0), (CONTEXT, CONTEXT)))
    y = model.network(torch.from_numpy(x)[None])
    p = (y if softmax else y.softmax(1))[0].numpy().astype(float)
    (scores,) = model.score_positions([text])
    np.testing.assert_allclose(1 / (1 + np.exp(-scores)), p[[2, 1]], atol=1e-5)
    (part,) = model.score_positions([text], [slice(20, 31)])
    np.testing.assert_allclose(part, scores[:, 20:31], atol=1e-4)
    for width in (21, 90):  # windows that are narrower and wider than what it sees
        (window,) = model.score_windows(one_hot(text[:width])[None])
        (alone,) = model.score_positions([text[:width]])
        np.testing.assert_allclose(window, alone[:, width // 2], atol=1e-4)
    assert scan(text, model, strand="+").probabilities["+"].shape == (2, 90)


def test_gradients_are_the_slopes_of_the_scores():
    model, x = small(True), one_hot(bases(31))[None].astype(np.float32)
    scores, slopes = model.gradients(x, "acceptor")
    np.testing.assert_allclose(scores, model.score_windows(x)[:, 1], atol=1e-5)
    step = np.zeros_like(x)
    step[0, 2, 17] = 1e-2
    up, down = (model.score_windows(x + sign * step)[0, 1] for sign in (1, -1))
    assert slopes[0, 2, 17] == pytest.approx((up - down) / 2e-2, rel=0.05, abs=1e-2)
    assert attribute(bases(60), model=model).converged


def test_near_certain_probabilities_keep_their_log_odds():
    network = Small(True)
    with torch.no_grad():
        network.last.weight.zero_()
        network.last.bias.copy_(torch.tensor([0.0, 0.0, 10.0]))
    model = SiteNetwork(
        network, name="sure", context=CONTEXT, outputs=("none", "acceptor", "donor"),
        probabilities=True,
    )  # fmt: skip
    (scores,) = model.score_windows(one_hot(bases(31))[None])
    assert scores[0] == pytest.approx(30 - np.log(2), abs=1e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outputs": ("none", "acceptor", "gain")}, "name no donor"),
        ({"outputs": ("donor", "acceptor")}, "every base would be one of them"),
        ({"outputs": ("one", "two", "donor", "acceptor")}, "check its context and outputs"),
        ({"context": CONTEXT + 1}, "check its context and outputs"),
        ({"context": 3}, "takes no bases of shape"),
        ({"probabilities": True}, "does not add up to 1"),
        ({"outputs": ("acceptor", "donor", "donor")}, "name donor more than once"),
        ({"network": lambda x: x}, "type function is not a torch.nn.Module"),
    ],
)
def test_a_network_that_is_told_of_wrongly_is_refused(change, words):
    settings = {"name": "s", "context": CONTEXT, "outputs": ("none", "acceptor", "donor")}
    with pytest.raises(InputError, match=words) as error:
        SiteNetwork(**{"network": Small(False)} | settings | change)
    assert "\n" not in str(error.value)


def test_a_network_put_back_into_training_mode_still_evaluates():
    network = Small(False)
    network.last = nn.Sequential(nn.Dropout(), nn.Conv1d(12, 3, 1))
    model, x = SiteNetwork(network, name="drops", context=CONTEXT), one_hot(bases(31))[None]
    expected = model.score_windows(x)
    network.train()
    np.testing.assert_array_equal(model.score_windows(x), expected)


def test_a_network_without_gradients_is_told():
    network = Small(False)
    network.forward = torch.no_grad()(network.forward)
    model = SiteNetwork(network, name="closed", context=CONTEXT)
    with pytest.raises(InputError, match="The model closed has no gradients: choose saturation"):
        attribute(bases(60), model=model)


@pytest.mark.parametrize("shape", [(1, 31, 4), (4, 31), (1, 4, 0)])
def test_windows_of_another_shape_are_refused(shape):
    model = small(False)
    for score in (model.score_windows, lambda x: model.gradients(x, "donor")):
        with pytest.raises(InputError, match=r"Windows have shape \(n, 4, w\)"):
            score(np.zeros(shape))
    with pytest.raises(InputError, match='A site is "donor" or "acceptor", not "intron"'):
        model.gradients(np.zeros((1, 4, 31)), "intron")


@pytest.mark.parametrize("reach", [CONTEXT - 5, CONTEXT, CONTEXT + 5])
def test_a_network_that_sees_farther_than_its_context_is_refused(reach):
    class Padded(nn.Module):
        """As long as its input, with zeros beyond its ends; the context is cut off behind."""

        def __init__(self):
            super().__init__()
            self.inner = nn.Conv1d(4, 3, 2 * reach + 1, padding=reach)

        def forward(self, x):
            return 9 * self.inner(x)[..., CONTEXT:-CONTEXT]

    torch.manual_seed(0)
    network, text = Padded(), bases(9_000)
    settings = {"name": "padded", "context": CONTEXT, "outputs": ("none", "acceptor", "donor")}
    if reach > CONTEXT:
        with pytest.raises(InputError, match="farther away than its context, 15 nt"):
            SiteNetwork(network, **settings)
    else:
        model = SiteNetwork(network, **settings)
        (scores,) = model.score_positions([text])
        (other,) = model.score_positions([text], [slice(4_000, 4_200)])
        np.testing.assert_allclose(scores[:, 4_000:4_200], other, atol=1e-4)


def test_probabilities_are_not_taken_for_logits():
    with pytest.raises(InputError, match="say probabilities=True"):
        SiteNetwork(Small(True), name="s", context=CONTEXT, outputs=("none", "acceptor", "donor"))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_a_network_computes_as_precisely_as_its_weights_are(dtype):
    text, like = bases(60), small(False)
    model = SiteNetwork(
        small(False).network.to(dtype), name="s", context=CONTEXT, outputs=like.outputs
    )
    (scores,), (expected,) = model.score_positions([text]), like.score_positions([text])
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, expected, atol=0.1)
    assert attribute(text, model=model, method="input_x_gradient").contributions.any()
    assert model.sha256 != like.sha256


def test_weights_are_named_and_drawn_anew():
    one, other, text = small(True), small(False), bases(60)
    assert one.sha256 == other.sha256
    random = randomized(one, 3)
    before = one.score_positions([text])[0]
    assert not np.allclose(random.score_positions([text])[0], before, atol=0.1)
    np.testing.assert_array_equal(one.score_positions([text])[0], before)


# ONNX


@pytest.fixture(scope="module")
def exported(plain_folder, tmp_path_factory):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    folder = tmp_path_factory.mktemp("onnx")
    for name, more in (("scores", []), ("gradients", ["--gradients"])):
        words = ["export", str(folder / f"{name}.onnx"), "--model", str(plain_folder), *more]
        assert main(words) == 0
    return folder


def test_an_exported_model_scores_windows_and_has_gradients_where_its_file_has(
    exported, plain_folder
):
    model = load_model(plain_folder)
    scores, gradients = (load_onnx(exported / f"{n}.onnx") for n in ("scores", "gradients"))
    assert not can(scores, "gradients")
    assert can(gradients, "gradients")
    for width in (60, 401, 450):
        x = np.stack([one_hot(bases(width, seed)) for seed in (1, 2)]).astype(np.float32)
        for other in (scores, gradients):
            np.testing.assert_allclose(other.score_windows(x), model.score_windows(x), atol=1e-3)
        for site in ("donor", "acceptor"):
            theirs, ours = gradients.gradients(x, site), model.gradients(x, site)
            np.testing.assert_allclose(theirs[0], ours[0], atol=1e-3)
            np.testing.assert_allclose(theirs[1], ours[1], atol=1e-2, rtol=1e-2)
    assert scores.context == 200
    assert scores.name.endswith("(scores.onnx)")
    x = one_hot(bases(401))[None]
    random = randomized(scores, 1)
    assert not np.allclose(random.score_windows(x), scores.score_windows(x), atol=0.1)


def test_a_file_that_is_no_such_onnx_is_told(tmp_path):
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    with pytest.raises(InputError, match="No such file"):
        load_onnx(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("no graph")
    with pytest.raises(InputError, match="is no ONNX file that can be run"):
        load_onnx(tmp_path / "text.onnx")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [value("x", 1, [1])],
        [value("y", 1, [1])],
    )  # fmt: skip
    made = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8
    )
    onnx.save(made, tmp_path / "relu.onnx")
    with pytest.raises(InputError, match="is not as dnaviz export writes a model"):
        load_onnx(tmp_path / "relu.onnx")
