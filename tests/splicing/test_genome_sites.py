import gzip
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.examples import examples
from dnaviz.splicing import genome_scan
from dnaviz.splicing.genome_scan import Chunk
from dnaviz.splicing.genome_sites import (
    SiteAnnotator,
    gene_regions,
    parse_regions,
    read_bed,
    resolve,
    site_lines,
)
from dnaviz.splicing.scan import Site, scan

LENGTHS = {"chr1": 1_000, "chrX": 500, "scaffold_7": 90}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["chr1:1,0-20"], {"chr1": [(10, 20)]}),
        (["1:30-40", "chr1:10-29", "chr1:35-50"], {"chr1": [(10, 50)]}),
        (["X", "scaffold_7:90-90"], {"chrX": [(1, 500)], "scaffold_7": [(90, 90)]}),
    ],
)
def test_regions_are_read_and_merged(texts, expected):
    assert resolve(parse_regions(texts), LENGTHS, "in.fa") == expected


def test_a_record_that_is_called_as_a_region_is_named_by_its_whole_name():
    lengths = {"x": 90, "x:1-5": 70}
    assert resolve(parse_regions(["x:1-5"], lengths), lengths, "in.fa") == {"x:1-5": [(1, 70)]}
    parts = parse_regions(["x:1-5:2-9", "x:1-6"], lengths)
    assert resolve(parts, lengths, "in.fa") == {"x:1-5": [(2, 9)], "x": [(1, 6)]}


def test_the_command_scans_a_record_that_is_called_as_a_region(tmp_path):
    path, out = tmp_path / "in.fa", tmp_path / "out.bed"
    bases = str(examples()[0].sequence)
    path.write_text(f">x:1-500\n{bases}\n")
    assert run("scan", path, "--region", "x:1-500", "-o", out) == 0
    assert {line.split("\t")[0] for line in out.read_text().splitlines()} == {"x:1-500"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chr1:20-10", "ends before it starts"),
        ("chr1:0-10", "starts at 0: positions count from 1"),
        ("chr1:0-10", "count from 1"),
        ("chr1:10", "no record"),
        ("chr1:10-", "no record"),
        ("chr1 10 20", "no region"),
        ("chr2:1-5", 'no record "chr2"; did you mean chr'),
        ("plasmid", r"it has chr1, chrX, scaffold_7"),
        ("chr1:990-1001", "beyond the end of chr1, which has 1,000 nt"),
    ],
)
def test_what_is_no_region_is_told(text, words):
    with pytest.raises(InputError, match=words):
        resolve(parse_regions([text]), LENGTHS, "in.fa")


def test_genes_may_reach_beyond_the_end():
    gene = Transcript("g", "G", "t", "", "chr1", "+", ((100, 200), (900, 950)))
    assert resolve(gene_regions([gene]), LENGTHS, "in.fa", clip=True) == {"chr1": [(1, 1_000)]}


def test_bed_counts_from_zero(tmp_path):
    path = tmp_path / "in.bed"
    path.write_text("\ufefftrack name=x\n#c\nchr1\t0\t10\tname\n\nchrX 5 6\n", encoding="utf-8")
    assert read_bed(path) == {"chr1": [(1, 10)], "chrX": [(6, 6)]}
    for text, words in (("chr1\t5\n", "line 1"), ("chr1\t5\t5\n", "before it starts"), ("", "no")):
        path.write_text(text)
        with pytest.raises(InputError, match=words):
            read_bed(path)


def test_sites_are_annotated_with_genes_and_transcripts():
    annotate = SiteAnnotator(
        lengths=LENGTHS,
        transcripts=[
            Transcript("g1", "ONE", "t1", "", "chr1", "+", ((100, 200), (400, 500))),
            Transcript("g1", "ONE", "t2", "", "chr1", "+", ((100, 200), (410, 900))),
            Transcript("g2", "TWO", "t3", "", "chr1", "-", ((100, 200), (400, 500))),
            Transcript("g3", "IN", "t4", "", "chr1", "+", ((300, 310),)),
        ],
    )

    def at(position, strand="+", site="donor"):
        return annotate("chr1", Site(position, strand, site, "", 0.9))

    assert at(201) == ("ONE", "t1,t2", "yes")
    assert at(399, site="acceptor") == ("ONE", "t1", "yes")
    assert at(305) == ("IN,ONE", "", "no")
    assert at(201, "-", "acceptor") == ("TWO", "t3", "yes")
    assert at(201, "-") == ("TWO", "", "no")
    assert at(950) == ("", "", "no")
    assert annotate("chr2", Site(201, "+", "donor", "", 0.9)) == ("", "", "no")


def test_a_site_between_two_genes_of_one_name_lies_in_neither():
    annotate = SiteAnnotator(
        lengths=LENGTHS,
        transcripts=[
            Transcript("g1", "Y_RNA", "t1", "", "chr1", "+", ((100, 200),)),
            Transcript("g2", "LONG", "t2", "", "chr1", "+", ((300, 310), (400, 500))),
            Transcript("g3", "Y_RNA", "t3", "", "chr1", "+", ((800, 900),)),
        ],
    )
    genes = [annotate("chr1", Site(at, "+", "donor", "", 0.9)).gene for at in (150, 250, 311, 850)]
    assert genes == ["Y_RNA", "", "LONG", "Y_RNA"]


@pytest.mark.parametrize(
    ("given", "record"),
    [
        ("chr19", "NC_000019.10"),
        ("NC_000019.10", "19"),
        ("chr1", "1"),
        ("scaffold_7", "scaffold_7"),
    ],
)
def test_an_annotation_is_matched_by_any_name_of_a_chromosome(given, record):
    gene = Transcript("g1", "ONE", "t1", "", given, "+", ((100, 200), (400, 500)))
    annotate = SiteAnnotator([gene], {record: 900})
    assert annotate(record, Site(201, "+", "donor", "", 1.0)) == ("ONE", "t1", "yes")


def test_an_annotation_of_other_records_is_refused():
    gene = Transcript("g1", "ONE", "t1", "", "chr7", "+", ((100, 200), (400, 500)))
    with pytest.raises(InputError, match=r"lies on chr1, chrX, scaffold_7; the first lies on chr7"):
        SiteAnnotator([gene], LENGTHS)
    of_37 = replace(gene, chrom="NC_000019.9")
    with pytest.raises(InputError, match="does not belong"):
        SiteAnnotator([of_37], {"chr19": 58_617_616})  # GRCh38's


def test_transcripts_beyond_the_end_of_their_record_are_told():
    genes = [
        Transcript("g", "G", name, "", "1", "+", ((start, start + 9),))
        for name, start in (("t1", 991), ("t2", 992), ("t3", 5_000))
    ]
    (note,) = SiteAnnotator(genes, LENGTHS).notes
    assert note.startswith('"t2" and 1 more of the annotation reach beyond the end of chr1, which')
    assert SiteAnnotator(genes[:1], LENGTHS).notes == []


def test_a_record_is_taken_by_its_own_name_before_any_other():
    both = {"chrM": 100, "chrMT": 200, "19": 300, "chr19": 400}
    asked = parse_regions(["chrM", "chrMT", "19"])
    assert resolve(asked, both, "in.fa") == {
        "chrM": [(1, 100)], "chrMT": [(1, 200)], "19": [(1, 300)],
    }  # fmt: skip
    with pytest.raises(InputError, match="could be 19 or chr19"):
        resolve(parse_regions(["Chr19"]), both, "in.fa")


def test_a_bedgraph_has_one_value_a_position():
    sites = [
        Site(5, "+", "donor", "", 0.2),
        Site(5, "-", "donor", "", 0.7),
        Site(9, "+", "donor", "", 1),
    ]
    text = site_lines(".bedgraph")(Chunk("c", 0, 10, "", 0), sites)
    assert text == "c\t4\t5\t-0.700000\nc\t8\t9\t1.000000\n"


# The command


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """A gene that the model knows nothing of, between others' bases, as a packed FASTA file."""
    path = tmp_path_factory.mktemp("genome") / "genome.fa.gz"
    gene = str(examples()[0].sequence)[:30_000]
    text = f">one\nACGTACGTACGTACGTACGTACGT\n>chrG extra\n{gene}\n"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    return path, gene


def run(*words):
    return main([str(word) for word in words])


def rows(path):
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [line.split("\t") for line in text.splitlines()]


def test_a_region_of_a_genome_has_the_sites_of_the_whole(genome, tmp_path):
    path, gene = genome
    out = tmp_path / "out.tsv.gz"
    assert run("scan", path, "-o", out, "--region", "chrG:5,001-20,000", "--threshold", "0.2") == 0
    names, *result = rows(out)
    expected = [s for s in scan(gene, threshold=0.2).sites if 5_000 < s.position <= 20_000]
    assert len(expected) > 3
    assert [(int(r[1]), r[2], r[3], r[4]) for r in result] == [s[:4] for s in expected]
    np.testing.assert_allclose([float(r[5]) for r in result], [s[4] for s in expected], atol=1e-4)
    assert names[:2] == ["sequence", "position"]


def test_a_killed_scan_goes_on_to_the_identical_file(genome, tmp_path, monkeypatch):
    path, _ = genome
    monkeypatch.setattr("dnaviz.splicing.genome_scan.CHUNK", 2_000)
    full, out = tmp_path / "whole.bed.gz", tmp_path / "out.bed.gz"
    program = (
        "import sys, dnaviz.cli, dnaviz.splicing.genome_scan as g; g.CHUNK = 2000;"
        "g.read_chunks.__kwdefaults__['size'] = 2000;"
        "sys.exit(dnaviz.cli.main(sys.argv[1:]))"
    )
    words = ["scan", str(path), "--threshold", "0.01", "-o"]
    assert subprocess.run([sys.executable, "-c", program, *words, str(full)]).returncode == 0
    killed = subprocess.Popen([sys.executable, "-c", program, *words, str(out)])
    journal = tmp_path / ".out.bed.gz.part.journal"
    while not (journal.exists() and journal.read_text().count("\n") > 4):
        assert killed.poll() is None
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not out.exists()
    done = journal.read_text().count("\n")
    again = subprocess.run(
        [sys.executable, "-c", program, *words, str(out)], capture_output=True, text=True
    )
    assert again.returncode == 0
    assert "Going on behind the" in again.stderr
    assert done > 4
    assert out.read_bytes() == full.read_bytes()
    assert not journal.exists()


def test_a_scan_that_goes_on_judges_what_was_scanned_before(tmp_path, monkeypatch, capsys):
    human, strange = str(examples()[0].sequence), "ACGTTGCATGCC" * 100
    path, out = tmp_path / "in.fa", tmp_path / "out.vcf"
    path.write_text(f">strange\n{strange}\n>human\n{human}\n")
    plain = genome_scan.score_chunk

    def killed(model, chunk, *more):
        if chunk.name == "human":
            raise MemoryError
        return plain(model, chunk, *more)

    with monkeypatch.context() as patch:
        patch.setattr(genome_scan, "score_chunk", killed)
        assert run("scan", path, "-o", out) != 0
    capsys.readouterr()
    assert run("scan", path, "-o", out) == 0
    message = capsys.readouterr().err
    assert "Going on behind the 2 pieces" in message
    assert "1 of 2 sequences are unusual for the human DNA" in message
    assert '"strange"' in message


def test_a_bigwig_has_the_values_of_the_bedgraph(genome, tmp_path):
    pyBigWig = pytest.importorskip("pyBigWig")
    text, track = tmp_path / "out.bedgraph", tmp_path / "out.bw"
    for path in (text, track):
        assert run("scan", genome[0], "--threshold", "0.01", "-o", path) == 0
    rows = [line.split("\t") for line in text.read_text().splitlines()[1:]]
    expected = [(name, int(start), int(end), float(value)) for name, start, end, value in rows]
    with pyBigWig.open(str(track)) as file:
        found = [(name, *entry) for name in file.chroms() for entry in file.intervals(name) or ()]
    assert len(found) == len(expected) > 10
    assert {row[:3] for row in found} == {row[:3] for row in expected}
    values = dict(zip((row[:3] for row in expected), (row[3] for row in expected), strict=True))
    assert all(
        value == pytest.approx(values[(name, start, end)]) for name, start, end, value in found
    )
    assert {path.name for path in tmp_path.iterdir()} == {"out.bedgraph", "out.bw"}


def test_a_genome_that_does_not_look_human_is_told_as_a_sequence_is(tmp_path, capsys):
    path = tmp_path / "in.fa"
    path.write_text(f">a\n{''.join(np.random.default_rng(0).choice(list('ACGT'), 3_000))}\n")
    told = []
    for name in ("out.tsv", "out.vcf"):
        assert run("scan", path, "-o", tmp_path / name) == 0
        told.append(capsys.readouterr().err)
    assert told[0] == told[1]
    assert "does not look like human DNA" in told[0]


def test_a_missing_package_is_told_before_the_work(genome, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("dnaviz.splicing.binary_tracks.find_spec", lambda name: None)
    assert run("scan", genome[0], "-o", tmp_path / "out.bw") == 2
    assert "This needs pyBigWig: run pip install '.[tracks]'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_parquet_table_is_that_of_the_text(genome, tmp_path):
    pytest.importorskip("pyarrow")
    text, table = tmp_path / "out.tsv", tmp_path / "out.parquet"
    for path in (text, table):
        assert run("scan", genome[0], "--threshold", "0.01", "--workers", "1", "-o", path) == 0
    expected = pd.read_csv(text, sep="\t")
    found = pd.read_parquet(table)
    assert list(found.columns) == list(expected.columns)
    assert found["position"].tolist() == expected["position"].tolist()
    assert found["motif"].tolist() == expected["motif"].tolist()
    np.testing.assert_allclose(found["probability"], expected["probability"], atol=1e-6)


@pytest.mark.parametrize("option", ["--annotation", "--genes"])
def test_what_is_left_out_of_an_annotation_is_told(genome, tmp_path, capsys, option):
    rows = "".join(
        f'chrG\tx\texon\t{start}\t{start + 99}\t.\t+\t.\tgene_id "g"; transcript_id "{t}";\n'
        for t, start in (("fine", 101), ("fine", 401), ("odd", 101), ("odd", 151))
    )
    (tmp_path / "genes.gtf").write_text(rows)
    words = ("scan", genome[0], option, tmp_path / "genes.gtf", "-o", tmp_path / "sites.tsv")
    assert run(*words) == 0
    assert "exons of odd overlap" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--annotation", "--genes"])
def test_an_annotation_may_have_chromosomes_that_the_genome_lacks(genome, tmp_path, capsys, option):
    def rows(*chroms):
        return "".join(
            f'{chrom}\tx\texon\t{start}\t{start + 99}\t.\t+\t.\tgene_id "{chrom}"; '
            f'transcript_id "{chrom}";\n'
            for chrom in chroms
            for start in (101, 401)
        )

    genes, out = tmp_path / "genes.gtf", tmp_path / "sites.tsv"
    genes.write_text(rows("chr1", "chr2", "chrG", "chr3", "chr4"))
    assert run("scan", genome[0], option, genes, "-o", out, "--threshold", "0.01") == 0
    assert (
        'The sequences have no "chr1", "chr2", "chr3" and 1 more: what the annotation has there '
        "(4 of its transcripts) is left out.\n"
    ) in capsys.readouterr().err
    scanned = {"chrG"} if option == "--genes" else {"chrG", "one"}
    assert {"chrG"} <= set(pd.read_csv(out, sep="\t")["sequence"]) <= scanned
    out.unlink()
    genes.write_text(rows("chr1", "chr2"))
    assert run("scan", genome[0], option, genes, "-o", out) == 2
    assert "The annotation does not belong to the sequences" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--region", "chrH:1-100"], "did you mean chrG?"),
        (["--region", "chrG:29,000-30,001"], "which has 30,000 nt"),
        (["--region", "chrG", "--genes", "x.gff3"], "one of --region, --bed and --genes"),
        (["--workers", "0"], "number of workers"),
        (["--annotation", "nowhere.gff3"], "nowhere.gff3"),
    ],
)
def test_bad_requests_are_one_sentence(genome, tmp_path, capsys, options, words):
    out = tmp_path / "out.tsv"
    assert run("scan", genome[0], "-o", out, *options) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_genome_cut_short_is_refused_without_a_trace(genome, tmp_path, capsys):
    path = tmp_path / "cut.fa.gz"
    path.write_bytes(genome[0].read_bytes()[:-500])
    assert run("scan", path, "--workers", "1", "-o", tmp_path / "out.bedgraph") == 2
    assert "damaged" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["cut.fa.gz"]
