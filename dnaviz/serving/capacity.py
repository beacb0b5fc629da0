"""What this machine can carry: whether kernels may be forked, and how many fit into memory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

FORKED_VIEWER = 120 * 2**20
"""Bytes to set aside for one viewer whose kernel shares libraries, weights and atlas."""

SPAWNED_VIEWER = 900 * 2**20
"""Bytes to set aside for one viewer whose kernel has loaded everything itself."""


def can_fork() -> bool:
    """Say whether forking a process that has loaded the libraries is safe here.

    It is on Linux. On macOS system libraries that numpy and torch use do not survive it, and
    Windows has nothing like it.
    """
    return sys.platform == "linux"


def available_memory() -> int | None:
    """Return the bytes of memory that can still be used, or None where that is not known.

    The limit of a container counts where it is smaller than the machine's memory.
    """
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        free = int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        try:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (AttributeError, OSError, ValueError):
            return None
    group = Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
    except (OSError, ValueError):  # no such limit
        return free
    return max(0, min(free, limit - used))


def default_max_viewers(*, fork: bool) -> int:
    """Return how many viewers to let in: half the memory, and at least two, at most 200."""
    memory = available_memory()
    if memory is None:
        return 20
    each = FORKED_VIEWER if fork else SPAWNED_VIEWER
    return min(200, max(2, memory // 2 // each))
