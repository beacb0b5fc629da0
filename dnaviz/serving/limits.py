"""What one viewer may take: memory at any time, and computing time for one action.

So one heavy paste ends with a sentence on its own page, and nobody else notices.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import selectors
import signal
import time
from pathlib import Path
from types import FrameType

from dnaviz.errors import InputError
from dnaviz.serving.memory import give_back_memory

log = logging.getLogger("dnaviz.serving")

MEMORY = "DNAVIZ_VIEWER_MEMORY"
"""The variable with the megabytes a viewer's process may take beyond what it starts with."""

SECONDS = "DNAVIZ_ACTION_SECONDS"
"""The variable with the seconds of computing that one action may take."""

DEFAULT_MEMORY = 1000
DEFAULT_SECONDS = 120


class TooLong(InputError):
    """An action took more computing time than it may."""


def limit_memory(megabytes: float) -> None:
    """Let this process allocate no more than that from now on; then `MemoryError` is raised."""
    try:
        import resource

        status = Path("/proc/self/status").read_text()
        taken = int(status.partition("VmData:")[2].split()[0]) * 1024
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit = taken + int(megabytes * 2**20)
        if most == resource.RLIM_INFINITY or limit < most:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    except (ImportError, OSError, ValueError, IndexError):
        log.warning("A viewer's memory cannot be limited on this system.")


def prefer_to_end() -> None:
    """Where the machine's memory runs out all the same, let it be a viewer that ends."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


class BudgetedSelector(selectors.DefaultSelector):
    """Waits for events as every event loop does, and so knows when an action is over.

    An action begins with an event and ends when there has been nothing to do for a moment. When it
    ends, memory that libraries let go of is given back to the system (it stays with the process
    otherwise, over a hundred megabytes after one analysis). While it lasts its computing time is
    counted: at the limit `TooLong` is raised wherever the program is, and if that does not end the
    action, the process ends.

    Parameters
    ----------
    seconds : float
        Computing time of one action; 0 is no limit.
    """

    QUIET = 0.2
    """Seconds without an event that end an action."""

    WORTH = 0.05
    """Seconds of computing after which there is something to give back."""

    GRACE = 5.0
    """Seconds of computing between the sentence and the end."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._told = False
        self._computed = time.process_time()
        if seconds and hasattr(signal, "SIGPROF"):
            signal.signal(signal.SIGPROF, self._at_limit)
            self._count_anew()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if time.process_time() - self._computed < self.WORTH:
            return super().select(timeout)
        events = super().select(self.QUIET if timeout is None else min(timeout, self.QUIET))
        if not events and (timeout is None or timeout > self.QUIET):
            gc.collect()
            give_back_memory()
            self._computed = time.process_time()
            self._count_anew()
        return events

    def _count_anew(self) -> None:
        if self._seconds and hasattr(signal, "ITIMER_PROF"):
            self._told = False
            signal.setitimer(signal.ITIMER_PROF, self._seconds)

    def _at_limit(self, number: int, frame: FrameType | None) -> None:
        if self._told:
            log.error("An action computes on after its limit: its process ends.")
            os._exit(1)
        self._told = True
        signal.setitimer(signal.ITIMER_PROF, self.GRACE)
        raise TooLong(
            f"This took more than {self._seconds:g} seconds of computing and was stopped;"
            " try a shorter sequence."
        )
