"""Windows found by what people know of them, and a reason where there are none."""

import re

import numpy as np
import pytest

from dnaviz.atlas import load_atlas
from dnaviz.atlas.columns import varying_columns
from dnaviz.atlas.search import contains_motif, search
from dnaviz.errors import InputError


@pytest.fixture(scope="module")
def atlas():
    return load_atlas()


def overlapping(atlas, first, last):
    obs = atlas.obs
    return np.flatnonzero((obs["start"] <= last) & (obs["end"] >= first))


@pytest.mark.parametrize(
    "text",
    ["chr19:11,089,000-11,094,000", "19:11089000-11094000", "chr19 11089000 11094000",
     "CHR19:11,089,000–11,094,000:+"],
)  # fmt: skip
def test_coordinates_find_the_windows_that_overlap(atlas, text):
    rows, words = search(atlas, text)
    np.testing.assert_array_equal(rows, overlapping(atlas, 11_089_000, 11_094_000))
    assert len(rows)
    assert words.endswith(f"windows at {' '.join(text.split())}.")


def test_one_base_finds_the_windows_over_it(atlas):
    start, end = atlas.obs[["start", "end"]].iloc[1000]
    for position in (start, end):
        rows, _ = search(atlas, f"chr19:{position:,}")
        assert 1000 in rows
        np.testing.assert_array_equal(rows, overlapping(atlas, position, position))


@pytest.mark.parametrize("missing", [None, "unknown"])
def test_windows_without_a_place_lie_at_none(synthetic_atlas, missing):
    obs = synthetic_atlas.obs
    obs["chrom"] = np.where(np.arange(120) < 60, "chr1", "chr2")
    for column in ("start", "end"):
        places = obs[column].astype(object)
        places[60:], places.iloc[3] = missing, missing
        obs[column] = places if missing else places.astype("Int64")
    rows, _ = search(synthetic_atlas, "chr1:1-4,500")
    assert rows.tolist() == [0, 1, 2, 4]
    with pytest.raises(InputError, match="its windows of chr1 lie around sites between 1 and 59,"):
        search(synthetic_atlas, "chr1:900000")
    with pytest.raises(InputError, match="its windows of chr2 have no start and end"):
        search(synthetic_atlas, "chr2:1-4,500")


def test_a_motif_is_found_where_its_codes_fit_known_bases():
    codes = np.random.default_rng(0).choice(6, (300, 40), p=[0.3, 0.3, 0.1, 0.1, 0.1, 0.1])
    texts = ["".join("ACGT?."[code] for code in row) for row in codes]
    for motif, pattern in (("AAAC", "AAAC"), ("ANRM", "A[ACGT][AG][AC]"), ("WACS", "[AT]AC[CG]")):
        expected = [bool(re.search(pattern, text)) for text in texts]
        assert 20 < sum(expected) < 280
        assert contains_motif(codes.astype(np.uint8), motif).tolist() == expected
    assert not contains_motif(codes[:, :3].astype(np.uint8), "AAAC").any()


def test_ids_stay_ids(atlas):
    name = atlas.obs.index[7]
    assert search(atlas, name)[0].tolist() == [7]


def test_an_id_is_not_those_that_contain_it(synthetic_atlas):
    synthetic_atlas.obs.index = [f"s{i}" for i in range(120)]
    rows, words = search(synthetic_atlas, "s1")
    assert rows.tolist() == [1]
    assert words == "1 window whose id is s1."
    assert len(search(synthetic_atlas, "S1")[0]) == 31


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("chr19:5-9", "windows of chr19 lie around sites between [0-9,]+ and [0-9,]+"),
        ("chr7:117,480,025-117,668,665", "its windows are of chr19"),
        ("LDRL", "similar names are .*LDLR"),
        ("BRCA1", "(similar names|windows of chr19)"),
        ("ACT", "a motif has at least 4 bases"),
        ("a tale of no gene", "it has .* genes and windows of chr19"),
    ],
)
def test_a_search_without_hits_says_why(atlas, text, why):
    with pytest.raises(InputError, match=why):
        search(atlas, text)


def test_columns_in_which_nothing_differs_are_told_from_others(atlas):
    obs = atlas.obs
    varying = varying_columns(obs)
    assert {"label", "gene", "gc"} <= set(varying)
    assert [name for name in obs if name not in varying] == ["chrom", "split", "length"]
    assert varying_columns(obs[["chrom", "split"]]) == ["chrom", "split"]
