"""Metadata of every kind is counted, colored, filtered and told; nothing of it breaks the map."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.atlas.columns import (
    column_notes,
    differences,
    is_numeric,
    number_texts,
    numbers,
    ranges,
    within,
)
from dnaviz.atlas.selection import label_table
from dnaviz.errors import InputError
from dnaviz.figures.coloring import coloring
from dnaviz.panels import LatentMap
from dnaviz.panels.common.runner import WRONG

N = 120
STEPS = np.arange(N)
COLUMNS = {
    "starts of one gene": 11_089_512 + STEPS * 357,
    "starts far along": 248_000_001 + STEPS,
    "starts as fractions": 11_089_512.0 + STEPS,
    "narrow": 0.5 + STEPS * 1e-9,
    "beyond 2^53": 2**60 + STEPS,
    "tiny": (STEPS + 1) * 1e-300,
    "huge": (STEPS - 60) * 2.9e306,
    "both infinities": np.r_[np.inf, -np.inf, np.nan, STEPS[3:] / 7],
    "only infinities": np.full(N, np.inf),
    "few and infinite": np.r_[np.full(60, np.inf), np.ones(60)],
    "constant": np.full(N, 4.5),
    "empty": np.full(N, np.nan),
    "nearly all zero": np.r_[np.zeros(100), STEPS[:20] / 3],
    "float16": np.linspace(-6e4, 6e4, N).astype(np.float16),
    "float32": np.linspace(0, 1, N).astype(np.float32),
    "uint64": np.uint64(2**64 - 1) - STEPS.astype(np.uint64),
    "integers with gaps": pd.array([None, *range(1, N)], dtype="Int64"),
    "booleans": STEPS % 2 == 0,
    "booleans with gaps": pd.array([None, *(STEPS[1:] % 2 == 0)], dtype="boolean"),
    "dates": pd.date_range("2024-01-01", periods=N),
    "dates with gaps": pd.to_datetime([None, *["2024-01-01"] * (N - 1)]),
    "timedeltas": pd.to_timedelta(STEPS, unit="s"),
    "complex": STEPS + 1j,
    "markup": [f"<b>{n % 3}</b>&amp;" for n in STEPS],
    "unnamed": pd.Categorical(["", " ", "x"] * 40),
    "many": [f"kind {n}" for n in STEPS],
    "numbers as categories": pd.Categorical(np.r_[np.inf, STEPS[1:] / 3]),
    "text and numbers": np.array(["a", 1, 2.5, None] * 30, dtype=object),
}


@pytest.fixture
def atlas(synthetic_adata):
    del synthetic_adata.obsm["sequence"]  # or each selection would be explained
    for name, values in COLUMNS.items():
        synthetic_adata.obs[name] = values
    return Atlas(synthetic_adata)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_map_of_any_column(atlas, name):
    panel = LatentMap(atlas)
    panel.selection = range(0, N, 2)
    panel.color = name
    assert panel.message.text == ""
    card = panel.selection_card
    assert WRONG not in card.counts.value + card.summary.value
    assert "<table" in card.counts.value
    assert "<b>0</b>" not in card.counts.value
    table = label_table(atlas.obs[name], panel.selection, N)
    assert table.index.is_unique
    assert table["selected"].sum() == len(panel.selection)
    assert table["rest"].sum() == N - len(panel.selection)
    slider = panel.controls.range
    if slider.layout.display is None:
        assert np.isfinite([slider.min, slider.max, slider.step, *slider.value]).all()
        assert slider.min < slider.max
        assert format(slider.min, slider.readout_format) != format(
            slider.max, slider.readout_format
        )
    result = panel.map.coloring
    assert np.isfinite(result.codes).all()
    assert np.isfinite(result.limits).all()
    assert result.limits[0] < result.limits[1]
    panel.focus = atlas.obs.index[0]
    assert WRONG not in panel.window_card.heading.value
    assert "nan" not in slider.readout_format


@pytest.mark.parametrize("name", [n for n in COLUMNS if is_numeric(pd.Series(COLUMNS[n]))])
def test_colors_tell_close_numbers_apart_and_their_scale_says_which(name):
    values = pd.Series(COLUMNS[name], name=name)
    result = coloring(values)
    known = np.isfinite(numbers(values))
    order = np.argsort(numbers(values)[known], kind="stable")
    assert (np.diff(result.codes[known][order]) >= 0).all()
    if name != "nearly all zero":
        assert len(np.unique(result.codes[known])) > 100
    places, texts = zip(*result.ticks, strict=True)
    assert len(set(texts)) == len(texts) >= 2
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)


def test_ranges_of_a_gene_are_told_in_full():
    values = pd.Series(COLUMNS["starts of one gene"])
    table = label_table(values, np.arange(24))
    assert table.index[0] == f"{values[0]:,} to {values[24]:,}"
    assert table["selected"].sum() == table["selected"].iloc[0] == 24


@given(
    st.lists(
        st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(2**40), 2**40).map(float),
        min_size=1,
        max_size=60,
    )
)
def test_every_number_lies_in_the_range_that_names_it(values):
    column = pd.Series(values, dtype=float)
    messages = ranges(column)
    known = np.isfinite(column.to_numpy())
    assert (messages.isna().to_numpy() | known).all()
    if not known.any():
        return
    assert messages[known].notna().all()
    names = list(messages.cat.categories)
    assert len(set(names)) == len(names) <= 5
    last = -np.inf
    for name in names:
        inside = column[(messages == name).to_numpy()]
        assert len(inside)
        assert inside.min() > last
        last = inside.max()


def test_texts_of_numbers_differ_where_the_numbers_do():
    assert number_texts([1, 2**60, 2**60 + 1]) == ["1", f"{2**60:,}", f"{2**60 + 1:,}"]
    assert number_texts([0.5, 0.25]) == ["0.5", "0.25"]
    assert number_texts([0.50001, 0.50002]) == ["0.50001", "0.50002"]
    assert number_texts([1e-300, 1.0001e-300]) == ["1e-300", "1.0001e-300"]
    assert number_texts([11_089_512.4, 2.98e7]) == ["11,089,512", "29,800,000"]
    assert number_texts([11_089_512.0, 11_089_513.0]) == ["11,089,512", "11,089,513"]


def test_limits_as_a_person_writes_them():
    narrow = pd.Series(np.array([0.1, 0.2, 0.3], np.float32))
    assert within(narrow, 0.1, 0.3).all()
    starts = pd.Series([248_000_000, 248_000_001, 248_000_002])
    assert within(starts, 248_000_001, 248_000_001).tolist() == [False, True, False]
    assert not within(pd.Series([np.inf, -np.inf, np.nan]), -1e300, 1e300).any()


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_differences_are_the_same_in_any_unit(scale):
    rng = np.random.default_rng(0)
    values = np.r_[rng.normal(1, 0.1, 50), rng.normal(2, 0.1, 50)]
    (result,) = differences(pd.DataFrame({"x": values * scale}), np.arange(50))
    assert result.inside == pytest.approx(values[:50].mean() * scale)
    assert result.effect == pytest.approx((values[50:].mean() - values[:50].mean()) / values.std())


def test_what_is_infinite_is_told(atlas):
    panel = LatentMap(atlas)
    panel.selection = range(0, N, 2)
    panel.color = "both infinities"
    assert "3 windows of the atlas have no value" in panel.selection_card.counts.value
    notes = " ".join(column_notes(atlas.obs))
    assert "'both infinities'] is infinite in 2 of 120 windows" in notes
    assert "'empty'] holds no value" in notes
    panel.color = "many"
    assert "48 of the selected windows have other values" in panel.selection_card.counts.value


def test_limits_that_are_none_are_refused(atlas):
    panel = LatentMap(atlas)
    for limit in (np.nan, np.inf):
        with pytest.raises(InputError, match="finite"):
            panel.between("narrow", limit, 2)


def test_a_slider_that_stands_at_its_ends_hides_nothing(atlas):
    panel = LatentMap(atlas)
    panel.color = "float32"
    slider = panel.controls.range
    slider.value = (slider.min, slider.max - slider.step / 10)  # as a browser may round it
    assert panel.state.between == {}
    slider.value = (0.5, slider.max - slider.step / 10)
    assert panel.map.shown.sum() == (atlas.obs["float32"] >= 0.5).sum()


def test_values_that_are_no_values_are_refused(synthetic_adata):
    synthetic_adata.obs["lists"] = [[1]] * N
    with pytest.raises(InputError, match=r"obs\['lists'\] holds neither numbers nor text"):
        Atlas(synthetic_adata)


def test_a_file_of_an_old_anndata_is_named_so(tmp_path):
    import h5py

    path = tmp_path / "old.h5ad"
    with h5py.File(path, "w") as file:
        file["obs"] = np.array([(b"w0", 0.5)], [("index", "S4"), ("gc", "f8")])
        file["obsm"] = np.zeros(1, [("X_umap", "f4", 2)])
    with pytest.raises(InputError, match=r"old AnnData \(0\.6\).*save it again"):
        load_atlas(path)
