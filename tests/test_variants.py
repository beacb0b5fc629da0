"""Edits as text: read, checked, applied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.errors import InputError
from dnaviz.sequences import Sequence
from dnaviz.variants import (
    Variant,
    apply_variants,
    edited_position,
    parse_variants,
    substitute,
    substitutions,
    table_variant,
)

BASES = "ACGTACGTAC" * 3


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("1A>G", "G" + BASES[1:]),
        ("g.1a>u", "T" + BASES[1:]),
        ("3GT>CC", "ACCC" + BASES[4:]),
        ("2del", "A" + BASES[2:]),
        ("2_4del", "A" + BASES[4:]),
        ("2_4delCGT", "A" + BASES[4:]),
        ("2delCGT", "A" + BASES[4:]),
        ("4_5insTTG", "ACGT" + "TTG" + BASES[4:]),
        ("30C>A, 1A>G; 4_5insN", "G" + "CGTN" + BASES[4:29] + "A"),
        ("4_5insTTG, 5A>C, 4T>A", "ACGATTGC" + BASES[5:]),
        ("3_4delinsA", "ACA" + BASES[4:]),
        ("3delGinsCC", "ACCC" + BASES[3:]),
        ("c.3dup", "ACGG" + BASES[3:]),
        ("2_4dupCGT", "ACGTCGT" + BASES[4:]),
        ("28_30dup", BASES + BASES[27:]),
        ("", BASES),
    ],
)
def test_edits(text, edited):
    variants = parse_variants(text, BASES)
    assert str(apply_variants(BASES, variants)) == edited
    again = parse_variants(", ".join(map(str, variants)), BASES)
    assert again == variants


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1C>G", "has A at 1, not C"),
        ("1A>A", "changes nothing"),
        ("31A>G", "outside the sequence of 30 nt"),
        ("0A>G", "outside"),
        ("30_31insA", "outside"),
        ("2_5insA", "two neighbours"),
        ("1A>J", "no nucleotide code"),
        ("hello", "is no edit"),
        ("2_9CG>AA", "span another length"),
        ("3dupA", "has G at 3, not A"),
        ("3_4delins", "no nucleotide code"),
        ("30_31dup", "outside"),
        ("1A>G 1A>T", "overlap"),
        ("2_6del, 4T>A", "overlap"),
        ("2_6del, 3_4insA", "overlap"),
        ("4_5insA, 4_5insG", "overlap"),
    ],
)
def test_edits_that_cannot_be_made(text, words):
    with pytest.raises(InputError, match=words):
        parse_variants(text, BASES)


@given(st.text(alphabet="0123456789_>delinsdupACGTN., ", max_size=30))
def test_any_text_gives_edits_that_fit_or_an_input_error(text):
    try:
        variants = parse_variants(text, BASES)
    except InputError:
        return
    change = sum(len(v.alt) - len(v.ref) for v in variants)
    assert len(apply_variants(BASES, variants)) == len(BASES) + change


def test_substitutions_are_what_turns_one_into_the_other():
    after = "G" + BASES[1:10] + "T" + BASES[11:]
    found = substitutions(BASES, Sequence(after))
    assert found == [Variant(1, "A", "G"), Variant(11, "A", "T")]
    assert str(apply_variants(BASES, found)) == after
    with pytest.raises(InputError, match="same length"):
        substitutions(BASES, BASES[1:])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((1, "A", "G"), Variant(1, "A", "G")),
        ((1, "a", "u"), Variant(1, "A", "T")),
        ((3, "GT", "CC"), Variant(3, "GT", "CC")),
        ((2, "C", "CTT"), Variant(3, "", "TT")),
        ((2, "C", "TTC"), Variant(2, "", "TT")),
        ((2, "CGT", "C"), Variant(3, "GT", "")),
        ((2, "CGT", "-"), Variant(2, "CGT", "")),
        ((2, "CGTA", "CTTA"), Variant(3, "G", "T")),
        ((30, "C", "CA"), Variant(31, "", "A")),
    ],
)
def test_variants_of_tables(cells, expected):
    assert table_variant(BASES, *cells) == expected


@given(st.data())
def test_a_table_variant_makes_its_alt(data):
    start = data.draw(st.integers(0, 25))
    end = data.draw(st.integers(start + 1, 30))
    alt = data.draw(st.text("ACGT", max_size=6))
    if BASES[start:end] == alt:
        return
    variant = table_variant(BASES, start + 1, BASES[start:end], alt)
    assert str(apply_variants(BASES, [variant])) == BASES[:start] + alt + BASES[end:]


def test_bases_keep_their_place_through_edits():
    variants = parse_variants("3G>A, 5_6del, 9_10insTT, 21ACG>T", BASES)
    edited = str(apply_variants(BASES, variants))
    changed = {3, 5, 6, 21, 22, 23}
    for position in range(1, 31):
        place = edited_position(variants, position)
        if position not in changed:
            assert edited[place - 1] == BASES[position - 1]
    assert [edited_position(variants, p) for p in (5, 6, 22)] == [None] * 3


@given(st.lists(st.tuples(st.integers(1, 31), st.sampled_from("ACGT")), max_size=12))
def test_single_changes_add_up(changes):
    variants = parse_variants("3G>A, 5_6del, 12_13insTTT", BASES)
    expected = str(apply_variants(BASES, variants))
    for position, base in changes:
        variants = substitute(BASES, variants, position, base)
        edited = expected[: position - 1] + base + expected[position:]
        assert str(apply_variants(BASES, variants)) == edited
        expected = edited
    again = parse_variants(", ".join(map(str, variants)), BASES)
    assert apply_variants(BASES, again) == apply_variants(BASES, variants)


def test_a_change_back_is_no_edit():
    made = substitute(BASES, [], 1, "G")
    assert made == [Variant(1, "A", "G")]
    assert substitute(BASES, made, 1, "A") == []
    with pytest.raises(InputError, match="outside"):
        substitute(BASES, [], 31, "A")
