"""What becomes of a page whose kernel dies, fails, is left alone, or has no place."""

import os
import signal

import pytest
from playwright.sync_api import expect
from served import write_notebook

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


@pytest.fixture
def boards(tmp_path):
    write_notebook(tmp_path / "works.ipynb", BUTTON, title="Works", summary="A button")
    write_notebook(tmp_path / "broken.ipynb", "the_secret = 1 / 0", title="Broken", summary="Fails")
    return ["--dashboards", str(tmp_path)]


def press(page) -> int:
    """Press the button; return the kernel's process id."""
    page.get_by_role("button", name="Say it").click()
    said = page.get_by_text("from")
    expect(said).to_be_visible()
    return int(said.inner_text().split()[-1])


def test_the_query_reaches_the_kernel_under_a_prefix(page, serve, boards):
    served = serve(*boards, "--base-url", "/a/b")
    assert served.url.endswith("/a/b/")
    page.goto(served.url + "?one=1")
    page.get_by_role("link", name="Works").last.click()
    press(page)
    expect(page.get_by_text("one=1 from")).to_be_visible()


def test_a_failing_notebook_gives_a_sentence(page, serve, boards):
    served = serve(*boards)
    page.goto(served.url + "broken")
    expect(page.get_by_text("could not be opened")).to_be_visible()
    for secret in ("ZeroDivisionError", "Traceback", "the_secret"):
        assert secret not in page.content()
    assert "ZeroDivisionError" in served.log


def test_an_exception_in_a_callback_stays_on_the_server(page, serve, boards):
    heard: list[str] = []

    def listen(websocket):
        websocket.on("framereceived", lambda frame: heard.append(str(frame)))

    page.on("websocket", listen)
    served = serve(*boards)
    page.goto(served.url + "works")
    page.get_by_role("button", name="Fail").click()
    press(page)
    assert heard
    assert not any("secret of the traceback" in frame for frame in heard)


def test_closing_the_page_ends_its_kernel(page, serve, boards):
    served = serve(*boards)
    page.goto(served.url + "works")
    press(page)
    assert served.viewers == 1
    page.goto(served.url)
    served.wait_for_viewers(0, seconds=10)


@pytest.mark.expects_console
def test_a_killed_kernel_is_told_and_replaced(page, serve, boards):
    served = serve(*boards)
    page.goto(served.url + "works?x=1")
    first = press(page)
    os.kill(first, signal.SIGKILL)
    expect(page.get_by_text("This dashboard has ended")).to_be_visible()
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_text("This dashboard has ended")).to_be_hidden()
    assert press(page) != first


@pytest.mark.expects_console
def test_a_page_left_alone_is_told_then_ended(page, serve, boards):
    served = serve(*boards, "--idle-timeout", "0.4")
    page.goto(served.url + "works")
    press(page)
    expect(page.get_by_text("it will end soon")).to_be_visible()
    expect(page.get_by_text("This dashboard has ended")).to_be_visible()
    served.wait_for_viewers(0)


def test_a_page_that_vanishes_without_goodbye_loses_its_kernel(page, serve, boards, chromium):
    served = serve(*boards)
    other = chromium.new_page()
    other.route("**/voila/api/shutdown/*", lambda route: route.abort())
    other.goto(served.url + "works")
    served.wait_for_viewers(1)
    press(other)
    other.context.close()
    page.goto(served.url)
    served.wait_for_viewers(0, seconds=90)


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
    other.goto("about:blank")
    other.context.close()
    press(page)
    expect(page.get_by_text("x=2 from")).to_be_visible()
