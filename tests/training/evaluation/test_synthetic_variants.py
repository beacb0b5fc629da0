"""The stand-in for measured variants: exons, motifs and outcomes are what they claim to be."""

from types import SimpleNamespace

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.genome.genes import Gene
from dnaviz.training.evaluation import synthetic_variants
from dnaviz.training.evaluation.synthetic_variants import (
    BEFORE,
    LENGTH,
    Exon,
    edits,
    exons,
    motif_codes,
    motif_shares,
)

RNG = np.random.default_rng(0)


def dna(n: int) -> str:
    """Random bases without AG or GT."""
    text = "".join(RNG.choice(list("ACT"), n))
    return text.replace("AG", "AC")


def gene(number: int, exon: int = 60) -> Gene:
    """Two introns around one exon; GTAAGT and TTTCAG at every site."""
    left = dna(150) + "GTAAGT" + dna(200) + "TTTCAG"
    bases = left + dna(exon) + "GTAAGT" + dna(200) + "TTTCAG" + dna(150)
    ends = np.array([len(left) - 1, len(bases) - 151])
    starts = np.array([150, len(left) + exon])
    return Gene(f"g{number}", f"G{number}", "chr19", 1, len(bases), "+", bases, starts, ends)


@pytest.fixture(scope="module")
def genes() -> list[Gene]:
    return [gene(n) for n in range(40)]


def test_exons_lie_in_the_middle_of_their_fragment(genes: list[Gene]) -> None:
    result = exons(genes)
    assert len(result) == len(genes)
    for exon, full in zip(result, genes, strict=True):
        assert len(exon.sequence) == LENGTH
        assert exon.sequence in full.sequence
        assert exon.sequence[exon.donor :].startswith("GTAAGT")
        assert exon.sequence[: exon.acceptor + 1].endswith("TTTCAG")
        assert exon.donor - exon.acceptor - 1 == 60
        assert abs(exon.acceptor + exon.donor - LENGTH) <= 2


def test_exons_of_other_sizes_or_with_more_sites_are_left_out() -> None:
    assert not exons([gene(0, exon=20), gene(1, exon=101)])
    plain = gene(2)
    assert len(exons([plain])) == 1
    middle = plain.acceptors[0] - 30  # another site within the fragment
    assert not exons([plain._replace(acceptors=np.sort([*plain.acceptors, middle]))])


def test_motif_shares_equal_brute_force(genes: list[Gene]) -> None:
    for site in ("donor", "acceptor"):
        known = motif_shares(genes, site)
        seen: dict[str, list[bool]] = {}
        for one in genes:
            marks = set((one.donors if site == "donor" else one.acceptors).tolist())
            for start in range(len(one.sequence) - 8):
                word = one.sequence[start : start + 9]
                seen.setdefault(word, []).append(start + BEFORE[site] in marks)
        for word, hits in list(seen.items())[:300]:
            code = motif_codes(word)[0]
            assert known.places[code] == len(hits)
            assert known.hits[code] == sum(hits)
    assert motif_codes("ACGTNACGTACGTAC").tolist()[:5] == [-1] * 5


def test_what_breaks_a_site() -> None:
    exon = Exon("C" * 50 + "TTTCAG" + "C" * 60 + "GTAAGT" + "C" * 48, 55, 116)
    assert exon.sequence[113:122] == "CCCGTAAGT"
    size = 4**9
    places = np.full(size, 100.0)
    hits = {site: np.zeros(size) for site in BEFORE}
    old = motif_codes(exon.sequence[113:122])[0]
    hits["donor"][old] = 80
    hits["donor"][motif_codes("CCCGTGAGT")[0]] = 60  # as good
    hits["donor"][motif_codes("CCCGTCAGT")[0]] = 20  # in between
    acceptor = exon.sequence[49:58]
    hits["acceptor"][motif_codes(acceptor)[0]] = 2  # of which this is one: too few to tell
    known = {site: synthetic_variants.MotifRanks(places, hits[site]) for site in BEFORE}
    result = {
        (v.position, v.base): v.breaks for v in edits([exon], known, np.random.default_rng(0))
    }
    assert result[116, "A"] is True  # the G of GT
    assert result[118, "G"] is False
    assert (118, "C") not in result
    assert not {p for p, _ in result} & set(range(55 - 24, 55 + 4))
    broken = [p for (p, _), breaks in result.items() if breaks]
    assert set(broken) <= set(range(113, 122))
    harmless = [p for (p, _), breaks in result.items() if not breaks]
    assert min(harmless) < 20
    assert max(harmless) > 150


@pytest.mark.slow
def test_perfect_model_scores_one_and_random_model_half(
    genes: list[Gene], lively, monkeypatch
) -> None:
    monkeypatch.setattr(synthetic_variants, "EXPECTED", 0)  # few genes: an unseen motif is none
    figures = synthetic_variants.evaluate_synthetic_variants(lively, genes, None, most=2)
    assert {f.model for f in figures} == {"classifier", "classifier, exon risk"}
    for figure in figures:
        assert figure.low <= figure.value <= figure.high
        assert "2 exons" in figure.section

    truth: list[bool] = []
    make = synthetic_variants.edits

    def remember(*words):
        result = make(*words)
        truth[:] = [v.breaks for v in result]
        return result

    monkeypatch.setattr(synthetic_variants, "edits", remember)
    monkeypatch.setattr(
        synthetic_variants,
        "splice_effects",
        lambda edited, strand, model: [
            SimpleNamespace(delta_max=float(b), exon=lambda known, b=b: SimpleNamespace(risk=b))
            for b in truth
        ],
    )
    assert {
        f.value for f in synthetic_variants.evaluate_synthetic_variants(lively, genes, None, most=4)
    } == {1.0}


def test_genes_without_such_exons_get_a_sentence(lively) -> None:
    with pytest.raises(InputError, match="no exon of 30-100 nt"):
        synthetic_variants.evaluate_synthetic_variants(lively, [gene(0, exon=101)], None)


class Matches:
    """A baseline that counts the bases a motif shares with a consensus of its length."""

    def score(self, motifs: list[str], site: str) -> np.ndarray:
        consensus = {"donor": "CAGGTAAGT", "acceptor": "T" * 18 + "AGGTT"}[site]
        assert all(len(motif) == len(consensus) for motif in motifs)
        return np.array(
            [sum(a == b for a, b in zip(m, consensus, strict=True)) for m in motifs], float
        )


def test_the_baseline_sees_what_a_site_loses(genes: list[Gene]) -> None:
    exon = exons(genes)[0]
    other = "ACGT".replace(exon.sequence[0], "")[0]
    variants = [
        synthetic_variants.SyntheticVariant(0, exon.donor, "A", True),
        synthetic_variants.SyntheticVariant(0, exon.donor + 1, "C", True),
        synthetic_variants.SyntheticVariant(0, exon.acceptor, "C", True),
        synthetic_variants.SyntheticVariant(0, 0, other, False),
    ]
    lost = synthetic_variants.lost_scores([exon], variants, Matches())
    assert lost.tolist() == [1, 1, 1, 0]


def test_exons_with_unknown_bases_are_left_out(genes: list[Gene]) -> None:
    bases = genes[0].sequence
    place = genes[0].acceptors[0] + 20
    assert not exons([genes[0]._replace(sequence=bases[:place] + "N" + bases[place + 1 :])])
