"""Motifs of the attributions of windows: what is asked of them, and what is told of them."""

import re
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.foreign_models import KmerEncoder

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.atlas.motifs import Motifs, Pattern, _pattern, find_motifs
from dnaviz.attribution.seqlets import Match
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.io.meme import read_meme
from dnaviz.models import load_model
from dnaviz.report.motifs import as_meme, motifs_report, motifs_table

# Not imported here: so would every process that collects this file, for a second.
pytestmark = pytest.mark.skipif(find_spec("modiscolite") is None, reason="needs modisco-lite")


def seqlet(window, start, end, is_revcomp=False):
    return SimpleNamespace(example_idx=window, start=start, end=end, is_revcomp=is_revcomp)


def test_a_pattern_is_what_its_seqlets_hold_in_the_sense_of_the_windows():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (6, 40))
    codes[:, 18:24] = [1, 0, 2, 2, 3, 0]
    bases = np.eye(4, dtype=np.float32)[codes]
    contributions = np.zeros_like(bases)
    contributions[:, 19:23] = 2.0
    contributions[3, 19:23] = 1.0
    seqlets = [*(seqlet(i, 10, 30) for i in range(4)), seqlet(5, 2, 22, is_revcomp=True)]
    rows = np.array([50, 51, 52, 53, 54, 55])
    pattern = _pattern(SimpleNamespace(seqlets=seqlets), "for_1", bases, contributions, rows)
    # Two columns beyond those that contribute: 17 to 24 of 40, whose site is 20.
    assert pattern.heights.shape == (4, 8)
    assert pattern.consensus[2:6] == "AGGT"
    np.testing.assert_array_equal(pattern.starts, [-3] * 4)
    np.testing.assert_array_equal(pattern.windows, [50, 51, 52, 53])
    assert pattern.reversed == 1
    assert pattern.contribution == pytest.approx(4 * (3 * 2 + 1) / 4)
    np.testing.assert_allclose(pattern.frequencies.sum(axis=0), 1)
    np.testing.assert_allclose(pattern.frequencies[0, 2], 1, atol=1e-6)


@pytest.fixture
def motifs():
    rng = np.random.default_rng(0)
    patterns = [
        Pattern(
            name, rng.normal(size=(4, 7)), rng.dirichlet(np.ones(4), 7).T, np.arange(n),
            np.array([*[-3] * (n - 1), 8]), 2,
        )
        for name, n in (("for_1", 30), ("against_1", 21))
    ]  # fmt: skip
    return Motifs("donor", patterns, np.arange(60), 0.95, 0.7, 12)


def test_page_table_and_meme_file_tell_the_same(motifs, tmp_path):
    matches = [[Match("<b>U1</b>", 1e-5, 2e-5)], []]
    page = motifs_report(
        motifs, load_model(), selection="gene=<i>", matches=matches, source="x.meme", compared=2
    )
    assert "<b>U1" not in page
    assert "&lt;b&gt;U1" in page
    assert "<i>" not in page
    assert "://" not in re.sub(r'xmlns="[^"]*"', "", page)
    assert "2 motifs in 60 windows, drawn of 72" in page
    assert "x.meme has 2 motifs" in page
    assert "97% begin at −3" in page
    table = motifs_table(motifs, matches)
    assert list(table["seqlets"]) == [30, 21]
    assert list(table["share_of_windows"]) == [0.5, 0.35]
    assert list(table["commonest_start"]) == [-3, -3]
    assert table["name"][0] == "<b>U1</b>"
    assert table["name"][1] == ""
    for name, consensus in zip(table["motif"], table["consensus"], strict=True):
        assert f'id="{name}"' in page
        assert consensus in page
    from dnaviz.io.meme import meme_text

    (tmp_path / "x.meme").write_text(meme_text(as_meme(motifs)))
    read = read_meme(tmp_path / "x.meme")
    assert [motif.sites for motif in read] == [30, 21]
    np.testing.assert_allclose(read[0].frequencies, motifs.patterns[0].frequencies, atol=1e-6)


def test_too_few_windows_and_windows_without_the_site_are_told(synthetic_atlas, lively):
    with pytest.raises(InputError, match="has 99 windows with a base in the middle"):
        find_motifs(synthetic_atlas, np.arange(99), lively)
    with pytest.raises(InputError, match='donor" or "acceptor"'):
        find_motifs(synthetic_atlas, np.arange(120), lively, site="exon")
    with pytest.raises(InputError, match="has no splice-site scores"):
        find_motifs(synthetic_atlas, np.arange(120), KmerEncoder(), site="donor")
    bare = synthetic_atlas.adata.copy()
    bare.obsm["sequence"][:30, 100:] = 5  # nothing in the middle, or too short
    with pytest.raises(InputError, match="has 90 windows"):
        find_motifs(Atlas(bare), np.arange(120), lively)


def test_windows_of_which_none_has_the_site_are_told(synthetic_atlas, monkeypatch):
    def improbable(text, **_):
        n = len(text)
        return SimpleNamespace(
            bases=text, offsets=np.arange(n) - n // 2, values=np.zeros((4, n)), converged=True,
            probability=0.031,
        )  # fmt: skip

    monkeypatch.setattr("dnaviz.atlas.motifs.attribute", improbable)
    with pytest.raises(InputError, match=r"None of the 120 windows has an acceptor .* has 0.03\)"):
        find_motifs(synthetic_atlas, np.arange(120), load_model(), site="acceptor")


def test_the_command_refuses_what_it_cannot_use(synthetic_adata, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Atlas(synthetic_adata).write("a.h5ad")
    del synthetic_adata.obsm["sequence"]
    Atlas(synthetic_adata).write("bare.h5ad")
    (tmp_path / "bad.meme").write_text(">x\nACGT\n")
    for words, sentence in (
        (["a.h5ad", "--select", "label=donr"], "did you mean donor?"),
        (["a.h5ad", "--select", "label=donor"], "The selection has 30 windows"),
        (["a.h5ad", "--meme", "bad.meme"], "bad.meme is no MEME file"),
        (["a.h5ad", "--meme", "none.meme"], "none.meme"),
        (["bare.h5ad"], "bare.h5ad holds no sequences"),
        (["none.h5ad"], "none.h5ad"),
    ):
        assert main(["motifs", *words, "-o", "out.html"]) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert said.count("\n") == 1
    assert main(["motifs", "a.h5ad", "-o", "-"]) == 2
    assert not list(tmp_path.glob("out*"))


def test_what_is_missing_is_told_before_any_work(synthetic_adata, tmp_path, capsys, monkeypatch):
    import sys

    monkeypatch.chdir(tmp_path)
    Atlas(synthetic_adata).write("a.h5ad")
    monkeypatch.setitem(sys.modules, "modiscolite", None)
    assert main(["motifs", "a.h5ad", "-o", "out.html"]) == 1
    assert "This needs modisco-lite: run pip install '.[motifs]'" in capsys.readouterr().err


@pytest.mark.slow
def test_motifs_of_donors_are_donors(tmp_path, capsys):
    from dnaviz.genome.consensus import consensus
    from dnaviz.io.meme import Motif, meme_text

    rng = np.random.default_rng(0)
    known = [Motif(f"random {i}", rng.dirichlet(np.ones(4) / 4, 9).T) for i in range(30)]
    known.append(Motif("U1", consensus().frequencies["donor"]))
    (tmp_path / "known.meme").write_text(meme_text(known))
    out = tmp_path / "out.html"
    words = ["motifs", "shipped", "--select", "label=donor", "--windows", "300"]
    assert main([*words, "--meme", str(tmp_path / "known.meme"), "-o", str(out)]) == 0
    assert "motifs of donors in 300 windows" in capsys.readouterr().err
    names = (tmp_path / "out.tsv").read_text().splitlines()
    columns = names[0].split("\t")
    first = dict(zip(columns, names[1].split("\t"), strict=True))
    assert first["name"] == "U1"
    assert "GGT" in first["consensus"].upper()
    assert int(first["commonest_start"]) <= -1
    assert float(first["contribution"]) > 2
    atlas = load_atlas()
    lines = (tmp_path / "out.seqlets.tsv").read_text().splitlines()[1:]
    assert sum(line.split("\t")[1] == "for_1" for line in lines) == int(first["seqlets"])
    rows = atlas.rows([line.split("\t")[0] for line in lines])
    assert (atlas.obs["label"].iloc[rows] == "donor").all()
    assert len(read_meme(tmp_path / "out.meme")) == len(names) - 1
