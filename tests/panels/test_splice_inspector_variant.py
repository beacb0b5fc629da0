"""Variants as people write them, in the splice inspector: what they do to the mRNA."""

import asyncio
import json
import re

import pytest
from helpers.hbb import EXON_2, EXON_3, RECORD, TRANSCRIPT

from dnaviz.errors import InputError
from dnaviz.panels.common.runner import from_page
from dnaviz.panels.splice_inspector.panel import SpliceInspector
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.features import RecordTranscript
from dnaviz.splicing.exon_change import ExonChange
from dnaviz.splicing.variant_effect import SpliceEffect

FORWARD, REVERSE = EXON_2[100:120], reverse_complement(EXON_3[30:50])
CASED = "".join(
    base if any(s <= i <= e for s, e in TRANSCRIPT.exons) else base.lower()
    for i, base in enumerate(str(RECORD), 1)
)


pytestmark = pytest.mark.usefixtures("few_steps")


def hidden(view):
    return view.layout.display == "none"


def test_old_intron_notation_leads_to_the_pseudo_exon_and_its_site(inspector):
    inspector.open_example("HBB")
    assert hidden(inspector.mrna_view.view)
    field = inspector.variant_view.field
    field.value = "IVS2-654C>T"
    assert field.value == ""
    assert inspector.edits == "1149C>T"
    prediction = inspector.prediction
    assert prediction.consequences.main.length == 73
    page = inspector.variant_view.edits.value
    for message in ("donor at 1,148", "acceptor at 1,074", "a pseudo-exon of 73 nt"):
        assert message in page
    names = inspector.variant_view.names.value
    for message in ("1149C&gt;T", "c.316-197C&gt;T", "NC_000011.10:g.5225923G&gt;A", "intron 2"):
        assert message in names
    # The chosen site, and with it the logos and the heat map, went where the change is largest.
    state, event = inspector.state, prediction.event
    assert (state.position, state.site_strand, state.site) == event.chosen
    assert inspector.attribution.position == event.delta.position
    assert inspector.mutations.site == event.site
    view = inspector.mrna_view
    assert not hidden(view.view)
    assert "A pseudo-exon of 73 nt" in view.products.value
    assert "not proportions" in view.products.value
    inspector.reset()
    assert hidden(view.view)
    assert inspector.prediction is None
    assert inspector.gel is None
    assert inspector.paragraph == ""


def test_a_long_edit_is_not_spelled_out_in_the_message(inspector):
    inspector.open_example("HBB")
    inspector.edits = "c.92_93delinsA"  # with the intron between
    assert len(inspector.edits) > 130
    message = inspector.variant_view.edits.value
    assert f"{inspector.edits[:50]}…" in message
    assert inspector.edits[:60] not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [("c.79G>A", "none is known"), ("rs33945777", "nothing is looked up"),
     ("chr11-5225923-G-A", "not known"), ("p.Glu27Lys", "protein")],
)  # fmt: skip
def test_what_cannot_be_placed_is_one_sentence_and_stays(inspector, text, said):
    inspector.sequence = Sequence(str(RECORD), "plain")
    view = inspector.variant_view
    view.field.value = text
    assert view.field.value == text
    assert view.message.is_error
    assert said in view.message.text
    assert inspector.edits == ""
    with pytest.raises(InputError, match=said):
        inspector.edits = text


def test_exons_in_upper_case_count_in_c_once_their_start_codon_is_known(inspector):
    inspector.sequence = Sequence(CASED, "minigene")
    view = inspector.variant_view
    assert not hidden(view.start)
    view.field.value = "c.79G>A"
    assert "no coding sequence is known" in view.message.text
    view.start.value = "200"
    assert "not in an exon" in view.start_message.text
    assert inspector.coding_start == 0
    view.start.value = "the first"
    assert "as 51" in view.start_message.text
    view.start.value = "51"
    assert view.start_message.text == ""
    view.apply.click()
    assert inspector.edits == "129G>A"
    assert inspector.prediction.names[0].coding == "c.79G>A"
    main = inspector.prediction.consequences.main
    assert main.coding.frame in ("kept", "shifted", "outside")
    assert "first codon" not in view.counted.value
    inspector.coding_start = 52
    assert "whose first codon is TGG, not ATG" in view.counted.value
    inspector.coding_start = 51
    inspector.state.case_exons = False  # no exons are known then, and no start codon
    assert view.message.text == ""
    assert inspector.coding_start == 0
    inspector.state.case_exons = True
    assert inspector.prediction.names[0].coding == ""
    inspector.coding_start = 51
    assert inspector.prediction.names[0].coding == "c.79G>A"
    inspector.coding_start = 0
    assert inspector.prediction.names[0].coding == ""
    with pytest.raises(InputError, match="not in an exon"):
        inspector.coding_start = 200


def test_an_edit_that_names_a_transcript_is_told_of_that_one(inspector):
    exons = TRANSCRIPT.whole_exons
    introns = ((143, 272), (496, 1345))
    long = RecordTranscript("HBB NM_000518.5", "+", exons, introns, TRANSCRIPT.cds)
    short = RecordTranscript("HBB NM_000002.1", "+", ((1, 142), (1346, 1608)), ((143, 1345),))
    inspector.sequence = Sequence(str(RECORD), "two", transcripts=(long, short))
    view = inspector.variant_view
    assert inspector.transcript == long.name
    assert not hidden(view.transcript)
    view.field.value = "NM_000002.1:n.142G>A"
    assert inspector.transcript == short.name
    assert inspector.prediction.consequences.structure.name == short.name
    view.transcript.value = long.name
    assert inspector.prediction.consequences.structure.name == long.name
    inspector.transcript = short.name
    assert view.transcript.value == short.name
    with pytest.raises(InputError, match="no transcript"):
        inspector.transcript = "LDLR"


def test_primers_make_the_bands_and_wrong_ones_are_told(inspector):
    inspector.open_example("HBB")
    inspector.edits = "IVS2-654C>T"
    sizes = {(b.lane, b.size) for b in inspector.gel.bands}
    full = len(inspector.prediction.consequences.usual.mrna)
    assert {("reference", full), ("alternate", full + 73)} <= sizes
    view = inspector.mrna_view
    forward, reverse = view.primers
    forward.value = FORWARD
    assert inspector.primers == ("", "")  # the other one is still to come
    reverse.value = REVERSE
    assert inspector.primers == (FORWARD, REVERSE)
    usual = len(EXON_2) - 100 + 50
    sizes = {(b.lane, b.size) for b in inspector.gel.bands}
    assert {("reference", usual), ("alternate", usual + 73)} <= sizes
    forward.value = "ACGTACGTACGTACGT"
    assert "does not fit" in view.message.text
    assert inspector.primers == (FORWARD, REVERSE)
    with pytest.raises(InputError, match="swapped"):
        inspector.primers = reverse_complement(FORWARD), reverse_complement(REVERSE)
    inspector.primers = "", ""
    assert forward.value == reverse.value == ""


def test_edits_assigned_to_the_state_that_cannot_be_made_leave_those_that_are_shown(inspector):
    inspector.open_example("HBB")
    inspector.state.edits = "1149C>T"
    prediction = inspector.prediction
    assert prediction is not None
    inspector.state.edits = "1149G>T"
    assert "1149" in inspector.variant_view.message.text
    assert inspector.variant_view.message.is_error
    assert inspector.edits == inspector.state.edits == "1149C>T"
    assert inspector.prediction is prediction


def test_a_position_assigned_to_the_state_is_explained(inspector):
    inspector.open_example("HBB")
    inspector.state.position = 300
    assert (inspector.attribution.position, inspector.attribution.site) == (300, "donor")
    inspector.state.site = "acceptor"
    assert (inspector.attribution.position, inspector.attribution.site) == (300, "acceptor")
    inspector.state.position = 99_999
    assert "outside the sequence" in inspector.message.text
    assert inspector.state.position == inspector.attribution.position == 300


def test_primers_are_assigned_to_the_state_one_after_the_other(inspector):
    inspector.open_example("HBB")
    inspector.edits = "c.316-197C>T"
    bands_without = inspector.gel.bands
    inspector.state.forward_primer = FORWARD
    assert inspector.primers == (FORWARD, "")
    assert inspector.gel.bands == bands_without
    assert inspector.mrna_view.message.text == ""
    inspector.state.reverse_primer = REVERSE
    assert inspector.primers == (FORWARD, REVERSE)
    assert inspector.gel.bands != bands_without
    inspector.state.reverse_primer = FORWARD
    assert inspector.mrna_view.message.is_error
    assert inspector.primers == (FORWARD, REVERSE)


def test_files_and_paragraph_of_the_products(inspector):
    inspector.open_example("HBB")
    inspector.edits = "IVS2-654C>T"
    products, mrna, protein, bands, svg, pdf = (d._make() for d in inspector.mrna_view.downloads)
    assert pdf[1].startswith(b"%PDF")
    (caption,) = re.findall(r"<dc:description>(.*?)</dc:description>", svg[1].decode(), re.S)
    assert caption.startswith("Predicted RT-PCR of the whole mRNA, HBB")
    assert "c.316-197C&gt;T" in caption
    assert str(inspector.model.classifier_sha256)[:16] in caption
    assert "pseudo-exon" in products[1]
    assert mrna[1].count(">") == protein[1].count(">") >= 3
    assert "MVHLTPEEKSAVTALWGKVNV" in protein[1].replace("\n", "")
    assert bands[1].splitlines()[0] == "lane\tnt\tproducts"
    text = inspector.paragraph
    assert inspector.mrna_view.paragraph.text == text
    for message in (
        "c.316-197C>T",
        "73 nt",
        inspector.model.classifier_sha256[:16],
        "not for clinical",
    ):
        assert message in text
    report = inspector.report()
    for message in ("What happens to the mRNA", "Predicted gel", "pseudo-exon of 73 nt",
                 "not for clinical decisions"):  # fmt: skip
        assert message in report


def test_a_published_change_says_whether_the_model_agrees(inspector):
    inspector.open_example("HBB c.316-197C>T")
    page = inspector.variant_view.edits
    assert "Found in RNA: pseudo-exon (73 nt). The model agrees." in page.value
    inspector.open_example("LDLR c.2140+86C>G")
    assert "The model misses this one, because" in page.value
    # The mRNA and the protein are those of the whole gene, of which a part is shown.
    inspector.open_example("LDLR c.1813C>T")
    result = inspector.prediction.consequences
    assert result.usual.reading.protein.startswith(
        "MGPWGWKLRWTVALLLAAAGTAVGDRCERNEFQCQDGKCISYKWVCDG"
    )
    assert result.main.length == -34
    assert "The model agrees" in inspector.report()
    inspector.edits = "990del"
    assert "Found in RNA" not in page.value


def test_a_record_without_a_transcript_has_no_gel_and_no_protein(inspector):
    inspector.sequence = Sequence(str(RECORD), "plain")
    inspector.edits = "1149C>T"
    view = inspector.mrna_view
    assert inspector.gel is None
    assert hidden(view.gel)
    assert view.downloads[1].disabled
    assert "No transcript is known" in view.products.value
    assert "not a multiple of three" in view.products.value


@pytest.mark.parametrize("found", [None, (399, 495)])
def test_a_message_names_one_exon(inspector, monkeypatch, found):
    """Of a sequence without a transcript; also where another exon scores in reach of the edit."""
    inspector.sequence = Sequence(str(RECORD), "plain")
    if found:
        monkeypatch.setattr(
            SpliceEffect, "exon", lambda effect, known=(): ExonChange(found, False, 14.0, 4.7)
        )
    inspector.edits = "496G>C"
    message = inspector.variant_view.edits.value
    assert "the exon 273-495 is skipped" in message
    assert set(re.findall(r"\d+-\d+", message)) == {"273-495"}


def test_a_link_carries_variant_primers_transcript_and_threshold(
    inspector, synthetic_atlas, monkeypatch
):
    inspector.sequence = Sequence(CASED, "minigene")
    inspector.coding_start = 51
    inspector.edits = "c.316-197C>T"
    inspector.primers = FORWARD, REVERSE
    inspector.state.threshold = 0.01
    monkeypatch.setenv("QUERY_STRING", inspector.page.query)
    other = SpliceInspector(model=inspector.model, atlas=synthetic_atlas)
    assert other.prediction.headline == inspector.prediction.headline
    assert other.gel == inspector.gel
    assert other.coding_start == 51
    assert other.state.threshold == 0.01
    assert other.mrna_view.primers[0].value == FORWARD
    bad = {"example": "HBB", "edits": "1149C>T", "transcript": "no", "coding_start": 3,
           "forward_primer": "AC", "reverse_primer": "GT"}  # fmt: skip
    monkeypatch.setenv("QUERY_STRING", "state=" + json.dumps(bad))
    broken = SpliceInspector(model=inspector.model, atlas=synthetic_atlas)
    assert broken.result is not None
    assert broken.attribution is not None
    assert broken.prediction.consequences.main.length == 73
    assert "There is no transcript no" in broken.variant_view.message.text
    assert broken.transcript == "HBB NM_000518.5"
    assert "at least 12 are needed" in broken.mrna_view.message.text
    assert broken.primers == ("", "")


def test_a_link_on_an_open_page_shows_its_state_and_nothing_else(inspector):
    """Back on the page does this: what the earlier state did not have is gone."""
    inspector.open_example("HBB")
    first = inspector.page.query
    inspector.edits = "IVS2-654C>T"
    inspector.primers = FORWARD, REVERSE
    second = inspector.page.query
    inspector.open_example("LDLR c.313+1G>A")
    inspector.reopen(second + "&step=1")
    assert inspector.edits == "1149C>T"
    assert inspector.primers == (FORWARD, REVERSE)
    assert inspector.transcript == "HBB NM_000518.5"
    assert inspector.prediction.consequences.main.length == 73
    inspector.reopen(first + "&step=2")
    assert inspector.edits == ""
    assert inspector.primers == ("", "")
    assert inspector.prediction is None
    assert inspector.page.query == first
    inspector.reopen("state=nonsense")
    assert inspector.result is not None
    assert inspector.message.is_error


OLD, NEW = Sequence(CASED, "old"), Sequence(CASED[20:], "new")


@pytest.fixture
def unread(inspector):
    """With an edit of a sequence, and another one in the box that nobody asked to read."""
    given = inspector.input
    given.box.value = f">{OLD.name}\n{CASED}"
    given.button.click()
    inspector.edits = "129G>A"
    given.box.value = f">{NEW.name}\n{NEW.bases}"
    return inspector


def type_in_page(inspector, field, text):
    """Have a page set a field, and wait for what follows."""

    async def run():
        with from_page():
            field.value = text
            while inspector.runner.busy:
                await asyncio.sleep(0.003)

    asyncio.run(run())


def test_an_edit_is_made_to_the_text_in_the_box_also_where_nobody_asked_to_read_it(unread):
    view = unread.variant_view
    type_in_page(unread, view.field, "109G>A")
    assert unread.sequence == unread.result.sequence
    assert unread.sequence.name == unread.prediction.consequences.reference.name == "new"
    assert unread.edits == "109G>A"
    assert "(109G>A in this sequence" in unread.paragraph
    assert (view.field.value, view.message.text) == ("", "")
    assert unread.attribution.name == "new"
    unread.undo()
    assert unread.edits == ""


def test_an_edit_that_the_text_in_the_box_does_not_take_stays_in_its_field(unread):
    view = unread.variant_view
    type_in_page(unread, view.field, "129G>A")  # of the sequence before
    assert unread.result.sequence.name == "new"
    assert unread.edits == ""
    assert view.field.value == "129G>A"
    assert view.message.is_error


def test_nothing_is_scored_while_the_box_has_a_text_that_cannot_be_read(unread):
    unread.input.box.value = "MKVLAAGIVGLLLAQWERTYIPASDFGHKLCVNM"
    view, case = unread.variant_view, unread.case_view
    before = unread.prediction
    for _ in range(2):  # it is refused as often as it is asked for
        unread.input.old.value = ""
        type_in_page(unread, view.field, "109G>A")
        assert re.match(r"The text in the box cannot be read\. .*protein", view.message.text)
        assert view.field.value == "109G>A"
        assert "still those of old" in unread.input.old.value
        view.field.value = ""
    case.box.value = "109G>A"
    case.button.click()
    assert "protein" in case.message.text
    assert unread.case is None
    assert unread.prediction is before
    assert unread.edits == "129G>A"


def test_a_list_counts_in_the_text_in_the_box(unread):
    unread.case_view.box.value = "109G>A\n129G>A"
    unread.case_view.button.click()
    made, refused = sorted(unread.case.rows, key=lambda row: row.line.number)
    assert made.prediction.consequences.reference.name == "new"
    assert refused.error
    assert unread.result.sequence.name == "new"


def test_primers_are_of_the_text_in_the_box(unread):
    for field, primer in zip(unread.mrna_view.primers, (FORWARD, REVERSE), strict=True):
        type_in_page(unread, field, primer)
    assert unread.result.sequence.name == "new"
    assert unread.prediction is None
    assert unread.primers == (FORWARD, REVERSE)
    assert unread.mrna_view.message.text == ""


def test_an_edit_of_what_is_shown_says_so_while_the_box_has_another_text(unread):
    unread.variant_view.reset.click()
    assert unread.edits == ""
    assert unread.result.sequence.name == "old"
    assert "still those of old" in unread.input.old.value
