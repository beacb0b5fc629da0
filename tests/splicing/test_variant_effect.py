"""What edits do to splice sites: against whole scans, base by base."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnaviz.errors import InputError
from dnaviz.genome.examples import examples
from dnaviz.models import CONTEXT
from dnaviz.sequences import Sequence, parse_sequences, reverse_complement
from dnaviz.sequences.features import RecordTranscript
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.scan import SITES, scan
from dnaviz.splicing.variant_effect import EVENTS, NOISE, splice_effect, splice_effects
from dnaviz.splicing.variants import parse_variants

ROUNDING = 5e-5  # of probabilities of a network whose logits were spread by a large factor


def random_bases(length, seed=0):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def changed(bases, position):
    return f"{position}{bases[position - 1]}>{'C' if bases[position - 1] != 'C' else 'G'}"


EDITS = {
    "a base": lambda b: changed(b, 30),
    "the ends": lambda b: f"1del, {len(b)}del",
    "an insertion": lambda b: "44_45insGGTAAGTACC",
    "a deletion": lambda b: "20_41del",
    "several": lambda b: f"{changed(b, 12)}, 20_22del, 33_34insAC, 60{b[59:62]}>A",
}


@pytest.mark.parametrize("length", [90, 400, 1_300])
@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS.keys())
def test_scores_are_those_of_whole_scans(lively, length, strand, edits):
    bases = random_bases(length, seed=length)
    result = splice_effect(bases, edits(bases), strand=strand, model=lively)
    before = scan(bases, lively, strand=strand).probabilities[strand]
    after = scan(result.alternate, lively, strand=strand).probabilities[strand]
    reference, alternate = result.positions
    for positions, scores, expected in (
        (reference, result.before, before),
        (alternate, result.after, after),
    ):
        there = positions > 0
        np.testing.assert_allclose(
            scores[:, there], expected[:, positions[there] - 1], atol=ROUNDING
        )
        assert (scores[:, ~there] == 0).all()
        assert (np.diff(positions[there]) > 0).all()
    # Outside, nothing changes: what is left of both has the same bases, and the same scores.
    ours = np.setdiff1d(np.arange(1, length + 1), reference)
    others = np.setdiff1d(np.arange(1, len(result.alternate) + 1), alternate)
    np.testing.assert_allclose(before[:, ours - 1], after[:, others - 1], atol=ROUNDING)


def test_edits_far_apart_leave_out_what_lies_between(lively):
    bases = random_bases(3_000, seed=4)
    result = splice_effect(bases, f"{changed(bases, 300)}, 2600_2601insACGT", model=lively)
    assert result.positions.shape[1] == (2 * CONTEXT + 1) + (2 * CONTEXT + 4)
    after = scan(result.alternate, lively, strand="+").probabilities["+"]
    alternate = result.positions[1]
    np.testing.assert_allclose(result.after, after[:, alternate - 1], atol=ROUNDING)


def test_a_list_of_edits_is_read_as_their_text_is(lively):
    bases = random_bases(200, seed=6)
    edits = [changed(bases, 50), "60_61insACGT"]
    as_list, as_text = (splice_effect(bases, e, model=lively) for e in (edits, ", ".join(edits)))
    assert as_list.variants == as_text.variants
    assert (as_list.after == as_text.after).all()


def test_partners_are_the_same_bases(lively):
    bases = random_bases(120, seed=5)
    result = splice_effect(bases, "30_33del, 50_51insTTT, 70del", model=lively)
    pairs = result.positions[:, (result.positions > 0).all(0)]
    for reference, alternate in pairs.T:
        assert bases[reference - 1] == str(result.alternate)[alternate - 1]
    assert (result.positions[1] == 0).sum() == 5
    assert (result.positions[0] == 0).sum() == 3


def test_deltas_are_the_largest_changes(lively):
    bases = random_bases(900, seed=6)
    result = splice_effect(bases, changed(bases, 450), model=lively)
    change = result.after - result.before
    for event in EVENTS:
        site, direction = event.split("_")
        row = change[SITES.index(site)] * (1 if direction == "gain" else -1)
        delta = result.delta(event)
        assert delta.value == pytest.approx(row.max(), abs=1e-7)
        assert result.positions[0][row.argmax()] == delta.position == delta.alternate_position
        assert abs(delta.after - delta.before) == pytest.approx(delta.value, abs=1e-6)
    assert result.delta_max == max(d.value for d in result.deltas.values())
    assert list(result.table()["delta"]) == [d.value for d in result.deltas.values()]


def test_without_a_strand_it_is_that_of_the_transcript():
    ldlr = next(example for example in examples() if example.name == "LDLR exon 4")
    first, last = ldlr.exons[0]
    bases = str(ldlr.sequence).lower()
    record = bases[: first - 1] + bases[first - 1 : last].upper() + bases[last:]
    turned = reverse_complement(record)
    place = len(record) - last  # the first base of the intron
    edit = f"{place}{turned[place - 1].upper()}>T"
    for effect in (splice_effect(turned, edit), *splice_effects([(turned, edit)])):
        assert effect.strand == "-"
        assert effect.delta_max > 0.5
    assert splice_effect(turned, edit, strand="+").delta_max < effect.delta_max
    assert splice_effect(record.upper(), f"{last + 1}G>A").strand == "+"


def test_of_transcripts_on_both_strands_the_strand_has_to_be_said():
    bases = "ACGGTAAGTC" * 12
    features = "     mRNA  join(1..20,50..55)\n     mRNA  complement(join(60..90,115..119))"
    (record,) = parse_sequences(f"LOCUS A\nFEATURES\n{features}\nORIGIN\n{bases}\n//\n")
    with pytest.raises(InputError, match='both strands: say which to look at, strand="\\+" or "-"'):
        splice_effect(record, "4G>A")
    with pytest.raises(InputError, match=r"^Item 2: .*both strands"):
        splice_effects([(bases, "4G>A"), (record, "4G>A")])
    assert splice_effect(record, "4G>A", strand="-").strand == "-"


@pytest.mark.parametrize("edits", ["40_44del", "40_41insGGTAAGT"])
def test_sites_are_those_of_either_scan(lively, edits):
    bases = random_bases(90, seed=7)
    effect = splice_effect(bases, edits, strand="+", model=lively)
    scans = [scan(bases, lively, strand="+"), scan(effect.alternate, lively, strand="+")]
    sites = effect.sites(0.4)
    for row, record in enumerate(scans):
        expected = {(s.position, s.site): s.probability for s in record.at(0.4).sites}
        shown = {(s[row], s.site): (s.before, s.after)[row] for s in sites if s[row]}
        assert set(expected) <= set(shown)
        assert {key: shown[key] for key in expected} == pytest.approx(expected, abs=ROUNDING)
    assert all(max(s.before, s.after) >= 0.4 for s in sites)
    assert all(s.before == 0 for s in sites if not s.position)
    for s in sites:
        if min(s.before, s.after) > 0.03:
            odds = [p / (1 - p) for p in (s.before, s.after)]
            assert s.log_odds_change == pytest.approx(np.log(odds[1] / odds[0]), abs=1e-2)


def test_a_reverse_transcript_without_introns_does_not_choose_the_strand():
    features = "     CDS  complement(60..90)\n     CDS  1..20"
    (record,) = parse_sequences(f"LOCUS A\nFEATURES\n{features}\nORIGIN\n{'ACGGTAAGTC' * 12}\n//\n")
    assert [splice_effect(record, edit).strand for edit in ("4G>A", "104G>A")] == ["+", "+"]
    with pytest.raises(InputError, match="no introns and does not tell which strand is spliced"):
        splice_effect(record, "64G>A")


def test_the_other_strand_is_the_reverse_complement(lively):
    bases = random_bases(200, seed=8)
    minus = splice_effect(bases, "81_90del", strand="-", model=lively)
    plus = splice_effect(reverse_complement(bases), "111_120del", model=lively)
    for event in EVENTS:
        one, other = minus.delta(event), plus.delta(event)
        assert one.value == pytest.approx(other.value, abs=1e-5)
        assert one.position == 201 - other.position
        assert one.alternate_position == 191 - other.alternate_position


def test_an_inserted_site_falls_on_the_base_before_it(lively):
    bases = random_bases(900, seed=9)
    result = splice_effect(bases, "450_451ins" + random_bases(40, seed=10), model=lively)
    inserted = result.positions[0] == 0
    assert inserted.sum() == 40
    result.log_odds[1, 0, np.flatnonzero(inserted)[7]] = 20.0
    result.log_odds[0, 0] -= 1
    before = result.positions[0, : np.flatnonzero(inserted)[0]].max()
    assert result.delta("donor_gain")[:3] == (1.0, before, before + 8)


def test_a_deleted_site_is_lost(lively):
    bases = random_bases(900, seed=11)
    result = splice_effect(bases, "440_460del", model=lively)
    gone = np.flatnonzero(result.positions[1] == 0)
    assert len(gone) == 21
    result.log_odds[0, 1, gone[10]] = 20.0
    assert result.delta("acceptor_loss")[:3] == (1.0, result.positions[0, gone[10]], 0)


def test_no_edit_changes_nothing(lively):
    result = splice_effect("ACGT" * 30, [], model=lively)
    assert result.delta_max == 0
    assert result.delta("donor_gain").position == 0


def test_unknown_event_is_refused(lively):
    with pytest.raises(InputError, match=r"one of donor_gain, .*, not 'loss'"):
        splice_effect("ACGT" * 30, [], model=lively).delta("loss")


def test_many_are_scored_as_each_alone(lively):
    records = [Sequence(random_bases(n, seed=n)) for n in (60, 170, 170, 700)]
    edited = [(r, parse_variants(changed(str(r), 40), r)) for r in records]
    done = []
    together = splice_effects(edited, model=lively, progress=done.append)
    assert done[-1] == 1
    for (record, variants), result in zip(edited, together, strict=True):
        alone = splice_effect(record, variants, model=lively)
        np.testing.assert_allclose(result.after, alone.after, atol=1e-6)
        assert result.reference is record


@settings(max_examples=20)
@given(st.integers(1, 100), st.integers(0, 12), st.text("ACGT", max_size=12))
def test_any_edit_is_between_nothing_and_all(lively, position, gone, new):
    bases = random_bases(110, seed=3)
    there = bases[position - 1 : position - 1 + gone]
    if there == new:
        return
    if there and new:
        text = f"{position}{there}>{new}"
    elif there:
        text = f"{position}_{position + len(there) - 1}del"
    else:
        text = f"{position}_{position + 1}ins{new}"
    result = splice_effect(bases, text, model=lively)
    for delta in result.deltas.values():
        assert 0 <= delta.value <= 1
        assert 0 <= delta.position <= 110
        assert (delta.position > 0) == (delta.value >= NOISE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"edits": "5N>A"}, '"N" is written, but "A" stands there'),
        ({"edits": "500A>G"}, "outside"),
        ({"edits": [Variant(500, "A", "G")]}, "outside"),
        ({"edits": [Variant(2, "A", "G")]}, "has C at 2, not A"),
        ({"edits": [Variant(1, "AC", ""), Variant(2, "C", "G")]}, "overlap: leave one out"),
        (
            {"edits": [Variant(2, "C", "G"), Variant(2, "C", "G")]},
            '"2C>G" is among the edits already',
        ),
        ({"edits": "1_80del"}, "delete all"),
        ({"edits": [], "strand": "both"}, "strand"),
        ({"edits": [Variant(2, "C", "C")]}, "changes nothing"),
        ({"edits": ""}, "The variant is empty: write it as 57A>G"),
        ({"edits": [" "]}, "The variant is empty: write it as 57A>G"),
        ({"edits": b"2C>G"}, """Edits are text such as "57A>G", not "b'2C>G'"."""),
    ],
)
def test_bad_calls_are_one_sentence(lively, arguments, words):
    with pytest.raises(InputError, match=words):
        splice_effect("ACGT" * 20, model=lively, **arguments)


def test_bad_questions_to_an_effect_are_one_sentence(lively):
    effect = splice_effect("ACGT" * 30, "58C>G", model=lively)
    for known, words in [
        ([(80, 41)], "exon 80-41 ends before it begins"),
        ([(41, 80, 1)], "a pair of its first and last base, not 3"),
        ((41, 80), "type int is not a pair of an exon's first and last base"),
        (None, "type NoneType is not a list of exons"),
    ]:
        with pytest.raises(InputError, match=words):
            effect.exon(known)
    with pytest.raises(InputError, match='A site is "donor" or "acceptor", not "Donor"'):
        effect.change("Donor", 58)
    for position in (0, 121):
        with pytest.raises(InputError, match=f"{position} lies outside of the 120 nt"):
            effect.alternate_position(position)
    assert effect.alternate_position(120) == 120


@pytest.mark.parametrize(
    ("edited", "words"),
    [
        ("2C>G", "Item 1: A value of type str is not a pair of a sequence and its edits"),
        (["ACGT" * 20, "2C>G"], "Item 1: A value of type str is not a pair"),
        ([("ACGT" * 20, "2C>G", "x")], "Item 1: A sequence and its edits are two, not 3"),
        (None, "A value of type NoneType is not a list of pairs"),
    ],
)
def test_what_holds_no_pairs_is_refused(lively, edited, words):
    with pytest.raises(InputError, match=words):
        splice_effects(edited, model=lively)


def test_what_was_assumed_to_place_an_edit_is_kept(lively):
    exons, introns = ((1, 40), (61, 120)), ((41, 60),)
    transcript = RecordTranscript("LDLR NM_000527.5", "+", exons, introns, (1, 120))
    record = Sequence("ACGT" * 30, "gene", transcripts=(transcript,))
    note = "NM_000527.4 is taken for NM_000527.5: the versions differ."
    for edits in ("NM_000527.4:c.2C>G", ["NM_000527.4:c.2C>G"]):
        result = splice_effect(record, edits, model=lively)
        assert result.notes == (note,)
        assert note in repr(result)
        assert splice_effects([(record, edits)], model=lively)[0].notes == (note,)
    assert splice_effect(record, "NM_000527.5:c.2C>G", model=lively).notes == ()
