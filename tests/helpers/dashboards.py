"""A browser in front of a dashboard."""

import os

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 1000 * int(os.environ.get("DNAVIZ_PATIENCE", "300"))
"""Milliseconds to wait for anything: a busy machine is not a failure."""


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


def choose(page: Page, menu: str, start: str) -> None:
    """Choose the entry of a menu that begins so."""
    box = page.get_by_label(menu)
    expect(box.locator("option").nth(1)).to_be_attached()
    labels = box.locator("option").all_inner_texts()
    box.select_option(
        label=next(label for label in labels if label.replace("\xa0", " ").startswith(start))
    )


def serious(page: Page) -> list[str]:
    """What axe finds on a page that keeps somebody out."""
    result = Axe().run(page).response["violations"]
    return [
        f"{v['id']} ({v['impact']}): {node['html'][:200]} | {node['target']}"
        for v in result
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]
