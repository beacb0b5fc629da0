"""What this machine can carry: how many viewers' kernels fit into its memory."""

from __future__ import annotations

import os
from pathlib import Path

VIEWER = {"forked": 60 * 2**20, "ordinary": 500 * 2**20}
"""Bytes to set aside for one viewer, by how its kernel starts.

One that stands alone has libraries, weights and atlas to itself, 290 MB and more with what it
computes; one that is forked shares them and keeps some 40 MB after an analysis
(``python tests/benchmarks/serving.py memory``).
"""

COMPUTING = 200 * 2**20
"""Bytes that an analysis takes besides while it runs; as many run at a time as there are cores."""

SHARED = 700 * 2**20
"""Bytes that the server and the process to fork from take once."""


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


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


def default_max_viewers(kernels: str = "auto") -> int:
    """Return how many viewers to let in: what three quarters of the free memory hold, from 2 up.

    Parameters
    ----------
    kernels : "auto", "forked" or "ordinary"
        How they start; see `kernelspec`.
    """
    from dnaviz.serving import fork

    memory = available_memory()
    if memory is None:
        return 10
    forked = kernels == "forked" or (kernels == "auto" and fork.possible())
    if not forked:
        return max(2, memory * 3 // 4 // VIEWER["ordinary"])
    shared = SHARED + COMPUTING * cores()
    return max(2, (memory * 3 // 4 - shared) // VIEWER["forked"])
