"""Files and texts of other kinds are named, with what to do instead."""

import gzip
import io
import zipfile

import pytest

from dnaviz.errors import InputError
from dnaviz.io.read import read_sequence_bytes
from dnaviz.sequences import parse_sequences

BASES = "ACGTTGCAAGCTTGACCATG" * 5


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 500)
    return file.getvalue()


FILES = {
    "Word document": zipped("[Content_Types].xml", "word/document.xml"),
    "Excel sheet": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "PowerPoint": zipped("ppt/presentation.xml"),
    "OpenDocument": zipped("mimetype", "content.xml"),
    "zip archive": zipped("a.fa"),
    "SnapGene file. Export it as FASTA or GenBank": b"\x09\x00\x00\x00\x0eSnapGene\x00\x01\x00",
    "ABI trace": b"ABIF\x00\x65tdir",
    "PDF": b"%PDF-1.7\n%\xe2\xe3",
    "RTF": b"{\\rtf1\\ansi ACGT}",
    "old Word or Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "image": b"\x89PNG\r\n\x1a\n\x00",
    "BAM": b"BAM\x01" + bytes(50),
    "HDF5": b"\x89HDF\r\n\x1a\n",
    "bzip2": b"BZh91AY&SY",
    "tar": b"a.fa".ljust(257, b"\0") + b"ustar  " + bytes(300),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_text_is_named(kind, pack):
    with pytest.raises(InputError, match=f'^"mine.x": This is .*{kind}') as caught:
        read_sequence_bytes(pack(FILES[kind]), "mine.x")
    assert str(caught.value).endswith(".")


def test_a_word_document_that_was_cut_short_is_named():
    with pytest.raises(InputError, match="Word document"):
        read_sequence_bytes(FILES["Word document"][:640])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"CLUSTAL O(1.2.4) multiple sequence alignment\n\nWT  {BASES[:60]}\n", "CLUSTAL"),
        (f"# STOCKHOLM 1.0\nWT {BASES}\n//", "Stockholm"),
        (f" 2 60\nWT        {BASES[:60]}\nMUT       {BASES[:60]}", "PHYLIP"),
        (f"2 60\n{BASES[:60]}\n{BASES[:60]}", "PHYLIP"),
        ("#NEXUS\nbegin data;", "NEXUS"),
        (f"@r1\n{BASES}\n+\n{'I' * 100}\n", "FASTQ"),
        ("##gff-version 3\nchr1\t.\tgene", "annotation"),
        ("##fileformat=VCFv4.2\n#CHROM", "VCF"),
        ("<!DOCTYPE html><html>", "web page"),
        ('<?xml version="1.0"?><lrg>', "XML"),
        ('{"sequence": "ACGT"}', "JSON"),
        ("{\\rtf1 ACGT}", "RTF"),
        ("<lrg><sequence>ACGT</sequence></lrg>", "XML"),
        ("&gt;a\nACGT", "web page"),
        (f"Query  1  {BASES[:60]}  60\n          {'|' * 60}\nSbjct  9  {BASES[:60]}  68", "BLAST"),
    ],
)
def test_a_text_of_another_format_is_named(text, kind):
    with pytest.raises(InputError, match=f"^This is .*{kind}"):
        parse_sequences(text)


def test_a_ruler_is_no_alignment():
    (record,) = parse_sequences(f"        10        20\n{BASES[:29]}")
    assert record.bases == BASES[:29]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("https://www.ncbi.nlm.nih.gov/nuccore/NM_000527", "an address"),
        ("NM_000527.5\nNM_001195798.2\n", "an accession"),
        ("ENST00000252444.10", "an accession"),
        ("NM_000527.5:c.313+1G>A", "a variant"),
        ("NM_000527.5(LDLR):c.313+1G>A", "a variant"),
        ("chr19-11102787-G-A", "a variant"),
        ("rs688", "the number of a variant"),
        ("chr19:11,089,000-11,094,000:-", "a place in a genome"),
        ("LDLR", "a name"),
    ],
)
def test_a_text_that_only_names_a_sequence_is_told_so(text, what):
    with pytest.raises(InputError, match=f"is {what}.*not a sequence; nothing is looked up"):
        parse_sequences(text)


@pytest.mark.parametrize("text", ["GATTACA" * 4, "R" * 20, ">LDLR\n" + "ACGT" * 8])
def test_bases_are_never_taken_for_a_name(text):
    assert len(parse_sequences(text)) == 1
