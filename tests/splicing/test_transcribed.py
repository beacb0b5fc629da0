"""Which strand is transcribed, from a scan of both."""

from itertools import pairwise, product
from math import exp, log

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.genome.examples import examples
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.panels.splice_inspector.steps import first_site
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.splicing.annotate import (
    describe_other_strand,
    describe_strand,
    site_table,
    strand_weights,
)
from dnaviz.splicing.delta_events import sense_strand
from dnaviz.splicing.scan import Scan, scan
from dnaviz.splicing.transcribed import BLOCK, REACH, SHARE, SKEW, stretches, transcribed

EVEN = "ACGT"
"""Bases that tell nothing."""

GENE = [(1, 0.9), (0, 0.95), (1, 0.95), (0, 0.97), (1, 0.9), (0, 0.9)]
"""Sites that follow each other: row and probability."""


def made_scan(length, sites=(), bases=""):
    """A scan with sites at (strand, row, position), on `EVEN` bases."""
    values = {s: np.full((2, length), 1e-4, np.float32) for s in "+-"}
    for strand, row, position, p in sites:
        values[strand][row, position - 1] = p
    text = bases or (EVEN * (length // 4 + 1))[:length]
    return Scan(Sequence(text), values, 0.5, []).at(0.5)


def gene(strand, first, step):
    return [(strand, row, first + i * step, p) for i, (row, p) in enumerate(GENE)]


def probability(odds):
    return 1 / (1 + exp(-odds))


def test_it_is_that_of_all_paths_of_strands():
    rng = np.random.default_rng(1)
    bases = "".join(rng.choice(list("ACGT"), 7 * BLOCK, p=[0.2, 0.2, 0.3, 0.3]))
    sites = [("+", 0, 150, 0.8), ("-", 1, 160, 0.3), ("-", 0, 420, 0.97), ("+", 1, 699, 0.6)]
    result = made_scan(len(bases), sites, bases).transcribed()["+"]
    blocks = [bases[i : i + BLOCK] for i in range(0, len(bases), BLOCK)]
    signs = {"+": 1, "-": -1}
    log_likelihood = np.zeros((2, len(blocks)))  # rows: the strand that is transcribed
    for k, block in enumerate(blocks):
        skew = SKEW * sum(1 if base in "GT" else -1 for base in block)
        log_likelihood[:, k] += skew, -skew
    for strand, _, position, p in sites:
        log_likelihood[int(signs[strand] < 0), (position - 1) // BLOCK] += SHARE * (-log(1 - p) - p)
    stays = exp(-BLOCK / REACH)
    total = np.zeros((2, len(blocks)))
    for path in product((0, 1), repeat=len(blocks)):
        weight = exp(sum(log_likelihood[s, k] for k, s in enumerate(path)))
        for a, b in pairwise(path):
            weight *= (1 + stays) / 2 if a == b else (1 - stays) / 2
        for k, s in enumerate(path):
            total[s, k] += weight
    expected = np.repeat(total[0] / total.sum(axis=0), BLOCK)
    assert result == pytest.approx(expected, abs=1e-5)


def test_both_strands_add_up_to_one_and_a_given_strand_is_certain():
    both = made_scan(900, gene("+", 100, 120))
    weights = both.transcribed()
    assert weights["+"] + weights["-"] == pytest.approx(np.ones(900))
    assert weights["+"].min() > 0.98
    for strand in "+-":
        alone = both.only(strand)
        assert alone.transcribed()[strand] == pytest.approx(np.ones(900))
        assert alone.weighted().sites == alone.joint().sites
    with pytest.raises(InputError, match='lack the strand "-", which was scanned'):
        both.weighted({"+": weights["+"]})
    best = both.joint().only("+").strongest()
    assert both.weighted().probability(best) == pytest.approx(best.probability, rel=0.02)


@pytest.mark.parametrize("bases", ["N" * 300, EVEN * 75])
def test_without_evidence_it_is_open(bases):
    nothing = made_scan(300, bases=bases)
    weights = nothing.transcribed()
    assert weights["+"] == pytest.approx(np.full(300, 0.5))
    assert describe_strand(weights) == "Which strand is transcribed is open: + 50 %, − 50 %."
    assert describe_other_strand(nothing, weights) == ""
    assert sense_strand(nothing) == "+"


def test_one_good_donor_of_a_short_paste_is_likely_not_certain():
    paste = made_scan(200, [("+", 0, 100, 0.97)])
    (site,) = paste.weighted().sites
    odds = SHARE * (-log(0.03) - 0.97)
    assert site.probability == pytest.approx(0.97 * probability(odds), abs=1e-3)
    assert 0.7 < site.probability < 0.9
    assert describe_strand(paste.transcribed()) == (
        "Which strand is transcribed is open: + 73 %, − 27 %."
    )
    exon = made_scan(200, [("+", 1, 20, 0.97), ("+", 0, 120, 0.97)])
    assert describe_strand(exon.transcribed()) == "The strand + looks transcribed (88 %)."


def test_where_the_strand_is_open_no_site_is_said_to_lie_on_the_other():
    paste = made_scan(200, [("+", 0, 100, 0.9), ("-", 1, 60, 0.8)])
    weights = paste.transcribed()
    assert describe_strand(weights).startswith("Which strand is transcribed is open")
    assert describe_other_strand(paste, weights) == ""


def test_only_sites_opposite_to_a_strand_that_looks_transcribed_are_counted():
    weights = {"+": np.r_[np.full(500, 0.9), np.full(500, 0.4)].astype(np.float32)}
    weights["-"] = 1 - weights["+"]
    sites = [("-", 0, 200, 0.9), ("-", 1, 300, 0.9), ("+", 0, 400, 0.9), ("+", 0, 800, 0.9)]
    assert describe_strand(weights) == "The strand + looks transcribed (65 %)."
    assert describe_other_strand(made_scan(1000, sites), weights) == (
        " 2 sites lie on the strand that does not: most sites like these are not used."
    )


def test_a_site_is_never_more_certain_than_the_surest():
    weights = made_scan(200, [("+", 0, 100, 1.0)]).transcribed()
    assert 0.9 < float(weights["+"][0]) < 0.95
    many = made_scan(200, [("+", row, at, 1.0) for row in (0, 1) for at in range(1, 201)])
    assert np.isfinite(many.transcribed()["+"]).all()


def test_more_g_and_t_speak_for_a_strand():
    skewed = made_scan(3000, bases="GTGTAC" * 500)
    assert sense_strand(skewed) == "+"
    assert skewed.transcribed()["+"].min() > 0.9
    assert sense_strand(made_scan(3000, bases=reverse_complement("GTGTAC" * 500))) == "-"


def test_genes_of_one_sequence_keep_their_own_strands():
    sites = [*gene("-", 2_000, 4_000), *gene("+", 60_000, 4_000)]  # head to head
    both = made_scan(90_000, sites)
    weights = both.transcribed()
    assert weights["-"][:22_000].min() > 0.85
    assert weights["+"][60_000:80_000].min() > 0.85
    assert sense_strand(both, position=10_000) == "-"
    assert sense_strand(both, position=70_000) == "+"
    minus, plus = stretches(weights["+"])
    assert (minus.first, minus.strand, plus.last, plus.strand) == (1, "-", 90_000, "+")
    assert 22_000 < minus.last < 60_000
    assert describe_strand(weights).startswith(
        f"The strand that looks transcribed is − from 1 to {minus.last:,} ("
    )
    assert len(both.weighted().at(0.4).sites) == len(both.sites)


def test_a_lone_site_inside_a_gene_does_not_change_its_strand():
    inside = made_scan(24_000, [*gene("+", 1_000, 4_000), ("-", 0, 11_000, 0.97)])
    weights = inside.transcribed()
    assert float(weights["+"][10_999]) > 0.9
    assert describe_other_strand(inside, weights) == (
        " 1 site lies on the strand that does not: most sites like these are not used."
    )
    assert first_site(inside, [], [])[1] == "+"
    table = site_table(inside)
    worst = table["weighted"].idxmin()
    assert table["strand"][worst] == "-"
    assert table["probability"].max() == table["probability"][worst] == np.float32(0.97)


def test_nothing_is_weighed_where_the_strand_is_known():
    inside = made_scan(24_000, [*gene("+", 1_000, 4_000), ("-", 0, 11_000, 0.97)])
    known = [TranscriptModel("t", "-", [(9_000, 10_999), (11_500, 11_800)], [(11_000, 11_499)])]
    assert first_site(inside, [], known) == (11_000, "-", "donor")
    assert first_site(inside.only("-"), [], []) == (11_000, "-", "donor")
    assert strand_weights(inside, known) is None
    assert strand_weights(inside.only("-"), []) is None
    assert "weighted" not in site_table(inside, known)
    one = inside.only("-")
    assert site_table(one)["weighted"].tolist() == [s.probability for s in one.joint().sites]
    assert describe_strand(one.transcribed()) == ""
    assert describe_other_strand(one, one.transcribed()) == ""


def test_the_first_exons_of_a_gene_open_with_a_site_of_its_strand():
    """LDLR: its first intron has a likelier donor and a likely exon on the other strand."""
    ldlr = next(example for example in examples() if example.name == "LDLR")
    start = ldlr.sequence.bases[:14_000].upper()
    found = scan(start)
    assert found.only("-").strongest().probability > 0.9
    position, strand, site = first_site(found, [], [])
    assert strand == "+"
    ends = {end for exon in ldlr.exons for end in (exon[0] - 1, exon[1] + 1)}
    assert position in ends
    turned = scan(reverse_complement(start))
    assert first_site(turned, [], []) == (len(start) + 1 - position, "-", site)


def test_the_other_way_round_it_is_the_other_strand(lively):
    rng = np.random.default_rng(4)
    bases = "".join(rng.choice(list("ACGT"), 1200))
    plus = transcribed(bases, scan(bases, lively).probabilities)["+"]
    turned = reverse_complement(bases)
    minus = transcribed(turned, scan(turned, lively).probabilities)["-"]
    assert plus == pytest.approx(minus[::-1], abs=1e-4)
