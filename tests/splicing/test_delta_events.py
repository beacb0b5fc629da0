"""What a change does, largest first; on which strand a gene is."""

import numpy as np
import pytest

from dnaviz.genome.examples import worked_examples
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.models import load_model
from dnaviz.panels.splice_inspector.steps import both_strands, first_site
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.splicing.delta_events import (
    NOTABLE,
    changed_places,
    event_table,
    events,
    exons_on,
    flank,
    gaps,
    known_strand,
    leading_event,
)
from dnaviz.splicing.exon_change import NONE
from dnaviz.splicing.scan import scan
from dnaviz.splicing.variant_effect import EVENTS, splice_effects
from dnaviz.splicing.variants import parse_variants

BASES = "".join(np.random.default_rng(3).choice(list("ACGT"), 900))
PLUS, MINUS = (TranscriptModel(f"t {s}", s, [(101, 200), (401, 500)], [(201, 400)]) for s in "+-")


def effects_of(text, model, bases=BASES):
    return both_strands(Sequence(bases), parse_variants(text, bases), model)


@pytest.fixture
def made(lively):
    return effects_of("450_460del", lively)


def test_events_of_both_strands_are_sorted_by_their_delta(made):
    result = events(made)
    sizes = [one.delta.value for one in result]
    assert sizes == sorted(sizes, reverse=True)
    assert {one.strand for one in result} == {"+", "-"}
    for one in result:
        effect = made["+-".index(one.strand)]
        assert effect.delta(one.event) == one.delta
    table = event_table(made)
    assert len(table) == 2 * len(EVENTS)
    assert list(table["delta"][: len(sizes)]) == sizes


def test_the_leading_event_is_the_largest_or_that_of_a_strand(made):
    every = events(made)
    assert leading_event(made) == every[0]
    other = next(one for one in every if one.strand != every[0].strand)
    assert leading_event(made, other.strand) == other
    assert other.delta.value >= NOTABLE
    length = len(BASES)
    weights = {s: np.full(length, 0.99 if s == other.strand else 0.01) for s in "+-"}
    assert leading_event(made, weights=weights) == other
    assert leading_event(made[:1], weights=weights).strand == made[0].strand
    assert leading_event([]) is None


@pytest.mark.parametrize(
    ("before", "after", "event", "place", "words"),
    [
        (0.001, 0.61, "donor_gain", (1148, 1148), "New donor at 1,148 (+): 0.00 → 0.61"),
        (0.3, 0.61, "donor_gain", (40, 41), "Stronger donor at 40 (41 in the edited sequence) (+)"),
        (0.9, 0.04, "acceptor_loss", (40, 0), "Lost acceptor at 40, whose base is deleted (+)"),
        (0.9, 0.4, "acceptor_loss", (40, 40), "Weaker acceptor at 40 (+): 0.90 → 0.40"),
        (0.0, 0.9, "donor_gain", (40, 45), "New donor at 45 of the edited sequence, behind 40"),
    ],
)
def test_a_headline(made, before, after, event, place, words):
    one = events(made)[0]
    delta = one.delta._replace(
        before=before, after=after, position=place[0], alternate_position=place[1]
    )
    assert str(one._replace(event=event, strand="+", delta=delta)).startswith(words)


@pytest.mark.parametrize(
    ("before", "place", "words"),
    [
        (0.001, (148, 148), "New donor at chr7:1,853 (−): 0.00"),
        (0.001, (40, 45), "New donor at chr7:1,961 (−): 0.00"),
        (0.0, (40, 45), "New donor at a base of the edited sequence, behind chr7:1,961 (−)"),
        (0.001, (40, 0), "New donor at chr7:1,961, whose base is deleted (−)"),
    ],
)
def test_a_headline_in_coordinates_of_the_genome(made, before, place, words):
    one = events(made)[0]
    delta = one.delta._replace(
        before=before, after=0.61, position=place[0], alternate_position=place[1]
    )
    event = one._replace(event="donor_gain", strand="+", delta=delta)
    assert event.told(GenomicInterval("chr7", 1001, 2000, "-")).startswith(words)


def test_changed_places_leave_out_what_stays(made):
    result = changed_places(made, 0.1)
    assert result
    for place in result:
        effect = made["+-".index(place.strand)]
        assert abs(place.after - place.before) >= 0.1
        row = ("donor", "acceptor").index(place.site)
        column = list(effect.positions[0]).index(place.position)
        assert effect.after[row, column] == pytest.approx(place.after)


def test_an_inserted_place_lies_between_two_bases(lively):
    effects = effects_of("450_451ins" + BASES[600:650], lively)
    inserted = [p.position for p in changed_places(effects) if p.before == 0]
    assert inserted
    assert {position % 1 for position in inserted} == {0.5}


def test_the_strand_of_known_transcripts():
    assert known_strand([PLUS], 900) == "+"
    assert known_strand([MINUS, MINUS], 900) == "-"
    assert known_strand([PLUS, MINUS], 900) is None
    assert known_strand([], 900) is None
    alone = TranscriptModel("CDS", "-", [(10, 90)], [])
    assert known_strand([alone], 900) is None
    assert known_strand([alone, PLUS], 900) == "+"
    assert known_strand([alone._replace(exons=[(1, 900)])], 900) == "-"  # an RNA
    last = alone._replace(whole_exons=((10, 90), (2_000, 2_100)))
    assert known_strand([last], 900) == "-"
    assert exons_on([PLUS, MINUS, PLUS, alone], "-", 900) == [
        (101, 200, False, True), (401, 500, True, False)
    ]  # fmt: skip


def test_flank_is_what_is_left_beside_the_change_and_its_exon(made):
    assert flank(made[0], NONE) == min(449, 900 - 460)
    assert flank(made[0], NONE._replace(exon=(60, 500))) == 59
    assert flank(made[0], NONE._replace(exon=(400, 890))) == 10


def test_a_deep_intronic_change_opens_at_its_donor_on_the_genes_strand():
    """PRPF31 c.1374+654C>G: a new donor in sense; antisense, where nothing happens, has a site."""
    worked = next(w for w in worked_examples() if w.name == "PRPF31 c.1374+654C>G")
    record, known = worked.example.sequence, worked.example.structures
    variants = parse_variants(worked.edit, record)
    result = scan(record)
    effects = both_strands(record, variants, load_model())
    for structures in (known, []):
        position, strand, site = first_site(result, effects, structures)
        assert (position, strand, site) == (variants[0].position, "+", "donor")
        event = leading_event(effects)
        assert event is not None
        assert event.delta.value > 0.3
    # The same record the other way round.
    turned = Sequence(reverse_complement(record))
    at = len(record) + 1 - variants[0].position
    change = parse_variants(f"{at}G>C", turned)
    effects = both_strands(turned, change, load_model())
    assert first_site(scan(turned), effects, []) == (at, "-", "donor")


def test_an_antisense_change_leads_only_where_no_transcript_is_known():
    worked = next(w for w in worked_examples() if w.name == "LDLR c.2140+86C>G")
    record = worked.example.sequence
    effects = both_strands(record, parse_variants(worked.edit, record), load_model())
    assert leading_event(effects).strand == "-"
    assert leading_event(effects, "+") is None
    result = scan(record)
    assert first_site(result, effects, [])[1] == "-"
    assert first_site(result, effects, worked.example.structures)[1] == "+"


def test_effects_of_both_strands_are_those_of_each(lively, made):
    for effect in made:
        edited = [(effect.reference, effect.variants)]
        (alone,) = splice_effects(edited, strand=effect.strand, model=lively)
        np.testing.assert_allclose(alone.log_odds, effect.log_odds, atol=1e-4)


@pytest.mark.parametrize(
    ("edits", "spans"),
    [
        ("450A>T" if BASES[449] == "A" else f"450{BASES[449]}>A", []),
        ("450_460del", [(450, 460, 0)]),
        ("450_451insACGACG", [(450, 451, 6)]),
        ("300_302del, 450_451insAC", [(300, 302, 0), (450, 451, 2)]),
    ],
)
def test_gaps_are_the_bases_without_a_partner(lively, edits, spans):
    found = gaps(effects_of(edits, lively))
    # Of equal places any will do: what counts is how many bases, and where to some bases.
    assert [(g.last - g.first, g.inserted) for g in found] == [(b - a, n) for a, b, n in spans]
    for gap, (first, _, _) in zip(found, spans, strict=True):
        assert abs(gap.first - first) <= 6


def test_without_effects_there_is_no_gap():
    assert gaps([]) == []
