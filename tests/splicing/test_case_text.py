"""Lists of variants as people have them: every line is kept, each with its number."""

import pytest

from dnaviz.errors import InputError
from dnaviz.splicing.case_text import MOST_LINES, read_case

HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def test_each_line_is_a_variant_with_its_number():
    lines = read_case("# mine\nLDLR:c.313+1G>A\r\n\n  57A>G, 60del \nrs334\n")
    assert [(line.number, line.text) for line in lines] == [
        (2, "LDLR:c.313+1G>A"), (4, "57A>G, 60del"), (5, "rs334"),
    ]  # fmt: skip
    assert not any(line.note for line in lines)


def test_each_allele_of_a_vcf_is_a_variant_and_symbols_say_why_not():
    row = "chr19\t100\trs1\tG\tA,<DEL>,*,GTT\t.\tPASS\tEND=9\tGT\t0/1\n"
    lines = read_case(HEADER + row)
    assert [line.given for line in lines] == [
        "chr19-100-G-A", "chr19-100-G-<DEL>", "chr19-100-G-*", "chr19-100-G-GTT",
    ]  # fmt: skip
    assert {(line.number, line.name) for line in lines} == {(3, "rs1")}
    assert [bool(line.text) for line in lines] == [True, False, False, True]
    assert "symbolic_allele" in lines[1].note
    # Rows alone, as they are copied out of a VCF, are the same.
    assert [line.text for line in read_case(row)] == [line.text for line in lines]


@pytest.mark.parametrize(
    ("table", "texts"),
    [
        ("gene,variant\nLDLR,c.313+1G>A\n,chr19-1-G-A\n", ["LDLR:c.313+1G>A", "chr19-1-G-A"]),
        ("ID\tHGVS\n7\tNM_1.1:c.5del\n", ["NM_1.1:c.5del"]),
        ("Chrom;Pos;Ref;Alt\n19;100;G;A,C\n", ["19-100-G-A", "19-100-G-C"]),
        ("transcript\tcDNA\nNM_000527.5\tIVS3+1G>A\n", ["NM_000527.5:IVS3+1G>A"]),
        (
            "Gene,Transcript,HGVS\nLDLR,NM_000527.5,c.1A>G\nLDLR,-,c.1A>G\nNA,NM_000527.5,c.1A>G\n",
            ["NM_000527.5(LDLR):c.1A>G", "LDLR:c.1A>G", "NM_000527.5:c.1A>G"],
        ),
        (
            "SYMBOL\tHGVSc\nLDLR\tNM_000527.5:c.1A>G\nLDLR\tNM_000527.5(LDLR):c.1A>G\n"
            "LDLR\tLDLR:c.1A>G\nLDLR\tNC_000019.10:g.11102787G>A\nLDLR\t57A>G\n",
            [
                "NM_000527.5(LDLR):c.1A>G",
                "NM_000527.5(LDLR):c.1A>G",
                "LDLR:c.1A>G",
                "NC_000019.10:g.11102787G>A",
                "57A>G",
            ],
        ),
    ],
)
def test_tables_are_read_by_the_names_of_their_columns(table, texts):
    assert [line.text for line in read_case(table)] == texts


def test_a_row_of_a_table_without_a_variant_is_kept_with_a_sentence():
    (first, second) = read_case("id\tvariant\tphenotype\na\t\tdeaf\nb\t57A>G\t\n")
    assert (first.given, first.text) == ("a deaf", "")
    assert first.note == "This row names no variant."
    assert (second.name, second.number) == ("b", 3)


def test_a_position_that_is_no_number_is_told():
    (line,) = read_case("chrom\tpos\tref\talt\n19\tabout 100\tG\tA\n")
    assert '"about 100" is no whole number' in line.note


@pytest.mark.parametrize("text", ["", "\n\n", HEADER, "# nothing\n", "variant\tgene\n"])
def test_a_list_of_nothing_is_refused(text):
    with pytest.raises(InputError, match="holds no variant: write one on each line"):
        read_case(text)


def test_a_list_of_too_many_names_the_command_for_it():
    assert len(read_case("57A>G\n" * MOST_LINES)) == MOST_LINES
    with pytest.raises(InputError, match=r"10,000 lines.*dnaviz variants"):
        read_case("57A>G\n" * 10_000)
