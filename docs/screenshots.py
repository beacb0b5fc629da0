"""Take the pictures of the pages that README.md shows, through the real server.

``python docs/screenshots.py [PAGE ...]`` writes ``docs/images/*.png``; it needs Chromium and the
extra "test".
"""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from helpers.dashboards import FLAGS, PATIENCE  # noqa: E402
from helpers.served import Served  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1240, "height": 900}
COLORS = 128
"""Of a palette: flat pages lose nothing that one sees, and a PNG is a quarter as large."""


def link(page: str, **state: object) -> str:
    """Return the address of a page, below the server's, that shows a state."""
    return f"{page}#state={quote(json.dumps(state))}"


def latent_map(page: Page, url: str) -> None:
    """The map of the fine-tuned latents with the windows of LDLR selected."""
    page.goto(url + link("latent-map", space="splice", color="label"))
    box = page.get_by_placeholder("Find a")
    box.fill("LDLR")
    box.press("Enter")
    expect(page.get_by_role("img", name="Mean attribution logo")).to_be_visible()


def reconstruction(page: Page, url: str) -> None:
    """An exon, what the decoder writes of it, and how sure it is."""
    page.goto(url + "reconstruction")
    page.get_by_role("button", name="Open STK11 exon 5").click()
    expect(page.get_by_role("heading", name="Explore the latent")).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()


def splice_inspector(page: Page, url: str) -> None:
    """LDLR c.1813C>T: one silent base, a new donor, 34 nt of exon lost."""
    page.goto(url + link("splice-inspector", example="LDLR c.1813C>T", edits="1001C>T"))
    expect(page.get_by_text("exon 12 loses its last 34 nt").first).to_be_visible()
    expect(page.get_by_text("The donor at 1,000 (+): probability").first).to_be_visible()


def shrink(picture: bytes) -> bytes:
    """Return a PNG with a palette."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    out = io.BytesIO()
    image.quantize(COLORS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def chromium() -> str | None:
    """Return the path of the browser."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def main(names: list[str], folder: Path = IMAGES) -> None:
    """Write a picture of each page, or of those named, into a folder."""
    expect.set_options(timeout=PATIENCE)
    folder.mkdir(parents=True, exist_ok=True)
    with Served() as served, sync_playwright() as playwright:
        served.wait_until_ready()
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for show in (splice_inspector, reconstruction, latent_map):
            slug = show.__name__.replace("_", "-")
            if names and slug not in names:
                continue
            page = browser.new_context(viewport=SIZE).new_page()
            page.set_default_timeout(PATIENCE)
            show(page, served.url)
            expect(page.get_by_role("progressbar")).to_have_count(0)
            page.evaluate("scrollTo(0, 0)")
            page.wait_for_load_state("networkidle")
            path = folder / f"{slug}.png"
            path.write_bytes(shrink(page.screenshot()))
            print(
                f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}: "
                f"{path.stat().st_size:,} bytes"
            )
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
