"""A list of variants in the splice inspector: ranked, each one click away, nothing lost."""

import base64
from datetime import UTC, datetime

import pytest

from dnaviz.errors import InputError
from dnaviz.panels.splice_inspector.panel import SpliceInspector

LIST = "GAMT:c.327G>A\nHBB:c.92+40C>A\nrs334\nHBB:IVS2-654C>T\n57A>C\n"


pytestmark = pytest.mark.usefixtures("few_steps")


def hidden(view):
    return view.layout.display == "none"


def submit(inspector, text):
    inspector.case_view.box.value = text
    inspector.case_view.button.click()


def upload(inspector, name, content):
    file = {"name": name, "type": "", "size": len(content), "content": content}
    file["last_modified"] = datetime.now(UTC)
    inspector.case_view.upload.value = (file,)


def saved(download):
    """The content of the file that a press on a download sends."""
    files = []
    download.send = lambda content: files.append(content)
    download.press()
    return files[0]["name"], base64.b64decode(files[0]["data"]).decode()


def test_a_list_is_ranked_and_a_row_opens_its_variant_and_back_the_list(inspector):
    view = inspector.case_view
    assert hidden(view.view)
    view.toggle.value = True
    assert not hidden(view.view)
    submit(inspector, LIST)
    table = view.table
    first = [row[1].partition(":")[0] for row in table.rows[:2]]
    gamt, hbb = first.index("GAMT"), first.index("HBB")
    assert {row[1] for row in table.rows[-2:]} == {"rs334", "57A>C"}
    assert "5 variants: 2 with a predicted change" in view.summary.value
    listed = inspector.page.query
    assert listed

    table.selected = hbb
    assert inspector.state.example == "HBB"
    assert inspector.edits == "1149C>T"
    assert not hidden(inspector.mrna_view.view)
    row = inspector.case.rows[hbb]
    opened, listed_one = (one.consequences.main for one in (inspector.prediction, row.prediction))
    assert opened.product == listed_one.product
    assert "in intron 2, 1,075 to 1,147" in inspector.prediction.headline  # of this sequence
    assert "in intron 2, chr11:5,225,925 to 5,225,997" in row.prediction.headline
    table.selected = gamt
    assert inspector.state.example == "GAMT"

    inspector.page.opened = listed  # what Back asks for
    assert hidden(inspector.mrna_view.view)
    assert not hidden(view.view)
    assert len(table.rows) == 5
    assert inspector.case.rows[hbb] is row
    table.selected = gamt  # the row that was open before can be opened again
    assert inspector.state.example == "GAMT"
    inspector.open_example("LDLR exon 4")
    assert table.selected == -1


def test_a_row_that_could_not_be_placed_says_why(inspector):
    submit(inspector, LIST)
    inspector.case_view.table.selected = 4
    assert "counts in a sequence that it does not name" in inspector.case_view.message.text
    assert inspector.result is None
    with pytest.raises(InputError, match="does not name"):
        inspector.open_row(inspector.case.rows[4])


def test_positions_count_in_the_sequence_at_hand_wherever_one_has_gone_since(inspector):
    inspector.open_example("LDLR exon 4")
    sequence = inspector.sequence
    case = inspector.predict_list("481G>A\nHBB:IVS2-654C>T")
    assert {row.line.number for row in case.rows if not row.error} == {1, 2}
    there = next(row for row in case.rows if row.line.number == 2)
    inspector.open_row(there)
    assert inspector.state.example == "HBB"
    here = next(row for row in case.rows if row.line.number == 1)
    inspector.open_row(here)
    assert inspector.sequence == sequence
    assert inspector.edits == str(here.placed.variants[0])


@pytest.mark.parametrize("text", ["", "#\n", "57A>G\n" * 2_000])
def test_a_list_that_cannot_be_read_leaves_the_one_before(inspector, text):
    submit(inspector, "GAMT:c.327G>A")
    case = inspector.case
    submit(inspector, text)
    view = inspector.case_view
    assert view.message.is_error
    assert inspector.case is case
    assert len(view.table.rows) == 1


def test_report_and_table_are_files_of_the_case(inspector):
    submit(inspector, LIST)
    name, page = saved(inspector.case_view.downloads[0])
    assert name == "case.html"
    assert "GAMT:c.327G&gt;A" in page
    name, table = saved(inspector.case_view.downloads[1])
    assert name == "case.tsv"
    assert len(table.splitlines()) == 6


def test_an_upload_is_a_list(inspector):
    row = b"19\t11102787\t.\tG\tA,<DEL>\t.\t.\t.\n"
    upload(inspector, "a.vcf", row)
    assert len(inspector.case.rows) == 2
    assert inspector.case_view.box.value == row.decode()
    upload(inspector, "a.vcf.gz", b"\x1f\x8bcut")
    assert inspector.case_view.message.text == '"a.vcf.gz": the gzip file is damaged or cut short.'


def test_a_link_carries_a_short_list_and_says_that_a_long_one_is_missing(inspector):
    inspector.predict_list("GAMT:c.327G>A")
    other = SpliceInspector(model=inspector.model, atlas=inspector.neighbors_view.atlas())
    other.reopen(inspector.page.query)
    assert [row.line.given for row in other.case.rows] == ["GAMT:c.327G>A"]
    inspector.predict_list("GAMT:c.327G>A" + "\nrs334" * 500)
    assert len(inspector.page.query) < 1_000
    other.reopen(inspector.page.query)
    assert "too long for the link" in other.message.text
    inspector.reopen(inspector.page.query)  # the page that has it
    assert len(inspector.case.rows) == 501
    assert not inspector.message.text


def test_a_link_with_a_sequence_and_a_list_shows_the_answers_of_both(inspector, quick_atlas):
    inspector.open_example("LDLR exon 4")
    case = inspector.predict_list("481G>A\nHBB:IVS2-654C>T")
    other = SpliceInspector(model=inspector.model, atlas=quick_atlas)
    other.reopen(inspector.page.query)
    assert other.sequence == inspector.sequence
    assert other.result is not None
    assert other.case_view.table.rows == inspector.case_view.table.rows
    assert other.case.tsv() == case.tsv()
    predicted = other.case
    for row in predicted.rows:
        other.open_row(row)
    assert other.case is predicted  # once


def test_a_link_whose_list_was_too_long_shows_its_sequence(inspector, quick_atlas):
    inspector.open_example("LDLR exon 4")
    inspector.predict_list("481G>A" + "\nrs334" * 500)
    other = SpliceInspector(model=inspector.model, atlas=quick_atlas)
    other.reopen(inspector.page.query)
    assert other.result is not None
    assert other.result.sequence == inspector.sequence
    assert "too long for the link" in other.message.text


def test_a_list_that_is_no_text_leaves_the_one_that_is_shown(inspector):
    case = inspector.predict_list("GAMT:c.327G>A")
    for value in (5, None, ["GAMT:c.327G>A"]):
        with pytest.raises(InputError, match="is not a list of variants: write them as text"):
            inspector.predict_list(value)
    assert inspector.case is case
    assert inspector.state.variants == "GAMT:c.327G>A"
