"""The visitors' kernels: how many there may be, which are still in use, and when they end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Float, Integer

from dnaviz.serving import metrics
from dnaviz.serving.logs import event
from dnaviz.serving.memory import give_back_memory

log = logging.getLogger("dnaviz.serving")


class Viewers(AsyncMappingKernelManager):
    """One kernel per open page, ended when its page is closed, left alone too long, or dead.

    A page reports every few seconds that it is open and whether somebody uses it (see
    `seen`), and says goodbye when it closes. Where even that is lost, as when a browser crashes,
    the kernel has no connection any more and nobody reports it.
    """

    max_viewers = Integer(0, help="Most kernels at a time; 0 is no limit.").tag(config=True)
    idle_timeout = Float(1800.0, help="Seconds without use after which a kernel ends.").tag(
        config=True
    )
    vanished_after = Float(
        30.0, help="Seconds after which a kernel ends that has neither connection nor sign of life."
    ).tag(config=True)
    reap_every = Float(5.0, help="Seconds between looking for kernels to end.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._promised: set[asyncio.Task[Any] | None] = set()
        self._used: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._ending: set[str] = set()
        self._changed = False
        self._reaper: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """Kernels that run or are about to."""
        return len(self) + len(self._promised)

    @property
    def full(self) -> bool:
        return bool(self.max_viewers) and self.count >= self.max_viewers

    @contextlib.contextmanager
    def place(self) -> Iterator[bool]:
        """Keep a place for the kernel that this task will start; False when there is none."""
        task = asyncio.current_task()
        free = not self.full
        if free:
            self._promised.add(task)
        try:
            yield free
        finally:
            self._promised.discard(task)

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        begin = time.monotonic()
        started: str = await super().start_kernel(**kwargs)
        took = time.monotonic() - begin
        metrics.start.observe(took)
        event(log, logging.INFO, "kernel started", kernel=started, seconds=f"{took:.3f}")
        self._promised.discard(asyncio.current_task())
        self._changed = True
        self._used[started] = self._seen[started] = time.monotonic()
        if self._reaper is None:
            self._reaper = asyncio.create_task(self._reap_for_ever())
        return started

    def seen(self, kernel_id: str, *, used: bool) -> float | None:
        """Note a sign of life of a page; return the seconds its kernel has left.

        Parameters
        ----------
        kernel_id : str
            The page's kernel.
        used : bool
            Whether somebody typed, clicked or moved the pointer since the last sign.

        Returns
        -------
        float or None
            None when there is no such kernel any more.
        """
        if kernel_id not in self:
            return None
        now = time.monotonic()
        self._seen[kernel_id] = now
        if used or self._busy(kernel_id):
            self._used[kernel_id] = now
        return max(0.0, self._used[kernel_id] + self.idle_timeout - now)

    def notify_disconnect(self, kernel_id: str) -> None:
        super().notify_disconnect(kernel_id)
        if kernel_id in self:
            self._seen[kernel_id] = time.monotonic()

    async def end(self, kernel_id: str, why: str) -> None:
        """End a kernel at once: it keeps nothing that a polite goodbye would save."""
        if kernel_id not in self or kernel_id in self._ending:
            return
        event(log, logging.INFO, "kernel ended", kernel=kernel_id, why=why)
        metrics.ended.labels(why).inc()
        self._ending.add(kernel_id)
        try:
            await ensure_async(self.shutdown_kernel(kernel_id, now=True))
        finally:
            self._ending.discard(kernel_id)
            self._used.pop(kernel_id, None)
            self._seen.pop(kernel_id, None)
            self._changed = True

    async def reap(self) -> None:
        """End every kernel that has died, lost its page or was left alone."""
        if self._changed:
            self._changed = False
            give_back_memory()  # Of the pages made, and of what was kept of viewers.
        now = time.monotonic()
        for kernel_id in self.list_kernel_ids():
            try:
                if not await ensure_async(self.is_alive(kernel_id)):
                    await self.end(kernel_id, "its process has died")
                elif now - self._used.get(kernel_id, now) > self.idle_timeout and not self._busy(
                    kernel_id
                ):
                    await self.end(kernel_id, "nobody used it")
                elif self._busy(kernel_id) or self._kernel_connections.get(kernel_id):
                    self._seen[kernel_id] = now
                elif now - self._seen.get(kernel_id, now) > self.vanished_after:
                    await self.end(kernel_id, "its page is gone")
            except Exception:
                log.exception("While looking after kernel %s", kernel_id)

    async def close(self) -> None:
        """End all kernels, and the looking after them."""
        if self._reaper is not None:
            self._reaper.cancel()
            self._reaper = None
        ends = (self.end(kernel_id, "the server stops") for kernel_id in self.list_kernel_ids())
        await asyncio.gather(*ends, return_exceptions=True)

    async def _reap_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.reap_every)
            await self.reap()

    def _busy(self, kernel_id: str) -> bool:
        return getattr(self.get_kernel(kernel_id), "execution_state", None) in ("starting", "busy")
