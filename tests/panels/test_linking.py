"""Panels that follow each other."""

import numpy as np
import pytest

import dnaviz
from dnaviz.errors import InputError
from dnaviz.panels import LatentMap, Reconstruction, SpliceInspector, link

pytestmark = pytest.mark.usefixtures("few_steps")

GENE = "ACGTTGCATTAGCCATAGGACAGGTAAGTCTAACCTTGACAGTTTACG" * 8


@pytest.fixture
def panels(lively, synthetic_atlas):
    """A map, an inspector and a reconstruction of the same model, linked."""
    result = (
        LatentMap(synthetic_atlas, lively),
        SpliceInspector(lively, atlas=synthetic_atlas),
        Reconstruction(lively, synthetic_atlas),
    )
    link(*result)
    return result


def test_a_window_of_the_map_is_shown_everywhere(panels, synthetic_atlas):
    where, why, back = panels
    where.focus = synthetic_atlas.obs.index[40]  # an acceptor
    (bases,) = synthetic_atlas.sequences([40])
    assert str(why.sequence) == str(back.sequence) == bases
    assert (why.state.position, why.state.site) == (101, "acceptor")
    assert why.attribution.position == 101
    assert back.result is not None
    assert where.focus == synthetic_atlas.obs.index[40]
    assert where.placed == []  # the answer of the others is no news


def test_selected_windows_are_records_of_the_others(panels, synthetic_atlas):
    where, why, back = panels
    where.selection = [3, 5, 70]
    for panel in (why, back):
        assert [str(record) for record in panel.input.records] == synthetic_atlas.sequences(
            [3, 5, 70]
        )
    why.input.picker.value = 2
    assert str(why.sequence) == synthetic_atlas.sequences([70])[0]
    where.selection = range(110)
    assert len(back.input.records) == 100
    assert "first 100 of 110" in back.message.text


def test_a_site_of_the_inspector_is_placed_on_the_map(panels, lively, synthetic_atlas):
    where, why, back = panels
    why.sequence = f">gene\n{GENE}"
    why.select(position=151, strand="-", site="donor")
    (placed,) = where.placed
    assert placed.name == back.sequence.name == "gene_donor_151"
    expected = dnaviz.reverse_complement(GENE)[len(GENE) - 151 - 100 :][:200]
    assert str(placed) == str(back.sequence) == expected
    np.testing.assert_array_equal(
        where.placement.xy, synthetic_atlas.project(expected, model=lively).xy
    )


def test_the_sequence_of_a_reconstruction_goes_to_both(panels):
    where, why, back = panels
    back.sequence = GENE[:200]
    assert str(why.sequence) == str(where.placed[0]) == GENE[:200]


def test_two_maps_share_selection_and_focus(synthetic_atlas, lively):
    one, two = LatentMap(synthetic_atlas), LatentMap(synthetic_atlas)
    both = link(one, two)
    one.selection = [1, 2]
    two.focus = synthetic_atlas.obs.index[7]
    assert two.selection.tolist() == [1, 2]
    assert one.focus == two.focus
    both.unlink()
    assert "undone" in repr(both)
    one.selection = [5]
    assert two.selection.tolist() == [1, 2]


def test_an_observer_of_the_selection_is_given_ids(synthetic_atlas):
    panel, seen = LatentMap(synthetic_atlas), []
    panel.observe("selection", seen.append)
    panel.observe("space", seen.append)
    panel.selection = [5, 2]
    panel.space = "splice"
    panel.selection = []
    ids = synthetic_atlas.obs.index[[2, 5]].tolist()
    assert seen == [ids, "splice", []]
    with pytest.raises(InputError, match="no part 'selected'; it has"):
        panel.observe("selected", seen.append)


def test_maps_of_which_each_has_windows_of_its_own_share_the_common_ones(synthetic_atlas):
    ids = synthetic_atlas.obs.index
    one = LatentMap(synthetic_atlas.subset(range(80)))
    two = LatentMap(synthetic_atlas.subset(range(119, 39, -1)))  # in another order
    link(one, two)
    one.selection = ids[[5, 50, 60]]
    assert list(two.selected.index) == list(ids[[60, 50]])
    assert two.message.text == "1 of the 3 selected windows is not on this map."
    two.selection = ids[[70, 71, 100, 101]]
    assert list(one.selected.index) == list(ids[[70, 71]])
    assert one.message.text == "2 of the 4 selected windows are not on this map."
    assert two.message.text == ""
    two.selection = ids[[110]]
    assert len(one.selection) == 0
    assert one.message.text == "Nothing of what was selected is on this map."
    two.focus = ids[45]
    assert one.focus == ids[45]
    two.focus = ids[100]
    assert one.focus == ids[45]
    assert "is not on this map" in one.message.text
    one.selection = ids[[60]]
    one.selection = []
    assert len(two.selection) == 0


def test_maps_of_no_common_window_place_what_the_other_shows(synthetic_adata, lively):
    from dnaviz.atlas import Atlas

    other = synthetic_adata.copy()
    other.obs.index = [f"other {i}" for i in range(120)]
    maps = []
    for data in (synthetic_adata, other):
        atlas = Atlas(data)
        atlas.check_model = lambda model: None
        maps.append(LatentMap(atlas, lively))
    one, two = maps
    link(one, two)
    one.selection = [1, 2]
    assert [str(s) for s in two.placed] == one.atlas.sequences([1, 2])
    assert len(two.selection) == 0


def test_what_cannot_be_linked(synthetic_atlas):
    where = LatentMap(synthetic_atlas)
    for wrong in ([where], [where, where], [where, "inspector"], []):
        with pytest.raises(InputError):
            link(*wrong)


def test_an_error_in_one_stays_there(panels, monkeypatch):
    where, why, back = panels

    def refuse(*_, **__):
        raise InputError("Not today.")

    monkeypatch.setattr(why, "show", refuse)
    where.focus = where.atlas.obs.index[1]
    assert why.message.text == "Not today."
    assert back.sequence is not None
    assert not where.message.is_error
