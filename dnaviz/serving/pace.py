"""How fast the server does what it is asked for: nobody's wishes make others wait for long."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import deque


def origin(address: str) -> str:
    """Return what counts as one asker: an address, of version 6 the network that one line has."""
    try:
        if ":" in address:
            return str(ipaddress.IPv6Network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        pass
    return address


class Turns:
    """Lets requests begin one after another, and each asker in turn.

    Between two of them the event loop comes to all else, so that an open page waits for one
    request, however many have come, and a visitor's request for one of each other asker.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def wait(self, asker: str) -> None:
        """Wait until a request of this asker may begin."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._next)
        turn = loop.create_future()
        self._waiting.setdefault(asker, deque()).append(turn)
        await turn

    def _next(self) -> None:
        asker = next(iter(self._waiting))
        turns = self._waiting.pop(asker)
        turn = turns.popleft()
        if turns:
            self._waiting[asker] = turns  # behind all others
        if not turn.done():
            turn.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)


class Bucket:
    """An allowance of `burst` at once and `rate` a second; time is what refills it.

    >>> bucket.take(3)  # never waits
    >>> await asyncio.sleep(bucket.wait)  # until there is no debt any more
    """

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._left, self._at = float(burst), time.monotonic()

    def take(self, amount: float) -> None:
        """Take so much, into debt where it has to be."""
        now = time.monotonic()
        self._left = min(self.burst, self._left + (now - self._at) * self.rate) - amount
        self._at = now

    @property
    def wait(self) -> float:
        """Seconds until there is no debt."""
        self.take(0)
        return max(0.0, -self._left / self.rate)
