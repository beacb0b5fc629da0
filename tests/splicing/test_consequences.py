"""What happens to the mRNA: constructed genes against plain string work, and published cases."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.hbb import PROTEIN, RECORD, TRANSCRIPT
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.genome.examples import examples, gallery
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.consequences import consequences, whole_after
from dnaviz.splicing.prediction import Prediction
from dnaviz.splicing.products import coding_effect, decays, junctions, make_product
from dnaviz.splicing.protein import compare_proteins, translate
from dnaviz.splicing.report_text import product_facts, report_text
from dnaviz.splicing.scan import scan
from dnaviz.splicing.spelling import Spellings
from dnaviz.splicing.variant_effect import splice_effect
from dnaviz.splicing.variants import apply_variants

# Exons of 100, 99, 100, 98 nt and introns of 300 nt; reading begins at base 41 of the record.
STARTS = (21, 421, 820, 1220)
ENDS = (120, 519, 919, 1317)
EXONS = tuple(zip(STARTS, ENDS, strict=True))
LENGTH = 1400
rng = np.random.default_rng(11)


def coding_record():
    """A gene without a stop codon in its frame before the one in the last exon."""
    bases = rng.choice(list("CG"), LENGTH)  # no stop codon can be made of C and G
    bases[40:43] = list("ATG")
    place = [p for s, e in EXONS for p in range(s, e + 1)]
    start = place.index(41)
    stop = start + 3 * 100
    for p, base in zip(place[stop : stop + 3], "TAA", strict=True):
        bases[p - 1] = base
    return Sequence("".join(bases)), (41, place[stop + 2])


GENE, CDS = coding_record()
GAPS = [(a + 1, b - 1) for a, b in zip(ENDS, STARTS[1:], strict=False)]
PLUS = TranscriptModel("GENE T", "+", list(EXONS), GAPS, CDS, EXONS)


def mirrored(structure, length):
    def turn(pairs):
        return [(length + 1 - e, length + 1 - s) for s, e in reversed(list(pairs))]

    return structure._replace(
        strand="-" if structure.strand == "+" else "+",
        exons=turn(structure.exons),
        introns=turn(structure.introns),
        cds=turn([structure.cds])[0] if structure.cds else None,
        whole_exons=tuple(turn(structure.whole_exons)),
    )


def sites(donors, acceptors, length=LENGTH):
    values = np.zeros((2, length), np.float32)
    for row, result in enumerate((donors, acceptors)):
        for position, p in result.items():
            values[row, position - 1] = p
    return values


DONORS = {e + 1: 0.95 for e in ENDS[:-1]}
ACCEPTORS = {s - 1: 0.95 for s in STARTS[1:]}
BEFORE = sites(DONORS, ACCEPTORS)


def ask(after_donors=None, after_acceptors=None, variant=None, structure=PLUS, record=GENE):
    """Consequences where sites change; the base that is changed is of no matter here."""
    variant = variant or Variant(700, str(record)[699], "A")
    after = sites(DONORS | (after_donors or {}), ACCEPTORS | (after_acceptors or {}))
    plus = consequences(record, [variant], BEFORE, after, structure)
    # The same on the other strand.
    length = len(record)
    turned = Variant(length + 1 - variant.position, *map(reverse_complement, variant[1:3]))
    other = consequences(
        Sequence(reverse_complement(str(record))), [turned], BEFORE[:, ::-1], after[:, ::-1],
        mirrored(structure, length),
    )  # fmt: skip
    for one, two in zip(plus.items, other.items, strict=True):
        assert (one.kind, one.length, one.coding, one.product) == (
            two.kind, two.length, two.coding, two.product,
        )  # fmt: skip
        if one.last:
            assert (two.first, two.last) == (length + 1 - one.last, length + 1 - one.first)
    return plus


def joined(exons, variant=None):
    bases = str(apply_variants(GENE, [variant or Variant(700, str(GENE)[699], "A")]))
    return "".join(bases[s - 1 : e] for s, e in exons)


def test_nothing_happens():
    result = ask()
    assert [c.kind for c in result.items] == ["unchanged"]
    assert result.main.kind == "unchanged"
    assert result.main.product.mrna == result.usual.mrna == joined(EXONS)
    assert result.main.coding.frame == "outside"
    assert result.main.coding.nmd is False


def test_a_lost_donor_skips_its_exon_or_keeps_a_short_intron():
    result = ask({520: 0.01})
    skip = result.items[0]
    assert (skip.kind, skip.exon, skip.length) == ("exon_skipped", 2, -99)
    assert (skip.first, skip.last) == (421, 519)
    assert skip.words == "exon 2 is skipped (99 nt)"
    assert skip.product.mrna == joined([EXONS[0], *EXONS[2:]])
    assert skip.coding.frame == "kept"
    assert skip.coding.stop_codon == 0
    assert len(skip.product.reading.protein) == len(result.usual.reading.protein) - 33
    assert {str(s) for s in skip.sites} == {
        "acceptor at 420: 0.95 -> 0.95", "donor at 520: 0.95 -> 0.01",
    }  # fmt: skip
    kept = next(c for c in result.items if c.kind == "intron_kept")
    assert (kept.intron, kept.length, kept.first, kept.last) == (2, 300, 520, 819)
    assert kept.product.mrna == joined([EXONS[0], (421, 919), EXONS[3]])
    assert kept.support < skip.support
    assert result.items[-1].kind == "unchanged"


def test_a_skipped_exon_that_shifts_the_frame_is_read_to_its_stop():
    result = ask({}, {819: 0.0})
    skip = result.main
    assert (skip.kind, skip.exon) == ("exon_skipped", 3)
    assert skip.coding.frame == "shifted"
    mrna = joined([*EXONS[:2], EXONS[3]])
    assert skip.product.mrna == mrna
    assert skip.product.reading.protein == translate(mrna, 20)
    assert "*" not in skip.product.reading.protein
    assert (skip.coding.stop_codon, skip.coding.nmd) == (0, None)


def test_a_stronger_donor_in_the_exon_or_in_the_intron():
    shorter = ask({520: 0.02, 500: 0.9}).main
    assert (shorter.kind, shorter.length, shorter.first, shorter.last) == (
        "exon_shortened", -20, 500, 519,
    )  # fmt: skip
    assert shorter.words == "exon 2 loses its last 20 nt"
    assert shorter.product.mrna == joined([EXONS[0], (421, 499), *EXONS[2:]])
    assert shorter.coding.frame == "shifted"
    longer = ask({520: 0.02, 541: 0.9}).main
    assert longer.words == "exon 2 gains the first 21 nt of intron 2"
    assert longer.product.mrna == joined([EXONS[0], (421, 540), *EXONS[2:]])
    assert longer.coding.frame == "kept"


def test_another_acceptor():
    shorter = ask({}, {420: 0.02, 429: 0.9}).main
    assert shorter.words == "exon 2 loses its first 9 nt"
    assert shorter.product.mrna == joined([EXONS[0], (430, 519), *EXONS[2:]])
    longer = ask({}, {420: 0.02, 414: 0.9}).main
    assert longer.words == "exon 2 gains the last 6 nt of intron 1"
    assert longer.product.mrna == joined([EXONS[0], (415, 519), *EXONS[2:]])


@pytest.mark.parametrize(
    ("donor", "acceptor", "grows"), [(0.55, 0.8, "exon 3"), (0.8, 0.55, "exon 2")]
)
def test_an_exon_grows_less_where_a_pseudo_exon_takes_its_new_end(donor, acceptor, grows):
    """Base 701 lies 181 nt behind exon 2, base 630 lies 190 nt before exon 3."""
    donors, acceptors = {701: donor}, {630: acceptor}
    both = ask(donors, acceptors)
    assert both.main.kind == "pseudo_exon"
    alone = (ask(donors) if grows == "exon 2" else ask(None, acceptors)).main
    assert (alone.kind, alone.words.startswith(grows)) == ("exon_extended", True)
    (support,) = (c.support for c in both.items if c.words == alone.words)
    assert support < alone.support / 1.5


def test_a_pseudo_exon():
    result = ask({701: 0.8}, {630: 0.7})
    pseudo = next(c for c in result.items if c.kind == "pseudo_exon")
    assert (pseudo.length, pseudo.first, pseudo.last, pseudo.intron) == (70, 631, 700, 2)
    assert pseudo.words == "a pseudo-exon of 70 nt in intron 2, 631 to 700"
    assert pseudo.product.mrna == joined([*EXONS[:2], (631, 700), *EXONS[2:]])
    assert result.main is pseudo


@pytest.mark.parametrize(("length", "told"), [(19, 0), (20, 1), (500, 1), (501, 0)])
def test_pseudo_exons_have_20_to_500_nt(length, told):
    after = sites({301 + length: 0.8}, {300: 0.8})
    change = Variant(320, str(GENE)[319], "A")
    items = consequences(GENE, [change], np.zeros((2, LENGTH)), after, None).items
    assert sum(c.kind == "pseudo_exon" for c in items) == told


def test_a_new_site_that_no_exon_takes_is_told_and_a_stronger_usual_one_is_not():
    behind = ask({}, {1360: 0.8})
    assert behind.main.words == "a new acceptor at 1,360, for which no donor is found"
    weak = sites(DONORS | {520: 0.3}, ACCEPTORS)
    change = Variant(700, str(GENE)[699], "A")
    stronger = consequences(GENE, [change], weak, sites(DONORS, ACCEPTORS), PLUS)
    assert [c.kind for c in stronger.items] == ["unchanged"]


def test_of_many_new_pseudo_exons_of_an_intron_the_best_are_told():
    result = ask({620: 0.9, 680: 0.85, 740: 0.8}, {580: 0.15, 640: 0.17, 700: 0.19})
    shown = [(c.first, c.last) for c in result.items if c.kind == "pseudo_exon"]
    assert shown == [(701, 739), (641, 679), (641, 739)]  # of 0.152, 0.145 and 0.136


def test_a_pseudo_exon_behind_an_insertion_lies_where_the_reference_has_its_bases():
    after = np.insert(sites(DONORS | {701: 0.8}, ACCEPTORS | {630: 0.7}), [600] * 3, 0, axis=1)
    result = consequences(GENE, [Variant(601, "", "AAA")], BEFORE, after, PLUS)
    pseudo = next(c for c in result.items if c.kind == "pseudo_exon")
    assert (pseudo.first, pseudo.last, pseudo.in_alternate) == (631, 700, False)
    assert pseudo.words.endswith("631 to 700")
    assert str(GENE)[630:700] in pseudo.product.mrna


def test_a_new_site_without_a_partner_is_told():
    def intron(acceptors, donors=None):
        return consequences(
            GENE, [Variant(700, str(GENE)[699], "A")], np.zeros((2, LENGTH)),
            sites(donors or {701: 0.8}, acceptors), None,
        ).main  # fmt: skip

    other = intron({631: 0.8}, {701: 0.01, 620: 0.01})
    assert other.words.endswith("if its weak donor is used")
    assert (other.first, other.last) == (632, 700)
    weak = intron({630: 0.01})
    assert weak.kind == "pseudo_exon"
    assert weak.words.endswith("if its weak acceptor is used")
    assert (weak.first, weak.last) == (631, 700)
    lonely = intron({})
    assert lonely.words == "a new donor at 701, for which no acceptor is found"
    assert lonely.product is None


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_site_that_is_deleted_with_the_end_of_the_record_has_no_place(strand):
    part, change = Sequence(str(GENE)[:539]), Variant(520, str(GENE)[519:539], "")
    before, after, structure = BEFORE[:, :539], BEFORE[:, :519], PLUS._replace(cds=None)
    if strand == "-":
        part, change = Sequence(reverse_complement(str(part))), Variant(1, change.ref, "")
        change = change._replace(ref=reverse_complement(change.ref))
        before, after, structure = before[:, ::-1], after[:, ::-1], mirrored(structure, 539)
    main = consequences(part, [change], before, after, structure).main
    (lost,) = (site for site in main.sites if site.site == "donor")
    assert (lost.position, lost.alternate_position) == (520 if strand == "+" else 20, 0)
    assert lost.alternate == 0


def test_what_most_mrnas_have_of_several_exons_they_have_together():
    result = ask({520: 0.01}, {819: 0.0})
    assert result.main.kind == "several"
    assert result.main.words == "exon 2 is skipped (99 nt) and exon 3 is skipped (100 nt)"
    assert result.main.length == -199
    assert result.main.product.mrna == joined([EXONS[0], EXONS[3]])
    assert result.main.coding.frame == "shifted"
    assert all(0 <= c.support <= result.main.support for c in result.items)
    # Two forms of one exon exclude each other.
    assert "several" not in {c.kind for c in ask({520: 0.01, 500: 0.6}).items}
    overlapping = [c for c in ask({701: 0.8, 690: 0.9}, {630: 0.9}).items if c.support > 0.5]
    assert [(c.kind, c.length) for c in overlapping] == [("pseudo_exon", 59), ("pseudo_exon", 70)]


def test_an_indel_at_the_border_of_an_exon_is_told_as_what_is_inserted():
    for at, place in ((520, "end"), (421, "start")):
        after = np.insert(BEFORE, [at - 1] * 2, 0, axis=1)
        variant = Variant(at, "", "GC" if str(GENE)[at - 1] != "G" else "CG")
        main = consequences(GENE, [variant], BEFORE, after, PLUS).main
        assert main.words == f"exon 2 gains the 2 nt inserted at its {place}"
        assert main.coding.frame == "shifted"


def test_a_change_that_is_less_supported_than_the_usual_mrna_is_told_so():
    result = ask({520: 0.8})
    assert result.items[0].kind == "unchanged"
    assert result.main.kind == "exon_skipped"
    assert result.is_less_supported
    assert not ask({520: 0.1}).is_less_supported
    assert not ask().is_less_supported
    headline = Prediction(result, (), None, True).headline
    assert "; less well supported than the usual mRNA: exon 2 is skipped" in headline
    model = SimpleNamespace(name="m", sha256="0" * 64)
    paragraph = report_text(result, Spellings("1A>C"), model)
    assert "Predicted, less well supported than the usual mRNA: exon 2 is skipped" in paragraph


def test_a_report_tells_of_decay_where_the_splicing_changes():
    model = SimpleNamespace(name="m", sha256="0" * 64)
    stops = "TAGC" * 17 + "CC"  # in every frame
    record = Sequence(str(GENE)[:630] + stops + str(GENE)[700:])
    pseudo = ask({701: 0.9}, {630: 0.9}, record=record)
    text = report_text(pseudo, Spellings("700C>A", transcript="T", coding="c.1C>A"), model)
    assert pseudo.main.coding.nmd
    assert "nonsense-mediated decay is expected." in text
    assert pseudo.main.coding.nmd_reason in text
    assert text.startswith("T:c.1C>A (700C>A in this sequence")
    usual = report_text(ask(), Spellings("700C>A"), model)
    assert "stop codon" not in usual
    assert usual.startswith("700C>A (in positions of this sequence")


def test_a_start_codon_lost_by_a_substitution_is_told_of_the_usual_exons():
    change = Variant(CDS[0], "A", "G")
    unchanged = consequences(GENE, [change], BEFORE, BEFORE, PLUS).main
    assert unchanged.kind == "unchanged"
    assert product_facts(unchanged) == [("protein", "p.? the start codon is lost")]


def test_the_last_exon_cannot_be_skipped_so_its_intron_is_kept():
    result = ask({}, {1219: 0.0})
    assert (result.main.kind, result.main.intron) == ("intron_kept", 3)
    assert result.main.support > 0.8
    first = ask({121: 0.0})
    assert (first.main.kind, first.main.intron) == ("intron_kept", 1)
    ends = [one.main.words.partition(", or ")[2] for one in (first, result)]
    assert ends == [f"the transcript has another {which} exon" for which in ("first", "last")]


def test_a_lost_start_codon_is_said():
    result = ask({121: 0.01, 30: 0.9})
    assert result.main.words == "exon 1 loses its last 91 nt"
    assert result.main.coding.frame == "start lost"
    assert result.main.coding.change.hgvs == "p.?"


def test_a_deleted_exon_is_missing_from_the_mrna():
    variant = Variant(381, str(GENE)[380:559], "")
    after = np.concatenate([BEFORE[:, :380], BEFORE[:, 559:]], axis=1)
    result = consequences(GENE, [variant], BEFORE, after, PLUS)
    assert result.main.words == "exon 2 is deleted (99 nt)"
    bases = str(GENE)
    assert result.main.product.mrna == "".join(bases[s - 1 : e] for s, e in EXONS if s != 421)


def test_where_the_transcript_is_not_all_there_lengths_alone_are_told():
    part = Sequence(str(GENE)[380:])

    def moved(pairs):
        return [(s - 380, e - 380) for s, e in pairs]

    structure = TranscriptModel(
        "GENE T", "+", [], [], tuple(p - 380 for p in CDS), tuple(moved(EXONS))
    )
    before = BEFORE[:, 380:]
    after = before.copy()
    after[0, 519 - 380] = 0.01
    result = consequences(part, [Variant(300, str(part)[299], "A")], before, after, structure)
    assert result.main.words == "exon 2 is skipped (99 nt)"
    assert result.main.product is None
    assert result.main.coding.frame == "kept"
    assert result.main.modulo == "99 nt are a multiple of three"


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(("first", "last"), [(451, LENGTH), (1, 450), (451, 870)])
def test_an_end_of_an_exon_beyond_the_record_is_no_site(first, last, strand):
    """A site is at the far end of the record: none of this exon's."""
    structure = PLUS._replace(
        exons=[], introns=[], cds=None,
        whole_exons=tuple((s - first + 1, e - first + 1) for s, e in EXONS),
    )  # fmt: skip
    part, values = Sequence(str(GENE)[first - 1 : last]), BEFORE[:, first - 1 : last].copy()
    change = Variant(5 if first > 1 else 445, "C", "A")
    part = Sequence(str(part)[: change.position - 1] + "C" + str(part)[change.position :])
    values[:, [0, -1]] = 0.9
    if strand == "-":
        part = Sequence(reverse_complement(str(part)))
        change = Variant(len(part) + 1 - change.position, "G", "T")
        values, structure = values[:, ::-1], mirrored(structure, len(part))
    result = consequences(part, [change], values, values, structure)
    assert [c.kind for c in result.items] == ["unchanged"]


def test_a_coding_sequence_that_does_not_read_as_annotated_gives_no_protein():
    selenocysteine = str(GENE)
    selenocysteine = selenocysteine[:58] + "TGA" + selenocysteine[61:]  # codon 7, in frame
    late_start = PLUS._replace(cds=(CDS[0] + 1, CDS[1]))  # as with a phase of 2
    for record, structure in ((Sequence(selenocysteine), PLUS), (GENE, late_start)):
        result = ask({}, {819: 0.0}, structure=structure, record=record)
        skip, unchanged = result.main, result.items[-1]
        assert (skip.kind, skip.exon, skip.length) == ("exon_skipped", 3, -100)
        assert (skip.coding.frame, skip.coding.change, skip.coding.nmd) == ("shifted", None, None)
        assert "does not read" in skip.coding.nmd_reason
        assert unchanged.coding.frame == "unknown"
        assert "protein" not in result.fasta()


@pytest.mark.parametrize("indel", [Variant(1300, "C", ""), Variant(1300, "", "GC")])
def test_a_second_edit_behind_the_stop_codon_leaves_the_frame_alone(indel):
    place = 447  # in exon 2
    record = Sequence(str(GENE)[: place - 1] + "C" + str(GENE)[place:1299] + "C" + str(GENE)[1300:])
    missense = Variant(place, "C", "A")
    after = np.delete(BEFORE, 1299, axis=1) if indel.ref else np.insert(BEFORE, [1299] * 2, 0, 1)
    only = consequences(record, [missense], BEFORE, BEFORE, PLUS).main.coding
    both = consequences(record, [missense, indel], BEFORE, after, PLUS).main.coding
    assert both == only
    assert (both.frame, both.stop_codon) == ("kept", 0)


def test_without_whole_exons_an_exon_is_named_by_its_place():
    alone = TranscriptModel("uppercase", "+", [(421, 519)], [(121, 420), (520, 819)])
    after = sites(DONORS | {520: 0.01}, ACCEPTORS)
    result = consequences(GENE, [Variant(522, str(GENE)[521], "A")], BEFORE, after, alone)
    assert result.main.words == "the exon 421-519 is skipped (99 nt)"
    nothing = consequences(
        GENE, [Variant(600, str(GENE)[599], "A")], np.zeros((2, LENGTH)),
        sites({701: 0.8}, {630: 0.7}), None,
    )  # fmt: skip
    assert nothing.main.words == "a pseudo-exon of 70 nt, 631 to 700"
    assert nothing.fasta() == ""


def test_indels_are_counted_in_the_edited_mrna():
    variant = Variant(450, "", "CGG")
    after = np.insert(BEFORE, [449] * 3, 0, axis=1)
    result = consequences(GENE, [variant], BEFORE, after, PLUS)
    assert result.main.kind == "unchanged"
    assert result.main.product.mrna == joined(EXONS[:1], variant) + str(
        apply_variants(GENE, [variant])
    )[420:522] + "".join(str(GENE)[s - 1 : e] for s, e in EXONS[2:])
    assert result.main.coding.frame == "kept"


@pytest.mark.parametrize("gap", [0, 1, 2, 3])
def test_the_spelling_of_an_indel_does_not_matter(gap):
    bases = str(GENE)[:516] + "CAGG" + "GTAAGT" + str(GENE)[526:]  # exon 2 ends with CAG
    record = Sequence(bases)
    # One more G of the run of G before GT, written behind any of them.
    position = 519 + min(gap, 2)
    variant = Variant(position, "", "G")
    before = sites(DONORS, ACCEPTORS)
    after = np.insert(before, 519, 0, axis=1)
    result = consequences(record, [variant], before, after, PLUS)
    assert {c.words for c in result.items} == {
        c.words for c in consequences(record, [Variant(519, "", "G")], before, after, PLUS).items
    }


@given(st.data())
def test_products_are_what_joining_strings_gives(data):
    strengths = st.floats(0, 1)
    donors = {p: data.draw(strengths) for p in (520, 505, 560, 701)}
    acceptors = {p: data.draw(strengths) for p in (420, 440, 390, 630)}
    result = ask(donors, acceptors)
    for item in result.items:
        if item.product is None:
            continue
        exons = list(EXONS)
        if item.kind == "exon_skipped":
            exons.pop(item.exon - 1)
        if item.kind == "intron_kept":
            left, right = exons[item.intron - 1], exons.pop(item.intron)
            exons[item.intron - 1] = (left[0], right[1])
        if item.kind == "pseudo_exon":
            exons = sorted([*exons, (item.first, item.last)])
        mrna = joined(exons)
        if item.kind in ("exon_shortened", "exon_extended", "exon_moved", "several"):
            assert len(item.product.mrna) == len(mrna) + item.length
        else:
            assert item.product.mrna == mrna
        assert 0 <= item.support <= 1
    supports = [c.support for c in result.items if c.kind != "unchanged"]
    assert supports == sorted(supports, reverse=True)


def test_tables_and_fasta():
    result = ask({520: 0.01})
    table = result.table()
    assert table["consequence"][0] == "exon skipped"
    assert list(table.columns)[:2] == ["consequence", "what happens"]
    fasta = result.fasta()
    assert fasta.startswith(">GENE_T_reference_mRNA the usual mRNA\n")
    assert ">GENE_T_product_1_protein exon 2 is skipped (99 nt)" in fasta


# Proteins and decay


@pytest.mark.parametrize(
    ("before", "after", "shifted", "hgvs", "words"),
    [
        ("MKLV*", "MKLV*", False, "p.(=)", "the same"),
        ("MKLV*", "MRLV*", False, "p.(Lys2Arg)", "Lys becomes Arg at codon 2"),
        ("MKLV*", "MK*", False, "p.(Leu3Ter)", "a stop instead of Leu at codon 3"),
        ("MKLV*", "MKV*", False, "p.(Leu3del)", "1 amino acid missing (codon 3)"),
        ("MKLVA*", "MKA*", False, "p.(Leu3_Val4del)", "codons 3 to 4"),
        ("MKLV*", "MKGLV*", False, "p.(Lys2_Leu3insGly)", "1 amino acid more after codon 2"),
        ("MKLVA*", "MKGGA*", False, "p.(Leu3_Val4delinsGlyGly)", "replaced by 2"),
        ("MKLVA*", "MKRS*", True, "p.(Leu3ArgfsTer3)", "a stop after 2 of them (codon 5)"),
        ("MKLVA*", "MKRSTS", True, "p.(Leu3ArgfsTer?)", "no stop codon"),
        ("MKLV*", "MKLVQR*", False, "p.(Ter5GlnextTer2)", "2 amino acids more, then a stop"),
        ("MKLV*", "MKLVQR*", True, "p.(Ter5GlnextTer2)", "no stop at codon 5 (Gln instead)"),
        ("MKLV*", "MKLVQR", True, "p.(Ter5GlnextTer?)", "no stop codon before the mRNA ends"),
        ("MKLVARRR*", "MKGG", False, "p.?", "Leu becomes Gly) and no stop codon before the mRNA"),
        ("MKLVARRR*", "MKGG*", False, "", "2 other amino acids, then a stop (codon 5)"),
    ],
)  # fmt: skip
def test_protein_changes_in_words(before, after, shifted, hgvs, words):
    result = compare_proteins(before, after, shifted=shifted)
    assert result.hgvs == hgvs
    assert words in result.words


def test_an_early_stop_is_told_even_if_the_last_amino_acid_is_the_usual_one():
    words = [compare_proteins("MKLVARRR*", "MKGR*", shifted=False, early=e).words for e in (0, 1)]
    assert words[0] == "5 amino acids (codons 3 to 7) replaced by 1"
    assert words[1] == "from codon 3 on 2 other amino acids, then a stop (codon 5)"


@given(st.text("ACGT", max_size=90), st.integers(0, 5))
def test_translation_is_codon_by_codon(mrna, start):
    protein = translate(mrna, start)
    codons = [mrna[i : i + 3] for i in range(start, len(mrna) - 2, 3)]
    stops = [i for i, codon in enumerate(codons) if codon in ("TAA", "TAG", "TGA")]
    assert len(protein) == (stops[0] + 1 if stops else len(codons))
    assert ("*" in protein) == bool(stops)


@pytest.mark.parametrize(
    ("stop_at", "expected"), [(60, True), (93, True), (99, True), (102, False), (150, False)]
)
def test_the_50_nt_rule(stop_at, expected):
    # Exons of 100, 50 and 100 nt: the last junction lies before base 150.
    mrna = "ATG" + "C" * (stop_at - 6) + "TAA" + "C" * (250 - stop_at)
    ends = (0, 100, 150, 250)
    bases = "".join(mrna[s:e] + "G" * 90 for s, e in pairwise(ends))
    exons = tuple((s + 90 * i, e + 90 * i) for i, (s, e) in enumerate(pairwise(ends)))
    places = [place for s, e in exons for place in range(s, e)]
    product = make_product(bases, exons, (0, places[stop_at - 1] + 1))
    assert (product.mrna, product.reading.stop) == (mrna, stop_at)
    assert decays(product)[0] is expected
    # No junction: where an annotation leaves out a base, and where an edit deletes that.
    for gap in (0, 1):
        parts = tuple(part for s, e in exons for part in ((s, s + 20), (s + 20 + gap, e)))
        assert junctions(make_product(bases, parts, None)) == [100 - gap, 150 - 2 * gap]
    assert decays(make_product(mrna, ((0, 250),), (0, stop_at)))[0] is False


def test_decay_is_expected_of_a_new_early_stop_alone():
    def product(stop_at):
        bases = "ATG" + "C" * 297
        for at in (*stop_at, 269):
            bases = bases[:at] + "TAA" + bases[at + 3 :]
        return make_product(bases, ((0, 100), (140, 200), (240, 300)), (0, 272))

    usual, early, late = product([]), product([30]), product([151])
    assert usual.reading.stop == usual.reading.end == len(usual.mrna) - 28
    assert coding_effect(usual, early).nmd is True
    assert coding_effect(usual, early).nmd_reason == (
        "The stop codon ends 127 nt before the last exon junction: more than 50."
    )
    assert coding_effect(usual, late).nmd is False
    # The rule says nothing where it expects decay of the usual mRNA, too.
    usual = early._replace(reading=early.reading._replace(end=early.reading.stop))
    assert coding_effect(usual, product([33])).nmd is None


# Published cases, with the shipped model


def predicted(record, structure, edit):
    before = scan(record, strand="+").probabilities["+"]
    effect = splice_effect(record, edit)
    after = whole_after(effect, before)
    assert np.allclose(after, scan(effect.alternate, strand="+").probabilities["+"], atol=1e-4)
    return consequences(record, effect.variants, before, after, structure)


def test_hbb_ivs2_654_makes_the_published_pseudo_exon():
    result = predicted(RECORD, TRANSCRIPT, "1149C>T")
    assert result.usual.reading.protein == PROTEIN
    assert (result.main.kind, result.main.length) == ("pseudo_exon", 73)
    assert (result.main.first, result.main.last) == (1075, 1147)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("LDLR c.313+1G>A", "exon 3 is skipped (123 nt)"),
        ("LDLR c.1813C>T", "exon 12 loses its last 34 nt"),
        ("C3 c.4631-2A>G", "exon 39 is skipped (84 nt)"),
        ("GAMT c.327G>A", "exon 2 gains the first 44 nt of intron 2"),
    ],
)
def test_published_changes_of_the_gallery(name, words):
    genes = {e.name: e for e in examples()}
    known, variant = next(v for v in gallery().variants if v[0].name == name)
    gene = genes[known.gene]
    result = predicted(gene.sequence, gene.structures[0], [variant])
    assert result.main.words == words
