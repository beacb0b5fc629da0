"""How many pages may be open from one address, so that others find a place."""

import asyncio

import pytest
from helpers.served import Served, write_notebook

from dnaviz.serving.kernel_manager import ViewerKernelManager


@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards")
    write_notebook(folder / "board.ipynb", "1")
    return ["--dashboards", str(folder)]


@pytest.mark.parametrize(("most", "expected"), [(2, [True, True, False, True]), (0, [True] * 4)])
def test_pages_that_are_being_made_count(most, expected):
    async def run():
        manager = ViewerKernelManager(max_per_address=most)
        leave = asyncio.Event()
        free = []

        async def visit(address):
            with manager.place("a-visitor", address) as is_free:
                free.append(is_free)
                await leave.wait()

        addresses = ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2")
        visits = [asyncio.ensure_future(visit(address)) for address in addresses]
        await asyncio.sleep(0)
        leave.set()
        await asyncio.gather(*visits)
        assert not manager.crowded("192.0.2.1")  # None was made.
        return free

    assert asyncio.run(run()) == expected


def test_who_has_many_pages_open_waits_and_others_do_not(boards):
    arguments = ["--public-host", "lab.example", "--max-viewers-per-address", "1"]
    with Served([*boards, *arguments]) as served:

        def visit(address):
            """As a proxy says, whatever the visitor says of it."""
            return served.get("board", X_Forwarded_For=f"198.51.100.9, {address}")

        first = visit("192.0.2.1")
        assert first.status == 200
        second = visit("192.0.2.1")
        assert second.status == 429
        assert int(second.headers["Retry-After"]) > 0
        assert "from your network&#39;s address as one may have here: 1." in second.text
        assert "192.0.2.1" not in served.log
        assert visit("2001:db8::1").status == 200
        assert visit("2001:db8::2").status == 429  # the same line's network
        assert served.get("board").status == 200
        assert served.get("healthz?deep=1").status == 200  # Its own page is not held to that.
        kernel = first.text.partition('"kernelId": "')[2].partition('"')[0]
        served.get(f"voila/api/shutdown/{kernel}", method="POST")
        assert visit("192.0.2.1").status == 200


def test_where_all_have_one_address_it_is_not_counted(boards, refused_to_serve):
    said = refused_to_serve(*boards, "--max-viewers-per-address", "3")
    assert "--max-viewers-per-address needs the --public-host" in said
