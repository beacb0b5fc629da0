"""What results offer alike: a one-line repr, a table, a plot on axes of the user's."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import dnaviz
from dnaviz.models.latent_paths import interpolate
from dnaviz.plots import SITE_COLORS

mpl.use("agg")

GENE = dnaviz.examples()[0].sequence
PART = dnaviz.Sequence(GENE.bases[:600], "part\nof a gene")
SITE = {"site": "donor", "position": 300}

RESULTS = {
    "Scan": lambda: dnaviz.scan(PART),
    "Scan of one strand": lambda: dnaviz.scan(PART, strand="-"),
    "SpliceEffect": lambda: dnaviz.splice_effect(PART, "300_302delinsGTAAGT"),
    "SpliceEffect on -": lambda: dnaviz.splice_effect(PART, "300_302del", strand="-"),
    "Attribution": lambda: dnaviz.attribute(PART, **SITE),
    "Attribution at an end": lambda: dnaviz.attribute(PART, position=3, strand="-"),
    "Mutagenesis": lambda: dnaviz.mutagenesis(PART, **SITE, flank=10),
    "Mutagenesis on -": lambda: dnaviz.mutagenesis(PART, **SITE, strand="-", flank=0),
    "ReconstructionResult": lambda: dnaviz.load_model().reconstruct(PART)[0],
    "LatentPath": lambda: interpolate(dnaviz.load_model(), str(PART)[:90], str(PART)[200:260]),
    "Projection": lambda: dnaviz.load_atlas().project([PART, str(PART)[:50]]),
}


@pytest.mark.parametrize("make", RESULTS.values(), ids=RESULTS)
def test_results_have_a_line_a_table_and_a_plot(make):
    result = make()
    assert repr(result).startswith(f"{type(result).__name__}(")
    assert "\n" not in repr(result)
    assert len(repr(result)) < 400
    assert isinstance(result.table(), pd.DataFrame)
    _, (left, right) = plt.subplots(1, 2)
    assert result.plot(right) is right
    assert right.has_data()
    assert not left.has_data()
    assert right.get_xlabel()
    assert right.get_ylabel()
    assert result.plot().figure is not right.figure
    right.figure.canvas.draw()
    plt.close("all")


def test_a_projection_as_a_table_names_the_nearest_windows():
    atlas = dnaviz.load_atlas()
    rows = [5, 1_000]
    projection = atlas.project(atlas.sequences(rows))
    table = projection.table()
    assert table["nearest"].tolist() == rows
    np.testing.assert_allclose(table[["x", "y"]], projection.xy)
    np.testing.assert_array_equal(projection.plot().collections[0].get_offsets(), projection.xy)
    plt.close("all")


def test_the_table_of_a_path_begins_and_ends_with_the_ends():
    ends = str(PART)[:90], str(PART)[200:260]
    path = interpolate(dnaviz.load_model(), *ends, steps=5)
    table = path.table()
    assert (table["bases"].iloc[0], table["bases"].iloc[-1]) == ends
    probabilities = dnaviz.load_model().classify(path.bases)[:, 1:]
    np.testing.assert_allclose(table[["donor", "acceptor"]], probabilities, atol=1e-4)
    without = path._replace(sites=None)
    assert "donor" not in without.table()
    assert without.plot().get_ylabel() == "cycle error"
    plt.close("all")


def test_examples_fit_a_line():
    assert all(len(repr(example)) < 120 for example in dnaviz.examples())


def stems(ax, site):
    """Place and height of the stems in the color of a kind of site."""
    return {
        round(x): y
        for lines in ax.collections
        if to_hex(lines.get_color()[0]).upper() == SITE_COLORS[site]
        for (x, _), (_, y) in lines.get_segments()
    }


def test_a_plotted_scan_shows_each_strand_to_its_side():
    result = dnaviz.scan(PART)
    ax = result.plot()
    for site, values in zip(("donor", "acceptor"), np.stack(list(result.probabilities.values()))
                            .transpose(1, 0, 2), strict=True):  # fmt: skip
        forward, reverse = values
        expected = {i + 1: p for i, p in enumerate(forward) if p >= 1e-3}
        expected |= {i + 1: -p for i, p in enumerate(reverse) if p >= max(1e-3, forward[i])}
        shown = stems(ax, site)
        for place, height in expected.items():
            if forward[place - 1] < 1e-3 or reverse[place - 1] < 1e-3:
                assert shown[place] == pytest.approx(height)
    plt.close("all")


def test_a_plotted_effect_shows_the_deltas_at_their_places():
    effect = dnaviz.splice_effect(PART, "300_302delinsGTAAGT")
    ax = effect.plot()
    heights = [*stems(ax, "donor").values(), *stems(ax, "acceptor").values()]
    assert max(map(abs, heights)) == pytest.approx(effect.delta_max)
    plt.close("all")


def test_the_table_of_a_reconstruction_is_its_bases():
    result = dnaviz.load_model().reconstruct(PART)[0]
    table = result.table()
    assert "".join(table["base"]) == str(PART)
    assert "".join(table["reconstruction"]) == result.reconstruction
    assert (table["base"] == table["reconstruction"]).mean() == pytest.approx(result.accuracy)
    np.testing.assert_allclose(table[list("ACGT")], result.probabilities.T)


def test_the_strongest_change_is_in_the_line_of_a_mutagenesis():
    result = dnaviz.mutagenesis(PART, **SITE, strand="-", flank=10)
    table = result.table()
    row = table.loc[table["change"].abs().idxmax()]
    assert f"{row['ref']}>{row['alt']} at {row['position']}, {row['change']:+.3f}" in repr(result)
