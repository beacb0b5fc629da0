"""Known signals around a site."""

import numpy as np
import pytest

from dnaviz.attribution import signals

DONOR = "ATCGATCGCAGGTAAGTATCGATCG"  # GT at index 11
ACCEPTOR = (
    "GGGG" + "TACTAAC" + "GG" + "TTTTCTTTCCCTTTTC" + "GGCAG" + "GATTACA"
)  # the branch point's A at index 9, AG at 32-33


def found(bases, site, index):
    offsets = np.arange(len(bases)) - index
    return {s.name: s for s in signals(bases, offsets, site)}


def test_a_donor_has_its_pair_and_its_consensus():
    named = found(DONOR, "donor", 11)
    assert named["GT"][1:3] == (0, 1)
    assert named["MAG|GTRAGT"][1:3] == (-3, 5)
    assert "9 of 9 bases fit (CAG|GTAAGT)" in named["MAG|GTRAGT"].text


def test_an_acceptor_has_tract_branch_point_and_consensus():
    named = found(ACCEPTOR, "acceptor", 33)
    assert named["AG"][1:3] == (-1, 0)
    assert named["NCAG|G"][1:3] == (-3, 1)
    assert "4 of its 4" in named["NCAG|G"].text
    tract = named["polypyrimidine tract"]
    assert ACCEPTOR[33 + tract.first : 33 + tract.last + 1] == "TTTTCTTTCCCTTTTC"
    assert "100% of 16" in tract.text
    branch = named["branch point?"]
    assert ACCEPTOR[33 + branch.first : 33 + branch.last + 1] == "CTAAC"
    assert "24 nt upstream" in branch.text
    assert "5 of 5" in branch.text


@pytest.mark.parametrize(
    ("pair", "words"), [("GC", "one human intron in a hundred"), ("AT", "minor spliceosome")]
)
def test_rare_donors_are_named(pair, words):
    bases = DONOR[:11] + pair + DONOR[13:]
    assert words in found(bases, "donor", 11)[pair].text


def test_missing_dinucleotide_is_reported():
    bases = DONOR[:11] + "AA" + DONOR[13:]
    assert "has GT" in found(bases, "donor", 11)["AA"].text


def test_purines_make_no_tract_and_no_branch_point():
    named = found("GA" * 25 + "CAGG", "acceptor", 52)
    assert set(named) == {"AG", "NCAG|G"}


@pytest.mark.parametrize("site", ["donor", "acceptor"])
@pytest.mark.parametrize("index", [0, 24])
def test_sites_at_the_ends_have_signals_too(site, index):
    named = found(DONOR, site, index)
    assert named
    assert all(s.last >= s.first and s.text for s in named.values())


@pytest.mark.parametrize(("bases", "index"), [("ACGATCG", 6), ("ACGATCGNN", 7)])
def test_a_pair_that_is_not_known_is_not_told_to_be_lost(bases, index):
    (pair, *_) = found(bases, "donor", index).values()
    assert "not known" in pair.text
    assert "lost" not in pair.text
