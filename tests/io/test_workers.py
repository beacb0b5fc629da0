"""Processes that work side by side end with the one that started them."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import psutil
import pytest

PROGRAM = """
import os
import time
from dnaviz.io.workers import open_workers

def work():
    os.write(1, b"at work\\n")  # at once: what two processes print is mixed within a line
    time.sleep(600)


if __name__ == "__main__":
    with open_workers(2) as pool:
        pool.submit(work)
        pool.submit(work)
        time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_when_the_process_that_started_them_is_killed(tmp_path, how):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    killed = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    assert [killed.stdout.readline() for _ in range(2)] == ["at work\n"] * 2
    family = psutil.Process(killed.pid).children(recursive=True)
    try:
        killed.send_signal(how)
        killed.communicate(timeout=60)  # none of them holds what they write to
        assert len(family) >= 2
        assert psutil.wait_procs(family, timeout=60)[1] == []
    finally:
        for process in psutil.wait_procs(family, timeout=0)[1]:
            process.kill()


def test_workers_end_without_a_word_at_ctrl_c(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    stopped = subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's & ignores it
    )  # fmt: skip
    assert [stopped.stdout.readline() for _ in range(2)] == ["at work\n"] * 2
    try:
        os.killpg(stopped.pid, signal.SIGINT)  # as a terminal does
        words = stopped.communicate(timeout=60)[1]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(stopped.pid, signal.SIGKILL)
    assert words.count("Traceback") == 1  # that of the program itself
    assert words.endswith("KeyboardInterrupt\n")
