"""The command line as a whole: help, errors, output files that appear whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

import dnaviz
from dnaviz.cli import COMMANDS, main
from dnaviz.errors import InputError
from dnaviz.io.atomic import atomic_path, atomic_write


def run(capsys, *arguments):
    """Exit code, what went to standard output, what went to standard error."""
    code = main([str(word) for word in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def scan_command(monkeypatch):
    """Replace what `dnaviz scan` does."""
    import dnaviz.cli.scan

    def replace(body):
        def command(source: str) -> None:
            return body(source)

        monkeypatch.setattr(dnaviz.cli.scan, "command", command)

    return replace


# --- help and version ------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_has_a_line_for_every_command(capsys, words):
    code, out, err = run(capsys, *words)
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for name, line in COMMANDS.items():
        assert f"{name} {line}" in lines


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_module_and_help(capsys, name):
    code, out, err = run(capsys, name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: dnaviz {name}")


def test_version(capsys):
    assert run(capsys, "--version") == (0, f"dnaviz {dnaviz.__version__}\n", "")


def test_python_m(tmp_path):
    command = [sys.executable, "-m", "dnaviz", "scan", tmp_path / "nowhere.fa"]
    process = subprocess.run(command, capture_output=True, text=True)
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == f'"{tmp_path / "nowhere.fa"}": No such file or directory.\n'


# --- errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["nonsense"], "nonsense"),
        (["--nonsense"], "--nonsense"),
        (["scan"], "dnaviz scan --help"),
        (["scan", "in.fa", "--nonsense"], "--nonsense"),
        (["scan", "in.fa", "--threshold", "high"], "--threshold"),
        (["scan", "in.fa", "-o"], "-o"),
    ],
)
def test_misuse_is_one_sentence(capsys, words, part):
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert part in err
    assert err.count("\n") == 1


def fail_with(error):
    def body(source):
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("The cheese is blue."), 2, "The cheese is blue.\n"),
        (ModuleNotFoundError(name="umap"), 1, "pip install umap-learn"),
        (
            ModuleNotFoundError(name="sklearn.metrics"),
            1,
            'scikit-learn: run pip install ".[train]" in the folder'.replace('"', "'"),
        ),
        (ModuleNotFoundError("No module named 'x'", name="x"), 1, "No module named 'x'"),
        (ValueError("one\ntwo"), 1, "Something went wrong (ValueError: one)"),
        (RuntimeError(), 1, "(RuntimeError)"),
        (FileExistsError(17, "File exists", "run"), 2, '"run": File exists.\n'),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (typer.Exit(3), 3, ""),
    ],
)
def test_errors_of_a_command(capsys, scan_command, error, code, message):
    scan_command(fail_with(error))
    result, out, err = run(capsys, "scan", "x")
    assert (result, out) == (code, "")
    assert message in err
    assert err.count("\n") == (code != 3)
    assert "Traceback" not in err


def test_debugging_shows_where_an_error_came_from(capsys, scan_command, monkeypatch):
    monkeypatch.setenv("DNAVIZ_DEBUG", "1")
    scan_command(fail_with(ValueError("inside")))
    with pytest.raises(ValueError, match="inside"):
        main(["scan", "x"])
    scan_command(fail_with(InputError("Wrong.")))
    assert run(capsys, "scan", "x") == (2, "", "Wrong.\n")


def test_closed_pipe_prints_no_error():
    code = (
        "import sys, dnaviz.cli, dnaviz.cli.scan\n"
        "def command(source: str) -> None:\n"
        "    for number in range(100_000): print('a line of output')\n"
        "dnaviz.cli.scan.command = command\n"
        "sys.exit(dnaviz.cli.main(['scan', 'x']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "a line of output\n"
        process.stdout.close()
        assert process.stderr.read() == ""


# --- output files ----------------------------------------------------------------------------


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "out.tsv"
    with atomic_write(path) as file:
        file.write("a\tµ\n")
        assert not path.exists()
    assert path.read_bytes() == b"a\t\xc2\xb5\n"
    with atomic_write(path, "wb") as file:
        file.write(b"\x00")
    assert path.read_bytes() == b"\x00"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "out.tsv"
    path.write_text("old")

    def write_half():
        with atomic_write(path) as file:
            file.write("new")
            file.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_other_writers_get_a_path_with_the_same_suffix(tmp_path):
    with atomic_path(tmp_path / "a.tar.gz") as path:
        assert path.suffixes == [".tar", ".gz"] or path.name.endswith(".a.tar.gz")
        path.write_text("x")
    assert (tmp_path / "a.tar.gz").read_text() == "x"


def test_links_and_devices_are_written_through(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with atomic_write(link) as file:
        file.write("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    with atomic_write("/dev/null") as file:
        file.write("gone")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", [".", "missing/out.tsv", "file/out.tsv", "x" * 300, "a\0b"])
def test_files_that_cannot_be_written(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught, atomic_write(tmp_path / name) as file:
        file.write("x")
    assert str(caught.value).endswith(".")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
