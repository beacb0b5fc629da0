"""Inputs that are pipes, as a shell's ``<(...)`` makes them, and streams that are closed."""

import gzip
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.io.read import read_lines

rng = np.random.default_rng(5)
FASTA = "".join(f">{name}\n{''.join(rng.choice(list('ACGT'), 900))}\n" for name in "ab")
BASES = FASTA.split("\n")[1]
VCF = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "".join(
    f"a\t{p}\t.\t{BASES[p - 1]}\t{'G' if BASES[p - 1] != 'G' else 'C'}\t.\t.\t.\n"
    for p in (300, 400)
)
GFF = "##gff-version 3\n" + "".join(
    "\t".join(("a", "x", kind, str(start), str(end), ".", "+", ".", about)) + "\n"
    for kind, start, end, about in [
        ("gene", 1, 800, "ID=g;Name=G"), ("mRNA", 1, 800, "ID=t;Parent=g"),
        ("exon", 1, 300, "Parent=t"), ("exon", 500, 800, "Parent=t"),
    ]
)  # fmt: skip
TABLE = f"id\tsequence\tposition\tref\talt\nx\t{BASES}\t300\t{BASES[299]}\t-\n"
CONTENT = {
    "in.fa": FASTA,
    "in.vcf": VCF,
    "in.gff3": GFF,
    "in.bed": "a\t100\t700\n",
    "in.tsv": TABLE,
}


@pytest.fixture
def folder(tmp_path, monkeypatch, lively):
    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: lively)
    monkeypatch.chdir(tmp_path)
    for name, text in CONTENT.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def piped():
    """Makes a pipe from which a text comes, once."""
    ends, writers = [], []

    def make(text):
        read, write = os.pipe()

        def feed():
            with suppress(BrokenPipeError), os.fdopen(write, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())

        writers.append(threading.Thread(target=feed, daemon=True))
        writers[-1].start()
        ends.append(read)
        return f"/dev/fd/{read}"

    yield make
    for end in ends:
        os.close(end)


@pytest.mark.parametrize(
    ("words", "pipe", "output"),
    [
        ("scan in.fa", "in.fa", "out.tsv"),
        ("scan in.fa --region a:100-700", "in.fa", "out.tsv"),
        ("scan in.fa --bed in.bed", "in.bed", "out.tsv"),
        ("scan in.fa --annotation in.gff3", "in.gff3", "out.tsv"),
        ("scan in.fa --genes in.gff3", "in.gff3", "out.bed"),
        ("variants in.vcf --genome in.fa", "in.vcf", "out.tsv"),
        ("variants in.vcf --genome in.fa --annotation in.gff3", "in.gff3", "out.tsv"),
        ("variants in.tsv", "in.tsv", "out.tsv"),
        ("reconstruct in.fa", "in.fa", "out.tsv"),
        ("embed in.fa --window 200", "in.fa", "out.parquet"),
    ],
)
def test_a_pipe_is_read_as_the_file_is(folder, piped, words, pipe, output):
    threshold = ["--threshold", "0.2"] if words.startswith("scan") else []
    words = [*words.split(), *threshold]
    other = output.replace("out", "other")
    assert main([*words, "-o", output]) == 0
    through = [piped(CONTENT[pipe]) if word == pipe else word for word in words]
    assert main([*through, "-o", other]) == 0
    assert (folder / other).read_bytes() == (folder / output).read_bytes()
    assert len((folder / output).read_bytes().splitlines()) > 1


@pytest.mark.parametrize(
    "words", ["variants in.vcf --genome in.fa -o out.vcf", "browse in.fa a:1-500 -o out.html"]
)
def test_a_genome_that_is_a_pipe_is_asked_for_as_a_file(folder, piped, capsys, words):
    pipe = piped(FASTA)
    assert main([pipe if word == "in.fa" else word for word in words.split()]) == 2
    sentence = f"{pipe} is a pipe: write what comes from it to a file, and name that.\n"
    assert capsys.readouterr().err == sentence


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines_are_read_from_a_pipe_plain_or_packed(piped, pack):
    assert list(read_lines(piped(pack(b"one\ntwo\n")))) == [b"one", b"two"]


@pytest.mark.parametrize("words", ["scan in.fa", "scan in.fa --region a", "report in.fa"])
def test_a_full_device_is_named(folder, capsys, words):
    assert main([*words.split(), "-o", "/dev/full"]) == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert message == '"/dev/full" cannot be written: No space left on device.'


def test_a_full_device_behind_standard_output_is_one_sentence(folder):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "dnaviz", "scan", "in.fa"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    sentence = "Standard output cannot be written: No space left on device."
    assert done.stderr.splitlines()[-1] == sentence


@pytest.mark.parametrize(
    ("words", "closed", "sentence"),
    [
        ("scan -", "stdin", 'Standard input is closed: name a file in the place of "-".'),
        ("variants -", "stdin", 'Standard input is closed: name a file in the place of "-".'),
        (
            "variants - --genome in.fa",
            "stdin",
            'Standard input is closed: name a file in the place of "-".',
        ),
        ("scan in.fa", "stdout", "Standard output is closed: name a file to write, with -o."),
        (
            "scan in.fa --region a",
            "stdout",
            "Standard output is closed: name a file to write, with -o.",
        ),
    ],
)
def test_a_closed_stream_is_one_sentence(folder, capsys, monkeypatch, words, closed, sentence):
    monkeypatch.setattr(sys, closed, None)
    assert main(words.split()) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_a_closed_stream_that_is_not_needed_is_no_fault(folder, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["scan", "in.fa"]) == 0
    table = capsys.readouterr().out
    assert table.startswith("sequence\tposition")  # what is told of it is not among its lines
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["scan", "in.fa", "-o", "out.tsv"]) == 0
    assert Path("out.tsv").read_text() == table


def test_what_is_wrong_with_a_pipe_is_told_by_its_name(folder, piped, capsys):
    pipe = piped(">a\nACGT!\n")
    assert main(["scan", pipe, "--region", "a", "-o", "out.tsv"]) == 2
    assert capsys.readouterr().err.startswith(f"{pipe}, line 2, column 5")
