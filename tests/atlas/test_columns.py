"""Columns as numbers, and what sets a selection apart, against counts by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.atlas.columns import (
    differences,
    factor,
    informative_column,
    informative_columns,
    is_numeric,
)


@pytest.mark.parametrize("kind", [object, "category"])
def test_factor_gives_every_value_back(kind):
    values = pd.Series(["b", None, "a", "", "b", "c"], dtype=kind)
    codes, names = factor(values)
    assert [names[code] for code in codes] == ["b", "", "a", "", "b", "c"]


@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1))
def test_factor_of_any_text(values):
    codes, names = factor(pd.Series(values, dtype=object))
    assert [names[code] for code in codes] == [value or "" for value in values]
    assert len(set(names)) == len(names)


def test_numbers_of_few_values_are_categories():
    assert not is_numeric(pd.Series([1, 2, 3] * 50))
    assert is_numeric(pd.Series(range(50)))
    assert is_numeric(pd.Series([0] * 2000 + list(range(50))))
    assert not is_numeric(pd.Series([True, False]))


def test_differences_of_a_selection():
    rng = np.random.default_rng(0)
    obs = pd.DataFrame(
        {
            "label": ["donor"] * 400 + ["other"] * 600,
            "gc": np.r_[np.full(400, 0.7), np.full(600, 0.4)] + rng.normal(0, 0.05, 1000),
            "noise": rng.normal(size=1000),
            "coin": rng.choice(["x", "y"], 1000),
            "same": "one",
        }
    )
    result = differences(obs, np.arange(400))
    assert {one.column for one in result} == {"label", "gc"}
    by_name = {one.column: one for one in result}
    assert by_name["label"][1:4] == ("donor", 1.0, 0.0)
    assert by_name["gc"].inside == pytest.approx(obs["gc"][:400].mean())
    assert by_name["gc"].rest == pytest.approx(0.4, abs=0.02)
    places = obs.assign(start=np.arange(1000), end=np.arange(1000) + 200, position=np.arange(1000))
    assert differences(places, np.arange(400)) == result
    assert differences(obs, rng.permutation(1000)[:400]) == []
    assert differences(obs, np.arange(1000)) == []


def test_whole_numbers_with_gaps_read_as_whole_numbers():
    codes, names = factor(pd.Series([2.0, None, 0.5, 2.0]))
    assert [names[code] for code in codes] == ["2", "", "0.5", "2"]


def test_informative_column_is_the_default_color():
    obs = pd.DataFrame({"said": ["from my lab"] * 4, "name": list("abcd"), "kind": list("xyxy")})
    assert informative_column(obs) == "kind"
    assert informative_column(obs.assign(label="donor")) == "label"
    assert informative_column(obs[["said"]]) == "said"
    assert informative_columns(obs, 2) == ["kind"]
    assert informative_columns(obs.assign(gene="X", label="donor"), 2) == ["gene", "label"]
    assert informative_columns(obs.assign(label="donor"), 2) == ["label", "kind"]
