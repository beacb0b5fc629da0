"""From a variant, as people write it, to the mRNA, the gel, the paragraph and the report."""

import html
import re

import pytest
from helpers.dashboards import choose, open_dashboard
from helpers.hbb import RECORD
from helpers.links import copied_link
from playwright.sync_api import Page, expect

from dnaviz.splicing.scan import scan
from dnaviz.splicing.variant_effect import splice_effect

PRIMERS = "GCCTGGCTCACCTGGACAAC", "GTGGGGTGAATTCTTTGCCA"
# Which of the two new sites is the stronger depends on the weights.
HEADLINE = re.compile(
    "with the new (donor at 1,148|acceptor at 1,074) a pseudo-exon of 73 nt in intron 2"
)
WHY = re.compile(r"(speaks for and against|the model sees) (a donor at 1,148|an acceptor at 1,074)")


def headline(page: Page):
    return page.locator(".dnaviz-info b", has_text=HEADLINE)


@pytest.mark.slow
def test_a_published_pseudo_exon_from_its_old_name_to_the_report(page, served, chromium):
    open_dashboard(page, served.url + "splice-inspector")
    choose(page, "Example genes", "HBB")
    field = page.get_by_role("textbox", name="Edit")
    expect(field).to_be_visible()

    field.fill("rs334")
    field.press("Enter")
    expect(page.get_by_text("nothing is looked up online")).to_be_visible()
    expect(field).to_have_value("rs334")

    field.fill("IVS2-654C>T")
    field.press("Enter")
    expect(headline(page)).to_be_visible()
    names = page.locator(".dnaviz-names")
    expect(names).to_contain_text("1149C>T = HBB NM_000518.5:c.316-197C>T")
    expect(names).to_contain_text("NC_000011.10:g.5225923G>A")
    expect(page.get_by_role("heading", name=WHY)).to_be_visible()
    table = page.get_by_role("grid", name="Predicted splice sites")
    expect(table).to_contain_text("edited")
    edited = scan(splice_effect(RECORD, "1149C>T").alternate, strand="+")
    probability = f"{edited.probabilities['+'][0, 1_147]:.3f}"
    expect(table.locator("tr", has_text="1,148")).to_contain_text(probability)

    card = page.locator(".dnaviz-card", has=page.get_by_role("heading", name="What happens to the"))
    expect(card.locator("ol > li", has_text="A pseudo-exon of 73 nt")).to_contain_text("codon 122")
    expect(card).to_contain_text("not proportions")
    for name, primer in zip(("Forward primer", "Reverse primer"), PRIMERS, strict=True):
        card.get_by_role("textbox", name=name).fill(primer)
        card.get_by_role("textbox", name=name).press("Enter")
    gel = card.get_by_role("group", name="Predicted gel")
    expect(gel).to_be_visible()
    expect(card.get_by_text("Without primers")).to_have_count(0)
    with page.expect_download() as download:
        card.get_by_role("button", name="Bands TSV").click()
    bands = download.value.path().read_text().splitlines()
    sizes = [int(line.split("\t")[1]) for line in bands[1:]]
    assert sizes[0] + 73 in sizes[1:]

    paragraph = card.locator(".dnaviz-copy p")
    expect(paragraph).to_contain_text("not for clinical decisions")
    page.evaluate(
        "navigator.clipboard && (navigator.clipboard.writeText ="
        " async (text) => { window.copied = text; })"
    )
    card.get_by_role("button", name="Copy: For a report").click()
    page.wait_for_function("window.copied !== undefined")
    assert page.evaluate("window.copied") == paragraph.inner_text()

    with page.expect_download() as download:
        page.get_by_role("button", name="Report HTML").click()
    report = download.value.path().read_text()
    assert "What happens to the mRNA" in report
    assert paragraph.inner_text() in html.unescape(report)

    # Somebody else opens the link.
    other = chromium.new_context().new_page()
    other.goto(copied_link(page))
    expect(headline(other)).to_be_visible()
    expect(other.get_by_role("textbox", name="Forward primer")).to_have_value(PRIMERS[0])
    other.context.close()

    # Back steps through what was looked at, and forward again.
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(headline(page)).to_have_count(0)
    page.wait_for_timeout(1_500)
    page.go_back()
    expect(headline(page)).to_be_visible()
    expect(page.get_by_role("textbox", name="Forward primer")).to_have_value(PRIMERS[0])
    page.wait_for_timeout(1_500)
    page.go_forward()
    expect(headline(page)).to_have_count(0)


def test_a_published_change_says_whether_the_model_agrees(page, served):
    open_dashboard(page, served.url + "splice-inspector")
    choose(page, "Published changes", "LDLR c.1813C>T")
    message = page.locator(".dnaviz-info", has_text="Found in RNA: exon loses its last 34 nt")
    expect(message).to_contain_text("The model agrees.")
    page.goto(served.url + "about#published")
    expect(page.get_by_role("heading", name="Published splice variants")).to_be_visible()
