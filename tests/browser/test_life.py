"""What becomes of a page whose kernel dies, fails, is left alone, or has no place."""

import contextlib
import json
import os
import re
import signal
import socket
import threading
import time

import psutil
import pytest
from helpers.served import CEILING, Served, write_notebook
from playwright.sync_api import expect

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
text = widgets.Textarea()
widgets.VBox([button, bad, said, text])
"""


@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards")
    write_notebook(folder / "works.ipynb", BUTTON, title="Works", summary="A button")
    write_notebook(folder / "broken.ipynb", "the_secret = 1 / 0", title="Broken", summary="Fails")
    (folder.parent / "the_secret.png").touch()
    breaks = json.loads(write_notebook(folder / "breaks-off.ipynb", BUTTON).read_text())
    picture = "![of what the exporter may not read](../the_secret.png)"
    breaks["cells"].append({"cell_type": "markdown", "metadata": {}, "source": picture})
    (folder / "breaks-off.ipynb").write_text(json.dumps(breaks))
    return ["--dashboards", str(folder)]


@pytest.fixture(scope="module")
def house(boards):
    """A server under a path prefix that soon notices when a page has vanished."""
    with Served([*boards, "--base-url", "/a/b"], {"DNAVIZ_VANISHED_AFTER": "8"}) as served:
        yield served


@pytest.fixture(scope="module")
def plain(boards):
    with Served(boards) as served:
        yield served


def test_who_types_the_token_comes_to_what_a_link_holds(page, boards, serve):
    served = serve(*boards, "--token", "the-token", "--base-url", "/a/b")
    page.goto(served.url + "about?one=1#what-it-is")
    page.get_by_label("Token").fill("the-token")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="About the model")).to_be_visible()
    assert page.url == served.url + "about?one=1#what-it-is"


def press(page) -> int:
    """Press the button; return the kernel's process id."""
    page.get_by_role("button", name="Say it").click()
    message = page.get_by_text("from")
    expect(message).to_be_visible()
    return int(message.inner_text().split()[-1])


def wait_for_end(process: int, seconds: float = CEILING) -> None:
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


@pytest.mark.expects_console
@pytest.mark.parametrize(
    ("slug", "error"), [("broken", "ZeroDivisionError"), ("breaks-off", "HTTPError")]
)
def test_a_failing_notebook_gives_a_sentence(page, house, slug, error):
    page.goto(house.url + slug)
    expect(page.get_by_text("could not be opened")).to_be_visible()
    for secret in (error, "Traceback", "the_secret"):
        assert secret not in page.content()
    assert error in house.log


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
    wait_for_end(kernel)


@pytest.mark.slow
@pytest.mark.expects_console
def test_a_killed_kernel_is_reported_and_replaced(page, house):
    page.goto(house.url + "works?x=1")
    first = press(page)
    os.kill(first, signal.SIGKILL)
    expect(page.get_by_text("This dashboard has ended")).to_be_visible()
    expect(page.get_by_role("button", name="Keep it open")).to_be_hidden()
    again = page.get_by_role("button", name="Reload")
    # However far down the page, it is in sight, and what is pressed there answers.
    page.evaluate("document.querySelector('#main').style.minHeight = '4000px'")
    page.evaluate("scrollTo(0, 2500)")
    expect(again).to_be_in_viewport(ratio=1)
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("button", name="Say it").click()
    expect(again).to_be_focused()
    expect(page.locator(".site-notice")).to_have_class(re.compile("site-again"))
    again.click()
    expect(page.get_by_text("This dashboard has ended")).to_be_hidden()
    assert press(page) != first


def test_an_idle_page_is_warned_then_ended(page, plain):
    """By what the server answers when the page asks how long it has."""
    page.clock.install()
    page.goto(plain.url + "works")
    press(page)
    answer: dict[str, int | None] = {}
    page.route("**/api/viewers/*", lambda route: route.fulfill(json=answer))
    for left, words, shown, hidden in (
        (50, "it will end soon", "Keep it open", "Reload"),
        (None, "This dashboard has ended", "Reload", "Keep it open"),
    ):
        answer["seconds_left"] = left
        page.clock.fast_forward(11_000)  # to when the page asks next
        expect(page.get_by_text(words)).to_be_visible()
        expect(page.get_by_role("button", name=shown)).to_be_visible()
        expect(page.get_by_role("button", name=hidden)).to_be_hidden()


@pytest.mark.slow
def test_a_vanished_page_loses_its_kernel(page, house, chromium):
    other = chromium.new_page()
    other.route("**/voila/api/shutdown/*", lambda route: route.abort())
    other.goto(house.url + "works")
    kernel = press(other)
    other.context.close()
    page.goto(house.url)
    wait_for_end(kernel)


@pytest.mark.expects_console
def test_a_full_server_admits_the_next_viewer_later(page, serve, boards, chromium):
    served = serve(*boards, "--max-viewers", "1")
    other = chromium.new_page()
    other.goto(served.url + "works")
    served.wait_for_viewers(1)
    answer = served.get("works")
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    page.clock.install()
    page.goto(served.url + "works?x=2#state=%7B%7D")
    expect(page.get_by_text("All places are taken")).to_be_visible()
    kernel = press(other)
    other.goto("about:blank")
    other.context.close()
    wait_for_end(kernel)
    page.clock.fast_forward(1000 * int(answer.headers["Retry-After"]))  # It asks by itself.
    press(page)
    expect(page.get_by_text("x=2 from")).to_be_visible()


class Wire:
    """Between a browser and a server: passes bytes on, until it is cut."""

    def __init__(self, url: str) -> None:
        self.host, _, port = url.split("/")[2].partition(":")
        self.port = int(port)
        self.whole = True
        self.refused = 0
        self.ends: list[socket.socket] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}/"

    def cut(self) -> None:
        self.whole = False
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.whole = True

    def _accept(self) -> None:
        while True:
            local, _ = self.listening.accept()
            if not self.whole:
                self.refused += 1
                local.close()
                continue
            there = socket.create_connection((self.host, self.port))
            self.ends += [local, there]
            for pair in ((local, there), (there, local)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.mark.slow
@pytest.mark.expects_console
def test_what_is_clicked_while_the_network_is_cut_is_done_afterwards(page, plain):
    wire = Wire(plain.url)
    page.goto(wire.url + "works?x=1")
    expect(page.get_by_role("button", name="Say it")).to_be_visible()
    expect(page.locator("#site-notice")).to_be_hidden()
    wire.cut()
    expect(page.get_by_text("cannot be reached just now")).to_be_visible()
    page.get_by_role("button", name="Say it").click()
    tried = wire.refused
    end = time.monotonic() + CEILING
    while wire.refused < tried + 3:  # times that the page has tried again
        assert time.monotonic() < end
        page.wait_for_timeout(100)
    expect(page.get_by_text("x=1 from")).to_be_hidden()
    wire.mend()
    expect(page.get_by_text("x=1 from")).to_be_visible()
    expect(page.locator("#site-notice")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.expects_console
def test_a_page_whose_line_has_held_says_no_longer_that_it_was_cut(page, plain):
    page.goto(plain.url + "works")
    press(page)
    page.route("**/api/viewers/*", lambda route: route.abort())
    expect(page.get_by_text("cannot be reached just now")).to_be_visible()
    page.unroute("**/api/viewers/*")
    expect(page.locator("#site-notice")).to_be_hidden()
    press(page)


@pytest.mark.slow
def test_what_is_too_long_to_be_sent_is_said(page, plain):
    page.goto(plain.url + "works")
    page.locator("textarea").fill("A" * 1_200_000)
    page.get_by_role("button", name="Say it").focus()
    expect(page.get_by_text("too long to be sent")).to_be_visible()
    page.locator("textarea").fill("short")
    press(page)
    expect(page.get_by_text("too long to be sent")).to_be_hidden()
