"""Whoever asks for much waits for it; those who ask for little do not."""

import asyncio
from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders, HTTPInputError

from dnaviz.serving import pace, websocket
from dnaviz.serving.budget import Budget
from dnaviz.serving.connections import MOST_COOKIES, _Request
from dnaviz.serving.pace import Bucket, Turns, origin


def test_each_asker_has_a_turn_however_many_requests_another_sent():
    async def run():
        turns, begun = Turns(), []

        async def ask(asker):
            await turns.wait(asker)
            begun.append(asker)

        await asyncio.gather(*(ask(asker) for asker in "aaaaabc"))
        return "".join(begun)

    assert asyncio.run(run()) == "abcaaaa"


def test_between_two_requests_the_loop_comes_to_all_else():
    async def run():
        turns, begun = Turns(), 0
        many = [asyncio.ensure_future(turns.wait("a")) for _ in range(100)]
        passes = 0
        while not all(turn.done() for turn in many):
            done = sum(turn.done() for turn in many)
            assert done - begun <= 1
            begun = done
            passes += 1
            await asyncio.sleep(0)
        return passes

    assert asyncio.run(run()) >= 100


def test_who_leaves_before_the_turn_keeps_nobody_waiting():
    async def run():
        turns = Turns()
        gone, stays = (asyncio.ensure_future(turns.wait("a")) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait_for(stays, 30)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("address", "expected"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
     ("2001:db8:1:2::9", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64"), ("", ""),
     ("x:", "x:")],
)  # fmt: skip
def test_a_network_of_one_line_is_one_asker(address, expected):
    assert origin(address) == expected


def test_a_page_is_read_no_faster_than_its_budget(monkeypatch):
    now = 0.0
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: now))
    bucket = Bucket(rate=10, burst=5)
    for _ in range(5):
        bucket.take(1)
        assert bucket.wait == 0
    bucket.take(5)
    assert bucket.wait == pytest.approx(0.5)
    now = 0.2
    assert bucket.wait == pytest.approx(0.3)
    now = 1000.0  # However long it was quiet, no more may come at once.
    bucket.take(6)
    assert bucket.wait == pytest.approx(0.1)


def line(**more):
    """A websocket, as far as it is asked when a message comes or goes."""

    async def at_once():
        pass

    known = {
        "messages": Bucket(1, 0), "bytes": Bucket(1, 0), "work": Bucket(0.05, 0.5),
        "ws_connection": object(), "selected_subprotocol": None, "_until_ready": at_once,
        "refuse": lambda why, size: None, **more,
    }  # fmt: skip
    return SimpleNamespace(**known)


def test_a_page_waits_for_what_its_messages_take(monkeypatch):
    """By their number, their bytes, and the time in which they are read."""
    times = iter([0.0, 3.0])
    monkeypatch.setattr(websocket.time, "thread_time", lambda: next(times))
    page = line()
    asyncio.run(websocket.GuardedWebsocket.on_message(page, "no message"))
    assert 0.5 < page.messages.wait <= 1
    assert 8 < page.bytes.wait <= 10
    assert page.work.wait > 40


MESSAGE = '{"header": {"msg_type": "comm_msg"}, "content": {}}'


def test_a_page_that_falls_behind_what_its_kernel_sends_is_given_up():
    ends = []
    page = line(
        unsent=9, budget=Budget(unsent=10), kernel_id="a-kernel", drop=ends.append,
        kernel_manager=SimpleNamespace(end_soon=lambda *why: ends.append(why)),
    )  # fmt: skip
    websocket.GuardedWebsocket.write_message(page, MESSAGE)
    assert ends == ["page does not read", ("a-kernel", "its page fell behind")]
    assert len(MESSAGE) - 2 < page.bytes.wait <= len(MESSAGE)  # What it asked for counts, too.


def test_a_page_that_left_is_neither_sent_anything_nor_read():
    page = line(ws_connection=None)
    websocket.GuardedWebsocket.write_message(page, MESSAGE)
    asyncio.run(websocket.GuardedWebsocket.on_message(page, "no message"))
    assert page.bytes.wait == 0


def heard(headers, xheaders=False, closed=False):
    """What the application hears of a request's headers, and whose turn it was."""
    passed, askers = [], []

    async def wait(asker):
        askers.append(asker)

    async def write(answer):
        return None

    request = _Request(
        SimpleNamespace(headers_received=lambda line, headers: passed.append(dict(headers))),
        SimpleNamespace(
            address="192.0.2.7", closed=lambda: closed, write=write, close=lambda: None
        ),
        SimpleNamespace(xheaders=xheaders, turns=SimpleNamespace(wait=wait)),
    )
    asyncio.run(request.headers_received(None, HTTPHeaders(headers)))
    return passed[0], askers[0]


def test_who_asks_is_told_by_the_proxy_and_not_by_the_visitor():
    own = {"X-Real-Ip": "10.0.0.1", "X-Scheme": "https", "X-Forwarded-For": "10.0.0.2, 192.0.2.9"}
    assert heard(own) == ({"X-Forwarded-For": own["X-Forwarded-For"]}, "192.0.2.7")
    assert heard(own, xheaders=True)[1] == "192.0.2.9"


def test_more_cookies_than_a_browser_keeps_are_not_read():
    assert heard({"Cookie": "; ".join(["a=b"] * MOST_COOKIES)})
    with pytest.raises(HTTPInputError):
        heard({"Cookie": "; ".join(["a=b"] * (MOST_COOKIES + 2))})


def test_a_body_in_pieces_is_not_taken():
    with pytest.raises(HTTPInputError):
        heard({"Transfer-Encoding": "chunked"})


def test_nothing_is_done_for_who_has_left():
    with pytest.raises(HTTPInputError):
        heard({}, closed=True)
