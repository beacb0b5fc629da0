"""The reconstruction panel, driven through its widgets and its attributes."""

import asyncio
import re

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.models.ood_score import OodScore
from dnaviz.panels import Reconstruction
from dnaviz.panels.common.runner import from_page
from dnaviz.panels.common.sequence_html import alignment_html
from dnaviz.panels.reconstruction.panel import PAGE
from dnaviz.panels.reconstruction.tool import unlike_note

BASES = "ACGTTGCATTAGCCATAGGA" * 6


@pytest.fixture
def panel(untrained, synthetic_atlas):
    return Reconstruction(untrained, synthetic_atlas)


def paste(panel, text):
    panel.input.box.value = text
    panel.input.button.click()


def test_panel_shows_the_model_s_reconstruction(panel, untrained):
    paste(panel, f">x\n{BASES}")
    expected = untrained.reconstruct(BASES)[0]
    assert panel.result.reconstruction == expected.reconstruction
    assert f"{expected.accuracy:.2%}" in panel.facts.value
    assert "120 nt" in panel.facts.value
    letters = panel.letters.value
    assert letters.count("dnaviz-differs") == round((1 - expected.accuracy) * 120)
    assert panel.long_view.layout.display == "none"


def test_mismatches_are_marked_where_they_are():
    html = alignment_html("ACGTN", "ATGTA", first=1, dark=False, edited={2})
    assert html.count("dnaviz-differs") == 1
    assert '<span class="dnaviz-differs" style="color:#D55E00">T</span>' in html
    assert html.count("dnaviz-site") == 1


def test_an_edit_moves_the_latent(panel, untrained):
    panel.sequence = BASES
    panel.edits = "57G>A" if BASES[56] == "G" else f"57{BASES[56]}>G"
    after = str(panel.edited)
    assert sum(a != b for a, b in zip(BASES, after, strict=True)) == 1
    moved = np.linalg.norm(np.diff(untrained.encode([BASES, after]), axis=0))
    assert panel.effect.distance["autoencoder"] == pytest.approx(moved, rel=1e-5)
    np.testing.assert_allclose(
        panel.effect.probabilities, untrained.classify([BASES, after]), rtol=1e-5
    )
    assert panel.result.reconstruction == untrained.reconstruct(after)[0].reconstruction
    panel.edits = ""
    assert panel.effect.distance["autoencoder"] == 0
    assert str(panel.edited) == BASES


def test_an_edit_that_cannot_be_read_leaves_what_is_shown(panel):
    panel.sequence = BASES
    panel.edits = "10del"
    panel.explorer.edit.field.value = "nonsense"
    assert "not understood" in panel.explorer.edit.message.text
    assert panel.explorer.edit.field.value == "nonsense"
    assert panel.edits == "10del"
    panel.state.tool = "lost"
    assert panel.message.text == ""
    assert str(panel.edited) == BASES[:9] + BASES[10:]


def test_tools_are_asked_again_only_where_something_changed(panel, monkeypatch):
    asked = []
    for name in ("edit", "traverse"):
        tool = getattr(panel.explorer, name)

        def steps(shown, name=name, steps=tool.steps):
            asked.append(name)
            return steps(shown)

        monkeypatch.setattr(tool, "steps", steps)
    panel.sequence = BASES
    panel.traverse("PC 2", 1.0)
    panel.state.tool = "edit"
    panel.state.tool = "turn"
    assert asked == ["edit", "traverse"]
    panel.traverse("PC 3")
    panel.state.tool = "edit"
    assert asked == ["edit", "traverse", "traverse"]
    panel.edits = "10del"
    assert asked[3:] == ["edit"]


def test_changed_bases_in_the_box_are_taken_for_edits(panel):
    paste(panel, BASES)
    paste(panel, BASES[:9] + "N" + BASES[10:])
    assert panel.edits == f"10{BASES[9]}>N"
    assert str(panel.sequence) == BASES
    assert panel.explorer.edit.field.value == panel.edits
    paste(panel, BASES[::-1])
    assert panel.edits == ""
    assert str(panel.sequence) == BASES[::-1]


@pytest.mark.parametrize("text", [">b\n{b}", ">a\n{a}\n>b\n{b}"], ids=["pasted", "picked"])
def test_another_record_with_few_other_bases_is_no_edit_of_the_one_before(panel, text):
    other = BASES[:9] + "N" + BASES[10:]
    paste(panel, f">a\n{BASES}")
    paste(panel, text.format(a=BASES, b=other))
    if panel.input.sequence.name == "a":
        panel.input.picker.value = 1
    assert panel.edits == ""
    assert panel.result.sequence.name == "b"
    assert str(panel.sequence) == other


def test_a_record_of_the_same_name_that_is_picked_is_no_edit(panel):
    other = BASES[:9] + "N" + BASES[10:]
    paste(panel, f">x\n{BASES}\n>x\n{other}")
    for number, bases in ((1, other), (0, BASES)):
        panel.input.picker.value = number
        assert panel.edits == ""
        assert str(panel.sequence) == bases


def browse(panel, stages, to, back):
    """Do as a page does: ask for one thing and, once it has come so far, for what was before."""

    async def run():
        with from_page():
            to()
            assert panel.runner.busy
            for _ in range(stages):
                await asyncio.sleep(0.003)
            back()
            while panel.runner.busy:
                await asyncio.sleep(0.003)

    asyncio.run(run())


def shown(panel):
    """What a viewer reads of the sequence and of the chosen tool."""
    tool = panel.explorer.tool
    views = [one.view.layout.display for one in panel.explorer._tools.values()]
    own = tool.field.value if hasattr(tool, "field") else panel.state.direction
    return panel.facts.value, panel.letters.value, views, tool.notes.value, tool.facts.value, own


A, B = f">a\n{BASES}", f">b\n{BASES[::-1]}"


@pytest.mark.parametrize("stages", range(5))
@pytest.mark.parametrize("kind", ["sequence", "edits", "tool", "target", "direction"])
def test_who_goes_back_before_the_answer_has_come_sees_what_was_asked_for(panel, kind, stages):
    """However far the answer to what is no longer asked for has come."""
    state = panel.state
    panel.sequence = A
    if kind == "target":
        panel.interpolate(OTHER)
    elif kind == "direction":
        panel.traverse("PC 1")
    before = shown(panel)
    field, undo = panel.explorer.edit.view.children[0].children
    to, back = {
        "sequence": (lambda: paste(panel, B), lambda: paste(panel, A)),
        "edits": (lambda: field.set_trait("value", "10del"), undo.click),
        "tool": (lambda: state.set_trait("tool", "walk"), lambda: state.set_trait("tool", "edit")),
        "target": (
            lambda: state.set_trait("other", OTHER[::-1]),
            lambda: state.set_trait("other", OTHER),
        ),
        "direction": (
            lambda: state.set_trait("direction", "PC 2"),
            lambda: state.set_trait("direction", "PC 1"),
        ),
    }[kind]
    browse(panel, stages, to, back)
    assert shown(panel) == before
    assert panel.result.sequence == panel.sequence


def test_another_tool_is_shown_when_the_work_of_one_was_canceled(panel):
    panel.sequence = BASES

    async def run():
        with from_page():
            panel.state.tool = "walk"
            while panel.explorer.interpolate.view.layout.display == "none":
                await asyncio.sleep(0)
            panel.cancel_button.click()
            panel.state.tool = "edit"
            while panel.runner.busy:
                await asyncio.sleep(0)

    asyncio.run(run())
    assert panel.explorer.edit.view.layout.display is None
    assert panel.explorer.interpolate.view.layout.display == "none"


def test_map_position_follows_edits(panel, synthetic_atlas, untrained):
    panel.sequence = BASES
    panel.edits = "60_64del"
    # The base before the five that were in the middle is there now.
    expected = synthetic_atlas.project([BASES, f"NN{panel.edited}NNN"], model=untrained)
    np.testing.assert_allclose(panel.explorer.edit.placement.xy, expected.xy, rtol=1e-5)
    panel.state.space = "splice"
    expected = synthetic_atlas.project(
        [BASES, f"NN{panel.edited}NNN"], model=untrained, space="splice"
    )
    np.testing.assert_allclose(panel.explorer.edit.placement.xy, expected.xy, rtol=1e-5)


def test_a_long_sequence_goes_through_in_tiles_and_page_by_page(panel, untrained):
    long = BASES * 25
    panel.sequence = long
    assert f"{panel.result.tiles} overlapping tiles" in panel.notes.value
    assert panel.result.reconstruction == untrained.reconstruct(long)[0].reconstruction
    assert f"Bases 1 to {PAGE:,} are shown" in panel.notes.value
    panel.page_slider.value = 2001
    assert f"Bases 2,001 to {2000 + PAGE:,} are shown" in panel.notes.value
    panel.state.first = 10**9
    assert panel.message.text == ""
    panel.edits = "1500del"
    assert "around the first edit" in panel.explorer.edit.notes.value
    assert panel.effect.before == long[panel.effect.first - 1 :][:200]
    assert panel.effect.distance["autoencoder"] > 0


@pytest.mark.parametrize("edit", ["57J>A", "9999A>C", "hello", "1G>T"])
def test_a_bad_edit_is_one_sentence(panel, edit):
    panel.sequence = BASES
    panel.explorer.edit.field.value = edit
    assert panel.explorer.edit.message.is_error
    assert "went wrong" not in panel.explorer.edit.message.text
    with pytest.raises(InputError):
        panel.edits = edit + " "
    panel.explorer.edit.field.value = f"3{BASES[2]}>N"
    assert not panel.explorer.edit.message.is_error
    assert str(panel.edited)[2] == "N"


def test_python_says_when_there_is_no_sequence_yet(panel):
    with pytest.raises(InputError, match="no sequence yet"):
        panel.edits = "1A>C"
    assert panel.result is None


@pytest.mark.parametrize("text", ["", "ACGT", ">x\nACGTXACGTACGTACGTACGTACGT"])
def test_a_bad_paste_is_one_sentence(panel, text):
    paste(panel, text)
    assert panel.message.is_error
    assert "went wrong" not in panel.message.text
    assert panel.result is None


def test_after_a_refusal_the_reconstruction_is_said_to_be_of_the_sequence_before(panel):
    panel.input.box.value = ">mine\n" + "ACGTTGCA" * 10
    panel.input.button.click()
    panel.input.box.value = "ACGT!" * 20
    panel.input.button.click()
    assert "still those of mine" in panel.input.old.value


def run_as_a_page(panel, *deeds):
    """What a page does one after the other, each done before the next."""

    async def run():
        with from_page():
            for deed in deeds:
                deed()
                while panel.runner.busy:
                    await asyncio.sleep(0.003)

    asyncio.run(run())


def test_an_edit_is_made_to_the_text_in_the_box_also_where_nobody_asked_to_read_it(panel):
    field, other = panel.explorer.edit.field, "GG" + BASES[2:]
    paste(panel, f">old\n{BASES}")
    panel.input.box.value = f">new\n{other}"
    run_as_a_page(panel, lambda: setattr(field, "value", "2G>T"))
    assert str(panel.sequence) == other
    assert panel.edits == field.value == "2G>T"
    assert str(panel.edited) == "GT" + BASES[2:]
    assert panel.input.old.value == ""
    panel.input.box.value = f">old\n{BASES}"
    run_as_a_page(panel, lambda: setattr(field, "value", "3C>A"))
    assert str(panel.edited) == str(panel.sequence) == BASES
    assert (panel.edits, field.value) == ("", "3C>A")
    assert panel.explorer.edit.message.is_error


def test_no_edit_is_made_while_the_box_has_a_text_that_cannot_be_read(panel):
    paste(panel, f">old\n{BASES}")
    panel.input.box.value = "ACGT!" * 20
    panel.explorer.edit.field.value = "1A>T"
    assert panel.explorer.edit.message.is_error
    assert panel.edits == ""
    assert "still those of old" in panel.input.old.value


def test_a_link_on_an_open_page_opens_its_sequence_with_its_edits(panel, untrained):
    panel.sequence = BASES
    other = Reconstruction(untrained, panel.atlas, "GG" + BASES[2:])
    other.edits = "2G>T"
    panel.reopen(other.state.to_query())
    assert panel.state.to_dict() == other.state.to_dict()
    assert panel.edited == other.edited


def test_a_link_opens_the_same_reconstruction(panel, untrained, synthetic_atlas):
    panel.sequence = f">mine\n{BASES}"
    panel.edits = "60_64del"
    query = panel.state.to_query()
    other = Reconstruction(untrained, synthetic_atlas)
    assert other.state.from_query(query) == []
    assert other.state.to_dict() == panel.state.to_dict()
    assert other.edited == panel.edited
    assert other.result.reconstruction == panel.result.reconstruction


def test_ambiguous_bases_only(panel):
    panel.sequence = "N" * 50
    assert "nan" not in panel.facts.value
    assert not panel.message.is_error
    assert panel.explorer.side.layout.display == "none"  # it has no place on the map


def test_without_an_atlas_there_is_no_map(untrained, monkeypatch):
    def no_atlas():
        raise InputError("There is no atlas here.")

    monkeypatch.setattr("dnaviz.panels.reconstruction.panel.load_atlas", no_atlas)
    panel = Reconstruction(untrained)
    panel.sequence = BASES
    panel.edits = "1del"
    assert panel.effect.distance["splice"] >= 0
    assert panel.explorer.side.layout.display == "none"
    panel.page.dark = True
    assert not panel.message.is_error
    with pytest.raises(InputError, match=r"needs an atlas.* There is no atlas here\."):
        panel.traverse("PC 1")


def test_names_are_text(panel):
    panel.sequence = ">a<img src=x>\n" + BASES
    assert "<img" not in panel.facts.value


OTHER = "TTGACCAGTAGGCATACGAT" * 5


def test_interpolate_to_a_pasted_sequence(panel, untrained, synthetic_atlas):
    panel.sequence = BASES
    path = panel.interpolate(f">there\n{OTHER}", step=1)
    tool = panel.explorer.interpolate
    assert panel.state.tool == "walk"
    assert tool.view.layout.display is None
    assert panel.explorer.edit.view.layout.display == "none"
    assert "from sequence to there" in tool.notes.value
    ends = untrained.encode([BASES, OTHER])
    np.testing.assert_allclose(path.latents[[0, -1]], ends, atol=1e-5)
    assert tool.at == len(path.bases) - 1
    panel.state.step = 0.25
    assert tool.at == 8
    expected = path.sites[8]
    assert f"{expected[1]:.3f}" in tool.facts.value
    assert tool.plot.patch["1"]["y"] == [0.25, 0.25]
    # The path on the map is where the atlas places the points of the path.
    placed = synthetic_atlas.project(path.latents, model=untrained)
    np.testing.assert_array_equal(tool.overlay("autoencoder").path, placed.xy)
    local = panel.explorer.map.plot.patch[str(5)]
    assert local["text"] == ["start", "end", "here"]
    np.testing.assert_allclose(local["x"][2], placed.xy[8, 0])
    panel.state.space = "splice"
    written = synthetic_atlas.project(path.bases, space="splice", model=untrained)
    np.testing.assert_allclose(tool.overlay("splice").path, written.xy, atol=1e-5)


def test_points_of_a_path_that_do_not_look_human_are_counted(panel):
    class Judge:
        """Finds every T strange."""

        def ood_score(self, bases):
            return OodScore(0.0, 0.0, "Strange." if "T" in bases else None)

    panel.sequence = BASES
    path = panel.interpolate(OTHER)._replace(bases=["AACA", "AATA", "TATA"])
    (sentence,) = unlike_note(Judge(), path)
    assert sentence.startswith("At 2 of 3 points on this path, what is written does not look like")
    assert unlike_note(Judge(), path._replace(bases=["AACA"])) == []
    assert unlike_note(object(), path) == []


def test_interpolate_to_an_atlas_window(panel, synthetic_atlas):
    panel.sequence = BASES
    panel.state.tool = "walk"  # with nothing said, to the most distant of the suggestions
    tool = panel.explorer.interpolate
    assert len(tool.menu.options) == 5
    assert tool.path is not None
    assert panel.state.other == ""
    tool.menu.value = tool.menu.options[1][1]
    assert panel.state.other == tool.menu.options[1][1]
    assert tool.field.value == panel.state.other
    (bases,) = synthetic_atlas.sequences(synthetic_atlas.rows([panel.state.other]))
    assert tool.end == bases
    tool.plot.receive({"trace": 0, "point": [4, 0]})
    assert panel.state.step == pytest.approx(4 / 32)


@pytest.mark.parametrize("step", [0, 1])
def test_columns_without_a_base_are_not_told_to_be_alike(panel, step):
    panel.sequence = BASES
    target = "GGGCATTTACCATACCAGTT" * 2
    path = panel.interpolate(target, step=step)
    written, rows = path.bases[-step], {"start": BASES, "end": target}
    for name, row in rows.items():
        offset = len(written) // 2 - len(row) // 2  # of its first base in what is written
        same = sum(
            b == row[i - offset] for i, b in enumerate(written) if 0 <= i - offset < len(row)
        )
        share = same / max(len(written), len(row))  # the shorter one lies within
        facts = panel.explorer.interpolate.facts.value
        assert re.search(f"as at the {name}.{{0,40}}?{share:.0%} of bases", facts)


def test_bad_interpolation_targets_are_refused(panel):
    panel.sequence = BASES
    for text in ("ACGT", "hello!", ">x\n"):
        with pytest.raises(InputError):
            panel.interpolate(text)
        tool = panel.explorer.interpolate
        assert tool.message.is_error
        assert "went wrong" not in tool.message.text
        assert tool.overlay("autoencoder") is None
        assert tool.notes.value == ""
    panel.interpolate(OTHER)
    assert not panel.explorer.interpolate.message.text


def test_after_a_refused_target_nothing_is_said_of_the_one_before(panel):
    panel.sequence = BASES
    panel.interpolate(OTHER)
    field = panel.explorer.interpolate.field
    assert "FASTA" not in field.placeholder
    field.value = f">there{OTHER}"  # how a browser puts pasted FASTA on one line
    tool = panel.explorer.interpolate
    assert "give the bases alone" in tool.message.text
    assert tool.notes.value == ""
    assert tool.result.layout.display == "none"
    field.value = OTHER
    assert "A straight line" in tool.notes.value


def test_of_a_long_target_is_said_which_positions_are_meant(panel, synthetic_atlas):
    panel.sequence = BASES
    long = OTHER * 5
    path = panel.interpolate(f">there\n{long}")
    tool = panel.explorer.interpolate
    assert tool.end == long[150:350]
    note = "The latent of there is that of positions 151 to 350: the central window."
    assert note in tool.notes.value
    np.testing.assert_allclose(path.latents[-1], panel.model.encode([long[150:350]])[0], atol=1e-5)
    panel.interpolate(synthetic_atlas.obs.index[3])
    assert "The latent of" not in tool.notes.value


def test_traverse_a_direction(panel, synthetic_atlas, untrained):
    panel.sequence = BASES
    path = panel.traverse("PC 2", 1)
    tool = panel.explorer.traverse
    direction = tool.axes.direction("PC 2")
    np.testing.assert_allclose(
        path.latents[tool.at], untrained.encode(BASES)[0] + direction, atol=1e-4
    )
    assert "PC 2 holds" in tool.notes.value
    tool.number.value = 3
    assert panel.state.direction == "PC 3"
    tool.kind.value = "dimension"
    assert panel.state.direction == "dimension 3"
    assert sorted(tool.numbers) == sorted(set(tool.numbers))
    tool.all_directions.receive({"trace": 0, "point": [1, 0]})
    assert panel.state.direction == f"dimension {tool.numbers[1]}"
    with pytest.raises(InputError, match="no dimension 999"):
        panel.traverse("dimension 999")
    with pytest.raises(InputError, match="amount"):
        panel.traverse("PC 1", 99)


def test_edits_apply_to_interpolation_and_traversal(panel, untrained):
    panel.sequence = BASES
    panel.interpolate(OTHER, step=0)
    panel.edits = f"57{BASES[56]}>N"
    assert panel.explorer.interpolate.path.bases[0] == panel.result.reconstruction


def test_a_link_restores_the_interpolation(panel, untrained, synthetic_atlas):
    panel.sequence = BASES
    panel.interpolate(OTHER, step=0.75)
    other = Reconstruction(untrained, synthetic_atlas)
    assert other.state.from_query(panel.state.to_query()) == []
    assert other.state.to_dict() == panel.state.to_dict()
    assert other.explorer.interpolate.path.bases == panel.explorer.interpolate.path.bases
    assert other.explorer.interpolate.at == panel.explorer.interpolate.at


def test_reconstruction_errors_are_shown_where_measured(panel, untrained, synthetic_atlas):
    from dnaviz.atlas.reconstruction_errors import reconstruction_errors, store

    panel.sequence = BASES
    panel.state.tool = "lost"
    assert "not measured" in panel.explorer.errors.notes.value
    store(synthetic_atlas, reconstruction_errors(synthetic_atlas, untrained, sample=20))
    other = Reconstruction(untrained, synthetic_atlas, sequence=BASES)
    other.state.tool = "lost"
    assert "not measured" not in other.explorer.errors.notes.value
    assert "of 4,000 wrong" in other.explorer.errors.facts.value
    assert other.explorer.errors.plot.figure
    other.page.dark = True
    assert not other.message.is_error
