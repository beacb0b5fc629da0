"""The factors of sites in a row that fit genes best."""

import re

import numpy as np

from dnaviz.genome.genes import Gene
from dnaviz.splicing.joint import Factors
from dnaviz.training.evaluation.joint_fit import describe_pieces, fit_factors
from dnaviz.training.evaluation.whole_genes import HeldOut

EXON, LENGTH = 150, 2_000


def gene(*, coded: bool) -> tuple[HeldOut, np.ndarray]:
    """Four exons, of which two are annotated: those that can, or cannot, be read."""
    rng = np.random.default_rng(3)
    open_exon = "".join(rng.choice(["AAG", "GAT", "TTT", "ACT"], EXON // 3))
    closed = "TAACTAACTGAC" * 12 + "C" * 6
    scores = np.full((2, 4 * LENGTH), -20.0)
    bases, sites = "", []
    for number in range(4):
        bases += "C" * 900 + (open_exon if number % 2 else closed)
        bases += "C" * (LENGTH * (number + 1) - len(bases))
        acceptor = number * LENGTH + 899
        scores[1, acceptor] = scores[0, acceptor + EXON + 1] = 0.0
        if bool(number % 2) == coded:
            sites.append(acceptor)
    donors, acceptors = (np.array(sites) + EXON + 1, np.array(sites))
    nothing = {site: np.array([], np.int64) for site in ("donor", "acceptor")}
    made = Gene("g", "g", "chr2", 1, len(bases), "+", bases, donors, acceptors)
    return HeldOut(made, {"donor": [], "acceptor": []}, nothing), scores


def fitted(*, coded: bool) -> Factors:
    genes, scores = zip(*[gene(coded=coded)] * 2, strict=True)
    losses: list[float] = []
    fit = fit_factors(
        np.concatenate(scores, axis=1), list(genes), tried=lambda _, loss: losses.append(loss)
    )
    assert fit.given == losses[0]
    assert fit.loss == min(losses) < fit.given
    return fit.factors


def test_whether_other_sites_help_in_pieces_is_told_by_their_length() -> None:
    held, scores = gene(coded=True)
    scores[0, held.gene.donors + 300] = 0.2  # no sites, and a little likelier alone

    def score(sequences: list[str]) -> list[np.ndarray]:
        (piece,) = sequences
        start = held.gene.sequence.index(piece)
        return [scores[:, start : start + len(piece)]]

    sentences = list(describe_pieces("m", score, [held], seed=0))
    assert [one.partition(" nt, ")[0] for one in sentences] == [
        f"m, 4 pieces of {length}" for length in ("400", "400", "800", "800", "1,600", "1,600")
    ]
    alone, given = (
        re.search(r"acceptor (\S+) and (\S+), (\d+) of (\d+) predicted", one)
        for one in sentences[-2:]
    )
    assert float(alone[1]) <= 0.5 < float(given[1])
    assert alone[2] == given[2] == "1.000"
    assert int(alone[3]) < int(given[3]) == int(given[4])
    none = np.array([], np.int64)
    short = held.gene._replace(sequence="C" * 100, donors=none, acceptors=none)
    assert list(describe_pieces("m", score, [held._replace(gene=short)], seed=0)) == []


def test_how_much_reading_frames_tell_is_learned_from_genes() -> None:
    usual, readable, closed = Factors(), fitted(coded=True), fitted(coded=False)
    assert readable.open > usual.open > closed.open
    assert readable.stop < usual.stop < closed.stop
