"""Whether a viewer's kernel is still needed, from what can be known without believing it.

A kernel that last said "busy" may be stuck, or its "idle" may have been lost. So it is at work
only while its process uses the processor, and it is kept only for a page that shows itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import psutil

AT_WORK = 0.02
"""Share of the time between two looks that a kernel at work has computed."""


REPORTS_EVERY = 10.0
"""Seconds between a page's signs of life."""

AT_WORK_UNUSED = 4
"""How often as long a kernel may go unused while it computes."""


@dataclass(frozen=True)
class Patience:
    """Seconds until a kernel ends.

    Attributes
    ----------
    unused : float
        That nobody uses.
    absent : float
        Without a page.
    at_work : float
        Without a page, while it computes.
    """

    unused: float = 1800.0
    absent: float = 30.0
    at_work: float = 40.0


class Life:
    """What is known of one kernel: times of `time.monotonic`, seconds of computing.

    Attributes
    ----------
    seen, used : float
        When its page was last there, and when somebody last used it.
    computes : bool
        Whether it computed between the last two looks.
    """

    def __init__(self, now: float) -> None:
        self.seen = self.used = self._looked = now
        self.computes = False
        self._computed: float | None = None

    def report(self, now: float, used: bool) -> None:
        """Note that its page shows itself, as it will again, and whether somebody uses it."""
        self.seen = now + REPORTS_EVERY
        if used:
            self.used = now

    def left(self, now: float, patience: Patience) -> float:
        """Return the seconds until it would end for lack of use."""
        return max(0.0, self.used + patience.unused - now)

    def look(self, now: float, computed: float | None, here: bool, patience: Patience) -> str:
        """Look at it once; return why it is to end, or "".

        Parameters
        ----------
        now : float
            The time.
        computed : float or None
            Seconds that its process has computed so far, where they are known.
        here : bool
            Whether its page is connected, or still being made.
        patience : Patience
            How long to wait.
        """
        if computed is not None and self._computed is not None:
            self.computes = computed - self._computed > AT_WORK * (now - self._looked)
        self._computed, self._looked = computed, now
        if here:
            self.seen = max(self.seen, now)
        if now - self.seen > (patience.at_work if self.computes else patience.absent):
            return "its page is gone"
        if now - self.used > patience.unused * (AT_WORK_UNUSED if self.computes else 1):
            return "nobody used it"
        return ""


def seconds_computed(pid: int | None) -> float | None:
    """Return the processor time that a process has used; None where that is not known."""
    if pid is None:
        return None
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return times.user + times.system
