"""Seqlets of an attribution, and the motifs that they are like."""

import numpy as np
import pytest

import dnaviz
from dnaviz.attribution.seqlets import match_motifs, seqlets
from dnaviz.errors import InputError
from dnaviz.genome.consensus import consensus
from dnaviz.io.meme import Motif
from dnaviz.sequences import one_hot


def donor_and_others(n=40):
    rng = np.random.default_rng(0)
    others = [Motif(f"random {i}", rng.dirichlet(np.ones(4) / 4, 9).T) for i in range(n)]
    return [*others, Motif("donor", consensus().frequencies["donor"])]


def test_a_threshold_that_is_none_is_refused():
    why = dnaviz.attribute("ACGTTGCAGGTAAGTA" * 8)
    with pytest.raises(InputError, match="between 0 and 1"):
        seqlets(why, threshold=0)


@pytest.mark.slow
def test_the_strongest_seqlet_of_a_donor_is_named_donor():
    exon = next(e for e in dnaviz.examples() if e.name == "LDLR exon 4")
    donor = exon.exons[0][1] + 1
    why = dnaviz.attribute(exon, position=donor)
    table = seqlets(why, donor_and_others())
    strongest = table.iloc[0]
    assert strongest["motif"] == "donor"
    assert strongest["first"] <= donor <= strongest["last"]
    assert strongest["start"] <= 0 <= strongest["end"]
    inside = (why.positions >= strongest["first"]) & (why.positions <= strongest["last"])
    assert "".join(np.array(list(why.bases))[inside]) == strongest["bases"]
    assert strongest["contribution"] == pytest.approx(why.contributions[inside].sum(), rel=1e-4)
    assert (table["contribution"].abs().diff().dropna() <= 0).all()
    taken = np.concatenate(
        [np.arange(a, b + 1) for a, b in zip(table["start"], table["end"], strict=True)]
    )
    assert len(taken) == len(set(taken))


@pytest.mark.slow
def test_motifs_are_matched_in_the_sense_of_the_sequence_alone():
    motifs = donor_and_others()
    sense, antisense = match_motifs([one_hot("CAGGTAAGT"), one_hot("ACTTACCTG")], motifs)
    assert sense[0].name == "donor"
    assert sense[0].e_value == pytest.approx(sense[0].p_value * len(motifs))
    assert all(match.name != "donor" for match in antisense)
    assert match_motifs([], motifs) == []


@pytest.mark.slow
def test_a_file_of_one_motif_names_nothing_unlike_it():
    (motif,) = donor_and_others(0)
    alike, unlike = match_motifs([one_hot("CAGGTAAGT"), one_hot("CCCTCTCCC")], [motif])
    assert [match.name for match in alike] == ["donor"]
    assert unlike == []
