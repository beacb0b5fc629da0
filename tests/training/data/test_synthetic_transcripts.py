"""Made-up transcripts: bases and labels stay together whatever is strung, cut or turned round."""

import numpy as np
import pytest

from dnaviz.sequences.codes import COMPLEMENT, encode_bases
from dnaviz.training.data.records import Intron, Record
from dnaviz.training.data.synthetic_transcripts import (
    ACCEPTOR,
    DONOR,
    EXON,
    IGNORE,
    INTRON,
    IntronPool,
    draw_crops,
    label_body,
    label_sequence,
    labeled_record,
    reverse,
    site_index,
)

RNG = np.random.default_rng(0)


def make_intron(start: int, length: int, strand: str = "+") -> Intron:
    """An intron of C and T only but for its GT and AG, between exons of A only."""
    body = RNG.choice([1, 3], length).astype(np.uint8)
    body[:2], body[-2:] = (2, 3), (0, 2)
    exon = np.zeros(50, np.uint8)
    return Intron("chr8", strand, start, start + length - 1, exon, body, exon)


@pytest.fixture
def introns() -> list[Intron]:
    # Two genes of three introns with exons of 80 nt between, one on either strand.
    plus = [make_intron(1000 + k * 280, 200, "+") for k in range(3)]
    minus = [make_intron(9000 + k * 280, 200, "-") for k in range(3)]
    return plus + minus


def test_labels_sit_on_gt_and_ag(introns: list[Intron]) -> None:
    strand = IntronPool(introns).concatenate(np.random.default_rng(1))
    donors, acceptors = np.flatnonzero(strand.labels == DONOR), strand.labels == ACCEPTOR
    assert len(donors) == acceptors.sum() == 6
    assert (strand.codes[donors] == 2).all()
    assert (strand.codes[donors + 1] == 3).all()
    assert (strand.codes[acceptors] == 2).all()
    assert (strand.codes[np.flatnonzero(acceptors) - 1] == 0).all()


def test_neighbors_keep_their_order_and_exon_length(introns: list[Intron]) -> None:
    known = IntronPool(introns)
    # On the minus strand the transcript runs from high coordinates to low ones.
    assert known.next == {0: (1, 80), 1: (2, 80), 4: (3, 80), 5: (4, 80)}
    strand = known.concatenate(np.random.default_rng(2))
    gaps = (
        np.flatnonzero(strand.labels == DONOR)[1:] - np.flatnonzero(strand.labels == ACCEPTOR)[:-1]
    )
    assert (gaps - 1 == 80).sum() >= 4


@pytest.mark.parametrize("length", [20, 60, 100, 101, 350])
def test_exons_have_the_length_asked_for(introns: list[Intron], length: int) -> None:
    exon = IntronPool(introns).exon(introns[0], introns[1], length, np.random.default_rng(0))
    assert len(exon) == length


@pytest.mark.parametrize("strand", ["+", "-"])
def test_sites_of_overlapping_introns_are_labeled(strand: str) -> None:
    # The short intron's far site lies inside the long one.
    if strand == "+":
        long, short = make_intron(1000, 300, "+"), make_intron(1000, 200, "+")
    else:
        long, short = make_intron(1000, 300, "-"), make_intron(1100, 200, "-")
    labels = label_body(long, site_index([long, short]))
    assert np.flatnonzero(labels == DONOR).tolist() == [0]
    assert np.flatnonzero(labels == ACCEPTOR).tolist() == [199, 299]


def test_sites_in_a_truncated_intron() -> None:
    whole = make_intron(1, 3000)
    body = np.concatenate([whole.body[:500], np.full(5, 4, np.uint8), whole.body[-500:]])
    known = [whole._replace(body=body)] + [make_intron(a, 40) for a in (101, 1500, 2901)]
    labels = label_body(known[0], site_index(known))
    assert np.flatnonzero(labels == DONOR).tolist() == [0, 100, 2900 - 1995]
    assert np.flatnonzero(labels == ACCEPTOR).tolist() == [139, 2939 - 1995, 1004]


def test_reverse_has_no_sites_and_complements() -> None:
    strand = label_sequence(encode_bases("AACGT"), np.array([0, 1, 0, 0, 2], np.uint8))
    other = reverse(strand)
    assert other.codes.tolist() == encode_bases("ACGTT").tolist()
    assert len(other.sites) == 0
    assert (COMPLEMENT[other.codes[::-1]] == strand.codes).all()


def test_crops_keep_bases_and_labels_together(introns: list[Intron]) -> None:
    strand = IntronPool(introns * 5).concatenate(np.random.default_rng(3))
    codes, labels, inside = draw_crops(strand, 200, 100, 50, np.random.default_rng(4))
    assert codes.shape == (200, 200)
    assert labels.shape == (200, 100)
    middle = codes[:, 50:150]
    assert (labels[middle == 5] == IGNORE).all()
    assert np.isin(middle[labels == IGNORE], [4, 5]).all()  # beyond a fragment: nothing, or N
    known = inside != IGNORE
    assert not (known & (labels == IGNORE)).any()
    assert (middle[known & (inside == EXON)] % 4 == 0).all()  # exons are A, or hidden behind N
    assert (inside[labels == DONOR] == INTRON).all()
    kept = labels == DONOR
    assert kept.any()
    assert np.isin(middle[kept], [2, 4]).all()  # G, or hidden behind N


def test_a_share_of_crops_lies_around_decoys(introns: list[Intron]) -> None:
    strand = IntronPool(introns * 5).concatenate(np.random.default_rng(3))
    marked = strand._replace(codes=np.zeros_like(strand.codes))
    decoy = len(strand.codes) // 2
    marked.codes[decoy] = 1
    codes, _, _ = draw_crops(marked, 900, 50, 50, np.random.default_rng(4), 1.0, np.array([decoy]))
    without, _, _ = draw_crops(marked, 900, 50, 50, np.random.default_rng(4), 1.0)
    assert (codes == 1).any(1).sum() > (without == 1).any(1).sum() + 60


def test_genes_know_their_exons() -> None:
    record = Record("g", "chr8", np.zeros(40, np.uint8), np.array([10, 25]), np.array([14, 29]))
    inside = labeled_record(record).inside
    assert (inside[:14] == IGNORE).sum() == 10  # the first exon's start is not known
    assert np.flatnonzero(inside == EXON).tolist() == list(range(15, 25))
    assert np.flatnonzero(inside == INTRON).tolist() == [*range(10, 15), *range(25, 30)]
