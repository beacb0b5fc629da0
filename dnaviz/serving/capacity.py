"""What this machine can carry: how many viewers' kernels fit into its memory."""

from __future__ import annotations

import os
from pathlib import Path

VIEWER = {"forked": 150 * 2**20, "ordinary": 700 * 2**20}
"""Bytes to set aside for one viewer, by how its kernel starts.

One that stands alone has libraries, weights and atlas to itself; one that is forked shares them,
and takes some 50 MB at rest and 200 MB in the midst of an analysis.
"""

SHARED = 700 * 2**20
"""Bytes that the server and the process to fork from take once."""


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
    return max(2, (memory * 3 // 4 - SHARED) // VIEWER["forked"])
