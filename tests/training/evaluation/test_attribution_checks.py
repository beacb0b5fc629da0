"""The checks of explanations see what they are meant to see."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from dnaviz import load_atlas, load_model
from dnaviz.atlas import Atlas
from dnaviz.attribution import attribute, checks, measures
from dnaviz.attribution.checks import BARS, Check, method_checks
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome.consensus import MOTIF_EXTENT, consensus
from dnaviz.sequences import one_hot
from dnaviz.training.evaluation import attribution_checks


def true_site(site, rng, model, contributions):
    """A window of 200 with a consensus site in the middle, with made-up contributions."""
    frequencies = consensus().frequencies[site]
    motif = "".join("ACGT"[rng.choice(4, p=column / column.sum())] for column in frequencies.T)
    before = MOTIF_EXTENT[site][0] if site == "donor" else MOTIF_EXTENT[site][0] - 1
    bases = "".join(rng.choice(list("ACGT"), 200))
    bases = bases[: 100 - before] + motif + bases[100 - before + len(motif) :]
    a = attribute(bases, site=site, method="input_x_gradient", model=model)
    return a._replace(contributions=contributions(bases, before, len(motif)))


@pytest.mark.parametrize("site", ["donor", "acceptor"])
def test_contributions_of_the_consensus_correlate_with_it(lively, site):
    rng = np.random.default_rng(0)
    weights = consensus().weights(site)

    def by_consensus(bases, before, width):
        values = rng.normal(0, 0.1, 200)
        place = slice(100 - before, 100 - before + width)
        values[place] += (one_hot(bases[place]) * weights).sum(0)
        return values

    def by_chance(bases, before, width):
        return rng.normal(0, 1, 200)

    right = [true_site(site, rng, lively, by_consensus) for _ in range(12)]
    wrong = [true_site(site, rng, lively, by_chance) for _ in range(12)]
    assert attribution_checks.consensus_correlation(right) > 0.95
    assert abs(attribution_checks.consensus_correlation(wrong)) < 0.5


def test_deleting_what_matters_lowers_the_probability_more():
    model, atlas = load_model(), load_atlas()
    message = []
    for row in np.flatnonzero(atlas.obs["label"] == "donor"):
        a = attribute(str(atlas.sequences([row])[0]), method="occlusion", model=model)
        if a.probability > 0.5:
            message.append(a)
        if len(message) == 6:
            break
    assert measures.deletion_ratio(model, message) > 2
    backwards = [a._replace(contributions=-a.contributions) for a in message]
    assert measures.deletion_ratio(model, backwards) < 1


def test_the_same_network_is_not_unlike_itself(lively):
    bases = "".join(np.random.default_rng(2).choice(list("ACGT"), 120))
    a = attribute(bases, method="input_x_gradient", model=lively)
    assert measures.random_similarity(lively, [a]) == pytest.approx(1)


def test_random_weights_are_of_a_network_of_the_same_kind(lively, plain_folder):
    windows = np.eye(4, dtype=np.float32)[np.random.default_rng(3).integers(0, 4, (5, 60))]
    windows = windows.transpose(0, 2, 1)
    for model in (lively, load_model(plain_folder)):
        before = model.score_windows(windows)
        random = measures.randomized(model, seed=1)
        assert type(random.splice) is type(model.splice)
        assert not np.allclose(random.score_windows(windows), before, atol=0.1)
        np.testing.assert_array_equal(model.score_windows(windows), before)


def test_figures_are_shown_for_the_weights_they_are_true_of(lively, tmp_path, monkeypatch):
    monkeypatch.setattr(lively, "config", {"splice": {"weights_sha256": "abc"}})
    result = [
        Check("implant", "occlusion", "zeros", 0.5, 10),
        Check("deletion", "mutagenesis", "uniform", 7.0, 10),
    ]
    attribution_checks.write_checks(result, lively, "dnaviz explanations", tmp_path)
    entry = json.loads((tmp_path / "explanations.json").read_text())
    monkeypatch.setattr(checks, "_shipped", lambda: entry)
    assert method_checks("occlusion", "zeros", lively) == result[:1]
    assert method_checks("occlusion", "uniform", lively) == []
    assert method_checks("mutagenesis", "zeros", lively) == result[1:]
    assert not result[0].passed
    assert "50.0% (at least 95.0% wanted)" in result[0].words
    other = SimpleNamespace(classifier_sha256="other")
    assert method_checks("occlusion", "zeros", other) == []


def test_an_atlas_without_labels_or_sequences(synthetic_adata):
    del synthetic_adata.obs["label"]
    with pytest.raises(InputError, match="no column 'label'"):
        attribution_checks.draw(Atlas(synthetic_adata), 5, 5)
    del synthetic_adata.obsm["sequence"]
    with pytest.raises(InputError, match="no sequences"):
        attribution_checks.draw(Atlas(synthetic_adata), 5, 5)


@pytest.mark.parametrize("what", BARS)
def test_every_figure_has_words(what):
    bar = BARS[what]
    assert "wanted" in Check(what, "m", "b", bar.bar, 5).words
    assert Check(what, "m", "b", bar.bar, 5).passed
    assert not Check(what, "m", "b", bar.bar + (-0.1 if bar.least else 0.1), 5).passed


def test_the_command_prints_every_figure(lively, synthetic_adata, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: lively)
    monkeypatch.setattr(
        attribution_checks,
        "METHOD_BASELINES",
        [("input_x_gradient", "uniform"), ("occlusion", "zeros")],
    )
    path = tmp_path / "atlas.h5ad"
    synthetic_adata.write_h5ad(path)
    words = ["--sites", "5", "--windows", "5", "--implants", "5", "--atlas", str(path)]
    assert main(["explanations", *words, "-o", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    written = json.loads((tmp_path / "explanations.json").read_text())["checks"]
    assert len(lines) == len(written) + 1 == 11
    assert {c["what"] for c in written} == set(BARS) - {"completeness"}
