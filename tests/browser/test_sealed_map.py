"""The map as a page, opened from a disk without network, answers as the dashboard does."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from helpers.dashboards import PATIENCE, serious
from helpers.map_parts import about_of, parts_of, positions

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.atlas import selection as science
from dnaviz.atlas.columns import differences, within
from dnaviz.atlas.region import inside_polygon
from dnaviz.atlas.search import search
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.figures.coloring import coloring
from dnaviz.figures.composition import describe_enrichment
from dnaviz.panels.latent_map.selection import LOGO_REACH, fasta_of, table_of
from dnaviz.panels.latent_map.state import pack, unpack
from dnaviz.sealed.map_page import map_page

HOSTILE = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "=1+1"]


TRY = """
async () => {
  const script = document.createElement("script");
  script.textContent = "window.ran = true";
  document.body.append(script);
  document.body.insertAdjacentHTML("beforeend", "<img src='/sent'><a ping='/sent' href='#'></a>");
  return [await fetch("/sent").then(() => "sent", () => "refused"), window.ran ?? null];
}
"""


class MapPage:
    """The page in a browser, beside the atlas in Python."""

    def __init__(self, page, atlas: Atlas, file: Path) -> None:
        self.page, self.atlas = page, atlas
        text = file.read_text("utf-8")
        self.frame = about_of(text)["spaces"][0]["frame"]
        self.xy = positions(parts_of(text)["points-autoencoder"], self.frame)

    @property
    def state(self) -> dict:
        _, _, text = self.page.url.partition("#state=")
        return json.loads(unquote(text)) if text else {}

    @property
    def selection(self) -> np.ndarray:
        return unpack(self.state.get("selection", ""), len(self.atlas), self.atlas.mark)

    def after(self, act) -> None:
        """Do something, and wait until the page has done all that follows from it."""
        self.page.evaluate("() => document.getElementById('main').removeAttribute('aria-busy')")
        act()
        self.page.wait_for_selector("main[aria-busy=false]")

    @property
    def first_card(self) -> str:
        """The card that stands first beside the map."""
        tops = {
            self.page.inner_text(f"{card} h2"): self.page.locator(card).bounding_box()["y"]
            for card in ("#card-selection", "#card-point")
        }
        return min(tops, key=tops.__getitem__)

    def find(self, text: str) -> str:
        """Search, and return the sentence."""
        self.page.fill("#search", text)
        self.after(lambda: self.page.press("#search", "Enter"))
        return self.page.inner_text("#found")

    def box(self, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
        """Draw a box, in shares of the map, and return its corners in the map's coordinates."""
        self.page.click('[data-tool="box"]')
        self.page.click("#home")
        frame = self.page.locator("#map").bounding_box()
        left, top = round(frame["x"] + 1), round(frame["y"] + 1)
        ends = [
            (left + round(x * frame["width"]), top + round(y * frame["height"]))
            for x, y in ((x0, y0), (x1, y1))
        ]

        def drag() -> None:
            self.page.mouse.move(*ends[0])
            self.page.mouse.down()
            self.page.mouse.move(*ends[1], steps=4)
            self.page.mouse.up()

        self.after(drag)
        low_x, high_x, low_y, high_y = self.frame
        width, height = self.page.evaluate("[map.clientWidth, map.clientHeight]")
        scale = min(width / ((high_x - low_x) * 1.08), height / ((high_y - low_y) * 1.08))
        middle = np.array([low_x + high_x, low_y + high_y]) / 2
        (a, b), (c, d) = (
            middle + np.array([x - frame["x"] - width / 2, frame["y"] + height / 2 - y]) / scale
            for x, y in ends
        )
        return np.array([[a, b], [c, b], [c, d], [a, d]])

    def kept(self, button: str) -> str:
        with self.page.expect_download(timeout=PATIENCE) as download:
            self.page.click(button)
        return download.value.path().read_text("utf-8")


@contextmanager
def opened(chromium, atlas: Atlas, file: Path) -> Iterator[MapPage]:
    context = chromium.new_context(
        offline=True, accept_downloads=True, viewport={"width": 1300, "height": 1000}
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-loaded]", state="attached", timeout=PATIENCE)
    yield MapPage(page, atlas, file)
    assert errors == []
    assert [u for u in asked if not u.startswith(("blob:", "data:", file.as_uri()))] == []
    assert page.inner_text("#requests") == "0 network requests"
    assert page.is_hidden("#broken")
    context.close()


@pytest.fixture(scope="module")
def shipped(chromium, tmp_path_factory) -> Iterator[MapPage]:
    file = tmp_path_factory.mktemp("map") / "map.html"
    assert main(["export", str(file), "--atlas", "shipped"]) == 0
    with opened(chromium, load_atlas(), file) as page:
        yield page


@pytest.mark.parametrize(
    "text",
    [
        "ldlr", "ENST00000355481", "chr19:11,089,000-11,094,000", "19 11089000 11094000",
        "chromosome:GRCh38:19:11089000:11094000:-1", "CHR19:11,089,500", "chr19:5-9",
        "chr7:117,480,025-117,668,665", "chr19:62910:-:GT", "62910", "GAAGGTRAGT", "gaagguaagu",
        "NNNNNNNNAGGTAAGTATNNNN", "LDRL", "CACNA", "BRCA1", "ACT", "a tale of no gene",
        "<b>&\u200b", "A" * 201, "🧬 " * 30,
    ],
)  # fmt: skip
def test_search_finds_and_says_what_the_dashboard_does(shipped, text):
    said = shipped.find(text)
    try:
        rows, words = search(shipped.atlas, text)
    except InputError as error:
        rows, words = shipped.selection, str(error)
    assert said == " ".join(words.split())
    np.testing.assert_array_equal(shipped.selection, rows)


def test_a_box_selects_the_points_in_it_and_its_logo_has_the_bits_of_python(shipped):
    page, atlas = shipped.page, shipped.atlas
    corners = shipped.box(0.3, 0.2, 0.7, 0.6)
    rows = inside_polygon(shipped.xy, corners)
    assert 1000 < len(rows) < len(atlas)
    np.testing.assert_array_equal(shipped.selection, rows)
    assert page.inner_text("#selection-said").startswith(f"{len(rows):,} of 21,998 windows")
    counts = science.base_counts(atlas.codes(rows))
    site = atlas.window // 2
    part = counts[:, site - LOGO_REACH : site + LOGO_REACH + 1]
    logo = pd.read_csv(io.StringIO(shipped.kept("#keep-bits")), sep="\t", index_col="offset")
    assert list(logo.index) == list(range(-LOGO_REACH, LOGO_REACH + 1))
    np.testing.assert_allclose(logo[list("ACGT")].T, science.information(part), 5e-6, 1e-6)
    others = science.base_counts(atlas.codes()) - counts
    words = describe_enrichment(
        science.enriched_columns(counts, others, site),
        science.selection_kmers(atlas.codes(), rows),
        differences(atlas.obs, rows),
    )
    assert len(words) == 3
    assert page.inner_text("#unites") == "\n".join(words)
    for column in ("label", "gene", "gc", "donor_probability", "reconstruction_accuracy"):
        shipped.after(lambda column=column: page.select_option("#color", column))
        table = science.label_table(atlas.obs[column], rows)
        lines = page.locator("#counts tbody tr").all_inner_texts()
        assert [line.split("\t")[:2] for line in lines] == [
            [name or "(none)", f"{count:,}"] for name, count in table["selected"].items()
        ]


def test_files_of_a_selection_are_those_of_the_dashboard(shipped):
    shipped.find("CACNA1A")
    rows = shipped.selection
    assert shipped.kept("#keep-fasta") == fasta_of(shipped.atlas, rows)
    assert shipped.kept("#keep-tsv") == table_of(shipped.atlas, rows)


def test_colors_hide_select_and_stay_in_the_address(shipped):
    page, atlas = shipped.page, shipped.atlas
    shipped.after(lambda: page.select_option("#color", "gene"))
    entries = page.locator("#legend .map-entry").all_inner_texts()
    assert [text.replace("\n", "") for text in entries] == [
        f"{name}{count:,}" for name, _, count in coloring(atlas.obs["gene"]).categories
    ]
    shipped.after(lambda: page.select_option("#select-category", label="CACNA1A"))
    np.testing.assert_array_equal(shipped.selection, np.flatnonzero(atlas.obs["gene"] == "CACNA1A"))
    shipped.after(lambda: page.select_option("#color", "label"))
    shipped.after(lambda: page.get_by_role("button", name="donor 5,500").click())
    assert page.inner_text("#filters-said") == "16,498 of 21,998 windows shown: label without donor"
    rows = inside_polygon(shipped.xy, shipped.box(0.2, 0.2, 0.8, 0.8))
    rows = rows[atlas.obs["label"].to_numpy()[rows] != "donor"]
    np.testing.assert_array_equal(shipped.selection, rows)
    assert shipped.state["hidden"] == {"label": ["donor"]}
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("#card-selection[data-shown]")
    np.testing.assert_array_equal(shipped.selection, rows)
    assert page.is_visible("#filters")
    # A link of the dashboard, and one of another atlas.
    own, other = (pack(np.array([3, 70]), len(atlas), mark) for mark in (atlas.mark, b"mark"))
    for text, count in ((own, 2), (other, 0)):
        page.evaluate("state => { location.hash = `state=${state}`; }", f'{{"selection":"{text}"}}')
        page.wait_for_function(
            "many => (document.querySelector('#members tbody')?.rows.length === many)"
            " || (many === 0 && !document.getElementById('found').hidden)",
            arg=count,
        )
    assert page.inner_text("#found") == (
        "The selection in this link does not belong to this atlas."
    )


def test_limits_of_a_number_show_what_the_dashboard_does(shipped):
    page, gc = shipped.page, shipped.atlas.obs["gc"]
    if page.is_visible("#show-all"):
        shipped.after(lambda: page.click("#show-all"))
    shipped.after(lambda: page.select_option("#color", "gc"))
    for low, high in ((0.3, 0.5), (0.455, None), (None, 0.2)):
        page.fill("#low", "" if low is None else str(low))
        page.fill("#high", "" if high is None else str(high))
        shipped.after(lambda: page.press("#high", "Enter"))
        limits = gc.min() if low is None else low, gc.max() if high is None else high
        inside = within(gc, *map(float, limits))
        assert page.inner_text("#filters-said").startswith(f"{inside.sum():,} of 21,998 windows")
    rows = inside_polygon(shipped.xy, shipped.box(0.1, 0.1, 0.9, 0.9))
    np.testing.assert_array_equal(shipped.selection, rows[inside[rows]])
    assert shipped.state["between"] == {"gc": pytest.approx([gc.min(), 0.2])}
    page.evaluate(
        """() => { location.hash = 'state={"between":{"gc":[0.4,0.6]},"placed":"A"}'; }"""
    )
    page.wait_for_function("() => document.getElementById('found').textContent.includes('placed')")
    assert page.input_value("#low") == ""  # of gc, which does not color the points now
    assert page.inner_text("#filters-said").endswith("windows shown: gc 0.4 to 0.6")
    shipped.after(lambda: page.click("#show-all"))
    assert "between" not in shipped.state


def test_the_keyboard_moves_chooses_and_clears(shipped):
    page = shipped.page
    page.focus("#map")
    for key in ("0", "+", "ArrowLeft", "ArrowUp", "-"):
        page.keyboard.press(key)
    shipped.after(lambda: page.keyboard.press("Enter"))
    name = shipped.page.inner_text("#point h3 >> nth=0")
    assert shipped.first_card == "Point"
    row = int(shipped.atlas.rows([name])[0])
    lines = page.locator("#point .dnaviz-bases").all_inner_texts()
    bases = "".join("".join(c for c in line if c in "ACGTN") for line in lines)
    assert bases == shipped.atlas.sequences([row])[0]
    shipped.find("LDLR")
    assert shipped.first_card == "Selection"
    page.focus("#map")
    shipped.after(lambda: page.keyboard.press("Escape"))
    assert page.is_hidden("#selection")
    assert "selection" not in shipped.state


@pytest.mark.parametrize("dark", [False, True])
def test_nobody_is_kept_out(shipped, dark):
    page = shipped.page
    shipped.find("LDLR")
    if (page.get_attribute("html", "data-dnaviz-theme") == "dark") != dark:
        shipped.after(lambda: page.click("#theme"))
    assert serious(page) == []


def test_a_point_fits_a_narrow_screen(shipped):
    page = shipped.page
    shipped.find("LDLR")
    row = page.locator("#members tbody tr").first
    shipped.after(row.click)
    assert row.get_attribute("aria-selected") == "true"
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    page.set_viewport_size({"width": 1300, "height": 1000})


def test_names_from_an_atlas_are_text_and_gaps_are_gaps(chromium, synthetic_adata, tmp_path):
    adata = synthetic_adata
    adata.obs["gene"] = (HOSTILE * 40)[:120]
    adata.obs[HOSTILE[1]] = np.where(np.arange(120) % 4, np.linspace(0, 1, 120), np.nan)
    adata.obs["ratio"] = np.where(np.arange(120) % 9, np.linspace(-1e-7, 1e7, 120), np.inf)
    adata.obs.index = [f"{HOSTILE[i % 3]}{i}" for i in range(120)]
    adata.obsm["sequence"][::2, :30] = 5
    adata.obsm["sequence"][::3, 60:140] = 4
    atlas, file = Atlas(adata), tmp_path / "map.html"
    file.write_text(map_page(atlas, color="gene"), "utf-8")
    with opened(chromium, atlas, file) as shown:
        page = shown.page
        names = [text.split("\n")[0] for text in page.locator(".map-entry").all_inner_texts()]
        assert any(HOSTILE[1] in name for name in names)
        shown.find(HOSTILE[0])
        np.testing.assert_array_equal(shown.selection, np.arange(0, 120, 3))
        rows = np.arange(0, 120, 3)
        assert shown.kept("#keep-tsv") == table_of(atlas, rows)
        assert shown.kept("#keep-fasta") == fasta_of(atlas, rows)
        shown.after(lambda: page.locator("#members tbody tr").first.click())
        shown.after(lambda: page.select_option("#color", HOSTILE[1]))
        assert "30 windows of the atlas have no value" in page.inner_text("#counts-note")
        assert page.locator("img").count() == 0
        assert HOSTILE[1] in shown.kept("#map-svg").replace("&#60;", "<").replace("&#62;", ">")
        motif = "GT" + "N" * 10
        assert shown.find(motif) == search(atlas, motif)[1]
        np.testing.assert_array_equal(shown.selection, search(atlas, motif)[0])


def test_parts_still_being_read_are_waited_for_and_no_request_leaves(chromium, synthetic_atlas):
    text = map_page(synthetic_atlas).encode()
    middle = text.index(b'id="payload-ids">') + 40
    go_on, asked = threading.Event(), []

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text[:middle])
            self.wfile.flush()
            go_on.wait()
            self.wfile.write(text[middle:])

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = chromium.new_context()
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        try:
            page.goto(f"http://127.0.0.1:{server.server_port}/", wait_until="commit")
            # Drawn while the rest is on its way; what is asked for meanwhile waits.
            page.wait_for_selector("html[data-ready]", state="attached")
            page.wait_for_selector("#payload-ids", state="attached")
            page.fill("#search", "GENE3")
            page.press("#search", "Enter")
            page.wait_for_selector("main[aria-busy=true]")
        finally:
            go_on.set()
        page.wait_for_selector("main[aria-busy=false]")
        assert page.inner_text("#found") == "17 windows of gene GENE3."
        page.wait_for_selector("html[data-loaded]", state="attached")
        assert page.is_hidden("#broken")
        # Its own rules hold it back, not the missing network: this browser has one.
        assert page.evaluate(TRY) == ["refused", None]
        assert asked == ["/"]
        context.close()
        server.shutdown()
