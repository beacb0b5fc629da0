"""What stands behind a connection is bounded: descriptors, memory, messages, time."""

import asyncio
import json
import re
import socket
import struct
import sys
import time

import psutil
import pytest
from helpers.raw_page import RawPage, comm_of, update
from helpers.served import Served, ask, write_notebook

from dnaviz.serving.budget import MB, PER_VIEWER, RESERVE, Budget

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="It looks into /proc.")

BOARD = """
import time
from pathlib import Path
import ipywidgets as widgets
text = widgets.Textarea()
work = widgets.Text()
upload = widgets.FileUpload()
def compute(change):
    while Path(change.new).exists():
        time.sleep(0.05)
work.observe(compute, "value")
widgets.VBox([text, work, upload])
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


@pytest.fixture(autouse=True)
def nothing_is_left(request):
    """Every visit here ends, and its kernel with it."""
    yield
    if "served" in request.fixturenames:
        served = request.getfixturevalue("served")
        served.wait_for_viewers(0, seconds=60)


def limited(boards, descriptors):
    command = f'ulimit -n {descriptors}; exec "$@"'
    return Served(boards, prefix=("sh", "-c", command, "sh"))


def descriptors(served):
    return psutil.Process(served.process.pid).num_fds()


def memory(served):
    return psutil.Process(served.process.pid).memory_info().rss


def connect(served, address=None):
    host, port = served.url.split("/")[2].split(":")
    source = (address, 0) if address else None
    return socket.create_connection((host, int(port)), timeout=30, source_address=source)


def wait_until(condition, seconds=40):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


async def close(page):
    page.close()
    url = f"{page.served.url}voila/api/shutdown/{page.kernel}"
    await asyncio.to_thread(ask, url, method="POST", Cookie=page.cookie)


@pytest.mark.parametrize("many", [64, 100, 256, 1024, 65_536, 2**20])
def test_descriptors_are_divided_so_that_they_suffice(many):
    budget = Budget.of(many)
    if budget.viewers > 1:
        assert RESERVE + budget.connections + PER_VIEWER * budget.viewers <= many
    assert budget.per_address < budget.connections


def test_pages_until_none_fits_leave_the_server_alive(boards):
    with limited(boards, 256) as served:
        places = served.get("healthz").json["max_viewers"]
        assert places == Budget.of(256).viewers

        async def visit():
            pages = [await RawPage(served).open() for _ in range(places)]
            for page in pages:
                assert await page.connect("second") in (101, 429)
            answers = [await asyncio.to_thread(ask, served.url + "board") for _ in range(3)]
            assert {answer.status for answer in answers} == {503}
            assert descriptors(served) < 256
            for page in pages:
                await close(page)

        asyncio.run(visit())
        assert served.process.poll() is None
        served.wait_for_viewers(0)
        assert served.get("board").status == 200


def test_more_pages_than_descriptors_are_refused_at_the_start(boards):
    served = limited([*boards, "--max-viewers", "1000"], 256)
    with pytest.raises(AssertionError, match="needs more open files"), served:
        pass


def test_idle_and_half_sent_connections_keep_nobody_out(boards):
    with limited(boards, 256) as served:
        most = Budget.of(256).connections
        lines = []
        for number in range(4 * most):
            line = connect(served)
            if number % 2:
                line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            lines.append(line)
        for _ in range(5):
            assert served.get("healthz").status == 200
        assert descriptors(served) < 256
        assert served.get("board").status == 200
        for line in lines:
            line.close()
        assert len(served.log) < 20_000


def test_one_address_cannot_take_all_connections(served):
    """Requests in progress are never ended for others, so no address may have them all."""
    from tornado.iostream import IOStream

    from dnaviz.serving.connections import BoundedServer, Line

    async def run():
        server = BoundedServer(lambda request: None, budget=Budget(connections=4, per_address=2))
        ends = []

        def come(address):
            ours, others = socket.socketpair()
            ends.append(others)
            server._handle_connection(ours, (address, 1))
            return ours.fileno() != -1

        assert come("a")
        assert come("a")
        for line in server.lines:
            line.waits = False
        assert not come("a")
        assert come("b")
        assert come("b")
        assert come("b")  # one of b's, which only waits, made room
        assert len(server.lines) == 4
        assert all(isinstance(line, IOStream) for line in server.lines)
        for line in list(server.lines):
            line.close()
        assert not server.addresses
        assert Line

    asyncio.run(run())


def test_who_does_not_take_the_answer_is_cut_off(served):
    from dnaviz.serving.connections import Line

    async def run():
        ours, others = socket.socketpair()
        closed = []
        line = Line(ours, "a", closed.append)
        line.write(b"x" * 20_000_000)
        begin = time.monotonic()
        assert line.stalled(begin) == 0  # What the system took at once.
        assert line.stalled(begin + 5) == 0
        assert line.stalled(begin + 40) == 35
        others.recv(1_000_000)
        line._handle_write()
        assert line.stalled(begin + 45) == 0
        line.close()
        assert closed == [line]
        others.close()

    asyncio.run(run())


def test_websockets_close_with_their_kernel_and_leave_no_descriptor(served):
    async def visit():
        page = await RawPage(served).open()
        await asyncio.to_thread(
            ask, f"{served.url}voila/api/shutdown/{page.kernel}", method="POST", Cookie=page.cookie
        )
        assert await page.ended()

    asyncio.run(visit())
    before = descriptors(served)
    for _ in range(3):
        asyncio.run(visit())
    wait_until(lambda: descriptors(served) <= before)


def test_a_kernel_has_two_websockets_at_most(served):
    async def visit():
        page = await RawPage(served).open()
        assert await page.connect("y") == 101
        assert await page.connect("z") == 429
        await close(page)

    asyncio.run(visit())


def paused(served):
    """How many pages the server does not read as their kernels have a queue."""
    messages = served.get("metrics").text
    return float(re.search(r"^dnaviz_pages_paused (\S+)", messages, re.M).group(1))


def unsent(served):
    messages = served.get("metrics").text
    return float(re.search(r"^dnaviz_unsent_bytes (\S+)", messages, re.M).group(1))


def test_a_page_that_does_not_read_costs_little(served):
    """With nearly a megabyte in a box, and asked for over and over."""

    async def visit():
        page = await RawPage(served).open()
        text = await comm_of(page, "TextareaModel")
        await page.send(update(text, value="A" * 900_000))

        async def ask_on():
            nonlocal asked
            for _ in range(600):
                await page.ask_states()
                asked += 1

        before = memory(served)
        most = waiting = asked = still = 0
        asking = asyncio.create_task(ask_on())
        while still < 10:  # times that no more was taken
            earlier = asked
            await asyncio.sleep(0.1)
            still = still + 1 if asked == earlier else 0
            most = max(most, memory(served) - before)
            waiting = max(waiting, await asyncio.to_thread(unsent, served))
        asking.cancel()
        assert most < 100 * MB
        # Not even what is let wait until a page is given up: reading stops at half of it.
        assert waiting < Budget().unsent
        assert (await asyncio.to_thread(served.get, "healthz")).json["viewers"] == 1
        await close(page)

    asyncio.run(visit())


def test_a_page_that_does_not_read_is_not_read_either():
    from types import SimpleNamespace

    from dnaviz.serving.pace import Bucket
    from dnaviz.serving.websocket import GuardedWebsocket, Queue

    async def run():
        line = SimpleNamespace(
            ws_connection=SimpleNamespace(is_closing=lambda: False), budget=Budget(),
            messages=Bucket(1, 1), bytes=Bucket(1, 1), work=Bucket(1, 1), queue=Queue(10, 10),
            unsent=10 * MB,
        )  # fmt: skip
        ready = asyncio.ensure_future(GuardedWebsocket._until_ready(line))
        await asyncio.sleep(0.3)
        assert not ready.done()
        line.unsent = MB
        await asyncio.wait_for(ready, 10)

    asyncio.run(run())


@pytest.mark.slow
def test_a_kernel_that_computes_makes_its_page_wait(served, tmp_path):
    """What is sent to it in the meantime stays with the sender, and is done afterwards."""
    computes = tmp_path / "computes"
    computes.touch()

    async def visit():
        page = await RawPage(served).open()
        work, text = await comm_of(page, "TextModel"), await comm_of(page, "TextareaModel")
        await page.send(update(work, value=str(computes)))
        before = memory(served)

        async def send_on():
            for _ in range(20):
                await page.send(update(text, value="A" * 900_000))
            await page.send(update(text, value="the last"))

        sending = asyncio.create_task(send_on())
        await asyncio.to_thread(wait_until, lambda: paused(served) == 1)
        assert memory(served) - before < 80 * MB
        computes.unlink()
        await page.frame_with(b'"the last"', 120)
        await sending
        assert await asyncio.to_thread(paused, served) == 0
        await close(page)

    asyncio.run(visit())


def test_unfinished_long_messages_are_few(served):
    """Sixteen frames of ten megabytes of which only the last byte is missing."""

    async def visit():
        pages = [await RawPage(served).open() for _ in range(8)]
        lines = []
        for page in pages:
            lines.append(page.writer)
            assert await page.connect("second") == 101
            lines.append(page.writer)
        before = memory(served)
        size = 10 * MB
        for line in lines:
            line.write(bytes([0x82]) + struct.pack("!BQ", 0x80 | 127, size) + b"\0" * (size + 3))
        unread = [-1]
        while len(unread) < 2 or unread[-1] != unread[-2]:  # while the server reads on
            await asyncio.sleep(1)
            unread.append(sum(line.transport.get_write_buffer_size() for line in lines))
        assert memory(served) - before < (Budget().uploads + 4) * size  # and not sixteen
        for page in pages:
            await close(page)

    asyncio.run(visit())


def test_a_file_of_ten_megabytes_is_taken_and_text_of_that_size_is_not(served):
    async def visit():
        page = await RawPage(served).open()
        upload, text = await comm_of(page, "FileUploadModel"), await comm_of(page, "TextareaModel")
        content = json.loads(
            update(upload, value=[{"name": "a.fa", "type": "", "size": 9 * MB, "last_modified": 0}])
        )
        content["content"]["data"]["buffer_paths"] = [["value", 0, "content"]]
        content.pop("buffers")
        head = json.dumps(content).encode()
        offsets = struct.pack("!III", 2, 12, 12 + len(head))
        await page.send(offsets + head + b"A" * (9 * MB), binary=True)
        await page.frame_with(b'"idle"')
        await page.send(update(text, value="A" * (2 * MB)))
        url = f"{served.url}api/viewers/{page.kernel}"
        end = time.monotonic() + 30
        messages = None
        while not messages and time.monotonic() < end:
            answer = await asyncio.to_thread(ask, url, Cookie=page.cookie)
            messages = answer.json.get("told")
            await asyncio.sleep(0.2)
        assert "1 MB at most" in messages
        await page.ask_states()
        frame = await page.frame_with(b'"update_states"')
        assert len(frame) > 9 * MB  # The file is there,
        assert b"A" * 100 not in frame[: frame.index(b"}}}")]  # the text is not.
        await close(page)

    asyncio.run(visit())


def test_a_stream_of_refused_messages_ends(served):
    async def visit():
        page = await RawPage(served).open()
        wrong = page.message("execute_request", {"code": "1", "more": "x" * (2 * MB)})

        async def send():
            for _ in range(100):
                await page.send(wrong)

        sending = asyncio.create_task(send())
        assert await page.ended()
        sending.cancel()
        await close(page)

    asyncio.run(visit())
    assert served.log.count("message dropped") < 10


def test_what_a_kernel_says_to_nobody_is_kept_within_bounds():
    from dnaviz.serving.kernel_manager import OfflineMessages

    messages = []
    kept = OfflineMessages(100, lambda: messages.append(1))
    kept.append(("iopub", [b"x" * 40, b"y" * 40]))
    assert len(kept) == 1
    assert not messages
    kept.append(("iopub", [b"x" * 40]))
    assert not kept
    assert messages


def test_what_was_never_connected_is_not_kept_for_a_page():
    """Else the next to connect is given no channels, and opens some that nobody closes."""
    from dnaviz.serving.kernel_manager import ViewerKernelManager

    manager = ViewerKernelManager()
    manager.start_buffering("a-kernel", "a-session", {})
    assert manager.get_buffer("a-kernel", "a-session") is None


def test_a_page_that_leaves_while_its_kernel_ends_leaves_no_channels():
    """As every page does that is closed: it says so, and its line ends a moment later."""
    from dnaviz.serving.kernel_manager import ViewerKernelManager

    class Channel:
        listener, closed = print, False

        def on_recv(self, listener):
            self.listener = listener

        def close(self):
            self.closed = True

    manager, channels = ViewerKernelManager(), {"shell": Channel(), "iopub": Channel()}

    async def end(kernel_id, now):
        manager.start_buffering(kernel_id, "a-session", channels)

    async def run():
        manager._kernels["a-kernel"] = None
        manager.shutdown_kernel = end
        await manager.end("a-kernel", "its page was closed")

    asyncio.run(run())
    assert all(channel.closed and channel.listener is None for channel in channels.values())
    assert manager.get_buffer("a-kernel", "a-session") is None


def test_a_session_name_is_a_name(served):
    async def visit():
        page = await RawPage(served).open()
        for name in ("x" * 300, "%00", "a/b", ""):
            assert await page.connect(name) in (101, 400)
        await close(page)

    asyncio.run(visit())
    assert "write_error" not in served.log


@pytest.mark.parametrize(
    ("order", "offsets"),
    [("little", [0, 10, 0, 10]), ("little", [72, 80, 79, 90]), ("little", [72, 2**60])],
)
def test_parts_that_overlap_are_refused(order, offsets):
    from dnaviz.serving.guard import V1, Refused, read_message

    message = b"".join(n.to_bytes(8, order) for n in (len(offsets), *offsets)) + b"x" * 100
    with pytest.raises(Refused):
        read_message(message, V1)
