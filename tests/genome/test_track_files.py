"""Tracks of a user, cut to a stretch of a genome."""

import gzip

import pytest

from dnaviz.errors import InputError
from dnaviz.genome import track_files
from dnaviz.genome.track_files import read_track
from dnaviz.genome.transcript_model import GenomicInterval

PLACE = GenomicInterval("chr19", 1001, 2000, "+")

# Of each form: lines before, lines that reach into the stretch, lines beside it.
FORMS = {
    "own.bed": (
        ["#mine", "track name=mine"],
        ["19\t900\t1001\ta", "chr19\t1999\t2005\tb", "NC_000019.10\t1500\t1600\tc"],
        ["19\t900\t1000\td", "chr19\t2000\t2005\te", "chr1\t1500\t1600\tf"],
    ),
    "own.bedgraph": (["track type=bedGraph"], ["19\t1000\t1001\t.5"], ["19\t2000\t2001\t1"]),
    "own.gff3": (
        ["##gff-version 3"],
        ["19\tme\texon\t2000\t2100\t.\t+\t.\tID=a b"],
        ["19\tme\texon\t2001\t2100\t.\t+\t.\tID=a"],
    ),
    "own.gtf": (
        [], ["19\tme\texon\t900\t1001\t.\t+\t.\tgene_id \"a\";"],
        ["19\tme\texon\t900\t1000\t.\t+\t.\tgene_id \"a\";"],
    ),
    "own.vcf": (
        ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"],
        ["19\t2000\t.\tA\tC\t.\t.\t.", "19\t999\t.\tACG\tA\t.\t.\t.",
         "19\t10\t.\tA\t<DEL>\t.\t.\tSVTYPE=DEL;END=5000"],
        ["19\t2001\t.\tA\tC\t.\t.\t.", "19\t999\t.\tAC\tA\t.\t.\t."],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_text_is_cut_to_what_reaches_into_the_stretch(name, packed, tmp_path):
    head, inside, outside = FORMS[name]
    text = "\n".join([*head, *outside[:1], *inside, *outside[1:]]) + "\n"
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    track = read_track(path, PLACE)
    kept = ["\t".join(["chr19", *line.split("\t")[1:]]) for line in inside]
    assert track.content.decode().splitlines() == head + kept
    assert (track.name, track.items) == (path.name, len(inside))


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("a.bed", "chr1\tten\t20", "line 2: not a BED line"),
        ("a.bed", "chr1\t10", "line 2: not a BED line"),
        ("a.bed", "chr1\t20\t10", "line 2: the feature ends before it starts"),
        ("a.bedgraph", "chr1\t10\t20\thigh", "line 2: a bedGraph line has a number"),
        ("a.vcf", "chr1\t10\t.\tA", "line 2: not a VCF line"),
        ("a.gff3", "chr1 me exon 10 20 . + . ID=a", "line 2: not a GFF3 line"),
        ("a.wig", "chr1\t1\t2", "does not end in .bed, "),
        ("noending", "chr1\t1\t2", "which is what can be shown"),
        ("a.bam", "chr1\t1\t2", "cannot be read as a BAM file"),
        ("a.bw", "chr1\t1\t2", "cannot be read as a bigWig file"),
    ],
)
def test_a_damaged_file_is_told_with_its_line(name, line, words, tmp_path):
    if name.endswith(".bw"):
        pytest.importorskip("pyBigWig")
    (tmp_path / name).write_text(f"#head\n{line}\n")
    with pytest.raises(InputError, match=words) as error:
        read_track(tmp_path / name, PLACE)
    assert name in str(error.value)


def test_what_does_not_fit_into_a_page_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(track_files, "MOST_BYTES", 100)
    (tmp_path / "a.bed").write_text("chr19\t1100\t1200\tname\n" * 20)
    with pytest.raises(InputError, match="name a smaller region"):
        read_track(tmp_path / "a.bed", PLACE)


def test_a_bigwig_becomes_the_values_of_the_stretch(tmp_path):
    pyBigWig = pytest.importorskip("pyBigWig")
    path = tmp_path / "own.bw"
    with pyBigWig.open(str(path), "w") as file:
        file.addHeader([("19", 1500)])
        file.addEntries("19", 990, values=[0.25, 0.5] * 20, span=1, step=1)
    track = read_track(path, PLACE)
    assert (track.format, track.items) == ("bedgraph", 30)
    assert track.content.decode().splitlines()[:2] == [
        "chr19\t1000\t1001\t0.25",
        "chr19\t1001\t1002\t0.5",
    ]
    assert read_track(path, PLACE._replace(start1=1600)).items == 0
    assert read_track(path, PLACE._replace(chrom="chr2")).items == 0


def test_a_bam_keeps_the_reads_of_the_stretch(tmp_path):
    pysam = pytest.importorskip("pysam")
    path, starts = tmp_path / "own.bam", [500, 960, 1500, 1999, 2000]
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "19", "LN": 5000}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        for start in starts:
            read = pysam.AlignedSegment(file.header)
            read.query_name, read.query_sequence = f"r{start}", "A" * 50
            read.reference_id, read.reference_start, read.cigar = 0, start, [(0, 50)]
            file.write(read)
    with pytest.raises(
        InputError, match=r"own\.bam has no index: make one by samtools index own\.bam\.$"
    ):
        read_track(path, PLACE)
    pysam.index(str(path))
    track = read_track(path, PLACE)
    (tmp_path / "part.bam").write_bytes(track.content)
    with pysam.AlignmentFile(str(tmp_path / "part.bam"), check_sq=False) as file:
        assert file.references == ("chr19",)
        assert [read.reference_start for read in file] == starts[1:4]
    assert track.items == 3
    assert read_track(path, PLACE._replace(chrom="chr2")).items == 0
