import gzip
import math

import pysam
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.examples import examples
from dnaviz.io.resumable import Pieces
from dnaviz.splicing.genome_scan import Chunk, read_chunks
from dnaviz.splicing.genome_sites import SiteAnnotator
from dnaviz.splicing.scan import Site
from dnaviz.splicing.site_vcf import vcf_header, vcf_lines


def run(*words):
    return main([str(word) for word in words])


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    path = tmp_path_factory.mktemp("genome") / "genome.fa.gz"
    gene = str(examples()[0].sequence)[:20_000]
    text = f">one\nacgtACGTACGTACGTACGTACGT\n>chrG extra\n{gene}\n"
    path.write_bytes(gzip.compress(text.encode()))
    return path, {"one": "ACGT" * 6, "chrG": gene}


def parsed(path):
    with pysam.VariantFile(str(path)) as file:
        return file.header, list(file)


def test_a_parser_reads_the_sites_of_the_table(genome, tmp_path):
    path, sequences = genome
    table, out = tmp_path / "out.tsv", tmp_path / "out.vcf.gz"
    for file in (table, out):
        assert run("scan", path, "-o", file, "--threshold", "0.01", "--workers", 1) == 0
    header, records = parsed(out)
    assert {name: contig.length for name, contig in header.contigs.items()} == {
        name: len(bases) for name, bases in sequences.items()
    }
    rows = [line.split("\t") for line in table.read_text().splitlines()[1:]]
    assert len(rows) > 10
    assert [
        (r.chrom, r.pos, r.info["STRAND"], r.alts[0].strip("<>").lower(), r.info["MOTIF"])
        for r in records
    ] == [(r[0], int(r[1]), r[2], r[3], r[4]) for r in rows]
    for record, row in zip(records, rows, strict=True):
        p = record.info["PROB"]
        assert p == pytest.approx(float(row[5]), abs=1e-5)
        assert record.info["LOG_ODDS"] == pytest.approx(math.log(p / (1 - p)), abs=0.01)
        assert record.ref == sequences[record.chrom].upper()[record.pos - 1]
        assert record.alts[0] in ("<DONOR>", "<ACCEPTOR>")


def test_it_is_indexed_by_position(genome, tmp_path):
    out = tmp_path / "out.vcf.gz"
    assert run("scan", genome[0], "-o", out, "--threshold", "0.01") == 0
    pysam.tabix_index(str(out), preset="vcf")
    with pysam.VariantFile(str(out)) as file:
        inside = [record.pos for record in file.fetch("chrG", 4_999, 15_000)]
    positions = [record.pos for record in parsed(out)[1]]
    assert inside == [p for p in positions if 5_000 <= p <= 15_000] != []


def test_an_interrupted_scan_goes_on_to_the_identical_file(genome, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(read_chunks.__kwdefaults__, "size", 4_000)
    full, out = tmp_path / "full.vcf.gz", tmp_path / "out.vcf.gz"
    words = ("scan", genome[0], "--threshold", "0.01", "-o")
    assert run(*words, full) == 0
    add, added = Pieces.add, []

    def interrupted(self, content):
        if len(added) == 3:
            raise KeyboardInterrupt
        added.append(content)
        add(self, content)

    with monkeypatch.context() as patched:
        patched.setattr(Pieces, "add", interrupted)
        assert run(*words, out) != 0
    assert not out.exists()
    assert run(*words, out) == 0
    assert "Going on behind the 3 pieces" in capsys.readouterr().err
    assert out.read_bytes() == full.read_bytes()


def test_the_annotation_is_in_the_fields(tmp_path):
    annotate = SiteAnnotator(
        [
            Transcript("g1", "A;B", "t1", "", "chr1", "+", ((1, 2), (60, 90))),
            Transcript("g1", "A;B", "t2", "", "chr1", "+", ((1, 2), (70, 90))),
        ],
        {"chr1": 100},
    )
    sites = [Site(3, "+", "donor", "m", 0.75), Site(8, "+", "donor", "m", 1.0)]
    sites.append(Site(8, "-", "acceptor", "m", 0.5))
    chunk = Chunk("chr1", 2, 10, "CARSNACSTA", 2)
    text = vcf_header({"chr1": 100}, True, "x") + vcf_lines(chunk, sites, annotate)
    path = tmp_path / "out.vcf"
    path.write_text(text)
    _, (known, new, reverse) = parsed(path)
    assert known.info["GENE"] == ("A_B",)
    assert known.info["TRANSCRIPT"] == ("t1", "t2")
    assert known.info["KNOWN"]
    assert known.info["LOG_ODDS"] == pytest.approx(math.log(3), abs=1e-4)
    assert (known.ref, new.ref) == ("A", "C")  # of R and S the first base they stand for
    assert new.info["LOG_ODDS"] == math.inf
    assert new.info["GENE"] == ("A_B",)
    assert "TRANSCRIPT" not in new.info
    assert not new.info["KNOWN"]
    assert "GENE" not in reverse.info


@pytest.mark.parametrize("name", ["a,b", "<x>", "*", "=x", "seq(1)", 'a"b', "Ä"])
def test_a_name_that_no_vcf_can_have_is_refused(name):
    with pytest.raises(InputError, match=r"cannot name a sequence .* letters a to z, digits"):
        vcf_header({"chr1": 5, name: 10}, False, "x")


@pytest.mark.parametrize("name", ["chr1", "HLA-DRB1*15:01:01:01", "scaffold_7|x", "NC_000019.10"])
def test_names_of_contigs_are_kept(name):
    assert f"##contig=<ID={name},length=10>" in vcf_header({name: 10}, False, "x")


def test_a_vcf_of_other_names_leaves_nothing(tmp_path, capsys):
    path = tmp_path / "in.fa"
    path.write_text(">plasmid(1)\n" + "ACGTTGCAGGTAAGTACCAG" * 10 + "\n")
    assert run("scan", path, "-o", tmp_path / "out.vcf") == 2
    error = capsys.readouterr().err
    assert "plasmid(1)" in error
    assert error.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["in.fa"]
