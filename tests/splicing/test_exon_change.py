"""What becomes of an exon: one number without an edge."""

from itertools import pairwise

import numpy as np
import pytest
from helpers.hbb import RECORD, TRANSCRIPT
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.genome.examples import worked_examples
from dnaviz.models import load_model
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.exon_change import (
    FLOOR,
    MOST_WEAK,
    NO_EXON,
    NONE,
    STRONG,
    ExonChange,
    exon_change,
)
from dnaviz.splicing.variant_effect import splice_effects
from dnaviz.splicing.variants import parse_variants

LENGTH = 300


def made(sites, changes=None, strand="+"):
    """Arguments of `exon_change`: log-odds by (row, 1-based position), the rest certainly none."""
    before = np.full((2, LENGTH), -12.0)
    for (row, position), value in sites.items():
        before[row, position - 1] = value
    after = before.copy()
    for (row, position), value in (changes or {}).items():
        after[row, position - 1] = value
    return np.arange(1, LENGTH + 1), before, after, strand


EXON = {(1, 100): 3.0, (0, 181): 1.0}


def test_loss_and_weakness_of_a_known_exon():
    result = exon_change(*made(EXON, {(0, 181): -1.5, (1, 100): 3.5}), [(101, 180)])
    assert result.exon == (101, 180)
    assert result.known
    assert result.loss == pytest.approx(2.5 - 0.5)
    assert result.weakness == STRONG - 1.0


def test_an_exon_of_the_other_strand_is_its_mirror():
    changes = {(1, 100): 1.0}
    sense = exon_change(*made(EXON, changes))

    def turned(sites):
        return {(row, LENGTH + 1 - position): value for (row, position), value in sites.items()}

    other = exon_change(*made(turned(EXON), turned(changes), "-"))
    assert other.exon == (LENGTH + 1 - 180, LENGTH + 1 - 101)
    assert other[2:] == pytest.approx(sense[2:])
    known = exon_change(*made(turned(EXON), turned(changes), "-"), [other.exon])
    assert known.loss == pytest.approx(2.0)


@pytest.mark.parametrize("strand", "+-")
def test_an_end_of_a_transcript_is_no_weak_site(strand):
    """Nothing is spliced before a first exon: its donor alone counts."""
    turn = (lambda p: p) if strand == "+" else (lambda p: LENGTH + 1 - p)
    arguments = made({(0, turn(181)): 3.0}, {(0, turn(181)): 1.0}, strand)
    ends = sorted((turn(101), turn(180)))
    first = exon_change(*arguments, [(*ends, strand == "-", strand == "+")])
    assert (first.exon, first.known) == (tuple(ends), True)
    assert (first.loss, first.weakness) == pytest.approx((2.0, 0.0))
    internal = exon_change(*arguments, [tuple(ends)])
    assert internal.weakness == MOST_WEAK
    alone = exon_change(*arguments, [(*ends, False, False)])
    assert (alone.exon, alone.known, alone.loss, alone.weakness) == ((0, 0), True, 0.0, 0.0)


def test_a_strong_pair_is_found_and_counts_as_if_it_were_known():
    arguments = made({(1, 100): 5.0, (0, 181): 4.0, (0, 250): -4.0}, {(0, 181): -8.0})
    result, known = exon_change(*arguments), exon_change(*arguments, [(101, 180)])
    assert result.exon == known.exon
    assert not result.known
    assert result[2:] == pytest.approx(known[2:], abs=0.01)


def test_of_several_known_exons_the_one_at_risk_is_told():
    sites = {(1, 20): 3.0, (0, 81): 3.0, (1, 200): 3.0, (0, 261): 3.0}
    result = exon_change(*made(sites, {(1, 200): 0.0}), [(21, 80), (201, 260)])
    assert result.exon == (201, 260)
    # A site out of reach loses nothing, and does not count.
    half = exon_change(*made(sites, {(1, 200): 0.0}), [(201, 900)])
    assert half.loss == 3.0
    assert exon_change(*made(sites), [(900, 990)]) == NONE._replace(known=True)


def test_where_nothing_is_a_site_there_is_no_exon_and_little_risk():
    result = exon_change(*made({}))
    assert result == NONE
    assert result.risk < 0.1
    weak = exon_change(*made({(1, 100): -5.0, (0, 181): -5.0}))
    assert weak.exon == (0, 0)
    assert weak.risk == pytest.approx(NONE.risk, abs=0.02)


def test_an_exon_that_loses_nothing_does_not_hide_one_that_does():
    sites = {(1, 10): 4.0, (0, 61): 4.0, (1, 200): 4.0, (0, 261): 4.0}
    result = exon_change(*made(sites, {(0, 261): -2.0}))
    assert result.exon == (201, 260)
    assert result.loss > 4


def test_a_lost_base_counts_as_no_site_and_not_as_infinitely_much():
    arguments = made(EXON, {(0, 181): -np.inf})
    assert exon_change(*arguments, [(101, 180)]).loss == 1.0 - FLOOR


@given(st.floats(-6, 6), st.floats(-6, 6), st.floats(0, 10))
def test_more_loss_is_more_risk_and_a_weak_exon_has_more(acceptor, donor, loss):
    sites = {(1, 100): acceptor, (0, 181): donor}

    def risk(sites, loss):
        changes = {(1, 100): sites[1, 100] - loss}
        return exon_change(*made(sites, changes), [(101, 180)]).risk

    assert risk(sites, loss + 0.5) >= risk(sites, loss)
    weaker = {key: value - 1 for key, value in sites.items()}
    assert risk(weaker, 0) >= risk(sites, 0)
    assert 0 < risk(sites, loss) < 1


def test_risk_without_a_change_is_that_of_the_exon():
    change = ExonChange((1, 2), True, 4.0, 3.0)
    assert change.risk_without == change._replace(loss=0.0).risk < change.risk


@given(st.floats(-7, 0))
def test_a_pair_comes_in_without_a_jump(value):
    """Two sites together as likely as none: a little more or less of them changes little."""
    risks = [
        exon_change(*made({(1, 100): value + more, (0, 181): NO_EXON - value}, {(1, 100): -9})).risk
        for more in (-0.01, 0.01)
    ]
    assert abs(risks[1] - risks[0]) < 0.01


def test_a_site_whose_partner_is_out_of_reach_is_lost_all_the_same():
    """An exon longer than the model sees at once: one of its sites alone is there to lose."""
    lost = exon_change(*made({(0, 181): 3.0}, {(0, 181): -8.0}))
    assert lost.exon == (0, 0)
    assert lost.risk > 0.95
    # A place that is no site in any case loses next to nothing.
    assert exon_change(*made({(0, 181): -6.0}, {(0, 181): -9.0})).risk < 0.1


def test_an_exon_beside_is_not_named_for_the_loss_of_one_that_is_partly_out_of_reach():
    changes = {(0, 181): 0.4, (1, 220): -2.7, (0, 290): -2.4}
    lost = exon_change(*made({(0, 181): 2.6, (1, 220): -2.9, (0, 290): -2.7}, changes))
    assert lost.loss > 1.5
    assert lost.exon == (0, 0)


def test_a_partner_in_reach_counts_instead_of_one_beyond():
    changes = {(0, 181): -1.0}
    alone = exon_change(*made({(0, 181): 3.0}, changes))
    strong = exon_change(*made({(0, 181): 3.0, (1, 100): 2.0}, changes))
    weak = exon_change(*made({(0, 181): 3.0, (1, 100): -2.0}, changes))
    assert strong.exon == weak.exon == (101, 180)
    assert strong.risk == pytest.approx(alone.risk, abs=0.02)
    assert weak.risk > strong.risk


@given(st.floats(-9, 4), st.floats(-9, 4), st.floats(0, 6), st.integers(182, LENGTH))
def test_places_beyond_the_record_are_certainly_no_sites(acceptor, donor, loss, end):
    """The number asks for no length: a record that ends is one with nothing behind."""
    place, before, after, strand = made(
        {(1, 100): acceptor, (0, 181): donor}, {(0, 181): donor - loss}
    )
    whole = exon_change(place, before, after, strand)
    part = exon_change(place[:end], before[:, :end], after[:, :end], strand)
    assert part == whole


@pytest.mark.parametrize("strand", "+-")
def test_an_exon_that_does_not_lie_within_reach_is_not_named(strand):
    """Of HBB exon 2, 223 nt, an edit of one site does not reach the other; something weak it does.

    The number is that of the bases in reach all the same.
    """
    bases, (first, last) = str(RECORD), TRANSCRIPT.exons[1]
    assert last - first > load_model().context
    for base in (first - 1, last + 1):
        change, text = Variant(base, bases[base - 1], "C"), bases
        if strand == "-":
            text = reverse_complement(bases)
            turned = len(bases) + 1 - base
            change = Variant(turned, text[turned - 1], "G")
        (effect,) = splice_effects([(Sequence(text), [change])], strand=strand)
        in_reach = exon_change(effect.positions[0], *effect.log_odds, strand)
        assert in_reach.exon != (0, 0)
        assert effect.exon() == in_reach._replace(exon=(0, 0))
        assert effect.exon().risk > 0.9
        known = (first, last) if strand == "+" else tuple(len(bases) + 1 - e for e in (last, first))
        assert effect.exon([known]).exon == known
        # A record that has no more than these bases has no other exon either.
        lowest, highest = effect.positions[0][[0, -1]]
        part = Sequence(text[lowest - 1 : highest])
        moved = change._replace(position=change.position - lowest + 1)
        (alone,) = splice_effects([(part, [moved])], strand=strand)
        assert alone.exon().exon != (0, 0)


FAR = (800, 1_200, 2_000, 10_000)
NEAR = range(380, 422, 2)
FAINT = -8.0
"""Log-odds below which a place makes no exon with any partner."""


@pytest.fixture(scope="module")
def windows():
    """By published change, the effects in windows of NEAR and FAR nt around it."""
    work, names = [], []
    for worked in worked_examples():
        gene = str(worked.gene.sequence)
        (change,) = parse_variants(worked.edit, worked.example.sequence)
        at = gene.index(str(worked.example.sequence)) + change.position
        last = at + len(change.ref) - 1
        for half in (w // 2 for w in (*NEAR, *FAR)):
            left = min(half, at - 1)
            part = Sequence(gene[at - 1 - left : last + half])
            work.append((part, [change._replace(position=left + 1, written="")]))
        names.append(worked.name)
    effects = splice_effects(work)
    size = len(NEAR) + len(FAR)
    return {name: effects[i * size : (i + 1) * size] for i, name in enumerate(names)}


def test_flank_beyond_what_the_model_sees_changes_nothing(windows):
    context = load_model().context
    assert min(FAR) // 2 >= 2 * context
    for name, effects in windows.items():
        far = effects[len(NEAR) :]
        numbers = np.array(
            [[e.exon().risk, *(delta.value for delta in e.deltas.values())] for e in far]
        )
        assert np.ptp(numbers, axis=0).max() < 1e-4, name


def test_flank_within_what_the_model_sees_counts_by_the_log_odds_that_it_changes(windows):
    """Windows of 380 to 420 nt: the number moves only as the log-odds in reach do."""
    for name, effects in windows.items():
        near = effects[: len(NEAR)]
        for less, more in pairwise(near):
            risks = less.exon().risk, more.exon().risk
            change = np.abs(possible(more) - possible(less)).max()
            assert abs(risks[1] - risks[0]) < 0.02 + 0.1 * change, (name, change)


def possible(effect):
    """Log-odds by place around the edit, no less than `FAINT`."""
    table = np.full((2, 2, 2 * 230 + 1), FAINT)
    there = effect.positions[0] > 0
    places = effect.positions[0][there] - effect.variants[0].position + 230
    table[:, :, places] = np.maximum(effect.log_odds[:, :, there], FAINT)
    return table
