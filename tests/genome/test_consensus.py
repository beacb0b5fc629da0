import math

import numpy as np
import pandas as pd
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome.consensus import MOTIF_EXTENT, consensus, read_consensus
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.training.data.consensus import build_consensus, write_consensus


def random_bases(length, seed=0):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def table(n=60):
    rng = np.random.default_rng(1)
    rows = []
    for i in range(n):
        up, down = random_bases(50, 3 * i), random_bases(50, 3 * i + 1)
        inner = random_bases(int(rng.integers(60, 120)), 3 * i + 2)
        rows.append((up[:-1] + "G", "GT" + inner + "AG", down, "train" if i % 3 else "test"))
    return pd.DataFrame(rows, columns=["up_exon50", "intron", "down_exon50", "split"])


@pytest.mark.parametrize("site", MOTIF_EXTENT)
def test_scores_are_sums_of_weights(site):
    result, bases = consensus(), random_bases(80, 4)
    scores, weights = result.score(bases, site), result.weights(site)
    before, after = MOTIF_EXTENT[site]
    for index in range(len(bases)):
        border = index if site == "donor" else index + 1
        motif = bases[max(border - before, 0) : border + after]
        if border < before or border + after > len(bases):
            assert math.isnan(scores[index])
            continue
        expected = sum(weights["ACGT".index(b), i] for i, b in enumerate(motif))
        assert scores[index] == pytest.approx(expected)


@pytest.mark.parametrize("site", MOTIF_EXTENT)
def test_one_place_on_either_strand(site):
    result, record = consensus(), Sequence(random_bases(60, 5))
    other = Sequence(reverse_complement(record))
    scores = result.score(record, site)
    for position in range(1, 61):
        forward = result.score_at(record, position, "+", site)
        assert forward == pytest.approx(scores[position - 1], nan_ok=True)
        mirrored = result.score_at(other, 61 - position, "-", site)
        assert mirrored == pytest.approx(forward, nan_ok=True)


def test_the_human_consensus_scores_high_and_what_is_unknown_scores_nothing():
    result = consensus()
    best = "".join("ACGT"[i] for i in result.weights("donor").argmax(0))
    assert best[3:5] == "GT"
    assert "".join("ACGT"[i] for i in result.weights("acceptor").argmax(0))[18:20] == "AG"
    gt, gc, other = (result.score(f"CAG{x}AAGT", "donor")[3] for x in ("GT", "GC", "CA"))
    assert gt > gc > other
    assert abs(result.score("N" * 9, "donor")[3]) < 3


def test_only_the_training_split_is_counted(tmp_path):
    introns = table()
    result = build_consensus(introns, "a test")
    motifs = [
        (up[-3:] + intron[:6])
        for up, intron, split in zip(
            introns["up_exon50"], introns["intron"], introns["split"], strict=True
        )
        if split == "train"
    ]
    assert result.counts["donor"] == len(set(motifs))
    third = sum(m[0] == "A" for m in motifs)
    assert result.frequencies["donor"][0, 0] == pytest.approx((third + 1) / (len(motifs) + 4))
    write_consensus(result, tmp_path / "c.json")
    again = read_consensus((tmp_path / "c.json").read_text())
    np.testing.assert_allclose(again.weights("acceptor"), result.weights("acceptor"), atol=1e-3)
    with pytest.raises(InputError, match="no intron"):
        build_consensus(introns.assign(split="test"), "a test")


def test_the_command_writes_it(tmp_path, capsys):
    introns = table().assign(
        intron_id=range(60), chrom=[f"chr{1 + i % 20}" for i in range(60)], strand="+",
        start1=1, end1=2, middle_truncated=0,
    )  # fmt: skip
    introns.to_csv(tmp_path / "introns.tsv", sep="\t", index=False)
    arguments = ["--introns", str(tmp_path / "introns.tsv"), "-o", str(tmp_path / "c.json")]
    assert main(["dataset", "consensus", *arguments]) == 0
    assert "donors" in capsys.readouterr().out
    assert read_consensus((tmp_path / "c.json").read_text()).source.startswith("introns.tsv")
