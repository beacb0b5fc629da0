from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.genome.consensus import consensus
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence
from dnaviz.splicing.annotate import (
    MAX_EXON,
    MIN_EXON,
    MIN_INTRON,
    KnownSite,
    KnownSites,
    describe_nearest_site,
    predicted_transcript_models,
    site_table,
)
from dnaviz.splicing.export import bed_lines, context_tsv, tsv_lines
from dnaviz.splicing.scan import COLUMNS, Scan

LENGTH = 400


def made_scan(sites, length=LENGTH, strands="+-", threshold=0.5):
    """A scan with the given sites, {(position, strand, kind): probability}, and nothing else."""
    bases = "".join(np.random.default_rng(0).choice(list("ACGT"), length))
    values = {s: np.zeros((2, length), np.float32) for s in strands}
    for (position, strand, kind), probability in sites.items():
        values[strand][("donor", "acceptor").index(kind), position - 1] = probability
    return Scan(Sequence(bases, "made"), values, threshold, []).at(threshold)


def chains(scan, strand):
    """Every chain that the rules allow, with its score."""
    length = len(scan.sequence)
    sites = [
        (s.position if strand == "+" else length + 1 - s.position, s.site, s.probability)
        for s in scan.sites
        if s.strand == strand
    ]
    for size in range(1, len(sites) + 1):
        for chosen in combinations(sorted(sites), size):
            fine = all(
                (a[1] == "donor" and b[1] == "acceptor" and b[0] - a[0] + 1 >= MIN_INTRON)
                or (a[1] == "acceptor" and b[1] == "donor" and b[0] - a[0] - 1 >= MIN_EXON)
                for a, b in pairwise(chosen)
            )
            if fine:
                floor = np.log(scan.threshold / (1 - scan.threshold))
                total = sum(np.log(p / (1 - p)) - floor for _, _, p in chosen)
                yield total, chosen


site = st.tuples(
    st.integers(1, LENGTH), st.sampled_from("+-"), st.sampled_from(("donor", "acceptor"))
)


@given(st.dictionaries(site, st.floats(0.55, 0.99), max_size=8))
def test_the_predicted_structure_is_the_best_chain(sites):
    scan = made_scan(sites)
    result = {
        strand: one for strand in "+-" for one in predicted_transcript_models(scan.only(strand))
    }
    for strand in "+-":
        possible = list(chains(scan.joint(), strand))
        best = max((total for total, _ in possible), default=0)
        pieces = result.get(strand, TranscriptModel("", strand, [], []))
        joined = {end for part in pieces.introns for end in part}
        joined |= {end for s, e in pieces.exons for end in (s - 1, e + 1)}
        scores = {
            tuple(sorted(p if strand == "+" else LENGTH + 1 - p for p, _, _ in chosen)): total
            for total, chosen in possible
        }
        if joined:
            assert scores[tuple(sorted(joined))] == pytest.approx(best, abs=1e-4)
        elif possible:
            assert best == pytest.approx(max(t for t, c in possible if len(c) == 1), abs=1e-4)


def test_exons_and_introns_of_a_strand():
    sites = {
        (100, "+", "donor"): 0.9,
        (200, "+", "acceptor"): 0.9,
        (300, "+", "donor"): 0.9,
        (350, "-", "donor"): 0.9,
        (250, "-", "acceptor"): 0.9,
        (150, "-", "donor"): 0.8,
    }
    forward, reverse = predicted_transcript_models(made_scan(sites))
    assert (forward.exons, forward.introns) == ([(201, 299)], [(100, 200)])
    assert (reverse.exons, reverse.introns) == ([(151, 249)], [(250, 350)])


def test_no_exon_is_predicted_against_the_strand_that_looks_transcribed():
    sites = {
        (at, "+", kind): 0.99
        for at, kind in zip(range(100, 3_700, 300), ("donor", "acceptor") * 6, strict=True)
    }
    against = {(1_350, "-", "donor"): 0.8, (1_250, "-", "acceptor"): 0.8}
    scan = made_scan(sites | against, 4_000)
    (forward,) = predicted_transcript_models(scan)
    assert (forward.strand, len(forward.exons)) == ("+", 5)
    annotated = [TranscriptModel("known", "-", [(1, 1_000), (1_400, 3_000)], [(1_001, 1_399)])]
    assert [one.strand for one in predicted_transcript_models(scan, annotated)] == ["+", "-"]
    assert [one.strand for one in predicted_transcript_models(scan.only("-"))] == ["-"]


def test_overlong_exons_are_not_predicted():
    far = MAX_EXON + 200
    sites = {(100, "+", "acceptor"): 0.9, (far, "+", "donor"): 0.9}
    assert predicted_transcript_models(made_scan(sites, far + 10)) == []
    near = {(100, "+", "acceptor"): 0.9, (101 + MAX_EXON, "+", "donor"): 0.9}
    assert predicted_transcript_models(made_scan(near, far + 10))[0].exons == [
        (101, 100 + MAX_EXON)
    ]


@pytest.mark.parametrize(
    ("first", "second", "exons", "introns"),
    [
        ((100, "donor"), (149, "acceptor"), [], [(100, 149)]),
        ((100, "donor"), (148, "acceptor"), None, None),
        ((100, "acceptor"), (121, "donor"), [(101, 120)], []),
        ((100, "acceptor"), (120, "donor"), None, None),
    ],
)
def test_the_shortest_exon_and_intron(first, second, exons, introns):
    sites = {(position, "+", kind): 0.9 for position, kind in (first, second)}
    models = predicted_transcript_models(made_scan(sites))
    expected = [] if exons is None else [(exons, introns)]
    assert [(m.exons, m.introns) for m in models] == expected


def test_of_two_close_acceptors_the_more_probable_one_is_joined():
    sites = {(50, "+", "donor"): 0.9, (150, "+", "acceptor"): 0.6, (153, "+", "acceptor"): 0.9}
    assert predicted_transcript_models(made_scan(sites))[0].introns == [(50, 153)]


KNOWN = [
    TranscriptModel("GENE one", "+", [(1, 99), (201, 400)], [(100, 200)]),
    TranscriptModel("GENE two", "-", [(1, 99), (201, 400)], [(100, 200)]),
]


def test_the_nearest_known_site_is_of_the_kind_and_strand():
    scan = made_scan(
        {(103, "+", "donor"): 0.9, (100, "-", "acceptor"): 0.9, (195, "-", "donor"): 0.9}
    )
    known = KnownSites(KNOWN, LENGTH)
    assert [known.nearest(s) for s in scan.sites] == [
        (100, 0, "GENE two"),
        (100, 3, "GENE one"),
        (200, 5, "GENE two"),
    ]
    assert KnownSites(KNOWN[:1], LENGTH).nearest(scan.sites[0]) is None
    numbered = [describe_nearest_site(KnownSite(9, 0, name)) for name in ("LDLR 1", "LDLR NM_1")]
    assert numbered == ["known exon end (LDLR 1)", "known exon end (NM_1)"]


def test_site_table_adds_context_columns():
    scan = made_scan({(103, "+", "donor"): 0.9, (2, "-", "donor"): 0.9, (90, "-", "donor"): 0.7})
    table = site_table(scan, KNOWN[:1], GenomicInterval("chr7", 1001, 1400, "-"))
    assert list(table)[:6] == list(COLUMNS)
    expected = consensus().score(scan.sequence, "donor")[102]
    row = table[table["position"] == 103].iloc[0]
    assert row["consensus"] == pytest.approx(expected)
    assert (row["known_position"], row["known_distance"]) == (100, 3)
    assert (row["chrom"], row["genome_position"], row["genome_strand"]) == ("chr7", 1298, "-")
    edge = table[table["position"] == 2].iloc[0]
    assert np.isnan(edge["consensus"])
    assert edge.isna()["known_position"]
    assert len(site_table(made_scan({}), KNOWN)) == 0


def test_bed_is_in_the_record_or_in_the_genome():
    scan = made_scan({(103, "+", "donor"): 0.9, (5, "-", "acceptor"): 0.75})
    assert bed_lines(scan) == [
        "made\t4\t5\tacceptor\t750\t-\n",
        "made\t102\t103\tdonor\t900\t+\n",
    ]
    assert bed_lines(scan, GenomicInterval("chr7", 1001, 1400, "-")) == [
        "chr7\t1297\t1298\tdonor\t900\t-\n",
        "chr7\t1395\t1396\tacceptor\t750\t+\n",
    ]


def test_tsv_lines_are_those_of_the_table():
    scan = made_scan({(103, "+", "donor"): 0.9})
    assert tsv_lines(scan)[0].split("\t")[:4] == ["made", "103", "+", "donor"]
    plain = context_tsv(scan, [], None).splitlines()
    assert plain[0].split("\t") == [*COLUMNS, "consensus", "weighted"]
    full = context_tsv(scan, KNOWN, GenomicInterval("chr7", 1, 400, "+")).splitlines()
    assert full[0].split("\t")[-3:] == ["chrom", "genome_position", "genome_strand"]
    assert len(full) == 2
