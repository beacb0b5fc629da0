"""``dnaviz variants`` of a VCF: all of the file goes out again, with what was found."""

import gzip
import subprocess
import sys

import numpy as np
import pysam
import pytest

from dnaviz.cli import main, variants_vcf
from dnaviz.genome.contigs import Contigs
from dnaviz.sequences import reverse_complement
from dnaviz.splicing.genome_variants import GenomeScorer
from dnaviz.splicing.variant_effect import EVENTS, splice_effect
from dnaviz.splicing.vcf import SUBFIELDS

rng = np.random.default_rng(5)
CHR1 = "".join(rng.choice(list("ACGT"), 3000))
CHR1 = CHR1[:1500] + "GGGGG" + CHR1[1505:2000] + "AAAA" + CHR1[2004:]
CHR2 = "".join(rng.choice(list("ACGT"), 1500))
GFF = "\n".join(
    "\t".join((chrom, "x", kind, str(s), str(e), ".", strand, ".", about))
    for chrom, kind, s, e, strand, about in [
        ("1", "gene", 1001, 2500, "+", "ID=g1;Name=ONE,A;biotype=protein_coding"),
        ("1", "mRNA", 1001, 2500, "+", "ID=t1;Parent=g1"),
        ("1", "exon", 1001, 1200, "+", "Parent=t1"),
        ("1", "exon", 1401, 2500, "+", "Parent=t1"),
        ("1", "gene", 1100, 1900, "-", "ID=g2;Name=TWO;biotype=protein_coding"),
        ("1", "mRNA", 1100, 1900, "-", "ID=t2;Parent=g2"),
        ("1", "exon", 1100, 1900, "-", "Parent=t2"),
    ]
)
HEAD = (
    "##fileformat=VCFv4.2\n##source=caf\u00e9\n"
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="x">\n'
    "##contig=<ID=1,length=3000>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2\n"
)
TAIL = "\tGT\t0/1\t./."


@pytest.fixture(autouse=True)
def lively_weights(lively, monkeypatch):
    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: lively)


@pytest.fixture
def genome(tmp_path):
    path = tmp_path / "genome.fa"
    lines = (
        f">{name}\n" + "".join(f"{bases[i : i + 60]}\n" for i in range(0, len(bases), 60))
        for name, bases in (("chr1", CHR1), ("chr2", CHR2))
    )
    path.write_text("".join(lines))
    (tmp_path / "genes.gff3").write_text("##gff-version 3\n" + GFF + "\n")
    return path


def row(chrom, position, ref, alt, info="AC=1"):
    return f"{chrom}\t{position}\trs1\t{ref}\t{alt}\t50\tPASS\t{info}{TAIL}"


def other(base):
    return "A" if base != "A" else "G"


def snv(position, chrom="1", info="AC=1"):
    bases = CHR2 if chrom.endswith("2") else CHR1
    return row(chrom, position, bases[position - 1], other(bases[position - 1]), info)


def run(tmp_path, genome, rows, *options, name="in.vcf", out="out.vcf", head=HEAD):
    path = tmp_path / name
    data = (head + "".join(f"{r}\n" for r in rows)).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    target = tmp_path / out
    code = main(["variants", str(path), "--genome", str(genome), "-o", str(target), *options])
    if code or not target.exists():
        return code, []
    packed = out.endswith(".gz")
    data = gzip.decompress(target.read_bytes()) if packed else target.read_bytes()
    return code, data.decode().splitlines()


def field(line, name):
    return dict(part.partition("=")[::2] for part in line.split("\t")[7].split(";"))[name]


def entries(line):
    """The fields of each allele and strand of a row."""
    return [
        [dict(zip(SUBFIELDS, one.split("|"), strict=True)) for one in allele.split("&")]
        for allele in field(line, "DNAVIZ").split(",")
    ]


def test_everything_of_the_file_goes_out_again_with_a_field_more(tmp_path, genome):
    rows = [snv(1000), snv(1203, info="."), snv(700, "chr2"), snv(710, "chr2", info="AC=1;")]
    _, lines = run(tmp_path, genome, rows)
    header = [line for line in lines if line.startswith("#")]
    given = HEAD.splitlines()
    assert [line for line in header if line in given] == given
    assert sum(line.startswith("##INFO=<ID=DNAVIZ") for line in header) == 3
    for before, after in zip(rows, lines[len(header) :], strict=True):
        a, b = before.split("\t"), after.split("\t")
        assert a[:7] + a[8:] == b[:7] + b[8:]
        kept = "" if a[7] == "." else a[7].rstrip(";") + ";"
        assert b[7].startswith(f"{kept}DNAVIZ=")
    assert not list(tmp_path.glob(".*"))


def test_scores_are_those_of_python_on_both_strands(tmp_path, genome, lively):
    base = CHR1[1202]
    rows = [snv(1203), row("1", 1203, base, base + "GTA"), row("1", 1203, CHR1[1202:1206], base)]
    _, lines = run(tmp_path, genome, rows)
    edits = [f"1203{base}>{other(base)}", "1203_1204insGTA", "1204_1206del"]
    for line, edit in zip(lines[-3:], edits, strict=True):
        ((plus, minus),) = entries(line)
        for result, strand in ((plus, "+"), (minus, "-")):
            assert result["STRAND"] == strand
            effect = splice_effect(CHR1, edit, strand=strand, model=lively)
            for event in EVENTS:
                delta = effect.delta(event)
                assert float(result[event]) == pytest.approx(delta.value, abs=2e-4)
                if delta.value > 0.01:
                    assert result[f"{event}_pos"] == str(delta.position)
        largest = float(field(line, "DNAVIZ_MAX"))
        assert largest == max(float(s[e]) for s in (plus, minus) for e in EVENTS)


def test_each_allele_has_a_value_or_says_why_not(tmp_path, genome):
    base = CHR1[1202]
    alts = f"{other(base)},<DEL>,*,{base}[chr2:5[,{base},N"
    rows = [
        row("1", 1203, base, alts), row("1", 1203, other(base), "T"), row("7", 5, "A", "G"),
        row("1", 2999, "ACGT", "A"), row("1", 0, "A", "G"), row("1", 1203, base, "."),
        row("1", 1203, base.lower(), other(base).lower()),
    ]  # fmt: skip
    _, lines = run(tmp_path, genome, rows)
    notes = [[allele[0]["NOTE"] for allele in entries(line)] for line in lines[-7:]]
    assert notes == [
        [".", "symbolic_allele", "overlapping_deletion", "breakend", "same_as_ref", "not_bases"],
        ["ref_mismatch"], ["contig_not_in_genome"], ["outside_contig"], ["outside_contig"],
        ["no_alternate"], ["."],
    ]  # fmt: skip
    assert field(lines[-7], "DNAVIZ_MAX").split(",")[1:] == ["."] * 5
    assert [a[0]["ALLELE"] for a in entries(lines[-7])] == alts.split(",")
    assert entries(lines[-1])[0][0]["donor_gain"] == entries(lines[-7])[0][0]["donor_gain"]


def test_the_alignment_of_an_indel_does_not_matter_and_is_kept(tmp_path, genome):
    before = CHR1[1499]
    rows = [
        row("1", 1500, before, before + "G"), row("1", 1505, "G", "GG"),
        row("1", 1502, "GGG", "GGGG"), row("1", 1500, before + "GGGGG", before + "GGGGGG"),
    ]  # fmt: skip
    _, lines = run(tmp_path, genome, rows)
    scores = []
    for given, line in zip(rows, lines[-4:], strict=True):
        assert line.split("\t")[:5] == given.split("\t")[:5]
        scores.append([{**one, "ALLELE": ""} for one in entries(line)[0]])
    assert scores[1:] == scores[:1] * 3


def test_contigs_have_several_names(tmp_path, genome):
    rows = [snv(1203, name) for name in ("1", "chr1", "NC_000001.11")]
    _, lines = run(tmp_path, genome, rows)
    assert len({line.split("DNAVIZ=")[1] for line in lines[-3:]}) == 1
    contigs = Contigs({"NC_000019.10": 5, "chr2": 9, "2": 9})
    assert contigs.find("19") == "NC_000019.10"
    assert contigs.find("NC_000019.9") is None  # another assembly
    assert contigs.find("chr2") == "chr2"
    assert contigs.find("NC_000002.12") is None  # it could be either


def test_genes_give_the_strand_and_their_names(tmp_path, genome):
    rows = [snv(1050), snv(1203), snv(2990)]
    genes = str(tmp_path / "genes.gff3")
    _, lines = run(tmp_path, genome, rows, "--annotation", genes)
    result = [entries(line)[0] for line in lines[-3:]]
    assert [[(s["STRAND"], s["GENE"]) for s in one] for one in result] == [
        [("+", "ONE_A")], [("+", "ONE_A"), ("-", "TWO")], [(".", ".")],
    ]  # fmt: skip
    assert result[2][0]["NOTE"] == "no_gene"
    _, both = run(tmp_path, genome, rows, "--annotation", genes, "--strand", "both")
    assert [len(entries(line)[0]) for line in both[-3:]] == [2, 2, 2]
    _, plus = run(tmp_path, genome, rows, "--strand", "+")
    assert [s["STRAND"] for line in plus[-3:] for s in entries(line)[0]] == ["+"] * 3


def test_risk_is_that_of_the_exon_that_the_annotation_has(tmp_path, genome, lively):
    rows = [snv(1203), snv(1500), snv(2990)]
    genes = str(tmp_path / "genes.gff3")
    _, lines = run(tmp_path, genome, rows, "--annotation", genes, "--strand", "both")
    exons = {"+": [(1001, 1200, False, True), (1401, 2500, True, False)],
             "-": [(1100, 1900, False, False)]}  # fmt: skip
    for given, line in zip((1203, 1500, 2990), lines[-3:], strict=True):
        ((plus, minus),) = entries(line)
        edit = f"{given}{CHR1[given - 1]}>{other(CHR1[given - 1])}"
        for result in (plus, minus):
            strand = result["STRAND"]
            effect = splice_effect(CHR1, edit, strand=strand, model=lively)
            near = strand == "+" or given < 2990  # genes farther than 600 nt away say nothing
            change = effect.exon(exons[strand] if near else ())
            assert float(result["risk"]) == pytest.approx(change.risk, abs=2e-4)
            assert float(result["log_odds_loss"]) == pytest.approx(change.loss, abs=2e-3)
            first, last = change.exon
            assert result["scored_exon"] == (f"{first}-{last}" if last else ".")
        leading = max((plus, minus), key=lambda one: max(float(one[e]) for e in EVENTS))
        assert field(line, "DNAVIZ_RISK") == leading["risk"]
    assert entries(lines[-2])[0][0]["scored_exon"] == "1401-2500"


def test_masked_scores_leave_out_what_they_say(tmp_path, genome, lively):
    rows = [snv(p) for p in range(1190, 1216)]
    genes = str(tmp_path / "genes.gff3")
    options = ("--annotation", genes, "--strand", "+")
    _, plain = run(tmp_path, genome, rows, *options)
    _, masked = run(tmp_path, genome, rows, *options, "--masked")
    assert "Masked: gains at annotated sites" in "".join(masked)
    for position, a, b in zip(range(1190, 1216), plain[-26:], masked[-26:], strict=True):
        raw, kept = entries(a)[0][0], entries(b)[0][0]
        edit = f"{position}{CHR1[position - 1]}>{other(CHR1[position - 1])}"
        effect = splice_effect(CHR1, edit, model=lively)
        for row_, kind, site in ((0, "donor", 1201), (1, "acceptor", 1400)):
            change = effect.after[row_] - effect.before[row_]
            at = effect.positions[0] == site
            loss = max(-change[at].sum(), 0)
            assert float(kept[f"{kind}_loss"]) == pytest.approx(loss, abs=2e-4)
            gain = max(change[~at].max(), 0)
            assert float(kept[f"{kind}_gain"]) == pytest.approx(gain, abs=2e-4)
            assert float(kept[f"{kind}_gain"]) <= float(raw[f"{kind}_gain"]) + 1e-9


def test_bgzip_in_and_out_ready_for_tabix(tmp_path, genome):
    rows = [snv(p) for p in (500, 900, 1203)]
    code, lines = run(tmp_path, genome, rows, name="in.vcf.gz", out="out.vcf.gz")
    assert code == 0
    _, plain = run(tmp_path, genome, rows)
    assert lines == plain
    path = str(tmp_path / "out.vcf.gz")
    pysam.tabix_index(path, preset="vcf")
    with pysam.VariantFile(path) as file:
        (record,) = file.fetch("1", 850, 950)
        assert record.pos == 900
        assert len(record.info["DNAVIZ"]) == len(record.alts) == 1
        assert record.info["DNAVIZ_MAX"][0] >= 0
        assert 0 < record.info["DNAVIZ_RISK"][0] < 1


def test_a_table_has_a_row_for_each_allele_and_strand(tmp_path, genome):
    rows = [row("1", 1203, CHR1[1202], f"{other(CHR1[1202])},<DEL>"), snv(900)]
    _, lines = run(tmp_path, genome, rows, out="out.tsv")
    names = lines[0].split("\t")
    table = [dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:]]
    assert [(r["position"], r["strand"], r["note"]) for r in table] == [
        ("1203", "+", ""), ("1203", "-", ""), ("1203", "", "symbolic_allele"), ("900", "+", ""),
        ("900", "-", ""),
    ]  # fmt: skip
    assert [bool(r["risk"]) for r in table] == [True, True, False, True, True]


@pytest.mark.parametrize("out", ["out.vcf", "out.vcf.gz", "out.tsv"])
@pytest.mark.parametrize("stop", [0, 1, 3])
def test_a_killed_command_goes_on_to_the_same_file(tmp_path, genome, monkeypatch, out, stop):
    monkeypatch.setattr(variants_vcf, "BATCH", 3)
    rows = [snv(p) for p in range(500, 511)]
    _, full = run(tmp_path, genome, rows, out=f"whole.{out.partition('.')[2]}")
    plain, calls = GenomeScorer.score, []

    def killed(self, batch):
        if len(calls) == stop:
            raise MemoryError
        calls.append([r.position for r in batch])
        return plain(self, batch)

    path, target = tmp_path / "in.vcf", tmp_path / out
    command = ["variants", str(path), "--genome", str(genome), "-o", str(target)]
    with monkeypatch.context() as patch:
        patch.setattr(GenomeScorer, "score", killed)
        assert main(command) != 0
    assert not target.exists()
    # Killed while it wrote: a part of a line that the journal does not know of.
    with (tmp_path / f".{out}.part").open("ab") as partial:
        partial.write(b"1\t50")
    asked = []

    def watched(self, batch):
        asked.extend(r.position for r in batch)
        return plain(self, batch)

    monkeypatch.setattr(GenomeScorer, "score", watched)
    assert main(command) == 0
    assert asked == list(range(500 + 3 * stop, 511))
    data = target.read_bytes()
    data = gzip.decompress(data) if out.endswith(".gz") else data
    assert data.decode().splitlines() == full
    assert not list(tmp_path.glob(".*"))


def test_what_was_half_done_with_other_settings_is_begun_anew(tmp_path, genome, monkeypatch, capfd):
    monkeypatch.setattr(variants_vcf, "BATCH", 2)
    rows = [snv(p) for p in range(500, 506)]
    plain, calls = GenomeScorer.score, []

    def killed(self, batch):
        if calls:
            raise MemoryError
        calls.append(1)
        return plain(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(GenomeScorer, "score", killed)
        assert run(tmp_path, genome, rows)[0] != 0
    _, lines = run(tmp_path, genome, rows, "--strand", "+")
    assert "begun anew" in capfd.readouterr().err
    assert [len(entries(line)[0]) for line in lines[-6:]] == [1] * 6


BAD_ROWS = {
    "1\t5\t.\tA\tG": "Line 6 of .* has 5 columns; a VCF has at least 8",
    "1 5 . A G . . .": "Columns are separated by tabs",
    f"1\tfive\t.\tA\tG\t.\t.\t.{TAIL}": "the position .five. is no whole number",
    "1\t5\t.\tA\tG\t.\t.\t.": "has 8 columns, the line of column names 11",
    "1\t5\t.\tA\tG\t.\t.\tDP=3;DNAVIZ_MAX=0.1": "Line .* already has the field DNAVIZ",
}


@pytest.mark.parametrize("bad", BAD_ROWS, ids=range(len(BAD_ROWS)))
def test_a_file_that_is_no_vcf_is_refused_with_its_line(tmp_path, genome, capsys, bad):
    code, lines = run(tmp_path, genome, [bad])
    assert (code, lines) == (2, [])
    import re

    assert re.search(BAD_ROWS[bad], capsys.readouterr().err)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("##fileformat=VCFv4.2\n", "no line of column names"),
        ("#CHROM\tPOS\tREF\tALT\n", "the columns of a VCF are"),
        (HEAD.replace("3000", "2999"), "of different assemblies"),
        (HEAD.replace("ID=AC,", "ID=DNAVIZ,"), "already has the field DNAVIZ"),
    ],
)
def test_headers_that_cannot_be_used(tmp_path, genome, capsys, head, said):
    code, _ = run(tmp_path, genome, [snv(500)], head=head)
    assert code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--masked"], "needs the genome's annotation"),
        (["--strand", "gene"], "needs the genome's annotation"),
        (["--strand", "x"], 'The strand is "both"'),
        (["-o", "x.txt"], "x.txt"),
    ],
)
def test_options_that_do_not_go_together(tmp_path, genome, capsys, options, said):
    code, _ = run(tmp_path, genome, [snv(500)], *options)
    assert code == 2
    assert said in capsys.readouterr().err


def test_a_vcf_needs_its_genome(tmp_path, capsys):
    path = tmp_path / "in.vcf"
    path.write_text(HEAD + snv(500) + "\n")
    assert main(["variants", str(path)]) == 2
    assert "add --genome FASTA" in capsys.readouterr().err
    assert main(["variants", str(path), "-o", str(tmp_path / "out.vcf.gz")]) == 2
    assert "add --genome FASTA" in capsys.readouterr().err
    assert main(["variants", str(path), "--masked"]) == 2
    assert "go with a VCF and its --genome" in capsys.readouterr().err


def test_the_summary_names_another_assembly(tmp_path, genome, capsys):
    rows = [row("1", p, other(CHR1[p - 1]), "ACGT") for p in (500, 600)]
    run(tmp_path, genome, rows)
    message = capsys.readouterr().err
    assert "0 alleles scored, 2 not." in message
    assert "2 ref_mismatch: the genome has other bases there" in message
    assert "is it of another assembly?" in message


def test_the_summary_of_a_run_that_goes_on_is_of_the_whole(tmp_path, genome, monkeypatch, capsys):
    monkeypatch.setattr(variants_vcf, "BATCH", 2)
    rows = [row("1", p, other(CHR1[p - 1]), "ACGT") for p in (500, 600, 700, 800)]
    rows += [snv(p) for p in (810, 820)]
    plain = GenomeScorer.score

    def killed(self, batch):
        if batch[0].position > 800:
            raise MemoryError
        return plain(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(GenomeScorer, "score", killed)
        assert run(tmp_path, genome, rows)[0] != 0
    capsys.readouterr()
    paths = (str(tmp_path / "in.vcf"), "--genome", str(genome), "-o", str(tmp_path / "out.vcf"))
    assert main(["variants", *paths]) == 0
    message = capsys.readouterr().err
    assert "Going on behind the 3 pieces" in message
    assert "2 alleles scored, 4 not." in message
    assert "is it of another assembly?" in message


def test_the_ends_of_a_contig_can_be_changed(tmp_path, genome, lively):
    rows = [snv(1), row("1", 2998, CHR1[2997:], CHR1[2997])]
    _, lines = run(tmp_path, genome, rows)
    for line, edit in zip(
        lines[-2:], (f"1{CHR1[0]}>{other(CHR1[0])}", "2999_3000del"), strict=True
    ):
        effect = splice_effect(CHR1, edit, model=lively)
        assert float(entries(line)[0][0]["donor_gain"]) == pytest.approx(
            effect.delta("donor_gain").value, abs=2e-4
        )


def test_the_minus_strand_is_that_of_the_turned_genome(tmp_path, genome, lively):
    _, lines = run(tmp_path, genome, [snv(1203)], "--strand", "-")
    turned = reverse_complement(CHR1)
    position = 3000 + 1 - 1203
    base = turned[position - 1]
    edit = f"{position}{base}>{reverse_complement(other(CHR1[1202]))}"
    effect = splice_effect(turned, edit, model=lively)
    result = entries(lines[-1])[0][0]
    for event in EVENTS:
        assert float(result[event]) == pytest.approx(effect.delta(event).value, abs=2e-4)


def test_kernels_of_many_lengths_are_not_kept(tmp_path):
    """What oneDNN keeps of each shape grew by 100 MB in some thousand indels."""
    code = (
        "from dnaviz.cli.streams import bound_memory; import os, sys; bound_memory();"
        "assert 'torch' not in sys.modules; print(os.environ['ONEDNN_PRIMITIVE_CACHE_CAPACITY'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 64


def test_an_annotation_of_other_contigs_is_refused(tmp_path, genome, capsys):
    genes = tmp_path / "genes.gff3"
    genes.write_text(GFF.replace("1\tx\t", "scaffold_1\tx\t") + "\n")
    assert run(tmp_path, genome, [snv(1050)], "--annotation", str(genes)) == (2, [])
    assert capsys.readouterr().err == (
        "genes.gff3 does not belong to genome.fa: its transcripts lie on scaffold_1; the genome "
        "has chr1, chr2.\n"
    )


def test_bases_that_alleles_share_put_no_variant_into_a_gene(tmp_path, genome):
    """Gene ONE lies at 1,001 to 2,500: what lies beside it is outside."""
    at = 1_000
    pair = CHR1[at - 1 : at + 1]
    outside = [snv(at), row("1", at, pair, other(pair[0]) + pair[1])]
    last = CHR1[2_499:2_503]
    assert last[0] != last[-1]  # else the deletion could as well lie in the gene
    outside.append(row("1", 2_500, last, last[0]))
    inside = [snv(at + 1), row("1", at, pair, pair[0] + other(pair[1]))]
    code, lines = run(tmp_path, genome, [*outside, *inside], "--annotation",
                      str(tmp_path / "genes.gff3"), "--strand", "gene")  # fmt: skip
    assert code == 0
    rows = [line for line in lines if not line.startswith("#")]
    assert ["no_gene" in line for line in rows] == [True] * len(outside) + [False] * 2
    assert not any("{" in line for line in lines if line.startswith("##INFO"))
