"""What the server gives to somebody who asks for more than a page would."""

import asyncio
import contextlib
import json
import socket
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from helpers.served import CEILING, Served, ask, write_notebook
from helpers.websocket import pack
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

from dnaviz.serving.budget import Budget

NOTEBOOK = """
import ipywidgets as widgets
from IPython.display import display
name_in_the_source = 7
display(widgets.IntSlider(value=name_in_the_source))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards")
    write_notebook(folder / "board.ipynb", NOTEBOOK, title="<b>Bold</b>", summary="<i>x</i>")
    (folder / "notes.txt").write_text("the secret")
    (folder / ".hidden").write_text("the secret")
    (folder / "picture.png").write_bytes(b"the secret")
    (folder / "sub").mkdir()
    write_notebook(folder / "sub" / "other.ipynb", "'the secret'")
    return folder


@pytest.fixture(scope="module")
def served(folder):
    with Served(["--dashboards", str(folder)]) as server:
        yield server


@pytest.fixture(autouse=True)
def no_kernel_is_left(served):
    """Every test here either opens no page or closes it."""
    yield
    served.wait_for_viewers(0)


@pytest.fixture
def kernel(served):
    """The id of a kernel of an opened page."""
    text = served.get("board").text
    _, _, rest = text.partition('<script id="jupyter-config-data" type="application/json">')
    result = json.loads(rest.partition("</script>")[0])["kernelId"]
    yield result
    served.get(f"voila/api/shutdown/{result}", method="POST")


@pytest.mark.parametrize(
    "path",
    [
        "board.ipynb",
        "sub/other",
        "sub/other.ipynb",
        "notes.txt",
        ".hidden",
        "picture.png",
        "voila/files/notes.txt",
        "voila/files/picture.png",
        "voila/files/.hidden",
        "voila/files/sub/other.ipynb",
        "voila/render/sub/other.ipynb",
        "voila/render/nosuch.ipynb",
        "voila/tree",
        "voila/tree/sub",
        "voila/api/contents",
        "voila/api/contents/notes.txt",
        "api/kernels",
        "api/contents",
        "api/sessions",
        "files/notes.txt",
        "../notes.txt",
        "%2e%2e/notes.txt",
        "assets/../app.py",
        "assets/%2e%2e/app.py",
        "assets/..%2fapp.py",
        "assets/%2e%2e%2f%2e%2e%2fassets%2fautoencoder.safetensors",
        "assets/autoencoder.safetensors",
        "assets/",
        "dashboards/latent-map.ipynb",
        "voila/static/../../../../../../../../etc/passwd",
        "voila/static/..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "voila/labextensions/../../../../../../../../etc/passwd",
        "voila/labextensions/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "voila/templates/lab/static/../index.html.j2",
        "voila/templates/lab/static/%2e%2e%2findex.html.j2",
        "voila/templates/nosuch/static/index.css",
        "voila/templates/../static/index.css",
        "voila/execution/00000000-0000-0000-0000-000000000000",
        "voila/query/00000000-0000-0000-0000-000000000000",
    ],
)
def test_nothing_else_is_served(served, path):
    answer = served.get(path)
    assert answer.status in (403, 404)
    assert b"secret" not in answer.body
    assert b"root:" not in answer.body
    assert "Traceback" not in answer.text


def test_a_raw_path_that_no_browser_sends_is_refused(served):
    host, port = served.url.split("/")[2].split(":")
    for path in (
        "/assets//etc/passwd",
        "//etc/passwd",
        "/assets/\\..\\app.py",
        "/board/../.hidden",
    ):
        with socket.create_connection((host, int(port)), timeout=30) as line:
            line.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            answer = line.makefile("rb").read()
        assert answer.split()[1] in (b"403", b"404")
        assert b"secret" not in answer
        assert b"root:" not in answer


@pytest.mark.parametrize("query", ["template=nosuch", "theme=nosuch", "template=../x&theme=%00"])
def test_template_and_theme_cannot_be_chosen(served, query):
    plain, other = served.get("board"), served.get("board?" + query)
    assert other.status == 200
    for answer in (plain, other):
        assert "jupyter-widgets" in answer.text or "widget-view" in answer.text
        assert '"jupyterLabTheme": "light"' in answer.text
        served.get(f"voila/api/shutdown/{kernel_of(answer.text)}", method="POST")


def kernel_of(text: str) -> str:
    return str(text.partition('"kernelId": "')[2].partition('"')[0])


def test_markup_in_titles_is_text(served):
    text = served.get("").text
    assert "<b>Bold" not in text
    assert "<i>x" not in text
    assert "&lt;b&gt;Bold" in text


def test_markup_in_the_query_is_text(served):
    text = served.get(
        "?state=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&x=\"'<b>".replace(" ", "")
    ).text
    assert "<script>alert" not in text
    assert "'<b>" not in text


def test_a_page_shows_neither_source_nor_secret(served):
    text = served.get("board").text
    served.get(f"voila/api/shutdown/{kernel_of(text)}", method="POST")
    assert "name_in_the_source" not in text
    assert "secret" not in text


def test_headers_hold_pages_to_this_host(served):
    for path in ("", "nosuch"):
        policy = served.get(path).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert "*" not in policy


async def connect(served, kernel, **headers):
    url = served.url.replace("http", "ws") + f"api/kernels/{kernel}/channels?session_id=x"
    headers.setdefault("Cookie", served.cookie)
    return await websocket_connect(HTTPRequest(url, headers=headers))


def test_a_websocket_from_another_site_is_refused(served, kernel):
    async def attempt(origin):
        await (await connect(served, kernel, Origin=origin)).read_message()

    for origin in (
        "http://evil.example",
        "null",
        "https://127.0.0.1",
        served.url.rstrip("/") + "0",
    ):
        with pytest.raises(HTTPClientError, match="403"):
            asyncio.run(attempt(origin))


def test_closing_from_another_site_is_refused(served, kernel):
    path = f"voila/api/shutdown/{kernel}"
    assert served.get(path, method="POST", Origin="http://evil.example").status in (403, 404)
    assert served.get(f"api/viewers/{kernel}").status == 200


def test_a_raw_client_cannot_run_code_but_can_use_widgets(served, kernel):
    """The kernel answers what a page asks, and never what a page does not ask."""

    def message(kind, content, channel="shell"):
        header = {
            "msg_type": kind,
            "msg_id": kind,
            "session": "x",
            "username": "",
            "version": "5.3",
        }
        header["date"] = "2026-01-01T00:00:00Z"
        parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        parts["metadata"] = {"version": "1.0.0"}  # of the widgets' protocol
        return json.dumps({**parts, "channel": channel, "buffers": []})

    code = "import os; os.kill(os.getpid(), 9)"
    forbidden = [
        *(
            message(kind, content, channel)
            for channel in ("shell", "control", "stdin", "nosuch")
            for kind, content in {
                "execute_request": {"code": code, "silent": False, "store_history": False,
                                    "user_expressions": {}, "allow_stdin": False},
                "complete_request": {"code": "os.", "cursor_pos": 3},
                "inspect_request": {"code": "os", "cursor_pos": 2, "detail_level": 0},
                "history_request": {"hist_access_type": "tail", "n": 5, "output": True},
                "debug_request": {"type": "request", "command": "initialize", "seq": 1},
                "shutdown_request": {"restart": False},
                "interrupt_request": {},
                "input_reply": {"value": "x"},
                "comm_open": {"comm_id": "y", "target_name": "jupyter.widget", "data": {"state": {
                    "_model_module": "@jupyter-widgets/controls", "_model_name": "TextModel"}}},
            }.items()
        ),
        "{", "[]", "null", "\0", b"\xff" * 64, b"", pack({"msg_type": "execute_request"}, {}),
    ]  # fmt: skip

    async def talk():
        line = await connect(served, kernel)
        for sent in forbidden:
            await line.write_message(sent, binary=isinstance(sent, bytes))
        control = {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}}
        await line.write_message(message("comm_open", control))
        ask_states = {"comm_id": "c", "data": {"method": "request_states"}}
        await line.write_message(message("comm_msg", ask_states))
        kinds, parents = set(), set()
        while True:
            heard = await asyncio.wait_for(line.read_message(), CEILING)
            assert heard is not None
            text = heard if isinstance(heard, str) else heard.decode("utf-8", "replace")
            if isinstance(heard, str):
                kinds.add(json.loads(text)["header"]["msg_type"])
                parents.add(json.loads(text)["parent_header"].get("msg_type"))
            if "IntSliderModel" in text:
                return kinds, parents

    kinds, parents = asyncio.run(talk())
    assert kinds <= {"status", "comm_msg", "comm_open", "comm_info_reply", "kernel_info_reply"}
    assert parents <= {None, "comm_open", "comm_msg", "kernel_info_request"}


def test_oversized_message_closes_the_connection_only(served, kernel):
    async def talk():
        line = await connect(served, kernel)
        with contextlib.suppress(WebSocketClosedError):
            size = Budget().upload + Budget().message + 1
            await line.write_message(b"x" * size, binary=True)
        while await asyncio.wait_for(line.read_message(), CEILING) is not None:
            pass

    asyncio.run(talk())
    assert served.get(f"api/viewers/{kernel}").status == 200


def test_another_name_for_this_machine_is_refused(served, kernel):
    """As a page elsewhere would come that lets its own name point here."""
    for path in ("", "board", f"api/kernels/{kernel}", f"api/viewers/{kernel}"):
        assert served.get(path, Host="evil.example:80").status == 403

    async def attempt():
        name = "evil.example:80"
        await connect(served, kernel, Host=name, Origin=f"http://{name}")

    with pytest.raises(HTTPClientError, match="403"):
        asyncio.run(attempt())
    port = served.url.split(":")[2].strip("/")
    assert served.get("", Host=f"localhost:{port}").status == 200
    # Anybody can say that a proxy sent them.
    assert served.get("", Host="lab.example", X_Forwarded_For="10.0.0.1").status == 403


def test_a_large_body_is_not_read(served):
    host, port = served.url.split("/")[2].split(":")
    for path in ("/login", "/board", "/nosuch"):
        with socket.create_connection((host, int(port)), timeout=30) as line:
            head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000000\r\n\r\n"
            line.sendall(head.encode())
            answer = line.makefile("rb").read()  # closed without waiting for the body
        assert answer.split()[1] in (b"400", b"413")


def test_a_long_head_is_not_read(served):
    host, port = served.url.split("/")[2].split(":")
    for many, statuses in ((100, {b"200"}), (4000, {b"400", b"431"})):
        with socket.create_connection((host, int(port)), timeout=30) as line:
            head = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
            with contextlib.suppress(ConnectionError):
                line.sendall((head + "a: b\r\n" * many + "\r\n").encode())
                answer = line.makefile("rb").read()
                assert answer == b"" or answer.split()[1] in statuses


def test_the_token_is_compared_in_constant_time(monkeypatch):
    from dnaviz.serving import logins

    compared = []

    def compare(a, b):
        compared.append((a, b))
        return a == b

    monkeypatch.setattr(logins.secrets, "compare_digest", compare)
    provider = logins.TokenIdentity(token="the-token")
    handler = SimpleNamespace(
        get_argument=lambda name, default="": "wrong-token", request=SimpleNamespace(remote_ip="a")
    )
    assert provider.process_login_form(handler) is None
    monkeypatch.setattr(provider, "get_token", lambda handler: "wrong-token")
    assert asyncio.run(provider.get_user_token(handler)) is None
    assert compared == [(b"wrong-token", b"the-token")] * 2


def test_a_kernel_that_is_not_there(served):
    nobody = "00000000-0000-0000-0000-000000000000"
    assert served.get(f"api/kernels/{nobody}").status == 404
    assert served.get(f"api/viewers/{nobody}").json == {"seconds_left": None}
    with pytest.raises(HTTPClientError, match="404"):
        asyncio.run(connect(served, nobody))


def test_the_log_holds_neither_queries_nor_tokens(folder):
    with Served(["--dashboards", str(folder), "--verbose", "--token", "the-token"]) as served:
        ask(f"{served.url}?token=the-token&state=ACGTACGT")
        ask(f"{served.url}nosuch?token=the-token&state=ACGTACGT")
        ask(f"{served.url}board?token=wrong-token&state=ACGTACGT")
        served.stop()
        after = served.log.split("Ctrl-C", 1)[1]
        for secret in ("the-token", "wrong-token", "ACGTACGT"):
            assert secret not in after
        assert "method=GET path=/nosuch" in after


def test_a_page_that_is_not_let_in_any_more_hears_that_it_has_ended(folder):
    """As when the server was started anew, and knows no cookie from before."""
    with Served(["--dashboards", str(folder), "--token", "the-token"]) as served:
        answer = served.get("api/viewers/00000000-0000-0000-0000-000000000000")
        assert (answer.status, answer.json) == (200, {"seconds_left": None})
        page = served.get("board", Authorization="token the-token")
        kernel = page.text.partition('"kernelId": "')[2].partition('"')[0]
        path = f"api/viewers/{kernel}?used=1"
        assert served.get(path, Authorization="token the-token").json["seconds_left"] > 0
        # Who it was is not enough.
        assert served.get(path).json == {"seconds_left": None}


def test_without_a_token_only_the_login_page_is_served(folder):
    with Served(["--dashboards", str(folder), "--token", "the-token"]) as served:
        assert "token=the-token" in served.announced
        for path in ("", "board", "voila/render/board.ipynb", "?token=", "?token=the-toke"):
            answer = served.get(path)
            assert answer.status == 302
            assert "/login" in answer.headers["Location"]
        for path in ("login", "nosuch", "api/kernels/00000000-0000-0000-0000-000000000000"):
            assert "the-token" not in served.get(path).text
        assert "Bold" not in served.get("login").text
        assert served.get("metrics").status == 302
        assert served.get("metrics", Authorization="Bearer the-token").status == 200
        assert served.get("", Authorization="token the-token").status == 200
        entered = served.get("?token=the-token")
        assert entered.status == 200
        assert "httponly" in entered.headers["Set-Cookie"].lower()
        assert all("samesite=lax" in line.lower() for line in entered.set_cookies)
        assert "the-token" not in entered.text
        assert served.get("?token=" + quote("tökén-\x01")).status == 302
        # Asking for the token leads to no other host afterwards.
        for elsewhere in ("//evil.example/x", "http://evil.example", "\\\\evil.example"):
            answer = served.get(f"login?token=the-token&next={quote(elsewhere)}")
            assert "evil.example" not in answer.headers.get("Location", "")
        assert served.viewers == 0
