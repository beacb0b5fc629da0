"""Upper case as exons, told from masked repeats by the borders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.genome.case_exons import CASE_NAME, case_transcript_model, known_structures
from dnaviz.genome.examples import examples
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.features import RecordTranscript
from dnaviz.splicing.edit_placement import annotated

LDLR = next(e for e in examples() if e.name == "LDLR")
SHORT = [e for e in examples() if len(e.sequence) < 12_000]
STRONG_DONOR, STRONG_ACCEPTOR = "gtaagtatcc", "cctttttctttttcttgcag"


def printed(example):
    """A gene as databases print it: exons in upper, introns in lower case."""
    bases = list(str(example.sequence).lower())
    for start, end in example.exons:
        bases[start - 1 : end] = str(example.sequence)[start - 1 : end]
    return "".join(bases)


@pytest.mark.parametrize("example", SHORT, ids=lambda e: e.name)
def test_a_printed_gene_has_its_exons_on_either_strand(example):
    text = printed(example)
    result = case_transcript_model(Sequence(text))
    assert (result.name, result.strand) == (CASE_NAME, "+")
    assert result.exons == example.exons
    length = len(text)
    inside = [(s, e) for s, e in example.introns if s >= 1 and e <= length]
    assert [i for i in result.introns if i[0] >= 1 and i[1] <= length] == inside
    turned = case_transcript_model(Sequence(reverse_complement(text)))
    assert turned.strand == "-"
    assert turned.exons == [(length + 1 - e, length + 1 - s) for s, e in reversed(example.exons)]
    sites = {(length + 1 - p, kind) for p, _, kind in turned.sites(length)}
    assert sites == {(p, kind) for p, _, kind in result.sites(length)}


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_coding_sequence_without_introns_leaves_exons_to_the_case(strand):
    text = "c" * 60 + printed(SHORT[0])
    resistance = RecordTranscript("AmpR", strand, ((10, 54),), (), (10, 54))
    alone = Sequence(text)
    beside, spliced = (
        Sequence(text, transcripts=(resistance._replace(introns=introns),))
        for introns in ((), ((20, 45),))
    )
    assert known_structures(beside)[1:] == known_structures(alone) != []
    assert [one.name for one in known_structures(spliced)] == ["AmpR"]
    assert [s.name for s in annotated(beside).structures] == [CASE_NAME, "AmpR"]


def test_the_flank_of_a_gene_is_no_intron():
    result = case_transcript_model(Sequence(printed(LDLR)))
    first, last = LDLR.exons[0][0], LDLR.exons[-1][1]
    positions = [p for p, _, _ in result.sites(len(LDLR.sequence))]
    assert min(positions) > first
    assert max(positions) < last


def test_a_single_exon_between_its_introns():
    result = case_transcript_model(Sequence("ccag" + "ACGTTGCA" * 4 + "gtcc"))
    assert result.sites(40) == [(4, "+", "acceptor"), (37, "+", "donor")]
    turned = case_transcript_model(Sequence("ggac" + "ACGTTGCA" * 4 + "ctgg"))
    assert turned.sites(40) == [(4, "-", "donor"), (37, "-", "acceptor")]


@pytest.mark.parametrize(
    "bases",
    [
        "ACGT" * 9,
        "acgt" * 9,
        "ACGT" * 5 + "acgt" * 5,  # one border that reads as nothing
        "ACGT" * 5 + "gtcc" * 5,  # GT, but nothing like a donor
        "ACGTACGTACGTaCGTACGTACGT",  # one base marked
        "acgtacgtacgtAcgtacgtacgt",
        "ACGT" * 5 + "gtccag" + "ACGT" * 5 + "ttccat" + "ACGT" * 5,  # one intron of two
        "ACGT" * 5 + "gtccag" + "ACGT" * 5 + "ctccac" + "ACGT" * 5,  # on two strands
        "ACGT" * 5 + "gcccag" + "ACGT" * 5,  # GC-AG alone
    ],
)
def test_case_that_is_no_annotation(bases):
    assert case_transcript_model(Sequence(bases)) is None


def test_rare_introns_count_beside_common_ones():
    common = "ACGT" * 5 + "gtccag"
    for rare in ("gcccag", "atccac"):
        result = case_transcript_model(Sequence(common + "ACGT" * 5 + rare + "ACGT" * 5))
        assert len(result.introns) == 2


@pytest.mark.parametrize("turn", [str, reverse_complement])
def test_one_border_counts_where_it_looks_like_a_site(turn):
    donor = Sequence(turn("ACGTTGCATCGTTCAG" + STRONG_DONOR))
    acceptor = Sequence(turn("atat" + STRONG_ACCEPTOR + "GTCGTTCAGACT"))
    assert [kind for _, _, kind in case_transcript_model(donor).sites(len(donor))] == ["donor"]
    assert [kind for _, _, kind in case_transcript_model(acceptor).sites(len(acceptor))] == [
        "acceptor"
    ]


@given(st.integers(0, 10_000))
def test_masked_repeats_are_hardly_ever_exons(seed):
    """Six masked stretches at random places of a gene."""
    rng = np.random.default_rng(seed)
    bases = str(LDLR.sequence)
    ends = np.sort(rng.choice(np.arange(100, 20_000), 12, replace=False))
    for start, end in ends.reshape(-1, 2):
        bases = bases[:start] + bases[start:end].lower() + bases[end:]
    assert case_transcript_model(Sequence(bases)) is None


def test_the_user_may_insist():
    masked = Sequence("ACGT" * 5 + "acgtac" + "ACGT" * 5)
    assert case_transcript_model(masked, insist=True).introns == [(21, 26)]
    assert case_transcript_model(Sequence("ACGT" * 9), insist=True) is None
    one_of_two = "ACGT" * 5 + "ctccac" + "ACGT" * 5 + "ttccat" + "ACGT" * 5
    assert case_transcript_model(Sequence(one_of_two), insist=True).strand == "-"
