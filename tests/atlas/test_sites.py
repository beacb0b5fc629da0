"""An exon with its flanks is placed by its sites."""

import numpy as np
import pytest

import dnaviz
from dnaviz.atlas.sites import MOST, site_windows, sites_told
from dnaviz.panels.common.sequence_input import fasta
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
    windows = site_windows(dnaviz.parse_sequences(f">mine\n{CASED}"), WINDOW, lively)
    assert [str(w) for w in windows] == [expected(FIRST - 1), expected(LAST + 1)]
    assert [w.name for w in windows] == [f"mine_acceptor_{FIRST - 1}", f"mine_donor_{LAST + 1}"]
    words = f"mine is placed by its sites: acceptor at {FIRST - 1}, donor at {LAST + 1}."
    assert sites_told(windows) == words


def test_of_many_sites_the_first_are_placed_and_the_number_of_all_is_told(lively):
    exon, intron = "ACGGTTCAAG" * 5, "gtaagtttcttctttcag" * 6
    record = dnaviz.parse_sequences(f">mine\n{intron}" + f"{exon}{intron}" * 13)
    windows = site_windows(record, WINDOW, lively)
    assert len(windows) == MOST == 20
    assert sites_told(windows).startswith("mine is placed by the first 20 of 26 sites: acceptor at")


def test_what_is_told_of_sites_outlasts_a_file(lively):
    records = [*dnaviz.parse_sequences(f">mine\n{CASED}"), Sequence(CASED, "a name of four words")]
    windows = [*site_windows(records, WINDOW, lively), Sequence("ACGT" * 50, "short", "site 1")]
    again = dnaviz.parse_sequences("".join(fasta(window) for window in windows))
    assert [w.name for w in again] == [w.name for w in windows]
    assert sites_told(again) == sites_told(windows)
    assert "a_name_of_four_words is placed by its sites" in sites_told(again)
    assert "short" not in sites_told(again)


def test_the_other_strand_is_read_in_its_own_sense(lively):
    record = dnaviz.parse_sequences(f">mine\n{reverse_complement(CASED)}")
    windows = site_windows(record, WINDOW, lively)
    assert {str(w) for w in windows} == {expected(FIRST - 1), expected(LAST + 1)}


def test_without_case_the_strongest_sites_are_found():
    model = dnaviz.load_model()
    gene = str(next(e for e in dnaviz.examples() if e.name == "HBB").sequence)
    windows = site_windows([Sequence(gene, "plain")], WINDOW, model)
    sites = dnaviz.scan(gene, model, strand="+").sites
    strongest = {
        kind: max((s for s in sites if s.site == kind), key=lambda s: s.probability).position
        for kind in ("donor", "acceptor")
    }
    assert {w.name for w in windows} == {f"plain_{k}_{p}" for k, p in strongest.items()}
    assert "plain is placed by its sites" in sites_told(windows)


@pytest.mark.parametrize("length", [20, 199, 200])
def test_a_window_stays_as_it_was_pasted(lively, length):
    record = Sequence(BASES[:length], "mine")
    assert site_windows([record], WINDOW, lively) == [record]


def test_a_long_sequence_without_a_site_stays_too(untrained):
    record = Sequence("".join(np.random.default_rng(0).choice(list("AC"), 400)), "mine")
    assert site_windows([record], WINDOW, dnaviz.load_model()) == [record]
