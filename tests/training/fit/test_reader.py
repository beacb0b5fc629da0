"""The masked reader: what is hidden from it, what it is asked, and that it trains and loads."""

import json
from pathlib import Path

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models.autoencoder import Autoencoder
from dnaviz.models.checkpoint import save_checkpoint
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.records import Record, plain_introns
from dnaviz.training.fit.objectives import IGNORED
from dnaviz.training.fit.reader import PLACES, WINDOW, draw, hide
from dnaviz.training.networks.masked_reader import HIDDEN, load_reader, opinions, shipped_reader

RNG = np.random.default_rng(0)


def test_what_is_asked_is_hidden_and_nothing_else() -> None:
    windows = RNG.integers(0, 4, (6, WINDOW)).astype(np.uint8)
    windows[:, 200:230] = HIDDEN  # N in the data: nothing to ask
    windows[:, :90] = PAD
    seen, asked = hide(windows, RNG)
    truth = windows[:, PLACES]
    known = asked != IGNORED
    assert 0 < known.mean() < 0.5
    assert (asked[known] == truth[known]).all()
    assert (truth[known] < HIDDEN).all()
    assert (seen[:, PLACES][known] == HIDDEN).all()
    changed = np.zeros(windows.shape, bool)
    rows, slots, offsets = np.nonzero(known)
    changed[rows, PLACES[slots, offsets]] = True
    assert (seen[~changed] == windows[~changed]).all()


def test_windows_hold_records_whole_or_cut() -> None:
    long, short = np.zeros(2000, np.uint8), np.ones(70, np.uint8)
    windows = draw([[Record("l", "", long)], [Record("s", "", short)]], [0.5, 0.5], 40, RNG)
    counts = {tuple(np.bincount(row, minlength=6)) for row in windows}
    assert counts == {(WINDOW, 0, 0, 0, 0, 0), (0, 70, 0, 0, 0, WINDOW - 70)}


@pytest.mark.parametrize("length", [20, 61, 140])
def test_no_opinion_knows_the_base_it_is_about(length: int) -> None:
    reader, _ = shipped_reader()
    codes = RNG.integers(0, 4, (3, length)).astype(np.uint8)
    before = opinions(codes, reader, 8)
    codes[:, length // 2] = (codes[:, length // 2] + 1) % 4
    after = opinions(codes, reader, 8)
    assert before.shape == (3, 96, 16)
    assert np.array_equal(before[:, :, 8], after[:, :, 8])
    assert not np.allclose(before[:, :, 7], after[:, :, 7])


def test_train_and_load(tmp_path: Path, capsys) -> None:
    genome, introns = tmp_path / "genome.fa", tmp_path / "introns.tsv"
    genome.write_text(">chr8\n" + "".join(RNG.choice(list("ACGT"), 900)) + "\n")
    introns.write_text("gene\tup_exon50\tintron\tdown_exon50\nx\tACGTACGT\tGTAAGTACAG\tACGGAC\n")
    words = ["train", "reader", "--fasta", genome, "--other-introns", introns, "-o", tmp_path,
             "--threads", 1, "--steps", 2, "--batch", 2]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    _, config = load_reader(tmp_path)
    assert config["settings"] == {"steps": 2, "batch": 2, "seed": 0}
    assert sorted(config["data_sha256"]) == ["genome.fa", "introns.tsv"]
    assert str(tmp_path) not in json.dumps(config)
    start = Autoencoder()
    save_checkpoint(tmp_path / "start", "autoencoder", start, {})
    capsys.readouterr()
    assert main([*map(str, words), "--start", str(tmp_path / "start")]) == 2
    assert "holds a run with other settings" in capsys.readouterr().err
    assert main(["train", "reader", "-o", str(tmp_path / "other")]) == 2
    assert "Nothing to train on" in capsys.readouterr().err


def test_a_table_that_is_none_of_introns(tmp_path: Path) -> None:
    table = tmp_path / "introns.tsv"
    table.write_text("up_exon50\tintron\nAC\tGT\n")
    with pytest.raises(InputError, match="the table of introns has no column down_"):
        plain_introns(table)
    table.write_text("up_exon50\tintron\tdown_exon50\nAC\tGTAG\tCC\nAC\tGT\n")
    with pytest.raises(InputError, match="line 3: the row is shorter than the first"):
        plain_introns(table)
