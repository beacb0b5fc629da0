"""An exon with its flanks is placed by its sites."""

import numpy as np
import pytest

import dnaviz
from dnaviz.atlas.sites import site_windows
from dnaviz.sequences import Sequence, reverse_complement

WINDOW = 200
EXON = next(e for e in dnaviz.examples() if e.name == "LDLR exon 4")
FIRST, LAST = EXON.exons[0]
BASES = str(EXON.sequence)
CASED = BASES[: FIRST - 1].lower() + BASES[FIRST - 1 : LAST].upper() + BASES[LAST:].lower()


def expected(position):
    at = position - 1 - WINDOW // 2
    inside = BASES[max(at, 0) : at + WINDOW]
    return ("N" * max(-at, 0) + inside).ljust(WINDOW, "N")


def test_the_ends_of_an_exon_in_upper_case_are_its_sites(lively):
    windows, words = site_windows(dnaviz.parse_sequences(f">mine\n{CASED}"), WINDOW, lively)
    assert [str(w) for w in windows] == [expected(FIRST - 1), expected(LAST + 1)]
    assert [w.name for w in windows] == [f"mine acceptor {FIRST - 1}", f"mine donor {LAST + 1}"]
    assert words == f"mine is placed by its sites: acceptor at {FIRST - 1}, donor at {LAST + 1}."


def test_the_other_strand_is_read_in_its_own_sense(lively):
    record = dnaviz.parse_sequences(f">mine\n{reverse_complement(CASED)}")
    windows, _ = site_windows(record, WINDOW, lively)
    assert {str(w) for w in windows} == {expected(FIRST - 1), expected(LAST + 1)}


def test_without_case_the_strongest_sites_are_found():
    model = dnaviz.load_model()
    gene = str(next(e for e in dnaviz.examples() if e.name == "HBB").sequence)
    windows, words = site_windows([Sequence(gene, "plain")], WINDOW, model)
    sites = dnaviz.scan(gene, model, strand="+").sites
    strongest = {
        kind: max((s for s in sites if s.site == kind), key=lambda s: s.probability).position
        for kind in ("donor", "acceptor")
    }
    assert {w.name for w in windows} == {f"plain {k} {p}" for k, p in strongest.items()}
    assert "plain is placed by its sites" in words


@pytest.mark.parametrize("length", [20, 199, 200])
def test_a_window_stays_as_it_was_pasted(lively, length):
    record = Sequence(BASES[:length], "mine")
    assert site_windows([record], WINDOW, lively) == ([record], "")


def test_a_long_sequence_without_a_site_stays_too(untrained):
    record = Sequence("".join(np.random.default_rng(0).choice(list("AC"), 400)), "mine")
    assert site_windows([record], WINDOW, dnaviz.load_model()) == ([record], "")
