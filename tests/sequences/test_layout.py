"""No name is read as bases, no two records as one, and every spelling of one as itself."""

import textwrap

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dnaviz.errors import GapError, InputError
from dnaviz.sequences import IUPAC, parse_sequences, reverse_complement
from dnaviz.sequences.layout import USUAL_WIDTHS

RNG = np.random.default_rng(7)
WORDS = [
    "DMD", "ATM", "MUT", "WT", "KRAS", "NRAS", "HRAS", "DNA", "CDS", "mRNA", "cDNA", "RNA", "HBB",
    "TTN", "GAA", "CAT", "TAT", "ACTN", "GATA", "BRCA", "CASR", "MYH", "SMN", "RYR", "MUTANT", "NM",
    "NG", "UTR", "MHC", "TCRB", "CD", "CYBB", "CAST", "VHL", "MSH",
]  # fmt: skip
ANY_WORDS = [
    *WORDS, "BRCA2", "GATA1", "Exon 2", "exon A", "5'UTR", "3'UTR", "Intron 4", "wild type",
    "LDLR exon 4:", "# mine", "Homo sapiens", "NM_000527.5", "c.313+1G>A", "[WT]", "(mutant)",
]  # fmt: skip
dna = st.integers(40, 400).flatmap(lambda n: st.text("ACGT", min_size=n, max_size=n))
wide = st.integers(40, 120)


def random_bases(length: int) -> str:
    return "".join(RNG.choice(list("ACGT"), length))


ONE, TWO, THREE = random_bases(200), random_bases(200), random_bases(173)
PRIMERS = [random_bases(n) for n in (22, 20, 25)]


def wrapped(bases: str, width: int = 60) -> str:
    return "\n".join(textwrap.wrap(bases, width))


def read_or_refuse(text: str) -> list[str] | None:
    try:
        return [record.bases for record in parse_sequences(text)]
    except InputError as error:
        message = str(error)
    assert "\n" not in message
    assert "ine" in message  # it says where
    return None


# --- names are no bases ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(lambda name, bases: f"{name}\n{bases}", id="above"),
        pytest.param(lambda name, bases: f"{name}\n\n{bases}\n", id="above a blank line"),
        pytest.param(lambda name, bases: f"\n {name}\r\n{bases}", id="indented"),
        pytest.param(lambda name, bases: f"{name}\t{bases}", id="tab"),
        pytest.param(lambda name, bases: f"{name}: {bases}", id="colon"),
        pytest.param(lambda name, bases: f"{name} = {bases}", id="equals"),
        pytest.param(lambda name, bases: f"{name}  {bases}", id="blanks"),
        pytest.param(lambda name, bases: f"{name} 5'-{bases}-3'", id="marks"),
        pytest.param(lambda name, bases: f"{name},{bases}", id="comma"),
        pytest.param(lambda name, bases: f">x\n{name}\n{bases}", id="below a header"),
        pytest.param(lambda name, bases: f"{name}\n>x\n{bases}", id="before a header"),
    ],
)
@given(name=st.sampled_from(ANY_WORDS), bases=dna, width=wide)
def test_a_name_never_becomes_bases(layout, name, bases, width):
    for text in (layout(name, bases), layout(name, wrapped(bases, width))):
        result = read_or_refuse(text)
        if "\n" not in text or text.count("\n") == layout(name, bases).count("\n"):
            assert result in (None, [bases])
        else:
            assert result is None or result == [bases]


@pytest.mark.parametrize("mark", [":", " : ", "=", " = ", ": "])
@pytest.mark.parametrize("exon", ["GCTCAAGCAG", ONE, f"5'-{ONE}", f"{ONE[:30]} {ONE[30:]}"])
def test_bases_before_a_mark_of_a_border_are_no_name(exon, mark):
    with pytest.raises(InputError, match=r'"[:=]" may be a name or bases'):
        parse_sequences(f"{exon}{mark}{TWO}")


def test_a_few_letters_that_touch_a_mark_may_be_bases():
    with pytest.raises(InputError, match=r'Line 1: .*":" may be a name or bases'):
        parse_sequences(f"CAG:GTAAGT{TWO}")
    (record,) = parse_sequences(f"CAT: {TWO}")
    assert (record.name, record.bases) == ("CAT", TWO)


@pytest.mark.parametrize("head", ["", "fw\trev\n", "1\t"])
@pytest.mark.parametrize("row", [f"{ONE}\t{TWO}", f"{ONE[:20]}\t{TWO[:18]}", f"{ONE}\t\t{TWO}"])
def test_sequences_in_cells_beside_each_other_are_never_one(head, row):
    with pytest.raises(InputError, match="this row of the table holds more than one sequence"):
        parse_sequences(head + row)


@pytest.mark.parametrize("turn", [str, str.lower])
def test_two_primers_on_one_line_are_never_one(turn):
    one, two = turn(ONE[:20]), turn(TWO[:19])
    for text in (f"{one} {two}", f"{one} {two}\n{turn(THREE[:21])} {turn(THREE[-20:])}"):
        with pytest.raises(InputError, match="may be one sequence or two: words this short are"):
            parse_sequences(text)
    for whole in (f"{one}{two}", f">x\n{one} {two}", f"5'-{one} {two}-3'", f"1 {one} {two} 39"):
        (record,) = parse_sequences(whole)
        assert str(record) == ONE[:20] + TWO[:19]


def test_an_exon_and_an_intron_may_be_set_apart_by_a_blank():
    (record,) = parse_sequences(f"{ONE[:20]} {TWO[:19].lower()}")
    assert str(record) == ONE[:20] + TWO[:19]


@pytest.mark.parametrize("word", ["and", "AND", "vs", "strand"])
def test_a_word_among_bases_is_not_read_as_bases(word):
    for text in (
        f"{ONE} {word} {TWO}",
        f">x\n{ONE} {word}\n{TWO}",
        f"{ONE[:20]} {word} {TWO[:20]}",
    ):
        with pytest.raises(InputError, match=f'"{word}" would be read as bases'):
            parse_sequences(text)
    (record,) = parse_sequences(f"{ONE}{word}{TWO}")  # not on its own
    assert record.bases == ONE + word + TWO


def test_tabs_may_divide_a_sequence_into_blocks():
    (record,) = parse_sequences("\t".join(ONE[i : i + 10] for i in range(0, len(ONE), 10)))
    assert record.bases == ONE


@given(name=st.sampled_from(WORDS), one=dna, two=dna, width=wide, blank=st.booleans())
def test_two_named_sequences_are_never_one(name, one, two, width, blank):
    gap = "\n\n" if blank else "\n"
    text = gap.join([f"{name}1", wrapped(one, width), f"{name}2", wrapped(two, width)])
    assert read_or_refuse(text) in (None, [one, two])
    text = gap.join(["WT", wrapped(one, width), "MUT", wrapped(two, width)])
    assert read_or_refuse(text) in (None, [one, two])


@pytest.mark.parametrize("name", ["DMD", "KRAS", "mRNA", "Exon 2", "5'UTR", "BRCA2", "Human DNA"])
def test_a_line_of_words_names_what_is_below_it(name):
    (record,) = parse_sequences(f"{name}\n{wrapped(ONE)}")
    assert (record.name, record.bases) == (name.replace(" ", "_"), ONE)
    result = parse_sequences(f"{name}\n{ONE}\n\nWT\n{wrapped(TWO)}\n")
    assert [r.bases for r in result] == [ONE, TWO]


@pytest.mark.parametrize("name", ["GAA", "CAT", "TATA"])
def test_a_word_of_the_four_bases_is_refused(name):
    with pytest.raises(InputError, match=f'Line 1: "{name}" may be a name or bases.*">{name}"'):
        parse_sequences(f"{name}\n{ONE}")


# --- every spelling of one sequence is read --------------------------------------------------


@pytest.mark.parametrize(
    "spell",
    [
        pytest.param(lambda s, w: wrapped(s, w), id="wrapped"),
        pytest.param(lambda s, w: wrapped(s, w).replace("\n", "\u2028"), id="line separators"),
        pytest.param(lambda s, w: wrapped(s, w).replace("\n", "\x0b"), id="soft line ends"),
        pytest.param(lambda s, w: "  " + wrapped(s, w).replace("\n", "  \n  "), id="indented"),
        pytest.param(lambda s, w: "\n".join(f"> {x}" for x in textwrap.wrap(s, w)), id="mail"),
        pytest.param(lambda s, w: f"> >a\n> {s}", id="mailed FASTA"),
        pytest.param(lambda s, w: f"```fasta\n{wrapped(s, w)}\n```", id="code block"),
        pytest.param(lambda s, w: f'"{wrapped(s, w)}"', id="quotation marks"),
        pytest.param(lambda s, w: f"\u201c{s}\u201d", id="typographic quotation marks"),
        pytest.param(lambda s, w: " ".join(textwrap.wrap(s, 3)), id="codons"),
        pytest.param(lambda s, w: "\u00ad".join(textwrap.wrap(s, 7)), id="soft hyphens"),
        pytest.param(lambda s, w: "\u200b".join(textwrap.wrap(s, 7)), id="zero width"),
        pytest.param(lambda s, w: "\u202f".join(textwrap.wrap(s, 10)), id="narrow blanks"),
        pytest.param(
            lambda s, w: "\n".join(
                f"{w * i + 1:>9,} {x}" for i, x in enumerate(textwrap.wrap(s, w))
            ),
            id="numbered",
        ),
        pytest.param(
            lambda s, w: "\n\n".join(
                f"{x} {min(w * (i + 1), len(s))}" for i, x in enumerate(textwrap.wrap(s, w))
            ),
            id="numbered behind, double-spaced",
        ),
        pytest.param(
            lambda s, w: "\n".join(
                f"{9000 - w * i} {x}" for i, x in enumerate(textwrap.wrap(s, w))
            ),
            id="numbered on the other strand",
        ),
        pytest.param(
            lambda s, w: "\n".join(f"{w * i + 1}\n{x}" for i, x in enumerate(textwrap.wrap(s, w))),
            id="numbers on lines of their own",
        ),
        pytest.param(lambda s, w: f"        10        20        30\n{s}", id="ruler"),
        *(
            pytest.param(
                lambda s, w, p=p, d=d: f"5{p}{d}{wrapped(s, w)}{d}3{p}",
                id=f"U+{ord(p):04X} U+{ord(d):04X}",
            )
            for p, d in zip(
                "'\u2019\u2018\u2032\u00b4`\u02b9'''\u2019",
                "-\u2014\u2013\u2010\u2011\u2212\u2015 -\u2014\u2013",
                strict=True,
            )
        ),
    ],
)
@given(bases=dna, width=wide, lower=st.booleans())
def test_every_spelling_of_a_sequence_is_read(spell, bases, width, lower):
    ends = [line[i] for line in textwrap.wrap(bases, width) for i in (slice(15), slice(-15, None))]
    assume(len(set(ends)) == len(ends))  # lines that are variants of one another may be refused
    assume(len(bases) % width or width in USUAL_WIDTHS)  # so may lines that may be several
    bases = bases[:30].lower() + bases[30:] if lower else bases
    text = spell(bases, width)
    (record,) = parse_sequences(text)
    assert record.bases == bases


@given(st.text("".join(IUPAC) + "acgt", min_size=60, max_size=300), wide)
def test_ambiguity_codes_within_a_sequence_are_bases(bases, width):
    assert read_or_refuse(wrapped(bases, width)) in (None, [bases])
    assert read_or_refuse(bases) == [bases]


@pytest.mark.parametrize("width", [41, 57, 101])
def test_lines_of_one_length_that_no_program_wraps_to_may_be_several(width):
    bases = ONE + TWO
    lines = [bases[i : i + width] for i in (0, width)]
    for text in ("\n".join(lines), f"\n{lines[0]}\r\n{lines[1]}\n"):
        with pytest.raises(InputError, match=f"no program wraps sequences to {width} bases a line"):
            parse_sequences(text)
    rest = bases[2 * width : 2 * width + 20]
    both = "\n".join(lines)
    for text in (f">a\n{both}", f"{both}\n{rest}", f"5'-{both}-3'"):
        assert len(parse_sequences(text)) == 1


def test_a_wrapped_sequence_that_was_edited_is_one():
    lines = textwrap.wrap(ONE, 60)
    lines[1] = lines[1][:20] + lines[1][21:]
    (record,) = parse_sequences("\n".join(lines))
    assert record.bases == "".join(lines)


# --- several sequences are never one ---------------------------------------------------------


@given(one=dna, two=dna, width=wide, blanks=st.integers(2, 4))
def test_a_blank_line_never_joins_two_sequences(one, two, width, blanks):
    for first, second in ((one, two), (wrapped(one, width), wrapped(two, width))):
        text = first + "\n" * blanks + second
        result = read_or_refuse(text)
        lines = [x for x in text.split("\n") if x]
        if result == [one + two]:  # then nothing but a blank line within a wrapped sequence
            assert len(lines) > 2
            assert {len(x) for x in lines[:-1]} == {len(lines[0])}
            assert len(lines[-1]) < len(lines[0])
        else:
            assert result in (None, [one, two])


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\n\n{TWO}",
        f"{wrapped(ONE)}\n\n{wrapped(TWO)}",
        f">a\n{wrapped(ONE)}\n\n{wrapped(TWO)}",
        f"{wrapped(ONE[:180])}\n\n{wrapped(TWO[:120])}",
        f"{wrapped(ONE[:180])}\n\n{wrapped(TWO)}",
        f"{wrapped(ONE)}\nthanks",
        f">a\n{wrapped(ONE)}\nMany thanks",
        f"```\n{wrapped(ONE)}\n```\nthanks",
        "Sequence\n" + "\n".join(PRIMERS[:2]),
        "Primers:\n" + "\n".join(f"5'-{p}-3'" for p in PRIMERS),
        f"{ONE[:60]}/{ONE[60:]}",
        f"{ONE}\n{THREE}",
        f"{THREE}\n{ONE}",
        f"{ONE}\n{ONE[:100] + 'A' + ONE[101:]}",
        f"{ONE}\n{ONE[:100] + ONE[101:]}",
        "\n".join(PRIMERS),
        "\n".join(PRIMERS[:2]),
        "\n".join([PRIMERS[0], PRIMERS[0][::-1]]),
        "\n".join(f"{i}. {p}" for i, p in enumerate(PRIMERS, 1)),
        "\n".join(f"{i} {p}" for i, p in enumerate([ONE, TWO], 1)),
        f"1 {ONE[:60]}\n61 {ONE[60:100]}\n1 {TWO[:60]}\n61 {TWO[60:]}",
        f"1 {ONE[:60]}\n121 {ONE[120:180]}\n181 {ONE[180:]}",
        f"1 {ONE[:60]}\n61 {ONE[60:120]}\n301 {ONE[120:180]}",
        f"{ONE[:50].lower()}\n{ONE[50:120]}\n{ONE[120:].lower()}",
        f"5'-{ONE}-3'\n3'-{TWO}-5'",
        f"{ONE}\nBest regards,\nJim",
        f">a\n{ONE}\n\nBest regards",
        f"Here it is:\n>a\n{ONE}",
        f"On Monday Jim wrote:\n> {ONE}",
        f">a\n{ONE}\nLOCUS       X 20 bp",
        f">{ONE}",
        f">a {ONE}",
        f"WT {ONE[:60]} 60\nMUT {TWO[:60]} 60\n\nWT {ONE[60:]} 200\nMUT {TWO[60:]} 200",
        f"WT\t{ONE[:60]}\n\t{ONE[60:]}",
        f"Exon\tForward\tReverse\n2\t{PRIMERS[0]}\t{PRIMERS[1]}",
        f"WT\t{ONE}\nMUT",
        f"Seq A {ONE}",
    ],
)
def test_what_may_be_several_sequences_is_refused(text):
    assert read_or_refuse(text) is None


@pytest.mark.parametrize("read_from", [slice(None), slice(None, None, -1)])
@pytest.mark.parametrize("between", ["\n", "\n" + "|" * 60 + "\n", "\n\n"])
@pytest.mark.parametrize("header", ["", ">a\n"])
def test_both_strands_are_not_read_one_behind_the_other(header, between, read_from):
    pairs = [(line, reverse_complement(line)[read_from]) for line in wrapped(ONE[:180]).split("\n")]
    for text in (between.join(pairs[0]), "\n".join(between.join(pair) for pair in pairs)):
        with pytest.raises(InputError, match=r"ine \d+: this is the other strand of line \d"):
            parse_sequences(header + text)


def test_a_repeat_of_adenine_and_thymine_is_no_other_strand():
    text = wrapped("AT" * 100, 67)
    (record,) = parse_sequences(text)
    assert len(record) == 200


@pytest.mark.parametrize("mark", ["3'\u21925' ", "3'->5': ", "3\u2032-5\u2032 ", "(3')-(5') "])
def test_a_sequence_marked_as_written_backwards_is_refused(mark):
    with pytest.raises(InputError, match="from 3' to 5'"):
        parse_sequences(mark + ONE)


def test_marks_of_the_ends_part_sequences():
    result = parse_sequences("".join(f"5'-{p}-3'\n" for p in PRIMERS))
    assert [r.bases for r in result] == PRIMERS
    (record,) = parse_sequences(f"5'-{wrapped(ONE)}-3'")
    assert record.bases == ONE


@pytest.mark.parametrize(
    ("text", "records"),
    [
        (f"WT\t{ONE}\nMUT\t{TWO}", [("WT", ONE), ("MUT", TWO)]),
        (f"WT  {ONE}\nMUT {TWO}\n", [("WT", ONE), ("MUT", TWO)]),
        (f"name,sequence\nWT,{ONE}\nMUT,{TWO}", [("WT", ONE), ("MUT", TWO)]),
        (f'"name";"sequence"\n"WT";"{ONE}"', [("WT", ONE)]),
        (f"| name | sequence |\n|---|---|\n| WT | {ONE} |", [("WT", ONE)]),
        (
            f"Well\tName\tSequence (5'-3')\tScale\nA1\tLDLR F\t{PRIMERS[0]}\t25nm\n"
            f"A2\tLDLR R\t5'-{PRIMERS[1]}-3'\t25nm",
            [("LDLR_F", PRIMERS[0]), ("LDLR_R", PRIMERS[1])],
        ),
        (f"F: 5'-{PRIMERS[0]}-3'\nR: 5'-{PRIMERS[1]}-3'", [("F", PRIMERS[0]), ("R", PRIMERS[1])]),
        (f"WT:\n{ONE}\n(MUT)\n{TWO}", [("WT", ONE), ("(MUT)", TWO)]),
        (f"WT - {ONE}\nMUT \u2013 {TWO}", [("WT", ONE), ("MUT", TWO)]),
        (f"exon4 | LDLR | 381 bp\n{ONE}", [("exon4_|_LDLR_|_381_bp", ONE)]),
        (f"exon1 {ONE}\nexon2 {TWO}", [("exon1", ONE), ("exon2", TWO)]),
        (f">a\n{ONE}\n------\n>b\n{TWO}", [("a", ONE), ("b", TWO)]),
    ],
)
def test_rows_of_names_and_sequences(text, records):
    assert [(r.name, r.bases) for r in parse_sequences(text)] == records


# --- gaps and notations ----------------------------------------------------------------------


@pytest.mark.parametrize("gap", ["-", "---", ".", "~", "\u2014", "\u2212"])
def test_gaps_are_refused_and_removed_on_request(gap):
    text = f">a\n{ONE[:50]}{gap}{ONE[50:]}\n>b\n{gap}{TWO}{gap}\n"
    with pytest.raises(GapError, match=r"line 2, column 51.*gap"):
        parse_sequences(text)
    result = parse_sequences(text, remove_gaps=True)
    assert [r.bases for r in result] == [ONE, TWO]


@pytest.mark.parametrize(
    ("note", "parts"),
    [
        ("[g/a]", ["column 81", '"[g/a]"', "alleles of base 81", "g or a", "code R"]),
        ("(C>T)", ["alleles of base 81", "code Y"]),
        ("[C/G/T]", ["C or G or T", "code B"]),
        ("[-/AG]", ["- or AG"]),
        ("(CAG)20", ["repeat"]),
        ("[15]", ["left out"]),
        ("/iSp18/", ["modification"]),
        ("[exon 2]", ["note"]),
    ],
)
def test_notations_are_named(note, parts):
    with pytest.raises(InputError) as caught:
        parse_sequences(f">x\n{ONE[:80]}{note}{ONE[80:]}")
    for part in ["line 2", *parts]:
        assert part in str(caught.value)


def test_letters_that_only_look_like_bases_are_named():
    with pytest.raises(InputError, match=r"U\+0421.*cyrillic capital letter es"):
        parse_sequences(f"{ONE}\u0421")


@pytest.mark.parametrize("unseen", ["\ufeff", "\u00a0", "\u200b", "\u2028", "\u00ad", "\u200e"])
def test_unseen_characters_before_later_headers(unseen):
    result = parse_sequences(f"{unseen}>a\n{ONE}\n{unseen}>b{unseen}\n{TWO}{unseen}\n")
    assert [(r.name, r.bases) for r in result] == [("a", ONE), ("b", TWO)]


def test_a_number_among_bases_says_where_numbers_may_stand():
    bases = "ACGTACGTACGTACGTACGTAC"
    assert str(parse_sequences(f"1 {bases} 22")[0]) == bases
    with pytest.raises(InputError, match=r"column 26.*position numbers may end or begin a line"):
        parse_sequences(f"1 {bases} 23 {bases}")
