"""MaxEntScan: published check values, and scanning against scoring one by one."""

import os
from pathlib import Path

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.training.evaluation.maxentscan import MaxEntScan


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """Tables of random values in the real format."""
    folder, rng = tmp_path_factory.mktemp("tables"), np.random.default_rng(0)
    with (folder / "score5_matrix.txt").open("w") as file:
        for i in range(4**7):
            motif = "".join("ACGT"[i // 4**k % 4] for k in range(6, -1, -1))
            file.write(f"{motif}\t   {rng.random() + 0.01:.7e}\n")
    with (folder / "score3_matrix.txt").open("w") as file:
        for k, size in enumerate((7, 7, 7, 7, 7, 3, 4, 3, 4)):
            for i in range(4**size):
                file.write(f"{k}\t{i}\t{rng.random() + 0.01:.6e}\n")
    return MaxEntScan(folder)


@pytest.mark.parametrize(("site", "before", "length"), [("donor", 3, 9), ("acceptor", 19, 23)])
def test_scan_equals_scoring_each_position(made_up, site, before, length):
    rng = np.random.default_rng(1)
    bases = "".join(rng.choice(list("ACGT"), 120))
    bases = bases[:60] + "N" + bases[61:]
    scores = made_up.scan(bases, site)
    assert scores.shape == (120,)
    for p in range(120):
        motif = bases[p - before : p - before + length] if p >= before else ""
        if len(motif) < length or "N" in motif:
            assert scores[p] == -np.inf
        else:
            assert scores[p] == pytest.approx(made_up.score([motif], site)[0])


def test_positions_have_both_scores_and_no_infinite_one(made_up):
    (scores,) = made_up.score_positions(["ACGT" * 30])
    for row, site in zip(scores, ("donor", "acceptor"), strict=True):
        scanned = made_up.scan("ACGT" * 30, site)
        assert row.tolist() == np.where(np.isfinite(scanned), scanned, -1000).tolist()


def test_windows_are_scored_in_their_middle(made_up):
    rng = np.random.default_rng(2)
    windows = ["".join(rng.choice(list("ACGT"), n)) for n in (200, 60, 61)]
    for site in ("donor", "acceptor"):
        expected = [made_up.scan(w, site)[len(w) // 2] for w in windows]
        assert made_up.score(windows, site).tolist() == pytest.approx(expected)
    assert made_up.score(["ACGT"], "donor").tolist() == [-np.inf]


def test_missing_or_strange_tables(tmp_path, made_up):
    with pytest.raises(InputError, match=r"no score5_matrix\.txt"):
        MaxEntScan(tmp_path)
    (tmp_path / "score5_matrix.txt").write_text("AAAAAAA\t0.1\n")
    with pytest.raises(InputError, match="incomplete"):
        MaxEntScan(tmp_path)
    with pytest.raises(InputError, match="not 'branch'"):
        made_up.scan("ACGT", "branch")


@pytest.mark.data
def test_published_check_values():
    default = Path(__file__).parents[4] / "shared" / "data"
    folder = Path(os.environ.get("DNAVIZ_DATA", default)) / "maxentscan"
    if not folder.is_dir():
        pytest.skip("MaxEntScan's tables are not here")
    real = MaxEntScan(folder)
    assert real.score(["cagGTAAGT"], "donor")[0] == pytest.approx(10.86, abs=0.005)
    assert real.score(["ttccaaacgaacttttgtAGgga"], "acceptor")[0] == pytest.approx(2.89, abs=0.005)
