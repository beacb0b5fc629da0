"""A kernel is kept for a page that shows itself, whatever the kernel says of itself."""

import asyncio

import pytest
from helpers.raw_page import RawPage, comm_of, update
from helpers.served import Served, write_notebook

from dnaviz.serving.liveness import AT_WORK_UNUSED, Life, Patience, seconds_computed

PATIENCE = Patience(unused=100, absent=30, at_work=50)


def looks(life, *, until, here=False, computing=0.0, used_every=None):
    """Look every five seconds; return when and why it is to end."""
    computed = 0.0
    for now in range(5, until, 5):
        computed += 5 * computing
        if used_every and now % used_every == 0:
            life.used = now
        if why := life.look(now, computed, here, PATIENCE):
            return now, why
    return None


@pytest.mark.parametrize(
    ("here", "computing", "ends"),
    [
        (False, 0.0, (35, "its page is gone")),
        (False, 0.001, (35, "its page is gone")),
        (False, 0.9, (55, "its page is gone")),
        (True, 0.0, (105, "nobody used it")),
        (True, 0.9, (100 * AT_WORK_UNUSED + 5, "nobody used it")),
    ],
)
def test_no_kernel_lives_for_ever(here, computing, ends):
    assert looks(Life(0), until=1000, here=here, computing=computing) == ends


def test_a_page_in_use_keeps_its_kernel():
    assert looks(Life(0), until=1000, here=True, used_every=50) is None


def test_where_computing_cannot_be_seen_nobody_is_believed():
    life = Life(0)
    whys = [life.look(now, None, False, PATIENCE) for now in range(5, 41, 5)]
    assert whys[-1] == "its page is gone"


def test_the_time_that_a_process_has_computed_is_known():
    import os

    before = seconds_computed(os.getpid())
    if before is None:
        pytest.skip("This system does not say.")
    sum(range(10_000_000))
    assert seconds_computed(os.getpid()) > before
    assert seconds_computed(2**31 - 1) is None
    assert seconds_computed(None) is None


BOARD = """
import threading, time
import ipywidgets as widgets
text = widgets.Text()
stuck = widgets.Checkbox()
stuck.observe(lambda change: time.sleep(600), "value")
widgets.VBox([text, stuck])
"""


@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards")
    write_notebook(folder / "board.ipynb", BOARD)
    return ["--dashboards", str(folder)]


@pytest.fixture(scope="module")
def served(boards):
    with Served(boards, {"DNAVIZ_VANISHED_AFTER": "2"}) as server:
        yield server


def test_a_page_that_nobody_uses_ends(boards):
    with Served([*boards, "--idle-timeout", "0.05"]) as served:
        served.get("board")
        served.wait_for_viewers(0)
        assert "nobody used it" in served.log


def test_a_kernel_that_stays_busy_ends_with_its_page(served):
    """It says so and sleeps, and its page is gone."""

    async def visit():
        page = await RawPage(served).open()
        stuck = await comm_of(page, "CheckboxModel")
        await page.send(update(stuck, value=True))
        await page.frame_with(b'"busy"')
        page.close()

    asyncio.run(visit())
    served.wait_for_viewers(0, seconds=40)


def test_pages_that_vanish_after_thousands_of_changes_leave_their_places(served):
    async def visit():
        page = await RawPage(served).open()
        text = await comm_of(page, "TextModel")
        for number in range(600):
            await page.send(update(text, value=str(number)))
        page.writer.transport.abort()

    async def all_visits():
        await asyncio.gather(*(visit() for _ in range(3)))

    asyncio.run(all_visits())
    served.wait_for_viewers(0, seconds=60)


def test_what_a_page_says_at_last_is_not_needed_to_let_it_go(served):
    served.get("board")
    served.wait_for_viewers(0, seconds=40)


def test_a_page_that_reports_is_not_missed_until_it_should_have_reported_again():
    life = Life(0)
    life.report(0, used=False)
    assert looks(life, until=1000) == (45, "its page is gone")
