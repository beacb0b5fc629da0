"""Text, files and uploads to sequences; sequences to arrays."""

import gzip
import io
import textwrap
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from helpers.hostile import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.errors import InputError
from dnaviz.io.read import read_sequence_bytes, read_sequences
from dnaviz.sequences import (
    IUPAC,
    Sequence,
    as_sequence,
    as_sequences,
    from_one_hot,
    one_hot,
    parse_sequences,
    reverse_complement,
    upper_case_regions,
)

CODES = "".join(IUPAC)
DNA = "ACGTTGCAAGCTTGACCATG" * 3
any_case = st.text(CODES + CODES.lower(), min_size=20, max_size=400)
names = st.text("AZaz09_.|<>&\"'=:é-", min_size=1, max_size=30)


def complaint(text: str, **limits: int) -> str:
    with pytest.raises(InputError) as caught:
        parse_sequences(text, **limits)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def blocks(bases: str, width: int = 60, block: int = 10) -> list[str]:
    lines = textwrap.wrap(bases, width)
    return [" ".join(textwrap.wrap(line, block)) for line in lines]


def numbered(bases: str) -> str:
    """The ORIGIN lines of a GenBank entry."""
    return "\n".join(f"{60 * i + 1:>9} {line}" for i, line in enumerate(blocks(bases)))


def both_sides(bases: str) -> str:
    """Position numbers on both sides, as Ensembl and many alignment viewers print them."""
    lines = textwrap.wrap(bases, 60)
    return "\n".join(f"{60 * i + 1:,} {x} {60 * i + len(x):,}" for i, x in enumerate(lines))


def embl(bases: str) -> str:
    lines = [f"     {x:<66}{60 * (i + 1):>9}" for i, x in enumerate(blocks(bases))]
    return "\n".join(["ID   X56734; SV 1; linear", "DE   A gene", "SQ   Sequence", *lines, "//"])


def genbank(bases: str, name: str = "AB000001") -> str:
    return (
        f"LOCUS       {name} {len(bases)} bp DNA\nDEFINITION  A gene.\nFEATURES  Location\n"
        f"     gene            1..20\nORIGIN      \n{numbered(bases)}\n//\n"
    )


# --- layouts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(str, id="raw"),
        pytest.param(lambda s: "\n".join(textwrap.wrap(s, 60)), id="lines"),
        pytest.param(lambda s: "\n\n  ".join(blocks(s)) + "\n\n", id="blocks"),
        pytest.param(lambda s: "\t".join(s), id="tabs"),
        pytest.param(lambda s: "\u00a0".join(s) + "\u200b", id="unusual blanks"),
        pytest.param(numbered, id="GenBank lines"),
        pytest.param(lambda s: "ORIGIN\n" + numbered(s) + "\n//", id="ORIGIN block"),
        pytest.param(both_sides, id="numbers on both sides"),
        pytest.param(genbank, id="GenBank entry"),
        pytest.param(lambda s: genbank(s).partition("\n")[2], id="part of an entry"),
        pytest.param(embl, id="EMBL entry"),
        pytest.param(lambda s: f"5'-{s}-3'", id="5' to 3'"),
        pytest.param(lambda s: f"5′ {s} 3′", id="primes"),
        pytest.param(lambda s: f"; a comment\n>x\n{s}", id="old FASTA comment"),
        pytest.param(lambda s: f"\ufeff>x\n{s}", id="byte order mark"),
    ],
)
@given(bases=any_case)
def test_every_layout_gives_the_same_bases(layout, bases):
    for ends in ("\n", "\r\n", "\r"):
        (record,) = parse_sequences(layout(bases).replace("\n", ends))
        assert record.bases == bases


@given(st.lists(st.tuples(names, any_case), min_size=1, max_size=5), st.integers(1, 80))
def test_fasta_round_trip(records, width):
    text = "".join(
        f">{n} some words\n{chr(10).join(textwrap.wrap(b, width))}\n" for n, b in records
    )
    result = parse_sequences(text)
    assert [(r.name, r.description, r.bases) for r in result] == [
        (n, "some words", b) for n, b in records
    ]


def test_rna_becomes_dna_and_case_is_kept():
    (record,) = parse_sequences("acgu" * 5 + "ACGU" * 5)
    assert record.bases == "acgt" * 5 + "ACGT" * 5
    assert str(record) == "ACGT" * 10
    assert len(record) == 40


def test_names():
    text = f"{DNA}\n>\n{DNA}\n> spaced  out\n{DNA}\n>tab\tbed\x1b[31m\n{DNA}"
    result = parse_sequences(text)
    assert [r.name for r in result] == ["sequence", "sequence_2", "spaced", "tab"]
    assert [r.description for r in result] == ["", "", "out", "bed [31m"]
    (record,) = parse_sequences(f"><img src=x onerror=alert(1)>\n{DNA}")
    assert record.name == "<img"  # kept as it is: whoever shows it escapes it


def test_several_genbank_entries():
    result = parse_sequences(genbank(DNA, "ONE") + genbank(DNA[::-1], "TWO"))
    assert [(r.name, r.description, r.bases) for r in result] == [
        ("ONE", "A gene.", DNA),
        ("TWO", "A gene.", DNA[::-1]),
    ]


def test_entries_without_their_last_line():
    open_ended = genbank(DNA, "ONE").replace("//", "") + genbank(DNA[::-1], "TWO").replace("//", "")
    assert [(r.name, r.bases) for r in parse_sequences(open_ended)] == [
        ("ONE", DNA),
        ("TWO", DNA[::-1]),
    ]
    blocks_alone = f"ORIGIN\n{numbered(DNA)}\nORIGIN\n{numbered(DNA[::-1])}"
    assert [r.bases for r in parse_sequences(blocks_alone)] == [DNA, DNA[::-1]]


# --- what is wrong, and where ----------------------------------------------------------------


@pytest.mark.parametrize("header", [DNA * 3, f"guide {DNA[:20]}", f"{DNA * 3} of a sample"])
def test_a_header_may_name_a_barcode_or_be_a_sequence(header):
    (record,) = parse_sequences(f">{header}\n{DNA}")
    assert record.bases == DNA


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["no sequence"]),
        (" \n\t\r\n ", ["no sequence"]),
        (">", ["Record 1", "line 1", "no sequence"]),
        (f">a\n{DNA}\n>b\n>c\n{DNA}", ['Record 2 ("b")', "line 3", "no sequence"]),
        ("\n\nACGT", ["Record 1", "line 3", "4 nt", "at least 20"]),
        (f"{DNA}\nACGTxACGT", ["Record 1", "line 2", "column 5", '"x"']),
        (f">a\r\n{DNA}\r\n>b\r\n\r\n{DNA}\r\nAC GT?", ['Record 2 ("b")', "line 6", "column 6"]),
        (f"\ufeff{DNA}!", ["line 1", f"column {len(DNA) + 1}", '"!"']),
        ("        1 acgtacgtac gtacgtacgj", ["line 1", "column 31", '"j"']),
        (genbank(DNA).replace("acg", "").replace("ACGTTG", "ACGT?G", 1), ["AB000001", "line 6"]),
        (f"{DNA}7{DNA}", [f"column {len(DNA) + 1}", '"7"']),
        (f"ACGT 12 {DNA}", ["column 6", '"1"']),
        (f"{DNA}-{DNA}", ['"-"', "gap"]),
        (f"{DNA}\x00", ["U+0000"]),
        (f"{DNA}\u202e", ["U+202E"]),
        (f"{DNA}é", ['"é" (U+00E9)']),
        (f"{DNA}>b\n{DNA}", [f"column {len(DNA) + 1}", '">"']),
        ("MALWMRLLPLLALLALWGPDPAAAFVN*", ['"L"', "protein"]),
        (">P01308\nMALWMRLLPLLALLALWGPDPAAAFVN\n\n", ['Record 1 ("P01308")', "line 2", "protein"]),
        (f">{'x' * 3000}\n{DNA}", ["Record 1", "header", "2,000"]),
        ("LOCUS  AB1 1 bp\nCONTIG join(x)\n//", ['Record 1 ("AB1")', "no sequence"]),
        (f">a\n{DNA}\n{genbank(DNA)}", ['Record 1 ("a")', "line 3, column 1"]),
        (f"LOCUS AB1\n{genbank(DNA, 'AB2')}", ['Record 1 ("AB1")', "line 1", "no sequence"]),
        ("LOCUS  AB1 1 bp\nFEATURES", ['Record 1 ("AB1")', "no sequence"]),
        (f">a exon 1 {DNA * 2}\n{DNA}", ['Record 1 ("a")', "line 1", "header ends in", "not read"]),
    ],
)
def test_errors_say_what_and_where(text, parts):
    message = complaint(text)
    for part in parts:
        assert part in message


@given(any_case, st.data())
def test_line_and_column_of_a_strange_character(bases, data):
    lines = textwrap.wrap(bases, 25)
    line = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, len(lines[line])))
    lines[line] = lines[line][:column] + "!" + lines[line][column:]
    message = complaint(">x\n" + "\n".join(lines))
    assert f"line {line + 2}, column {column + 1}: " in message


def test_long_and_unprintable_names_do_not_spoil_the_message():
    message = complaint(f">{'n' * 500}\x07\n{DNA}!")
    assert len(message) < 150
    assert message.isprintable()


def test_limits():
    assert len(parse_sequences("A" * 20)[0]) == 20
    assert len(parse_sequences("A" * 200_000)[0]) == 200_000
    assert "19 nt" in complaint("A" * 19)
    assert "200,001 nt" in complaint("A" * 200_001)
    assert "more than 2 records" in complaint(f">a\n{DNA}\n" * 3, max_records=2)
    assert len(parse_sequences(f">a\n{DNA}\n" * 2, max_records=2)) == 2
    assert "5,000,001 characters" in complaint("A" * 5_000_001)
    assert parse_sequences("ACG", min_length=3)[0].bases == "ACG"
    assert "at most 3" in complaint("ACGT", min_length=1, max_length=3)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_refused(name):
    complaint(HOSTILE[name](), max_size=10**9)


@given(
    st.one_of(
        st.text(), st.text("ACGTacgun>;/ \t\n\r0195'-LOCUSORIGIN\ufeff\u200b\x00", max_size=200)
    )
)
def test_any_text_gives_sequences_or_an_input_error(text):
    try:
        result = parse_sequences(text, min_length=1)
    except InputError:
        return
    assert result
    assert all(record.bases and set(str(record)) <= set(CODES) for record in result)


# --- files and uploads -----------------------------------------------------------------------

FASTA = f">a first\n{DNA}\n>b\n{DNA.lower()}\n".encode()


@pytest.mark.parametrize(
    "data",
    [
        FASTA,
        gzip.compress(FASTA, mtime=0),
        gzip.compress(FASTA[:70], mtime=0) + gzip.compress(FASTA[70:], mtime=0),  # as bgzip writes
        b"\xef\xbb\xbf" + FASTA,
    ],
)
def test_files_and_uploads_plain_and_compressed(tmp_path, data):
    path = tmp_path / "in.fa"
    path.write_bytes(data)
    expected = [Sequence(DNA, "a", "first"), Sequence(DNA.lower(), "b")]
    assert read_sequences(path) == read_sequences(str(path)) == expected
    assert read_sequence_bytes(data) == expected


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "no sequence"),
        (FASTA.decode().encode("utf-16"), "UTF-16"),
        (">é\n".encode("latin-1") + FASTA, "line 1 holds the byte 0xE9"),
        (gzip.compress(FASTA, mtime=0)[:-9], "gzip"),
        (gzip.compress(FASTA, mtime=0)[:20] + b"rubbish", "gzip"),
        (b"\x1f\x8b", "gzip"),
        (b"PK\x03\x04....", "zip archive"),
        (b"BZh91AY&SY", "bzip2"),
        (b"\x80\x00", "line 1 holds the byte 0x80"),
        (FASTA + b"!", "line 5"),
    ],
)
def test_file_errors_start_with_the_path(tmp_path, data, part):
    path = tmp_path / "in.fa"
    path.write_bytes(data)
    with pytest.raises(InputError, match=part) as caught:
        read_sequences(path)
    assert str(caught.value).startswith(f'"{path}": ')
    with pytest.raises(InputError, match=part):
        read_sequence_bytes(data)


@pytest.mark.parametrize("path", ["nowhere.fa", ".", "a\0b", "x" * 5000])
def test_paths_that_are_no_files(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        read_sequences(path)
    assert len(str(caught.value)) < 300


def test_zip_bombs_are_refused():
    bomb = gzip.compress(b"A" * 50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="larger than 5 MB"):
            read_sequence_bytes(bomb)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_the_limits_of_an_upload_can_be_set():
    assert len(read_sequence_bytes(FASTA, max_bytes=len(FASTA))) == 2
    with pytest.raises(InputError, match="larger"):
        read_sequence_bytes(FASTA, max_bytes=len(FASTA) - 1)
    with pytest.raises(InputError, match="records"):
        read_sequence_bytes(FASTA, max_records=1)


@given(st.binary())
def test_any_bytes_give_sequences_or_an_input_error(data):
    for content in (data, b"\x1f\x8b" + data, gzip.compress(data)):
        with suppress(InputError):
            assert read_sequence_bytes(content, min_length=1)


# --- one or many, given in any form ----------------------------------------------------------


def test_as_sequences():
    one = Sequence("ACGT", "x")
    assert as_sequences("acgu") == [Sequence("acgt")]
    assert as_sequences(one) == as_sequences([one]) == as_sequences(iter([one])) == [one]
    assert as_sequences(">a\nAC\n>b\nGT") == [Sequence("AC", "a"), Sequence("GT", "b")]
    assert as_sequences(["AC", ">b\nGT", one]) == [Sequence("AC"), Sequence("GT", "b"), one]
    assert as_sequences([]) == []
    assert as_sequence("A C\nG") == Sequence("ACG")
    assert as_sequence(one) is one


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("", "no sequence"),
        (["ACGT", ""], "Item 2: There is no sequence"),
        (["ACGT", "AC!"], 'Item 2: .*column 3: "!"'),
        (["ACGT", ">a\nACGT\n>b\nACGT"], "Item 2: There are 2 records"),
        ([Sequence("A" * 30), Sequence("A" * 41, "x")], 'Item 2: Record 1 ."x".*at most 40'),
        (Sequence("AC"), "2 nt"),
        (5, "int"),
        ([None], "Item 1: .*NoneType"),
        (b"ACGT", "bytes"),
    ],
)
def test_as_sequences_refuses(value, part):
    with pytest.raises(InputError, match=part):
        as_sequences(value, min_length=4, max_length=40)


def test_as_sequence_takes_one_record():
    with pytest.raises(InputError, match="2 records"):
        as_sequence(">a\nAC\n>b\nAC")
    with pytest.raises(InputError, match="list"):
        as_sequence(["ACGT"])


def test_a_sequence_holds_nucleotide_codes_only():
    with pytest.raises(InputError, match='Position 3: "!"'):
        Sequence("AC!")
    assert repr(Sequence("A" * 10_000, "x" * 1000)).endswith('…", 10,000 nt)')


@pytest.mark.parametrize(
    ("bases", "regions"),
    [
        ("ACgtACGac", [(1, 2), (5, 7)]),
        ("acGT", [(3, 4)]),
        ("ACGT", []),
        ("acgt", []),
    ],
)
def test_case_marks_regions(bases, regions):
    assert upper_case_regions(Sequence(bases)) == regions


# --- arrays ----------------------------------------------------------------------------------


@given(st.text(CODES + CODES.lower()))
def test_reverse_complement_is_its_own_inverse(bases):
    assert reverse_complement(reverse_complement(bases)) == bases


@given(st.text(CODES))
def test_reverse_complement_flips_the_one_hot_array(bases):
    # Rows A, C, G, T backwards are their complements.
    np.testing.assert_array_equal(one_hot(reverse_complement(bases)), one_hot(bases)[::-1, ::-1])


def test_reverse_complement_keeps_case_and_reads_sequences():
    assert reverse_complement("AACgtRyN") == "NrYacGTT"
    assert reverse_complement(Sequence("aaC")) == "Gtt"
    with pytest.raises(InputError):
        reverse_complement("AC-")


@given(st.text(CODES + CODES.lower() + "Uu"))
def test_one_hot_against_brute_force(bases):
    array = one_hot(bases)
    assert array.shape == (4, len(bases))
    assert array.dtype == np.float32
    for i, code in enumerate(bases.upper().replace("U", "T")):
        for row, base in enumerate("ACGT"):
            expected = 1 / len(IUPAC[code]) if base in IUPAC[code] else 0
            assert array[row, i] == np.float32(expected)


@given(st.text("ACGT"))
def test_one_hot_round_trip(bases):
    assert from_one_hot(one_hot(bases)) == bases


def test_from_one_hot_takes_the_most_probable_base():
    assert from_one_hot(np.array([[0.1, 0], [0.2, 0], [0.3, 0], [0.4, 0]])) == "TN"
    with pytest.raises(InputError, match="shape"):
        from_one_hot(np.zeros((3, 5)))
    with pytest.raises(InputError):
        one_hot("AC!")


def test_the_end_of_an_entry_is_no_base():
    (record,) = parse_sequences("        1 acgtacgtac gtacgtacgt\n       21 acgt\n//\n")
    assert record.bases == "acgtacgtacgtacgtacgtacgt"
    with pytest.raises(InputError, match="line 2, column 3"):
        parse_sequences("ACGTACGTACGTACGTACGTACGT\nAC//GT")


@pytest.mark.parametrize("value", [b"ACGT" * 9, None, ["ACGT" * 9], Path("in.fa")])
@pytest.mark.parametrize("read", [one_hot, reverse_complement, Sequence, parse_sequences])
def test_what_is_no_text_is_no_sequence(read, value):
    with pytest.raises(InputError, match=rf"A value of type {type(value).__name__} is not "):
        read(value)


@pytest.mark.parametrize("path", [None, ["in.fa"], b"in.fa", 0, io.StringIO(">a\nACGT")])
def test_what_is_no_path_names_no_file(path):
    sentence = f"A value of type {type(path).__name__} is not the path of a file"
    with pytest.raises(InputError, match=sentence):
        read_sequences(path)


@pytest.mark.parametrize("name", [5, None, b"a"])
def test_a_name_is_text(name):
    with pytest.raises(InputError, match="is not the name or description of a sequence"):
        Sequence("ACGT", name)
