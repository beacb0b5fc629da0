"""What one viewer's process may take; each in a process of its own, as limits stay."""

import logging
import subprocess
import sys

import pytest

from dnaviz.serving import logs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="The limits are Linux's.")


def run(*lines: str) -> subprocess.CompletedProcess[str]:
    code = "\n".join(("from dnaviz.serving import limits", *lines))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_memory_beyond_the_limit_is_refused_and_the_process_lives():
    done = run(
        "limits.limit_memory(300)",
        "kept = bytearray(100 * 2**20)",
        "try: bytearray(400 * 2**20)",
        "except MemoryError: print('refused')",
    )
    assert done.stdout == "refused\n"


TOO_LARGE = """
import numpy, torch
from dnaviz.panels.common.runner import Runner, guard
limits.limit_memory(200)
for allocate in (bytearray, torch.empty, numpy.empty):
    guard(print)(lambda: allocate(400 * 2**20))()
    Runner(print).start("x", lambda: (yield allocate(400 * 2**20)))
"""


def test_memory_limit_is_reported_on_the_panel():
    messages = run(TOO_LARGE).stdout.splitlines()
    assert len(messages) == 6
    assert all("more memory than one page may take" in line for line in messages)


LOOP = """
import asyncio, signal
limits.BudgetedSelector.GRACE = 0.3
def work(seconds, catch=True):
    import time
    end = time.process_time() + seconds
    while time.process_time() < end:
        try:
            sum(range(10_000))
        except limits.TooLong as error:
            print(error, flush=True)
            if catch:
                return
async def act():
    {0}
asyncio.SelectorEventLoop(limits.BudgetedSelector(0.5)).run_until_complete(act())
print("lives", flush=True)
"""


def test_an_action_that_computes_too_long_is_stopped_with_a_sentence():
    done = run(LOOP.format("work(20)"))
    assert "more than 0.5 seconds" in done.stdout
    assert done.stdout.endswith("lives\n")


def test_a_pause_ends_an_action_and_the_next_one_has_all_its_time():
    pieces = "\n    ".join(["work(0.3)", "await asyncio.sleep(0.5)"] * 4)
    done = run(LOOP.format(pieces))
    assert done.stdout == "lives\n"


def test_many_short_pieces_without_a_pause_are_one_action():
    pieces = "\n    ".join(["work(0.1)", "await asyncio.sleep(0.002)"] * 10)
    assert "more than 0.5 seconds" in run(LOOP.format(pieces)).stdout


def test_unstoppable_action_ends_its_process():
    done = run(LOOP.format("work(20, catch=False)"))
    assert "lives" not in done.stdout
    assert done.returncode == 1


GARBAGE = """
import asyncio, gc, weakref
gc.set_threshold(1_000_000)
class Node: pass
async def act():
    node = Node()
    node.itself, gone = node, weakref.ref(node)
    del node
    sum(range(10_000_000))
    await asyncio.sleep(0.6)
    print(gone())
asyncio.SelectorEventLoop(limits.BudgetedSelector(0)).run_until_complete(act())
"""


def test_leftovers_of_a_stopped_action_are_freed():
    assert run(GARBAGE).stdout == "None\n"


def test_a_line_of_the_log_is_keys_and_values_and_quotes_no_input():
    try:
        int("ACGTACGT")
    except ValueError:
        record = logging.LogRecord("dnaviz", 40, "", 0, "in a callback", (), sys.exc_info())
    record.fields = {"kernel": "a-b", "why": 'it "said" so\nand'}
    line = logs.KeyValueFormatter().format(record)
    assert "\n" not in line
    assert 'event="in a callback" kernel=a-b why="it \\"said\\" so\\nand"' in line
    assert "error=ValueError" in line
    assert "test_limits.py" in line
    assert "ACGT" not in line
