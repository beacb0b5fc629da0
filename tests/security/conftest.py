"""What the security tests measure with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest


def memory(name: str) -> int:
    """VmRSS or VmHWM (the highest VmRSS so far) of this process, in MB."""
    with Path("/proc/self/status").open() as file:
        values = dict(line.split(":", 1) for line in file)
    return int(values[name].split()[0]) // 1024


@pytest.fixture
def bounded() -> Callable[[int], AbstractContextManager[None]]:
    """``with bounded(100):`` fails where the block takes over 100 MB more than there was."""

    @contextmanager
    def within(megabytes: int) -> Iterator[None]:
        try:
            Path("/proc/self/clear_refs").write_text("5")  # VmHWM counts anew
            before = memory("VmRSS")
        except OSError:
            yield  # a system that does not say
            return
        yield
        assert memory("VmHWM") - before < megabytes

    return within
