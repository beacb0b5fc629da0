"""The reconstruction page as a visitor uses it: edit, walk, turn; each followed on screen."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from helpers.links import copied_link
from playwright.sync_api import Page, expect

from dnaviz import load_atlas

pytestmark = pytest.mark.usefixtures("chromium")


@pytest.fixture(scope="module")
def windows() -> tuple[str, str, str]:
    """The surest donor's window of the shipped atlas; the surest acceptor's id and window."""
    atlas = load_atlas()
    donor, acceptor = (
        str(atlas.obs[f"{site}_probability"].idxmax()) for site in ("donor", "acceptor")
    )
    return (
        *atlas.sequences(atlas.rows([donor])),
        acceptor,
        *atlas.sequences(atlas.rows([acceptor])),
    )


def fact(page: Page, name: str, value: str | re.Pattern[str] = re.compile(".")) -> str:
    """The value beside a name among the facts on screen, once it is as expected."""
    cells = page.locator(".dnaviz-facts > div:visible")
    cell = cells.filter(has=page.get_by_text(name, exact=True))
    expect(cell).to_contain_text(value)
    return cell.inner_text().removeprefix(name).strip()


def state(page: Page) -> dict:
    """What the link says."""
    return json.loads(parse_qs(urlsplit(copied_link(page)).fragment)["state"][0])


def expect_stars(page: Page, *names: str) -> None:
    """Wait until the map on screen has stars of these names, in this order."""
    script = """(names) => JSON.stringify([...document.querySelectorAll(".js-plotly-plot")]
        .filter((plot) => plot.offsetParent)
        .flatMap((plot) => plot.data.flatMap((t) => t.marker?.symbol === "star" ? t.text : []))
        ) === JSON.stringify(names)"""
    page.wait_for_function(script, arg=list(names))


MARKED = """(row) => [...document.querySelectorAll(".js-plotly-plot")].some((plot) =>
    plot.offsetParent && plot.data.some(({ y }) => y?.length === 2 && y[0] === row))"""
"""Whether a heat map on screen marks the row of this name."""


@pytest.mark.slow
def test_edit_interpolate_traverse_and_errors(page, served, windows):
    bases, other, _ = windows
    page.goto(served.url + "reconstruction")
    page.locator("textarea").first.fill(f">mine\n{bases}")
    page.get_by_role("button", name="Reconstruct", exact=True).click()
    expect(page.get_by_role("heading", name="Explore the latent")).to_be_visible()
    assert fact(page, "bases right") == "100.00%"
    expect_stars(page, "this sequence")

    # Edit: the base, the verdict, the latent and its star follow.
    edits = page.get_by_placeholder("57A>G, 60del, 60_61insTTG")
    edits.fill(f"101{bases[100]}>C")
    edits.press("Enter")
    expect(page.get_by_text("latent moved (autoencoder)")).to_be_visible()
    before, after = map(float, fact(page, "donor at 101", "→").split(" → "))
    assert before > after
    expect_stars(page, "before", "after")
    changed = page.locator(".dnaviz-bases .dnaviz-site")
    expect(changed.first).to_have_text("C")
    edits.fill(f"101{bases[100]}>C, nonsense")
    edits.press("Enter")
    expect(page.locator(".dnaviz-error")).to_contain_text("nonsense")
    page.get_by_role("button", name="Undo all").click()
    expect(page.get_by_text("latent moved (autoencoder)")).to_be_hidden()

    # Walk: at the end of the slider the other sequence is written.
    page.get_by_role("button", name="Interpolate to another sequence").click()
    field = page.get_by_placeholder("Bases, or the id of a window of the atlas")
    field.fill(other)
    field.press("Enter")
    expect(page.get_by_text(f"from mine to {other}")).to_be_visible()
    assert fact(page, "along the path") == "50%"
    expect_stars(page, "start", "end", "here")
    handle = page.locator(".noUi-handle:visible").last
    handle.focus()
    handle.press("End")
    fact(page, "as at the end", "100% of bases")
    assert float(fact(page, "acceptor, of what is written")) > 0.5
    assert float(fact(page, "donor, of what is written")) < 0.5
    assert state(page)["step"] == 1
    assert state(page)["other"] == other
    field.fill("ACGT")
    field.press("Enter")
    expect(page.locator(".dnaviz-error:visible")).to_contain_text("nt")

    # Turn: a single dimension of the middle writes two bases there and no others.
    page.get_by_role("button", name="Move along one latent direction").click()
    expect(page.get_by_text("PC 1 holds")).to_be_visible()
    page.get_by_role("button", name="Single dimension").click()
    expect(page.get_by_text("in the order of where")).to_be_visible()
    number = page.locator("input[type=number]:visible")
    number.fill("76")
    number.press("Enter")
    page.wait_for_function(MARKED, arg="76")
    handle = page.locator(".noUi-handle:visible").last
    handle.focus()
    handle.press("End")
    fact(page, "turned by", "+4.00 standard deviations")
    assert int(fact(page, "bases changed")) in (1, 2)

    page.get_by_role("button", name="Reconstruction errors").click()
    expect(page.get_by_text("that lose a base")).to_be_visible()


def test_a_link_restores_the_interpolation(page, served, windows):
    bases, other, end = windows
    from dnaviz.panels.reconstruction.panel import ReconstructionState

    shown = ReconstructionState()
    shown.from_dict({"sequence": f">mine\n{bases}\n", "tool": "walk", "other": other, "step": 1.0})
    page.goto(f"{served.url}reconstruction?{shown.to_query()}")
    expect(page.get_by_text(f"from mine to {other}")).to_be_visible()
    fact(page, "as at the end", "100% of bases")
    lines = page.locator(".dnaviz-bases").filter(has_text=re.compile("^here")).all_inner_texts()
    assert "".join(line.removeprefix("here").strip() for line in lines) == end
