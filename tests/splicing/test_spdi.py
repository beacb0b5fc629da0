"""SPDI, which counts from 0, and edits whose words are apart, are what they say."""

import pytest

from dnaviz.errors import InputError
from dnaviz.genome.examples import examples, worked_examples
from dnaviz.sequences import Sequence
from dnaviz.splicing.edit_placement import annotated, place_edits
from dnaviz.splicing.edit_text import edit_words
from dnaviz.splicing.variant_effect import splice_effect


def located(example):
    return annotated(example.sequence, example.structures, example.interval, "GRCh38")


@pytest.mark.parametrize(
    ("spdi", "hgvs"),
    [
        ("NC_000011.10:5226819:C:T", "NC_000011.10:g.5226820C>T"),
        ("NC_000011.10:5226819:CT:", "NC_000011.10:g.5226820_5226821delCT"),
        ("NC_000011.10:5226819:2:", "NC_000011.10:g.5226820_5226821del"),
        ("NC_000011.10:5226819:1:G", "NC_000011.10:g.5226820delinsG"),
        ("NC_000011.10:5226819::GG", "NC_000011.10:g.5226819_5226820insGG"),
        ("NC_000011.10:5226819:0:GG", "NC_000011.10:g.5226819_5226820insGG"),
        ("NC_000011.10:5226819:CT:GA", "NC_000011.10:g.5226820_5226821delCTinsGA"),
        ("NM_000527.5:399:G:A", "NM_000527.5:n.400G>A"),
    ],
)
def test_spdi_is_read_as_the_change_that_hgvs_writes(spdi, hgvs):
    assert edit_words(spdi) == edit_words(hgvs) == [hgvs]
    assert edit_words(f"57A>G, {spdi}; 60del") == ["57A>G", hgvs, "60del"]


def test_every_published_change_is_the_same_in_spdi():
    compared = 0
    for worked in worked_examples():
        example = worked.example
        (variant,) = place_edits(worked.edit, located(example)).variants
        if example.interval.strand != "+" or not variant.ref or not variant.alt:
            continue
        place = example.interval.start1 + variant.position - 2  # from 0
        accession = {"chr19": "NC_000019.10"}.get(example.interval.chrom)
        if accession is None:
            continue
        spdi = f"{accession}:{place}:{variant.ref}:{variant.alt}"
        (found,) = place_edits(spdi, located(example)).variants
        assert found[:3] == variant[:3]
        compared += 1
    assert compared >= 3


@pytest.mark.parametrize(
    ("apart", "word"),
    [
        ("IVS 3+1G>A", "IVS3+1G>A"),
        ("IVS3 + 1G>A", "IVS3+1G>A"),
        ("IVS3 -2A>G", "IVS3-2A>G"),
        ("c.313 + 1 G>A", "c.313+1G>A"),
    ],
)
def test_blanks_within_an_edit_are_closed(apart, word):
    assert edit_words(apart) == [word]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("313+1G>A", r"of a transcript: write c\.313\+1G>A"),
        ("c313+1G>A", r"of a transcript: write c\.313\+1G>A"),
        ("*12del", r"of a transcript: write c\.\*12del"),
        ("chr19-11102787-G-", "has no base on one side: write the base before it"),
        ("19:11102787::G", "has no base on one side"),
    ],
)
def test_what_is_not_read_says_what_to_write(word, hint):
    ldlr = next(example for example in examples() if example.name == "LDLR")
    with pytest.raises(InputError, match=hint):
        place_edits(word, located(ldlr))


def test_a_code_for_several_bases_is_no_allele():
    record = Sequence("ACGT" * 30)
    for edits in ("57A>R", ["57A>R"]):
        with pytest.raises(InputError, match="stands for several bases"):
            splice_effect(record, edits)
