"""Where secrets and sequences do not go: logs, other kernels, other sites, core files."""

import asyncio
import logging
import os
import re
import shutil
import stat
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import psutil
import pytest
from helpers.raw_page import RawPage
from helpers.served import CEILING, Served, ask, write_notebook
from tornado.httputil import HTTPHeaders
from tornado.web import HTTPError

from dnaviz.errors import InputError
from dnaviz.serving import logs, private
from dnaviz.serving.arrivals import Arrival, arrival
from dnaviz.serving.logins import Attempts, TokenIdentity
from dnaviz.serving.private import private_folder

SEQUENCE = "ACGTTGCATTGCACGTACGGT"

BOARD = """
import os
print("environment", sorted(os.environ))
print("query", os.environ["QUERY_STRING"], os.environ["VOILA_REQUEST_URL"])
"""


@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards")
    write_notebook(folder / "board.ipynb", BOARD)
    return ["--dashboards", str(folder)]


@pytest.fixture(scope="module")
def served(boards):
    with Served(boards) as server:
        yield server


def close(served, page):
    kernel = page.text.partition('"kernelId": "')[2].partition('"')[0]
    served.get(f"voila/api/shutdown/{kernel}", method="POST")
    served.wait_for_viewers(0)


def test_a_kernel_knows_neither_the_token_nor_other_secrets(boards):
    secrets = {"DNAVIZ_TOKEN": "the-token", "JPY_API_KEY": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    with Served(boards, {**secrets, "PLAIN": "x"}) as served:
        page = served.get("board?token=the-token&state=7")
        assert "'PLAIN'" in page.text or "PLAIN" in page.text
        for name in secrets:
            assert name not in page.text
        assert "the-token" not in page.text
        assert "query state=7" in page.text


@pytest.mark.parametrize("arguments", [["--token", ""], ["--token", "  "], []])
def test_an_empty_token_opens_nothing(boards, arguments, monkeypatch, refused_to_serve):
    monkeypatch.setenv("DNAVIZ_TOKEN", "")
    assert "The token is empty" in refused_to_serve(*boards, *arguments)


def test_another_visitors_kernel_is_not_there(served):
    page = served.get("board")
    kernel = page.text.partition('"kernelId": "')[2].partition('"')[0]
    for cookie in ("", "; ".join(f"{name}={'x' * 32}" for name in served.cookies)):
        assert served.get(f"api/kernels/{kernel}", Cookie=cookie).status == 404
        assert served.get(f"api/viewers/{kernel}", Cookie=cookie).json == {"seconds_left": None}
        away = served.get(f"voila/api/shutdown/{kernel}", method="POST", Cookie=cookie)
        assert away.status == 404

        async def connect(cookie=cookie):
            raw = RawPage(served)
            raw.kernel, raw.cookie = kernel, cookie
            return await raw.connect()

        assert asyncio.run(connect()) == 404
    assert served.get(f"api/viewers/{kernel}").json["seconds_left"] > 0
    assert kernel not in served.log
    close(served, page)


def test_cookies_are_for_this_site_and_for_no_script(served):
    page = served.get("board", Cookie="")
    (cookie,) = [line for line in page.set_cookies if line.startswith("dnaviz-")]
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    served.cookies.update(page.cookies)
    close(served, page)


FROM_A_BROWSER = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Arrival.OPENED),
        ({"Accept": "text/html,image/avif,*/*"}, Arrival.OPENED),
        ({"Accept": "image/avif,image/webp,*/*;q=0.8"}, Arrival.UNSEEN),
        ({**FROM_A_BROWSER, "Sec-Fetch-Site": "none"}, Arrival.OPENED),
        ({**FROM_A_BROWSER, "Sec-Fetch-Site": "same-origin"}, Arrival.OPENED),
        ({**FROM_A_BROWSER, "Sec-Fetch-Site": "cross-site"}, Arrival.FROM_ELSEWHERE),
        ({**FROM_A_BROWSER, "Sec-Fetch-Site": "same-site"}, Arrival.FROM_ELSEWHERE),
        ({"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}, Arrival.OPENED),
        ({"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}, Arrival.UNSEEN),
        ({"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"}, Arrival.UNSEEN),
        ({"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "same-origin"}, Arrival.UNSEEN),
        ({"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}, Arrival.UNSEEN),
        ({**FROM_A_BROWSER, "Sec-Fetch-Site": "none", "Sec-Purpose": "prefetch"}, Arrival.UNSEEN),
    ],
)
def test_a_kernel_starts_for_who_opens_a_page(headers, expected):
    assert arrival(HTTPHeaders(headers)) is expected


def test_other_sites_take_no_places(served):
    for headers, status in (
        ({"Sec_Fetch_Dest": "image", "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Dest": "iframe", "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Dest": "document", "Sec_Fetch_Site": "cross-site"}, 200),
        ({"Accept": "image/*"}, 403),
    ):
        answer = served.get("board?state=%7B%7D", **headers)
        assert answer.status == status
        assert "kernelId" not in answer.text
    assert 'href="/board?state=%7B%7D"' in served.get(
        "board?state=%7B%7D", Sec_Fetch_Dest="document", Sec_Fetch_Site="cross-site"
    ).text.replace(served.url.rstrip("/"), "")
    assert served.viewers == 0
    assert "Disallow: /" in served.get("robots.txt").text


def test_a_public_name_is_one_that_was_given(boards):
    names = ["lab.example", "https://Other.example:443/x", "Bücher.example"]
    arguments = [word for name in names for word in ("--public-host", name)]
    with Served([*boards, *arguments]) as served:
        for name, status in (
            ("lab.example", 200), ("lab.example:8080", 200), ("other.example", 200),
            ("xn--bcher-kva.example", 200),
            ("evil.example", 403), ("lab.example.evil", 403),
        ):  # fmt: skip
            assert served.get("", Host=name).status == status
            assert served.get("", Host=name, X_Forwarded_For="10.0.0.1").status == status


def test_who_knows_the_token_may_ask_by_any_name(boards):
    """As by the address that is told for other machines, and monitors by that of a container."""
    arguments = ["--public-host", "lab.example", "--token", "the-token", "--base-url", "/a.b/"]
    with Served([*boards, *arguments]) as served:
        for name in ("lab.example", "192.0.2.7:8866"):
            assert served.get("?token=the-token", Host=name).status == 200
            assert served.get("", Host=name, Cookie="").status == 302
            assert served.get("healthz", Host=name, Cookie="").status == 200
        # Other things on the host are sent nothing, as a hub that has cookies of the same name.
        cookies = (
            served.get("login", Cookie="").set_cookies + served.get("?token=the-token").set_cookies
        )
        assert {
            name for line in cookies for name in line.split("; ") if name.startswith("Path")
        } == {"Path=/a.b/"}
        assert any(line.startswith("_xsrf=") for line in cookies)
        for path in ("/a.b", "/aXb"):
            answer = ask(served.url.replace("/a.b/", path) + "?x=1")
            assert answer.headers.get("Location") == ("/a.b/?x=1" if path == "/a.b" else None)
    with Served([*boards, "--public-host", "lab.example", "--host", "0.0.0.0"]) as served:
        served.wait_for_line("Anybody")
        assert "other machines" not in served.log  # which the name of the proxy is for
        assert served.get("", Host="192.0.2.7").status == 403
        assert served.get("healthz", Host="192.0.2.7").status == 200


def test_asking_for_the_head_alone_is_answered_as_asking_for_all(boards):
    """As monitors and programs that look at links do."""
    kernel = "00000000-0000-0000-0000-000000000000"
    with Served([*boards, "--token", "the-token"]) as served:
        for path in ("healthz", "", "about", "login", "privacy", "metrics", "robots.txt", "nosuch",
                     f"api/viewers/{kernel}", f"api/kernels/{kernel}"):  # fmt: skip
            for headers in ({}, {"Authorization": "token the-token"}):
                head, whole = (served.get(path, method=m, **headers) for m in ("HEAD", "GET"))
                assert (head.status, head.body) == (whole.status, b"")
                assert head.headers["Content-Type"] == whole.headers["Content-Type"]
        assert served.get("board", method="HEAD").status == 302
        own = {"Authorization": "token the-token"}
        assert served.get("board", method="HEAD", **own).status == 200
        assert served.get(f"voila/api/shutdown/{kernel}", method="HEAD", **own).status == 405
        assert "log" not in served.get("", method="PATCH", **own).text
        assert "kernel started" not in served.log


@pytest.mark.parametrize("name", ["a b", "", "x\ny"])
def test_a_public_name_is_a_name(boards, name, refused_to_serve):
    assert "--public-host is a host's name" in refused_to_serve(*boards, "--public-host", name)


def test_pages_tell_no_site_where_somebody_came_from(served):
    for path in ("", "about", "nosuch", "assets/dnaviz.css", "robots.txt"):
        headers = served.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Cache-Control" in headers
    assert served.get("").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    ["assets/%00", "assets/a%00.css", "voila/static/%00", "voila/labextensions/%00",
     "voila/templates/lab/static/%00", "assets/" + "x" * 5000, "login?next=http://[",
     "login?next=%00", "login?next=//[x", "login?next=/%0d%0ax:y", "%00", "voila/static/%ff%fe"],
)  # fmt: skip
def test_an_address_that_is_none_is_the_visitors_mistake(served, path):
    answer = served.get(path)
    assert 200 <= answer.status < 500
    assert "Traceback" not in answer.text


def test_login_attempts_are_few(boards):
    with Served([*boards, "--token", "the-token"]) as served:

        def attempt(number):
            """One that says it was passed on for somebody else each time."""
            other = f"10.0.0.{number}"
            headers = {"X_Forwarded_For": other, "X_Real_Ip": other}
            return served.get(f"?token=wrong{number}", **headers).status

        statuses = [attempt(number) for number in range(15)]
        assert statuses[0] == 302
        assert statuses[-1] == 429
        assert served.get("?token=the-token").status == 429
        assert served.get("healthz").status == 200


def test_attempts_are_forgotten_after_a_minute():
    attempts = Attempts(3)
    for at in (0, 10, 20):
        assert not attempts.too_many("a", at)
        attempts.failed("a", at)
    assert attempts.too_many("a", 30)
    assert not attempts.too_many("b", 30)
    assert not attempts.too_many("a", 61)
    for number in range(20_000):
        attempts.failed(str(number), 100)
    assert len(attempts.failures) <= 10_000


def test_attempts_from_one_network_count_as_one_asker():
    provider = TokenIdentity(token="the-token")

    def attempt(number):
        request = SimpleNamespace(remote_ip=f"2001:db8::{number:x}")
        handler = SimpleNamespace(get_argument=lambda *_, **__: "wrong", request=request)
        return provider.process_login_form(handler)

    assert {attempt(number) for number in range(10)} == {None}
    with pytest.raises(HTTPError, match="429"):
        attempt(10)


def line_of(name, message, *arguments, exception=False):
    record = logging.LogRecord(name, logging.ERROR, "", 1, message, arguments, None)
    if exception:
        try:
            raise ValueError(SEQUENCE)
        except ValueError:
            record.exc_info = sys.exc_info()
    return logs.KeyValueFormatter().format(record)


@pytest.mark.parametrize(
    ("name", "message", "arguments"),
    [
        ("tornado.application", "Uncaught exception %s\n%r", ("GET /x", f"uri='/?{SEQUENCE}'")),
        ("asyncio", f"Task exception was never retrieved\nfuture: <{SEQUENCE}>", ()),
        ("ServerApp", "No such channel: %r", (SEQUENCE,)),
        ("other", f"Something with /board?state={SEQUENCE}&x", ()),
        ("other", f"Something about {SEQUENCE.lower()}", ()),
        ("dnaviz.serving", f"request /board?state={SEQUENCE[:5]}", ()),
    ],
)
def test_no_library_logs_what_somebody_typed(name, message, arguments):
    for exception in (False, True):
        line = line_of(name, message, *arguments, exception=exception)
        assert SEQUENCE[:5] not in line.upper()
        assert "\n" not in line


def test_a_kernels_id_is_logged_as_another_name():
    kernel = "12345678-1234-1234-1234-123456789abc"
    line = line_of("dnaviz.serving", f"GET /api/kernels/{kernel}/channels")
    assert kernel not in line
    assert logs.short(kernel) in line


def test_nobody_fills_a_disk_with_log_lines():
    keep = logs.NotTooMany(most=3)
    record = logging.LogRecord("x", logging.WARNING, "", 1, "again", (), None)
    assert sum(keep.filter(record) for _ in range(100)) == 3
    other = logging.LogRecord("x", logging.WARNING, "", 2, "another", (), None)
    assert keep.filter(other)
    assert sum(keep.filter(dropped("too long")) for _ in range(100)) == 1
    assert keep.filter(dropped("malformed"))


def dropped(why):
    """The record of a refused message, of which one of a kind is logged in a minute."""
    record = logging.LogRecord("x", logging.WARNING, "", 3, "message dropped", (), None)
    record.fields = {"why": why}
    return record


@pytest.mark.skipif(sys.platform != "linux", reason="It looks into /proc.")
def test_no_core_file_is_written(served):
    page = served.get("board")
    for process in [psutil.Process(served.process.pid), *served.family()]:
        if "dnaviz" not in " ".join(process.cmdline()):
            continue
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits)
        # What may not be dumped belongs to root there, whoever runs it.
        assert Path(f"/proc/{process.pid}/mem").stat().st_uid == 0
    close(served, page)


@pytest.mark.skipif(sys.platform != "linux", reason="Its sockets have paths.")
def test_a_long_path_for_temporary_files_is_stepped_around(boards, tmp_path):
    long = tmp_path / ("x" * 60)
    long.mkdir()
    with Served(boards, {"TMPDIR": str(long)}) as served:
        page = served.get("board")
        assert page.status == 200
        assert "environment" in page.text
        close(served, page)
    assert not list(long.iterdir())


def test_no_place_for_temporary_files_is_said_in_a_sentence(monkeypatch):
    def refuse(**_):
        raise PermissionError

    monkeypatch.setattr(private.tempfile, "mkdtemp", refuse)
    with pytest.raises(InputError, match=r"set TMPDIR to one of at most \d+"), private_folder():
        pass


def test_temporary_files_are_private_and_outlive_no_server(boards, tmp_path):
    """Nor is anything written to a home: a page opens with one that is a file."""
    home = tmp_path / "home"
    home.write_text("")
    with TemporaryDirectory(prefix="dx") as name:  # a short path, as those of sockets are
        old, fresh = (Path(name) / f"dnaviz-{age}" for age in ("old", "fresh"))
        for folder in (old, fresh):
            folder.mkdir()
            (folder / "file").write_text("x")
        os.utime(old, (time.time() - 10_000,) * 2)
        with Served(boards, {"HOME": str(home), "TMPDIR": name}) as served:
            assert not old.exists()  # what a killed server left
            (folder,) = set(Path(name).glob("dnaviz-*")) - {fresh}
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            shutil.rmtree(folder)  # as a system that cleans up does
            end = time.monotonic() + CEILING
            while not (folder / "turns").exists():
                assert time.monotonic() < end
                time.sleep(0.1)
            page = served.get("board")
            assert page.status == 200
            assert "environment" in page.text
            close(served, page)
        assert list(Path(name).iterdir()) == [fresh]


def test_the_address_of_a_server_has_brackets_where_it_needs_them(boards):
    import socket

    if not socket.has_ipv6:
        pytest.skip("There is no IPv6.")
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("There is no IPv6.")
    with Served([*boards, "--host", "::1"]) as served:
        assert served.url.startswith("http://[::1]:")
        assert ask(served.url + "healthz").status == 200
