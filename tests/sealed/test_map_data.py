"""What a map's page has of an atlas is what the atlas has."""

import numpy as np
import pandas as pd
import pytest
from helpers.map_parts import bases, column, positions

from dnaviz.atlas.selection import label_table
from dnaviz.sealed import map_data
from dnaviz.sealed.map_data import exceptions, packed_column, packed_sequences, quantized


@pytest.mark.parametrize("width", [1, 3, 4, 37, 200])
def test_sequences_come_back_with_their_gaps(width, monkeypatch):
    monkeypatch.setattr(map_data, "CHUNK", 500)  # many parts
    monkeypatch.setattr(map_data, "ROWS", 7)
    draw = np.random.default_rng(width)
    codes = draw.integers(0, 4, (101, width)).astype(np.uint8)
    codes[draw.random(codes.shape) < 0.1] = 4
    codes[3], codes[4], codes[100] = 4, 5, 5  # runs that end where the next row's begin
    for row in range(20, 60):  # sequences shorter than the window
        short = draw.integers(0, width // 2 + 1)
        codes[row, :short], codes[row, width - short :] = 5, 5
    parts = list(packed_sequences(codes))
    assert len(parts) == -(-101 // map_data.rows_of_a_part(width))
    np.testing.assert_array_equal(bases(parts, exceptions(codes), 101, width), codes)


def test_sequences_without_gaps_have_no_exceptions():
    codes = np.random.default_rng(0).integers(0, 4, (50, 200)).astype(np.uint8)
    assert exceptions(codes) == b""
    assert sum(map(len, packed_sequences(codes))) == 50 * 50


def test_positions_come_back_within_half_a_step():
    xy = np.random.default_rng(0).normal(size=(1000, 2)).astype(np.float32) * (3, 1e-3) + (7, -2)
    back = positions(*quantized(xy))
    assert (np.abs(back - xy) <= np.ptp(xy, axis=0) / 65535 * 0.51).all()


def test_positions_on_one_line_stay_there():
    xy = np.stack([np.arange(6.0), np.full(6, 3.25)], axis=1)
    back = positions(*quantized(xy))
    np.testing.assert_allclose(back, xy, rtol=1e-12)


N = 600
DRAW = np.random.default_rng(1)
COLUMNS = {
    "whole": DRAW.integers(-5000, 5000, N),
    "large": DRAW.integers(0, 2**40, N),
    "short": DRAW.random(N).astype(np.float32),
    "long": DRAW.random(N),
    "with gaps": np.where(DRAW.random(N) < 0.2, np.nan, DRAW.random(N)),
    "infinite": np.where(DRAW.random(N) < 0.1, np.inf, DRAW.random(N)),
    "nullable": pd.array([None if i % 9 == 0 else i for i in range(N)], "Int64"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_numbers_come_back_exactly(name):
    values = pd.Series(COLUMNS[name], name=name)
    packed = packed_column(values)
    assert packed.about["numeric"]
    expected = values.to_numpy(np.float64, na_value=np.nan)
    np.testing.assert_array_equal(column(packed.about, packed.values, packed.texts), expected)


def test_whole_numbers_that_a_page_cannot_tell_apart_are_texts():
    values = pd.Series([2**60 + i for i in range(20)], name="number")
    packed = packed_column(values)
    assert column(packed.about, packed.values, packed.texts) == [str(v) for v in values]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (["a", "b", None, "a", "<b>"], ["a", "b", "", "a", "<b>"]),
        ([True, False, True], ["True", "False", "True"]),
        (pd.Categorical(["x", None, "y"], ["y", "x", "z"]), ["x", "", "y"]),
        ([1.0, 2.0, np.nan], ["1", "2", ""]),
    ],
)
def test_texts_come_back(values, texts):
    packed = packed_column(pd.Series(values, name="kind"))
    assert column(packed.about, packed.values, packed.texts) == texts


def test_more_texts_than_a_byte_or_two_can_number():
    for count in (256, 300, 66_000):
        values = pd.Series([f"name {i}" for i in range(count)], name="name")
        packed = packed_column(values)
        assert column(packed.about, packed.values, packed.texts) == list(values)


def test_ranges_of_a_number_are_those_of_the_dashboard():
    values = pd.Series(COLUMNS["with gaps"], name="share")
    ranges = packed_column(values).about["ranges"]
    table = label_table(values, np.arange(len(values)))
    assert ranges["names"] == [name for name in table.index if name]
    array = values.to_numpy()
    array = array[np.isfinite(array)]
    ranged = np.searchsorted(ranges["tops"], array)
    assert np.bincount(ranged).tolist() == table["selected"][ranges["names"]].tolist()
