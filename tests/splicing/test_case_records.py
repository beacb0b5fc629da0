"""The record of each variant of a list: at hand, in a genome, or in the gallery."""

from dataclasses import replace

import pytest
from helpers.hbb import RECORD, TRANSCRIPT
from helpers.small_annotation import TRANSCRIPTS, gff3
from helpers.small_genome import genome  # noqa: F401 (a fixture)

from dnaviz.errors import InputError
from dnaviz.genome.examples import examples
from dnaviz.genome.regions import Regions
from dnaviz.sequences import reverse_complement
from dnaviz.splicing.case_records import FLANK, CaseRecord, CaseRecords
from dnaviz.splicing.edit_placement import annotated
from dnaviz.splicing.hgvs_text import Counted, counted_in
from dnaviz.splicing.spelling import rolled


@pytest.fixture
def regions(tmp_path, genome):  # noqa: F811
    fasta, annotation = tmp_path / "genome.fa", tmp_path / "genes.gff3"
    fasta.write_text("".join(f">{name}\n{bases}\n" for name, bases in genome.items()))
    annotation.write_text(gff3(TRANSCRIPTS))
    return Regions(fasta, annotation)


@pytest.mark.parametrize(
    ("word", "counted"),
    [
        ("c.313+1G>A", Counted("transcript")),
        ("NM_000527.5(LDLR):c.313+1G>A", Counted("transcript", ("NM_000527.5", "LDLR"))),
        ("HBB:IVS2-654C>T", Counted("transcript", ("HBB",))),
        ("chr19-100-GA-G", Counted("genome", ("chr19",), (101, 101))),
        ("chr19-100-G-GA", Counted("genome", ("chr19",), (100, 100))),
        ("chr19-100-ga/ct", Counted("genome", ("chr19",), (100, 101))),
        ("chr19-100-GATC-GTTC", Counted("genome", ("chr19",), (101, 101))),
        ("NC_000019.10:g.100_120del", Counted("genome", ("NC_000019.10",), (100, 120))),
        ("19:100_103del", Counted("genome", ("19",), (100, 103))),
        ("57A>G", Counted("record")),
        ("nonsense", Counted("record")),
    ],
)
def test_an_edit_tells_by_its_form_what_it_counts_in(word, counted):
    assert counted_in(word) == counted


def test_a_transcript_that_an_annotation_lacks_is_asked_for_with_its_gene(regions):
    records = CaseRecords(regions=regions, gallery=False)
    with pytest.raises(
        InputError, match=r'"NM_1.2"\. Write its gene beside it, as NM_1\.2\(LDLR\)'
    ):
        records.place("NM_1.2:c.5A>G")
    with pytest.raises(InputError, match=r'transcript or region "NOSUCH"\.$'):
        records.place("NOSUCH:c.5A>G")


def test_genes_of_the_gallery_by_symbol_transcript_and_place():
    records = CaseRecords()
    placed = [
        records.place(text)
        for text in ("LDLR c.313+1G>A", "ENST00000558518:c.313+1G>A", "NM_9.1(LDLR):c.313+1G>A",
                     "chr19:11102787 G>A", "NC_000019.10:g.11102787G>A")
    ]  # fmt: skip
    assert {p.record.example for p in placed} == {"LDLR"}
    assert {p.variants[0][:3] for p in placed} == {(13_626, "G", "A")}
    assert "NM_9.1 is taken for" in placed[2].notes[0]
    assert "GRCh38" in placed[3].notes[0]
    assert placed[4].notes == ()


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_window_of_the_genome_in_the_sense_of_the_gene(regions, strand):
    """A place and the same in c. of either strand's gene are one edit of one window."""
    records = CaseRecords(regions=regions, gallery=False)
    gene, at, ends = {
        "+": ("ALPHA", 2_101, (2_001, 3_200)), "-": ("BETA", 4_050, (3_101, 5_150)),
    }[strand]  # fmt: skip
    bases = regions.bases("chr1", at, at)
    other = "T" if bases != "T" else "G"
    by_place = records.place(f"chr1-{at}-{bases}-{other}")
    record = by_place.record
    assert record.locator.place.strand == strand
    assert record.locator.place[1:3] == (at - FLANK, at + FLANK)
    assert record.transcript == f"{gene} {'T1' if gene == 'ALPHA' else 'T3'}"
    ref, alt = (bases, other) if strand == "+" else map(reverse_complement, (bases, other))
    coding = at - 2_050 if strand == "+" else 4_101 - at
    by_gene = records.place(f"{gene}:c.{coding}{ref}>{alt}")
    assert by_gene.record.key == record.key
    assert by_gene.variants[0][:3] == by_place.variants[0][:3] == (FLANK + 1, ref, alt)
    whole = record.around(record.locator.structures[0])
    assert whole.place.start1 <= ends[0]
    assert ends[1] <= whole.place.end1


def test_a_gene_longer_than_can_be_shown_is_placed_all_the_same(tmp_path, genome):  # noqa: F811
    """No record holds all of it; its numbers count all the same."""
    filler = "ACGTTGCA" * 30_000
    text = f"{genome['chr1'][:5_000]}{filler}{genome['chr1'][:5_000]}"
    far = ((1_001, 1_100), (244_001, 244_200))
    long = TRANSCRIPTS[0]
    rows = gff3([type(long)("G9", "LONG", "T9", "protein_coding", "chr1", "+", far,
                            ((1_050, 1_100), (244_001, 244_102)))])  # fmt: skip
    fasta, annotation = tmp_path / "long.fa", tmp_path / "long.gff3"
    fasta.write_text(f">chr1\n{text}\n")
    annotation.write_text(rows)
    records = CaseRecords(regions=Regions(fasta, annotation), gallery=False)
    base = text[244_000 - 1 - 1]  # c.52-2
    placed = records.place(f"LONG:c.52-2{base}>{'A' if base != 'A' else 'C'}")
    place = placed.record.locator.place
    assert place.position(placed.variants[0].position) == 243_999
    assert len(placed.record.locator.record) == 2 * FLANK + 1


@pytest.fixture
def two(tmp_path, genome):  # noqa: F811
    """A gene whose CCDS transcript begins behind two others, one of them of little."""
    first = TRANSCRIPTS[0]
    exons = ((2_501, 2_600), (3_001, 3_200))
    more = [
        replace(first, transcript="T8", tags=frozenset(), cds=((2_501, 2_520),),
                exons=((1_701, 2_120), *exons)),
        replace(first, transcript="T9", tags=frozenset({"basic"}),
                exons=((1_901, 2_120), *exons)),
    ]  # fmt: skip
    fasta, annotation = tmp_path / "two.fa", tmp_path / "two.gff3"
    fasta.write_text("".join(f">{name}\n{bases}\n" for name, bases in genome.items()))
    annotation.write_text(gff3([first, *more]))
    return Regions(fasta, annotation)


def test_bases_that_alleles_share_choose_no_other_transcript(two):
    records = CaseRecords(regions=two, gallery=False)
    bases = two.bases("chr1", 1_990, 2_010)
    other = "A" if bases[13] != "A" else "C"  # of 2,003
    short = records.place(f"chr1-2003-{bases[13]}-{other}")
    padded = records.place(f"chr1-1990-{bases}-{bases[:13]}{other}{bases[14:]}")
    assert short.record.transcript == padded.record.transcript == "ALPHA T1"
    assert [rolled(v, "") for v in padded.variants] == [rolled(v, "") for v in short.variants]
    assert padded.record.key == short.record.key


def test_what_reaches_out_of_the_first_transcript_is_told_of_the_next_best(two):
    records = CaseRecords(regions=two, gallery=False)
    placed = records.place(f"chr1-1990-{two.bases('chr1', 1_990, 2_010)}-A")
    assert placed.record.transcript == "ALPHA T9"


def test_what_lies_outside_the_sequence_at_hand_is_placed_on_its_whole_gene():
    part = next(e for e in examples() if e.name == "LDLR exon 4")
    given = CaseRecord(annotated(part.sequence, part.structures, part.interval, "GRCh38"))
    records = CaseRecords(given)
    placed = records.place("LDLR:c.2140+86C>G")
    assert placed.record.example == "LDLR"
    assert placed.variants == CaseRecords().place("LDLR:c.2140+86C>G").variants
    assert records.place("LDLR:c.694+1G>A").record is given
    assert "outside" in _refusal(CaseRecords(given, gallery=False), "LDLR:c.2140+86C>G")


def _refusal(records, text):
    with pytest.raises(InputError) as error:
        records.place(text)
    return str(error.value)


def test_the_sequence_at_hand_comes_first():
    given = CaseRecord(annotated(RECORD, [TRANSCRIPT]))
    records = CaseRecords(given)
    for text in ("57C>T", "c.316-197C>T", "NM_000518.5:c.316-197C>T", "IVS2-654C>T"):
        assert records.place(text).record is given
    assert records.place("LDLR:c.313+1G>A").record.example == "LDLR"
    assert records.place("57C>T, NM_000518.5:c.316-197C>T").record is given


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("57A>G", "counts in a sequence that it does not name: write it as LDLR:c.313"),
        ("c.313+1G>A", "counts in a transcript that it does not name"),
        ("57del, LDLR:c.313+1G>A", '"57del" counts in a sequence that it does not name'),
        ("chr19-11102787-G-A 57del", '"57del" counts in a sequence that it does not name'),
        ("rs334", "nothing is looked up online"),
        ("p.Gly12Val", "change of a protein"),
        ("BRCA1:c.68_69del", '"BRCA1" is not known here'),
        ("NM_007294.4:c.68_69del", r"Write its gene beside it, as NM_007294.4\(LDLR\)"),
        ("chr7-1-A-G", "lies on no sequence that is known here"),
        ("NC_000019.9:g.11102787G>A", "is of GRCh37"),
        ("LDLR:c.313+1C>A", '"G" stands there'),
        ("LDLR:c.99999A>G", "behind the stop codon"),
        ("what is this", "is not understood: write it as"),
        (";", "no variant on this line"),
    ],
)
def test_what_cannot_be_placed_gets_one_sentence(text, words):
    with pytest.raises(InputError, match=words):
        CaseRecords().place(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chr3-100-A-G", "is not in genome.fa, which has chr1, chr2"),
        ("chr1-9000-A-G", "8,000 nt of chr1"),
        ("ALPA:c.5A>G", "did you mean ALPHA"),
    ],
)
def test_what_a_genome_does_not_have_is_told(regions, text, words):
    with pytest.raises(InputError, match=words):
        CaseRecords(regions=regions).place(text)
