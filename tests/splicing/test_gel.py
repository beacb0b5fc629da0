"""Bands and paragraphs: what a lab compares with its own gel, and what it pastes in a report."""

import numpy as np
import pytest
from helpers.hbb import EXON_1, EXON_2, EXON_3, RECORD, TRANSCRIPT

from dnaviz.errors import InputError
from dnaviz.figures.gel import band_rows, gel_figure
from dnaviz.figures.print_gel import print_gel
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.consequences import consequences
from dnaviz.splicing.gel import gel
from dnaviz.splicing.report_text import report_text
from dnaviz.splicing.spelling import spellings

VARIANT = Variant(1149, "C", "T")
FORWARD, REVERSE = EXON_2[100:120], reverse_complement(EXON_3[30:50])


def found(record=RECORD, structure=TRANSCRIPT):
    before = np.zeros((2, len(RECORD)), np.float32)
    before[0, [142, 495]] = before[1, [271, 1344]] = 0.95
    after = before.copy()
    after[0, 1147], after[1, 1073] = 0.8, 0.8
    return consequences(record, [VARIANT], before, after, structure)


def test_the_whole_mrna():
    bands = gel(found()).bands
    usual = len(EXON_1 + EXON_2 + EXON_3)
    assert [(b.lane, b.size) for b in bands if "usual" in b.words] == [
        ("reference", usual), ("alternate", usual),
    ]  # fmt: skip
    (pseudo,) = (b for b in bands if "pseudo-exon of 73 nt" in b.words)
    assert pseudo.size == usual + 73


def test_two_primers():
    result = gel(found(), FORWARD.lower(), REVERSE)
    usual = len(EXON_2) - 100 + 50
    assert [(b.lane, b.size) for b in result.bands if "usual" in b.words] == [
        ("reference", usual), ("alternate", usual),
    ]  # fmt: skip
    assert usual + 73 in [b.size for b in result.bands]
    assert result.table()["nt"].tolist() == [b.size for b in result.bands]
    assert result.primers == (FORWARD, REVERSE)


def test_a_product_without_a_primer_site_has_no_band():
    before = np.zeros((2, len(RECORD)), np.float32)
    before[0, [142, 495]] = before[1, [271, 1344]] = 0.95
    after = before.copy()
    after[0, 495] = 0.0  # exon 2 is skipped, and with it the primer's place
    lost = consequences(RECORD, [Variant(496, "G", "A")], before, after, TRANSCRIPT)
    result = gel(lost, FORWARD, REVERSE)
    assert any("exon 2 is skipped" in n and "forward primer" in n for n in result.notes)


@pytest.mark.parametrize("turned", [False, True])
def test_a_primer_in_duplicated_bases_makes_a_band_from_each_of_its_places(turned):
    record = Sequence(str(RECORD)[:495])
    structure = TRANSCRIPT._replace(
        exons=TRANSCRIPT.exons[:2], introns=TRANSCRIPT.introns[:1], cds=None, whole_exons=()
    )
    first, last = (273 + 190, 273 + 219) if turned else (60, 90)
    copied = str(record)[first - 1 : last]
    before = np.zeros((2, len(record)), np.float32)
    before[0, 142] = before[1, 271] = 0.95
    after = np.insert(before, [last] * len(copied), 0, axis=1)
    doubled = consequences(record, [Variant(last + 1, "", copied)], before, after, structure)
    pair = (EXON_1[:20], copied) if turned else (copied, EXON_2[-20:])
    result = gel(doubled, pair[0], reverse_complement(pair[1]))
    (usual,) = (band.size for band in result.bands if band.lane == "reference")
    sizes = {band.size for band in result.bands if band.lane == "alternate"}
    assert sizes == {usual, usual + len(copied)}
    assert any("2 bands, a primer fits it more than once" in note for note in result.notes)


@pytest.mark.parametrize(
    ("primers", "said"),
    [
        ((FORWARD, ""), "reverse primer is missing"),
        ((FORWARD, "ACGT"), "has 4 nt"),
        ((FORWARD, "ACGTNACGTACGTA"), "more than A, C, G and T"),
        ((REVERSE, FORWARD), "may be swapped"),
        ((FORWARD, "A" * 15), "does not fit the usual mRNA: write it"),
        (("GGGAATTC" + FORWARD, REVERSE), "without tail and mismatches"),
        ((FORWARD, f"3'-{REVERSE}-5'"), "from 3' to 5'"),
        ((EXON_3[60:80], reverse_complement(EXON_3[30:50])), "lies before the forward one"),
    ],
)
def test_primers_that_do_not_fit(primers, said):
    with pytest.raises(InputError, match=said):
        gel(found(), *primers)


def test_primers_may_have_marks_of_their_ends():
    marked = [f"5\u2032-{primer[:10]} {primer[10:]}-3\u2032" for primer in (FORWARD, REVERSE)]
    assert gel(found(), *marked) == gel(found(), FORWARD, REVERSE)


def test_without_an_mrna_there_is_no_gel():
    with pytest.raises(InputError, match="No mRNA is known"):
        gel(found(structure=None))


def test_the_figure_has_every_band_once_and_escapes_words():
    result = gel(found())
    drawing = gel_figure(result)
    bands = [t for t in drawing.data if t["x"][0] > 0.5 and t["mode"] == "lines"]
    assert sorted(t["y"][0] for t in bands) == sorted(b.size for b in result.bands)
    drawing.figure()
    nasty = result._replace(bands=(result.bands[0]._replace(words="<b>x</b>"),))
    assert "<b>" not in gel_figure(nasty).to_json()


def test_bands_that_lie_close_are_said_to_and_their_labels_keep_apart():
    result = gel(found())
    first = result.bands[0]
    assert not any("hard to tell apart" in note for note in result.notes)
    close = result._replace(bands=(first._replace(size=3_617), first._replace(size=3_583)))
    (low, high) = sorted(at for lane, _, at, _ in band_rows(close) if lane)
    assert high / low > 1.02
    shown = [size for lane, size, _, _ in band_rows(close) if lane]
    assert sorted(shown) == [3_583, 3_617]  # only labels move
    assert print_gel(close).axes[0].texts


def test_primers_far_from_a_small_change_are_said_to_resolve_nothing():
    before = np.zeros((2, len(RECORD)), np.float32)
    before[0, [142, 495]] = before[1, [271, 1344]] = 0.95
    after = before.copy()
    after[0, 495], after[0, 485] = 0.0, 0.9  # 10 nt of 628
    short = consequences(RECORD, [Variant(496, "G", "A")], before, after, TRANSCRIPT)
    assert any("618 and 628 nt are hard to tell apart" in note for note in gel(short).notes)


def test_a_paragraph_says_what_a_report_needs(untrained):
    named = spellings(VARIANT, RECORD, TRANSCRIPT)
    text = report_text(found(), named, untrained)
    for part in (
        "HBB NM_000518.5:c.316-197C>T", "intron 2", "a pseudo-exon of 73 nt in intron 2",
        "the reading frame is shifted", "donor at 1,148: 0.00 -> 0.80", untrained.sha256[:16],
        "tissue is not modeled", "400 nt", "not for clinical decisions", "not proportions",
        "a stop after 16 of them (codon 122)",
    ):  # fmt: skip
        assert part in text
    nothing = consequences(
        RECORD, [VARIANT], np.zeros((2, len(RECORD))), np.zeros((2, len(RECORD))), TRANSCRIPT
    )
    assert "No change of splicing is predicted" in report_text(nothing, named, untrained)
    bare = Sequence(str(RECORD)[500:1300])
    assert report_text(nothing, spellings(Variant(649, "C", "T"), bare), untrained)
