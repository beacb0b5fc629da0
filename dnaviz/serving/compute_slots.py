"""Compute slots: as many kernels compute at a time as there are cores, first come, first served.

Were all of them to compute at once, all would be as late as the last. A kernel asks by connecting
to a socket of the server's, is told by a byte, and hands its turn back by closing the connection,
which the system does for it when it dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

from dnaviz.serving import metrics

SOCKET = "DNAVIZ_TURNS"
"""The variable with the path of the socket to ask at; without it every kernel computes at once."""

LONGEST = 2.0
"""Seconds after which the next may go on beside one that computes still."""

BACKLOG = 64
"""Kernels that may be asking at the same instant; later ones ask again."""

PATIENCE = 60.0
"""Seconds after which a kernel computes without having been told: late is better than never."""


class ComputeSlots:
    """The server's part: gives turns to those who ask.

    Parameters
    ----------
    many : int
        Turns at a time.
    longest : float
        Seconds that one counts.
    """

    def __init__(self, many: int, longest: float = LONGEST) -> None:
        self._free = asyncio.Semaphore(many)
        self._longest = longest

    async def listen(self, path: str) -> asyncio.Server:
        """Give turns to those who connect to a socket at `path`."""
        return await asyncio.start_unix_server(self._serve, path, backlog=BACKLOG)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with metrics.wait.time():
                await self._free.acquire()
            try:
                writer.write(b"\n")
                async with asyncio.timeout(self._longest):
                    await reader.read()
            except (TimeoutError, OSError):
                pass
            finally:
                self._free.release()
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def compute_slot(patience: float = PATIENCE) -> AsyncIterator[None]:
    """The kernel's part: wait for a turn, and keep it inside the block."""
    async with contextlib.AsyncExitStack() as stack:
        with contextlib.suppress(OSError):  # No such server, or none that answers in time.
            if path := os.environ.get(SOCKET):
                async with asyncio.timeout(patience):
                    reader, writer = await asyncio.open_unix_connection(path)
                    stack.callback(writer.close)
                    await reader.read(1)
        yield
