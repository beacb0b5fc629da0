"""Why and what if, as a visitor uses them: methods, edits, undo, links, cancel."""

import re

import pytest
from helpers.links import copied_link
from playwright.sync_api import Page, expect

from dnaviz.panels.splice_inspector.state import InspectorState

# An exon of chromosome 2 between its introns: the donor is at 140, read off the annotation.
EXON = (
    "AGATGCAGATATCCTCATGAGTTTTTTTTTTTTTTTTTAGCTGAAATATCCAAATGAAAATGAAGAAATTTTGCTGCTTAGATCTATC"
    "ATTGATGTAAATCTGCCAAAATTTTTATCCCATGATTTACCACTCTTTGAGGTAAGAACATTCATTATCCCAATGCATCAAA"
)

BUSY = re.compile("dnaviz-busy")
"""How a button looks whose work is under way; disabled, it would lose the focus."""

CANCELLED = """() => {
  const buttons = [...document.querySelectorAll("button")].filter((button) => button.offsetParent);
  const cancel = buttons.find((button) => button.textContent === "Cancel");
  if (!cancel) return null;
  const find = buttons.find((button) => button.textContent === "Find splice sites");
  const busy = find.classList.contains("dnaviz-busy");
  const focused = document.activeElement === find;
  find.click();
  cancel.click();
  return { busy, focused };
}"""
"""Whether work was under way that this has asked for again, and then cancelled."""


@pytest.fixture
def inspector(page, served) -> Page:
    """The inspector with the exon, and its donor explained; any model's probability will do."""
    state = InspectorState(sequence=EXON, name="an <b>exon</b> & more", position=140, site="donor")
    page.goto(f"{served.url}splice-inspector?{state.to_query()}")
    expect(page.get_by_role("heading", name="What if")).to_be_visible()
    expect(page.get_by_role("heading", name="sees a donor at 140")).to_be_visible()
    expect(idle(page)).to_have_count(0)
    return page


def idle(page: Page):
    """Cancel buttons on screen: none when nothing runs."""
    return page.locator("button:visible", has_text="Cancel")


def apply(page: Page, text: str) -> None:
    field = page.get_by_role("textbox", name="Edit")
    field.fill(text)
    field.press("Enter")


def made(page: Page):
    """The line that says which edits are made."""
    return page.locator(".dnaviz-info", has_text=re.compile("probability"))


def test_methods_and_signals(inspector):
    page = inspector
    expect(page.get_by_text(re.compile("^Explanation complete"))).to_be_visible()
    expect(page.locator(".dnaviz-signals li").first).to_contain_text("the first two intron bases")
    expect(page.locator(".dnaviz-plot text", has_text="MAG|GTRAGT").first).to_be_attached()
    page.get_by_label("Method").select_option(label="Saturation mutagenesis")
    expect(page.get_by_text("Saturation mutagenesis does not promise")).to_be_visible()
    page.get_by_label("Method").select_option(label="Occlusion")
    verdict = page.get_by_text(re.compile("contributions (do not )?add up"))
    expect(verdict).not_to_contain_text("Saturation")
    uniform = verdict.text_content() or ""
    page.get_by_label("Baseline").select_option(label="mean over dinucleotide shuffles")
    expect(verdict).not_to_have_text(uniform)
    link = copied_link(page)
    assert "occlusion" in link
    assert "shuffles" in link


@pytest.mark.slow
def test_edits_by_text_and_by_click_with_undo_redo_reset_and_link(inspector, chromium):
    page = inspector
    apply(page, "141T→C")
    expect(made(page)).to_contain_text("141T>C")
    deltas = page.get_by_role("grid", name="What the edits change")
    expect(deltas).to_contain_text("donor loss")
    expect(page.get_by_role("heading", name="Edited")).to_be_visible()
    apply(page, "900A>G")
    error = page.locator(".dnaviz-error:visible")
    expect(error).to_contain_text("outside the sequence of 170 nt")
    expect(page.get_by_role("textbox", name="Edit")).to_have_value("900A>G")
    apply(page, "60_61insAC")
    expect(made(page)).to_contain_text("60_61insAC, 141T>C")
    expect(error).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(made(page)).not_to_contain_text("60_61insAC")
    page.get_by_role("button", name="Redo", exact=True).click()
    expect(made(page)).to_contain_text("60_61insAC")
    message = made(page).text_content()

    # Somebody else opens the link.
    other = chromium.new_context().new_page()
    other.goto(copied_link(page))
    expect(made(other)).to_have_text(message)
    others = other.get_by_role("grid", name="What the edits change")
    assert others.inner_text() == deltas.inner_text()
    other.context.close()

    page.get_by_role("button", name="Reset", exact=True).click()
    expect(made(page)).to_have_count(0)
    expect(page.get_by_text("Click a cell of the heatmap")).to_be_visible()

    heatmap = page.get_by_role("group", name="Change of probability by each mutation")
    heatmap.scroll_into_view_if_needed()
    box = heatmap.locator(".nsewdrag").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.9)
    if made(page).count() == 0:  # the cell of the base that is there changes nothing
        page.mouse.click(box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.1)
    expect(made(page)).to_contain_text(re.compile(r"\d+[ACGT]>[ACGT]"))


def test_rows_of_events_lead_to_their_sites(inspector):
    page = inspector
    apply(page, "141T>C")
    rows = page.get_by_role("grid", name="What the edits change").locator("tbody tr")
    expect(rows.nth(1)).to_be_visible()
    expect(made(page)).to_contain_text("141T>C")
    headline = made(page).locator("b").inner_text()

    def site(number: int) -> str:
        event, _, _, position, *_ = rows.nth(number).locator("td").all_inner_texts()
        return f"{event.split()[0]} at {position}"

    first, second = site(0), site(1)
    assert first in headline  # of the largest change
    expect(page.get_by_role("heading", name=first)).to_be_visible()
    rows.nth(1).click()
    expect(page.get_by_role("heading", name=second)).to_be_visible()
    expect(made(page).locator("b")).to_have_text(headline)


def test_long_work_can_be_cancelled_and_is_not_queued(inspector):
    page = inspector
    sites = page.locator(".dnaviz-note", has_text=re.compile(r"\d+ donors? and"))
    page.get_by_label("Baseline").select_option(label="mean over dinucleotide shuffles")
    expect(idle(page)).to_have_count(0)
    page.locator("textarea").first.fill(">long\n" + EXON * 1_100)
    button = page.get_by_role("button", name="Find splice sites", exact=True)
    button.click()
    # By the page itself, as soon as it can be done.
    assert page.wait_for_function(CANCELLED).json_value() == {"busy": True, "focused": True}
    expect(idle(page)).to_have_count(0)
    expect(button).not_to_have_class(BUSY)
    expect(sites).to_be_hidden()
    page.locator("textarea").first.fill(f">exon\n{EXON}")
    button.click()
    expect(sites).to_be_visible()
