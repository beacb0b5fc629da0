"""Genomes and annotations as they come in files."""

import gzip

import pytest
from helpers.small_annotation import gff3, gtf

from dnaviz.errors import InputError
from dnaviz.genome.accessions import chromosome_of_record
from dnaviz.genome.annotation import read_annotation
from dnaviz.genome.fasta import Genome, chromosome_name, read_genome
from dnaviz.sequences import reverse_complement
from dnaviz.training.data.introns import read_introns
from dnaviz.training.data.splits import split_of


def test_genome_read_back_with_either_name(files, genome):
    read = read_genome(files[0])
    assert dict(read) == dict(genome)
    assert read["1"] is read["chr1"]
    assert "2" in read
    assert "3" not in read


def test_fetch_equals_slicing_on_both_strands(genome):
    plus = genome.fetch("chr1", 101, 150)
    assert plus == genome["chr1"][100:150]
    assert genome.fetch("1", 101, 150, "-") == reverse_complement(plus)


def test_fetch_pads_in_the_sense_of_the_strand():
    small = Genome({"chr1": "ACGTT"})
    assert small.fetch("chr1", -1, 3, pad=True) == "NNACG"
    assert small.fetch("chr1", -1, 3, "-", pad=True) == "CGTNN"
    assert small.fetch("chr1", 4, 7, pad=True) == "TTNN"
    assert small.fetch("chr1", 8, 9, pad=True) == "NN"
    assert small.fetch("chr1", -3, -1, pad=True) == "NNN"


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (("chr9", 1, 5, "+"), "no chromosome"),
        (("chr1", 0, 5, "+"), "not within"),
        (("chr1", 7990, 8001, "+"), "not within"),
        (("chr1", 9, 5, "+"), "not within"),
        (("chr1", 1, 5, "?"), "strand"),
    ],
)
def test_fetch_refuses(genome, region, message):
    with pytest.raises(InputError, match=message):
        genome.fetch(*region)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("19", "chr19"), ("Chr1", "chr1"), ("MT", "chrM"), ("chrX", "chrX"), ("2L", "chr2L"),
     ("KI270728.1", "KI270728.1"), ("NC_000019.10", "NC_000019.10")],
)  # fmt: skip
def test_chromosome_names(name, expected):
    assert chromosome_name(name) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no FASTA record"),
        ("ACGT\n>1\nACGT\n", "line 1"),
        (">1\nAC!T\n", "'!'"),
        (">1\nAC\n>chr1\nAC\n", "two records"),
        (">\nAC\n", "without a name"),
    ],
)
def test_bad_fasta_is_told_in_a_sentence(tmp_path, text, message):
    path = tmp_path / "bad.fa"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_genome(path)


def test_missing_and_damaged_files(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_genome(tmp_path / "nothing.fa")
    path = tmp_path / "cut.fa.gz"
    path.write_bytes(gzip.compress(b">1\n" + b"ACGT" * 1000)[:-12])
    with pytest.raises(InputError, match="damaged"):
        read_genome(path)


@pytest.mark.parametrize("write", [gff3, gtf])
@pytest.mark.parametrize("compress", [False, True])
def test_annotation_round_trip(tmp_path, transcripts, write, compress):
    path = tmp_path / "anything"
    text = write(transcripts).encode()
    path.write_bytes(gzip.compress(text) if compress else text)
    assert read_annotation(path) == sorted(transcripts, key=lambda t: (t.chrom, t.start, t.end))


def test_gencode_gff3(tmp_path):
    path = tmp_path / "gencode.gff3"
    common = "gene_id=ENSG1.2;gene_type=protein_coding;gene_name=ABC;tag=basic,MANE_Select"
    more = f"transcript_id=ENST1.3;transcript_type=protein_coding;{common}"
    path.write_text(
        f"chr1\tHAVANA\tgene\t1\t900\t.\t+\t.\tID=ENSG1.2;{common}\n"
        f"chr1\tHAVANA\ttranscript\t1\t900\t.\t+\t.\tID=ENST1.3;Parent=ENSG1.2;{more}\n"
        f"chr1\tHAVANA\texon\t1\t100\t.\t+\t.\tID=exon:ENST1.3:1;Parent=ENST1.3;{more}\n"
        f"chr1\tHAVANA\texon\t801\t900\t.\t+\t.\tID=exon:ENST1.3:2;Parent=ENST1.3;{more}\n"
    )
    (t,) = read_annotation(path)
    assert (t.gene, t.gene_name, t.transcript) == ("ENSG1.2", "ABC", "ENST1.3")
    assert t.exons == ((1, 100), (801, 900))
    assert t.tags == {"basic", "MANE_Select"}


def test_one_name_on_two_chromosomes_is_two_transcripts(tmp_path):
    path = tmp_path / "par.gtf"
    path.write_text(
        "".join(
            f'{c}\tx\texon\t{s}\t{s + 9}\t.\t+\t.\tgene_id "G"; transcript_id "T";\n'
            for c in ("X", "Y")
            for s in (10, 100)
        )
    )
    assert [t.chrom for t in read_annotation(path)] == ["chrX", "chrY"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1\tx\texon\t5\n", "4 tab-separated columns"),
        ("1\tx\texon\t50\t5\t.\t+\t.\tParent=a\n", "valid start and end"),
        ("1\tx\texon\tfive\t9\t.\t+\t.\tParent=a\n", "valid start and end"),
        ("1\tx\tgene\t5\t9\t.\t+\t.\tID=a\n", "no exon"),
    ],
)
def test_bad_annotation_is_told_in_a_sentence(tmp_path, line, message):
    path = tmp_path / "bad.gff3"
    path.write_text(line)
    with pytest.raises(InputError, match=message):
        read_annotation(path)


def test_splits():
    assert [split_of(c) for c in ("19", "chr3", "2", "chr4", "chr22", "X")] == [
        "test", "test", "validation", "validation", "train", "train",
    ]  # fmt: skip
    assert split_of("chr19", {"test": frozenset({"chr5"})}) == "train"


@pytest.mark.parametrize("name", ["Chr08", "8", "NC_000008.11", "CM000670.2", "hg38_chr8", "chr8"])
def test_splits_may_spell_a_chromosome_as_records_do(name):
    assert split_of(name, {"test": frozenset({name})}) == "test"
    assert split_of(name, {"test": frozenset({"chr8"})}) == "test"


@pytest.mark.parametrize(
    ("name", "chromosome"),
    [
        ("NC_000001.11", "chr1"), ("nc_000019", "chr19"), ("CM000663.2", "chr1"),
        ("CM000686.1", "chrY"), ("chr1:1000-2000", "chr1"), ("1:1000-2000", "chr1"),
        ("NC_000007.14:5-9", "chr7"), ("1_LRG_3", "chr1"), ("Chr1_LRG_3", "chr1"),
        ("chr01", "chr1"), ("01", "chr1"), ("hg38_chr1", "chr1"), ("GRCh38.p13_19", "chr19"),
        ("chromosome1", "chr1"), ("CHROMOSOME_3", "chr3"), ("chr1_KI270706v1_random", "chr1"),
        ("chr19_KI270938v1_alt", "chr19"), ("chr5.fa", "chr5"), ("9|x", "chr9"), ("X", "chrX"),
        ("chr22", "chr22"), ("MT", "chrM"), ("chrY_random", "chrY"), ("NC_012920.1", "chrM"),
        ("chr25", None), ("NC_000099.1", None), ("CM000687.1", None), ("LRG_1", None),
        ("2L", None), ("scaffold1", None), ("10kb", None), ("KI270706.1", None), ("", None),
        ("chrUn_KI270302v1", None), ("IV", None), ("0", None),
    ],
)  # fmt: skip
def test_a_record_is_of_the_chromosome_that_its_name_tells(name, chromosome):
    assert chromosome_of_record(name) == chromosome
    held_out = {"chr1": "test", "chr3": "test", "chr5": "test", "chr7": "test", "chr9": "test",
                "chr19": "test"}  # fmt: skip
    assert split_of(name) == held_out.get(chromosome, "train")


INTRONS = (
    "intron_id\tchrom\tstart1\tend1\tstrand\tup_exon50\tintron\tdown_exon50\tmiddle_truncated\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("intron_id\tchrom\na\tchr1\n", "no column start1"),
        (INTRONS, "holds no intron"),
        (INTRONS + "a\t\t1\t9\t+\tA\tGTAAAAAAG\tC\t0\n", "holds no intron"),
        (
            INTRONS + "a\tchr1\tone\t9\t+\tA\tGTAAAAAAG\tC\t0\n",
            "line 2: the column start1",
        ),
        (
            INTRONS + "a\tchr1\t1\t9.5\t+\tA\tGTAAAAAAG\tC\t0\n",
            "line 2: the column end1",
        ),
        (INTRONS + "a\tchr1\t1\t9\t+\tA\tGTAAAAAAG\tC\tmaybe\n", "middle_truncated is 0 or 1"),
        (INTRONS + "a\tchr1\t1\t9\t+\tA\tGTAAAAAAG\tC\n", "line 2: The row has 8 columns"),
        (INTRONS + "a\tchr1\t1\t9\t+\tA\t\tC\t0\n", 'the intron "a" has no bases'),
    ],
)
def test_bad_tables_of_introns_are_told_in_a_sentence(tmp_path, text, message):
    path = tmp_path / "introns.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_introns(path)
    assert str(caught.value).count(str(path)) == 1


def test_an_intron_whose_exons_are_not_known(tmp_path):
    path = tmp_path / "introns.tsv"
    path.write_text(INTRONS + "7\tchr1\t1\t9\t\t\tgtaaaaaag\t\t0\n")
    (row,) = read_introns(path).to_dict("records")
    assert (row["intron_id"], row["strand"], row["up_exon50"]) == ("7", ".", "")
    assert row["intron"] == "GTAAAAAAG"
