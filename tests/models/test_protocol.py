"""What the package asks of a model, tried with two foreign ones and with its own classifiers."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from helpers import foreign_models
from helpers.foreign_models import KmerEncoder, SmallCNN, SmallDecoder

from dnaviz.atlas import load_atlas
from dnaviz.atlas.latent_shift import latent_shift
from dnaviz.attribution import METHODS, attribute, mutagenesis, site_window
from dnaviz.attribution.checks import method_checks
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models import (
    SPACES,
    Decoder,
    Differentiable,
    DNAModel,
    SiteScorer,
    load_model,
    require,
)
from dnaviz.models.latent_paths import interpolate
from dnaviz.models.model import ASSETS
from dnaviz.models.protocol import label_probabilities
from dnaviz.models.scoring import CHUNK, on_canvas
from dnaviz.models.site_network import SiteNetwork
from dnaviz.models.tiles import reconstruct
from dnaviz.sequences import Sequence, one_hot, reverse_complement
from dnaviz.serving.inputs import check_inputs
from dnaviz.splicing.genome_scan import Chunk, score_chunk
from dnaviz.splicing.scan import scan
from dnaviz.splicing.variant_effect import splice_effect


def random_bases(length, seed=0):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


@pytest.fixture(params=["fine-tuned", "plain"])
def own(request, lively, plain_folder):
    """A model of dnaviz with either classifier."""
    return lively if request.param == "fine-tuned" else load_model(plain_folder)


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
def test_positions_equal_windows_one_by_one(own, length):
    bases = random_bases(length, seed=3)
    (scores,) = own.score_positions([bases])
    assert scores.shape == (2, length)
    places = sorted({0, length // 2, length - 1, min(CHUNK, length - 1)})
    windows = np.stack([_window(bases, i) for i in places])
    np.testing.assert_allclose(scores[:, places], own.score_windows(windows).T, atol=1e-3)


def _window(bases, index):
    """The one-hot (4, 401) around a base, zeros beyond the sequence."""
    padded = np.pad(one_hot(bases).astype(np.float32), ((0, 0), (200, 200)))
    return padded[:, index : index + 401]


def test_wanted_positions_are_those_of_the_whole(own):
    sequences = [random_bases(n, seed=n) for n in (700, 90, 20)]
    wanted = [slice(300, 420), slice(0, 5), slice(None)]
    full = own.score_positions(sequences)
    parts = own.score_positions(sequences, wanted)
    for scores, part, expected in zip(parts, wanted, full, strict=True):
        np.testing.assert_allclose(scores, expected[:, part], atol=1e-4)


@pytest.mark.parametrize("width", [20, 201, 401, 402, 999])
def test_windows_are_seen_from_their_middle(own, width):
    window = one_hot(random_bases(width, seed=width)).astype(np.float32)[None]
    (scores,) = own.score_positions(["".join("ACGT"[i] for i in window[0].argmax(0))])
    np.testing.assert_allclose(own.score_windows(window)[0], scores[:, width // 2], atol=1e-3)
    module = own.site("acceptor")
    np.testing.assert_allclose(
        module(torch.from_numpy(window)).detach().numpy()[0, 0], scores[1, width // 2], atol=1e-3
    )


@pytest.mark.parametrize("shape", [(4, 20), (1, 5, 20), (1, 4, 0)])
def test_windows_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match=r"\(n, 4, w\)"):
        on_canvas(np.zeros(shape))


def test_gradients_are_those_of_the_module(own):
    windows = np.stack([one_hot(random_bases(150, seed=s)) for s in (1, 2)]).astype(np.float32)
    scores, slopes = own.gradients(windows, "donor")
    x = torch.from_numpy(windows).requires_grad_()
    values = own.site("donor")(x)
    (expected,) = torch.autograd.grad(values.sum(), x)
    np.testing.assert_allclose(scores, values.detach()[:, 0], atol=1e-3)
    np.testing.assert_allclose(slopes, expected, atol=1e-2, rtol=1e-3)
    wide = np.pad(windows, ((0, 0), (0, 0), (30, 30)))
    scores_of_wide, slopes_of_wide = own.gradients(wide, "donor")
    np.testing.assert_allclose(scores_of_wide, scores, atol=1e-3)
    np.testing.assert_allclose(slopes_of_wide[..., 30:-30], slopes, atol=1e-2, rtol=1e-3)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float64, "graph"])
def test_tensors_of_any_precision_are_taken(own, kind):
    x = one_hot(random_bases(60, seed=1)).astype(np.float32)
    graph = kind == "graph"
    tensor = torch.from_numpy(x).requires_grad_() if graph else torch.from_numpy(x).to(kind)
    network = SiteNetwork(torch.nn.Conv1d(4, 3, 5), name="small", context=2)
    for model in (own, network):
        for call in (
            model.score_windows,
            lambda windows, m=model: m.gradients(windows, "donor")[1],
        ):
            np.testing.assert_array_equal(call(tensor[None]), call(x[None]))
    why = attribute(tensor, method="input_x_gradient", model=network)
    assert why.bases == attribute(x, method="input_x_gradient", model=network).bases
    latents = np.ones((1, own.latent_dim), np.float32)
    given = torch.from_numpy(latents).to(torch.bfloat16)
    np.testing.assert_array_equal(own.decode(given, [30]), own.decode(latents, [30]))


def test_gradients_of_a_window_are_the_same_alone_and_among_others(own):
    windows = np.zeros((3, 4, 401), np.float32)  # the last has no bases: a baseline
    windows[0] = one_hot(random_bases(401, seed=1))
    windows[1, :, 190:230] = one_hot(random_bases(40, seed=2))
    _, together = own.gradients(windows, "donor")
    for window, slopes in zip(windows, together, strict=True):
        (alone,) = own.gradients(window[None], "donor")[1]
        assert alone.any()
        np.testing.assert_allclose(alone, slopes, atol=1e-4)


def test_changed_columns_are_windows_one_by_one(own):
    window = one_hot(random_bases(150, seed=4)).astype(np.float32)
    columns, to = np.array([0, 70, 75, 149]), np.eye(4, dtype=np.float32)
    mutants = np.repeat(window[None], 4, axis=0)
    mutants[np.arange(4), :, columns] = to
    changed = own.score_changes(window, columns, to)
    np.testing.assert_allclose(changed, own.score_windows(mutants), atol=1e-3)
    assert len(np.unique(changed.round(3), axis=0)) > 1


@pytest.mark.parametrize("classifier", ["shipped", "plain"])
def test_captum_on_the_site_module_gives_our_integrated_gradients(classifier, plain_folder):
    model = load_model() if classifier == "shipped" else load_model(plain_folder)
    bases = random_bases(200, seed=5)
    a = attribute(bases, model=model, position=101)
    window = site_window(bases, position=101).array[None]
    baseline = np.where(window.sum(1, keepdims=True) > 0, 0.25, 0) * np.ones_like(window)
    values = IntegratedGradients(model.site("donor")).attribute(
        torch.from_numpy(window), torch.from_numpy(baseline).float(), n_steps=256
    )
    result = values.detach().numpy().sum((0, 1))[site_window(bases, position=101).columns]
    assert np.corrcoef(result, a.contributions)[0, 1] > 0.999


def atlas_windows(n):
    """One-hot (n, 4, 200) windows around true donors."""
    atlas = load_atlas()
    rows = np.flatnonzero((atlas.obs["label"] == "donor").to_numpy())[:n]
    return torch.from_numpy(np.stack([one_hot(s) for s in atlas.sequences(rows)])).float()


def test_tangermeme_mutates_as_we_do():
    from tangermeme.saturation_mutagenesis import saturation_mutagenesis

    model, (window,) = load_model(), atlas_windows(1)
    bases = "".join("ACGT"[i] for i in window.argmax(0))
    ours = attribute(bases, method="mutagenesis", model=model)
    before, after = saturation_mutagenesis(
        model.site("donor"), window[None], device="cpu", raw_outputs=True
    )
    theirs = (after[0, :, :, 0] - before[0, 0]).numpy()
    np.testing.assert_allclose(theirs, ours.values, atol=1e-3)
    assert abs(theirs).max() > 1
    # Theirs is the gain over the mean of all four bases, ours over that of the other three.
    ours = attribute(bases, method="mutagenesis", model=model, hypothetical=True)
    theirs = saturation_mutagenesis(
        model.site("donor"), window[None], device="cpu", hypothetical=True
    )[0].numpy()
    np.testing.assert_allclose(theirs * 4 / 3, ours.values, atol=1e-3)


@pytest.mark.parametrize("classifier", ["shipped", "plain"])
@pytest.mark.parametrize("site", ["donor", "acceptor"])
def test_deep_lift_shap_of_the_site_module_adds_up(classifier, site, plain_folder):
    from captum.attr import DeepLiftShap
    from tangermeme.deep_lift_shap import deep_lift_shap

    model = load_model() if classifier == "shipped" else load_model(plain_folder)
    module, windows = model.site(site), atlas_windows(2)
    hypothetical, references = deep_lift_shap(
        module, windows, n_shuffles=5, random_state=0, return_references=True, device="cpu",
        hypothetical=True,
    )  # fmt: skip
    theirs = (hypothetical * windows).detach().sum((1, 2))
    explainer = DeepLiftShap(module)
    for window, shuffles, total in zip(windows, references, theirs, strict=True):
        with torch.no_grad():
            gap = float(module(window[None])) - float(module(shuffles).mean())
        assert float(total) == pytest.approx(gap, rel=0.01, abs=1e-4)
        by_captum = explainer.attribute(window[None], baselines=shuffles)
        assert float(by_captum.detach().sum()) == pytest.approx(gap, rel=0.01, abs=1e-4)
        assert abs(gap) > 0.1 or classifier == "plain"


def test_a_plain_classifier_scores_sites_and_leaves_latents_alone(plain_folder):
    model, shipped = load_model(plain_folder), load_model()
    bases = random_bases(250, seed=6)
    for space in SPACES:
        np.testing.assert_array_equal(
            model.encode(bases, space=space), shipped.encode(bases, space=space)
        )
    assert (
        model.reconstruct(bases)[0].reconstruction == shipped.reconstruct(bases)[0].reconstruction
    )
    assert model.ood_score(bases) == shipped.ood_score(bases)
    np.testing.assert_array_equal(
        model.classify(bases, head="frozen"), shipped.classify(bases, head="frozen")
    )
    expected = probabilities(model.score_positions([bases])[0][:, len(bases) // 2])
    np.testing.assert_allclose(model.classify(bases)[0, 1:], expected, atol=1e-4)
    load_atlas().check_model(model)
    assert len({model.sha256, shipped.sha256, model.classifier_sha256}) == 3
    assert method_checks("integrated_gradients", "uniform", shipped)
    assert not method_checks("integrated_gradients", "uniform", model)  # measured of other weights


def test_commands_and_servers_take_a_plain_classifier(plain_folder, tmp_path, capsys):
    bases = random_bases(300, seed=7)
    (tmp_path / "in.fa").write_text(f">s\n{bases}\n")
    model = load_model(plain_folder)
    words = ["scan", str(tmp_path / "in.fa"), "--threshold", "0.01", "--strand", "+"]
    assert main([*words, "--model", str(plain_folder)]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()[1:]]
    expected = probabilities(model.score_positions([bases])[0])
    assert len(rows) == (expected >= 0.01).sum() > 0
    other = "A" if bases[149] != "A" else "C"
    row = f"v\t{bases}\t150\t{bases[149]}\t{other}\n"
    (tmp_path / "in.tsv").write_text("id\tsequence\tposition\tref\talt\n" + row)
    words = ["variants", str(tmp_path / "in.tsv"), "--model", str(plain_folder)]
    assert main([*words, "-o", str(tmp_path / "out.tsv")]) == 0
    assert (tmp_path / "out.tsv").read_text().count("\nv\t") == 1
    check_inputs({"DNAVIZ_MODEL": str(plain_folder)})


@pytest.mark.parametrize("name", ["autoencoder", "splice", "familiarity"])
def test_a_folder_that_holds_a_part_of_a_model_is_not_completed(plain_folder, tmp_path, name):
    for path in [*plain_folder.iterdir(), *ASSETS.glob(f"{name}.*")]:
        shutil.copy(path, tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        load_model(tmp_path)


def test_tools_that_set_a_mode_of_training_leave_the_model_as_it_is(untrained):
    window = one_hot("ACGTTGCA" * 50)[None]
    before = untrained.score_windows(window)
    module = untrained.site("donor")
    assert not module.training
    module.train()  # as tangermeme does, to put back the mode it found
    np.testing.assert_array_equal(untrained.score_windows(window), before)
    assert float(module(torch.from_numpy(window))) == pytest.approx(before[0, 0], abs=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        lambda scores: scores.T,
        lambda scores: scores[:1],
        lambda scores: scores[:, :1],
        lambda scores: np.vstack([scores, scores[:1]]),
        lambda scores: scores * np.nan,
        lambda scores: torch.tensor(scores, requires_grad=True),
    ],
    ids=["turned", "one row", "one column", "three classes", "NaN", "tensor of a graph"],
)
def test_scores_that_are_not_as_asked_for_are_refused(monkeypatch, change):
    model, text = SmallCNN(), random_bases(300)
    positions, windows, slopes = model.score_positions, model.score_windows, model.gradients
    monkeypatch.setattr(
        model, "score_positions", lambda *given: list(map(change, positions(*given)))
    )
    chunk = Chunk("record", 0, 300, text, 0)
    for ask in (
        lambda: scan(text, model),
        lambda: score_chunk(model, chunk, 0.5, "both"),
        lambda: splice_effect(text, "150del", model=model),
    ):
        with pytest.raises(InputError, match="small CNN gave"):
            ask()
    monkeypatch.setattr(model, "score_windows", lambda x: change(windows(x)))
    for method in ("occlusion", "mutagenesis"):
        with pytest.raises(InputError, match="small CNN gave"):
            attribute(text, position=150, method=method, model=model)
    monkeypatch.setattr(model, "score_windows", windows)
    monkeypatch.setattr(model, "gradients", lambda *given: (slopes(*given)[0] * np.nan, given[0]))
    with pytest.raises(InputError, match="small CNN gave log-odds of a donor that are no numbers"):
        attribute(text, position=150, model=model)


def test_no_probability_is_below_0_where_donor_and_acceptor_are_scored_apart(monkeypatch):
    model, text = SmallCNN(), random_bases(60)
    monkeypatch.setattr(model, "score_windows", lambda x: np.full((len(x), 2), 2.0, np.float32))
    rows = label_probabilities(model, [text])
    np.testing.assert_allclose(rows, [[0, 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-2))]], atol=1e-6)
    shift = latent_shift(model, Sequence(text), Sequence(text), [])
    np.testing.assert_allclose(shift.probabilities, rows.repeat(2, axis=0), atol=1e-6)


def test_probabilities_are_not_taken_for_log_odds(monkeypatch):
    model, text = SmallCNN(), random_bases(300)
    positions = model.score_positions
    monkeypatch.setattr(
        model,
        "score_positions",
        lambda *given: [probabilities(scores) for scores in positions(*given)],
    )
    for ask in (lambda: scan(text, model), lambda: splice_effect(text, "150del", model=model)):
        with pytest.raises(InputError, match="numbers from 0 to 1 for every base"):
            ask()
    monkeypatch.setattr(model, "score_positions", positions)
    assert scan(text, model).sites


def test_scores_of_too_few_sequences_and_without_a_context_are_refused(monkeypatch):
    model, text = SmallCNN(), random_bases(300)
    positions = model.score_positions
    monkeypatch.setattr(model, "score_positions", lambda *given: positions(*given)[:1])
    with pytest.raises(InputError, match="1 arrays of log-odds of bases, not 2"):
        scan(text, model)
    monkeypatch.delattr(SmallCNN, "context")
    for context in (None, 10.0, -1):
        if context is not None:
            monkeypatch.setattr(model, "context", context, raising=False)
        for ask in (splice_effect, scan, attribute):
            with pytest.raises(InputError, match="no whole number from 0 as its context"):
                ask(text, *(["150del"] if ask is splice_effect else []), model=model)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.T,
        lambda p: p[:, :-1],
        lambda p: np.vstack([p, p[:1]]),
        lambda p: p * np.nan,
        np.log,
    ],
    ids=["turned", "too short", "five rows", "NaN", "logits"],
)
def test_decoded_bases_that_are_not_as_asked_for_are_refused(monkeypatch, change):
    model, text = SmallDecoder(), random_bases(2_400)
    decode = model.decode
    monkeypatch.setattr(model, "decode", lambda *given: list(map(change, decode(*given))))
    with pytest.raises(InputError, match="small decoder gave probabilities of bases"):
        reconstruct(model, [Sequence(text)])
    with pytest.raises(InputError, match="small decoder gave probabilities of bases"):
        interpolate(model, text[:200], text[200:400])


@pytest.mark.parametrize(
    "words",
    [
        "scan {genome} --region chr1:100-900 -o {out}.bed.gz",
        "browse {genome} chr1:100-900 -o {out}.html",
        "attribute {genome} --region chr1:100-900 -o {out}.bedgraph",
        "reconstruct {genome} -o {out}.tsv",
    ],
)
def test_commands_say_what_a_model_lacks(tmp_path, capsys, words):
    pytest.importorskip("pysam")
    genome = tmp_path / "genome.fa"
    genome.write_text(f">chr1\n{random_bases(1_000)}\n")
    factory = f"{Path(foreign_models.__file__)}:KmerEncoder"
    given = words.format(genome=genome, out=tmp_path / "out").split()
    assert main([*given, "--model", factory]) == 2
    assert capsys.readouterr().err.startswith("The model 50 trinucleotides has no ")
    assert [path.name for path in tmp_path.iterdir()] == ["genome.fa"]


def test_reconstruct_takes_a_decoder_of_ones_own(tmp_path, capsys):
    records = tmp_path / "in.fa"
    records.write_text(f">a\n{random_bases(200)}\n")
    factory = f"{Path(foreign_models.__file__)}:SmallDecoder"
    assert main(["reconstruct", str(records), "--model", factory]) == 0
    row = capsys.readouterr().out.splitlines()[1].split("\t")
    (result,) = reconstruct(SmallDecoder(), [Sequence(random_bases(200))])
    assert row[3] == result.reconstruction
