"""Positions of transcripts, against Mutalyzer's crossmapper and written by hand."""

import sys
import types

import pytest

from dnaviz.errors import InputError
from dnaviz.genome.examples import examples, gallery
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.splicing.transcripts import (
    Position,
    TranscriptMap,
    first_codon,
    read_position,
    spliced,
    with_start,
)

# 10 nt of intergenic, exon 21-30, intron 31-45, exon 46-60, intron 61-64, exon 65-80
EXONS = ((21, 30), (46, 60), (65, 80))
SMALL = TranscriptModel("GENE T1", "+", list(EXONS), [], (25, 70), EXONS)
MINUS = TranscriptModel("GENE T1", "-", list(EXONS), [], (25, 70), EXONS)


@pytest.fixture(scope="module")
def coding_oracle():
    """Mutalyzer's own mapper; its import asks a module that new setuptools no longer have."""
    with pytest.MonkeyPatch.context() as patch:
        if "pkg_resources" not in sys.modules:
            metadata = types.SimpleNamespace(get_metadata_lines=lambda _: ["Author: x"])
            metadata.get_metadata_lines = lambda _: [
                f"{key}: x" for key in ("Author", "Author-email", "Summary", "Version", "Home-page")
            ]
            metadata.PKG_INFO = ""
            stub = types.ModuleType("pkg_resources")
            stub.get_distribution = lambda _: metadata
            patch.setitem(sys.modules, "pkg_resources", stub)
        return pytest.importorskip("mutalyzer_crossmapper").Coding


def text_of(base, offset, side):
    """A position of Mutalyzer's as HGVS text."""
    return f"c.{'*' if side == 1 else ''}{base}{f'{offset:+d}' if offset else ''}"


def check_against(oracle, structure, positions):
    exons = sorted(structure.whole_exons)
    minus = structure.strand == "-"
    others = oracle([(s - 1, e) for s, e in exons], (structure.cds[0] - 1, structure.cds[1]), minus)
    ours = TranscriptMap(structure)
    for position in positions:
        result = ours.locate(position)
        base, offset, side, outside = others.coordinate_to_coding(position - 1)
        if outside:
            assert result is None
            continue
        assert str(result) == text_of(base, offset, side)
        assert ours.record(result) == position
        assert read_position(str(result)[2:], "c") == result
        counted = ours.locate(position, "n")
        number, shift, _ = others.coordinate_to_noncoding(position - 1)
        assert (counted.base, counted.offset) == (number, shift)
        assert ours.record(counted) == position


def test_every_position_of_gallery_genes_agrees_with_mutalyzer(coding_oracle):
    for example in examples():
        known = example.structures[0]
        length = len(example.sequence)
        near = {
            edge + step for exon in known.whole_exons for edge in exon for step in range(-60, 61)
        }
        middles = {
            (end + start) // 2 + step
            for (_, end), (start, _) in zip(known.whole_exons, known.whole_exons[1:], strict=False)
            for step in range(-3, 4)
        }
        every = range(-50, length + 50, 1 if length < 5_000 else 37)
        check_against(coding_oracle, known, sorted({*near, *middles, *every}))


@pytest.mark.parametrize("structure", [SMALL, MINUS], ids="+-")
def test_small_transcripts_agree_with_mutalyzer(coding_oracle, structure):
    check_against(coding_oracle, structure, range(1, 100))


def test_every_coding_base_of_the_gallery_maps_to_the_genome_and_back():
    for example in examples():
        numbers = TranscriptMap(example.structures[0], example.interval)
        bases = str(example.sequence)
        first, last = numbers.coding
        mrna = []
        for number in range(1, last - first + 2):
            position = numbers.record(Position("c", number))
            assert numbers.locate(position) == Position("c", number)
            genome = numbers.genome(position)
            assert example.interval.position(position) == genome
            if 1 <= position <= len(bases):
                mrna.append(bases[position - 1])
        if len(mrna) == last - first + 1:
            assert "".join(mrna[:3]) == "ATG"


@pytest.mark.parametrize(
    ("text", "position", "minus"),
    [
        ("c.1", 25, 70), ("c.-1", 24, 71), ("c.-4", 21, 74), ("c.6", 30, 65), ("c.6+1", 31, 64),
        ("c.6+8", 38, None), ("c.7-7", 39, None), ("c.7-1", 45, None), ("c.7", 46, 60),
        ("c.22-2", 63, None), ("c.27", 70, 25), ("c.*1", 71, 24), ("c.*10", 80, None),
        ("n.1", 21, 80), ("n.10+1", 31, None),
    ],
)  # fmt: skip
def test_positions_by_hand(text, position, minus):
    kind, _, rest = text.partition(".")
    assert TranscriptMap(SMALL).record(read_position(rest, kind)) == position
    assert str(TranscriptMap(SMALL).locate(position, kind)) == text
    if minus is not None:
        assert TranscriptMap(MINUS).record(read_position(rest, kind)) == minus


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "no position 0"),
        ("6+0", "no position 0"),
        ("5+1", "not the last base of an exon"),
        ("8-1", "not the first base of an exon"),
        ("6+16", "intron 1 has only 15 nt"),
        ("7-16", "intron 1 has only 15 nt"),
        ("28", r"write c\.\*1"),
        ("*11", r"which has c\.-4 to c\.\*10"),
        ("-5", r"which has c\.-4 to c\.\*10"),
        ("*10+1", "no intron follows"),
        ("-4-1", "no intron precedes"),
        ("x", "not a position"),
        ("1+2+3", "not a position"),
    ],
)
def test_positions_that_are_none_are_refused(text, said):
    with pytest.raises(InputError, match=said):
        TranscriptMap(SMALL).record(read_position(text, "c"))


def test_offsets_past_the_middle_of_an_intron_are_read():
    numbers = TranscriptMap(SMALL)
    assert numbers.record(read_position("6+15", "c")) == 45
    assert str(numbers.locate(45)) == "c.7-1"


def test_numbered_introns():
    plus, minus = TranscriptMap(SMALL), TranscriptMap(MINUS)
    assert plus.intron(1, 5) == 35
    assert plus.intron(2, -1) == 64
    assert minus.intron(1, 1) == 64
    assert minus.intron(2, -1) == 31
    with pytest.raises(InputError, match="has 2 introns"):
        plus.intron(3, 1)
    with pytest.raises(InputError, match=r"\+1 to \+4"):
        plus.intron(2, -5)


def test_a_transcript_without_coding_sequence_has_n_positions_alone():
    numbers = TranscriptMap(SMALL._replace(cds=None))
    assert str(numbers.locate(31)) == "n.10+1"
    assert numbers.locate(31, "c") is None
    with pytest.raises(InputError, match="no coding sequence is known"):
        numbers.record(Position("c", 1))


def test_refusals_about_exons_in_upper_case_say_what_they_speak_of():
    numbers = TranscriptMap(SMALL._replace(cds=None, name="upper case"))
    with pytest.raises(InputError, match=r"the transcript in upper case\. Say where it begins"):
        numbers.record(Position("c", 1))
    with pytest.raises(InputError, match="the transcript in upper case has 2 introns"):
        numbers.intron(3, 1)


def test_where_a_position_lies():
    numbers = TranscriptMap(MINUS, GenomicInterval("chr1", 1001, 1100, "-"))
    assert [numbers.where(p) for p in (80, 62, 25, 15)] == [
        "exon 1", "intron 1", "exon 3", "outside the transcript",
    ]  # fmt: skip
    assert numbers.genome(1) == 1100


def test_known_changes_of_the_gallery_lie_where_their_names_say():
    genes = {example.name: example for example in examples()}
    for known, variant in gallery().variants:
        example = genes[known.gene]
        text = known.hgvs.removeprefix("c.").split("_")[0].rstrip("ACGT>del")
        numbers = TranscriptMap(example.structures[0], example.interval)
        assert numbers.record(read_position(text, "c")) == variant.position


BASES = (
    "c" * 20 + "AAAATGGCCG" + "gtaaaaaaaaaaaag" + "AAGGGGGGGGGGGGG" + "gtag" + "GCTAACCCCCCCCCCC"
)


def test_a_chosen_start_gives_the_coding_sequence():
    bare = SMALL._replace(cds=None)
    assert with_start(bare, BASES, 24).cds == (24, 69)
    mrna = spliced(bare, Sequence(BASES))
    assert mrna == "".join(c for c in BASES if c.isupper())
    turned = Sequence(reverse_complement(BASES))
    exons = tuple((81 - e, 81 - s) for s, e in reversed(EXONS))
    minus = TranscriptModel("T", "-", list(exons), [], None, exons)
    assert spliced(minus, turned) == mrna
    assert with_start(minus, turned, 81 - 24).cds == (81 - 69, 81 - 24)
    with pytest.raises(InputError, match="not in an exon"):
        with_start(bare, BASES, 31)
    with pytest.raises(InputError, match="No stop codon follows"):
        with_start(bare, BASES, 22)


@pytest.mark.parametrize("strand", ["+", "-"])
def test_the_first_codon_may_be_parted_by_an_intron(strand):
    mrna = "CCCCATGCCCTAACCCC"
    bases = f"{mrna[:6]}gtttag{mrna[6:]}".upper()
    structure = TranscriptModel(
        "T", "+", [(1, 6), (13, 23)], [(7, 12)], (5, 19), ((1, 6), (13, 23))
    )
    if strand == "-":
        bases = reverse_complement(bases)
        exons = [(1, 11), (18, 23)]
        structure = TranscriptModel("T", "-", exons, [(12, 17)], (5, 19), tuple(exons))
    assert first_codon(structure, bases) == "ATG"


@pytest.mark.parametrize("cds", [None, (79, 80), (65, 66), (61, 70)])
def test_a_coding_sequence_without_a_whole_codon_has_no_first_one(cds):
    assert first_codon(SMALL._replace(cds=cds), "ACGT" * 20) == ""
