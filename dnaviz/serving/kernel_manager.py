"""The visitors' kernels: how many there may be, whose they are, and when they end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Instance, Integer

from dnaviz.serving import metrics
from dnaviz.serving.budget import PER_VIEWER, RESERVE, Budget, open_descriptors
from dnaviz.serving.liveness import Life, Patience, seconds_computed
from dnaviz.serving.logs import event, short
from dnaviz.serving.memory import give_back_memory

if TYPE_CHECKING:
    from dnaviz.serving.websocket import GuardedWebsocket

log = logging.getLogger("dnaviz.serving")

REAP_EVERY = 5.0
"""Seconds between looking for kernels to end."""

SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|_KEY$|^JPY_|^NOTIFY_SOCKET$")
"""Names of variables of the server's that are none of a kernel's business."""


class Viewer:
    """One kernel's visitor, the websockets of its page, and what is to be told there."""

    def __init__(self, visitor: str, address: str, now: float) -> None:
        self.visitor, self.address = visitor, address
        self.life = Life(now)
        self.lines: set[GuardedWebsocket] = set()
        self.sentence = ""


class OfflineMessages(list[Any]):
    """What a kernel says while its page is away, up to so many bytes."""

    def __init__(self, most: int, full: Any) -> None:
        super().__init__()
        self._left, self._full = most, full

    def append(self, message: Any) -> None:
        channel, parts = message
        self._left -= sum(len(part) for part in parts)
        if self._left >= 0:
            super().append((channel, parts))
        else:
            self.clear()
            self._full()


class ViewerKernelManager(AsyncMappingKernelManager):
    """One kernel per open page, ended when its page is closed, left alone too long, or dead.

    A page reports every few seconds that it is open and whether somebody uses it (see
    `seen`), and says goodbye when it closes. Where even that is lost, as when a browser crashes,
    the kernel has no connection any more and nobody reports it.
    """

    max_viewers = Integer(0, help="Most kernels at a time; 0 is no limit.").tag(config=True)
    max_per_address = Integer(0, help="Most of one address; 0 is no limit.").tag(config=True)
    patience = Instance(Patience, ()).tag(config=True)
    budget = Instance(Budget, ()).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._promised: dict[asyncio.Task[Any] | None, Viewer] = {}
        self._opening: dict[asyncio.Task[Any] | None, Viewer] = {}
        self._viewers: dict[str, Viewer] = {}
        self._ending: set[str] = set()
        self._soon: set[asyncio.Task[None]] = set()
        self._changed = False
        self.own_visitor = ""
        self._reaper: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """Kernels that run or are about to, but for the server's own, by which it checks itself."""
        own = sum(viewer.visitor == self.own_visitor for viewer in self._viewers.values())
        promised = sum(v.visitor != self.own_visitor for v in self._promised.values())
        return len(self) - (own if self.own_visitor else 0) + promised

    @property
    def full(self) -> bool:
        taken = bool(self.max_viewers) and self.count >= self.max_viewers
        return taken or not self._descriptors_for(PER_VIEWER * (1 + len(self._promised)))

    def crowded(self, address: str) -> bool:
        """Whether as many pages are open from an address as one may have."""
        viewers = [*self._viewers.values(), *self._promised.values()]
        count = sum(v.address == address and v.visitor != self.own_visitor for v in viewers)
        return 0 < self.max_per_address <= count

    def _descriptors_for(self, many: int) -> bool:
        return open_descriptors() + many + RESERVE // 2 <= self.budget.descriptors

    @contextlib.contextmanager
    def place(self, visitor: str = "", address: str = "") -> Iterator[bool]:
        """Keep a place for the kernel that this task will start; False when there is none.

        Parameters
        ----------
        visitor : str
            Whose kernel it will be.
        address : str
            From where the visitor comes; see `crowded`.
        """
        task = asyncio.current_task()
        own = bool(visitor) and visitor == self.own_visitor
        free = not self.full and (own or not self.crowded(address))
        if free:
            self._promised[task] = Viewer(visitor, address, time.monotonic())
        try:
            yield free
        finally:
            self._promised.pop(task, None)
            if viewer := self._opening.pop(task, None):
                viewer.life.seen = viewer.life.used = time.monotonic()

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        begin = time.monotonic()
        if "env" in kwargs:
            kwargs["env"] = {n: v for n, v in kwargs["env"].items() if not SECRET.search(str(n))}
        started: str = await super().start_kernel(**kwargs)
        now = time.monotonic()
        viewer = self._promised.pop(asyncio.current_task(), None) or Viewer("", "", now)
        if viewer.visitor != self.own_visitor:
            metrics.start.observe(now - begin)
        took = f"{now - begin:.3f}"
        event(log, logging.INFO, "kernel started", kernel=short(started), seconds=took)
        viewer.life = Life(now)
        self._viewers[started] = viewer
        self._opening[asyncio.current_task()] = viewer
        self._changed = True
        if self._reaper is None:
            self._reaper = asyncio.create_task(self._reap_for_ever())
        return started

    def belongs(self, kernel_id: str, visitor: str) -> bool:
        """Whether a kernel is there and was started for that visitor."""
        viewer = self._viewers.get(kernel_id)
        known = viewer.visitor if viewer and visitor else ""
        return bool(known) and secrets.compare_digest(known.encode(), visitor.encode())

    @contextlib.contextmanager
    def line(self, kernel_id: str, line: GuardedWebsocket) -> Iterator[bool]:
        """Count a websocket as one of a kernel's inside the block; False when it has enough."""
        viewer = self._viewers.get(kernel_id)
        lines = viewer.lines if viewer else set()
        free = not lines or (
            len(lines) < self.budget.per_kernel and self._descriptors_for(PER_VIEWER)
        )
        if free:
            lines.add(line)
            if viewer:
                viewer.life.used = time.monotonic()
        try:
            yield free
        finally:
            lines.discard(line)
            if viewer:
                viewer.life.seen = time.monotonic()

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
        viewer = self._viewers.get(kernel_id)
        if viewer is None:
            return None
        now = time.monotonic()
        viewer.life.report(now, used)
        return viewer.life.left(now, self.patience)

    def tell(self, kernel_id: str, sentence: str) -> None:
        """Have a page say a sentence with its next sign of life."""
        if sentence and (viewer := self._viewers.get(kernel_id)):
            viewer.sentence = sentence

    def told(self, kernel_id: str) -> str:
        """Return what a page is to say, once."""
        viewer = self._viewers.get(kernel_id)
        if viewer is None:
            return ""
        sentence, viewer.sentence = viewer.sentence, ""
        return sentence

    def computes(self, kernel_id: str) -> bool:
        """Whether a kernel's process has computed since it was last looked at, or may have."""
        viewer = self._viewers.get(kernel_id)
        if viewer is None or kernel_id not in self:
            return False
        computed = self._seconds(kernel_id)
        viewer.life.look(time.monotonic(), computed, True, self.patience)
        return viewer.life.computes or computed is None

    async def end(self, kernel_id: str, why: str) -> None:
        """End a kernel at once: it keeps nothing that a polite goodbye would save."""
        if kernel_id not in self or kernel_id in self._ending:
            return
        event(log, logging.INFO, "kernel ended", kernel=short(kernel_id), why=why)
        metrics.ended.labels(why).inc()
        self._ending.add(kernel_id)
        try:
            await ensure_async(self.shutdown_kernel(kernel_id, now=True))
        finally:
            self._ending.discard(kernel_id)
            self._changed = True
            if viewer := self._viewers.pop(kernel_id, None):
                # Their channels to the kernel go with them.
                for line in list(viewer.lines):
                    line.abort()

    def end_soon(self, kernel_id: str, why: str) -> None:
        """End a kernel from where one cannot wait for it."""
        task = asyncio.ensure_future(self.end(kernel_id, why))
        self._soon.add(task)
        task.add_done_callback(self._soon.discard)

    def start_buffering(self, kernel_id: str, session_key: str, channels: Any) -> None:
        if not channels:
            return  # Its page left before it had any; who comes next would be given none.
        if kernel_id in self._ending:  # Nobody comes back, nor would anybody close them.
            for stream in channels.values():
                stream.on_recv(None)
                stream.close()
            return
        super().start_buffering(kernel_id, session_key, channels)
        if kernel_id in self._kernel_buffers:
            self._kernel_buffers[kernel_id]["buffer"] = OfflineMessages(
                self.budget.offline, lambda: self.end_soon(kernel_id, "its page fell behind")
            )

    async def reap(self) -> None:
        """End every kernel that has died, lost its page or was left alone."""
        if self._changed:
            self._changed = False
            give_back_memory()  # Of the pages made, and of what was kept of viewers.
        now = time.monotonic()
        for kernel_id in self.list_kernel_ids():
            try:
                viewer = self._viewers.get(kernel_id)
                if viewer is None:
                    continue
                here = bool(viewer.lines) or viewer in self._opening.values()
                computed = self._seconds(kernel_id)
                why = viewer.life.look(now, computed, here, self.patience)
                if not await ensure_async(self.is_alive(kernel_id)):
                    why = metrics.DIED
                if why:
                    await self.end(kernel_id, why)
            except Exception:
                log.exception("While looking after kernel %s", short(kernel_id))

    def measure(self) -> None:
        """Set the metrics of websockets and of kernels that say more than they do."""
        lines = [viewer.lines for viewer in self._viewers.values()]
        metrics.websockets.set(sum(map(len, lines)))
        metrics.most_websockets.set(max(map(len, lines), default=0))
        metrics.unsent.set(sum(line.unsent for some in lines for line in some))
        metrics.descriptors.set(open_descriptors())
        metrics.max_descriptors.set(self.budget.descriptors)
        metrics.stuck.set(
            sum(
                getattr(self._kernels.get(kernel_id), "execution_state", "") == "busy"
                and not viewer.life.computes
                for kernel_id, viewer in self._viewers.items()
            )
        )

    async def close(self) -> None:
        """End all kernels, and the looking after them."""
        if self._reaper is not None:
            self._reaper.cancel()
            self._reaper = None
        ends = (self.end(kernel_id, "the server stops") for kernel_id in self.list_kernel_ids())
        await asyncio.gather(*ends, return_exceptions=True)

    async def _reap_for_ever(self) -> None:
        while True:
            await asyncio.sleep(REAP_EVERY)
            await self.reap()

    def _seconds(self, kernel_id: str) -> float | None:
        provisioner = getattr(self.get_kernel(kernel_id), "provisioner", None)
        return seconds_computed(getattr(provisioner, "pid", None))
