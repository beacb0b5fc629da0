"""The dashboards as a visitor uses them: opened, typed into, clicked."""

import re

import pytest
from playwright.sync_api import Page, expect

# 69 bases of an exon, a donor, and the intron after it.
MINIGENE = (
    "ATGGCTCTGAAGGAGCTGATCGACCTGAAGAACCAGATCGAGGAGCTGCGGAAGGAGCTGGAGAAGCAG"
    "GTAAGTGTCCCTGGGGCTGGGACTGGGTGGGCCTCTGGGGCTGAGCCTGGGGACCTTGGGCTCCTGGGA"
)


def open_dashboard(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator(".dnaviz-heading")).to_be_visible()


def paste(page: Page, text: str, button: str) -> None:
    box = page.locator("textarea").first
    box.fill(text)
    page.get_by_role("button", name=button, exact=True).click()


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


def test_inspector_of_a_pasted_sequence(page, served):
    open_dashboard(page, served.url + "splice-inspector")
    paste(page, MINIGENE, "Find splice sites")
    expect(page.get_by_text(re.compile(r"\d+ donors? and"))).to_be_visible()
    assert "state=" in page.url


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


@pytest.mark.parametrize(
    ("slug", "button"),
    [("splice-inspector", "Find splice sites"), ("reconstruction", "Reconstruct"),
     ("latent-map", "Place")],
)  # fmt: skip
def test_a_bad_paste_gives_its_sentence(page, served, slug, button):
    open_dashboard(page, served.url + slug)
    paste(page, "ACGTACGTACGTACGTACGTACGTACGT!ACGT", button)
    message = page.locator(".dnaviz-error").first
    expect(message).to_be_visible()
    expect(message).to_contain_text("!")
    assert "Traceback" not in page.content()


def test_reconstruction_of_a_pasted_sequence(page, served):
    open_dashboard(page, served.url + "reconstruction")
    paste(page, MINIGENE, "Reconstruct")
    expect(page.get_by_text(re.compile(r"\d+(\.\d+)? ?%")).first).to_be_visible()
    expect(page.locator(".dnaviz-plot .main-svg").first).to_be_visible()


def test_a_link_restores_what_was_shown(page, served):
    open_dashboard(page, served.url + "splice-inspector")
    paste(page, ">shared & <b>bold</b>\n" + MINIGENE, "Find splice sites")
    count = page.get_by_text(re.compile(r"\d+ donors? and"))
    expect(count).to_be_visible()
    words = count.inner_text()
    page.goto("about:blank")
    page.go_back()
    expect(page.locator(".dnaviz-heading")).to_be_visible()
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.locator("textarea").first).to_have_value(re.compile("ATGGCTCTGAAGG"))


def test_a_script_in_a_name_is_only_text(page, served):
    page.add_init_script("window.trap = () => { window.sprung = true; }")
    open_dashboard(page, served.url + "splice-inspector")
    name = "><img src=x onerror=trap()><script>trap()</script>"
    paste(page, f">{name}\n{MINIGENE}\n>{name} again\n{MINIGENE}", "Find splice sites")
    expect(page.get_by_text(re.compile(r"\d+ donors? and"))).to_be_visible()
    page.wait_for_timeout(500)
    assert page.evaluate("window.sprung") is None
