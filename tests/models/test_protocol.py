"""What the package asks of a model, tried with two foreign ones and the shipped one."""

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from helpers.foreign_models import KmerEncoder, SmallCNN

from dnaviz.attribution import METHODS, attribute, mutagenesis, site_window
from dnaviz.errors import InputError
from dnaviz.models import Decoder, Differentiable, DNAModel, SiteScorer, load_model, require
from dnaviz.models.scoring import CHUNK, on_canvas
from dnaviz.sequences import one_hot, reverse_complement
from dnaviz.splicing.scan import scan


def random_bases(length, seed=0):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def probabilities(log_odds):
    return 1 / (1 + np.exp(-log_odds.astype(float)))


@pytest.mark.parametrize(
    ("model", "has"),
    [
        (KmerEncoder(), {DNAModel}),
        (SmallCNN(), {DNAModel, SiteScorer, Differentiable}),
        (load_model(), {DNAModel, Decoder, SiteScorer, Differentiable}),
    ],
    ids=["k-mers", "small CNN", "shipped"],
)
def test_a_model_is_what_it_has_methods_for(model, has):
    kinds = (DNAModel, Decoder, SiteScorer, Differentiable)
    assert {kind for kind in kinds if isinstance(model, kind)} == has
    assert model.encode(["ACGT" * 20, "GGTAAG" * 20]).shape == (2, model.latent_dim)
    assert len(model.sha256) == 64


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: scan("ACGT" * 30, m), "50 trinucleotides has no splice-site scores"),
        (lambda m: attribute("ACGT" * 30, model=m), "no splice-site scores"),
        (lambda m: mutagenesis("ACGT" * 30, model=m), "no splice-site scores"),
        (lambda m: require(m, "decode"), "no decoder"),
    ],
)
def test_missing_capabilities_are_one_sentence(call, words):
    with pytest.raises(InputError, match=words) as error:
        call(KmerEncoder())
    assert "\n" not in str(error.value)


def test_a_foreign_model_is_scanned_on_both_strands():
    model, bases = SmallCNN(), random_bases(300)
    result = scan(bases, model)
    (forward,) = model.score_positions([bases])
    (reverse,) = model.score_positions([reverse_complement(bases)])
    np.testing.assert_allclose(result.probabilities["+"], probabilities(forward), atol=1e-6)
    np.testing.assert_allclose(
        result.probabilities["-"], probabilities(reverse)[:, ::-1], atol=1e-6
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_foreign_model_is_explained_within_its_own_context(method):
    model, bases = SmallCNN(), random_bases(300, seed=1)
    a = attribute(bases, method=method, position=120, model=model)
    assert len(a.bases) == 2 * model.context + 1
    assert a.score == pytest.approx(model.score_positions([bases])[0][0, 119], abs=1e-4)
    if method == "integrated_gradients":
        assert a.converged


def test_mutagenesis_of_a_foreign_model_equals_brute_force():
    model, bases = SmallCNN(), random_bases(90, seed=2)
    result = mutagenesis(bases, site="acceptor", position=40, model=model)
    before = probabilities(model.score_positions([bases])[0][1, 39])
    for column in (0, 20, 25, 30, len(result.bases) - 1):
        position = result.positions[column]
        for row, base in enumerate("ACGT"):
            mutant = bases[: position - 1] + base + bases[position:]
            after = probabilities(model.score_positions([mutant])[0][1, 39])
            assert result.values[row, column] == pytest.approx(after - before, abs=1e-5)


@pytest.mark.parametrize("length", [1, 19, 300, CHUNK + 300])
def test_positions_equal_windows_one_by_one(lively, length):
    bases = random_bases(length, seed=3)
    (scores,) = lively.score_positions([bases])
    assert scores.shape == (2, length)
    places = sorted({0, length // 2, length - 1, min(CHUNK, length - 1)})
    windows = np.stack([_window(bases, i) for i in places])
    np.testing.assert_allclose(scores[:, places], lively.score_windows(windows).T, atol=1e-3)


def _window(bases, index):
    """The one-hot (4, 401) around a base, zeros beyond the sequence."""
    padded = np.pad(one_hot(bases).astype(np.float32), ((0, 0), (200, 200)))
    return padded[:, index : index + 401]


def test_wanted_positions_are_those_of_the_whole(lively):
    sequences = [random_bases(n, seed=n) for n in (700, 90, 20)]
    wanted = [slice(300, 420), slice(0, 5), slice(None)]
    full = lively.score_positions(sequences)
    parts = lively.score_positions(sequences, wanted)
    for scores, part, expected in zip(parts, wanted, full, strict=True):
        np.testing.assert_allclose(scores, expected[:, part], atol=1e-4)


@pytest.mark.parametrize("width", [20, 201, 401, 402, 999])
def test_windows_are_seen_from_their_middle(lively, width):
    window = one_hot(random_bases(width, seed=width)).astype(np.float32)[None]
    (scores,) = lively.score_positions(["".join("ACGT"[i] for i in window[0].argmax(0))])
    np.testing.assert_allclose(lively.score_windows(window)[0], scores[:, width // 2], atol=1e-3)
    module = lively.site("acceptor")
    np.testing.assert_allclose(
        module(torch.from_numpy(window)).detach().numpy()[0, 0], scores[1, width // 2], atol=1e-3
    )


@pytest.mark.parametrize("shape", [(4, 20), (1, 5, 20), (1, 4, 0)])
def test_windows_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match=r"\(n, 4, w\)"):
        on_canvas(np.zeros(shape))


def test_gradients_are_those_of_the_module(lively):
    windows = np.stack([one_hot(random_bases(150, seed=s)) for s in (1, 2)]).astype(np.float32)
    scores, slopes = lively.gradients(windows, "donor")
    x = torch.from_numpy(windows).requires_grad_()
    values = lively.site("donor")(x)
    (expected,) = torch.autograd.grad(values.sum(), x)
    np.testing.assert_allclose(scores, values.detach()[:, 0], atol=1e-3)
    np.testing.assert_allclose(slopes, expected, atol=1e-2, rtol=1e-3)


def test_captum_on_the_site_module_gives_our_integrated_gradients():
    bases = random_bases(200, seed=5)
    a = attribute(bases, model=load_model(), position=101)
    window = site_window(bases, position=101).array[None]
    baseline = np.where(window.sum(1, keepdims=True) > 0, 0.25, 0) * np.ones_like(window)
    values = IntegratedGradients(load_model().site("donor")).attribute(
        torch.from_numpy(window), torch.from_numpy(baseline).float(), n_steps=256
    )
    result = values.detach().numpy().sum((0, 1))[site_window(bases, position=101).columns]
    assert np.corrcoef(result, a.contributions)[0, 1] > 0.999
