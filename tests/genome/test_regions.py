"""Genes, transcripts and coordinates of a small genome, from files of every kind."""

import gzip

import pysam
import pytest
from small_annotation import gff3, gtf

from dnaviz.errors import InputError
from dnaviz.genome import index
from dnaviz.genome.regions import FLANK, Regions, regions_of_environment


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    index._cache_folder.cache_clear()
    yield tmp_path / "cache" / "dnaviz"
    index._cache_folder.cache_clear()


@pytest.fixture
def regions(files):
    return Regions(*files)


@pytest.mark.parametrize("kind", ["plain", "gzip", "bgzip", "indexed"])
def test_genomes_of_every_kind(kind, files, genome, cache_folder):
    path = files[0]
    if kind != "gzip":
        path = path.with_name("plain.fa")
        path.write_bytes(gzip.decompress(files[0].read_bytes()))
    if kind == "bgzip":
        pysam.tabix_compress(str(path), str(path) + ".gz")
        path = path.with_name("plain.fa.gz")
    if kind == "indexed":
        pysam.faidx(str(path))
    found = Regions(path).find("chr1:101-180")
    assert found.sequence.bases == genome.fetch("1", 101, 180)
    assert found.structures == []
    beside = {p.name for p in path.parent.iterdir() if p.suffix in (".fai", ".gzi")}
    assert beside == ({"plain.fa.fai"} if kind == "indexed" else set())
    assert not [p for p in cache_folder.rglob("*") if p.name[0].isdigit()]


@pytest.mark.parametrize(
    ("text", "start", "end", "strand"),
    [
        ("chr1:2,001-2,100:+", 2001, 2100, "+"),
        ("1:2001-2100", 2001, 2100, "+"),
        (" Chr1: 2001 - 2100 : - ", 2001, 2100, "-"),
        ("1:2001..2100(-)", 2001, 2100, "-"),
        ("chr1:2001–2100:−", 2001, 2100, "-"),
    ],
)
def test_coordinates(regions, genome, text, start, end, strand):
    found = regions.find(text)
    assert found.sequence.bases == genome.fetch("chr1", start, end, strand)
    assert found.place == ("chr1", start, end, strand)
    assert found.sequence.name == f"chr1:{start}-{end}:{strand}"


@pytest.mark.parametrize("write", [gff3, gtf])
@pytest.mark.parametrize("name", ["BETA", "beta", "G2", "T3", "T3.7"])
def test_a_gene_comes_in_its_own_sense_with_its_transcripts(
    files, genome, transcripts, write, name, tmp_path
):
    annotation = tmp_path / "again.txt.gz"
    annotation.write_bytes(gzip.compress(write(transcripts).encode()))
    found = Regions(files[0], annotation).find(name)
    assert found.place == ("chr1", 3101 - FLANK, 5150 + FLANK, "-")
    assert found.sequence.bases == genome.fetch("chr1", 3101 - FLANK, 5150 + FLANK, "-")
    assert [s.name for s in found.structures] == ["BETA T3", "ALPHA T1", "ALPHA T2"]
    assert [s.strand for s in found.structures] == ["+", "-", "-"]
    beta = found.structures[0]
    assert [e - s + 1 for s, e in beta.exons] == [150, 195, 100, 200]
    place = found.place
    sites = {(place.position(p), place.sense(s), k) for p, s, k in beta.sites(10_000)}
    assert (5000, "-", "donor") in sites
    assert (4301, "-", "acceptor") in sites


def test_a_transcript_is_shown_before_the_others_of_its_gene(regions):
    assert regions.find("T2").structures[0].name == "ALPHA T2"
    assert regions.find("ALPHA").structures[0].name == "ALPHA T1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Name a gene"),
        ("ALPHO", "did you mean ALPHA"),
        ("zzzzzz", 'region "zzzzzz"'),
        ("chr9:1-100", 'no chromosome "chr9"'),
        ("chr1:1-9000", "not all there: .* has 1-8,000 of chr1"),
        ("chr1", "a region such as"),
        ("chr1:300", "a region such as"),
        ("chr1:300-200", "ends before it starts"),
        ("chr1:1-10", "at least 20"),
        ("'; DROP TABLE transcript; --", "no gene"),
        ("x" * 5_000, "…"),
    ],
)
def test_what_is_not_there_is_told(regions, text, words):
    with pytest.raises(InputError, match=words) as error:
        regions.find(text)
    assert len(str(error.value)) < 300
    assert regions.find("ALPHA").structures


def test_an_annotation_of_another_genome_is_told(files, tmp_path):
    short = tmp_path / "short.fa"
    short.write_text(">1\n" + "ACGTTGCA" * 20 + "\n")
    with pytest.raises(InputError, match="belong together"):
        Regions(short, files[1]).find("ALPHA")


def test_too_long_is_told(regions, monkeypatch):
    monkeypatch.setattr("dnaviz.genome.regions.MAX_LENGTH", 1_000)
    with pytest.raises(InputError, match="at most 1,000"):
        regions.find("ALPHA")


def test_without_an_annotation_no_gene_is_known(files):
    with pytest.raises(InputError, match="without an annotation"):
        Regions(files[0]).find("ALPHA")


def test_files_that_cannot_be_used_are_told(files, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="No such file"):
        Regions(tmp_path / "nowhere.fa")
    text = tmp_path / "text.fa"
    text.write_text("no FASTA at all\n")
    with pytest.raises(InputError, match="cannot be read as a FASTA file"):
        Regions(text)
    damaged = tmp_path / "damaged.fa.gz"
    damaged.write_bytes(files[0].read_bytes()[:200])
    with pytest.raises(InputError, match="damaged"):
        Regions(damaged)
    monkeypatch.setattr(index, "MAX_UNPACKED", 100)
    with pytest.raises(InputError, match="bgzip"):
        Regions(files[0])


def test_a_changed_file_is_read_anew(files, transcripts, tmp_path):
    fasta, annotation = files
    assert Regions(fasta, annotation).find("ALPHA")
    annotation.write_text(gff3([t for t in transcripts if t.gene_name != "ALPHA"]))
    with pytest.raises(InputError, match="no gene"):
        Regions(fasta, annotation).find("ALPHA")


def test_the_environment_names_the_files(files, monkeypatch):
    monkeypatch.delenv("DNAVIZ_GENOME", raising=False)
    assert regions_of_environment() is None
    monkeypatch.setenv("DNAVIZ_GENOME", str(files[0]))
    monkeypatch.setenv("DNAVIZ_ANNOTATION", str(files[1]))
    found = regions_of_environment()
    assert found is regions_of_environment()
    assert found.find("GAMMA").place.chrom == "chr2"


def test_a_cache_that_cannot_be_written_is_replaced(files, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    index._cache_folder.cache_clear()
    assert Regions(*files).find("ALPHA").structures
