"""Tables to take home: the numbers that they are made of."""

import numpy as np
import pandas as pd

from dnaviz.io.spreadsheet import columns_text, spreadsheet_text


def test_coordinates_keep_all_their_digits():
    table = pd.DataFrame(
        {
            "start": [11_090_361.0, np.nan],  # a missing one makes them fractions
            "end": pd.array([11_090_560, None], dtype="Int64"),
            "score": [1 / 3, 12_345_678.9],
            "small": np.float32([1e-7, -0.0]),
        }
    )
    expected = "start\tend\tscore\tsmall\n11090361\t11090560\t0.333333\t1e-07\n\t\t1.23457e+07\t0\n"
    assert spreadsheet_text(table) == expected
    assert columns_text({"start": np.array([11_090_361.0, 0.5])}) == "start\n11090361\n0.5\n"


def test_a_column_called_as_the_index_is_kept_beside_it():
    table = pd.DataFrame({"id": ["x", "y"]}, index=["a", "b"])
    assert spreadsheet_text(table, "id") == "id\tid_obs\na\tx\nb\ty\n"
