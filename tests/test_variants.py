"""Edits as text: read, checked, applied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.errors import InputError
from dnaviz.sequences import Sequence
from dnaviz.variants import Variant, apply_variants, parse_variants, substitutions

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
        ("1A>G 1A>T", "overlap"),
        ("2_6del, 4T>A", "overlap"),
    ],
)
def test_edits_that_cannot_be_made(text, words):
    with pytest.raises(InputError, match=words):
        parse_variants(text, BASES)


@given(st.text(alphabet="0123456789_>delinsACGTN., ", max_size=30))
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
