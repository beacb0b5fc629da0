"""Pages for everyone: what axe finds serious is not there, and the keyboard goes all the way."""

import pytest
from helpers.dashboards import MINIGENE, open_dashboard, serious
from playwright.sync_api import Locator, Page, expect

from dnaviz.atlas import load_atlas

PAGES = ("", "about", "nosuch", "splice-inspector", "reconstruction", "latent-map")


def use(page: Page, name: str) -> None:
    """Have a dashboard show all it can."""
    if name == "splice-inspector":
        page.locator("textarea").first.fill(MINIGENE)
        page.get_by_role("button", name="Find splice sites").click()
        expect(page.get_by_role("heading", name="What if")).to_be_visible()
    elif name == "reconstruction":
        page.locator("textarea").first.fill(MINIGENE)
        button = page.get_by_role("button", name="Reconstruct", exact=True)
        button.click()
        expect(page.get_by_role("heading", name="Explore the latent")).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="Reconstructed")).to_be_attached()
        expect(button).to_be_focused()
        for tool in ("Interpolate to another sequence", "Move along one latent direction"):
            page.get_by_role("button", name=tool).click()
            expect(page.locator(".noUi-handle[aria-label]:visible").first).to_be_visible()
    elif name == "latent-map":
        page.get_by_placeholder("Find a gene").fill("LDLR")
        page.get_by_placeholder("Find a gene").press("Enter")
        expect(page.get_by_role("button", name="Logos PDF")).to_be_visible()
        expect(page.locator("table.dnaviz-pick tbody tr").first).to_be_visible()
        page.locator("select").first.select_option("gc")
        page.get_by_placeholder("Paste windows").fill(load_atlas().sequences([0])[0])
        page.get_by_role("button", name="Place", exact=True).click()
        expect(page.get_by_text("The middle base of a sequence")).to_be_visible()


def background(element: Locator) -> str:
    return element.evaluate("element => getComputedStyle(element).backgroundColor")


@pytest.mark.slow
@pytest.mark.expects_console  # there is no such page
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page, served, name):
    page.emulate_media(color_scheme="light")
    if name.count("-") or name == "reconstruction":
        open_dashboard(page, served.url + name)
    else:
        page.goto(served.url + name)
    assert serious(page) == []
    use(page, name)
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        expect(page.locator(f"html[data-dnaviz-theme={theme}]")).to_be_attached()
        assert serious(page) == []


@pytest.mark.slow
def test_the_keyboard_alone_finds_and_explains_a_site(page, served):
    open_dashboard(page, served.url + "splice-inspector")
    page.locator("textarea").first.focus()
    page.keyboard.type(MINIGENE)
    button = page.get_by_role("button", name="Find splice sites")
    for _ in range(8):
        page.keyboard.press("Tab")
        if button.evaluate("(button) => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    messages = page.get_by_role("status").filter(has_text="donor")
    expect(messages).to_contain_text(f"{len(MINIGENE)} nt scanned")
    expect(page.get_by_role("heading", name="What if")).to_be_visible()
    expect(button).to_be_focused()
    rows = page.get_by_role("grid", name="Predicted splice sites").locator("tbody tr")
    rows.first.focus()
    page.keyboard.press("End")
    expect(rows.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows.last).to_have_attribute("aria-selected", "true")
    slider = page.get_by_role("slider", name="Threshold")
    before = slider.get_attribute("aria-valuetext")
    expect(page.get_by_role("button", name="Both strands", pressed=True)).to_be_visible()
    expect(page.get_by_role("button", name="+ only", pressed=False)).to_be_visible()
    expect(page.get_by_role("button", name="Upload a file", exact=True)).to_be_visible()
    for field in (page.get_by_label("Edit", exact=True), page.get_by_label("Method")):
        field.focus()
        expect(field).to_have_css("outline-style", "solid")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).not_to_have_attribute("aria-valuetext", before or "")


@pytest.mark.slow
def test_what_a_background_shows_is_seen_in_the_colors_of_the_system_too(page, served):
    page.emulate_media(forced_colors="active")
    open_dashboard(page, served.url + "splice-inspector")
    use(page, "splice-inspector")
    grid = page.get_by_role("grid", name="Predicted splice sites")
    row = grid.locator("tbody tr[aria-selected=true]")
    assert background(row) != background(grid.locator("thead tr"))
    pressed, other = (page.get_by_role("button", name=n) for n in ("Both strands", "+ only"))
    assert background(pressed) != background(other)
