"""Variants inside exons: what they do to measured words, and which are left out."""

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.genome.genes import Gene
from dnaviz.training import exonic
from dnaviz.training.disrupted import Exon, exons
from dnaviz.training.exonic import APART, ENHANCERS, SILENCERS, exonic_edits, outcome

RNG = np.random.default_rng(0)
LEFT = "CATCAT" * 25 + "GTAAGT" + "CTTCAT" * 30 + "TTTTCTTTCCAG"


def gene(number: int, inside: str) -> Gene:
    """An exon between two introns."""
    bases = LEFT + inside + "GTAAGT" + "CTTCAT" * 30 + "TTTTCTTTCCAG" + "CATCAT" * 25
    ends = np.array([len(LEFT) - 1, len(bases) - 151])
    starts = np.array([150, len(LEFT) + len(inside)])
    return Gene(f"g{number}", f"G{number}", "chr19", 1, len(bases), "+", bases, starts, ends)


def test_words_are_hexamers_of_which_none_helps_and_hinders() -> None:
    assert len(SILENCERS) == 103
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


def test_outcomes_by_brute_force() -> None:
    """Counting the words of the whole sequence says the same as counting those at the base."""
    words = {"worse": SILENCERS, "better": ENHANCERS}
    for _ in range(300):
        sequence = "".join(RNG.choice(list("ACGT"), 40))
        position, base = int(RNG.integers(0, 40)), str(RNG.choice(list("ACGT")))
        if base == sequence[position]:
            continue
        edited = sequence[:position] + base + sequence[position + 1 :]
        change = {
            name: sum(
                (text[k : k + 6] in known) * sign
                for text, sign in ((edited, 1), (sequence, -1))
                for k in range(35)
            )
            for name, known in words.items()
        }
        touched = any(sequence.count(w) != edited.count(w) for w in ("GT", "AG"))
        worse = change["worse"] > 0 or change["better"] < 0
        better = change["worse"] < 0 or change["better"] > 0
        expected = None if touched or (worse and better) else int(worse) - int(better)
        assert outcome(sequence, position, base) == expected


def test_edits_keep_away_from_the_sites() -> None:
    (exon,) = exons([gene(0, "CACACACACAGAAGATCACACACACACACACACACACA")])
    found = exonic_edits([exon])
    assert min(e.position for e in found) == exon.acceptor + 1 + APART
    assert max(e.position for e in found) == exon.donor - APART - 1
    assert {e.outcome for e in found} == {-1, 0, 1}
    assert all(exon.sequence[e.position] != e.base for e in found)


def test_figures_of_a_model_that_hears_the_words_and_of_one_that_does_not(
    lively, monkeypatch
) -> None:
    genes = [gene(n, "CACACACACAGAAGATCACACACACACACACACACACA") for n in range(3)]
    figures = exonic.exonic(lively, genes, most=2)
    assert len(figures) == 2
    for figure in figures:
        assert "2 exons" in figure.section
        assert 0 <= figure.low <= figure.value <= figure.high <= 1

    def heard(edited, model):
        return [outcome(str(s), v[0].position - 1, v[0].alt) for s, v in edited]

    monkeypatch.setattr(exonic, "splice_effects", heard)
    monkeypatch.setattr(exonic, "loss", float)
    assert [f.value for f in exonic.exonic(lively, genes, most=2)] == [1.0, 1.0]
    monkeypatch.setattr(exonic, "loss", lambda what: -float(what))
    assert [f.value for f in exonic.exonic(lively, genes, most=2)] == [0.0, 0.0]


def test_genes_without_such_exons_get_a_sentence(lively) -> None:
    with pytest.raises(InputError, match="measured words"):
        exonic.exonic(lively, [gene(0, "C" * 120)])


def test_an_exon_of_one_word_only() -> None:
    assert exonic_edits([Exon("C" * 170, 60, 68)]) == []
