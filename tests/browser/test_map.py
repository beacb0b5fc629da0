"""The latent map as a visitor uses it, and what it shows against the atlas itself."""

import base64
import re
from collections import Counter
from urllib.parse import unquote

import numpy as np
import pytest
from helpers.links import copied_link
from playwright.sync_api import Page, expect

from dnaviz.atlas import load_atlas
from dnaviz.figures.coloring import coloring
from dnaviz.sequences import parse_sequences

LETTER = re.compile(r'href="#(\w)" transform="translate\((\S+) \S+\) scale\(\S+ (\S+)\)"')
WIDTH = 10  # of a logo's column, in its own units


@pytest.fixture(scope="module")
def atlas():
    return load_atlas()


def open_map(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator(".dnaviz-plot[data-drawn]")).to_be_attached()


def on_screen(page: Page, xy: np.ndarray) -> list[list[float]]:
    """Where places of the map are on the page."""
    page.wait_for_timeout(500)  # what is being drawn may still move
    return page.evaluate(
        """(places) => {
          const plot = document.querySelector(".js-plotly-plot");
          const box = plot.getBoundingClientRect();
          const { xaxis, yaxis } = plot._fullLayout;
          return places.map(([x, y]) => [
            box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)]);
        }""",
        np.asarray(xy, float).tolist(),
    )


# A page that is drawing learns of several moves of the pointer at once.
BUSY = "setTimeout(() => { const end = Date.now() + 800; while (Date.now() < end); }, 20)"


def lasso(page: Page, box: tuple[float, float, float, float], busy: bool = False) -> float:
    """Draw a lasso along a box of the map; returns the size of a pixel in its coordinates."""
    places = on_screen(page, corners(box))
    page.mouse.move(*places[0])
    page.mouse.down()
    if busy:
        page.evaluate(BUSY)
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()
    return (box[1] - box[0]) / (places[1][0] - places[0][0])


def corners(box: tuple[float, float, float, float]) -> np.ndarray:
    x0, x1, y0, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]])


# Plotly draws what is selected on a canvas of its own.
DRAWN_SELECTED = """() => {
  const shown = document.querySelector(".gl-canvas-focus");
  const { width, height } = shown;
  const copy = new OffscreenCanvas(width, height).getContext("2d");
  copy.drawImage(shown, 0, 0);
  return copy.getImageData(0, 0, width, height).data.some((value) => value > 0);
}"""


@pytest.mark.slow
def test_without_webgl_the_map_is_a_picture_that_answers(flat_page, served, atlas):
    page = flat_page
    page.goto(served.url + "latent-map")
    expect(page.locator(".dnaviz-plot[data-pictures]")).to_be_attached()
    assert page.evaluate("!document.createElement('canvas').getContext('webgl')")
    expect(page.get_by_text("WebGL is not supported")).to_have_count(0)
    colors = page.evaluate(COLORS)
    assert colors > 50  # not one gray box
    label = atlas.obs["label"].to_numpy()
    middle = np.median(atlas.map()[label == "donor"], axis=0)
    box = (middle[0] - 0.6, middle[0] + 0.6, middle[1] - 0.6, middle[1] + 0.6)
    lasso(page, box)
    xy = atlas.map()
    inside = int(((xy > middle - 0.6) & (xy < middle + 0.6)).all(axis=1).sum())
    assert selected(page) == pytest.approx(inside, rel=0.03)
    row = int(xy[:, 0].argmax())
    (place,) = on_screen(page, xy[[row]])
    page.mouse.move(*place)
    expect(page.locator(".dnaviz-map-tip")).to_contain_text(str(atlas.obs.index[row]))
    page.mouse.click(*place)
    expect(page.locator(".dnaviz-card h3", has_text=str(atlas.obs.index[row]))).to_be_visible()
    page.get_by_placeholder("Paste windows").fill(atlas.sequences([0])[0])
    page.get_by_role("button", name="Place", exact=True).click()
    expect(page.locator(".dnaviz-plot .scatterlayer .points path").first).to_be_attached()
    expect(page.get_by_text("WebGL is not supported")).to_have_count(0)


COLORS = """async () => {
  const picture = new Image();
  picture.src = document.querySelector(".dnaviz-plot image").getAttribute("href")
    ?? document.querySelector(".dnaviz-plot image").getAttributeNS(
      "http://www.w3.org/1999/xlink", "href");
  await picture.decode();
  const copy = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  copy.drawImage(picture, 0, 0);
  const { data } = copy.getImageData(0, 0, picture.width, picture.height);
  return new Set(new Uint32Array(data.buffer)).size;
}"""


def selected(page: Page) -> int:
    head = page.get_by_text(re.compile(r"^[1-9][\d,]* of [\d,]+ windows \("))
    expect(head).to_be_visible()
    return int(head.inner_text().split()[0].replace(",", ""))


def logo_letters(page: Page, name: str) -> dict[int, dict[str, float]]:
    """The height of each letter in each column of a logo on the page."""
    image = page.get_by_role("img", name=name).first
    expect(image).to_be_visible()
    source = unquote(image.get_attribute("src") or "")
    drawing = base64.b64decode(source.partition(",")[2]).decode()
    columns: dict[int, dict[str, float]] = {}
    for base, x, height in LETTER.findall(drawing):
        columns.setdefault(int(float(x) // WIDTH), {})[base] = float(height)
    return columns


@pytest.mark.slow
def test_a_lasso_shows_what_its_sequences_share(page, served, atlas):
    xy = atlas.map()
    label = atlas.obs["label"].to_numpy()
    middle = np.median(xy[label == "donor"], axis=0)
    box = (middle[0] - 0.6, middle[0] + 0.6, middle[1] - 0.6, middle[1] + 0.6)
    open_map(page, served.url + "latent-map")
    pixel = lasso(page, box, busy=True)
    count = selected(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="FASTA").click()
    records = parse_sequences(download.value.path().read_text(), max_records=30_000)
    assert len(records) == count

    def within(more: float) -> set[str]:
        low, high = np.array(box)[[0, 2]] - more, np.array(box)[[1, 3]] + more
        return set(atlas.obs.index[((xy > low) & (xy < high)).all(axis=1)])

    names = {record.name for record in records}
    assert within(-2 * pixel) <= names <= within(2 * pixel)

    expect(page.get_by_role("grid", name="Nearest windows in latent space")).to_be_hidden()

    # The logo: in every column with something to show, the letter most sequences have is the
    # highest, and its height grows with what the column tells.
    columns = logo_letters(page, "Sequence logo")
    site, reach = atlas.window // 2, 40
    messages = []
    for number in range(2 * reach + 1):
        counts = Counter(str(record)[site - reach + number] for record in records)
        share = np.array([counts[base] for base in "ACGT"]) / count
        bits = 2 + (share[share > 0] * np.log2(share[share > 0])).sum()
        drawn = columns.get(number, {})
        messages.append((bits, sum(drawn.values())))
        if bits > 0.1:
            assert max(drawn, key=drawn.__getitem__) == "ACGT"[share.argmax()]
    bits, heights = np.array(messages).T
    assert np.corrcoef(bits, heights)[0, 1] > 0.99
    assert heights.argmax() in (reach, reach + 1)  # the GT of the donors
    assert max(columns[reach], key=columns[reach].__getitem__) == "G"

    # The mean attribution: the same letters carry it.
    why = logo_letters(page, "Mean attribution logo")
    assert max(why[reach], key=why[reach].__getitem__) == "G"
    expect(page.get_by_text(re.compile("of them, drawn at random"))).to_be_visible()
    expect(page.get_by_text(re.compile("In this selection .* are donors"))).to_be_visible()
    members = page.get_by_role("grid", name="Selected windows").get_by_role("row")
    assert members.nth(1).locator("td").first.inner_text() in names

    # A box beside it with Shift held adds to it; a double click clears the selection.
    page.get_by_role("button", name="Box").click()
    beside = (box[1] + 0.05, box[1] + 1, box[2], box[3])
    page.evaluate("scrollTo(0, 0)")
    first, _, last, _ = on_screen(page, corners(beside))[:4]
    page.keyboard.down("Shift")
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*last, steps=3)
    expect(page.locator(".dnaviz-map-outline polygon")).to_have_count(1)
    page.mouse.up()
    page.keyboard.up("Shift")
    low, high = np.array(beside)[[0, 2]], np.array(beside)[[1, 3]]
    more = int(((xy > low) & (xy < high)).all(axis=1).sum())
    expect(page.get_by_text(re.compile(r"of [\d,]+ windows \("))).not_to_contain_text(f"{count:,}")
    assert selected(page) == pytest.approx(count + more, abs=0.03 * more + 2)
    expect(page.locator(".dnaviz-map-outline polygon")).to_have_count(0)

    # The link opens the same, and what is selected is drawn.
    both = selected(page)
    link = copied_link(page)
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".dnaviz-plot[data-drawn]")).to_be_attached()
    assert selected(page) == both
    page.wait_for_function(DRAWN_SELECTED)
    page.mouse.dblclick(*on_screen(page, [middle])[0])
    expect(page.get_by_text("Draw a lasso or a box on the map")).to_be_visible()


@pytest.mark.slow
def test_recolor_filter_and_search(page, served, atlas):
    open_map(page, served.url + "latent-map")
    page.locator(".legendtoggle").first.click()  # the commonest label
    shown = page.get_by_text(re.compile(r"of [\d,]+ windows shown: label without"))
    expect(shown).to_be_visible()
    hidden = re.sub(".*without ", "", shown.inner_text())
    left = int((atlas.obs["label"] != hidden).sum())
    assert shown.inner_text().startswith(f"{left:,} of")
    # Another color: the filter stays, on the page and on the map.
    color = page.locator(".widget-dropdown", has_text="Color by").locator("select")
    assert "chrom" not in color.locator("option").all_text_contents()
    color.select_option("context")
    commonest = str(atlas.obs["context"].value_counts().index[0])
    expect(page.locator(".legendtext").first).to_contain_text(commonest)
    expect(shown).to_be_visible()
    drawn = "document.querySelector('.js-plotly-plot').data[0]"
    page.wait_for_function(f"() => {drawn}.x.filter((x) => !Number.isNaN(x)).length === {left}")
    color.select_option("gc")
    page.wait_for_function(f"() => {drawn}.marker.showscale === true")
    result = page.evaluate(f"Array.from({drawn}.marker.color.slice(0, 50))")
    np.testing.assert_allclose(result, coloring(atlas.obs["gc"]).codes[:50], rtol=1e-5)
    page.get_by_role("button", name="Show all").click()
    expect(shown).to_be_hidden()
    # A gene, then a motif.
    gene = next(str(name) for name in atlas.obs["gene"].value_counts().index if name)
    search = page.get_by_placeholder("Find a gene")
    for text, expected in (
        (gene, int((atlas.obs["gene"] == gene).sum())),
        ("CAGGTAAGTA", sum("CAGGTAAGTA" in bases for bases in atlas.sequences())),
    ):
        search.fill(text)
        search.press("Enter")
        expect(page.get_by_text(f"{expected:,} of {len(atlas):,} windows (")).to_be_visible()
    search.fill("no such thing")
    search.press("Enter")
    expect(page.locator(".dnaviz-error").first).to_contain_text("no such thing")


@pytest.mark.slow
def test_click_step_and_paste(page, served, atlas):
    xy = atlas.map()
    edge = np.argsort(xy[:, 0])[-150:]
    apart = [np.sort(np.hypot(*(xy - xy[row]).T))[1] for row in edge]
    row = int(edge[int(np.argmax(apart))])
    open_map(page, served.url + "latent-map")
    page.mouse.click(*on_screen(page, xy[[row]])[0])
    name = page.locator(".dnaviz-card h3", has_text=str(atlas.obs.index[row]))
    expect(name).to_be_visible()
    near, distances = atlas.neighbors_of(row)
    lines = page.get_by_role("grid", name="Nearest windows in latent space").get_by_role("row")
    expect(lines.nth(1)).to_contain_text(str(atlas.obs.index[near[0]]))
    expect(lines.nth(1)).to_contain_text(f"{distances[0]:.2f}")
    columns = logo_letters(page, "Attribution logo")
    bases = atlas.sequences([row])[0]
    middle = len(bases) // 2
    for number, letters in columns.items():
        assert list(letters) == [bases[middle - 20 + number]]
    expect(page.get_by_text(re.compile("writes every base|of the bases come back"))).to_be_visible()
    lines.nth(1).click()
    expect(page.locator(".dnaviz-card h3", has_text=str(atlas.obs.index[near[0]]))).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(name).to_be_visible()

    # Paste: a window of the atlas falls on itself, a run of one letter far from all.
    page.locator("textarea").first.fill(f">known\n{bases}\n>odd\n{'AC' * 100}\n")
    page.get_by_role("button", name="Place", exact=True).click()
    placed = page.get_by_role("grid", name="Where your sequences fall").get_by_role("row")
    expect(placed.filter(has_text="known")).to_be_visible()
    around = page.get_by_role("grid", name="Nearest windows to your sequence").get_by_role("row")
    expect(around.nth(1)).to_contain_text(str(atlas.obs.index[row]))
    expect(page.get_by_text(re.compile("odd: farther from the atlas than 99 %"))).to_be_visible()
    stars = page.evaluate("Array.from(document.querySelector('.js-plotly-plot').data[5].x)")
    assert len(stars) == 2
    assert abs(stars[0] - atlas.project(bases).xy[0, 0]) < 1e-3


def test_a_selection_fits_a_phone(page, served):
    page.set_viewport_size({"width": 375, "height": 800})
    open_map(page, served.url + "latent-map")
    search = page.get_by_placeholder("Find a gene")
    search.fill("LDLR")
    search.press("Enter")
    expect(page.get_by_text("Mean attribution for")).to_be_visible()
    expect(page.locator("th", has_text="of the selection")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
