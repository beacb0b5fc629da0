"""Markup in every place where text comes in, through Chromium with a trap for scripts."""

import json
import re
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
from helpers.payloads import PAYLOADS
from helpers.served import Served
from playwright.sync_api import expect

from dnaviz.atlas import Atlas
from dnaviz.panels.latent_map.state import pack
from dnaviz.sequences import Sequence

BASES = "ACGTTGCAAGGTAAGTTTGCAGGATCCA" * 8
NAMES = [f"n{i}{payload}" for i, payload in enumerate(PAYLOADS)]

TRAP = """
window.trap = (what) => { (window.top.sprung ??= []).push(`${what} ${new Error().stack}`); };
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = window.trap;
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("atlas") / "hostile.h5ad"
    hostile_atlas().write_h5ad(path)
    with Served(["--atlas", str(path)]) as served:
        served.get("splice-inspector")  # the first page of a server takes its time
        yield served


def hostile_atlas():
    """An atlas with markup for ids, column names, categories, genes and places."""
    from anndata import AnnData

    rng = np.random.default_rng(0)
    n = len(NAMES)
    obs = pd.DataFrame(
        {"label": NAMES, "gene": NAMES[::-1], "chrom": NAMES, "start": 1, "end": 200,
         "strand": NAMES, "transcript": NAMES, "gc": rng.random(n)},
        index=[f"id{name}" for name in NAMES],
    )  # fmt: skip
    for number, payload in enumerate(PAYLOADS[:20]):
        obs[payload.replace("/", "∕")] = [NAMES[number % 3], *["x"] * (n - 1)]
    adata = AnnData(obs=obs)
    adata.obsm["sequence"] = rng.integers(0, 4, (n, 200)).astype(np.uint8)
    for key, width in (("X_latent", 256), ("X_splice", 64), ("X_umap", 2), ("X_umap_splice", 2)):
        adata.obsm[key] = rng.normal(size=(n, width)).astype(np.float32)
    return adata


@pytest.fixture
def trapped(page):
    """A page that says at the end whether anything ran, or became an element."""
    page.add_init_script(TRAP)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"trap: {dialog.message}") or dialog.dismiss())
    yield page
    page.wait_for_timeout(300)  # for what runs a little later
    assert harm(page) == []
    paths = [url.partition("?")[0] for url in asked]
    assert [path for path in paths if re.search(r"^trap|trap\.(js|css|invalid)|/trap$", path)] == []


def harm(page):
    """What ran in the page or a frame of it, and what became an element."""
    return page.evaluate(
        """() => [...(window.sprung ?? []), ...[...document.querySelectorAll(
          "[data-trap], [onerror], [onload], [onfocus], [onbegin], [onmouseover], [srcdoc], "
          + "base[href*=trap], a[href^=javascript]")].map((element) => element.outerHTML)]"""
    )


def state(**values):
    return "?state=" + quote(json.dumps(values))


def open_page(page, url):
    page.goto(url)
    expect(page.locator(".dnaviz-heading")).to_be_visible()


def hover_everywhere(page, plots):
    for plot in plots.all():
        box = plot.bounding_box()
        if box:
            for x, y in ((0.2, 0.5), (0.5, 0.5), (0.6, 0.4), (0.8, 0.6)):
                page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


@pytest.mark.slow
@pytest.mark.expects_console
def test_the_markup_trap_catches_injected_markup(page):
    """What the other tests rely on: as HTML, most of the payloads do run."""
    page.route(
        "**/*", lambda route: route.fulfill(body="<p id=here></p>", content_type="text/html")
    )
    page.add_init_script(TRAP)
    caught = 0
    for payload in PAYLOADS:
        if "refresh" in payload:  # leads away, before anything can be asked
            continue
        page.goto("http://trap.invalid/")
        page.evaluate("(html) => { document.body.innerHTML = html; }", payload)
        page.wait_for_timeout(15)
        caught += bool(harm(page))
    assert len(PAYLOADS) >= 50
    assert caught >= 35


@pytest.mark.slow
def test_names_of_records(trapped, server):
    open_page(trapped, server.url + "splice-inspector")
    text = "".join(
        f">{name} {payload}\n{BASES}\n" for name, payload in zip(NAMES, PAYLOADS, strict=False)
    )
    trapped.locator("textarea").first.fill(text)
    trapped.get_by_role("button", name="Find splice sites", exact=True).click()
    picker = trapped.locator("select", has_text=f"1. {NAMES[0][:20]}")
    expect(picker).to_be_visible()
    fourth = picker.locator("option").all_inner_texts()[3].replace("\xa0", " ")
    assert fourth.startswith(f"4. {NAMES[3][:20]}")
    for number in (0, 4, 8, 36, 57):
        picker.select_option(index=number)
        title = trapped.locator(".js-plotly-plot .xtitle").first
        expect(title).to_contain_text(f"n{number}")
        assert f"{PAYLOADS[number][:9]}" in title.text_content()
    hover_everywhere(trapped, trapped.locator(".js-plotly-plot"))


def test_names_of_files_and_what_is_wrong_with_them(trapped, server):
    open_page(trapped, server.url + "splice-inspector")
    for name, content in ((f"{PAYLOADS[4]}.fa", "!!"), (f"{PAYLOADS[8]}.fa", f">{PAYLOADS[5]}\n<")):
        with trapped.expect_file_chooser() as chosen:
            trapped.get_by_role("button", name="Upload").click()
        chosen.value.set_files(
            {"name": name.replace("/", "∕"), "mimeType": "text/plain", "buffer": content.encode()}
        )
        expect(trapped.locator(".dnaviz-error").first).to_contain_text("not a nucleotide code")
        assert "<" in trapped.locator(".dnaviz-error").first.text_content()


def test_what_an_atlas_says(trapped, server):
    n = len(NAMES)
    mark = Atlas(hostile_atlas()).mark
    every = {"selection": pack(np.arange(n), n, mark), "focus": f"id{NAMES[5]}"}
    fasta = "".join(f">{name}\n{BASES[:60]}\n" for name in NAMES[:40])
    open_page(trapped, server.url + "latent-map" + state(**every))
    expect(trapped.get_by_text(f"id{NAMES[5]}").first).to_be_visible()
    expect(trapped.get_by_text(NAMES[7][:20]).first).to_be_visible()
    expect(trapped.locator(".js-plotly-plot").first).to_be_visible()
    hover_everywhere(trapped, trapped.locator(".js-plotly-plot"))
    menu = trapped.locator("select", has_text="transcript").first
    for number in (9, 12, 20):  # by columns that are called so
        menu.select_option(index=number)
    trapped.locator("textarea").first.fill(fasta)
    trapped.get_by_role("button", name="Place", exact=True).click()
    expect(trapped.get_by_text(NAMES[1][:20]).first).to_be_visible()


def test_columns_and_filters_of_a_link(trapped, server):
    column = PAYLOADS[4].replace("/", "∕")
    sent = state(color=column, hidden={column: PAYLOADS[:9]}, between={PAYLOADS[2]: [0, 1]})
    open_page(trapped, server.url + "latent-map" + sent)
    expect(trapped.locator(".dnaviz-error").first).to_be_visible()


@pytest.mark.parametrize("slug", ["splice-inspector", "reconstruction", "latent-map", ""])
def test_an_address(trapped, server, slug):
    joined = "&".join(f"x{i}={quote(p)}" for i, p in enumerate(PAYLOADS))
    values = dict(
        zip(("name", "example", "edits", "focus", "color", "placed"), PAYLOADS, strict=False)
    )
    query = state(**values, sequence=BASES, region=PAYLOADS[6]) + f"&{joined}"
    trapped.goto(server.url + slug + query)
    if slug:
        expect(trapped.locator(".dnaviz-heading")).to_be_visible()
        expect(trapped.locator(".dnaviz-error").first).to_be_visible()
    else:
        expect(trapped.locator(".site-card").first).to_be_visible()


@pytest.mark.expects_console
def test_an_error_page(trapped, server):
    for payload in (PAYLOADS[0], PAYLOADS[4], PAYLOADS[8], PAYLOADS[37]):
        trapped.goto(server.url + quote(payload))
        assert harm(trapped) == []


def test_edits(trapped, server):
    open_page(trapped, server.url + "reconstruction" + state(sequence=f">{NAMES[4]}\n{BASES}"))
    field = trapped.get_by_label("Edits").first
    for payload in (PAYLOADS[4], PAYLOADS[36], f"3A>{PAYLOADS[8]}"):
        field.fill(payload)
        field.press("Enter")
        error = trapped.locator(".dnaviz-error:visible", has_text=re.compile("is not understood"))
        expect(error).to_contain_text(payload)


def test_reports_and_drawings(trapped, tmp_path, untrained):
    """Files that are opened by themselves, where nothing of the server protects."""
    from dnaviz.figures.logo import figure_bytes
    from dnaviz.figures.print_track import print_track
    from dnaviz.genome.transcript_model import TranscriptModel
    from dnaviz.report import analyze, html_report

    drawn = (4, 8, 9, 38, 40, 46)
    findings = {
        number: analyze(Sequence(BASES[:60], name, payload), untrained, explained=0)._replace(
            note=payload, known=[TranscriptModel(f"{name} {payload}", "+", [(5, 20)], [])]
        )
        for number, (name, payload) in enumerate(zip(NAMES, PAYLOADS, strict=True))
        if number in drawn or number % 5 == 0  # each is drawn
    }
    report = html_report(list(findings.values()), untrained, title=PAYLOADS[44])
    # The report's own policy would stop scripts: without it, only its escaping does.
    bare = re.sub(r"<meta http-equiv=.Content-Security-Policy[^>]*>", "", report)
    assert bare != report
    (tmp_path / "report.html").write_text(bare, encoding="utf-8")
    trapped.goto((tmp_path / "report.html").as_uri())
    assert trapped.locator("h2").all_inner_texts()[1].startswith("n4<img")
    assert harm(trapped) == []
    for number in drawn:
        result = findings[number]
        figure = print_track(result.scan, structures=result.known)
        (tmp_path / "track.svg").write_bytes(figure_bytes(figure, "svg"))
        trapped.goto((tmp_path / "track.svg").as_uri())
        assert trapped.locator("svg").count()
        assert harm(trapped) == []
    trapped.goto((tmp_path / "report.html").as_uri())
