"""What this machine can carry: how many viewers' kernels fit into its memory."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

VIEWER = {"forked": 100 * 2**20, "ordinary": 500 * 2**20}
"""Bytes to set aside for one viewer, by how its kernel starts.

One that stands alone has libraries, weights and atlas to itself, 290 MB and more with what it
computes; one that is forked shares them, keeps some 40 MB after an analysis
(``python tests/benchmarks/serving.py memory``), and 90 MB after dozens of them, where it stays.
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


def available_memory() -> int:
    """Return the bytes of memory that can still be used.

    The limit of a container counts where it is smaller than the machine's memory.
    """
    free = psutil.virtual_memory().available
    group = group_memory()
    return free if group is None else max(0, min(free, group))


def group_memory(root: Path = Path("/")) -> int | None:
    """Return the bytes that this process's control groups leave; None where none has a limit.

    A service's limit, or a container's, is its group's or one of those above; both versions of
    Linux's control groups are known. What a group keeps of files counts as free.

    Parameters
    ----------
    root : Path
        Where the system's files are.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return None
    left = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / ("memory" if controllers else "")
        names = _V1 if controllers else _V2
        # Inside a container, the group's path may be the host's, which is not there.
        group = top / path.lstrip("/")
        groups = [group, *group.parents] if group.is_dir() else [top]
        for folder in groups:
            if (free := _left(folder, names)) is not None:
                left.append(free)
            if folder == top:
                break
    return min(left, default=None)


_V1 = ("memory.usage_in_bytes", ("memory.limit_in_bytes",))
_V2 = ("memory.current", ("memory.max", "memory.high"))

NO_LIMIT = 2**60
"""From here on a number says that there is no limit."""


def _left(folder: Path, names: tuple[str, tuple[str, ...]]) -> int | None:
    """Bytes that one group leaves; None if it has no limit."""
    used_name, limit_names = names
    limits = [_number(folder / name) for name in limit_names]
    limit = min((n for n in limits if n is not None and n < NO_LIMIT), default=None)
    used = _number(folder / used_name)
    if limit is None or used is None:
        return None
    try:
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        files = int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))
    except (OSError, ValueError):
        files = 0
    return max(0, limit - used + files)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def default_max_viewers(kernels: str = "auto") -> int:
    """Return how many viewers to let in: what three quarters of the free memory hold, from 2 up.

    Parameters
    ----------
    kernels : "auto", "forked" or "ordinary"
        How they start; see `kernelspec`.
    """
    from dnaviz.serving import fork

    memory = available_memory()
    forked = kernels == "forked" or (kernels == "auto" and fork.possible())
    if not forked:
        return max(2, memory * 3 // 4 // VIEWER["ordinary"])
    shared = SHARED + COMPUTING * cores()
    return max(2, (memory * 3 // 4 - shared) // VIEWER["forked"])
