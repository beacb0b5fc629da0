"""Edits as text: read, checked, applied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.errors import InputError
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.variants import (
    apply_variants,
    edited_position,
    parse_variants,
    substitute,
    substitutions,
    table_variant,
    written_positions,
)

BASES = "ACGTACGTAC" * 3


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("1A>G", "G" + BASES[1:]),
        ("1a>u", "T" + BASES[1:]),
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
        ("3dup", "ACGG" + BASES[3:]),
        ("2_4dupCGT", "ACGTCGT" + BASES[4:]),
        ("28_30dup", BASES + BASES[27:]),
        ("2_4inv", "AACG" + BASES[4:]),
        ("2_4DELINStt", "ATT" + BASES[4:]),
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
        ("1C>G", '"C" is written, but "A" stands there'),
        ("1A>A", "changes nothing"),
        ("31A>G", "outside the sequence of 30 nt"),
        ("0A>G", "outside"),
        ("30_31insA", "outside"),
        ("2_5insA", "two neighbors"),
        ("1A>J", "no nucleotide code"),
        ("hello", "is not understood: write the change in positions of this sequence"),
        ("4_2del", "wrong order"),
        ("3-5del", "write a range as 3_5del"),
        ("A1G", "write 1A>G"),
        ("2_9CG>AA", "span 8 nt, but 2 are named"),
        ("3dupA", '"A" is written, but "G" stands there'),
        ("3_4delins", "no nucleotide code"),
        ("1A>G(het)", "not understood"),
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


PASTED = ["1A>G", "3dup"]


@pytest.mark.parametrize(
    "text",
    [
        "1A\u2192G 3dup", "1A \u27f6 G\t3dup", "1A\u2013>G;3dup", "1 A > G\n3 dup", "1a->g,3DUP",
        "1[a/g] 3dup", "1A/G, 3dup", "1\tA\tG\n3dup", "\uff11A\uff1eG\uff0c3dup", "1A>G\u00a03dup",
        "1\u200bA>G\ufeff 3dup", "1A \u21d2 G; 3dup",
    ],
)  # fmt: skip
def test_edits_as_other_programs_write_them(text):
    assert list(map(str, parse_variants(text, BASES))) == PASTED


def test_positions_with_thousands_as_the_page_prints_them():
    bases = "ACGTACGTAC" * 200
    assert parse_variants("1,001A>G, 1,003_1,004del", bases) == parse_variants(
        "1001A>G 1003_1004del", bases
    )
    assert len(parse_variants("3del,300C>A", bases)) == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("3dup", "3dup"), ("2_4dupcgu", "2_4dupCGT"), ("3delginscc", "3delGinsCC"),
        ("2_4delCGT", "2_4delCGT"), ("2_4del", "2_4del"), ("4_5insuug", "4_5insTTG"),
        ("2_4inv", "2_4inv"),
    ],
)  # fmt: skip
def test_an_edit_is_shown_as_it_was_written(text, shown):
    (variant,) = parse_variants(text, BASES)
    assert str(variant) == shown
    assert str(Variant(*variant[:3])) == str(variant._replace(written=""))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("c.1A>G", "start codon of a transcript"),
        ("C.1A>G", "start codon of a transcript"),
        ("c.3del", "start codon"),
        ("c.3_5dup", "start codon"),
        ("c.3_4insA", "start codon"),
        ("c.-22C>T", "start codon"),
        ("c.*5A>G", "start codon"),
        ("c.3+1G>A", "exon's end"),
        ("3+1G>A", "exon's end"),
        ("3\u22121G>A", "exon's end"),
        ("-2C>T", "codon"),
        ("n.1A>G", "first base of a transcript"),
        ("g.1A>G", "along a chromosome"),
        ("m.1A>G", "mitochondria"),
        ("r.1a>g", "RNA"),
        ("p.Arg1Gln", "protein"),
        ("NP_000518.1:p.(Arg3Gln)", "protein"),
        ("NM_000527.5:c.1A>G", 'transcript \\("NM_000527.5"\\)'),
        ("LDLR c.1A>G", '"LDLR"'),
        ("ENST00000558518:c.3del", "ENST"),
        ("NC_000019.10:g.1A>G", "another sequence"),
        ("LRG_274t1:c.1A>G", "another sequence"),
        ("chr19:11102787 G>A", "place in a genome"),
        ("19-11102787-G-A", "place in a genome"),
        ("chrX:5A>G", "place in a genome"),
        ("IVS2-654C>T", "introns of a transcript"),
        ("c.IVS2-654C>T", "introns of a transcript"),
        ("rs6511720", "nothing is looked up online"),
    ],
)
def test_positions_of_other_sequences_are_refused(text, words):
    for edits in (text, f"1A>G, {text}"):
        with pytest.raises(InputError, match=words) as messages:
            parse_variants(edits, BASES)
        assert str(messages.value).endswith("write the position in this sequence, e.g. 57A>G.")


def test_a_reader_of_other_positions_is_asked_first():
    def locate(word):
        return Variant(3, "G", "A", word) if word == "c.313+1G>A" else None

    variants = parse_variants("1A>G, c.313+1G>A", BASES, locate=locate)
    assert list(map(str, variants)) == ["1A>G", "c.313+1G>A"]
    with pytest.raises(InputError, match="protein"):
        parse_variants("p.Gly3Arg", BASES, locate=locate)


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
    result = substitutions(BASES, Sequence(after))
    assert result == [Variant(1, "A", "G"), Variant(11, "A", "T")]
    assert str(apply_variants(BASES, result)) == after
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


@pytest.mark.parametrize(
    ("ref", "alt", "words"),
    [
        ("A", "", "alt is empty: a deletion repeats the base before it"),
        ("A", ".", 'alt is "."'),
        ("A", "NA", 'alt is "NA"'),
        ("A", "nan", 'alt is "NAN"'),
        ("NA", "A", 'ref is "NA"'),
        ("", "A", "ref is empty"),
        ("-", "A", 'ref is "-"'),
        ("A", "C,T", "several alleles"),
        ("A", "*", "is a symbol"),
        ("A", "<DEL>", "is a symbol"),
        ("A", "A]7:12]", "is a symbol"),
        ("A", "0", "no nucleotide"),
        ("A", "TRUE", "no nucleotide"),
    ],
)
def test_alleles_that_are_missing_or_no_bases(ref, alt, words):
    with pytest.raises(InputError, match=words):
        table_variant(BASES, 1, ref, alt)


@given(st.data())
def test_a_table_variant_makes_its_alt(data):
    start = data.draw(st.integers(0, 25))
    end = data.draw(st.integers(start + 1, 30))
    alt = data.draw(st.text("ACGT", min_size=1, max_size=6))
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


def test_bases_that_edits_wrote_are_found_in_the_edited_sequence():
    variants = parse_variants("3G>N, 5_8del, 9_10insNN, 21ACG>N, 30C>N", BASES)
    edited = str(apply_variants(BASES, variants))
    assert written_positions(variants) == {i for i, base in enumerate(edited) if base == "N"}


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
