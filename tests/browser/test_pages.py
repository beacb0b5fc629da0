"""The dashboards as a visitor uses them: opened, typed into, clicked."""

import re

import pytest
from helpers.dashboards import MINIGENE, choose, open_dashboard, paste, serious
from helpers.links import copied_link
from playwright.sync_api import expect


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
    # Tables are folded; the interval of a figure is drawn beside it.
    fold = page.locator("details", has=page.locator("tr", has_text="top-k accuracy, donor")).first
    row = fold.locator("tr", has_text="top-k accuracy, donor").first
    expect(row).to_be_hidden()
    fold.locator("summary").click()
    expect(row.locator("svg")).to_be_visible()


def test_light_and_dark(page, served):
    page.goto(served.url)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch to dark colors").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


@pytest.mark.slow
def test_what_was_pasted_is_in_no_address_and_survives_a_reload(page, served, chromium):
    open_dashboard(page, served.url + "splice-inspector")
    paste(page, MINIGENE, "Find splice sites")
    expect(page.locator("table.dnaviz-pick tbody tr").first).to_be_visible()
    assert page.url == served.url + "splice-inspector"
    page.reload()
    expect(page.locator("textarea").first).to_have_value(re.compile(MINIGENE[:60]))
    expect(page.locator("table.dnaviz-pick tbody tr").first).to_be_visible()
    link = copied_link(page)
    address, _, fragment = link.partition("#")
    assert address == page.url
    assert MINIGENE in fragment
    other = chromium.new_context().new_page()
    other.goto(link)
    expect(other.locator("textarea").first).to_have_value(re.compile(MINIGENE[:60]))
    expect(other.locator("table.dnaviz-pick tbody tr").first).to_be_visible()
    assert other.url == page.url
    other.context.close()
    assert MINIGENE not in served.log


@pytest.mark.slow
def test_a_token_is_asked_for_and_leaves_the_address_and_without_links_none_is_offered(page, serve):
    served = serve("--token", "the-token", "--no-links", "--kernels", "ordinary")
    page.goto(served.url)
    assert serious(page) == []
    page.goto(served.url + "?token=the-token")
    expect(page.locator(".site-card")).to_have_count(3)
    assert page.url == served.url
    open_dashboard(page, served.url + "splice-inspector")
    expect(page.get_by_role("button", name="Copy link")).to_be_hidden()
    expect(page.get_by_role("button", name="Dark")).to_be_visible()


@pytest.mark.slow
def test_a_link_opens_where_the_page_is_open_already_and_back_leads_out_of_it(page, served):
    def shows(name: str) -> None:
        page.wait_for_function(
            "n => document.querySelector('textarea').value.includes(n)", arg=name
        )
        page.wait_for_timeout(1_500)  # it becomes a step

    url = served.url + "splice-inspector"
    open_dashboard(page, url)
    for name in ("HBB", "STK11 exon 5"):
        choose(page, "Example genes", name)
        shows(f">{name.split()[0]}")
    for _ in range(2):  # the same link once more is opened too
        page.goto(url + '#state={"example":"INSR exon 11"}')
        shows(">INSR")
        assert page.url == url
        page.go_back()
        shows(">STK11")
    page.go_forward()
    shows(">INSR")


def test_a_link_opens_on_a_fresh_page(page, served):
    open_dashboard(page, served.url + "latent-map")
    page.goto(served.url + 'latent-map#state={"space":"splice","color":"gc"}')
    fine_tuned = page.get_by_role("button", name="Fine-tuned")
    expect(fine_tuned).to_have_class(re.compile("mod-active"))
    expect(page.get_by_label("Color by")).to_have_value("gc")


def test_a_link_on_another_site_opens_a_dashboard(page, served, chromium):
    """The other site is the same server, by another name."""
    page.goto(served.url)
    other = chromium.new_context().new_page()
    other.goto(served.url.replace("127.0.0.1", "localhost"))
    other.evaluate("(url) => { location.href = url; }", served.url + "splice-inspector#state={}")
    expect(other.locator(".dnaviz-heading")).to_be_visible()
    assert other.url == served.url + "splice-inspector"
    other.context.close()
