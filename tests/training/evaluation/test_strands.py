"""How often the strand of genes is told, and calibration when it is weighed."""

import numpy as np
import pytest

from dnaviz.genome.genes import Gene
from dnaviz.models.protocol import log_odds_to_probabilities as chances
from dnaviz.splicing.transcribed import SHARE, Evidence
from dnaviz.training.evaluation.strands import fit_strands, gene_evidence, measure_strands
from dnaviz.training.evaluation.whole_genes import HeldOut, joint_scores

LENGTH = 4_000


def gene(donors, acceptors):
    positions = [np.array(p, np.int64) for p in (donors, acceptors)]
    whole = Gene("g", "g", "chr1", 1, LENGTH, "+", "ACGT" * (LENGTH // 4), *positions)
    nothing = {site: np.array([], np.int64) for site in ("donor", "acceptor")}
    return HeldOut(whole, {"donor": [], "acceptor": []}, nothing)


def log_odds(genes, places):
    """Log-odds (2, n): 2 at places (row, position) of each gene, else far below."""
    scores = np.full((2, LENGTH * len(genes)), -20.0)
    for number, sites in enumerate(places):
        for row, position in sites:
            scores[row, number * LENGTH + position] = 2.0
    return scores


def test_weights_of_the_strand_are_those_of_the_whole_gene():
    sites = [(1, 1_000), (0, 1_150), (1, 2_000), (0, 2_150), (1, 3_000)]
    genes = [gene([1_150, 2_150], [1_000, 2_000, 3_000])] * 3
    sense = log_odds(genes, [sites, sites, []])
    # On the other strand, in its own sense: the third gene's strand is told wrong.
    other = log_odds(genes, [[(0, 500)], [], [(0, 500), (1, 400)]])
    figures = {m.what: m for m in measure_strands(sense, other, genes, "m", "s")}
    told = figures["transcribed strand told right, whole genes"]
    assert (told.value, told.n) == (pytest.approx(2 / 3), 3)
    p = 1 / (1 + np.exp(-2.0))
    one = SHARE * (-np.log(1 - p) - p)
    wrong = figures["expected calibration error where p >= 0.01, donor, other strand, weighted"]
    odds = [-4 * one, 2 * one]  # of the other strand, where nothing fades over so short a gene
    given = joint_scores(other, genes, antisense=True)[0, [500, 2 * LENGTH + 500]]
    expected = np.mean([g / (1 + np.exp(-x)) for g, x in zip(chances(given), odds, strict=True)])
    assert (wrong.value, wrong.n) == (pytest.approx(expected, abs=0.02), 2)
    kept = figures["expected calibration error where weighted p >= 0.01, donor, other strand"]
    assert (kept.value, kept.n) == (wrong.value, 2)
    left = figures["annotated, of what is given .5 or more, donor, other strand, weighted"]
    assert (left.value, left.n) == (0, 1)
    kept = figures["annotated, of what is given .5 or more, acceptor, own strand, weighted"]
    assert (kept.value, kept.n) == (1, 6)


def test_positions_that_weights_take_away_are_judged_apart():
    clear = [(k, at - 100 * k) for at in range(500, 2_500, 200) for k in (0, 1)]
    one = [gene([at for k, at in clear if k == 0], [at for k, at in clear if k == 1])]
    other = log_odds(one, [[(0, 2_501)]])
    figures = {m.what: m for m in measure_strands(log_odds(one, [clear]), other, one, "m", "s")}
    what = "expected calibration error where {} >= 0.01, donor, other strand{}"
    assert figures[what.format("p", ", weighted")].n == 1
    assert figures[what.format("weighted p", "")].n == 0


def test_calls_on_both_strands_are_truer_where_the_strand_is_weighed():
    clear = [(k, at - 100 * k) for at in range(500, 2_500, 200) for k in (0, 1)]
    one = [gene([at for k, at in clear if k == 0], [at for k, at in clear if k == 1])]
    other = log_odds(one, [[(0, at) for at in range(600, 2_600, 400)]])
    figures = {m.what: m for m in measure_strands(log_odds(one, [clear]), other, one, "m", "s")}
    what = "expected calibration error where p >= 0.01, donor, both strands"
    assert figures[what].n == 15
    assert figures[f"{what}, weighted"].value < figures[what].value


def test_evidence_is_for_the_genes_own_strand():
    genes = [gene([700], [])]
    (one,) = gene_evidence(
        log_odds(genes, [[(0, 700)]]), log_odds(genes, [[(0, LENGTH - 1 - 1_250)]]), genes
    )
    assert [k for k, value in enumerate(one.sites) if value] == [7, 12]
    assert one.sites[7] == pytest.approx(-one.sites[12])
    assert one.sites[7] > 0


@pytest.mark.slow
def test_the_fit_finds_how_much_composition_tells():
    rng = np.random.default_rng(0)
    likely, nothing = (
        [
            Evidence([0.0] * 500, (rng.normal(mean, 10, 500)).round().astype(int).tolist())
            for _ in range(20)
        ]
        for mean in (0.25, 0.0)
    )
    # Means m and -m of either strand, with one variance v, tell 2 m / v log-odds for each base.
    assert fit_strands(likely, draws=3).skew >= 0.0016
    assert fit_strands(nothing, draws=3).skew <= 0.0008


def test_the_fit_finds_how_much_sites_tell():
    """Evidence of 2 each in one gene of nine against it: log-odds of 1 for each are too many."""
    genes = [Evidence([2.0 * (-1 if k % 9 == 0 else 1)] * 30, [0] * 30) for k in range(36)]
    assert fit_strands(genes, draws=3).share == 0.3
