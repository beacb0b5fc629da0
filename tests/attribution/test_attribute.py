import importlib
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch
from helpers.foreign_models import SmallCNN
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.attribution import (
    BASELINES,
    METHODS,
    attribute,
    dinucleotide_shuffle,
    mutagenesis,
    site_window,
)
from dnaviz.errors import InputError
from dnaviz.models import CONTEXT, LABELS
from dnaviz.sequences import Sequence, one_hot, reverse_complement
from dnaviz.splicing.scan import scan


def random_bases(length, seed=0, letters="ACGT"):
    return "".join(np.random.default_rng(seed).choice(list(letters), length))


def site_log_odds(model, array, site):
    """The explained score, written out: ln(p / (1 - p)) by the scan's own pass."""
    p = model.splice(torch.from_numpy(array)[None]).softmax(1)[0, LABELS.index(site), 0]
    return float(torch.log(p / (1 - p)))


# Windows


@pytest.mark.parametrize("position", [1, 50, 260, 700])
def test_a_window_holds_the_site_in_the_middle(position):
    bases = random_bases(700)
    window = site_window(bases, position=position, strand="+")
    assert window.array.shape == (4, 2 * CONTEXT + 1)
    assert window.array[:, CONTEXT].argmax() == "ACGT".index(bases[position - 1])
    inside = window.array[:, window.columns]
    np.testing.assert_array_equal(inside, one_hot(window.bases))
    assert window.array.sum() == inside.sum()
    assert [bases[p - 1] for p in window.positions] == list(window.bases)
    assert window.positions[window.offsets == 0] == position


@pytest.mark.parametrize("position", [1, 50, 260, 700])
def test_a_window_of_the_other_strand_is_that_of_the_reverse_complement(position):
    bases = random_bases(700)
    minus = site_window(bases, position=position, strand="-")
    plus = site_window(reverse_complement(bases), position=701 - position, strand="+")
    np.testing.assert_array_equal(minus.array, plus.array)
    np.testing.assert_array_equal(minus.positions, 701 - plus.positions)
    np.testing.assert_array_equal(minus.offsets, plus.offsets)


@pytest.mark.parametrize("length", [40, 41])
@pytest.mark.parametrize("strand", ["+", "-"])
def test_window_center_equals_model_center(lively, length, strand):
    bases = random_bases(length, seed=8)
    sense = bases if strand == "+" else reverse_complement(bases)
    result = attribute(
        bases, site="acceptor", strand=strand, method="input_x_gradient", model=lively
    )
    assert result.probability == pytest.approx(lively.classify([sense])[0, 2], abs=1e-5)


def test_a_centered_stretch_is_filled_up_with_n():
    window = site_window("G" + "A" * 30, position=1)
    assert window.centered(10) == "NNNNNGAAAA"
    window = site_window("A" * 30 + "G", position=31)
    assert window.centered(10) == "AAAAAGNNNN"
    bases = random_bases(900)
    assert site_window(bases, position=401).centered(200) == bases[300:500]


# Attribution


@pytest.fixture
def smooth():
    """A model without corners: few steps are enough."""
    return SmallCNN()


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize(("strand", "site"), [("+", "donor"), ("-", "acceptor")])
def test_integrated_gradients_add_up_to_the_score(smooth, baseline, strand, site):
    bases = random_bases(150, seed=2)
    a = attribute(bases, site=site, position=60, strand=strand, baseline=baseline, model=smooth)
    gap = a.score - a.baseline_score
    assert abs(gap) > 0.01
    assert a.converged
    assert abs(a.contributions.sum() - gap) <= 0.01 * abs(gap)
    assert a.delta == pytest.approx(a.contributions.sum() - gap, abs=1e-5)
    assert a.relative_delta == pytest.approx(abs(a.delta) / abs(gap), rel=1e-2, abs=1e-5)
    np.testing.assert_allclose(a.values.sum(0), a.contributions, atol=1e-6)
    assert a.verdict.startswith("Explanation complete")


def test_score_and_probability_equal_the_scan(lively):
    bases = random_bases(300, seed=3)
    result = scan(bases, lively)
    for strand in "+-":
        for row, site in enumerate(("donor", "acceptor")):
            a = attribute(
                bases,
                site=site,
                position=77,
                strand=strand,
                method="input_x_gradient",
                model=lively,
            )
            p = result.probabilities[strand][row, 76]
            assert a.probability == pytest.approx(p, abs=1e-5)
            assert a.score == pytest.approx(np.log(p / (1 - p)), abs=1e-3)


def test_columns_are_the_bases_of_the_strand(smooth):
    bases = random_bases(120, seed=4)
    a = attribute(bases, position=40, strand="-", model=smooth)
    assert a.values.shape == (4, 51)
    assert a.bases == reverse_complement(bases[14:65])
    complement = dict(zip("ACGT", "TGCA", strict=True))
    assert [complement[bases[p - 1]] for p in a.positions] == list(a.bases)
    assert a.positions[a.offsets == 0] == 40


def test_more_steps_are_taken_until_it_converges_or_a_cap_is_met(smooth, monkeypatch):
    module = importlib.import_module("dnaviz.attribution.integrate")
    monkeypatch.setattr(module, "FIRST_STEPS", 1)
    enough = attribute(random_bases(300, seed=5), model=smooth)
    assert enough.steps > 1
    assert enough.converged
    monkeypatch.setattr(module, "MOST_STEPS", 1)
    capped = attribute(random_bases(300, seed=5), model=smooth)
    assert capped.steps == 1
    assert not capped.converged
    assert capped.relative_delta > 0.01
    assert capped.verdict.startswith("Explanation incomplete")
    assert "after 1 steps" in capped.verdict


@pytest.mark.slow
def test_errors_that_cancel_in_the_sum_are_not_let_stand(lively):
    """Bases are near those of very many steps, and not only their sum."""
    bases = random_bases(90, seed=2)
    for position, site in ((20, "donor"), (45, "acceptor"), (70, "donor")):
        a = attribute(bases, position=position, site=site, model=lively)
        window = site_window(bases, position=position, site=site)
        blank = np.where(window.array.sum(0), 0.25, 0).astype(np.float32)
        blank = np.broadcast_to(blank, window.array.shape)
        ways = (np.arange(2_000) + 0.5) / 2_000
        points = np.stack([blank + w * (window.array - blank) for w in ways]).astype(np.float32)
        slopes = lively.gradients(points, site)[1].mean(0)
        exact = (slopes * (window.array - blank)).sum(0)[window.columns]
        assert np.abs(a.contributions - exact).sum() < 0.04 * np.abs(exact).sum()


def test_input_x_gradient_is_the_gradient_at_the_input(lively):
    bases = random_bases(90, seed=6)
    a = attribute(bases, method="input_x_gradient", position=30, model=lively)
    window = site_window(bases, position=30)
    x = torch.from_numpy(window.array)[None].requires_grad_()
    p = lively.splice(x).softmax(1)[0, LABELS.index("donor"), 0]
    torch.log(p / (1 - p)).backward()
    expected = (x.grad[0] * x[0]).detach().numpy()[:, window.columns]
    np.testing.assert_allclose(a.values, expected, atol=1e-4)


@pytest.mark.parametrize("baseline", ["uniform", "zeros"])
def test_occlusion_equals_brute_force(lively, baseline):
    bases = random_bases(50, seed=7)
    a = attribute(bases, method="occlusion", baseline=baseline, position=20, model=lively)
    window = site_window(bases, position=20)
    full = site_log_odds(lively, window.array, "donor")
    for column in (0, 7, 19, 33, 49):
        occluded = window.array.copy()
        occluded[:, window.columns.start + column] = 0.25 if baseline == "uniform" else 0
        expected = full - site_log_odds(lively, occluded, "donor")
        assert a.contributions[column] == pytest.approx(expected, abs=1e-4)


def test_mutagenesis_as_attribution_is_the_mean_loss(lively):
    bases = random_bases(60, seed=9)
    a = attribute(bases, method="mutagenesis", site="acceptor", position=25, model=lively)
    full = site_log_odds(lively, site_window(bases, position=25).array, "acceptor")
    column, losses = 31, []
    for row, base in enumerate("ACGT"):
        mutant = bases[:column] + base + bases[column + 1 :]
        change = site_log_odds(lively, site_window(mutant, position=25).array, "acceptor") - full
        assert a.values[row, column] == pytest.approx(change, abs=1e-4)
        losses.append(-change)
    assert a.contributions[column] == pytest.approx(sum(losses) / 3, abs=1e-4)


def test_a_base_that_is_not_known_counts_by_the_mean_of_all_four(lively):
    bases = random_bases(40, seed=13)
    unknown = f"{bases[:20]}N{bases[21:]}"
    a = attribute(unknown, method="mutagenesis", position=10, model=lively)
    m = mutagenesis(unknown, position=10, model=lively)
    assert a.contributions[20] == pytest.approx(-a.values[:, 20].mean(), abs=1e-6)
    assert a.contributions[19] == pytest.approx(-a.values[:, 19].sum() / 3, abs=1e-6)
    assert m.values.shape == a.values.shape


@pytest.mark.parametrize("method", METHODS)
def test_every_method_reports_its_delta_in_words(smooth, method):
    a = attribute(random_bases(60), method=method, model=smooth)
    gap = a.score - a.baseline_score
    assert a.delta == pytest.approx(float(a.contributions.sum()) - gap, abs=1e-4)
    assert a.converged == (a.relative_delta <= 0.01)
    assert f"{a.delta:+.3g}" in a.verdict


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bases", ["A" * 60, "N" * 60, "R" * 60])
def test_a_sequence_like_its_baseline_is_told_to_have_no_difference(smooth, method, bases):
    a = attribute(bases, method=method, baseline="shuffles", model=smooth)
    assert a.score == pytest.approx(a.baseline_score, abs=1e-6)
    assert "no difference to explain" in a.verdict
    assert "%" not in a.verdict


def test_shuffled_baselines_are_seeded(smooth):
    bases = random_bases(80)
    one, two, other = (
        attribute(bases, baseline="shuffles", model=smooth, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.values, two.values)
    assert not np.allclose(one.values, other.values)


def test_unknown_bases_are_explained_too(lively):
    a = attribute("N" * 40 + random_bases(60), position=50, method="occlusion", model=lively)
    assert np.isfinite(a.values).all()
    np.testing.assert_allclose(a.contributions[:40], 0, atol=1e-4)
    # Nothing known at all: nothing to explain, and that adds up.
    a = attribute("N" * 60, model=lively)
    assert a.converged
    assert a.delta == pytest.approx(0, abs=1e-5)


def test_tables_have_a_row_for_each_base(smooth):
    a = attribute(random_bases(60), position=10, strand="-", model=smooth)
    table = a.table()
    assert list(table) == ["position", "offset", "base", "contribution", "A", "C", "G", "T"]
    assert len(table) == len(a.bases) == 10 + 25
    assert table.loc[table["offset"] == 0, "position"].item() == 10


@pytest.mark.parametrize("call", [attribute, mutagenesis])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"position": 0}, "outside the sequence"),
        ({"position": 31}, r"1 to 30"),
        ({"position": 2.5}, "whole number"),
        ({"position": True}, "whole number"),
        ({"site": "branch"}, "donor"),
        ({"strand": "both"}, "strand"),
    ],
)
def test_bad_input_is_one_sentence(lively, call, arguments, words):
    with pytest.raises(InputError, match=words) as error:
        call("A" * 30, model=lively, **arguments)
    assert "\n" not in str(error.value)


def test_unknown_methods_and_baselines_are_named(lively):
    with pytest.raises(InputError, match=r'"magic".*integrated_gradients'):
        attribute("A" * 30, method="magic", model=lively)
    with pytest.raises(InputError, match=r'"none".*uniform'):
        attribute("A" * 30, baseline="none", model=lively)
    with pytest.raises(InputError, match="no method"):
        attribute("A" * 30, method=["occlusion"], model=lively)


@pytest.mark.parametrize("value", [-1, 1.5, "3", None, True])
def test_what_is_no_seed_and_no_flank_is_refused(smooth, value):
    with pytest.raises(InputError, match="The seed is a whole number from 0, not"):
        attribute("ACGT" * 10, baseline="shuffles", model=smooth, seed=value)
    if value is not None:
        with pytest.raises(InputError, match="The flank is a whole number from 0, not"):
            mutagenesis("ACGT" * 10, model=smooth, flank=value)


# Mutagenesis


@pytest.mark.parametrize(("strand", "site"), [("+", "donor"), ("-", "acceptor")])
def test_mutagenesis_equals_brute_force(lively, strand, site):
    bases = random_bases(300, seed=11)
    m = mutagenesis(bases, site=site, position=140, strand=strand, model=lively)
    assert m.values.shape == (4, len(m.bases))
    assert abs(m.values).max() > 0.01
    row = ("donor", "acceptor").index(site)
    complement = dict(zip("ACGT", "TGCA", strict=True))
    for column in (0, 30, 159, 160, 161, 200, len(m.bases) - 1):
        position = m.positions[column]
        for alt in "ACGT":
            forward = alt if strand == "+" else complement[alt]
            mutant = bases[: position - 1] + forward + bases[position:]
            p = scan(mutant, lively, strand=strand).probabilities[strand][row, 139]
            change = m.values["ACGT".index(alt), column]
            assert change == pytest.approx(p - m.probability, abs=3e-5)


def test_mutagenesis_can_be_limited_to_a_flank(lively):
    bases = random_bases(120, seed=12)
    full = mutagenesis(bases, position=50, model=lively)
    near = mutagenesis(bases, position=50, flank=7, model=lively)
    assert list(near.offsets) == list(range(-7, 8))
    inside = abs(full.offsets) <= 7
    np.testing.assert_allclose(near.values, full.values[:, inside], atol=1e-6)
    with pytest.raises(InputError, match="flank"):
        mutagenesis(bases, flank=-1, model=lively)


def test_mutations_at_unknown_bases_are_all_four(lively):
    bases = random_bases(40, seed=13)
    m = mutagenesis(bases[:20] + "N" + bases[21:], position=10, model=lively)
    assert (m.values[:, 20] != 0).all()
    assert ((m.values == 0).sum(0)[:20] >= 1).all()


def test_mutations_table(lively):
    m = mutagenesis(Sequence(random_bases(30), "x"), position=4, model=lively)
    table = m.table()
    assert len(table) == 90
    assert (table["ref"] != table["alt"]).all()
    np.testing.assert_allclose(table["probability"] - table["change"], m.probability, atol=1e-6)


# Shuffles


@given(st.text("ACGTN", min_size=1, max_size=80), st.integers(0, 1000))
def test_shuffles_keep_every_dinucleotide(bases, seed):
    shuffled = dinucleotide_shuffle(bases, np.random.default_rng(seed))
    assert Counter(pairwise(shuffled)) == Counter(pairwise(bases))
    assert (shuffled[0], shuffled[-1]) == (bases[0], bases[-1])


def test_shuffles_reach_every_arrangement_equally_often():
    generator = np.random.default_rng(0)
    seen = Counter(dinucleotide_shuffle("ACAGATA", generator) for _ in range(3_000))
    # A's three excursions (C, G, T) in any order.
    assert len(seen) == 6
    assert min(seen.values()) > 420


# Hypothetical contributions


@pytest.mark.parametrize("method", ["integrated_gradients", "input_x_gradient", "mutagenesis"])
@pytest.mark.parametrize("steepness", [1, 8])
def test_hypothetical_contributions_of_the_bases_there_are_the_contributions(method, steepness):
    model, bases = SmallCNN(), random_bases(90, seed=11)
    model.weight = model.weight * steepness
    plain = attribute(bases, method=method, position=40, model=model)
    result = attribute(bases, method=method, position=40, model=model, hypothetical=True)
    there = one_hot(result.bases) == 1
    np.testing.assert_allclose(result.values.T[there.T], plain.contributions, atol=1e-5)
    np.testing.assert_allclose(result.contributions, plain.contributions, atol=1e-5)
    assert result.delta == pytest.approx(plain.delta, abs=1e-4)
    assert (np.abs(result.values)[~there] > 1e-3).mean() > 0.9


def test_hypothetical_contributions_are_the_gain_over_the_baseline_along_the_path():
    model, bases = SmallCNN(), random_bases(90, seed=12)
    result = attribute(bases, position=40, model=model, hypothetical=True)
    window = site_window(bases, position=40, context=model.context)
    x = window.array
    baseline = np.where(x.sum(0) > 0, 0.25, 0) * np.ones_like(x)
    alphas = (np.arange(2_000) + 0.5) / 2_000
    points = (baseline + alphas[:, None, None] * (x - baseline)).astype(np.float32)
    slope = model.gradients(points, "donor")[1].mean(0)
    expected = (slope - slope.mean(0))[:, window.columns]
    np.testing.assert_allclose(result.values, expected, atol=0.02 * abs(expected).max())


def test_occlusion_has_no_hypothetical_contributions():
    with pytest.raises(InputError, match="choose another method"):
        attribute(random_bases(60), method="occlusion", model=SmallCNN(), hypothetical=True)
