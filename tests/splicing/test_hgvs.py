"""Edits in positions of transcripts and genomes find their place on the record, or say why not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.errors import InputError
from dnaviz.genome.accessions import accession_of, chromosome_of
from dnaviz.genome.examples import examples, gallery, worked_examples
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.spelling import hgvs_text, rolled, spellings, vcf_alleles
from dnaviz.splicing.transcripts import TranscriptMap
from dnaviz.splicing.variants import apply_variants, parse_variants

GENES = {example.name: example for example in examples()}
LDLR = GENES["LDLR"]
EXONS = ((41, 80), (121, 160), (201, 250))
RANDOM = "".join(np.random.default_rng(3).choice(list("ACGT"), 300))


def locator(example=LDLR):
    return Locator(example.sequence, example.structures, example.interval, "GRCh38")


def edited(sequence, variant):
    return str(apply_variants(sequence, [variant]))


@pytest.mark.parametrize(
    "text",
    [
        "c.313+1G>A", "C.313+1g>a", "NM_000527.5:c.313+1G>A", "NM_000527.5(LDLR):c.313+1G>A",
        "LDLR:c.313+1G>A", "ENST00000558518:c.313+1G>A", "ENST00000558518.6:c.313+1G>A",
        "n.500+1G>A", "IVS3+1G>A", "LDLR:IVS3+1G>A", "c.IVS3+1G>A", "IVSIII+1G>A",
        "NC_000019.10:g.11102787G>A", "chr19:g.11102787G>A", "g.11102787G>A",
        "chr19-11102787-G-A", "19-11102787-G-A", "19:11102787G>A", "chr19:11102787:G:A",
        "c.313+1_313+1delinsA", "c.313+1delGinsA", "LDLR:g.13626G>A",
    ],
)  # fmt: skip
def test_one_change_in_all_its_spellings(text):
    expected = Variant(13626, "G", "A")
    if text.startswith("n."):
        first = TranscriptMap(LDLR.structures[0]).locate(13626, "n")
        text = f"{first}G>A"
    assert locator()(text) == expected
    result = spellings(expected, LDLR.sequence, LDLR.structures[0], LDLR.interval, "GRCh38")
    assert result.coding == "c.313+1G>A"
    assert result.genomic == "NC_000019.10:g.11102787G>A"
    assert result.vcf == "chr19-11102787-G-A"
    assert result.where == "intron 3"


@pytest.mark.parametrize(
    ("variant", "where"),
    [
        (Variant(13624, "TCG", "TCA"), "intron 3"),  # as VCF files pad c.313+1G>A
        (Variant(13625, "CG", "C"), "intron 3"),
        (Variant(13624, "TCGTA", ""), "exon 3 to intron 3"),
        (Variant(13626, "", "A"), "exon 3 to intron 3"),
        (Variant(13626, "", "C"), "exon 3"),  # c.313dup
    ],
)
def test_an_edit_lies_where_its_name_says(variant, where):
    position, ref, _ = variant[:3]
    assert LDLR.sequence.bases[position - 1 :].startswith(ref)
    assert spellings(variant, LDLR.sequence, LDLR.structures[0]).where == where


def test_a_gene_on_the_minus_strand_of_its_genome():
    known, variant = next(v for v in gallery().variants if v[0].gene == "C3")
    c3 = GENES["C3"]
    result = spellings(variant, c3.sequence, c3.structures[0], c3.interval, "GRCh38")
    assert result.coding == known.hgvs == "c.2354+1G>A"
    assert result.genomic.endswith("C>T")
    assert result.vcf.endswith("-C-T")
    for text in (
        result.genomic,
        result.vcf,
        f"NM_000064.4:{result.coding}",
        f"C3:{result.noncoding}",
    ):
        assert locator(c3)(text) == variant


def test_every_published_change_is_found_on_its_gene_and_on_its_part():
    for known, variant in gallery().variants:
        assert locator(GENES[known.gene])(known.hgvs) == variant
    for worked in worked_examples():
        result = locator(worked.example)(worked.known.hgvs)
        first = result.position
        assert worked.edit.startswith(f"{first}")


def both_strands():
    full = TranscriptModel("GENE NM_1.2", "+", list(EXONS), [], (61, 220), EXONS)
    turned = tuple((301 - e, 301 - s) for s, e in reversed(EXONS))
    minus = TranscriptModel("GENE NM_1.2", "-", list(turned), [], (81, 240), turned)
    return [
        (RANDOM, full, GenomicInterval("chr7", 1001, 1300, "+")),
        (RANDOM, full, GenomicInterval("chr7", 1001, 1300, "-")),
        (reverse_complement(RANDOM), minus, GenomicInterval("chr7", 1001, 1300, "+")),
        (reverse_complement(RANDOM), minus, GenomicInterval("chr7", 1001, 1300, "-")),
    ]


@given(
    which=st.integers(0, 3),
    start=st.integers(60, 239),
    size=st.integers(0, 6),
    put=st.text("ACGT", max_size=6),
)
def test_what_is_spelled_is_read_back(which, start, size, put):
    bases, structure, place = both_strands()[which]
    there = bases[start - 1 : start - 1 + size]
    if there == put:
        return
    variant = Variant(start, there, put)
    expected = edited(Sequence(bases), variant)
    result = spellings(variant, bases, structure, place, "GRCh38")
    read = Locator(bases, [structure], place, "GRCh38")
    for text in (result.coding, result.noncoding, result.genomic, result.vcf):
        assert edited(Sequence(bases), read(text)) == expected, text


@given(st.text("AC", min_size=8, max_size=30), st.integers(1, 8), st.integers(0, 4), st.data())
def test_equal_alternates_have_one_spelling(bases, start, size, data):
    size = min(size, len(bases) - start)
    put = data.draw(st.text("AC", max_size=3)) if size == 0 else ""
    if not put and not size:
        return
    variant = Variant(start, bases[start - 1 : start - 1 + size], put)
    expected = edited(Sequence(bases), variant)
    texts = {"last": set(), "first": set()}
    for at in range(1, len(bases) + 1):
        other = Variant(at, bases[at - 1 : at - 1 + size], put)
        for insert in {expected[at - 1 : at - 1 + len(put)]} if put else {""}:
            other = Variant(at, bases[at - 1 : at - 1 + size], insert)
            if len(other.ref) == size and edited(Sequence(bases), other) == expected:
                texts["last"].add(hgvs_text(other, bases, str))
                texts["first"].add(vcf_alleles(other, bases))
                assert rolled(other, bases)[0] >= at >= rolled(other, bases, left=True)[0]
    assert {name: len(result) for name, result in texts.items()} == {"last": 1, "first": 1}


@pytest.mark.parametrize(
    ("variant", "text"),
    [
        (Variant(3, "", "G"), "4dup"),
        (Variant(3, "", "GG"), "3_4dup"),
        (Variant(3, "G", ""), "4del"),
        (Variant(3, "GGA", "TTC"), "3_5delinsTTC"),
        (Variant(3, "GGA", "TC"), "3_5delinsTC"),
        (Variant(5, "AC", "GT"), "5_6inv"),
        (Variant(5, "", "T"), "4_5insT"),
        (Variant(3, "GGA", "GTA"), "4G>T"),
    ],
)
def test_hgvs_words(variant, text):
    assert hgvs_text(variant, "CAGGACATT", str) == text


def test_the_first_base_is_deleted_as_vcf_can_write_it():
    assert vcf_alleles(Variant(1, "CA", ""), "CAGG") == (1, "CAG", "G")
    assert vcf_alleles(Variant(3, "G", ""), "CAGG") == (2, "AG", "A")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rs12345", "nothing is looked up online"),
        ("p.Arg105Gly", "several changes of DNA"),
        ("NP_000518.1:p.(Gly105Arg)", "several changes of DNA"),
        ("m.3243A>G", "mitochondria"),
        ("r.313_314insa", "RNA"),
        ("c.313+1A>G", '"A" is written, but "G" stands there'),
        ("c.312+1G>A", "is not the last base of an exon"),
        ("c.313+99999G>A", "intron 3 has only"),
        ("c.99999A>G", r"write c\.\*"),
        ("STK11:c.313+1G>A", 'counts in "STK11"; the transcript known on this sequence is LDLR'),
        ("ENST00000000001:c.1A>G", "not known on this sequence"),
        ("chr18-11102787-G-A", 'lies on "chr18"'),
        ("NC_000019.9:g.11213463G>A", "is of GRCh37, this sequence of GRCh38"),
        ("chr19-5-G-A", "lies outside of this sequence"),
        ("chr19:g.11102787A>C", "stands there"),
        ("c.313+1", "not understood"),
        ("c.313+1G>", "not understood"),
        ("c.313+1G=", "not understood"),
        ("c.314-1_313+1del", "wrong order"),
        ("c.310_312delA", "span 3 nt, but 1 are named"),
        ("c.313insA", "between two neighbors"),
        ("c.313_314insA", "and [0-9,]+ nt lie between these"),
        ("c.313C>C", "changes nothing"),
        ("c.313C>J", "no nucleotide code"),
        ("c.0A>G", "no position 0"),
        ("IVS99+1G>A", "has 17 introns"),
        ("c.313_(314_320)del", "not understood"),
        ("IVS3", "is not understood: write one change as c.57A>G"),
        ("LDLR:c.", "is not understood: write one change as c.57A>G"),
    ],
)
def test_what_cannot_be_placed_says_why(text, said):
    with pytest.raises(InputError, match=said):
        locator()(text)


@pytest.mark.parametrize("strand", ["+", "-"])
def test_the_first_and_the_last_base_of_a_place_can_be_edited(strand):
    place = GenomicInterval("chr1", 1001, 1000 + len(RANDOM), strand)
    bases = RANDOM if strand == "+" else reverse_complement(RANDOM)  # of the genome
    on_record = Locator(RANDOM, (), place)
    for at in (0, len(bases) - 1):
        variant = on_record(f"chr1:g.{1001 + at}{bases[at]}>N")
        assert edited(RANDOM, variant) in (f"N{RANDOM[1:]}", f"{RANDOM[:-1]}N")
        assert place.position(variant.position) == 1001 + at
    for outside in (1000, 1001 + len(bases)):
        with pytest.raises(InputError, match="outside of this sequence"):
            on_record(f"chr1:g.{outside}A>N")


@pytest.mark.parametrize("mark", [";", ", ", " "])
@pytest.mark.parametrize("first", ["c.313+1G>A", "NM_000527.5:c.313+1G>A", "chr19-11102787-G-A"])
def test_a_number_behind_a_change_of_a_transcript_has_to_say_what_it_counts_in(first, mark):
    with pytest.raises(InputError, match=r'"320del" may count as ".*" does.*c\.\[76A>C;80del\]'):
        parse_variants(f"{first}{mark}320del", LDLR.sequence, locate=locator())
    placed = parse_variants(f"320del{mark}{first}", LDLR.sequence, locate=locator())
    assert [v.position for v in placed] == [320, 13626]


def test_what_the_record_does_not_know_is_asked_for():
    bare = Locator(LDLR.sequence.bases[:500])
    with pytest.raises(InputError, match="none is known on this sequence"):
        bare("c.5A>G")
    with pytest.raises(InputError, match="where this sequence lies"):
        bare("chr19-11102787-G-A")
    assert bare("57A>G") is None
    assert bare("nonsense") is None


def test_what_is_assumed_is_said():
    result = locator().locate("NM_000527.5:c.313+1G>A")
    assert "not checked" in result.notes[0]
    assert locator().locate("LDLR:c.313+1G>A").notes == ()
    versioned = LDLR.structures[0]._replace(name="LDLR NM_000527.5")
    read = Locator(LDLR.sequence, [versioned])
    assert read.locate("NM_000527.5:c.313+1G>A").notes == ()
    assert "versions differ" in read.locate("NM_000527.4:c.313+1G>A").notes[0]
    with pytest.raises(InputError, match="not known on this sequence"):
        read("NM_000455.5:c.313+1G>A")


@pytest.mark.parametrize(
    "text", ["NM_000527.5(STK11)", "ENST00000558518.6(STK11)", "STK11(ENST00000558518.6)"]
)
def test_a_transcript_of_another_gene_than_is_written_beside_it_is_refused(text):
    with pytest.raises(InputError, match=r'gene "STK11", and the transcript ENST\d+ is of LDLR: '):
        locator()(f"{text}:c.313+1G>A")


@pytest.mark.parametrize(
    "name", ["ENST00000558518", "record ENST00000558518", "T_1 ENST00000558518"]
)
def test_a_gene_that_is_not_known_is_not_compared(name):
    read = Locator(LDLR.sequence, [LDLR.structures[0]._replace(name=name)])
    assert read("ENST00000558518.6(STK11):c.313+1G>A") == Variant(13626, "G", "A")


def test_a_gene_before_its_transcript_is_read_as_behind_it():
    first, behind = (
        locator().locate(f"{name}:c.313+1G>A")
        for name in ("LDLR(NM_000527.5)", "NM_000527.5(LDLR)")
    )
    assert first == behind
    assert "NM_000527.5 is taken for" in first.notes[0]
    with pytest.raises(InputError, match='ENST00000000001", which is not known on this sequence'):
        locator()("LDLR(ENST00000000001):c.313+1G>A")


def test_the_gene_beside_a_transcript_is_read_in_any_case():
    for beside in ("ldlr", "ENSG00000130164", "LDLR_v001"):
        assert locator()(f"ENST00000558518.6({beside}):c.313+1G>A") == Variant(13626, "G", "A")


# Intron 1 of the small transcript, bases 81 to 120, made to tell both readings apart.
INTRON = "GTAAGTCC" + "T" * 24 + "TTTTTCAG"


def old_notation(bases=None):
    record = RANDOM[:80] + (bases or INTRON) + RANDOM[120:]
    return Locator(record, [TranscriptModel("G", "+", list(EXONS), [], (61, 220), EXONS)])


def test_old_intron_notation_counts_from_the_exon_or_where_the_bases_say_from_the_start():
    read = old_notation()
    assert read("IVS1+5G>A") == Variant(85, "G", "A")
    assert read("IVS1-2A>G") == Variant(119, "A", "G")
    assert read("IVS1-1G>A") == Variant(120, "G", "A")  # as +1 it would be a G, too
    result = read.locate("IVS1-7C>T")  # 7th from the end is T, 7th from the start C
    assert result.variant == Variant(87, "C", "T")
    assert "other bases stand there" in result.notes[0]
    assert read("IVS-I-7C>T") == Variant(87, "C", "T")
    with pytest.raises(InputError, match=r"can be c\.20\+15 or c\.21-15"):
        read("IVS-I-15T>C")


def test_accessions():
    assert chromosome_of("NC_000019.10") == ("chr19", "GRCh38")
    assert chromosome_of("nc_000023.10") == ("chrX", "GRCh37")
    assert chromosome_of("NC_000019") == ("chr19", "")
    assert chromosome_of("NC_012920.1") == ("chrM", "")
    assert chromosome_of("NC_000099.1") is None
    assert chromosome_of("NG_007400.1") is None
    assert accession_of("chr19", "GRCh37") == "NC_000019.9"
    assert accession_of("chrUn", "GRCh38") is None
    for number in [*range(1, 23), "X", "Y"]:
        for assembly in ("GRCh37", "GRCh38"):
            assert chromosome_of(accession_of(f"chr{number}", assembly)) == (
                f"chr{number}",
                assembly,
            )


@pytest.mark.parametrize(
    "text",
    [
        "NM_000527.5(LDLR):c.313+1G>A (p.?)", "LDLR c.313+1 G>A", "c.313+1 (G>A)",
        "chr19:11,102,787 G>A", "chr19 11102787 G A", "19\t11102787\tG\tA",
        "#CHROM\tPOS\tID\tREF\tALT\nchr19\t11102787\trs1\tG\tA\t50\tPASS\tAC=1",
        "13626G>A", "13,626 G>A", "c.[313+1G>A]", "c. 313+1G>A", "LDLR:c. 313 + 1 G>A",
    ],
)  # fmt: skip
def test_one_parser_reads_what_people_paste(text):
    assert [v[:3] for v in parse_variants(text, LDLR.sequence, locate=locator())] == [
        (13626, "G", "A")
    ]


def test_several_changes_of_one_allele_in_one_text():
    result = parse_variants("57T>G, c.[313+1G>A;1813C>T]", LDLR.sequence, locate=locator())
    assert [v.position for v in result] == [57, 13626, 27805]
    with pytest.raises(InputError, match="on two chromosomes"):
        parse_variants("c.[313+1G>A];[1813C>T]", LDLR.sequence, locate=locator())
