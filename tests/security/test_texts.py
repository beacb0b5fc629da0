"""Names and cells from strangers, in the files that people take home."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from dnaviz.io.spreadsheet import spreadsheet_text
from dnaviz.panels.latent_map.selection import fasta_of, table_of
from dnaviz.sequences import Sequence, parse_sequences

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://evil.example")', "\t=1", "\n=1", " =1",
    "=cmd|' /C calc'!A0",
]  # fmt: skip


def cells(text):
    return list(csv.reader(io.StringIO(text), delimiter="\t"))


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(formula):
    table = pd.DataFrame({"name": [formula], formula: ["x"]}, index=[formula])
    for row in cells(spreadsheet_text(table, "id")):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
    kinds = pd.DataFrame({"name": pd.Categorical([formula])})
    assert cells(spreadsheet_text(kinds))[1][0].startswith("'")


def test_numbers_and_strands_stay_what_they_are():
    table = pd.DataFrame(
        {"strand": ["-", "+"], "delta": [-0.25, np.nan], "n": [-3, 4], "known": [True, False],
         "motif": ["CAG|gtaagt", ""]}
    )  # fmt: skip
    read = pd.read_csv(io.StringIO(spreadsheet_text(table)), sep="\t", keep_default_na=False)
    assert read["strand"].tolist() == ["-", "+"]
    assert read["delta"].tolist() == ["-0.25", ""]
    assert read["n"].tolist() == [-3, 4]
    assert read["known"].tolist() == [True, False]
    assert read["motif"].tolist() == ["CAG|gtaagt", ""]


def test_a_text_stays_in_its_cell():
    table = pd.DataFrame({"a": ["one\ttwo\nthree", "plain"], "b": ["x", "y"]})
    assert spreadsheet_text(table).splitlines() == ["a\tb", "one two three\tx", "plain\ty"]


def test_files_of_a_selection_are_escaped(synthetic_adata):
    from dnaviz.atlas import Atlas

    names = ["=1+1", "a\n>b\nACGT", *synthetic_adata.obs_names[2:]]
    synthetic_adata.obs_names = names
    synthetic_adata.obs["gene"] = ["@x", *["y"] * 119]
    atlas = Atlas(synthetic_adata)
    rows = cells(table_of(atlas, np.array([0, 1])))
    assert rows[1][0] == "'=1+1"
    assert "'@x" in rows[1]
    assert len(rows) == 3
    records = parse_sequences(fasta_of(atlas, np.array([0, 1, 2])))
    assert len(records) == 3
    assert [str(record) for record in records] == atlas.sequences([0, 1, 2])


@pytest.mark.parametrize(
    "name", ["a\n>b", "\x1b[31mred", "\u202eabc", "\ud800", "\0", "x" * 10_000]
)
def test_a_name_is_one_line_that_prints(name):
    made = Sequence("ACGT", name, name)
    for text in (made.name, made.description, repr(made)):
        assert text.isprintable()
        assert len(text) <= 2000
    assert Sequence("ACGT", "\n").name == "sequence"
