"""Fragments for evaluation: cut where they should be, sites and decoys what they claim to be."""

import json

import numpy as np
import pytest
import torch

from dnaviz.genome.genes import Gene
from dnaviz.models import CONTEXT, LABELS
from dnaviz.sequences.codes import encode_bases
from dnaviz.training.data.annotated import ACCEPTOR, DONOR
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.labeled_sequence import LabeledSequence, fragments
from dnaviz.training.evaluation import fragment_evaluation
from dnaviz.training.fit.multitask import sequence_logits, window_logits

RNG = np.random.default_rng(0)


@pytest.fixture
def gene() -> Gene:
    bases = "".join(RNG.choice(list("ACGT"), 900))
    bases = f"{bases[:300]}GTAAGT{bases[306:600]}TTTCAG{bases[606:]}"
    sites = np.array([300]), np.array([605])
    return Gene("g1", "G1", "chr19", 1, 900, "+", bases, *sites)


def test_a_fragment_is_the_strand_with_nothing_around_it() -> None:
    codes = RNG.integers(0, 4, 700).astype(np.uint8)
    (window,) = fragment_evaluation.cut(codes, np.array([350]), 100, 20)
    kept = np.flatnonzero(window != PAD)
    assert kept.tolist() == list(range(CONTEXT - 20, CONTEXT + 80))
    assert (window[kept] == codes[330:430]).all()
    (edge,) = fragment_evaluation.cut(codes, np.array([5]), 100, 50)
    assert np.flatnonzero(edge != PAD)[0] == CONTEXT - 5


@pytest.mark.parametrize(("site", "label"), [("donor", DONOR), ("acceptor", ACCEPTOR)])
def test_decoys_have_the_motif_and_no_label(gene: Gene, site: str, label: int) -> None:
    strand = fragment_evaluation.labeled_gene(gene)
    result = fragment_evaluation.draw_candidates(strand, site, np.random.default_rng(1))
    first = result.positions - (site == "acceptor")
    assert (strand.codes[first] == fragment_evaluation.DINUCLEOTIDES[site][0]).all()
    assert (strand.codes[first + 1] == fragment_evaluation.DINUCLEOTIDES[site][1]).all()
    assert ((strand.labels[result.positions] == label) == result.truth).all()
    assert result.truth.sum() == 1
    assert len(result.truth) == 1 + fragment_evaluation.DECOYS


def test_scanning_fragments_equals_scanning_each_alone(lively) -> None:
    codes = encode_bases("".join(RNG.choice(list("ACGT"), 350)))
    parts = fragments(LabeledSequence(codes, np.zeros(350, np.uint8)), 100)
    logits = sequence_logits(lively.splice, parts.codes)[:, parts.codes != PAD]
    alone = [sequence_logits(lively.splice, codes[i : i + 100]) for i in (0, 100, 200)]
    np.testing.assert_allclose(logits, np.concatenate(alone, axis=1), atol=1e-4)


def test_a_gene_shorter_than_a_fragment_has_none(lively, gene: Gene) -> None:
    short = gene._replace(sequence=gene.sequence[200:350], donors=np.array([100]),
                          acceptors=np.array([140]))  # fmt: skip
    both = fragment_evaluation.fragment_scans(lively, [short, gene])
    assert {m.what.split(", ")[-1] for m in both} == {
        f"{length} nt" for length in fragment_evaluation.LENGTHS
    }
    alone = fragment_evaluation.fragment_scans(lively, [short])
    assert not any("400 nt" in m.what for m in alone)


def test_window_logits_equal_the_scan(lively) -> None:
    codes = RNG.integers(0, 4, 100).astype(np.uint8)
    scanned = sequence_logits(lively.splice, codes)
    windows = fragment_evaluation.cut(codes, np.arange(100), 400, 200)
    with torch.no_grad():
        np.testing.assert_allclose(window_logits(lively.splice, windows), scanned, atol=5e-4)


def test_figures_of_every_length_and_place(gene: Gene, lively) -> None:
    figures = fragment_evaluation.fragment_sites(lively, [gene], None)
    assert len(figures) == 2 * 2 * 3 * len(fragment_evaluation.LENGTHS)
    scans = fragment_evaluation.fragment_scans(lively, [gene])
    json.dumps(figures + scans)  # as the card holds them
    assert {f.what.split(", ")[-1] for f in scans} == {
        f"{n} nt" for n in fragment_evaluation.LENGTHS
    }
    assert LABELS == ("neither", "donor", "acceptor")
