"""``dnaviz dataset`` and what it stands on: the intron table, fetching, the gallery."""

import gzip
import re
import zipfile

import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome.accessions import chromosome_of_record
from dnaviz.genome.annotation import read_annotation
from dnaviz.genome.examples import examples
from dnaviz.genome.fasta import Genome, read_genome
from dnaviz.training.data import fetch
from dnaviz.training.data.gallery import build_examples, write_examples
from dnaviz.training.data.intron_windows import label_intron_windows
from dnaviz.training.data.introns import read_introns
from dnaviz.training.data.site_windows import label_windows, read_windows

HEADER = ["intron_id", "chrom", "start1", "end1", "strand", "up_exon50", "intron", "down_exon50",
          "middle_truncated"]  # fmt: skip


@pytest.fixture
def intron_file(tmp_path, genome):
    """Introns of the small genome, both strands, one of them without its middle."""
    rows = ["\t".join(HEADER)]
    for n, (start, end, strand, cut) in enumerate(
        [(2121, 2500, "+", False), (3301, 4000, "-", False), (4301, 5900, "-", True)]
    ):
        bases = genome.fetch("chr1", start - 50, end + 50, strand)
        intron = bases[50:-50]
        if cut:
            intron = intron[:500] + "NNNNN" + intron[-500:]
        name = f"HomSap-ENSG{n}@ENST{n}-intron_1(2)"
        rows.append("\t".join([name, "chr1", str(start), str(end), strand, bases[:50], intron,
                               bases[-50:], str(int(cut))]))  # fmt: skip
    rows.append(rows[1].replace("ENST0", "ENST9").replace("\tchr1\t2121\t2500\t+", "\tchr2\t\t\t"))
    rows.append(rows[1].replace("ENST0", "ENST8").replace("\tchr1\t2121\t2500\t+", "\t\t\t\t"))
    path = tmp_path / "introns.tsv.gz"
    path.write_bytes(gzip.compress(("\n".join(rows) + "\n").encode()))
    return path


def test_intron_windows_agree_with_the_genome(intron_file, genome):
    table = read_introns(intron_file)
    assert table["split"].tolist() == ["test"] * 3 + ["validation"]  # none without a chromosome
    windows = label_intron_windows(table, decoys_per_site=8)
    assert windows["id"].is_unique
    located = windows[windows["position"].notna()]
    assert set(located["strand"]) == {"+", "-"}
    for w in located.itertuples():
        truth = genome.fetch(w.chrom, w.start, w.end, w.strand, pad=True)
        assert all(b in (t, "N") for b, t in zip(w.sequence, truth, strict=True)), w.id
        assert w.position == (w.start + 100 if w.strand == "+" else w.end - 100)
    of_sites = located[located["context"] == "site"]
    assert set(zip(of_sites["label"], of_sites["position"], strict=True)) == {
        ("donor", 2121), ("acceptor", 2500), ("donor", 4000), ("acceptor", 3301),
        ("donor", 5900), ("acceptor", 4301),
    }  # fmt: skip
    unplaced = windows[windows["position"].isna()]
    assert set(unplaced["strand"]) == {"."}
    assert set(unplaced["split"]) == {"validation"}


def test_intronic_decoys_are_cut_like_sites(intron_file):
    windows = label_intron_windows(read_introns(intron_file), decoys_per_site=8)
    assert set(windows["sequence"].str.len()) == {200}
    full = windows[windows["context"].isin(["site", "intron"])]
    for label, unknown in {
        "donor": slice(0, 50), "GT decoy": slice(0, 50),
        "acceptor": slice(151, 200), "AG decoy": slice(151, 200),
    }.items():  # fmt: skip
        some = full["sequence"][full["label"] == label]
        assert len(some)
        assert set("".join(s[unknown] for s in some)) == {"N"}
        assert not any("N" in s[50:151] for s in some)
    for w in windows[windows["context"] != "site"].itertuples():
        motif = w.sequence[100:102] if w.label == "GT decoy" else w.sequence[99:101]
        assert motif == w.label[:2]


def test_build_writes_what_it_counts(files, tmp_path, intron_file, capsys):
    output = tmp_path / "windows.tsv.gz"
    fasta, annotation = map(str, files)
    arguments = ["dataset", "build", "--fasta", fasta, "--annotation", annotation,
                 "--introns", str(intron_file), "-o", str(output)]  # fmt: skip
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    windows = read_windows(output)
    assert f"{len(windows):,} windows of 200 nt" in printed
    assert "GT decoy" in printed
    assert "near-identical" in printed
    assert set(windows["split"]) == {"test", "validation"}
    first = output.read_bytes()
    assert main(arguments) == 0
    assert output.read_bytes() == first


def test_build_with_other_splits(files, tmp_path):
    output = tmp_path / "windows.tsv"
    fasta, annotation = map(str, files)
    assert main(["dataset", "build", "--fasta", fasta, "--annotation", annotation,
                 "--test", "2", "--validation", "", "-o", str(output)]) == 0  # fmt: skip
    windows = read_windows(output)
    splits = set(zip(windows["chrom"], windows["split"], strict=True))
    assert splits == {("chr1", "train"), ("chr2", "test")}


@pytest.mark.parametrize("name", ["Chr0{}", "NC_00000{}.12", "hg38_chr{}"])
def test_build_holds_out_records_by_their_own_names(files, tmp_path, capsys, name):
    fasta, annotation = tmp_path / "own.fa", tmp_path / "own.gff3"
    bases = gzip.decompress(files[0].read_bytes()).decode()
    rows = files[1].read_text()
    for number in "12":
        own = name.format(number)
        bases = bases.replace(f">{number} ", f">{own} ")
        rows = re.sub(rf"(?m)^(chr)?{number}\t", f"{own}\t", rows)
    fasta.write_text(bases)
    annotation.write_text(rows)
    output = tmp_path / "windows.tsv"
    assert main(["dataset", "build", "--fasta", str(fasta), "--annotation", str(annotation),
                 "--test", name.format(2), "--validation", name.format(1),
                 "-o", str(output)]) == 0  # fmt: skip
    windows = read_windows(output)
    splits = zip(windows["chrom"].map(chromosome_of_record), windows["split"], strict=True)
    assert set(splits) == {("chr1", "validation"), ("chr2", "test")}
    assert "No window lies on" not in capsys.readouterr().err


def test_build_tells_transcripts_that_the_genome_has_no_record_of(files, tmp_path, capsys):
    fasta, annotation = files
    rows = annotation.read_text() + "9\tx\texon\t5\t90\t.\t+\t.\tParent=far\n"
    annotation.write_text(rows)
    assert main(["dataset", "build", "--fasta", str(fasta), "--annotation", str(annotation),
                 "-o", str(tmp_path / "windows.tsv")]) == 0  # fmt: skip
    assert "1 of" in (error := capsys.readouterr().err)
    assert "transcripts lie on none of its records" in error


def test_windows_are_cut_whatever_a_genome_calls_its_chromosomes(genome, transcripts):
    other = Genome({"NC_000001.99": genome["chr1"], "chr2": genome["chr2"]})
    expected, windows = (label_windows(g, transcripts) for g in (genome, other))
    assert set(windows["chrom"]) == {"NC_000001.99", "chr2"}
    sites = [table[table["context"] == "site"] for table in (expected, windows)]
    assert sites[0]["sequence"].tolist() == sites[1]["sequence"].tolist()


def test_windows_of_another_assembly_are_refused(genome, transcripts):
    shifted = Genome({name: "C" * 7 + bases for name, bases in genome.items()})
    with pytest.raises(InputError, match="annotated splice sites do not read as such"):
        label_windows(shifted, transcripts)


def test_build_from_genes_without_introns_is_refused(files, tmp_path, capsys):
    fasta, annotation = files
    annotation.write_text("1\tx\texon\t1000\t1900\t.\t+\t.\tParent=t\n")
    assert main(["dataset", "build", "--fasta", str(fasta), "--annotation", str(annotation),
                 "-o", str(tmp_path / "windows.tsv")]) == 2  # fmt: skip
    assert "they hold no usable splice site" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Nothing to build from"),
        (["--fasta", "g.fa"], "go together"),
        (["--introns", "missing.tsv"], "No such file"),
        (["--introns", "x", "--test", "1", "--validation", "chr1"], "both"),
        (["--introns", "x", "--test", "chr2"], "Chromosome chr2, given by --test, is one of those"),
        (["--introns", "x", "--validation", "1"], "say by --test which these are"),
    ],
)
def test_build_refuses_with_a_sentence_and_no_file(tmp_path, capsys, arguments, message):
    output = tmp_path / "out.tsv.gz"
    assert main(["dataset", "build", *arguments, "-o", str(output)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1
    assert not output.exists()


def test_intron_table_from_the_packages_lines():
    reference = "# a comment\nN1\t0.5\tAAA\tGT/.../AG\tCCC\nN2\t1.0\tTTT\tGTAAG\tGGG\ttag\t0\n"
    places = "chrom\tstart1\tend1\tstrand\tok\nchr1\t5\t90\t+\t1\n\t\t\t\t0\n"
    lines = fetch.intron_table(reference, places).splitlines()
    assert lines[1].split("\t") == ["N1", "chr1", "5", "90", "+", "1", "9", "AAA", "GTNNNNNAG",
                                    "CCC", "0.5", "", "1"]  # fmt: skip
    assert lines[2].split("\t") == ["N2", "", "", "", "", "0", "5", "TTT", "GTAAG", "GGG", "1.0",
                                    "tag", "0"]  # fmt: skip


def test_fetch_refuses_files_it_does_not_know(tmp_path):
    wheel = tmp_path / "package.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(fetch.MEMBERS[fetch.GENOME][0], b"something else")
    with pytest.raises(InputError, match="not the file expected"):
        fetch.unpack(wheel, tmp_path)
    assert list(tmp_path.iterdir()) == [wheel]
    wheel.write_bytes(b"not a zip file")
    with pytest.raises(InputError, match="does not hold"):
        fetch.unpack(wheel, tmp_path)


def test_fetch_without_pip_or_network(tmp_path, monkeypatch):
    import subprocess

    def answer(stderr):
        return lambda *a, **k: subprocess.CompletedProcess(a, 1, "", stderr)

    monkeypatch.setattr(fetch.subprocess, "run", answer("/usr/bin/python: No module named pip"))
    with pytest.raises(InputError, match="no pip"):
        fetch.fetch(tmp_path / "new")
    monkeypatch.setattr(
        fetch.subprocess, "run", answer("WARNING: retry\nERROR: No matching distribution found")
    )
    with pytest.raises(InputError, match=r"network\?\): No matching distribution"):
        fetch.fetch(tmp_path / "new")


def test_gallery_is_real_genes_with_their_exons():
    gallery = examples()
    names = [e.name for e in gallery]
    assert names[0] == "LDLR"
    assert len(set(names)) == len(names) >= 16
    assert len({e.sequence.name for e in gallery}) == len(names)
    canonical_ends = introns = 0
    for e in gallery:
        assert e.chrom == ("chr11" if e.name == "HBB" else "chr19")
        assert len(e.sequence) == e.end1 - e.start1 + 1 <= 200_000
        assert all(1 <= start <= end <= len(e.sequence) for start, end in e.exons)
        assert e.exons == sorted(e.exons)
        for (_, before), (after, _) in zip(e.exons, e.exons[1:], strict=False):
            intron = e.sequence.bases[before : after - 1]
            introns += 1
            canonical_ends += intron[:2] == "GT" and intron[-2:] == "AG"
    assert canonical_ends / introns > 0.98  # frame and strand are right


@pytest.mark.data
@pytest.mark.slow
def test_gallery_is_rebuilt_byte_for_byte(data_folder, tmp_path):
    import dnaviz

    genome = read_genome(data_folder / "genome" / "GRCh38.chr19.fa.gz")
    transcripts = read_annotation(data_folder / "genome" / "GRCh38.chr19.ensembl91.gff3.gz")
    written = write_examples(build_examples(genome, transcripts), tmp_path)
    from pathlib import Path

    assets = Path(dnaviz.__file__).parent / "assets"
    assert gzip.decompress(written[0].read_bytes()) == gzip.decompress(
        (assets / written[0].name).read_bytes()
    )
    assert written[1].read_text() == (assets / written[1].name).read_text()
