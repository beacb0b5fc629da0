"""Edits that delete ends of exons, whole exons and introns, against plain work on the strings."""

import numpy as np
import pytest

import dnaviz
from dnaviz.genome.examples import examples
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.consequences import consequences
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.prediction import transcript_of
from dnaviz.splicing.surroundings import consequences_around
from dnaviz.splicing.variants import apply_variants

rng = np.random.default_rng(5)


def predicted(text):
    """What a line of a case on the gallery comes to."""
    (row,) = dnaviz.analyze_case(text).rows
    assert not row.error
    return row.prediction.consequences


def usual_and(text):
    products = predicted(text)
    return products, products.usual.mrna, products.items[0]


def test_an_intron_that_is_deleted_makes_one_exon_of_two():
    products, usual, first = usual_and("GCDH:c.271+1_272-1del")
    assert first.words == "exons 4 and 5 become one, without intron 4"
    assert first.product.mrna == usual
    assert first.coding.change.hgvs == "p.(=)"
    assert not any("skipped" in c.words or "kept" in c.words for c in products.items)
    (row,) = dnaviz.analyze_case("GCDH:c.271+1_272-1del").rows
    outcome = "exons 4 and 5 become one, without intron 4, and no other change"
    assert row.prediction.headline.endswith(f"{outcome} is predicted")
    assert row.consequence == outcome


@pytest.mark.parametrize("edit", ["GCDH:c.119_136del", "LDLR:c.185_196del"])
def test_a_deletion_from_one_exon_into_the_next_leaves_the_rest_of_both(edit):
    products, usual, first = usual_and(edit)
    start, last = (int(n) for n in edit.split("c.")[1].removesuffix("del").split("_"))
    at = products.usual.reading.start
    assert first.product.mrna == usual[: at + start - 1] + usual[at + last :]
    assert first.length == start - 1 - last


DELETIONS = [(-9, 1), (-5, 4), (-3, 2), (-1, 1), (-2, 6), (0, 9)]


@pytest.mark.parametrize("name", ["STK11", "GCDH"])
@pytest.mark.parametrize("border", [1, 2, 4])
def test_lengths_are_those_of_the_mrnas(name, border):
    example = next(e for e in examples() if e.name == name)
    place = example.interval
    exons = sorted(example.structures[0].whole_exons)
    for end in (exons[border][0], exons[border][1]):
        for first, last in DELETIONS:
            ends = sorted(place.position(end + by) for by in (first, last))
            edit = f"{place.chrom}:g.{ends[0]}_{ends[1]}del"
            products = predicted(edit)
            for item in products.items:
                if item.product is not None:
                    grown = len(item.product.mrna) - len(products.usual.mrna)
                    assert item.length == grown, (edit, item.words)


@pytest.mark.parametrize(
    "edit", ["LDLR:c.1dup", "STK11:c.1dup", "GCDH:c.1dup", "LDLR:c.-1_1insACC"]
)
def test_bases_put_in_before_an_intact_start_codon_change_no_protein(edit):
    first = predicted(edit).items[0]
    assert (first.coding.frame, first.coding.change.hgvs) == ("outside", "p.(=)")


def test_a_start_codon_that_is_changed_is_still_lost():
    for edit in ("LDLR:c.1A>G", "LDLR:c.2del", "LDLR:c.1_3del"):
        assert predicted(edit).items[0].coding.frame == "start lost", edit


@pytest.mark.parametrize(
    ("edit", "name"),
    [("LDLR:c.10_12dup", "p.(Trp4dup)"), ("GCDH:c.439_444dup", "p.(Leu147_Val148dup)")],
)
def test_amino_acids_twice_are_a_duplication(edit, name):
    assert predicted(edit).items[0].coding.change.hgvs == name


def test_an_exon_deleted_with_its_sites_names_those_and_keeps_no_intron():
    products = predicted("GCDH:c.272-40_334+40del")
    first = products.items[0]
    assert first.words == "exon 5 is deleted (63 nt)"
    assert [s.alternate for s in first.sites] == [0, 0]
    assert min(s.reference for s in first.sites) > 0.5
    assert not any(c.kind == "intron_kept" for c in products.items)


# A gene of three exons, the second of which is annotated with a gap of one base.
EXONS = ((21, 120), (421, 470), (472, 520), (821, 950))
LENGTH = 1000


def gene():
    bases = rng.choice(list("CG"), LENGTH)
    bases[40:43] = list("ATG")
    spliced = [p for s, e in EXONS for p in range(s, e + 1)]
    stop = spliced.index(41) + 3 * 70
    bases[[p - 1 for p in spliced[stop : stop + 3]]] = list("TAA")
    introns = [(121, 420), (521, 820)]
    cds = (41, spliced[stop + 2])
    return Sequence("".join(bases)), TranscriptModel("T", "+", list(EXONS), introns, cds, EXONS)


GENE, STRUCTURE = gene()


def values(sites, length=LENGTH):
    made = np.zeros((2, length), np.float32)
    for row, position in sites:
        made[row, position - 1] = 0.95
    return made


SITES = [(0, 121), (1, 420), (0, 521), (1, 820)]


def test_a_gap_of_the_annotation_is_no_intron():
    change = Variant(521, str(GENE)[520], "A")
    products = consequences(GENE, [change], values(SITES), values(SITES[:2] + SITES[3:]), STRUCTURE)
    skipped = products.items[0]
    assert skipped.words == "exon 2-3 is skipped (99 nt)"
    text = str(GENE)
    assert skipped.product.mrna == text[20:120] + text[820:950]
    assert products.usual.mrna == text[20:120] + text[420:470] + text[471:520] + text[820:950]
    assert skipped.coding.frame == "kept"
    assert all(s.reference > 0.9 for s in skipped.sites)
    (unchanged,) = (c for c in products.items if c.kind == "unchanged")
    assert (unchanged.length, unchanged.product.mrna) == (0, products.usual.mrna)


@pytest.mark.parametrize("deleted", [1, 10, 30])
@pytest.mark.parametrize("end", [525, 540, LENGTH])
def test_a_part_of_a_record_says_the_same_as_the_whole_where_bases_are_deleted(deleted, end):
    position = 640 if end == LENGTH else 200
    change = Variant(
        position, str(GENE)[position - 1 : position + deleted], str(GENE)[position - 1]
    )
    after = np.delete(values(SITES), slice(position, position + deleted), axis=1)
    of_whole_record = consequences(GENE, [change], values(SITES), after, STRUCTURE)
    origin = 100
    part = Sequence(str(GENE)[origin:end])
    moved = change._replace(position=position - origin)
    structure = STRUCTURE._replace(
        exons=[(s - origin, e - origin) for s, e in STRUCTURE.exons],
        introns=[(s - origin, e - origin) for s, e in STRUCTURE.introns],
        cds=(STRUCTURE.cds[0] - origin, STRUCTURE.cds[1] - origin),
        whole_exons=tuple((s - origin, e - origin) for s, e in EXONS),
    )
    products = consequences_around(
        part, [moved], values(SITES)[:, origin:end], after[:, origin : end - deleted], structure,
        Locator(GENE, [STRUCTURE]), origin + 1,
    )  # fmt: skip
    assert len(after[0]) == len(str(apply_variants(GENE, [change])))
    assert [(c.words, c.length) for c in products.items] == [
        (c.words, c.length) for c in of_whole_record.items
    ]
    assert products.items[0].kind == "unchanged"


def test_a_deletion_across_the_start_of_a_coding_gene_is_told_of_it():
    coding = STRUCTURE._replace(name="coding")
    antisense = TranscriptModel("antisense", "-", [(1, 900)], [], None, ((1, 900),))
    across = Variant(11, str(GENE)[10:200], str(GENE)[10])
    within = Variant(500, str(GENE)[499], "A")
    assert transcript_of([across], [coding, antisense]).name == "coding"
    assert transcript_of([within], [antisense, coding]).name == "antisense"  # asked for first
    assert transcript_of([Variant(5, str(GENE)[4], "A")], [coding, antisense]).name == "antisense"


CLOSE = [
    "LDLR:c.[307_308insA;313+7del]", "LDLR:c.[309del;313+9_313+10insA]",
    "LDLR:c.[-3del;6G>A]", "LDLR:c.[-3_-2insT;6G>A]", "LDLR:c.[2580G>A;*4del]",
]  # fmt: skip


@pytest.mark.parametrize("edit", CLOSE)
def test_two_harmless_edits_close_to_each_other_stay_harmless(edit):
    (row,) = dnaviz.analyze_case(edit).rows
    first = row.prediction.consequences.items[0]
    assert first.kind == "unchanged"
    assert first.words == "the exons stay as they are"


def test_close_edits_at_the_first_and_last_codon_are_read_as_they_are():
    for edit in ("LDLR:c.[-3del;6G>A]", "LDLR:c.[-3_-2insT;6G>A]", "LDLR:c.[2580G>A;*4del]"):
        coding = predicted(edit).items[0].coding
        assert (coding.change.hgvs, coding.frame) == ("p.(=)", "kept")
    coding = predicted("LDLR:c.[-3del;6_7insTTT]").items[0].coding
    assert coding.change.hgvs == "p.(Gly2_Pro3insPhe)"
