"""Which base is which: a function of the two sequences, whatever the spelling of the change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnaviz.genome.examples import examples
from dnaviz.genome.transcript_model import GenomicInterval
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.both_senses import BothSenses
from dnaviz.splicing.pairing import ANCHOR, Block, differing_blocks, pair_bases, rolls
from dnaviz.splicing.variant_effect import EVENTS, splice_effects
from dnaviz.splicing.variants import apply_variants, parse_variants

RNG = np.random.default_rng(0)
LEFT, RIGHT = ("".join(RNG.choice(list("ACGT"), 60)) for _ in range(2))


def paired(reference, alternate, before=None, after=None):
    """Pairs of all bases, 0-based; without probabilities where the bases alone decide."""
    blocks = differing_blocks(reference, alternate)
    full = Block(0, len(reference), 0, len(alternate))
    before = np.zeros((2, len(reference))) if before is None else before
    after = np.zeros((2, len(alternate))) if after is None else after
    if not blocks:
        return np.stack([np.arange(len(reference))] * 2)
    return pair_bases(reference, alternate, blocks, full, before, after)


@settings(max_examples=150)
@given(st.data())
def test_every_base_has_one_place_and_partners_ascend(data):
    reference = data.draw(st.text("AC", min_size=20, max_size=60))
    alternate = data.draw(st.text("AC", min_size=0, max_size=60))
    if data.draw(st.booleans()):  # like each other
        at = data.draw(st.integers(0, len(reference)))
        gone = data.draw(st.integers(0, 8))
        alternate = reference[:at] + alternate[:8] + reference[at + gone :]
    pairs = paired(reference, alternate)
    for row, text in zip(pairs, (reference, alternate), strict=True):
        assert list(row[row >= 0]) == list(range(len(text)))
    assert (pairs >= 0).any(0).all()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2_000), st.text("ACGT", max_size=9)), max_size=4))
def test_what_is_outside_the_differences_is_shared(changes):
    rng = np.random.default_rng(1)
    reference = alternate = "".join(rng.choice(list("ACGT"), 2_000))
    for at, new in sorted(changes, reverse=True):
        alternate = alternate[:at] + new + alternate[at + len(new) // 2 :]
    at, alt_at = 0, 0
    for block in differing_blocks(reference, alternate):
        assert reference[at : block.start] == alternate[alt_at : block.alt_start]
        # Random bases 16 nt apart are told apart: nothing long is taken for different.
        assert block.stop - block.start < 4 * ANCHOR + 40
        at, alt_at = block.stop, block.alt_stop
    assert reference[at:] == alternate[alt_at:]


def test_a_gap_rolls_as_far_as_its_bases_repeat():
    reference, alternate = f"{LEFT}C{'AG' * 5}C{RIGHT}", f"{LEFT}C{'AG' * 6}C{RIGHT}"
    (block,) = differing_blocks(reference, alternate)
    assert block == Block(71, 71, 71, 73)
    assert rolls(reference, alternate, [block]) == [10]
    (gone,) = differing_blocks(alternate, reference)
    assert gone == Block(71, 73, 71, 71)


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("row", [0, 1])
def test_a_site_in_a_repeat_keeps_its_partner(at, row):
    """Where the alternate has the site decides where the gap lies, and nothing is lost."""
    reference, alternate = f"{LEFT}{'G' * 5}{RIGHT}", f"{LEFT}{'G' * 6}{RIGHT}"
    before, after = np.zeros((2, len(reference))), np.zeros((2, len(alternate)))
    before[row, 62] = 0.9
    after[row, 60 + at] = 0.8
    pairs = paired(reference, alternate, before, after)
    assert (pairs[1, pairs[0] == 62] == 60 + at).all() == (at in (2, 3))


def test_an_exchanged_base_beside_an_indel_is_one_exchange_and_one_gap():
    reference = f"{LEFT}ACTTTTTTCATG{RIGHT}"
    alternate = f"{LEFT}GCTTTTTTTTCATG{RIGHT}"
    pairs = paired(reference, alternate)
    assert (pairs < 0).sum() == 2
    both = pairs[:, (pairs >= 0).all(0)]
    assert sum(reference[i] != alternate[j] for i, j in both.T) == 1


def test_edits_far_apart_are_two_differences_however_they_were_written():
    reference = LEFT + RIGHT
    assert len(differing_blocks(reference, f"{LEFT[:5]}{LEFT[7:]}{RIGHT[:50]}TTT{RIGHT[50:]}")) == 2


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize("begins", [True, False])
def test_close_edits_on_both_sides_of_a_border_leave_it_at_its_bases(strand, begins):
    """Every pair of a short edit before a cut and one behind it, 5 to 15 nt away."""
    rng = np.random.default_rng(2)
    reference = "".join(rng.choice(list("ACGT"), 120))
    at = 60
    for _ in range(300):
        edits = []
        for low, high in ((at - 15, at - 8), (at + 5, at + 12)):
            start = int(rng.integers(low, high))
            old = reference[start : start + int(rng.integers(0, 4))]
            new = "".join(rng.choice(list("ACGT"), int(rng.integers(0, 4))))
            edits.append((start, old, new))
        (s, old, new), (t, gone, put) = edits
        alternate = (
            f"{reference[:s]}{new}{reference[s + len(old) : t]}{put}{reference[t + len(gone) :]}"
        )
        change = Variant(
            s + 1, reference[s : t + len(gone)], alternate[s : len(alternate) - 120 + t + len(gone)]
        )
        ends = [np.zeros((2, len(text))) for text in (reference, alternate)]
        record, cut = Sequence(reference), at
        moved = at + len(new) - len(old)
        if strand == "-":
            cut, moved = len(reference) - at, len(alternate) - moved
        both = BothSenses(record, [change] if change.ref != change.alt else [], *ends, strand)
        assert both.cut(cut, begins=begins) == moved


@pytest.mark.parametrize("strand", ["+", "-"])
def test_places_are_told_in_the_genome_where_the_record_has_one(strand):
    record = Sequence(LEFT + RIGHT)
    alternate = str(apply_variants(record, [Variant(61, "", "ACGTA")]))
    values = [np.zeros((2, len(text))) for text in (record, alternate)]
    place = GenomicInterval("chr7", 1_001, 1_120, strand)

    def values_of(put):
        return [np.zeros((2, 120)), np.zeros((2, 120 + len(put)))]

    here, there = (
        BothSenses(record, [Variant(61, "", "ACGTA")], *values, "+", 0, where)
        for where in (None, place)
    )
    assert here.told(10, 20) == "11 to 20"
    assert here.told_exon(10, 20) == "11-20"
    first, last = (1_011, 1_020) if strand == "+" else (1_101, 1_110)
    assert there.told(10, 20) == f"chr7:{first:,} to {last:,}"
    assert there.told_exon(10, 20) == f"chr7:{first:,}-{last:,}"
    at = here.changes[0].alt_start
    assert here.told(at, at + 1) == f"{at + 1} of the edited sequence"
    behind = f"chr7:{place.position(at):,}"
    assert there.told(at + 1, at + 2) == f"2 nt downstream of {behind} of the edited sequence"
    first = BothSenses(record, [Variant(1, "", "ACG")], *values_of("ACG"), "+", 0, place)
    before = f"chr7:{place.position(0):,}"
    assert first.told(0, 1) == f"1 nt downstream of {before} of the edited sequence"
    turned = BothSenses(record, [Variant(121, "", "ACG")], *values_of("ACG"), "-", 0, place)
    behind_all = f"chr7:{place.position(121):,}"
    assert turned.told(0, 1) == f"1 nt downstream of {behind_all} of the edited sequence"
    assert there.told(at - 1, at + 1) == (
        f"{behind} to 1 nt downstream of {behind} of the edited sequence"
    )


def spellings(reference, alternate):
    """Ways to write one change: as its shortest form, rolled, and with bases around it."""
    (block,) = differing_blocks(reference, alternate)
    (roll,) = rolls(reference, alternate, [block])
    for left in range(roll + 1):
        for more in (0, 1, 5):
            start, stop = max(block.start - left - more, 0), block.stop - left + more
            shift = block.alt_stop - block.stop
            alt = alternate[start : stop + shift]
            yield [Variant(start + 1, reference[start:stop], alt)]


@pytest.fixture(scope="module")
def sites():
    """The surroundings of real sites: 421 nt of genes of the gallery, and where the site is."""
    result = []
    for gene, intron, end in (("LDLR", 2, 0), ("APOE", 1, 1)):
        example = next(e for e in examples() if e.name == gene)
        at = example.introns[intron][end]
        result.append(Sequence(str(example.sequence)[at - 211 : at + 210]))
    return result


def deltas(effect):
    return [tuple(effect.deltas[event]) for event in EVENTS]


@pytest.mark.parametrize("strand", ["+", "-"])
def test_all_spellings_of_every_short_indel_at_real_sites_agree(sites, strand):
    """Every insertion of what stands there and every deletion, 1 to 6 nt, within 8 nt of a site."""
    for record in sites:
        if strand == "-":
            record = Sequence(reverse_complement(record))
        bases = str(record)
        alternates: dict[str, list] = {}
        for start in range(202, 219):
            for length in range(1, 7):
                for text in (f"{start}_{start + length - 1}{verb}" for verb in ("del", "dup")):
                    made = parse_variants(text, record)
                    alternate = str(apply_variants(record, made))
                    alternates.setdefault(alternate, []).append(made)
        work = [(record, made) for every in alternates.values() for made in every]
        # Some more of each: rolled, and with neighbors.
        more = [(a, v) for a in list(alternates)[::12] for v in spellings(bases, a)]
        work += [(record, made) for _, made in more]
        effects = iter(splice_effects(work, strand=strand))
        firsts = {}
        for alternate, every in alternates.items():
            for _ in every:
                result = next(effects)
                np.testing.assert_allclose(
                    deltas(result), firsts.setdefault(alternate, deltas(result)), atol=1e-6
                )
        for alternate, _ in more:
            result = next(effects)
            assert str(result.alternate) == alternate
            np.testing.assert_allclose(deltas(result), firsts[alternate], atol=1e-6)


def test_a_duplication_beside_a_donor_moves_it():
    """LDLR c.313+1dup: the donor stays, one base on; nothing is lost."""
    example = next(e for e in examples() if e.name == "LDLR")
    donor = example.introns[2][0]
    record = Sequence(str(example.sequence)[donor - 301 : donor + 300])
    (effect,) = splice_effects([(record, parse_variants("301dup", record))])
    assert effect.delta("donor_loss").value < 0.05
    column = list(effect.positions[0]).index(301)
    assert effect.positions[1][column] == 302
    assert min(effect.before[0, column], effect.after[0, column]) > 0.5


def test_edits_written_apart_or_together_are_one_effect(lively):
    bases = LEFT + RIGHT + LEFT[::-1]
    record = Sequence(bases)
    texts = [
        f"50{bases[49]}>N, 52_54del, 60_61insACG",
        f"50_62delins{'N' + bases[50] + bases[54:60] + 'ACG' + bases[60:62]}",
        f"40_70delins{bases[39:49] + 'N' + bases[50] + bases[54:60] + 'ACG' + bases[60:70]}",
    ]
    work = [(record, parse_variants(text, record)) for text in texts]
    first, *others = splice_effects(work, model=lively)
    for other in others:
        assert other.alternate == first.alternate
        np.testing.assert_allclose(deltas(other), deltas(first), atol=1e-6)
        np.testing.assert_array_equal(other.positions, first.positions)
