"""The latent map as its users and their browsers drive it, without a browser."""

from base64 import b64decode

import numpy as np
import pytest

from dnaviz.atlas import Atlas
from dnaviz.errors import InputError
from dnaviz.figures import map as maps
from dnaviz.panels import LatentMap
from dnaviz.panels.common.page import escape
from dnaviz.panels.common.runner import WRONG
from dnaviz.panels.latent_map.state import pack, unpack


@pytest.fixture
def panel(synthetic_atlas, untrained):
    return LatentMap(synthetic_atlas, untrained)


def lasso(panel, x0, x1, y0, y1, **more):
    """What the page sends for a box drawn on the map."""
    panel.map.plot.receive({"lasso": {"x": [x0, x1, x1, x0], "y": [y0, y0, y1, y1]}, **more})


def lasso_around(panel, rows):
    """Draw a box around points; returns every row that lies in it."""
    xy = panel.atlas.map(panel.space)
    (x0, y0), (x1, y1) = xy[rows].min(axis=0) - 1e-3, xy[rows].max(axis=0) + 1e-3
    lasso(panel, float(x0), float(x1), float(y0), float(y1))
    inside = (xy > [x0, y0]).all(axis=1) & (xy < [x1, y1]).all(axis=1)
    return np.flatnonzero(inside)


def click(panel, row):
    """What the page sends for a click on a point."""
    x, y = panel.atlas.map(panel.space)[row].tolist()
    panel.map.plot.receive({"click": [x + 1e-4, y, 0.01]})


def column_letters(panel):
    """The highest letter of each column of the selection's logo."""
    return "".join("ACGT"[i] for i in panel.logo.argmax(axis=0))


def test_the_points_are_those_of_the_atlas(panel, synthetic_atlas):
    points = panel.map.figure.data[maps.POINTS]
    np.testing.assert_array_equal(np.c_[points.x, points.y], synthetic_atlas.map())
    panel.space = "splice"
    points = panel.map.figure.data[maps.POINTS]
    np.testing.assert_array_equal(np.c_[points.x, points.y], synthetic_atlas.map("splice"))
    assert panel.controls.space.value == "splice"


def test_wrong_values_are_refused_in_a_sentence(panel):
    for name, value in (("color", 5), ("selection", None), ("selection", "LDLR")):
        with pytest.raises(InputError):
            setattr(panel, name, value)
    with pytest.raises(InputError, match="sequences can be placed at once, not 0"):
        panel.project([])


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("color", "nope"),
        ("focus", "zzz"),
        ("selection", "zzz"),
        ("placed", "!"),
        ("hidden", {"nope": ["x"]}),
        ("between", {"nope": [0, 1]}),
    ],
)
def test_what_is_assigned_to_the_state_and_cannot_be_shown_becomes_what_it_was(
    panel, caplog, name, wrong
):
    panel.selection = [3]
    panel.focus = str(panel.atlas.obs.index[5])
    before = panel.state.to_dict()
    setattr(panel.state, name, wrong)
    assert panel.message.is_error
    assert panel.message.text != WRONG
    assert panel.state.to_dict() == before
    assert panel.selection.tolist() == [3]
    assert not caplog.records


def test_what_was_said_of_a_placed_sequence_ends_with_the_next(panel, monkeypatch):
    said = iter(["unusual", ""])
    monkeypatch.setattr("dnaviz.panels.latent_map.panel.ood_warning", lambda *_: next(said))
    panel.project("ACGT" * 10)
    assert panel.message.text == "unusual"
    panel.project("ACGT" * 10)
    assert panel.message.text == ""


def test_lasso_shows_the_logo_of_its_windows(panel, synthetic_atlas):
    donors = np.flatnonzero(synthetic_atlas.obs["label"] == "donor")
    inside = lasso_around(panel, donors)
    np.testing.assert_array_equal(panel.selection, inside)
    assert set(donors) <= set(inside)
    panel.selection = donors
    assert (panel.selected["label"] == "donor").all()
    # The logo shows 40 bases to either side of the site; donors have GT at it.
    texts = [bases[60:141] for bases in synthetic_atlas.sequences(donors)]
    expected = "".join(max("ACGT", key=[t[c] for t in texts].count) for c in range(40, 42))
    assert column_letters(panel)[40:42] == expected == "GT"
    assert panel.logo[2, 40] > 1.5
    assert np.delete(panel.logo.sum(axis=0), [40, 41]).max() < 1.0
    card = panel.selection_card
    assert "30</b> of 120" in card.heading.value
    assert "T at +1 (98% against" in card.summary.value
    assert "100% are donors (0% elsewhere)" in card.summary.value
    assert [line[0] for line in card.members.rows] == list(synthetic_atlas.obs.index[donors])
    panel.selection = np.flatnonzero(synthetic_atlas.obs["label"] == "acceptor")
    assert column_letters(panel)[39:41] == "AG"


def test_a_lasso_with_shift_adds_to_the_selection(panel):
    panel.selection = [3]
    xy = panel.atlas.map()
    x, y = xy[50].tolist()
    lasso(panel, x - 1e-4, x + 1e-4, y - 1e-4, y + 1e-4, add=True)
    assert panel.selection.tolist() == [3, 50]
    panel.map.plot.receive({"clear": True})
    assert panel.selection.tolist() == []


def test_the_logos_come_before_the_map_is_drawn_anew(panel, monkeypatch):
    seen = []

    def show(rows):
        card = panel.selection_card
        seen.append(
            (len(rows), "<img" in card.sequence_logo.value, "<img" in card.attribution_logo.value)
        )

    monkeypatch.setattr(panel.map, "show_selected", show)
    loaded = True
    monkeypatch.setattr("dnaviz.panels.latent_map.selection.is_loaded", lambda: loaded)
    panel.selection = [2, 40, 77]
    loaded = False
    panel.selection = [3]
    panel.selection = []
    assert seen[0] == (3, True, True)
    # What explaining needs takes seconds to load: the map does not wait for it.
    assert seen[1] == (1, True, False)
    assert seen[-1] == (0, False, False)


def test_selection_is_shown_when_attribution_fails(panel, monkeypatch):
    def broken(*_):
        raise MemoryError

    monkeypatch.setattr("dnaviz.panels.latent_map.selection.mean_attribution", broken)
    panel.selection = [2, 40, 77]
    assert "more memory" in panel.selection_card.attribution_logo.value
    assert len(panel.selection_card.members.rows) == 3
    assert list(panel.map.figure.data[maps.POINTS].selectedpoints) == [2, 40, 77]


def test_the_selection_is_explained(panel, synthetic_atlas):
    panel.selection = [2, 40, 77]
    assert panel.attribution.windows == 3
    assert "mean over all" in panel.selection_card.attribution_logo.value
    for site in ("donor", "acceptor"):
        panel.selection_card.explain.value = site
        assert panel.attribution.site == site == panel.state.explain
    panel.selection = []
    assert panel.attribution is None


def test_large_selections_are_attributed_by_a_sample(panel, monkeypatch):
    monkeypatch.setattr("dnaviz.panels.latent_map.selection.MOST", 20)
    panel.selection = np.arange(90)
    assert panel.attribution.windows == 20
    assert "20 of them, drawn at random" in panel.selection_card.attribution_logo.value


def test_the_same_selection_always_gives_the_same_logo(panel, synthetic_atlas, untrained):
    panel.selection = np.arange(90)
    first = panel.attribution
    panel.selection = [5]
    panel.selection = np.arange(90)
    again = LatentMap(synthetic_atlas, untrained)
    again.selection = np.arange(90)[::-1]
    for other in (panel.attribution, again.attribution):
        np.testing.assert_array_equal(other.heights, first.heights)


def test_attribution_libraries_are_loaded_after_the_map(panel, monkeypatch):
    loaded = []
    monkeypatch.setattr("dnaviz.panels.latent_map.selection.is_loaded", lambda: bool(loaded))
    monkeypatch.setattr(panel.selection_card, "_model", lambda: loaded.append(1) or panel.model)
    panel.map.plot.receive({"ask": "figure"})
    panel.map.plot.receive({"ask": "figure"})
    assert loaded == [1]


def test_a_selection_survives_another_space_and_another_color(panel):
    panel.selection = [3, 5, 90]
    panel.space = "splice"
    panel.color = "gc"
    assert panel.selection.tolist() == [3, 5, 90]
    assert list(panel.map.figure.data[maps.POINTS].selectedpoints) == [3, 5, 90]
    panel.selection = []
    assert panel.map.figure.data[maps.POINTS].selectedpoints is None


def test_a_selection_is_set_by_rows_ids_or_mask(panel, synthetic_atlas):
    panel.selection = synthetic_atlas.obs.index[[7, 2]]
    assert panel.selection.tolist() == [2, 7]
    panel.selection = np.arange(120) < 3
    assert panel.selection.tolist() == [0, 1, 2]
    for wrong in ([120], [-1], ["nobody"], [True, False]):
        with pytest.raises(InputError):
            panel.selection = wrong
    assert panel.selection.tolist() == [0, 1, 2]


def test_a_click_shows_the_window_and_its_neighbors(panel, synthetic_atlas, untrained):
    click(panel, 12)
    name = synthetic_atlas.obs.index[12]
    assert panel.focus == name
    card = panel.window_card
    assert escape(name) in card.heading.value
    assert "chr19:12,001-12,200" in card.heading.value
    rows, distances = synthetic_atlas.neighbors_of(12)
    table = card.near.table
    assert [row[4] for row in table.rows] == list(synthetic_atlas.obs.index[rows])
    assert table.rows[0][3] == f"{distances[0]:.2f}"
    rings = panel.map.figure.data[maps.NEIGHBORS]
    np.testing.assert_array_equal(rings.x, synthetic_atlas.map()[rows, 0])
    # Its reconstruction and attribution.
    bases = synthetic_atlas.sequences([12])[0]
    assert card.written == untrained.reconstruct(bases)[0].reconstruction
    assert card.attribution.windows == 1
    assert card.attribution.total == pytest.approx(card.attribution.gain, rel=0.05, abs=1e-3)
    # Step to the nearest, and back.
    table.selected = 0
    assert panel.focus == synthetic_atlas.obs.index[rows[0]]
    panel.window_card.back.click()
    assert panel.focus == name


def test_a_click_beside_every_point_changes_nothing(panel):
    panel.map.plot.receive({"click": [500.0, 500.0, 0.1]})
    assert panel.focus == ""


def test_pasted_sequences_are_placed_as_the_atlas_places_them(panel, synthetic_atlas, untrained):
    panel.input.box.value = ">mine <b>\n" + "ACGTTGCA" * 30 + "\n>two\n" + "GGCAT" * 10
    panel.input.button.click()
    expected = synthetic_atlas.project(["ACGTTGCA" * 30, "GGCAT" * 10], model=untrained)
    np.testing.assert_array_equal(panel.placement.xy, expected.xy)
    stars = panel.map.figure.data[maps.PLACED]
    np.testing.assert_allclose(stars.x, expected.xy[:, 0])
    names = panel.map.figure.layout.annotations
    assert [name.text for name in names] == ["mine", "two"]
    np.testing.assert_allclose([name.x for name in names], expected.xy[:, 0], rtol=1e-6)
    x, y = expected.xy[1].tolist()
    assert panel.map.names_near(x, y, 0.01) == ["two", "yours"]
    assert [row[0] for row in panel.projected_card.table.rows] == ["mine", "two"]
    notes = panel.projected_card.notes.value
    assert "central 200 nt" in notes
    assert "shorter than 200 nt" in notes
    assert panel.placement.far.all()
    assert "farther from the atlas than 99 %" in panel.projected_card.warnings.value


def drawn(adata):
    """An atlas whose latents are drawn: no model made them, and none is asked for them."""
    atlas = Atlas(adata)
    atlas.check_model = lambda model: None
    return atlas


def test_an_atlas_of_one_s_own_is_named_by_its_own_columns(synthetic_adata, untrained):
    obs = synthetic_adata.obs
    obs["cell_type"] = np.where(np.arange(120) < 60, "neuron", "liver")
    synthetic_adata.obs = obs[["chrom", "cell_type", "gc"]]
    panel = LatentMap(drawn(synthetic_adata), untrained)
    assert panel.page.lead.startswith("Each point is a sequence;")
    panel.project("ACGTTGCA" * 30)
    kind = obs["cell_type"].iloc[panel.placement.neighbors[0]].value_counts()
    assert panel.projected_card.table.rows[0][2] == f"{kind.iloc[0]}/15 {kind.index[0]}"
    panel.focus = str(obs.index[3])
    near = panel.window_card.near
    assert near.table.columns == ["", "cell type", "gc", "distance", "window"]
    assert near.table.rows[0][1] == obs["cell_type"].iloc[near.rows[0]]


def test_a_sequence_in_the_middle_of_the_atlas_is_not_called_far(synthetic_adata, untrained):
    atlas = Atlas(synthetic_adata)
    for key, space in (("X_latent", "autoencoder"), ("X_splice", "splice")):
        synthetic_adata.obsm[key] = untrained.encode(atlas.sequences(), space=space)
    panel = LatentMap(Atlas(synthetic_adata), untrained)
    placement = panel.project(atlas.sequences([40])[0])
    assert placement.neighbors[0, 0] == 40
    assert not placement.far.any()
    assert panel.projected_card.warnings.value == ""
    moved = placement.xy
    panel.space = "splice"
    assert panel.placement.neighbors[0, 0] == 40
    assert not np.array_equal(moved, panel.placement.xy)


@pytest.mark.parametrize("text", ["", ">x\nACGTJ", "hello world", "ACGT"])
def test_a_bad_paste_is_one_sentence_and_keeps_its_text(panel, text):
    panel.input.box.value = text
    panel.input.button.click()
    assert panel.message.is_error
    assert panel.message.text
    assert "went wrong" not in panel.message.text
    assert panel.input.box.value == text
    assert panel.placement is None


def test_after_a_refusal_the_stars_are_said_to_be_of_the_sequence_before(panel):
    box, button, old = panel.input.box, panel.input.button, panel.input.old
    box.value = ">mine\n" + "ACGTTGCA" * 25
    button.click()
    assert old.value == ""
    box.value = "ACGT!" * 20
    button.click()
    assert "still those of mine" in old.value
    box.value = ">other\n" + "ACGTTGCA" * 25
    button.click()
    assert old.value == ""


def test_search(panel, synthetic_atlas):
    panel.controls.search.value = "gene2"
    assert (synthetic_atlas.obs["gene"].iloc[panel.selection] == "GENE2").all()
    assert "windows of gene gene2" in panel.message.text
    before = panel.selection.tolist()
    panel.controls.search.value = "nothing of that name"
    assert panel.message.is_error
    assert panel.selection.tolist() == before


def test_a_search_says_how_many_of_what_it_found_are_hidden(panel, synthetic_atlas):
    panel.hide("label", ["donor"])
    found = synthetic_atlas.obs.iloc[panel.search("gene2")]
    hidden = int((found["label"] == "donor").sum())
    assert hidden > 1
    assert panel.message.text.endswith(f" {hidden} of them are hidden.")
    panel.hide("label", [])
    panel.search("gene2")
    assert "hidden" not in panel.message.text


def test_the_legend_filters_and_the_filter_survives_a_recolor(panel, synthetic_atlas):
    categories = [name for name, _, _ in panel.map.coloring.categories]
    number = list(maps.LEGEND)[categories.index("donor")]
    panel.map.plot.receive({"legend": number, "alone": False})
    assert panel.map.figure.data[number].visible == "legendonly"
    donors = (synthetic_atlas.obs["label"] == "donor").to_numpy()
    for color in ("label", "gene"):
        panel.color = color
        hidden = np.isnan(panel.map.figure.data[maps.POINTS].x)
        np.testing.assert_array_equal(hidden, donors)
    assert "90 of 120 windows shown: label without donor" in panel.controls.summary.value
    # Nothing hidden can be selected or clicked.
    lasso(panel, -1e3, 1e3, -1e3, 1e3)
    np.testing.assert_array_equal(panel.selection, np.flatnonzero(~donors))
    click(panel, 0)
    assert panel.focus != synthetic_atlas.obs.index[0]
    panel.controls.show_all()
    assert not np.isnan(panel.map.figure.data[maps.POINTS].x).any()


def test_limits_of_a_number(panel, synthetic_atlas):
    panel.color = "gc"
    low, high = panel.controls.range.min, panel.controls.range.max
    panel.controls.range.value = (0.4, 0.6)
    gc = synthetic_atlas.obs["gc"].to_numpy()
    shown = ~np.isnan(panel.map.figure.data[maps.POINTS].x)
    np.testing.assert_array_equal(shown, (gc >= 0.4) & (gc <= 0.6))
    panel.controls.range.value = (low, high)
    assert panel.state.between == {}
    panel.between("gc", high=0.5)
    assert panel.map.shown.sum() == (gc <= 0.5).sum()
    with pytest.raises(InputError, match="holds no numbers"):
        panel.between("gene", 0, 1)
    before = panel.map.shown.copy()
    for low, high, words in ((0.9, 0.1, "0.9, lies above the upper, 0.1"), ("a", 1, "finite")):
        with pytest.raises(InputError, match=words):
            panel.between("gc", low, high)
    np.testing.assert_array_equal(panel.map.shown, before)


def test_one_value_is_hidden_as_a_list_of_one(panel):
    panel.hide("label", "donor")
    assert panel.state.hidden == {"label": ["donor"]}


def test_a_name_that_the_panel_does_not_have_is_no_attribute_to_assign(panel):
    with pytest.raises(InputError, match="A LatentMap has no 'colors'"):
        panel.colors = "gc"
    with pytest.raises(InputError, match=r"has no 'opacity': assign to state\.opacity"):
        panel.opacity = 0.5
    assert not hasattr(panel, "colors")
    with pytest.raises(InputError, match=r"use state\.from_dict"):
        panel.state = {"color": "gc"}


def test_limits_of_one_number_outlast_a_look_at_another(panel, synthetic_atlas):
    synthetic_atlas.obs["far"] = np.linspace(-2e5, -1e5, len(synthetic_atlas))
    panel.between("gc", high=0.5)
    limits, sent = dict(panel.state.between), []
    panel.state.observe(sent.append, "between")
    for color, ends in (("far", (-2e5, -1e5)), ("gc", limits["gc"]), ("far", (-2e5, -1e5))):
        panel.color = color
        assert panel.controls.range.value == pytest.approx(tuple(ends))
    assert panel.state.between == limits
    assert sent == []
    panel.controls.range.value = (-1.5e5, -1e5)
    assert panel.state.between == limits | {"far": [-1.5e5, -1e5]}


def test_a_link_opens_the_same_map(panel, synthetic_atlas, untrained):
    panel.space = "splice"
    panel.color = "gene"
    panel.selection = range(0, 120, 2)
    panel.focus = synthetic_atlas.obs.index[3]
    panel.hide("label", ["GT decoy"])
    panel.project(">mine\nACGTACGTACGTACGTACGTACGTACGT")
    other = LatentMap(synthetic_atlas, untrained)
    assert other.state.from_query(panel.state.to_query()) == []
    assert other.state.to_dict() == panel.state.to_dict()
    assert other.selection.tolist() == panel.selection.tolist()
    assert other.placed[0].name == "mine"
    np.testing.assert_array_equal(other.placement.xy, panel.placement.xy)
    np.testing.assert_array_equal(other.map.shown, panel.map.shown)


def test_a_link_names_the_sites_that_a_gene_was_placed_by(panel, synthetic_atlas, untrained):
    exon, intron = "ACGGTTCAAG" * 5, "gtaagtttcttctttcag" * 6
    panel.input.box.value = f">mine\n{intron}" + f"{exon}{intron}" * 13
    panel.input.button.click()
    assert "placed by the first 20 of 26 sites" in panel.message.text
    other = LatentMap(synthetic_atlas, untrained)
    other.open_link(panel.page.query)
    assert other.projected_card.table.rows == panel.projected_card.table.rows
    assert other.projected_card.table.rows[0][0] == "mine_acceptor_108"
    assert other.message.text == panel.message.text
    other.input.button.click()  # what a link put into the box
    assert other.projected_card.table.rows == panel.projected_card.table.rows


def test_what_is_too_long_for_a_link_has_none(panel):
    panel.color = "gene"
    panel.project(">long\n" + "ACGTTGCA" * 10_000)
    assert panel.page.query == ""
    assert panel.page.note.startswith("Too long for a link")
    panel.project(">short\n" + "ACGTTGCA" * 10)
    assert panel.page.query
    assert panel.page.note == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("color", "no such column"),
        ("focus", "nobody"),
        ("selection", "AAAA"),
        ("selection", pack(np.arange(9), 9_000, b"mark")),
        ("selection", pack(np.arange(9), 120, b"mark")),
        ("hidden", {"nothing": ["x"]}),
        ("placed", ">x\nJJJJJ"),
    ],
)
def test_links_to_other_data_are_reported_and_ignored(panel, name, value):
    panel.state.from_dict({name: value})
    assert panel.message.is_error
    assert "went wrong" not in panel.message.text
    panel.color = "gene"
    assert panel.map.color == "gene"


def test_a_packed_selection_is_short_and_exact():
    rows = np.sort(np.random.default_rng(0).choice(20_000, 5_000, replace=False))
    text = pack(rows, 20_000, b"mark")
    assert len(text) < 4_000
    np.testing.assert_array_equal(unpack(text, 20_000, b"mark"), rows)
    assert unpack("", 5, b"mark").tolist() == []
    for count, mark in ((20_000, b"other"), (20_000, b"marl"), (30_000, b"mark")):
        with pytest.raises(InputError, match="does not belong to this atlas"):
            unpack(text, count, mark)


def test_metadata_is_escaped(synthetic_adata, untrained):
    evil = "<img src=x onerror=alert(1)>"
    synthetic_adata.obs["gene"] = evil
    synthetic_adata.obs.index = [f"{evil}{i}" for i in range(120)]
    panel = LatentMap(drawn(synthetic_adata), untrained)
    panel.color = "gene"
    panel.selection = [1, 2]
    panel.focus = f"{evil}4"
    panel.controls.search.value = evil
    shown = [panel.window_card.heading.value, panel.selection_card.counts.value]
    shown += [panel.message.view.value, panel.map.figure.to_json()]
    assert not any("<img src=x" in text for text in shown)


def test_files_of_the_selection(panel, synthetic_atlas, tmp_path):
    from dnaviz.atlas import load_atlas
    from dnaviz.panels.latent_map.selection import fasta_of, h5ad_of, table_of
    from dnaviz.sequences import parse_sequences

    panel.selection = [4, 8]
    records = parse_sequences(fasta_of(synthetic_atlas, panel.selection))
    assert [str(r) for r in records] == synthetic_atlas.sequences([4, 8])
    lines = table_of(synthetic_atlas, panel.selection).splitlines()
    assert lines[0].startswith("id\tlabel\tgene")
    assert len(lines) == 3
    (tmp_path / "part.h5ad").write_bytes(h5ad_of(synthetic_atlas, panel.selection))
    part = load_atlas(tmp_path / "part.h5ad")
    assert part.sequences() == synthetic_atlas.sequences([4, 8])
    np.testing.assert_array_equal(part.map(), synthetic_atlas.map()[[4, 8]])
    assert panel.selection_card.printed("pdf").startswith(b"%PDF")
    assert b"<svg" in panel.selection_card.printed("svg")
    with pytest.raises(InputError, match="Nothing is selected"):
        fasta_of(synthetic_atlas, np.array([], int))


def test_an_atlas_of_another_model_is_refused(synthetic_adata, untrained):
    synthetic_adata.obsm["X_latent"] = synthetic_adata.obsm["X_latent"][:, :9]
    with pytest.raises(InputError, match="9 columns"):
        LatentMap(Atlas(synthetic_adata, "a.h5ad"), untrained)


def test_an_atlas_with_a_map_and_nothing_else(synthetic_adata):
    for key in ("sequence", "X_splice", "X_umap_splice"):
        del synthetic_adata.obsm[key]
    synthetic_adata.obs = synthetic_adata.obs[[]]
    panel = LatentMap(Atlas(synthetic_adata))
    panel.selection = [0, 1]
    panel.focus = synthetic_adata.obs.index[0]
    assert "no sequences" in panel.selection_card.summary.value
    with pytest.raises(InputError):
        panel.space = "splice"


def test_map_quality_is_shown_per_space(synthetic_adata):
    synthetic_adata.uns["dnaviz"] = {
        "quality": {
            "autoencoder": {"trustworthiness": 0.845, "latent_accuracy": 0.81,
                            "map_accuracy": 0.77, "kmer_accuracy": 0.4},
            "splice": {"trustworthiness": 0.97},
        }
    }  # fmt: skip
    panel = LatentMap(Atlas(synthetic_adata))
    message = panel.controls.trust.value
    assert "trustworthiness 0.84" in message or "trustworthiness 0.85" in message
    assert "81%" in message
    assert "40% by 4-mers" in message
    panel.space = "splice"
    assert "trustworthiness 0.97" in panel.controls.trust.value


def test_dark_and_density(panel):
    panel.state.contours = True
    lines = panel.map.figure.data[maps.CONTOURS]
    assert lines.visible
    np.testing.assert_array_equal(lines.x, maps.contour_lines(panel.atlas.map())[:, 0])
    panel.page.dark = True
    assert panel.map.figure.layout.template.layout.paper_bgcolor == "#14181D"
    assert not panel.message.is_error


def test_a_double_click_in_the_legend_shows_one_alone_and_then_all(panel, synthetic_atlas):
    panel.map.plot.receive({"legend": maps.LEGEND.start, "alone": True})
    name = panel.map.coloring.categories[0][0]
    np.testing.assert_array_equal(panel.map.shown, synthetic_atlas.obs["label"] == name)
    panel.map.plot.receive({"legend": maps.LEGEND.start, "alone": True})
    assert panel.map.shown.all()


def test_browser_messages_are_validated(panel):
    nothing = float("nan")
    for content in (None, 7, {}, {"click": "x"}, {"click": 10**9}, {"click": [1, 2]},
                    {"click": [nothing, 0, 1]}, {"click": [0, 0, True]}, {"legend": 99},
                    {"lasso": {"x": [0, 1], "y": [0]}}, {"lasso": {"x": ["a"] * 4, "y": [0] * 4}},
                    {"lasso": {"x": [1e308] * 4, "y": [0] * 4}}, {"lasso": {}}, {"lasso": 3},
                    {"view": [0] * 6}, {"hover": [None] * 3}, {"ask": "nothing"}):  # fmt: skip
        panel.map.plot.receive(content)
    assert panel.selection.tolist() == []
    assert panel.focus == ""


def test_a_change_sends_no_more_than_what_changed(panel, monkeypatch):
    sent, bytes_sent = [], []

    def send(content, buffers=None):
        sent.append(content)
        bytes_sent.extend(buffers or [])

    monkeypatch.setattr(panel.map.plot, "send", send)
    panel.state.size = 6.0
    assert sent == [
        {"change": [[0, {"marker.size": 6.0, "marker.opacity": 0.75,
                         "selected.marker.opacity": 0.95, "selected.marker.size": 6.0}]],
         "layout": {}}
    ]  # fmt: skip
    panel.space = "splice"
    (moved,) = [content for content in sent[1:] if any("x" in c[1] for c in content["change"])][:1]
    assert moved["change"][0][1]["x"] == {"buffer": 0, "dtype": "f4"}
    assert 120 * 4 in map(len, bytes_sent)


def test_a_point_takes_nine_bytes_on_the_wire(panel, monkeypatch):
    sent = []
    monkeypatch.setattr(panel.map.plot, "send", lambda content, buffers: sent.append(buffers))
    panel.map.plot.receive({"ask": "figure"})
    assert sorted(map(len, sent[0])) == [120, 480, 480]
    np.testing.assert_array_equal(np.frombuffer(sent[0][1], "<f4"), panel.atlas.map()[:, 0])


@pytest.fixture
def drawn_here(monkeypatch, synthetic_atlas, untrained):
    """A panel whose points are too many for the browser, and what it sends of pictures."""
    monkeypatch.setattr("dnaviz.panels.latent_map.view.MOST_POINTS", 100)
    panel = LatentMap(synthetic_atlas, untrained)
    pictures = []
    monkeypatch.setattr(panel.map.plot, "picture", lambda png, box: pictures.append((png, box)))
    panel.map.plot.receive({"view": [-20.0, 20.0, -20.0, 20.0, 400, 400]})
    return panel, pictures


def pixels(png):
    from io import BytesIO

    from PIL import Image

    return np.asarray(Image.open(BytesIO(png)))


def test_many_points_are_a_picture(drawn_here, synthetic_atlas):
    panel, pictures = drawn_here
    assert len(panel.map.figure.data[maps.POINTS].x) == 0
    image = pixels(pictures[-1][0])
    assert image.shape == (400, 400, 4)
    x, y = synthetic_atlas.map()[7]
    assert image[int((20 - y) * 10), int((x + 20) * 10), 3] > 0
    empty = image[..., 3].astype(bool).mean()
    assert 0 < empty < 0.1


def test_a_picture_follows_color_filter_selection_and_space(drawn_here, synthetic_atlas):
    panel, pictures = drawn_here
    for change in (
        lambda: setattr(panel, "color", "gc"),
        lambda: panel.hide("label", ["donor"]),
        lambda: setattr(panel, "space", "splice"),
        lambda: setattr(panel.state, "size", 9.0),
    ):
        before = len(pictures)
        change()
        assert len(pictures) > before
        assert pictures[-1][0] != pictures[before - 1][0]
    inside = lasso_around(panel, np.arange(40, 60))
    np.testing.assert_array_equal(panel.selection, inside)
    # What a lasso holds never crosses the wire: a picture does.
    assert panel.map.figure.data[maps.POINTS].selectedpoints is None
    click(panel, 45)
    assert panel.focus in synthetic_atlas.obs.index


def test_hover_over_a_raster_shows_the_window(drawn_here, synthetic_atlas, monkeypatch):
    panel, _ = drawn_here
    sent = []
    monkeypatch.setattr(panel.map.plot, "send", lambda content, buffers=None: sent.append(content))
    x, y = synthetic_atlas.map()[7].tolist()
    panel.map.plot.receive({"hover": [x, y, 1e-4]})
    assert sent[-1]["tip"] == ["GENE0  donor", synthetic_atlas.obs.index[7]]
    panel.map.plot.receive({"hover": [999.0, 0.0, 1.0]})
    assert sent[-1]["tip"] == []


def test_a_page_without_webgl_gets_a_picture(panel, synthetic_atlas):
    sent = []
    panel.map.plot.send = lambda content, buffers=None: sent.append((content, buffers))
    panel.selection = [1, 2]
    panel.map.plot.receive({"ask": "figure", "flat": True})
    assert panel.map.plot.raster
    figure = panel.map.figure
    assert len(figure.data[maps.POINTS].x) == len(figure.data[maps.POINTS].marker.color) == 0
    assert figure.data[maps.POINTS].selectedpoints is None
    x0, x1, y0, y1 = maps.extent(synthetic_atlas.map())
    assert figure.layout.xaxis.range == (x0, x1)
    panel.map.plot.receive({"view": [x0, x1, y0, y1, 300, 200]})
    content, buffers = sent[-1]
    assert content["picture"] == [x0, x1, y0, y1]
    assert buffers[0].startswith(b"\x89PNG")
    panel.color = "gc"  # what changes is drawn anew
    assert sent[-1][0]["picture"]
    assert sent[-1][1] != buffers
    lasso(panel, -1e3, 1e3, -1e3, 1e3)
    assert len(panel.selection) == len(synthetic_atlas)


def test_results_are_said(panel, synthetic_atlas):
    panel.selection = range(30)
    assert panel.page.status == "30 of 120 windows are selected."
    panel.project(">mine\n" + synthetic_atlas.sequences([0])[0])
    assert panel.page.status == "Placed on the map: mine."


def test_constant_columns_are_no_colors_unless_asked_for(synthetic_atlas):
    obs = synthetic_atlas.obs.assign(split="test", half=np.arange(len(synthetic_atlas)) % 2)
    adata = synthetic_atlas.adata.copy()
    adata.obs = obs
    panel = LatentMap(Atlas(adata))
    offered = [value for _, value in panel.controls.color.options]
    assert "half" in offered
    assert "split" not in offered
    panel.color = "split"
    assert panel.controls.color.value == "split"
    assert not panel.message.is_error


def named_on_the_map(panel):
    return {a.text: (a.x, a.y) for a in panel.map.figure.layout.annotations}


def test_categories_are_named_at_the_median_of_their_points(panel, synthetic_atlas):
    assert named_on_the_map(panel) == {}
    panel.controls.names.value = True
    for space in ("autoencoder", "splice"):
        panel.space = space
        labels = synthetic_atlas.obs["label"]
        xy = synthetic_atlas.map(space)
        assert named_on_the_map(panel) == {
            name: tuple(np.median(xy[labels == name], axis=0)) for name in labels.unique()
        }
    panel.hide("label", ["donor"])
    assert set(named_on_the_map(panel)) == {"acceptor", "GT decoy", "AG decoy"}
    panel.color = "gc"
    assert named_on_the_map(panel) == {}
    panel.color = "label"
    assert len(named_on_the_map(panel)) == 3
    panel.state.names = False
    assert named_on_the_map(panel) == {}


def test_a_selection_is_labeled_from_the_page_and_the_label_undone(panel, synthetic_atlas):
    row, obs = panel.label_row, synthetic_atlas.obs
    assert row.undo.disabled
    row.name.value = "two"
    row.button.click()
    assert "Nothing is selected" in panel.message.text
    panel.selection = [3, 4]
    row.button.click()
    assert "2 windows have a new label in the column my_label" in panel.message.text
    assert list(obs.index[obs["my_label"] == "two"]) == list(obs.index[[3, 4]])
    assert panel.color == panel.controls.color.value == "my_label"
    assert set(named_on_the_map(panel)) == {"two"}
    panel.selection = [5]
    row.name.value = "<i>one</i>"
    row.button.click()
    assert set(named_on_the_map(panel)) == {"two", "&lt;i&gt;one&lt;/i&gt;"}
    sent = []
    row.file.send = lambda content: sent.append(content)
    row.file.press()
    assert b64decode(sent[0]["data"]).decode().splitlines() == [
        "id\tmy_label", f"{obs.index[3]}\ttwo", f"{obs.index[4]}\ttwo",
        f"{obs.index[5]}\t<i>one</i>",
    ]  # fmt: skip
    row.undo.click()
    assert set(named_on_the_map(panel)) == {"two"}
    panel.hide("my_label", ["two"])
    row.undo.click()
    assert panel.state.hidden == {}
    assert "my_label" not in obs
    assert panel.color == "label"
    assert row.undo.disabled
