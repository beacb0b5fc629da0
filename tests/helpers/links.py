"""What "Copy link" puts on the clipboard."""

from playwright.sync_api import Page


def copied_link(page: Page) -> str:
    """Press "Copy link"; return what it copies."""
    page.evaluate(
        "navigator.clipboard && (navigator.clipboard.writeText ="
        " async (text) => { window.copied = text; })"
    )
    page.evaluate("window.copied = undefined")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("window.copied !== undefined")
    return str(page.evaluate("window.copied"))
