"""Figures of a reconstruction and of a selection's composition."""

import numpy as np
import pytest

from dnaviz.atlas.selection import EnrichedBase, Kmer
from dnaviz.figures.composition import aligned_logo, describe_enrichment
from dnaviz.figures.reconstruction import (
    accuracy_figure,
    entropy,
    mismatches,
    reconstruction_figure,
)


def test_entropy_of_certain_and_uniform_bases():
    result = entropy(np.array([[1, 0.25, 0.5], [0, 0.25, 0.5], [0, 0.25, 0], [0, 0.25, 0]]))
    np.testing.assert_allclose(result, [0, 2, 1], atol=1e-6)


def test_mismatches_leave_ambiguous_bases_out():
    assert mismatches("ACGTN", "ATGTA").tolist() == [1]


def test_the_heatmap_is_the_probabilities():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(4), 30).T
    bases = "ACGTACGTACGTACGTACGTACGTACGTAC"
    written = "".join("ACGT"[i] for i in probabilities.argmax(axis=0))
    figure = reconstruction_figure(bases, written, probabilities, first=101)
    heat = next(trace for trace in figure.data if trace.type == "heatmap")
    assert list(heat.y) == list("TGCA")
    np.testing.assert_allclose(heat.z[3], probabilities[0], atol=1e-3)
    assert (heat.x[0], heat.x[-1]) == (101, 130)
    crosses = next(trace for trace in figure.data if trace.name == "mismatch")
    assert [x - 101 for x in crosses.x] == mismatches(bases, written).tolist()


def test_accuracy_along_a_long_sequence_is_binned():
    bases = "A" * 2000
    written = "A" * 1000 + "C" * 1000
    bars = accuracy_figure(bases, written).data[0]
    assert len(bars.x) == 200
    assert list(bars.y[:100]) == [1] * 100
    assert list(bars.y[100:]) == [0] * 100
    accuracy_figure("N" * 500, "A" * 500)  # nothing known, nothing to divide by


def test_a_logo_is_aligned_on_the_site_and_titles_are_text():
    heights = np.zeros((4, 81))
    heights[2, 40] = 2
    svg = aligned_logo(heights, -40, top=2, title="<b>5 windows</b>")
    assert "<b>" not in svg
    assert ">site</text>" in svg
    assert ">+40</text>" in svg
    assert svg.count("<use ") == 1


@pytest.mark.parametrize("heights", [np.zeros((4, 11)), -np.ones((4, 11))])
def test_a_logo_of_nothing_and_of_negative_letters(heights):
    assert aligned_logo(heights, -5).endswith("</svg>")


def test_describe_enrichment_names_bases_and_kmers():
    words = describe_enrichment(
        [EnrichedBase(1, "T", 0.99, 0.26, 1.5)], [Kmer("TATAG", 0.5, 0.1, 5, 9)]
    )
    assert words[0] == (
        "Bases that differ most from the rest, by their distance from the site: "
        "T at +1 (99% against 26%)."
    )
    assert "TATAG (in 50% of the windows against 10%)" in words[1]
