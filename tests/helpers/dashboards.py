"""A browser in front of a dashboard."""

import os

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
