"""Nothing shipped or exported is ever half-written, whenever its writer ends."""

import ast
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.hostile_files import adata

import dnaviz
from dnaviz.atlas.anndata_files import write_anndata
from dnaviz.io.atomic import atomic_path, atomic_write
from dnaviz.models import checkpoint
from dnaviz.models.classifier import FrozenHead

PACKAGE = Path(dnaviz.__file__).parent

# What writes a file; `to_csv` without a path returns text.
WRITING = {"write_text", "write_bytes", "save_file", "write_h5ad", "write_zarr", "savefig",
           "to_csv", "to_parquet", "write_html", "write_image"}  # fmt: skip
ALLOWED = {
    ("atlas/anndata_files.py", "write_zarr"),  # into a folder beside, which is then renamed
    ("cli/attribute.py", "write_text"),  # into a folder of its own that is thrown away
    ("figures/logo.py", "savefig"),  # into memory
    ("io/resumable.py", "open"),  # the pieces so far have a name of their own
    ("sealed/web/library.py", "write_bytes"),  # when the sealed page is built, in memory
    ("serving/limits.py", "write_text"),  # what the kernel asks about this process
    ("training/fit/loop.py", "open"),  # the log of a run: lines are appended
}


def writers(path):
    """Names of the calls in a file that write one, outside of ``with atomic_...``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.With)
        and any("atomic_" in ast.unparse(item.context_expr) for item in block.items)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node in inside:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        words = [a.value for a in node.args if isinstance(a, ast.Constant)]
        words += [k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)]
        modes = [w for w in words if isinstance(w, str) and len(w) <= 3 and set(w) & set("wax")]
        if (name == "open" and modes) or (name in WRITING and (node.args or name != "to_csv")):
            yield name


def test_every_writer_is_atomic():
    result = {
        (str(path.relative_to(PACKAGE)), name)
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "io" / "atomic.py"
        for name in writers(path)
    }
    assert result <= ALLOWED


@pytest.mark.parametrize(
    "line",
    ["open(p, 'w')", "p.open('ab')", "p.write_text('x')", "t.to_csv(p)", "save_file(t, p)"],
)
def test_the_search_for_writers_finds_them(tmp_path, line):
    path = tmp_path / "writes.py"
    path.write_text(
        f"{line}\nwith atomic_path(p) as q:\n    q.write_text('x')\nt.to_csv(sep='x')\n"
    )
    assert len(list(writers(path))) == 1


KILLED = """
import os, signal, sys
from dnaviz.io.atomic import atomic_write
with atomic_write(sys.argv[1]) as file:
    file.write("half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("before", [None, "whole"])
def test_killed_writer_keeps_the_old_file(tmp_path, before):
    path = tmp_path / "out.tsv"
    if before is not None:
        path.write_text(before)
    process = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert process.returncode == -signal.SIGKILL
    assert (path.read_text() if path.exists() else None) == before


def test_failing_writer_keeps_the_old_file(tmp_path):
    path = tmp_path / "out.tsv"
    path.write_text("whole")
    with pytest.raises(ValueError), atomic_write(path) as file:
        file.write(f"half {int('x')}")
    assert [p.name for p in tmp_path.iterdir()] == ["out.tsv"]
    assert path.read_text() == "whole"


def test_planted_links_are_not_followed(tmp_path):
    """In a folder that others write to, a name that can be foretold may already be theirs."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for guess in (f".{os.getpid()}.out.tsv", ".out.tsv.part", "out.tsv.tmp", ".out.tsv"):
        (tmp_path / guess).symlink_to(victim)
    with atomic_path(tmp_path / "out.tsv") as temporary:
        assert not temporary.is_symlink()
        assert stat.S_ISREG(temporary.lstat().st_mode)
        temporary.write_text("new")
    assert victim.read_text() == "precious"


def test_permissions_are_those_of_any_file(tmp_path):
    plain, made = tmp_path / "plain", tmp_path / "made"
    plain.write_text("x")
    with atomic_write(made) as file:
        file.write("x")
    assert made.stat().st_mode == plain.stat().st_mode
    made.chmod(0o640)
    with atomic_write(made) as file:
        file.write("y")
    assert stat.S_IMODE(made.stat().st_mode) == 0o640


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", [".h5ad", ".zarr"])
def test_atlas_write_is_atomic(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_anndata(adata(), path)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    bad = adata()
    bad.uns["bad"] = object()
    with pytest.raises(Exception):  # noqa: B017 - whatever the library says
        write_anndata(bad, path)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == before


def test_checkpoint_write_is_atomic(tmp_path, monkeypatch):
    checkpoint.save_checkpoint(tmp_path, "head", FrozenHead(), {"run": 1})
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def half(path, weights):
        with path.open("wb") as file:
            file.write(weights[:100])
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(Path, "write_bytes", half)
        with pytest.raises(KeyboardInterrupt):
            checkpoint.save_checkpoint(tmp_path, "head", FrozenHead(), {"run": 2})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
