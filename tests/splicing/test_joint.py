"""How probable sites are, given the others of their strand."""

from itertools import pairwise, product
from math import exp, log

import numpy as np
import pytest

from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.splicing import joint
from dnaviz.splicing.annotate import predicted_transcript_models, site_table
from dnaviz.splicing.joint import Factors, jointly
from dnaviz.splicing.scan import FAR, Scan, scan

DONOR, ACCEPTOR = 0, 1
FACTORS = Factors()
STATES = (None, 0, 1, 2)  # not translated, or the phase of the intron that the site is an end of


def strand(length, *sites):
    """Probabilities (2, length) of sites (row, column, probability)."""
    values = np.full((2, length), 1e-4, np.float32)
    for row, column, p in sites:
        values[row, column] = p
    return values


def judged(values):
    """Given each other, in bases that have no codon that tells anything."""
    return jointly("C" * values.shape[1], values)


def codons(bases, end, phase):
    """The codons that end where an intron of a phase begins, the last one first, with places."""
    at = end - phase - 3
    while at >= 0:
        yield at, bases[at : at + 3]
        at -= 3


def begun(bases, end, phase, start):
    """Whether an ATG from a place on begins a reading frame that is open until an intron."""
    for at, codon in codons(bases, end, phase):
        if at < start or codon in ("TAA", "TAG", "TGA"):
            return False
        if codon == "ATG":
            return True
    return False


def anew(bases, site, state):
    """The probability of a state of a site if nothing else is known."""
    coding = 1 / (1 + exp(-FACTORS.coding))
    row, column = site
    likely = {None: 1 - coding}
    for phase in range(3):
        stops = any(c in ("TAA", "TAG", "TGA") for _, c in codons(bases, column, phase))
        possible = row == ACCEPTOR or not stops or begun(bases, column, phase, 0)
        likely[phase] = coding / 3 * (1 if possible else exp(-FACTORS.unbegun))
    return likely[state] / sum(likely.values())


def factor(bases, before, after, old, new):
    """What two sites in a row, in states, weigh more than by chance, from the module's words."""
    (row, column), (following, end) = before, after
    distance = end - column
    if distance == 0:
        return 0.0
    fresh = anew(bases, after, new)
    if row == following:
        near = exp(FACTORS.together) if distance < joint.ALTERNATIVES else 0
        return (exp(FACTORS.missed) + near) * fresh
    weight = exp(2 * FACTORS.missed) * fresh
    if row == DONOR:
        length = distance + 1
        if old == new and joint.MIN_INTRON <= length <= joint.MAX_INTRON:
            weight += exp(FACTORS.intron - FACTORS.intron_decay * log(length / 1000))
        return weight
    start, length = column + 1, distance - 1
    if length > joint.MAX_EXON:
        return weight
    size = exp(FACTORS.together)
    if length > joint.SEEN:
        size = exp(FACTORS.long_exon - FACTORS.exon_decay * log(length / joint.SEEN))
    if old is None:
        if new is None:
            weight += size * exp(FACTORS.untranslated)
        elif begun(bases, end, new, start):
            weight += size * exp(FACTORS.start)
        return weight
    ends_in = (old + length) % 3
    starts = range(start + (3 - old) % 3, end - ends_in - 2, 3)
    if any(bases[at : at + 3] in ("TAA", "TAG", "TGA") for at in starts):
        return weight + (size * exp(FACTORS.stop) if new is None else 0)
    if new == ends_in:
        exon = bases[start:end]
        a, g, t = (exon.count(base) / max(length, 1) for base in "AGT")
        chance = (1 - t * a * a - 2 * t * a * g) ** (length / 3)
        weight += size * min(chance**-FACTORS.open, exp(FACTORS.most_open))
    return weight


def test_it_is_the_share_of_all_sets_of_sites_that_have_a_site():
    rng = np.random.default_rng(4)
    for length in [3, 60, 300, 300, 3_000, 30_000] * 6:
        bases = "".join(rng.choice(list("ACGTN"), length, p=(0.15, 0.3, 0.3, 0.24, 0.01)))
        number = rng.integers(1, 7)
        places = sorted(
            {(int(rng.integers(0, 2)), int(rng.integers(0, length))) for _ in range(number)},
            key=lambda place: place[::-1],
        )
        given = {place: float(np.float32(rng.uniform(0.02, 0.98))) for place in places}
        total, holding = 1.0, dict.fromkeys(places, 0.0)
        for chosen in product((False, True), repeat=len(places)):
            members = [place for place, taken in zip(places, chosen, strict=True) if taken]
            if not members:
                continue
            paths = {state: anew(bases, members[0], state) for state in STATES}
            for one, other in pairwise(members):
                paths = {
                    new: sum(w * factor(bases, one, other, old, new) for old, w in paths.items())
                    for new in STATES
                }
            weight = float(np.prod([given[m] / (1 - given[m]) for m in members]))
            weight *= sum(paths.values())
            total += weight
            for member in members:
                holding[member] += weight
        result = jointly(bases, strand(length, *((*place, p) for place, p in given.items())))
        for (row, column), weight in holding.items():
            assert result[row, column] == pytest.approx(weight / total, abs=1e-5)


def test_a_site_that_stands_alone_keeps_its_probability():
    values = strand(500, (DONOR, 200, 0.37))
    assert judged(values) == pytest.approx(values, abs=1e-6)
    nothing = strand(300)
    assert (judged(nothing) == nothing).all()


def test_a_donor_is_likelier_where_an_acceptor_before_it_waits_for_one():
    lone = (DONOR, 2_300, 0.3)
    exon = judged(strand(6_000, (DONOR, 100, 0.9), (ACCEPTOR, 2_000, 0.9), lone))
    behind_a_donor = judged(strand(6_000, (ACCEPTOR, 100, 0.9), (DONOR, 2_000, 0.9), lone))
    assert exon[DONOR, 2_300] > 0.2 > 0.15 > behind_a_donor[DONOR, 2_300]


def test_an_exon_of_usual_length_is_likelier_than_a_long_one():
    def donor_at(column):
        return judged(strand(5_000, (ACCEPTOR, 1_000, 0.9), (DONOR, column, 0.3)))[DONOR, column]

    assert donor_at(1_150) > 0.27 > 0.2 > donor_at(3_000)


def test_alternative_sites_beside_each_other_do_not_exclude_each_other():
    near = judged(strand(2_000, (ACCEPTOR, 1_000, 0.8), (ACCEPTOR, 1_003, 0.6)))
    assert near[ACCEPTOR, 1_000] > 0.8
    assert near[ACCEPTOR, 1_003] > 0.6
    far = judged(strand(2_000, (ACCEPTOR, 1_000, 0.8), (ACCEPTOR, 1_303, 0.6)))
    assert far[ACCEPTOR, 1_000] < 0.75
    assert far[ACCEPTOR, 1_303] < 0.45


def test_what_is_surely_known_stays_so_and_is_a_number():
    certain = judged(strand(3_000, (DONOR, 500, 1.0), (DONOR, 1_500, 1.0), (ACCEPTOR, 900, 0.5)))
    assert np.isfinite(certain).all()
    assert certain[DONOR, [500, 1_500]].min() > 0.999
    assert certain[ACCEPTOR, 900] > 0.6


def test_of_more_sites_than_genes_have_the_strongest_are_judged():
    values = np.full((2, 1_000), 0.3, np.float32)
    values[DONOR, 400] = values[ACCEPTOR, 700] = 0.9
    result = judged(values)
    moved = np.argwhere(result != values)
    assert len(moved) <= 1_000 // joint.SPARSE + 20
    assert {(DONOR, 400), (ACCEPTOR, 700)} <= {(int(r), int(c)) for r, c in moved}


def test_both_strands_of_a_scan_are_read_in_their_own_sense():
    sense = strand(2_000, (ACCEPTOR, 400, 0.7), (DONOR, 700, 0.4), (ACCEPTOR, 1_500, 0.6))
    both = Scan(Sequence("C" * 1_000 + "G" * 1_000), {"+": sense, "-": sense[:, ::-1]}, 0.5, []).at(
        0.5
    )
    result = both.joint().probabilities
    assert result["-"][:, ::-1] == pytest.approx(result["+"])
    assert result["+"] == pytest.approx(jointly("C" * 1_000 + "G" * 1_000, sense))
    assert [s.strand for s in both.joint().sites].count("-") == 3


READABLE = "TTGACTAAC"  # in this frame; TGA and TAA are in the others
CLOSED = "TAACTAACTGAC"  # in all three


def test_an_exon_that_can_be_read_is_likelier_than_one_with_stop_codons_in_all_frames():
    exon = strand(1_000, (ACCEPTOR, 400, 0.5), (DONOR, 545, 0.5))
    for row, column in ((ACCEPTOR, 400), (DONOR, 545)):
        likely, unlikely = (
            jointly("C" * 401 + inner * (144 // len(inner)) + "C" * 455, exon)[row, column]
            for inner in (READABLE, CLOSED)
        )
        assert likely > unlikely + 0.1


def test_a_reading_frame_goes_on_from_exon_to_exon():
    # Each exon can be read in one frame only; whether the second goes on from the first is varied.
    inner = READABLE * 13
    sites = [(ACCEPTOR, 299), (DONOR, 417), (ACCEPTOR, 916), (DONOR, 1_034)]
    values = strand(1_334, *((*place, 0.5) for place in sites))
    found = []
    for shift in range(3):
        second = ("CC"[:shift] + inner)[: len(inner)]
        bases = "C" * 300 + inner + "C" * 500 + second + "C" * 300
        result = jointly(bases, values)
        found.append(min(float(result[place]) for place in sites))
    assert found[0] > max(found[1:]) + 0.05


def test_a_stop_codon_or_an_indel_of_an_edit_does_not_change_how_exons_are_read():
    readable = "C" * 401 + READABLE * 16 + "C" * 455
    exon = strand(1_000, (ACCEPTOR, 400, 0.5), (DONOR, 545, 0.5))
    expected = jointly(readable, exon)
    stopped = readable[:450] + CLOSED + readable[462:]
    assert jointly(stopped, exon)[DONOR, 545] < expected[DONOR, 545] - 0.05
    assert (jointly(readable, exon, places=range(1_000)) == expected).all()
    # One base is deleted: the exon ends a place earlier, and its phase is as it was.
    places = [*range(450), *range(451, 1_000)]
    shorter = strand(999, (ACCEPTOR, 400, 0.5), (DONOR, 544, 0.5))
    assert jointly(readable, shorter, places=places)[DONOR, 544] == pytest.approx(
        expected[DONOR, 545], abs=1e-3
    )
    reverse = jointly(
        reverse_complement(readable), shorter[:, ::-1], "-", places=[999 - p for p in places[::-1]]
    )
    assert reverse[:, ::-1] == pytest.approx(jointly(readable, shorter, places=places))


EXON = READABLE * 13  # read in one frame only


def edited_both_ways(bases, values, places):
    """What is said of the sites of an edited sequence, which is the same on the other strand."""
    result = jointly(bases, values, places=places)
    turned = [-1 if place < 0 else len(bases) - 1 - place for place in places[::-1]]
    other = jointly(reverse_complement(bases), values[:, ::-1], "-", places=turned)
    assert other[:, ::-1] == pytest.approx(result)
    return result


def test_an_exon_that_an_edit_inserts_leaves_the_frame_of_those_around_it():
    bases = "C" * 300 + EXON + "C" * 500 + EXON + "C" * 300
    around = [(ACCEPTOR, 299), (DONOR, 417), (ACCEPTOR, 916), (DONOR, 1_034)]
    usual = jointly(bases, strand(len(bases), *((*place, 0.5) for place in around)))
    places = [*range(667), *[-1] * 400, *range(667, len(bases))]
    moved = [(row, column + 400 * (column > 667)) for row, column in around]
    for length in (90, 91, 92):
        made = [(ACCEPTOR, 800), (DONOR, 801 + length)]
        chances = [*((*place, 0.5) for place in moved), *((*place, 0.9) for place in made)]
        values = strand(len(places), *chances)
        result = edited_both_ways(bases, values, places)
        for before, after in zip(around, moved, strict=True):
            assert result[after] > usual[before]
        assert min(result[place] for place in made) > 0.9


def test_an_exon_or_an_intron_that_an_edit_deletes_shifts_no_frame():
    for what in ("exon", "intron"):
        found = []
        for more in range(3):
            third = ("CC"[: -more % 3] + EXON)[: len(EXON)]
            bases = "C" * 300 + EXON + "C" * 500 + EXON + "C" * (500 + more) + third + "C" * 300
            sites = [(ACCEPTOR, 299), (DONOR, 417), (ACCEPTOR, 916), (DONOR, 1_034 + more)]
            sites += [(ACCEPTOR, 1_533 + more), (DONOR, 1_651 + more)]
            low, high = (817, 1_134) if what == "exon" else (417, 917)
            there = [(row, c) for row, c in sites if not low <= c < high and (row, c + 1) != high]
            places = [*range(low), *range(high, len(bases))]
            at = [(row, c - (high - low) * (c >= high)) for row, c in there]
            values = strand(len(places), *((*place, 0.5) for place in at))
            result = edited_both_ways(bases, values, places)
            found.append([float(result[place]) for place in at])
        assert len(found[0]) == 4
        assert np.ptp(found, axis=0).max() < 0.02
        assert np.min(found) > 0.4


def test_a_scan_by_a_model_that_sees_the_other_sites_stays_as_it_is():
    values = strand(2_000, (ACCEPTOR, 400, 0.7), (DONOR, 700, 0.4), (ACCEPTOR, 1_500, 0.6))
    near = Scan(Sequence("C" * 2_000), {"+": values}, 0.5, [], FAR - 1)
    far = near._replace(context=FAR)
    assert far.joint() is far
    assert (far.weighted().probabilities["+"] == values).all()
    assert (near.joint().probabilities["+"] != values).any()


def test_sites_are_not_judged_twice():
    values = strand(2_000, (ACCEPTOR, 400, 0.7), (DONOR, 700, 0.4), (ACCEPTOR, 1_500, 0.6))
    both = Scan(Sequence("C" * 2_000), {"+": values, "-": strand(2_000)}, 0.3, [], 200).at(0.3)
    joint = both.joint()
    assert joint.joint() is joint
    for weighted in (joint.weighted(), both.weighted()):
        assert weighted.joint() is weighted.weighted() is weighted
        assert (weighted.probabilities["+"] <= joint.probabilities["+"]).all()
    assert predicted_transcript_models(joint) == predicted_transcript_models(both)
    assert "weighted" not in site_table(joint.only("+"))


def test_a_scan_knows_how_far_its_model_sees(lively):
    assert scan("ACGT" * 50, lively).context == lively.context
