"""Annotations as tools and hands write them: the right structure, or a word with file and line."""

import itertools

import pytest

from dnaviz.errors import InputError
from dnaviz.genome.annotation import Transcript, read_annotation
from dnaviz.genome.genes import canonical
from dnaviz.genome.sites import introns, loci

INTRON = [(1201, 1499)]


def line(kind, start, end, attributes, strand="+", chrom="chr1"):
    return f"{chrom}\tx\t{kind}\t{start}\t{end}\t.\t{strand}\t.\t{attributes}\n"


GENE = line("gene", 1001, 2000, "ID=G1;Name=OK1")
MRNA = line("mRNA", 1001, 2000, "ID=T1;Parent=G1")
EXONS = line("exon", 1001, 1200, "Parent=T1") + line("exon", 1500, 2000, "Parent=T1")
OK = GENE + MRNA + EXONS
GTF = 'gene_id "G1"; transcript_id "T1"; gene_name "OK1";'
OK_GTF = line("exon", 1001, 1200, GTF) + line("exon", 1500, 2000, GTF)


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "a.gff"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_annotation(path)

    return read


def tabs_as_blanks(text):
    return text.replace("\t", "   ")


FORMS = {
    "as it should be": OK,
    "a mark at the start": "\ufeff" + OK,
    "old line ends": OK.replace("\n", "\r"),
    "Windows line ends": OK.replace("\n", "\r\n"),
    "line ends of all kinds": GENE.replace("\n", "\r") + MRNA.replace("\n", "\r\n") + EXONS,
    "no last line end": OK.rstrip("\n"),
    "trailing tabs": OK.replace("\n", "\t\n"),
    "two trailing tabs": OK.replace("\n", "\t\t\n"),
    "sequences without a directive": OK + ">chr1\nACGT\nACGT\n",
    "sequences with one": OK + "##FASTA\n>chr1\nACGT\n",
    "blank and comment lines": "##gff-version 3\n\n#!x\n" + OK.replace("\n", "\n\n###\n"),
    "blanks for tabs": tabs_as_blanks(OK),
    "semicolons at the end": OK.replace("\n", ";\n"),
    "blanks after semicolons": OK.replace(";", "; "),
    "quoted values": OK.replace("Parent=T1\n", 'Parent="T1"\n'),
    "upper case": OK.replace("exon", "EXON"),
    "a line without attributes first": line("chromosome", 1, 9000, ".", ".") + OK,
    "a gene without attributes first": line("gene", 1, 900, ".") + OK,
    "exons before their transcript": EXONS + MRNA + GENE,
    "exons in another order": GENE + MRNA + "".join(EXONS.splitlines(True)[::-1]),
    "the whole twice": OK + OK,
    "strands as numbers": OK.replace("\t+\t", "\t1\t"),
    "GTF": OK_GTF,
    "GTF after a line of dots": line("chromosome", 1, 9000, ".", ".") + OK_GTF,
    "GTF after a line of GFF3": line("region", 1, 9000, "ID=chr1") + OK_GTF,
    "GTF with old line ends": "\ufeff" + OK_GTF.replace("\n", "\r"),
    "GTF without quotes": OK_GTF.replace('"', ""),
    "GTF with trailing tabs": OK_GTF.replace("\n", "\t\n"),
    "GFF3 whose exons name their transcript": (
        OK_GTF.replace(' "', "=").replace('";', ";")
    ),
    "coding sequence alone": (
        GENE + MRNA + line("CDS", 1001, 1200, "Parent=T1") + line("CDS", 1500, 2000, "Parent=T1")
    ),
    "coding sequence and UTRs": (
        GENE + MRNA + line("five_prime_UTR", 1001, 1050, "Parent=T1")
        + line("CDS", 1051, 1200, "Parent=T1") + line("CDS", 1500, 1800, "Parent=T1")
        + line("three_prime_UTR", 1801, 2000, "Parent=T1")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_the_same_transcript(read, name):
    (t,) = read(FORMS[name])
    assert (t.gene, t.gene_name, t.transcript) == ("G1", "OK1", "T1")
    assert t.exons == ((1001, 1200), (1500, 2000))
    assert t.introns == INTRON


OTHER = OK.replace("G1", "G2").replace("T1", "T2").replace("OK1", "OK2")
BAD = {
    "a transcript that ends before it starts": (
        line("mRNA", 3053, 1326, "ID=T2;Parent=G2"), "line 5: this mRNA has no valid start", []
    ),
    "an exon that ends before it starts": (
        OTHER.replace("1500\t2000", "2000\t1500"), "line 8: this exon has no valid start", []
    ),
    "an exon without a number": (
        OTHER.replace("1500\t2000", "1500\tmany"), "line 8: this exon has no valid", []
    ),
    "a start of 0": (OTHER.replace("1001\t1200", "0\t1200"), "line 7: this exon has no valid", []),
    "an exon without Parent": (line("exon", 5, 90, "ID=e"), "line 5: this exon has not a Par", []),
    "an exon without attributes": (line("exon", 5, 90, "."), "line 5: this exon has not a P", []),
    "an exon without a strand": (
        line("exon", 5, 90, "Parent=T1", "."), "line 5: this exon has no strand", []
    ),
    "a line cut short": ("chr1\tx\texon\t5\t9", "line 5: this is no GFF3 or GTF feature", []),
    "a line of words": ("what is this\n", "line 5: this is no GFF3 or GTF feature", []),
    "coding sequence alone": (
        line("CDS", 5, 90, "Parent=T7") + line("CDS", 190, 300, "Parent=T7"),
        "line 5: T7 has no exons", [(91, 189)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_is_left_out_and_told_and_the_rest_is_read(read, name):
    text, words, other = BAD[name]
    result = read(OK + text)
    assert [i for t in result for i in t.introns] == sorted([*INTRON, *other])
    assert any(t.transcript == "T1" and t.introns == INTRON for t in result)
    assert any(f"a.gff, {words}" in note for note in result.notes), result.notes
    assert all(note.count("\n") == 0 and len(note) < 300 for note in result.notes)


def test_many_of_a_kind_are_one_note(read):
    result = read(OK + "".join(line("exon", 90, 5, f"Parent=X{n}") for n in range(1000)))
    coordinates, *_ = result.notes
    assert "line 5" in coordinates
    assert "(999 more like it.)" in coordinates


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (line("exon", 5, 90, "ID=e"), "can be used: a.gff, line 1: this exon has not a Parent"),
        ("chr1\t1\t90\n" * 5, "line 1: this is no GFF3 or GTF feature: it has 3 tab-separated"),
        (GENE + MRNA, "holds no exon, so no transcript"),
        ("chr1\t9\t99\tNM_1\t0\t+\t9\t99\t0\t1\t90,\t0,\n", "an annotation is GFF3 or GTF"),
        (OK.encode("utf-16"), "is UTF-16 text"),
    ],
)
def test_a_file_without_a_transcript_says_why(read, text, words):
    with pytest.raises(InputError, match=words):
        read(text)


# --- names -----------------------------------------------------------------------------------


def test_parents_are_decoded_after_they_are_split(read):
    text = (
        line("mRNA", 1001, 2000, "ID=a%2Cb") + line("mRNA", 1001, 2000, "ID=c")
        + line("mRNA", 1001, 2000, "ID=d%3B1%25")
        + line("exon", 1001, 1200, "Parent=a%2Cb,c,d%3B1%25")
        + line("exon", 1500, 2000, "Parent=c,d%3B1%25,a%2Cb")
    )  # fmt: skip
    result = read(text)
    assert [t.transcript for t in result] == ["a,b", "c", "d;1%"]
    assert all(t.introns == INTRON for t in result)


@pytest.mark.parametrize(
    ("attributes", "gene", "symbol"),
    [
        ("ID=T1;geneID=G9", "G9", "G9"),
        ("ID=T1;geneID=G9;gene_name=LDLR", "G9", "LDLR"),
        ("ID=T1;gene_id=G9;gene=LDLR", "G9", "LDLR"),
        ("ID=T1;Parent=G1", "G1", "OK1"),
    ],
)
def test_the_gene_of_a_transcript(read, attributes, gene, symbol):
    (t,) = read(GENE + line("mRNA", 1001, 2000, attributes) + EXONS)
    assert (t.gene, t.gene_name) == (gene, symbol)


@pytest.mark.parametrize(
    "tag",
    [
        "MANE Select",
        "MANE_Select",
        "MANE%20Select",
        "basic,MANE Select",
        "mane select",
        "x,MANE_Select",
    ],
)
@pytest.mark.parametrize("gtf", [True, False])
def test_the_transcript_that_is_chosen(read, tag, gtf):
    longer = line("exon", 1001, 1200, "Parent=T2") + line("exon", 3000, 9000, "Parent=T2")
    chosen = line("mRNA", 1001, 2000, f"ID=T1;Parent=G1;tag={tag}")
    text = GENE + chosen + EXONS + line("mRNA", 1001, 9000, "ID=T2;Parent=G1") + longer
    if gtf:
        words = f'gene_id "G1"; transcript_id "T1"; tag "{tag}";'
        other = 'gene_id "G1"; transcript_id "T2";'
        text = line("exon", 1001, 1200, words) + line("exon", 1500, 2000, words)
        text += line("exon", 1001, 1200, other) + line("exon", 3000, 9000, other)
    assert canonical(read(text)).transcript == "T1"


def test_the_order_of_choices():
    def one(name, *tags):
        return Transcript("G", "G", name, "mRNA", "chr1", "+", ((1, 9),), tags=frozenset(tags))

    order = [
        one("e", "MANE_Select"), one("d", "Ensembl_canonical"), one("c", "RefSeq_Select"),
        one("b", "CCDS"), one("a"),
    ]  # fmt: skip
    for first, second in itertools.pairwise(order):
        assert canonical([second, first]) is first


# --- one name for several ----------------------------------------------------------------------


def gtf(*exons, name="T1", gene="G1", strand="+", numbered=False, chrom="chr1", first=1):
    number = itertools.count(first)
    return "".join(
        line("exon", s, e, f'gene_id "{gene}"; transcript_id "{name}";'
             + (f' exon_number "{next(number)}";' if numbered else ""), strand, chrom)
        for s, e in exons
    )  # fmt: skip


def row(start, end, name="T1", gene="G1", strand="+"):
    return line("transcript", start, end, f'gene_id "{gene}"; transcript_id "{name}";', strand)


ONE, TWO = ((1001, 1200), (1500, 2000)), ((900_001, 900_200), (900_500, 901_000))
COPIES = {
    "rows of their own": (row(1001, 2000) + gtf(*ONE) + row(900_001, 901_000) + gtf(*TWO)),
    "rows before all exons": (row(1001, 2000) + row(900_001, 901_000) + gtf(*ONE, *TWO)),
    "exons sorted otherwise": (row(1001, 2000) + row(900_001, 901_000) + gtf(*TWO, *ONE)),
    "numbers": gtf(*ONE, numbered=True) + gtf(*TWO, numbered=True),
    "GFF3": (
        MRNA + EXONS + line("mRNA", 900_001, 901_000, "ID=T1;Parent=G1")
        + "".join(line("exon", s, e, "Parent=T1") for s, e in TWO)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COPIES)
def test_a_transcript_at_two_places_is_two(read, name):
    result = read(COPIES[name])
    assert sorted(t.exons for t in result) == [ONE, TWO]
    assert any("T1 stands in the file more than once" in note for note in result.notes)
    assert introns(result)["end"].tolist() == [1499, 900_499]
    assert [len(own) for own in loci(result)] == [1, 1]
    assert [max(t.end for t in own) for own in loci(result)] == [2000, 901_000]


def test_a_transcript_twice_in_one_place_is_two(read):
    text = row(1001, 2000) + gtf((1001, 2000)) + row(1001, 2000) + gtf(*ONE)
    assert sorted(t.exons for t in read(text)) == [ONE, ((1001, 2000),)]
    text = gtf((1001, 2000), numbered=True) + gtf(*ONE, numbered=True)
    assert sorted(t.exons for t in read(text)) == [ONE, ((1001, 2000),)]


def test_exons_that_overlap_and_cannot_be_told_apart_are_left_out(read):
    result = read(OK + gtf((3001, 4000), (3001, 3200), (3500, 4000), name="T2", gene="G2"))
    assert [t.transcript for t in result] == ["T1"]
    assert any("exons of T2 overlap" in note for note in result.notes)


def test_one_transcript_name_in_two_genes(read):
    result = read(gtf(*ONE, name="unknown", gene="G1") + gtf(*TWO, name="unknown", gene="G2"))
    assert [(t.gene, t.exons) for t in result] == [("G1", ONE), ("G2", TWO)]
    assert result.notes == []


def test_a_gene_whose_transcripts_lie_apart_is_one(read):
    result = read(gtf(*ONE) + gtf(*TWO, name="T2"))
    assert [len(own) for own in loci(result)] == [2]


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize("falling", [True, False])
def test_numbers_of_an_ordinary_transcript_change_nothing(read, strand, falling):
    exons = [*ONE, (2500, 2600)]
    numbers = [3, 2, 1] if falling and strand == "-" else [1, 2, 3]
    text = "".join(
        gtf(exon, strand=strand, numbered=True, first=n)
        for exon, n in zip(exons, numbers, strict=True)
    )
    (t,) = read(text)
    assert t.introns == [(1201, 1499), (2001, 2499)]
    (t,) = read("".join(gtf(exon, strand=strand, numbered=True) for exon in exons))
    assert len(t.introns) == 2  # all are number 1: that says nothing


TRANS = {
    "numbered, both strands": (
        gtf((3001, 3100), strand="-", numbered=True)
        + gtf((1001, 1100), strand="+", numbered=True, first=2)
        + gtf((2801, 2900), strand="-", numbered=True, first=3)
        + gtf((2601, 2700), strand="-", numbered=True, first=4),
        [(2701, 2800)],
    ),
    "both strands": (
        gtf((3001, 3100), strand="-") + gtf((1001, 1100)) + gtf((2801, 2900), strand="-"), [],
    ),
    "parts out of order": (
        line("exon", 5001, 5200, "Parent=g;exception=trans-splicing;part=1")
        + line("exon", 1001, 1100, "Parent=g;exception=trans-splicing;part=2"),
        [],
    ),
    "parts in order": (
        line("exon", 1001, 1100, "Parent=g;exception=trans-splicing;part=1")
        + line("exon", 5001, 5200, "Parent=g;exception=trans-splicing;part=2"),
        [],
    ),
    "told of the gene": (
        line("gene", 1001, 5200, "ID=g;exception=trans_splicing")
        + line("exon", 1001, 1100, "Parent=g") + line("exon", 5001, 5200, "Parent=g"),
        [],
    ),
    "told of the transcript": (
        line("mRNA", 1001, 5200, "ID=g;exception=trans splicing")
        + line("exon", 1001, 1100, "Parent=g") + line("exon", 5001, 5200, "Parent=g"),
        [],
    ),
    "coding sequence alone": (
        line("CDS", 5001, 5200, "Parent=g;exception=trans-splicing")
        + line("CDS", 1001, 1100, "Parent=g;exception=trans-splicing"),
        [],
    ),
    "numbers against the strand": (
        gtf((5001, 5200), numbered=True) + gtf((1001, 1100), numbered=True, first=2), [],
    ),
    "two chromosomes": (
        gtf((5001, 5200), numbered=True) + gtf((1001, 1100), numbered=True, first=2, chrom="chr2")
        + gtf((1301, 1400), numbered=True, first=3, chrom="chr2"),
        [(1101, 1300)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TRANS)
def test_there_is_no_intron_between_parts_that_are_put_together(read, name):
    text, expected = TRANS[name]
    result = read(text)
    assert [i for t in result for i in t.introns] == expected
    assert any("trans-splicing" in note and "a.gff, line " in note for note in result.notes)
    assert all("trans-splicing" in t.note for t in result)


def test_a_protein_with_the_coding_sequence_of_a_transcript_is_no_transcript(read):
    """As in TAIR10: a CDS has its mRNA and its protein for parents."""
    result = read(
        line("mRNA", 101, 500, "ID=A.1") + line("protein", 151, 450, "ID=A.1-Protein")
        + "".join(line("exon", s, e, "Parent=A.1") for s, e in ((101, 200), (301, 500)))
        + "".join(
            line("CDS", s, e, "Parent=A.1,A.1-Protein;") for s, e in ((151, 200), (301, 450))
        )
    )  # fmt: skip
    assert [(t.transcript, t.cds) for t in result] == [("A.1", ((151, 200), (301, 450)))]
    assert result.notes == []
