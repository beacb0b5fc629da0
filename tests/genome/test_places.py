"""Places of a genome in every typography, and names that look like places."""

import pytest

from dnaviz.genome.examples import examples
from dnaviz.genome.places import parse_place

NAMES = {
    "chr19", "19", "HLA-A*01", "HLA-A*01:01:01", "scaffold-7", "NC_000019.10", "chr1:100-200",
}  # fmt: skip


def parsed(text):
    result = parse_place(text, NAMES.__contains__)
    return result and (tuple(result.place), result.is_known)


PLUS = (("chr19", 101, 180, "+"), True)
MINUS = (("chr19", 101, 180, "-"), True)


@pytest.mark.parametrize("dash", [*"-‐‑‒–—―−－→", "..", "...", " - ", " – "])
def test_any_dash(dash):
    assert parsed(f"chr19:101{dash}180") == PLUS
    assert parsed(f"chr19: 101{dash}180 : +") == PLUS


@pytest.mark.parametrize(
    "text",
    [
        "chr19 101 180", "chr19\t101\t180", "chr19\t101\t180\n", "  chr19  101   180 ",
        "chr19 101-180", "chr19\t101–180", "chr19 101 180 +", "chr19\t101\t180\t+",
        "chr19:101-180:1", "chr19:101-180:+1", "chr19:101-180(+)", "chr19:101-180 +",
        "chromosome:GRCh38:chr19:101:180:1", "\u200bchr19:101-180\ufeff", "chr19\u00a0101\u00a0180",
        "chr19：101-180",
    ],
)  # fmt: skip
def test_the_forward_strand(text):
    assert parsed(text) == PLUS


@pytest.mark.parametrize(
    "text",
    [
        "chr19:101-180:-1", "chr19:101-180:-", "chr19:101–180:−", "chr19:101−180:−1",
        "chr19:101-180(-)", "chr19 101 180 -", "chr19\t101\t180\t-1", "chr19:101-180—",
        "chromosome:GRCh38:chr19:101:180:-1",
    ],
)  # fmt: skip
def test_the_reverse_strand(text):
    assert parsed(text) == MINUS


@pytest.mark.parametrize(
    "text", ["11,089,000", "11.089.000", "11 089 000", "11'089'000", "11’089’000", "11089000"]
)
def test_thousands(text):
    assert parsed(f"chr19:{text}-11,094,000")[0][1:3] == (11_089_000, 11_094_000)


@pytest.mark.parametrize(
    ("text", "chrom"),
    [
        ("HLA-A*01:01:01:101-180", "HLA-A*01:01:01"),
        ("HLA-A*01:101-180", "HLA-A*01"),
        ("HLA-A*01:01:01 101 180", "HLA-A*01:01:01"),
        ("chr1:100-200:101-180", "chr1:100-200"),
        ("scaffold-7:101-180", "scaffold-7"),
        ("NC_000019.10:101..180", "NC_000019.10"),
    ],
)
def test_names_with_colons_and_dashes(text, chrom):
    assert parsed(text) == ((chrom, 101, 180, "+"), True)


def test_a_chromosome_that_is_not_there():
    assert parsed("chr7:101-180") == (("chr7", 101, 180, "+"), False)


@pytest.mark.parametrize(
    "text",
    [
        "", "chr19", "chr19:", "chr19:101", "chr19:101-", "chr19:a-b", "LDLR", "si:ch211-145b13.5",
        "zgc:112982", "chr19:1.5-2", "chr19:1,00-2,00", "chr19:1.5M-2M", "chr19:-5-10", ":1-2",
        "chr19:101-180:x", "chr19:101-180:2", "chr19:١٠١-١٨٠", "chr19:" + "9" * 400 + "-1",
    ],
)  # fmt: skip
def test_what_is_no_place(text):
    assert parsed(text) is None


def test_the_gallery_has_hbb_where_another_annotation_has_it():
    """Exons as in grch38.txt of OpenSpliceAI 0.0.7, whose starts are counted from 0."""
    starts, ends = (5_225_463, 5_226_576, 5_226_929), (5_225_726, 5_226_799, 5_227_071)
    hbb = next(e for e in examples() if e.name == "HBB")
    assert hbb.strand == "-"
    found = sorted(
        (hbb.interval.position(last), hbb.interval.position(first)) for first, last in hbb.exons
    )
    assert found == [(start + 1, end) for start, end in zip(starts, ends, strict=True)]
