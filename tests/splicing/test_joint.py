"""How probable sites are, given the others of their strand."""

from itertools import pairwise, product
from math import exp, log

import numpy as np
import pytest

from dnaviz.sequences import Sequence
from dnaviz.splicing import joint
from dnaviz.splicing.joint import jointly
from dnaviz.splicing.scan import Scan

DONOR, ACCEPTOR = 0, 1


def strand(length, *sites):
    """Probabilities (2, length) of sites (row, column, probability)."""
    values = np.full((2, length), 1e-4, np.float32)
    for row, column, p in sites:
        values[row, column] = p
    return values


def factor(before, after):
    """What makes two sites in a row likelier than by chance, from the words of the module."""
    (row, column), (following, end) = before, after
    distance = end - column
    if distance == 0:
        return 0.0
    if row == following:
        return exp(joint.TOGETHER if distance < joint.ALTERNATIVES else joint.OUT_OF_TURN)
    if row == ACCEPTOR:
        length = distance - 1
        long = joint.LONG_EXON - joint.EXON_DECAY * log(max(length, 1) / joint.SEEN)
        return exp(joint.TOGETHER if length <= joint.SEEN else max(long, joint.OUT_OF_TURN))
    length = distance + 1
    usual = joint.INTRON - joint.INTRON_DECAY * log(length / 1000)
    reached = joint.MIN_INTRON <= length <= joint.REACH
    return exp(usual if reached else joint.OUT_OF_TURN)


def test_it_is_the_share_of_all_sets_of_sites_that_have_a_site():
    rng = np.random.default_rng(4)
    for length in [3, 60, 300, 3_000, 30_000] * 6:
        number = rng.integers(1, 8)
        places = sorted({
            (int(row), int(column))
            for row, column in zip(
                rng.integers(0, 2, number), rng.integers(0, length, number), strict=True
            )
        })  # fmt: skip
        given = {place: float(np.float32(p)) for place, p in
                 zip(places, rng.uniform(0.02, 0.98, number), strict=False)}  # fmt: skip
        total, holding = 0.0, dict.fromkeys(places, 0.0)
        for chosen in product((False, True), repeat=len(places)):
            members = [place for place, taken in zip(places, chosen, strict=True) if taken]
            members.sort(key=lambda place: place[1])
            weight = float(np.prod([given[m] / (1 - given[m]) for m in members]))
            weight *= float(np.prod([factor(*two) for two in pairwise(members)]))
            total += weight
            for member in members:
                holding[member] += weight
        result = jointly(strand(length, *((*place, p) for place, p in given.items())))
        for (row, column), weight in holding.items():
            assert result[row, column] == pytest.approx(weight / total, abs=1e-5)


def test_a_site_that_stands_alone_keeps_its_probability():
    values = strand(500, (DONOR, 200, 0.37))
    assert jointly(values) == pytest.approx(values, abs=1e-6)
    nothing = strand(300)
    assert (jointly(nothing) == nothing).all()


def test_a_donor_is_likelier_where_an_acceptor_before_it_waits_for_one():
    lone = (DONOR, 2_300, 0.3)
    exon = jointly(strand(6_000, (DONOR, 100, 0.9), (ACCEPTOR, 2_000, 0.9), lone))
    behind_a_donor = jointly(strand(6_000, (ACCEPTOR, 100, 0.9), (DONOR, 2_000, 0.9), lone))
    assert exon[DONOR, 2_300] > 0.25 > 0.15 > behind_a_donor[DONOR, 2_300]


def test_an_exon_of_usual_length_is_likelier_than_a_long_one():
    def donor_at(column):
        return jointly(strand(5_000, (ACCEPTOR, 1_000, 0.9), (DONOR, column, 0.3)))[DONOR, column]

    assert donor_at(1_250) > 0.3 > donor_at(3_000)


def test_alternative_sites_beside_each_other_do_not_exclude_each_other():
    near = jointly(strand(2_000, (ACCEPTOR, 1_000, 0.8), (ACCEPTOR, 1_003, 0.6)))
    assert near[ACCEPTOR, 1_000] > 0.8
    assert near[ACCEPTOR, 1_003] > 0.6
    far = jointly(strand(2_000, (ACCEPTOR, 1_000, 0.8), (ACCEPTOR, 1_303, 0.6)))
    assert far[ACCEPTOR, 1_000] < 0.75
    assert far[ACCEPTOR, 1_303] < 0.45


def test_what_is_surely_known_stays_so_and_is_a_number():
    certain = jointly(strand(3_000, (DONOR, 500, 1.0), (DONOR, 1_500, 1.0), (ACCEPTOR, 900, 0.5)))
    assert np.isfinite(certain).all()
    assert certain[DONOR, [500, 1_500]].min() > 0.999
    assert certain[ACCEPTOR, 900] > 0.8


def test_of_more_sites_than_genes_have_the_strongest_are_judged():
    values = np.full((2, 1_000), 0.3, np.float32)
    values[DONOR, 400] = values[ACCEPTOR, 700] = 0.9
    result = jointly(values)
    moved = np.argwhere(result != values)
    assert len(moved) <= 1_000 // joint.SPARSE + 20
    assert {(DONOR, 400), (ACCEPTOR, 700)} <= {(int(r), int(c)) for r, c in moved}


def test_both_strands_of_a_scan_are_read_in_their_own_sense():
    sense = strand(2_000, (ACCEPTOR, 400, 0.7), (DONOR, 700, 0.4), (ACCEPTOR, 1_500, 0.6))
    both = Scan(Sequence("A" * 2_000), {"+": sense, "-": sense[:, ::-1]}, 0.5, []).at(0.5)
    result = both.joint().probabilities
    assert result["-"][:, ::-1] == pytest.approx(result["+"])
    assert result["+"] == pytest.approx(jointly(sense))
    assert [s.strand for s in both.joint().sites].count("-") == 3
