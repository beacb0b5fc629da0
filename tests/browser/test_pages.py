"""The dashboards as a visitor uses them: opened, typed into, clicked."""

import re

from playwright.sync_api import Page, expect

# 69 bases of an exon, a donor, and the intron after it.
MINIGENE = (
    "ATGGCTCTGAAGGAGCTGATCGACCTGAAGAACCAGATCGAGGAGCTGCGGAAGGAGCTGGAGAAGCAG"
    "GTAAGTGTCCCTGGGGCTGGGACTGGGTGGGCCTCTGGGGCTGAGCCTGGGGACCTTGGGCTCCTGGGA"
)

BAD = "ACGTACGTACGTACGTACGTACGTACGT!ACGT"


def open_dashboard(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator(".dnaviz-heading")).to_be_visible()


def paste(page: Page, text: str, button: str) -> None:
    box = page.locator("textarea").first
    box.fill(text)
    page.get_by_role("button", name=button, exact=True).click()


def told(page: Page) -> None:
    message = page.locator(".dnaviz-error").first
    expect(message).to_be_visible()
    expect(message).to_contain_text("!")
    assert "Traceback" not in page.content()


def test_the_index_shows_the_dashboards_and_keeps_the_query(page, served):
    page.goto(served.url)
    cards = page.locator(".site-card")
    expect(cards).to_have_count(3)
    for name in ("Splice inspector", "Reconstruction", "Latent map"):
        expect(cards.filter(has_text=name).locator("svg")).to_be_visible()
    page.goto(served.url + "?state=%7B%7D")
    for link in page.locator(".site-card a").all():
        assert (link.get_attribute("href") or "").endswith("?state=%7B%7D")


def test_the_page_about_the_model_shows_its_card(page, served):
    page.goto(served.url)
    page.get_by_role("link", name="About the model").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("About the model")
    expect(page.get_by_role("heading", name="In short")).to_be_visible()
    expect(page.get_by_text("Whole genes: of the strongest positions")).to_be_visible()
    expect(page.get_by_role("heading", name="What it must not be used for")).to_be_visible()
    assert page.locator(".site-table tr").count() > 20


def test_light_and_dark(page, served):
    page.goto(served.url)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch to dark colours").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_inspector_of_a_gene_from_the_gallery(page, served):
    open_dashboard(page, served.url + "splice-inspector")
    gallery = page.locator("select", has_text="Example genes")
    gallery.select_option(index=1)
    rows = page.locator("table.dnaviz-pick tbody tr")
    expect(rows.first).to_be_visible()
    assert rows.count() > 10
    rows.first.click()
    expect(page.get_by_text("Why the model sees")).to_be_visible()
    expect(page.get_by_role("heading", name="What if")).to_be_visible()
    expect(page.locator(".dnaviz-plot .main-svg").nth(2)).to_be_visible()


def test_reconstruction_of_a_pasted_sequence(page, served):
    open_dashboard(page, served.url + "reconstruction")
    paste(page, BAD, "Reconstruct")
    told(page)
    paste(page, MINIGENE, "Reconstruct")
    expect(page.get_by_text(re.compile(r"\d+(\.\d+)? ?%")).first).to_be_visible()
    expect(page.locator(".dnaviz-plot .main-svg").first).to_be_visible()


def test_a_bad_paste_on_the_map(page, served):
    open_dashboard(page, served.url + "latent-map")
    paste(page, BAD, "Place")
    told(page)
