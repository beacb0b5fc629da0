"""What commands write: nothing under a name that promises something else, nothing that runs."""

import gzip
import inspect

import pytest

from dnaviz.cli import COMMANDS, command_module, main
from dnaviz.errors import InputError
from dnaviz.io.atomic import output_suffix

FASTA = ">a\n" + "ACGTTGCAGGTAAGTACCAG" * 10 + "\n"

# The words before -o of every command that writes a file, and what it can write.
WRITERS = {
    "scan": (
        ["scan", "in.fa"],
        (
            ".tsv", ".bed", ".bedgraph", ".vcf", ".tsv.gz", ".bed.gz", ".bedgraph.gz", ".vcf.gz",
            ".bw", ".parquet",
        ),
    ),
    "attribute": (
        ["attribute", "in.fa", "--position", "9"],
        (".tsv", ".svg", ".pdf", ".html", ".bw", ".bedgraph"),
    ),
    "compare-explanations": (
        ["compare-explanations", "in.fa", "--position", "9", "--model", "shipped"],
        (".html", ".svg", ".tsv"),
    ),
    "motifs": (["motifs", "in.h5ad"], (".html",)),
    "report": (["report", "in.fa"], (".html", ".htm")),
    "browse": (["browse", "in.fa", "a:1-100"], (".html",)),
    "variants": (["variants", "in.tsv"], (".tsv",)),
    "reconstruct": (["reconstruct", "in.fa"], (".tsv",)),
    "embed": (["embed", "in.fa"], (".h5ad", ".zarr", ".parquet")),
    "atlas build": (["atlas", "build", "in.fa"], (".h5ad", ".zarr")),
    "dataset build": (["dataset", "build", "--introns", "in.tsv"], (".tsv", ".tsv.gz")),
    "dataset consensus": (["dataset", "consensus", "--introns", "in.tsv"], (".json",)),
    "probe": (["probe", "--train", "in.fa"], (".json",)),
    "measure familiarity": (["measure", "familiarity", "--introns", "in.tsv"], (".json",)),
    "measure reconstruction": (["measure", "reconstruction", "--introns", "in.tsv"], (".json",)),
    "measure variants": (
        ["measure", "variants", "--fasta", "in.fa", "--annotation", "in.tsv"], (".json",)
    ),
    "measure inclusion": (["measure", "inclusion", "in.tsv"], (".json",)),
    "measure genes": (
        ["measure", "genes", "--fasta", "in.fa", "--annotation", "in.tsv"], (".json",)
    ),
    "measure published": (["measure", "published"], (".tsv",)),
    "measure walks": (["measure", "walks", "--introns", "in.tsv"], (".json",)),
    "measure latent": (["measure", "latent", ".", "--windows", "in.tsv"], (".json",)),
    "measure data-amount": (
        ["measure", "data-amount", ".", "--introns", "in.tsv"],
        (".json",),
    ),
    "measure rates": (["measure", "rates", ".", "--introns", "in.tsv"], (".json",)),
}  # fmt: skip
FOLDERS = {
    "dataset fetch", "dataset examples", "explanations",
    "train autoencoder", "train classifier", "train fine-tuned", "train familiarity",
    "train reader",
}  # fmt: skip
POSITIONAL = {"export"}  # its output is its argument; tests/sealed
OTHERS = ["x.bw", "x.parquet", "x.svg.gz", "x.tsv.bz2", "x.xlsx", "x.vcf.gz", "x", "tsv", ".json"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.fa").write_text(FASTA)
    (tmp_path / "in.tsv").write_text("id\tsequence\tposition\tref\talt\n")

    def work(*_, **__):
        raise AssertionError("work has begun")

    monkeypatch.setattr("dnaviz.models.load_model", work)
    return tmp_path


def commands():
    """Every command by its words, with the function that is called."""
    for name in COMMANDS:
        module = command_module(name)
        if app := getattr(module, "app", None):
            for info in app.registered_commands:
                yield f"{name} {info.name or info.callback.__name__}", info.callback
        else:
            yield name, module.command


def test_every_command_that_writes_is_tried_here():
    writers = {name for name, run in commands() if "output" in inspect.signature(run).parameters}
    assert writers == set(WRITERS) | FOLDERS | POSITIONAL


@pytest.mark.parametrize(
    ("name", "output"),
    [(n, o) for n, (_, suffixes) in WRITERS.items() for o in OTHERS if not o.endswith(suffixes)],
)
def test_a_suffix_that_is_not_written_is_refused_before_any_work(folder, capsys, name, output):
    words, suffixes = WRITERS[name]
    assert main([*words, "-o", output]) == 2
    message = capsys.readouterr().err
    assert message.startswith(f'The output "{output}" does not end in ')
    assert all(suffix in message for suffix in suffixes)
    assert message.count("\n") == 1
    assert {path.name for path in folder.iterdir()} == {"in.fa", "in.tsv"}


@pytest.mark.parametrize("name", ["scan", "attribute", "report", "reconstruct"])
def test_what_is_written_is_asked_for_in_any_case(folder, monkeypatch, name):
    monkeypatch.setenv("DNAVIZ_DEBUG", "1")  # what is no user's fault is raised
    # As where all optional packages are there.
    monkeypatch.setattr("dnaviz.splicing.binary_tracks.find_spec", lambda name: True)
    words, suffixes = WRITERS[name]
    for suffix in suffixes:
        if name == "attribute" and suffix in (".bw", ".bedgraph"):
            words = ["attribute", "in.fa", "--region", "a:1-100"]
        with pytest.raises(AssertionError, match="work has begun"):
            main([*words, "-o", f"x{suffix.upper()}"])


def test_a_device_is_written_to_whatever_its_name():
    assert output_suffix("/dev/null", (".tsv", ".bed")) == ".tsv"
    assert output_suffix("a.b.tsv.gz", (".tsv", ".tsv.gz")) == ".tsv.gz"
    with pytest.raises(InputError):
        output_suffix("a.gz", (".tsv", ".tsv.gz"))


def test_an_output_is_never_one_of_the_inputs(folder, capsys):
    (folder / "about.tsv").write_text("id\n")
    words = ["dataset", "build", "--introns", "in.tsv", "-o", "in.tsv"]
    assert main(words) == 2
    assert "is the input" in capsys.readouterr().err


NAMES = ["=1+1", "+cmd", "-cmd|x", "@SUM(A1)", '=HYPERLINK("x")', "＝1"]


@pytest.mark.parametrize("command", ["scan", "reconstruct"])
def test_no_name_in_a_table_is_a_formula(tmp_path, monkeypatch, lively, command):
    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: lively)
    path, out = tmp_path / "in.fa", tmp_path / "out.tsv"
    path.write_text("".join(FASTA.replace("a", name, 1) for name in NAMES))
    options = ["--threshold", "0"] if command == "scan" else []
    assert main([command, str(path), "-o", str(out), *options]) == 0
    first = {line.split("\t")[0] for line in out.read_text().splitlines()[1:]}
    assert first == {f"'{name.split()[0]}" for name in NAMES}


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN", "Infinity", "1e999"])
@pytest.mark.parametrize(
    "words",
    [
        ["scan", "in.fa", "--threshold"],
        ["report", "in.fa", "-o", "x.html", "--threshold"],
        ["atlas", "build", "in.fa", "-o", "x.h5ad", "--min-dist"],
        ["dataset", "build", "--introns", "in.tsv", "-o", "x.tsv", "--decoys-per-site"],
        ["serve", "--idle-timeout"],
        ["serve", "--action-seconds"],
        ["train", "classifier", "--introns", "in.tsv", "-o", "x", "--peak"],
        ["probe", "--train", "in.fa", "--label-fractions"],
        ["scan", "in.fa", "--strand", "+", "--threshold"],
    ],
)
def test_numbers_without_end_are_refused(folder, capsys, words, value):
    option = f"{words[-1]}={value}"
    assert main([*words[:-1], option]) == 2
    message = capsys.readouterr().err
    assert words[-1] in message or "threshold" in message
    assert message.count("\n") == 1
    assert {path.name for path in folder.iterdir()} == {"in.fa", "in.tsv"}


CUT = gzip.compress((FASTA * 200).encode())[:-40]


@pytest.mark.parametrize(
    "words",
    [
        ["scan", "cut.gz"],
        ["attribute", "cut.gz", "--position", "9"],
        ["report", "cut.gz", "-o", "x.html"],
        ["reconstruct", "cut.gz"],
        ["variants", "cut.gz"],
        ["atlas", "build", "cut.gz", "-o", "x.h5ad"],
        ["atlas", "build", "in.fa", "--metadata", "cut.gz", "-o", "x.h5ad"],
        ["atlas", "check", "cut.gz"],
        ["dataset", "build", "--introns", "cut.gz", "-o", "x.tsv"],
        ["dataset", "build", "--fasta", "cut.gz", "--annotation", "in.tsv", "-o", "x.tsv"],
        ["dataset", "build", "--fasta", "in.fa", "--annotation", "cut.gz", "-o", "x.tsv"],
        ["dataset", "consensus", "--introns", "cut.gz", "-o", "x.json"],
        ["probe", "--train", "cut.gz"],
        ["train", "autoencoder", "--introns", "cut.gz", "-o", "x"],
        ["train", "autoencoder", "--fasta", "cut.gz", "-o", "x"],
        ["measure", "familiarity", "--fasta", "cut.gz", "--other", "a=cut.gz"],
    ],
)
def test_a_gzip_file_that_is_cut_short_is_one_sentence(folder, capsys, monkeypatch, words):
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    (folder / "cut.gz").write_bytes(CUT)
    assert main(words) == 2
    message = capsys.readouterr().err.strip()
    assert "cut.gz" in message
    assert "\n" not in message
    assert "went wrong" not in message
