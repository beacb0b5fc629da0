"""The example configuration for nginx, started as it is but for its ports."""

import asyncio
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from helpers.served import Served, ask, write_notebook
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

EXAMPLE = Path(__file__).parents[2] / "deploy/nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="There is no nginx.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """A server under /dnaviz/, and its address behind nginx."""
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "boards").mkdir()
    write_notebook(folder / "boards/board.ipynb", "print(6 * 7)", title="Board")
    arguments = ["--dashboards", str(folder / "boards"), "--base-url", "/dnaviz/"]
    with Served(arguments) as served:
        port = free_port()
        behind = served.url.split(":")[2].split("/")[0]
        text = EXAMPLE.read_text().replace("listen 8080", f"listen 127.0.0.1:{port}")
        text = text.replace("127.0.0.1:8866", f"127.0.0.1:{behind}")
        own = folder / "nginx.conf"
        own.write_text(f"pid {folder}/nginx.pid;\ndaemon off;\n{text}")
        command = [NGINX, "-c", str(own), "-p", str(folder), "-e", str(folder / "error.log")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as nginx:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/dnaviz/"
            nginx.terminate()


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
