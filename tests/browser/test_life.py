"""What becomes of a page whose kernel dies, fails, is left alone, or has no place."""

import os
import signal
import time

import psutil
import pytest
from playwright.sync_api import expect
from served import Served, write_notebook

BUTTON = """
import os
import ipywidgets as widgets
button, said = widgets.Button(description="Say it"), widgets.Label()
def say(_):
    said.value = os.environ["QUERY_STRING"] + " from " + str(os.getpid())
def fail(_):
    raise RuntimeError("the secret of the traceback")
button.on_click(say)
bad = widgets.Button(description="Fail")
bad.on_click(fail)
widgets.VBox([button, bad, said])
"""


@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards")
    write_notebook(folder / "works.ipynb", BUTTON, title="Works", summary="A button")
    write_notebook(folder / "broken.ipynb", "the_secret = 1 / 0", title="Broken", summary="Fails")
    return ["--dashboards", str(folder)]


@pytest.fixture(scope="module")
def house(boards):
    """A server under a path prefix that soon notices when a page has vanished."""
    with Served([*boards, "--base-url", "/a/b"], {"DNAVIZ_VANISHED_AFTER": "8"}) as served:
        yield served


def press(page) -> int:
    """Press the button; return the kernel's process id."""
    page.get_by_role("button", name="Say it").click()
    said = page.get_by_text("from")
    expect(said).to_be_visible()
    return int(said.inner_text().split()[-1])


def wait_for_end(process: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while psutil.pid_exists(process):
        assert time.monotonic() < end, "The kernel is still there."
        time.sleep(0.1)


def test_the_query_reaches_the_kernel_under_a_prefix(page, house):
    assert house.url.endswith("/a/b/")
    page.goto(house.url + "?one=1")
    page.get_by_role("link", name="Works").last.click()
    press(page)
    expect(page.get_by_text("one=1 from")).to_be_visible()


def test_a_failing_notebook_gives_a_sentence(page, house):
    page.goto(house.url + "broken")
    expect(page.get_by_text("could not be opened")).to_be_visible()
    for secret in ("ZeroDivisionError", "Traceback", "the_secret"):
        assert secret not in page.content()
    assert "ZeroDivisionError" in house.log


def test_an_exception_in_a_callback_stays_on_the_server(page, house):
    heard: list[str] = []

    def listen(websocket):
        websocket.on("framereceived", lambda frame: heard.append(str(frame)))

    page.on("websocket", listen)
    page.goto(house.url + "works")
    page.get_by_role("button", name="Fail").click()
    press(page)
    assert heard
    assert not any("secret of the traceback" in frame for frame in heard)


def test_closing_the_page_ends_its_kernel(page, house):
    page.goto(house.url + "works")
    kernel = press(page)
    page.goto(house.url)
    wait_for_end(kernel, seconds=10)


@pytest.mark.expects_console
def test_a_killed_kernel_is_told_and_replaced(page, house):
    page.goto(house.url + "works?x=1")
    first = press(page)
    os.kill(first, signal.SIGKILL)
    expect(page.get_by_text("This dashboard has ended")).to_be_visible()
    expect(page.get_by_role("button", name="Keep it open")).to_be_hidden()
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_text("This dashboard has ended")).to_be_hidden()
    assert press(page) != first


@pytest.mark.expects_console
def test_a_page_left_alone_is_told_then_ended(page, serve, boards):
    served = serve(*boards, "--idle-timeout", "0.1")
    page.clock.install()
    page.goto(served.url + "works")
    kernel = press(page)
    expect(page.get_by_text("it will end soon")).to_be_visible()
    expect(page.get_by_role("button", name="Keep it open")).to_be_visible()
    expect(page.get_by_role("button", name="Reload")).to_be_hidden()
    wait_for_end(kernel, seconds=60)
    page.clock.fast_forward(11_000)  # to when the page asks next
    expect(page.get_by_text("This dashboard has ended")).to_be_visible()
    served.wait_for_viewers(0)


def test_a_page_that_vanishes_without_goodbye_loses_its_kernel(page, house, chromium):
    other = chromium.new_page()
    other.route("**/voila/api/shutdown/*", lambda route: route.abort())
    other.goto(house.url + "works")
    kernel = press(other)
    other.context.close()
    page.goto(house.url)
    wait_for_end(kernel, seconds=60)


@pytest.mark.expects_console
def test_a_full_house_lets_the_next_one_in_later(page, serve, boards, chromium):
    served = serve(*boards, "--max-viewers", "1")
    other = chromium.new_page()
    other.goto(served.url + "works")
    served.wait_for_viewers(1)
    answer = served.get("works")
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    page.goto(served.url + "works?x=2")
    expect(page.get_by_text("All places are taken")).to_be_visible()
    again = page.locator("meta[http-equiv=refresh]").get_attribute("content")
    assert again == answer.headers["Retry-After"]
    kernel = press(other)
    other.goto("about:blank")
    other.context.close()
    wait_for_end(kernel, seconds=60)
    page.reload()  # as it would by itself, some seconds later
    press(page)
    expect(page.get_by_text("x=2 from")).to_be_visible()
