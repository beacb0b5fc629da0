"""Rows chosen by conditions in text."""

import numpy as np
import pytest

from dnaviz.atlas.conditions import select
from dnaviz.errors import InputError


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["label=donor"], lambda o: o["label"] == "donor"),
        (["label = GT decoy|AG decoy"], lambda o: o["label"].isin(["GT decoy", "AG decoy"])),
        (["label!=donor"], lambda o: o["label"] != "donor"),
        (["gc>0.5"], lambda o: o["gc"] > 0.5),
        (["gc>=0.2", "gc < 0.6", "gene=GENE3"],
         lambda o: o["gc"].between(0.2, 0.6, "left") & (o["gene"] == "GENE3")),
        (["start=1|2001"], lambda o: o["start"].isin([1, 2001])),
        (["start!=1"], lambda o: o["start"] != 1),
        (["gene2", "strand=+"], lambda o: (o["gene"] == "GENE2") & (o["strand"] == "+")),
        ([], lambda o: o["gc"] >= 0),
    ],
)  # fmt: skip
def test_rows_are_those_for_which_all_conditions_hold(synthetic_atlas, conditions, expected):
    rows = np.flatnonzero(expected(synthetic_atlas.obs))
    assert len(rows)
    np.testing.assert_array_equal(select(synthetic_atlas, conditions), rows)


def test_a_limit_is_the_number_that_the_column_has(synthetic_atlas):
    gc = synthetic_atlas.obs["gc"] = np.tile(np.float32([0.3, 0.6, 0.9]), 40)
    for text, expected in (
        ("gc=0.6", gc == np.float32(0.6)),
        ("gc<=0.3", gc == np.float32(0.3)),
        ("gc<0.9", gc != np.float32(0.9)),
        ("gc>0.6", gc == np.float32(0.9)),
    ):
        np.testing.assert_array_equal(select(synthetic_atlas, [text]), np.flatnonzero(expected))


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        (["labl=donor"], 'no column "labl"; did you mean label?'),
        (["x=1"], "its columns are label, gene"),
        (["label=doner"], 'no label is "doner"; did you mean donor?'),
        (["label=9"], "it has"),
        (["gc>much"], 'gc holds numbers, and "much" is none'),
        (["gc="], "gc holds numbers"),
        (["gc>0.3|0.6"], '> takes one number; "|" goes with = or !='),
        (["label>donor"], "compared by = or != alone"),
        (["gc>7"], 'is left by "gc>7": select others'),
        (["label=donor", "label=acceptor"], 'by "label=acceptor" together with "label=donor"'),
        (["NOSUCH"], "is not in this atlas"),
        ([""], "Type a gene"),
    ],
)
def test_a_condition_that_selects_nothing_is_told(synthetic_atlas, conditions, words):
    with pytest.raises(InputError) as error:
        select(synthetic_atlas, conditions)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
