"""`dnaviz scan` and `dnaviz reconstruct`: files of sequences in, tables out."""

import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dnaviz.cli import main
from dnaviz.cli.scan import is_large
from dnaviz.models import CONTEXT
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.splicing.scan import COLUMNS, scan

rng = np.random.default_rng(5)
FIRST = Sequence("".join(rng.choice(list("ACGT"), 150)), "first")
SECOND = Sequence("".join(rng.choice(list("acgt"), 60)), "<b>&second")
RECORDS = (FIRST, SECOND)
FASTA = "".join(f">{r.name} words\n{r.bases}\n" for r in RECORDS)


@pytest.fixture(autouse=True)
def shipped(monkeypatch, untrained):
    """An untrained model in the place of the shipped one."""
    monkeypatch.setattr("dnaviz.models.load_model", lambda path=None: untrained)
    return untrained


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "in.fa"
    path.write_text(FASTA)
    return path


def run(*arguments):
    return main([str(word) for word in arguments])


def rows(text):
    header, *lines = [line.split("\t") for line in text.splitlines()]
    return header, lines


def test_features_that_are_left_out_are_told(tmp_path, capsys):
    entry = (
        "LOCUS       AB{0} 40 bp DNA linear\nFEATURES\n     CDS             order(1..9,20..30)\n"
        f"ORIGIN\n        1 {'acgtacgtac' * 4}\n//\n"
    )
    path = tmp_path / "in.gb"
    path.write_text("".join(entry.format(number) for number in range(7)))
    assert run("scan", path) == 0
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first.startswith('Record 1 ("AB0"): 1 feature is left out')
    assert '"order(1..9,20..30)"' in first
    assert last == "Features of 2 more records are left out."


# --- scan ------------------------------------------------------------------------------------


@pytest.mark.parametrize("strand", ["both", "+", "-"])
def test_scan_writes_the_sites_of_every_record(tmp_path, fasta, shipped, strand, capsys):
    # The median probability, so that the table is neither empty nor full.
    threshold = float(np.median(scan(FIRST, shipped).probabilities["+"]))
    out = tmp_path / "out.tsv"
    assert run("scan", fasta, "-o", out, "--threshold", threshold, "--strand", strand) == 0
    assert capsys.readouterr() == ("", "")
    header, result = rows(out.read_text())
    assert header == ["sequence", "position", "strand", "site", "motif", "probability"]
    expected = [
        [r.name, str(s.position), s.strand, s.site, s.motif, f"{s.probability:.6f}"]
        for r in RECORDS
        for s in scan(r, shipped, threshold=threshold, strand=strand).sites
    ]
    assert result == expected
    assert 0 < len(result) < 4 * sum(map(len, RECORDS))


def test_scan_equals_classification_of_windows(tmp_path, fasta, shipped):
    """Each line again, from a window cut around its position and classified alone."""
    out = tmp_path / "out.tsv"
    run("scan", fasta, "-o", out, "--threshold", 0)
    _, lines = rows(out.read_text())
    assert len(lines) == 4 * (len(FIRST) + len(SECOND))
    bases = {r.name: r.bases.upper() for r in RECORDS}
    for name, position, strand, site, motif, probability in lines[:: len(lines) // 12]:
        window, index = bases[name], int(position) - 1
        if strand == "-":
            window, index = reverse_complement(window), len(window) - 1 - index
        center = 3 if site == "donor" else 13  # where the motif has the position
        assert motif[center].upper() == window[index]
        assert motif[center].islower()  # an intron base
        assert float(probability) == pytest.approx(
            alone(shipped, window, index, 1 if site == "donor" else 2), abs=1e-5
        )


def alone(model, bases, index, label):
    import torch

    from dnaviz.sequences import one_hot

    x = torch.zeros(1, 4, len(bases) + 2 * CONTEXT)
    x[0, :, CONTEXT : CONTEXT + len(bases)] = torch.from_numpy(one_hot(bases))
    with torch.inference_mode():
        logits = model.splice(x[:, :, index : index + 2 * CONTEXT + 1])
    return float(logits.softmax(dim=1)[0, label, 0])


def test_scan_bed(tmp_path, fasta, shipped):
    tsv, bed = tmp_path / "out.tsv", tmp_path / "out.BED"
    run("scan", fasta, "-o", tsv, "--threshold", 0.3)
    run("scan", fasta, "-o", bed, "--threshold", 0.3)
    _, lines = rows(tsv.read_text())
    assert lines
    assert bed.read_text().splitlines() == [
        f"{name}\t{int(position) - 1}\t{position}\t{site}\t{float(p) * 1000:.0f}\t{strand}"
        for name, position, strand, site, _, p in lines
    ]


def test_scan_weighs_each_site_by_the_others_and_by_its_strand(tmp_path, fasta, shipped, capsys):
    out = tmp_path / "out.tsv"
    assert run("scan", fasta, "-o", out, "--threshold", 0.01, "--weighted") == 0
    table = pd.read_csv(out, sep="\t")
    assert list(table.columns) == [*COLUMNS, "weighted"]
    one = scan(FIRST, shipped, threshold=0.01)
    expected = [one.weighted().probability(site) for site in one.sites]
    weighted = table.loc[table["sequence"] == FIRST.name, "weighted"]
    assert weighted.to_numpy() == pytest.approx(expected, abs=1e-5)
    assert len(weighted)
    for words in (["-o", tmp_path / "out.bed"], ["-o", out, "--region", "first"]):
        assert run("scan", fasta, *words, "--weighted") == 2
        assert "--weighted" in capsys.readouterr().err


def test_scan_without_a_site_writes_the_header(tmp_path, fasta):
    run("scan", fasta, "-o", tmp_path / "out.tsv", "--threshold", 1)
    assert rows((tmp_path / "out.tsv").read_text())[1] == []


# --- reconstruct -----------------------------------------------------------------------------


def test_reconstruct_names_what_is_mostly_unknown(tmp_path, capsys):
    source = tmp_path / "a.fa"
    source.write_text(">known\n" + "ACGTTGCA" * 5 + "\n>gap\n" + "N" * 40 + "\n")
    assert run("reconstruct", source, "-o", tmp_path / "out.tsv") == 0
    assert 'Mostly N or another code for several bases: "gap".' in capsys.readouterr().err


def test_reconstruct_writes_a_line_for_every_record(tmp_path, fasta, shipped):
    out = tmp_path / "out.tsv"
    assert run("reconstruct", fasta, "-o", out) == 0
    header, lines = rows(out.read_text())
    assert header == ["sequence", "length", "accuracy", "reconstruction"]
    for record, result, (name, length, accuracy, bases) in zip(
        RECORDS, shipped.reconstruct(RECORDS), lines, strict=True
    ):
        assert (name, length) == (record.name, str(len(record)))
        assert bases == result.reconstruction
        same = np.mean([a == b for a, b in zip(str(record), bases, strict=True)])
        assert float(accuracy) == pytest.approx(same, abs=1e-6)


def test_many_records_go_in_batches(tmp_path, monkeypatch, shipped):
    monkeypatch.setattr("dnaviz.cli.reconstruct._BATCH", 2)
    path = tmp_path / "in.fa"
    path.write_text("".join(f">r{i}\n{FIRST.bases[i : i + 40]}\n" for i in range(5)))
    run("reconstruct", path, "-o", tmp_path / "out.tsv")
    _, lines = rows((tmp_path / "out.tsv").read_text())
    assert [line[0] for line in lines] == [f"r{i}" for i in range(5)]


# --- both ------------------------------------------------------------------------------------

both = pytest.mark.parametrize("command", ["scan", "reconstruct"])


@both
def test_standard_input_and_output(tmp_path, fasta, command, capsys, monkeypatch):
    run(command, fasta, "-o", tmp_path / "out.tsv")
    expected = (tmp_path / "out.tsv").read_text()
    (tmp_path / "in.fa.gz").write_bytes(gzip.compress(FASTA.encode()))
    for words in ([fasta], [fasta, "-o", "-"], [tmp_path / "in.fa.gz"]):
        assert run(command, *words) == 0
        assert capsys.readouterr() == (expected, "")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(FASTA.encode())))
    assert run(command, "-") == 0
    assert capsys.readouterr() == (expected, "")


@both
@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "no sequence"),
        (b">a\nACGTACGTACGTACGTACGT!", "line 2, column 21"),
        (b">a\nACGT\n", "at least 20"),
        (b"\xff\xfe>\x00a\x00", "UTF-16"),
        (b"\x1f\x8b\x00", "gzip"),
    ],
)
def test_bad_input_prints_one_sentence_and_writes_no_file(tmp_path, command, content, part, capsys):
    path, out = tmp_path / "in.fa", tmp_path / "out.tsv"
    path.write_bytes(content)
    assert run(command, path, "-o", out) == 2
    printed, sentence = capsys.readouterr()
    assert printed == ""
    assert part in sentence
    assert sentence.count("\n") == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_long_record_is_scanned_in_parts_whatever_the_size_of_its_file(tmp_path, capsys):
    """`scan` takes FASTA of any length; `reconstruct` reads records as a whole."""
    long, many, packed = (tmp_path / name for name in ("long.fa", "many.fa", "long.fa.gz"))
    long.write_text(f">short\n{FIRST.bases}\n>long\n{'N' * 200_001}\n")
    many.write_text("".join(f">{n}\n{'N' * 2_000}\n" for n in range(150)))
    packed.write_bytes(gzip.compress(long.read_bytes()))
    assert [is_large(str(path)) for path in (long, packed, many)] == [True, True, False]
    assert run("reconstruct", long, "-o", tmp_path / "out.tsv") == 2
    assert "200,001 nt" in capsys.readouterr().err
    assert run("scan", long, "--weighted") == 2
    assert "records of at most 200,000 nt" in capsys.readouterr().err
    whole = tmp_path / "whole.fa"
    whole.write_text(">whole " + "of that length " * 9 + f"\n{'N' * 60}" * 3_333 + "\n" + "N" * 20)
    assert not is_large(str(whole))


@both
@pytest.mark.parametrize(
    "words",
    [
        ["missing.fa", "-o", "out.tsv"],
        [".", "-o", "out.tsv"],
        ["in.fa", "-o", "."],
        ["in.fa", "-o", "missing/out.tsv"],
        ["in.fa", "-o", "in.fa"],
        ["in.fa", "-o", "in.fa/out.tsv"],
        ["in.fa", "-o", "./../{here}/in.fa"],
    ],
)
def test_paths_that_cannot_be_used(fasta, command, words, monkeypatch, capsys):
    monkeypatch.chdir(fasta.parent)
    assert run(command, *(word.format(here=fasta.parent.name) for word in words)) == 2
    printed, sentence = capsys.readouterr()
    assert printed == ""
    assert sentence.count("\n") == 1
    assert list(fasta.parent.iterdir()) == [fasta]
    assert fasta.read_text() == FASTA


@pytest.mark.parametrize(
    "words",
    [
        ["--threshold", "1.01"],
        ["--threshold", "-0.1"],
        ["--threshold", "nan"],
        ["--strand", "*"],
        ["--strand", ""],
    ],
)
def test_settings_out_of_range(tmp_path, fasta, words, capsys):
    assert run("scan", fasta, "-o", tmp_path / "out.tsv", *words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [fasta]


@both
def test_a_failure_of_the_model_leaves_no_file(
    tmp_path, fasta, command, lively, monkeypatch, capsys
):
    def fail(*arguments, **options):
        raise RuntimeError("out of memory")

    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: lively)
    for name in ("score_positions", "encode"):
        monkeypatch.setattr(lively, name, fail)
    assert run(command, fasta, "-o", tmp_path / "out.tsv") == 1
    assert capsys.readouterr().err.startswith("Something went wrong")
    assert list(tmp_path.iterdir()) == [fasta]


# --- names and gaps --------------------------------------------------------------------------


@pytest.fixture
def twins(tmp_path):
    """Two records of one name, and one of another."""
    path = tmp_path / "twins.fa"
    path.write_text(f">a\n{FIRST.bases}\n>b\n{FIRST.bases}\n>a\n{SECOND.bases}\n")
    return path


@both
def test_records_of_one_name_are_told_apart(twins, command, capsys):
    assert run(command, twins, *(["--threshold", 0.01] if command == "scan" else [])) == 0
    out, err = capsys.readouterr()
    assert {line.split("\t")[0] for line in out.splitlines()[1:]} == {"a (1)", "b", "a (2)"}
    assert '2 records are called "a"' in err


def test_attribute_asks_which_of_two_records_of_one_name(twins, tmp_path, capsys):
    words = ("attribute", twins, "--position", 50, "--method", "input_x_gradient")
    assert run(*words, "--record", "a") == 2
    assert '2 records called "a": choose one with --record "a (1)" or "a (2)"' in (
        capsys.readouterr().err
    )
    assert run(*words, "--record", "a (2)") == 0
    second = capsys.readouterr().out
    assert run(*words, "--record", "3") == 0
    assert capsys.readouterr().out == second
    assert run(*words, "--record", "b") == 0
    assert capsys.readouterr().out != second
    assert run(*words, "--record", "4") == 2


@both
def test_gaps_are_refused_with_the_option_that_removes_them(tmp_path, command, capsys):
    path = tmp_path / "gaps.fa"
    path.write_text(f">a\n{FIRST.bases[:50]}--{FIRST.bases[50:]}\n")
    assert run(command, path) == 2
    assert "(--remove-gaps does it)" in capsys.readouterr().err
    assert run(command, path, "--remove-gaps") == 0
    without = capsys.readouterr().out
    path.write_text(f">a\n{FIRST.bases}\n")
    assert run(command, path) == 0
    assert capsys.readouterr().out == without


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["bases.txt", "-o", "out.vcf"], "bases.txt is neither FASTA nor 2bit: of it scan writes"),
        (["bases.txt", "-o", "out.tsv.gz"], "neither FASTA nor 2bit"),
        (["bases.txt", "--annotation", "genes.gff3"], "neither FASTA nor 2bit"),
        (["u16.fa", "--workers", "2"], "u16.fa is UTF-16 text; please give it as plain text"),
        (["in.fa", "--remove-gaps", "-o", "out.bedgraph"], "With --remove-gaps"),
        (["-", "-o", "out.vcf"], "Of standard input scan writes a .tsv or .bed"),
    ],
)
def test_what_is_read_as_a_whole_says_what_can_be_written(
    fasta, words, sentence, monkeypatch, capsys
):
    monkeypatch.chdir(fasta.parent)
    Path("bases.txt").write_text(FIRST.bases)
    Path("genes.gff3").write_text("")
    Path("u16.fa").write_text(FASTA, "utf-16")
    before = sorted(fasta.parent.iterdir())
    assert run("scan", *words) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1
    assert sorted(fasta.parent.iterdir()) == before
