"""The example configuration for nginx, started as it is but for its ports."""

import asyncio
import contextlib
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from helpers.served import CEILING, Served, ask, write_notebook
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

EXAMPLE = Path(__file__).parents[2] / "deploy/nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="There is no nginx.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def nginx(folder: Path, behind: int, **changes: str):
    """Start the example with a server at a port behind it; yield its address.

    Its log and its messages go to `folder`; `changes` are settings and their values here.
    """
    port = free_port()
    text = EXAMPLE.read_text()
    changes = {"listen": f"127.0.0.1:{port}", "proxy_pass": f"http://127.0.0.1:{behind}", **changes}
    for name, value in changes.items():
        text, count = re.subn(rf"(?m)^(\s*{name}) .*?;", rf"\1 {value};", text)
        assert count, name
    own = folder / "nginx.conf"
    own.write_text(f"pid {folder}/nginx.pid;\ndaemon off;\n{text}")
    command = [NGINX, "-c", str(own), "-p", str(folder), "-e", str(folder / "error.log")]
    with (
        (folder / "log").open("wb") as log,
        (folder / "messages").open("wb") as messages,
        subprocess.Popen(command, stdout=log, stderr=messages) as process,
    ):
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/dnaviz/"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """A server under /dnaviz/, and its address behind nginx."""
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "boards").mkdir()
    write_notebook(folder / "boards/board.ipynb", "print(6 * 7)", title="Board")
    arguments = ["--dashboards", str(folder / "boards"), "--base-url", "/dnaviz/"]
    with Served(arguments) as served:
        behind = int(served.url.split(":")[2].split("/")[0])
        with nginx(folder, behind) as url:
            yield url


def test_pages_and_their_links_stay_under_the_prefix(proxied):
    home = ask(proxied)
    assert home.status == 200
    links = re.findall(r'(?:href|src)="(/[^"]*)"', home.text)
    assert links
    assert all(link.startswith("/dnaviz/") for link in links)
    host = proxied.removesuffix("/dnaviz/")
    assert all(ask(host + link).status == 200 for link in links if "assets" in link)
    assert ask(proxied + "healthz").json["ready"]


def test_a_page_runs_and_its_websocket_passes(proxied):
    page = ask(proxied + "board")
    assert "42" in page.text
    kernel = re.search(r'"kernelId": ?"([\w-]+)"', page.text).group(1)
    address = f"{proxied.replace('http', 'ws', 1)}api/kernels/{kernel}/channels"
    home = proxied.removesuffix("/dnaviz/")
    cookie = "; ".join(f"{name}={value}" for name, value in page.cookies.items())

    async def connect(origin: str) -> None:
        headers = {"Origin": origin, "Cookie": cookie}
        (await websocket_connect(HTTPRequest(address, headers=headers))).close()

    asyncio.run(connect(home))
    with pytest.raises(HTTPClientError, match="403"):
        asyncio.run(connect("http://elsewhere.example"))


def connect(url: str) -> socket.socket:
    host, port = url.split("/")[2].split(":")
    return socket.create_connection((host, int(port)), timeout=60)


@pytest.mark.parametrize(
    "path", ["metrics", "metrics?x=1", "%6detrics", "/metrics", "x/../metrics"]
)
def test_the_monitor_is_not_for_everybody(proxied, path):
    assert ask(proxied + "healthz").status == 200
    assert ask(proxied + path).status == 404


def test_logins_of_one_address_are_few_but_all_see_the_page(proxied):
    assert {ask(proxied + "login").status for _ in range(60)} == {302}
    statuses = [ask(proxied + "login", method="POST").status for _ in range(60)]
    assert 429 in statuses
    assert 429 not in statuses[:30]


def test_a_long_body_is_not_passed_on(proxied):
    with connect(proxied) as line:
        line.sendall(
            b"POST /dnaviz/board HTTP/1.1\r\nHost: x\r\nContent-Length: 1100000\r\n"
            b"Connection: close\r\n\r\n"
        )
        assert line.makefile("rb").read().split()[1] == b"413"


def test_one_address_has_so_many_requests_at_a_time(proxied):
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            line = stack.enter_context(connect(proxied))
            line.sendall(b"POST /dnaviz/board HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        end = time.monotonic() + CEILING
        while ask(proxied + "healthz").status != 429:
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.mark.parametrize("rest", [b"", b"Content-Length: 9\r\n\r\n"], ids=["head", "body"])
def test_what_is_half_sent_is_waited_for_in_vain(tmp_path, rest):
    short = {"client_header_timeout": "1s", "client_body_timeout": "1s"}
    with nginx(tmp_path, free_port(), **short) as url, connect(url) as line:
        line.sendall(b"POST /dnaviz/board HTTP/1.1\r\nHost: x\r\n" + rest)
        answer = line.makefile("rb").read()  # until it is closed
    assert answer == b"" or answer.split()[1] == b"408"


def test_no_request_is_written_to_a_file(tmp_path):
    """Of which nginx would warn."""
    with nginx(tmp_path, free_port(), error_log="/dev/stderr warn") as url, connect(url) as line:
        head = b"POST /dnaviz/api/scan HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        line.sendall(head + b"Content-Length: 1000000\r\n\r\n" + b"A" * 1_000_000)
        assert line.makefile("rb").read().split()[1] == b"502"
    messages = (tmp_path / "messages").read_text()
    assert "connect() failed" in messages
    assert "temporary file" not in messages


def test_no_log_holds_a_query(tmp_path):
    """Nor where the server is not there, of which nginx would tell with the whole address."""
    with nginx(tmp_path, free_port()) as url:
        assert ask(f"{url}board?state=ACGTTGCATTG").status == 502
    texts = {name: (tmp_path / name).read_text() for name in ("log", "messages")}
    assert "GET /dnaviz/board 502" in texts["log"]
    assert not any("ACGTTGCATTG" in text for text in texts.values())
