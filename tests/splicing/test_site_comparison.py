"""Reference and edited scan side by side: what is found, lost, made, and what was not found."""

import numpy as np
import pytest

from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.sequences import Sequence
from dnaviz.splicing.annotate import describe_weighted, site_table
from dnaviz.splicing.scan import FAR, SITES, scan
from dnaviz.splicing.site_comparison import compare_sites, compared_table
from dnaviz.splicing.variant_effect import splice_effect

BASES = Sequence("".join(np.random.default_rng(0).choice(list("ACGT"), 300)), "random")


def test_every_site_of_either_sequence_is_listed_once(lively):
    reference = scan(BASES, lively, threshold=0.6)
    effects = [splice_effect(BASES, "150_152del", strand=s, model=lively) for s in "+-"]
    compared = compare_sites(reference, (), effects)
    assert [c.site.position for c in compared] == sorted(c.site.position for c in compared)
    keys = [c.site[:3] for c in compared]
    assert len(set(keys)) == len(keys)
    edited = scan(effects[0].alternate, lively, threshold=0.6)
    others = {(e.position, e.strand, e.site): e.probability for e in edited.sites}

    def there(one):
        at = one.site.position
        return (at - 3 * (at > 152), *one.site[1:3])

    for one in compared:
        if one.status == "base deleted":
            assert 150 <= one.site.position <= 152
            assert one.edited is None
        elif one.edited >= 0.6:
            assert abs(others.pop(there(one)) - one.edited) < 1e-4
        else:
            assert there(one) not in others
    assert not others
    assert {"found", "in the edited sequence alone"} <= {c.status for c in compared}


def test_what_is_weighted_is_the_edited_sequence(lively):
    reference = scan(BASES, lively, threshold=0.6)
    for edit in ("150_152del", "150_151ins" + str(BASES)[200:260]):
        effects = [splice_effect(BASES, edit, strand=s, model=lively) for s in "+-"]
        edited = scan(effects[0].alternate, lively).joint()
        weights = reference.transcribed()
        compared = compare_sites(reference, (), effects)
        assert any(one.inserted for one in compared) == ("ins" in edit)
        for one in compared:
            if one.edited is None:
                assert one.weighted is one.edited_position is None
                continue
            there = edited.probability(one.site._replace(position=one.edited_position))
            share = weights[one.site.strand][one.site.position - 1]
            assert abs(one.weighted - there * share) < 1e-2  # but for the reading frames' part
    for one in compare_sites(reference):
        assert abs(one.weighted - reference.weighted().probability(one.site)) < 1e-6
    for one in compare_sites(reference.only("+")):
        assert one.weighted == pytest.approx(reference.joint().probability(one.site), abs=1e-6)


def test_the_column_of_what_is_weighted_stays_where_edits_delete_every_site(lively):
    reference = scan(BASES, lively, threshold=0.6)
    reference = reference._replace(sites=[s for s in reference.sites if 150 <= s.position <= 152])
    effects = [splice_effect(BASES, "150_152del", strand=s, model=lively) for s in "+-"]
    deleted = [c for c in compare_sites(reference, (), effects) if c.status == "base deleted"]
    assert deleted
    for compared in (deleted, []):
        assert "weighted" in compared_table(compared, weighted=True)
        assert "weighted" not in compared_table(compared, weighted=False)


def test_what_is_weighted_of_a_model_that_sees_far_is_its_own_probability(lively):
    reference = scan(BASES, lively, threshold=0.6)._replace(context=FAR)
    weights = reference.transcribed()
    effects = [splice_effect(BASES, "150C>A", strand=s, model=lively) for s in "+-"]
    expected = site_table(reference)["weighted"].tolist()
    assert [one.weighted for one in compare_sites(reference)] == pytest.approx(expected)
    for one in compare_sites(reference, (), effects):
        share = weights[one.site.strand][one.site.position - 1]
        assert one.weighted == pytest.approx(one.edited * share)
    assert "other sites" not in describe_weighted(reference, weights)
    assert "other sites" in describe_weighted(reference._replace(context=FAR - 1), weights)


def test_a_site_between_two_edits_far_apart_is_where_the_first_one_moved_it(lively):
    rng = np.random.default_rng(3)
    bases = Sequence("".join(rng.choice(list("ACGT"), 12 * lively.context)), "long")
    reference = scan(bases, lively, threshold=0.6, strand="+")
    first, last = lively.context, 11 * lively.context
    edits = f"{first}_{first + 1}insACGTT; {last}_{last + 2}del"
    effect = splice_effect(bases, edits, strand="+", model=lively)
    edited = scan(effect.alternate, lively, strand="+").probabilities["+"]
    compared = [one for one in compare_sites(reference, (), [effect]) if one.edited is not None]
    between = [one for one in compared if 4 * first < one.site.position < 8 * first]
    assert between
    assert all(one.edited_position == one.site.position + 5 for one in between)
    for one in compared:
        there = edited[SITES.index(one.site.site), one.edited_position - 1]
        assert one.edited == pytest.approx(float(there), abs=1e-4)


class OneExon:
    """Finds one exon whatever its bases are."""

    name, sha256, context = "one exon", "0" * 64, 10

    def score_positions(self, sequences, spans=None):
        spans = spans or [slice(0, len(bases)) for bases in sequences]
        scores = np.full((2, 1_000), -9.0, np.float32)
        scores[1, 400] = scores[0, 545] = 0.0
        return [scores[:, span] for span in spans]


def test_an_edit_that_makes_a_stop_codon_takes_nothing_from_the_sites_beside_it():
    bases = "C" * 401 + "TTGACTAAC" * 16 + "C" * 455
    edit = "457T>A"  # TTG becomes TAG
    before = scan(bases, OneExon(), strand="+")
    effects = [splice_effect(bases, edit, strand="+", model=OneExon())]
    usual, edited = (compare_sites(before, (), some) for some in ((), effects))
    assert [one.weighted for one in edited] == [one.weighted for one in usual]
    stopped = scan(effects[0].alternate, OneExon(), strand="+").joint()
    assert stopped.probability(before.sites[0]) < usual[0].weighted - 0.05


def test_a_known_site_below_the_threshold_is_listed_with_its_probability(lively):
    reference = scan(BASES, lively, threshold=0.999)
    exon = TranscriptModel("T", "+", [(100, 160)], [(0, 99), (161, 301)])
    rows = {c.site[:3]: c for c in compare_sites(reference, [exon])}
    for position, kind, row in ((99, "acceptor", 1), (161, "donor", 0)):
        one = rows[position, "+", kind]
        assert one.status == "annotated, not found"
        assert one.edited is None
        assert one.site.probability == float(reference.probabilities["+"][row, position - 1])
    assert {c.status for c in compare_sites(reference.only("-"), [exon])} <= {"found"}
    table = compared_table(compare_sites(reference.only("+"), [exon]), weighted=False)
    assert list(table["position"]) == sorted(table["position"])
    assert {99, 161} <= set(table["position"])
    assert table["edited"].isna().all()


def test_a_site_in_inserted_bases_stands_behind_the_base_before_it(lively):
    reference = scan(BASES, lively, threshold=0.6)
    effects = [
        splice_effect(BASES, "150_151ins" + str(BASES)[200:260], strand=s, model=lively)
        for s in "+-"
    ]
    inserted = [c for c in compare_sites(reference, (), effects) if c.inserted]
    assert inserted
    assert {c.site.position for c in inserted} <= {
        149,
        150,
    }  # wherever equal bases may be the inserted ones
    assert all(c.edited >= 0.6 and c.site.probability == 0 for c in inserted)
