"""Variants inside exons: what they do to listed hexamers, and which are left out."""

import numpy as np
import pytest

from dnaviz.genome.genes import Gene
from dnaviz.splicing.scan import scan
from dnaviz.splicing.variant_effect import splice_effect
from dnaviz.training.evaluation import exonic_motifs
from dnaviz.training.evaluation.exonic_motifs import (
    APART,
    ENHANCERS,
    SILENCERS,
    exonic_edits,
    outcome,
)
from dnaviz.training.evaluation.synthetic_variants import Exon, exons

RNG = np.random.default_rng(0)
LEFT = "CATCAT" * 25 + "GTAAGT" + "CTTCAT" * 30 + "TTTTCTTTCCAG"


def gene(number: int, inside: str) -> Gene:
    """An exon between two introns."""
    bases = LEFT + inside + "GTAAGT" + "CTTCAT" * 30 + "TTTTCTTTCCAG" + "CATCAT" * 25
    ends = np.array([len(LEFT) - 1, len(bases) - 151])
    starts = np.array([150, len(LEFT) + len(inside)])
    return Gene(f"g{number}", f"G{number}", "chr19", 1, len(bases), "+", bases, starts, ends)


def test_no_hexamer_is_an_enhancer_and_a_silencer() -> None:
    assert len(SILENCERS) == 89
    assert len(ENHANCERS) == 160
    assert not SILENCERS & ENHANCERS
    for word in SILENCERS | ENHANCERS:
        assert len(word) == 6
        assert set(word) <= set("ACGT")


def test_losing_an_enhancer_is_worse_and_making_one_is_better() -> None:
    inside = "CACACAC" + "GAAGAT" + "CACACAC"
    assert outcome(inside, 8, "C") == 1  # GAAGAT -> GCAGAT
    gone = inside[:9] + "C" + inside[10:]
    assert outcome(gone, 9, "A") is None  # makes an AG
    gone = inside[:8] + "C" + inside[9:]
    assert outcome(gone, 8, "A") == -1
    assert outcome(inside, 0, "A") == 0


def test_making_a_silencer_is_worse_and_losing_one_is_better() -> None:
    assert "TTTTGG" in SILENCERS
    assert outcome("CACACACTTTCGGCACACA", 10, "T") == 1
    assert outcome("CACACACTTTTGGCACACA", 10, "C") == -1


@pytest.mark.parametrize(
    ("sequence", "position", "base"),
    [("CACACAAGGCACACAC", 7, "A"), ("CACACAAAGCACACAC", 7, "G"), ("CACACGTTCACACACA", 6, "G"),
     ("CACACGGTCACACACA", 6, "T"), ("CACACGCTCACACACA", 6, "T"), ("AGCACACACACA", 0, "C")],
)  # fmt: skip
def test_a_gt_or_ag_that_is_made_or_lost_or_moved_is_no_exonic_matter(
    sequence: str, position: int, base: str
) -> None:
    assert outcome(sequence, position, base) is None


def places(text: str, words) -> list[int]:
    return [k for k in range(len(text)) if any(text.startswith(w, k) for w in words)]


def test_outcomes_by_brute_force() -> None:
    """Looking at the whole sequence says the same as looking at the hexamers of the base."""
    seen = set()
    pool = sorted(ENHANCERS | SILENCERS)
    for _ in range(500):
        sequence = "".join(RNG.choice(pool, 4)) + "".join(RNG.choice(list("ACGT"), 16))
        position, base = int(RNG.integers(0, 40)), str(RNG.choice(list("ACGT")))
        if base == sequence[position]:
            continue
        edited = sequence[:position] + base + sequence[position + 1 :]
        near = {k for k in range(36) if k <= position < k + 6}
        listed = near & {*places(sequence, pool), *places(edited, pool)}
        change = {
            name: len(places(edited, known)) - len(places(sequence, known))
            for name, known in (("silencers", SILENCERS), ("enhancers", ENHANCERS))
        }
        worse = change["silencers"] > 0 or change["enhancers"] < 0
        better = change["silencers"] < 0 or change["enhancers"] > 0
        expected = None
        if any(places(sequence, [w]) != places(edited, [w]) for w in ("GT", "AG")):
            pass
        elif not listed:
            expected = 0
        elif worse != better:
            expected = 1 if worse else -1
        assert outcome(sequence, position, base) == expected
        seen.add(expected)
    assert seen == {None, -1, 0, 1}


def test_edits_keep_away_from_the_sites() -> None:
    (exon,) = exons([gene(0, "CACACACACAGAAGATCACACACACACACACACACACA")])
    result = exonic_edits([exon])
    assert min(e.position for e in result) == exon.acceptor + 1 + APART
    assert max(e.position for e in result) == exon.donor - APART - 1
    assert {e.outcome for e in result} == {-1, 0, 1}
    assert all(exon.sequence[e.position] != e.base for e in result)


@pytest.mark.slow
def test_hexamer_model_scores_high_and_random_model_does_not(lively, monkeypatch) -> None:
    genes = [
        gene(n, f"CACACACACAGAAGATCACACACACACACAC{end}") for n, end in enumerate(("CACC", "AC"))
    ]
    figures = exonic_motifs.exonic_motifs(lively, genes, most=2)
    assert [f.model for f in figures] == ["classifier", "CG lost"] * 2
    for figure in figures:
        assert "2 exons" in figure.section
        assert 0 <= figure.low <= figure.high <= 1
        assert 0 <= figure.value <= 1

    def heard(edited, strand, model):
        return [outcome(inside(s), v[0].position - 1 - start(s), v[0].alt) for s, v in edited]

    def start(sequence) -> int:
        return str(sequence).index("TTTTCTTTCCAG") + 12

    def inside(sequence) -> str:
        return str(sequence)[start(sequence) :].partition("GTAAGT")[0]

    monkeypatch.setattr(exonic_motifs, "splice_effects", heard)
    for sign, value in ((1, 1.0), (-1, 0.0)):
        monkeypatch.setattr(exonic_motifs, "loss", lambda what, exon, sign=sign: sign * float(what))
        ours = [
            f for f in exonic_motifs.exonic_motifs(lively, genes, most=2) if f.model == "classifier"
        ]
        assert [f.value for f in ours] == [value, value]


def test_a_loss_is_that_of_the_exons_own_sites(lively) -> None:
    (exon,) = exons([gene(0, "CACACACACAGAAGATCACACACACACACACACACACA")])
    place = exon.donor + 1
    effect = splice_effect(exon.sequence, f"{place}G>A", model=lively)
    assert exon.sequence[exon.donor] == "G"
    result = exonic_motifs.loss(effect, exon)
    before, after = (
        scan(bases, lively, strand="+").probabilities["+"].astype(float)
        for bases in (exon.sequence, effect.alternate)
    )
    change = np.log(after / (1 - after)) - np.log(before / (1 - before))
    expected = -min(change[0, exon.donor], change[1, exon.acceptor])
    assert result == pytest.approx(expected, abs=1e-3)
    assert effect.positions[0, exon.donor] == place


def test_exons_without_such_variants_have_no_figures(lively) -> None:
    assert exonic_motifs.exonic_motifs(lively, [gene(0, "C" * 60)]) == []
    short = Exon("C" * 170, 60, 68)
    assert exonic_edits([short]) == []
