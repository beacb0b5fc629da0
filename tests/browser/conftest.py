"""A browser in front of the real server, watched for errors and for requests to other hosts."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from helpers.dashboards import FLAGS, PATIENCE
from helpers.served import Served

NO_WEBGL = ["--disable-3d-apis", "--disable-gpu", "--disable-software-rasterizer"]

FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def launch():
    """Start Chromium with further flags; it ends with the session."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((result for name in names if (result := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no Chromium to test the pages with.")
        pytest.skip("There is no Chromium to test the pages with.")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)

    with sync_playwright() as playwright:
        browsers = []

        def start(*flags: str):
            kept = FLAGS if flags == () else [f for f in FLAGS if "swiftshader" not in f]
            browsers.append(playwright.chromium.launch(executable_path=path, args=[*kept, *flags]))
            return browsers[-1]

        yield start
        for browser in browsers:
            browser.close()


@pytest.fixture(scope="session")
def chromium(launch):
    return launch()


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start servers of this test's own; they outlive its page, which could not reach them."""
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(Served(list(arguments)))


@pytest.fixture(scope="session")
def artifacts() -> Path:
    folder = Path(os.environ.get("DNAVIZ_ARTIFACTS", Path(__file__).parents[2] / "runs/browser"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def page(chromium, request, artifacts, serve):
    """A page of Chromium's; see `watched`."""
    with watched(chromium, request.node, artifacts) as page:
        yield page


@pytest.fixture
def flat_page(launch, request, artifacts, serve):
    """A page in a browser without WebGL."""
    with watched(launch(*NO_WEBGL), request.node, artifacts) as page:
        yield page


@contextmanager
def watched(browser, node: pytest.Item, artifacts: Path):
    """A page that fails its test for an error in the console or a request to another host.

    So it does for a button of a figure that would send it there.

    A picture is kept of a page whose test failed (of every page where DNAVIZ_ARTIFACTS names a
    folder: drawing thousands of points once more takes seconds).

    Mark a test ``expects_console`` where errors are what it is about.
    """
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    errors: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: asked.add(r.url))
    page.on("websocket", lambda w: asked.add(w.url))
    yield page
    if node.stash.get(FAILED, False) or "DNAVIZ_ARTIFACTS" in os.environ:
        page.screenshot(path=artifacts / f"{node.name}.png", full_page=True)
    home = page.url.split("/")[2]
    assert not page.locator(".modebar-btn[data-title^=Share]").count(), "a figure can be sent away"
    context.close()
    others = {url for url in asked if url.split(":")[0] not in ("data", "blob")}
    others = {url for url in others if url.split("/")[2] != home}
    assert not others
    if node.get_closest_marker("expects_console") is None:
        assert not errors
