"""What unites a selection, and how windows are found, against counts by hand."""

from math import comb, lgamma

import numpy as np
import pandas as pd
import pytest

from dnaviz.atlas import selection
from dnaviz.atlas.search import search
from dnaviz.errors import InputError


@pytest.fixture
def codes():
    return np.random.default_rng(0).integers(0, 6, (200, 30)).astype(np.uint8)


def as_text(codes):
    return ["".join("ACGTN-"[c] for c in row) for row in codes]


def test_base_counts(codes):
    counts = selection.base_counts(codes)
    texts = as_text(codes)
    for column in (0, 13, 29):
        for row, base in enumerate("ACGT"):
            assert counts[row, column] == sum(text[column] == base for text in texts)


def test_information_of_a_fixed_a_free_and_an_empty_column():
    codes = np.array([[0, i % 4, 5] for i in range(4000)], np.uint8)
    heights = selection.information(selection.base_counts(codes))
    assert heights[0, 0] == pytest.approx(2, abs=0.01)
    assert heights[:, 1].sum() == pytest.approx(0, abs=0.01)
    assert heights[:, 2].tolist() == [0, 0, 0, 0]


def test_the_enriched_column_is_found_and_counted_from_the_site(codes):
    codes = codes % 4
    chosen = np.arange(60)
    codes[chosen, 17] = 2
    inside = selection.base_counts(codes[chosen])
    rest = selection.base_counts(codes[60:])
    first = selection.enriched_columns(inside, rest, site=15)[0]
    assert (first.position, first.base) == (2, "G")
    assert first.share == pytest.approx(1, abs=0.02)


def test_kmer_presence_is_that_of_the_text(codes):
    present = selection.kmer_presence(codes, 2)
    texts = as_text(codes)
    kmers = [a + b for a in "ACGT" for b in "ACGT"]
    for number, kmer in enumerate(kmers):
        assert present[:, number].tolist() == [kmer in text for text in texts]


def test_the_planted_kmer_is_found():
    codes = np.random.default_rng(1).integers(0, 4, (2000, 60)).astype(np.uint8)
    chosen = np.arange(0, 2000, 4)
    for row in chosen:
        at = row % 50
        codes[row, at : at + 5] = [3, 0, 3, 0, 2]  # TATAG
    result = selection.selection_kmers(codes, chosen)
    assert result[0].kmer == "TATAG"
    assert result[0].share == 1
    assert result[0].rest < 0.2


def test_no_kmer_is_enriched_in_a_random_part():
    random = np.random.default_rng(1)
    codes = random.integers(0, 4, (2000, 200)).astype(np.uint8)
    for size in (1, 2, 5, 8, 19, 60, 200) * 5:
        chosen = random.choice(len(codes), size, replace=False)
        assert selection.selection_kmers(codes, chosen) == []
    assert selection.selection_kmers(codes, np.arange(2000)) == []


def test_a_rare_word_is_told_of_five_windows_and_of_no_fewer():
    codes = np.random.default_rng(1).integers(0, 3, (2000, 60)).astype(np.uint8)
    codes[:5, 20:25] = [3, 0, 3, 0, 2]  # TATAG, which no other window has
    assert "TATAG" in [one.kmer for one in selection.selection_kmers(codes, np.arange(5))]
    assert selection.selection_kmers(codes, np.arange(4)) == []


@pytest.mark.parametrize(
    ("count", "holding", "size", "total"),
    [(5, 5, 5, 2000), (9, 300, 40, 2000), (40, 1990, 40, 2000), (60, 700, 100, 900)],
)
def test_chance_is_the_tail_of_the_hypergeometric_distribution(count, holding, size, total):
    ways = [
        comb(holding, held) * comb(total - holding, size - held)
        for held in range(count, min(holding, size) + 1)
    ]
    factorials = np.array([lgamma(n + 1) for n in range(total + 1)])
    chance = selection._chance(count, holding, size, factorials)
    assert chance == pytest.approx(sum(ways) / comb(total, size), rel=1e-6)


def test_label_table():
    values = pd.Series(["a", "b", "a", None, "b", "b"])
    table = selection.label_table(values, np.array([0, 1, 3]))
    assert table.loc["a"].tolist() == [1, pytest.approx(1 / 3), 1, pytest.approx(1 / 3)]
    assert table.loc[""].tolist() == [1, pytest.approx(1 / 3), 0, 0]
    assert table["selected"].sum() == 3
    assert table["rest"].sum() == 3


def test_many_numbers_are_counted_in_five_ranges():
    values = pd.Series(np.linspace(0, 1, 101), name="gc")
    table = selection.label_table(values, np.r_[0:4, 90:101])
    assert len(table) == 5
    assert table["selected"].tolist() == [4, 0, 0, 0, 11]  # from low to high
    assert table.index[0] == "0 to 0.2"
    assert table["rest"].sum() == 86


def test_search_by_gene_id_and_motif(synthetic_atlas):
    atlas = synthetic_atlas
    rows, words = search(atlas, " gene3 ")
    assert (atlas.obs["gene"].iloc[rows] == "GENE3").all()
    assert len(rows) == (atlas.obs["gene"] == "GENE3").sum()
    assert words == f"{len(rows)} windows of gene gene3."
    assert search(atlas, atlas.obs.index[4])[0].tolist() == [4]
    motif = atlas.sequences([9])[0][20:40]
    assert search(atlas, motif.lower().replace("t", "u"))[0].tolist() == [9]
    assert 9 in search(atlas, "N" * 3 + motif[3:])[0]


@pytest.mark.parametrize(
    "text", ["", "  ", "nothing here", "ACGT" * 60, "[A-", "GGGGGGGGGGGGGGGGGG"]
)
def test_search_that_finds_nothing_says_so(synthetic_atlas, text):
    with pytest.raises(InputError):
        search(synthetic_atlas, text)
