"""Genes, transcripts and coordinates of a small genome, from files of every kind."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pysam
import pytest
from helpers.small_annotation import TRANSCRIPTS, gff3, gtf

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome import fasta_access
from dnaviz.genome.cache import cache_folder as folder_of_cache
from dnaviz.genome.regions import FLANK, Regions, regions_of_environment
from dnaviz.sequences import reverse_complement


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder_of_cache.cache_clear()
    yield tmp_path / "cache" / "dnaviz"
    folder_of_cache.cache_clear()


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
    result = Regions(path).find("chr1:101-180")
    assert result.sequence.bases == genome.fetch("1", 101, 180)
    assert result.structures == []
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
    result = regions.find(text)
    assert result.sequence.bases == genome.fetch("chr1", start, end, strand)
    assert result.interval == ("chr1", start, end, strand)
    assert result.sequence.name == f"chr1:{start}-{end}:{strand}"


@pytest.mark.parametrize("write", [gff3, gtf])
@pytest.mark.parametrize("name", ["BETA", "beta", "G2", "T3", "T3.7"])
def test_a_gene_comes_in_its_own_sense_with_its_transcripts(
    files, genome, transcripts, write, name, tmp_path
):
    annotation = tmp_path / "again.txt.gz"
    annotation.write_bytes(gzip.compress(write(transcripts).encode()))
    result = Regions(files[0], annotation).find(name)
    assert result.interval == ("chr1", 3101 - FLANK, 5150 + FLANK, "-")
    assert result.sequence.bases == genome.fetch("chr1", 3101 - FLANK, 5150 + FLANK, "-")
    assert [s.name for s in result.structures] == ["BETA T3", "ALPHA T1", "ALPHA T2"]
    assert [s.strand for s in result.structures] == ["+", "-", "-"]
    beta = result.structures[0]
    assert [e - s + 1 for s, e in beta.exons] == [150, 195, 100, 200]
    place = result.interval
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
        ("chr1", 'chr1" is a whole record of 8,000 bases: write a region of it, as chr1:1-8,000'),
        ("chr1:300", "a region such as"),
        ("chr1:300-200", "ends before it starts"),
        ("chr1:1-10", "at least 20"),
        ("'; DROP TABLE transcript; --", "no gene"),
        ("x" * 5_000, "…"),
        (5, "named by text, not by a value of type int"),
    ],
)
def test_missing_regions_are_reported(regions, text, words):
    with pytest.raises(InputError, match=words) as error:
        regions.find(text)
    assert len(str(error.value)) < 300
    assert regions.find("ALPHA").structures


def test_annotation_of_another_genome_is_refused(files, tmp_path):
    short = tmp_path / "short.fa"
    short.write_text(">1\n" + "ACGTTGCA" * 20 + "\n")
    with pytest.raises(InputError, match="belong together"):
        Regions(short, files[1]).find("ALPHA")


def test_regions_too_long_are_refused(regions, monkeypatch):
    monkeypatch.setattr("dnaviz.genome.regions.MAX_LENGTH", 1_000)
    with pytest.raises(InputError, match="at most 1,000"):
        regions.find("ALPHA")


def test_without_an_annotation_no_gene_is_known(files):
    with pytest.raises(InputError, match="without an annotation"):
        Regions(files[0]).find("ALPHA")


def test_unusable_files_are_refused(files, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="No such file"):
        Regions(tmp_path / "nowhere.fa")
    text = tmp_path / "text.fa"
    text.write_text("no FASTA at all\n")
    with pytest.raises(InputError, match="is not FASTA: line 1"):
        Regions(text)
    damaged = tmp_path / "damaged.fa.gz"
    damaged.write_bytes(files[0].read_bytes()[:200])
    with pytest.raises(InputError, match="damaged"):
        Regions(damaged)
    monkeypatch.setattr(fasta_access, "MAX_UNPACKED", 100)
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
    result = regions_of_environment()
    assert result is regions_of_environment()
    assert result.find("GAMMA").interval.chrom == "chr2"


def test_a_cache_that_cannot_be_written_is_replaced(files, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    folder_of_cache.cache_clear()
    assert Regions(*files).find("ALPHA").structures


def test_what_replaces_a_cache_is_of_all_processes_and_goes_with_the_first(tmp_path):
    own = "from dnaviz.genome.cache import cache_folder; print(cache_folder(), flush=True)"
    both = f"import subprocess, sys; {own}; subprocess.run([sys.executable, '-c', {own!r}])"
    environment = {**os.environ, "XDG_CACHE_HOME": __file__, "TMPDIR": str(tmp_path)}
    process = subprocess.run(
        [sys.executable, "-c", both], env=environment, capture_output=True, text=True, check=True
    )
    first, second = map(Path, process.stdout.split())
    assert first == second
    assert tmp_path in first.parents
    assert not list(tmp_path.iterdir())


def annotated(files, tmp_path, text):
    path = tmp_path / "made.gtf"
    path.write_text(text)
    return Regions(files[0], path)


def exon(start, end, gene, name, symbol="", strand="+", **more):
    attributes = f'gene_id "{gene}"; transcript_id "{name}"; gene_name "{symbol or gene}";'
    attributes += "".join(f' {key} "{value}";' for key, value in more.items())
    return f"chr1\tx\texon\t{start}\t{end}\t.\t{strand}\t.\t{attributes}\n"


CODING = {"gene_biotype": "protein_coding", "transcript_biotype": "protein_coding"}


def test_of_several_genes_of_one_name_the_coding_one_is_opened_and_that_is_told(files, tmp_path):
    text = exon(501, 600, "GL", "L1", "TUBB3", gene_biotype="lncRNA")
    text += exon(701, 900, "GL", "L1", "TUBB3", gene_biotype="lncRNA")
    text += exon(4001, 4200, "GP", "P1", "TUBB3", **CODING)
    text += exon(4500, 5000, "GP", "P1", "TUBB3", **CODING)
    regions = annotated(files, tmp_path, text)
    result = regions.find("TUBB3")
    assert result.interval == ("chr1", 3801, 5200, "+")
    (note,) = result.notes
    assert note.startswith('"TUBB3" stands for 2 genes: this is GP (protein_coding, chr1:4,001-5')
    assert "not GL (lncRNA, chr1:501-900:+)" in note
    assert regions.find("GL").notes == []
    assert regions.find("GL").interval == ("chr1", 301, 1100, "+")


def test_a_gene_that_stands_at_two_places_is_opened_at_one(files, tmp_path):
    text = "".join(
        exon(start, start + 99, "G", "T", exon_number=n % 2 + 1)
        for n, start in enumerate((501, 701, 6001, 6201))
    )
    result = annotated(files, tmp_path, text).find("G")
    assert result.interval == ("chr1", 301, 1000, "+")
    assert "stands for 2 genes" in result.notes[0]
    assert "T stands in the file more than once" in result.notes[1]


@pytest.mark.parametrize("name", ["si:ch211-145b13.5", "SI:CH211-145B13.5", "zgc:112982", "a:1-2"])
def test_names_with_a_colon_are_found(files, tmp_path, name):
    names = ["si:ch211-145b13.5", "zgc:112982", "a:1-2"]
    text = "".join(
        exon(501 + 1000 * n, 600 + 1000 * n, f"G{n}", f"T{n}", symbol)
        for n, symbol in enumerate(names)
    )
    result = annotated(files, tmp_path, text).find(name)
    assert result.interval.start1 == 301 + 1000 * [n.lower() for n in names].index(name.lower())


@pytest.mark.parametrize(
    ("name", "place", "note"),
    [
        ("NM_000527.4", 301, ""),
        ("NM_000527", 301, ""),
        ("NM_000527.5", 301, "The annotation has no NM_000527.5: this is NM_000527.4."),
        ("ENST00000558518.6", 1301, "has no ENST00000558518.6: this is ENST00000558518."),
        ("RP11-34P13.7", 2301, ""),
        ("RP11-34P13.8", 0, ""),
        ("RP11-34P13", 0, ""),
        ("B0303.4", 0, ""),
        ("AC012345.1", 0, ""),
    ],
)
def test_a_version_is_only_what_stands_behind_an_accession(files, tmp_path, name, place, note):
    text = exon(501, 600, "G1", "NM_000527.4") + exon(1501, 1600, "G2", "ENST00000558518")
    text += exon(2501, 2600, "G3", "T3", "RP11-34P13.7") + exon(3501, 3600, "B0303.3", "B0303.3.1")
    text += exon(4501, 4600, "G5", "T5", "AC012345.6")
    regions = annotated(files, tmp_path, text)
    if not place:
        with pytest.raises(InputError, match="no gene"):
            regions.find(name)
        return
    result = regions.find(name)
    assert result.interval.start1 == place
    assert note in " ".join(result.notes)
    assert bool(note) == bool(result.notes)


def test_how_a_gene_was_read_is_told_with_it_and_all_of_the_file_by_the_command(
    files, tmp_path, capsys
):
    text = exon(501, 600, "G1", "T1") + exon(2501, 2600, "G1", "T2").replace("\texon", "\tCDS")
    text += exon(900, 800, "G9", "T9")
    regions = annotated(files, tmp_path, text)
    assert "T2 has no exons" in regions.find("G1").notes[0]
    assert len(regions.notes) == 2
    words = ["dataset", "check", "--fasta", str(files[0]), "--annotation"]
    assert main([*words, str(tmp_path / "made.gtf")]) == 0
    out, err = capsys.readouterr()
    assert "2 records, 16,000 bases" in out
    assert "2 transcripts" in out
    assert err.splitlines() == regions.notes
    (tmp_path / "made.gtf").write_text(text.replace("chr1", "chr7"))
    assert main([*words, str(tmp_path / "made.gtf")]) == 2
    assert "does not belong to" in capsys.readouterr().err


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize("stop_in_cds", [True, False])
def test_the_coding_sequence_has_its_stop_codon_whatever_the_format(tmp_path, strand, stop_in_cds):
    # Exons 101-160 and 201-260; ATG at 111, a stop codon split by the intron: TA | A.
    bases = list("C" * 400)
    bases[110:113], bases[158:160], bases[200] = "ATG", "TA", "A"
    record = "".join(bases)
    exons, cds = [(101, 160), (201, 260)], [(111, 158)]
    if stop_in_cds:
        cds = [(111, 160), (201, 201)]
    if strand == "-":
        record = reverse_complement(record)
        exons, cds = ([(401 - e, 401 - s) for s, e in pairs] for pairs in (exons, cds))
    rows = [("exon", *e) for e in exons] + [("CDS", *c) for c in cds]
    about = 'gene_id "G"; transcript_id "T";'
    (tmp_path / "g.fa").write_text(f">1\n{record}\n")
    (tmp_path / "g.gtf").write_text(
        "".join(f"1\tx\t{k}\t{s}\t{e}\t.\t{strand}\t.\t{about}\n" for k, s, e in rows)
    )
    result = Regions(tmp_path / "g.fa", tmp_path / "g.gtf").find("1:1-400").structures[0]
    first, last = (111, 201) if strand == "+" else (200, 290)
    assert result.cds == (first, last)


@pytest.mark.parametrize(("given", "record"), [("1", "NC_000001.11"), ("NC_000001.11", "chr1")])
def test_accessions_are_names_of_chromosomes(tmp_path, genome, given, record):
    fasta, annotation = tmp_path / "g.fa", tmp_path / "a.gff3"
    fasta.write_text(f">{record}\n{genome['1']}\n")
    annotation.write_text(gff3(TRANSCRIPTS).replace("\n1\t", f"\n{given}\t"))
    regions = Regions(fasta, annotation)
    found = regions.find("ALPHA")
    assert found.interval.chrom == "chr1"
    assert found.structures[0].introns
    assert regions.transcripts(record, found.interval.start1, found.interval.end1)
    assert regions.find("NC_000001.11:101-180").sequence.bases == genome.fetch("1", 101, 180)


def test_transcripts_beyond_the_end_of_their_record_are_told(files, genome, tmp_path):
    assert Regions(*files).notes == []
    short = tmp_path / "short.fa"
    short.write_text(f">1\n{genome['1'][:3250]}\n")
    assert Regions(short, files[1]).notes == [
        '"T3" of the annotation reaches beyond the end of 1, which has 3,250 nt: do the genome and '
        "its annotation belong together?"
    ]


def test_an_annotation_of_another_assembly_is_refused(tmp_path, genome):
    fasta, annotation = tmp_path / "g.fa", tmp_path / "a.gff3"
    fasta.write_text(f">NC_000001.11\n{genome['1']}\n")
    annotation.write_text(gff3(TRANSCRIPTS).replace("\n1\t", "\nNC_000001.10\t"))
    with pytest.raises(
        InputError, match=r'no record "NC_000001.10": its NC_000001.11 is of GRCh38'
    ):
        Regions(fasta, annotation).find("ALPHA")
