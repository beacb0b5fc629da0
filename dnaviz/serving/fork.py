"""Kernels forked from one preloaded process: started in milliseconds, most of their memory shared.

The process is the fork server of Python's own multiprocessing. It can die, like any process; the
kernels forked from it live on, and the next one that is asked for starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import multiprocessing.forkserver
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import ConnectionFileMixin, KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import Bool

from dnaviz.serving.kernel import run_forked
from dnaviz.serving.preload import environment

log = logging.getLogger("dnaviz.serving")

PROVISIONER = "dnaviz-forked"

ATTEMPTS = 3
"""How often a fork server may fail before its first fork until it is given up."""


class ForkError(RuntimeError):
    """No process could be forked."""


def possible() -> bool:
    """Say whether forking a process full of libraries is safe on this system.

    On macOS its frameworks forbid it, and Windows cannot fork.
    """
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


class Watched:
    """A process that is nobody's child here, with what `subprocess.Popen` would offer.

    It is held by a file descriptor: its number may be given to another process when it has died.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, held: Any = None) -> None:
        self.pid = pid
        # Multiprocessing forgets a process whose fork server has died, and with its object goes
        # the pipe by which the process knows that this one lives.
        self._held = held
        self.returncode: int | None = None
        try:
            self._fd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._fd, self.returncode = -1, 1

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        if self._fd >= 0:
            close(self._fd)

    def poll(self) -> int | None:
        """Return None while it lives; then 1, as its true exit code is told to its parent only."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            ended = select.poll()
            ended.register(self._fd, select.POLLIN)
            if not ended.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired("a forked process", timeout or 0)
            self.returncode = 1
            self._held = None
            multiprocessing.active_children()  # This closes the pipes of those that have ended.
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._fd, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The preloaded process, started when first needed and again when it has died.

    Multiprocessing keeps one per process, so there is one object of this class, `server`.
    """

    def __init__(self) -> None:
        self._context: Any = multiprocessing.get_context("forkserver" if possible() else "spawn")
        # One at a time, beside the event loop: while the libraries load, a fork waits for them.
        self._one = ThreadPoolExecutor(1, thread_name_prefix="fork")
        self._process: Watched | None = None
        self._failures = 0
        self._stopped = self._forking = False

    @property
    def broken(self) -> bool:
        """Whether it has failed so often that it is not tried any more."""
        return self._stopped or self._failures >= ATTEMPTS

    @property
    def alive(self) -> bool:
        """Whether it is loaded and can fork at once."""
        return self._process is not None and self._process.poll() is None

    async def prepare(self) -> bool:
        """Start it if it does not run, and wait until it can fork; return whether it can."""
        if not self.alive and not self.broken:
            try:
                await self.fork(_nothing)
            except ForkError:
                if not self._stopped:
                    log.exception("The fork server does not start.")
        return self.alive

    async def keep(self, every: float = 2.0) -> None:
        """Start it again whenever it has died, before the next visitor would have to wait."""
        while not self.broken:
            await self.prepare()
            await asyncio.sleep(every)

    async def fork(self, target: Any, *arguments: Any) -> Watched:
        """Return a process forked to call ``target(*arguments, ready)``, once it said it is ready.

        Raises
        ------
        ForkError
            The fork server or the new process died before that.
        """
        if self.broken:
            raise ForkError("There is no fork server.")
        return await asyncio.get_running_loop().run_in_executor(
            self._one, self._fork, target, arguments
        )

    def stop(self) -> None:
        """End it, loaded or still loading, and start none any more."""
        self._stopped = True
        self._one.shutdown(wait=False, cancel_futures=True)
        while True:
            # Its number is told by the first process it forks, which may not have come yet.
            pid = getattr(multiprocessing.forkserver._forkserver, "_forkserver_pid", None)
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not self._forking:
                return
            time.sleep(0.02)

    def _fork(self, target: Any, arguments: tuple[Any, ...]) -> Watched:
        self._forking = True
        try:
            return self._fork_or_restart(target, arguments)
        finally:
            self._forking = False

    def _fork_or_restart(self, target: Any, arguments: tuple[Any, ...]) -> Watched:
        while not self._stopped:
            try:
                return self._try_to_fork(target, arguments)
            except (OSError, EOFError) as error:
                if self._process is None:
                    self._failures += 1
                else:
                    # Multiprocessing starts another one when this one has gone for good.
                    self._process.kill()
                    self._process.wait()
                    self._process = None
                if self.broken:
                    raise ForkError("The fork server ended before it forked.") from error
                log.warning("The fork server has died and is started again.")
        raise ForkError("The fork server was stopped.")

    def _try_to_fork(self, target: Any, arguments: tuple[Any, ...]) -> Watched:
        before = {name: os.environ.get(name) for name in environment()}
        os.environ.update(environment())
        try:
            self._context.set_forkserver_preload(["dnaviz.serving.preloaded"])
            parent_end, child_end = self._context.Pipe(duplex=False)
            process = self._context.Process(
                target=target, args=(*arguments, child_end), daemon=True
            )
            process.start()
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        child_end.close()
        with parent_end:
            parent = parent_end.recv()
        self._failures = 0
        if self._process is None or self._process.pid != parent:
            self._process = Watched(parent)
        return Watched(process.pid or 0, process)


def plain_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return it as nothing but text.

    Voila's variables are members of an enumeration of its own: to receive one, a forked process
    would import all of Voila, which takes seconds and makes 60 MB that were shared its own.
    """
    return {
        os.fsdecode(os.fsencode(name)): os.fsdecode(os.fsencode(value))
        for name, value in environment.items()
    }


def _nothing(ready: Any) -> None:
    """Only tell which process is the fork server."""
    ready.send(os.getppid())


server = ForkServer()


class ForkedKernel(LocalProvisioner):
    """Starts kernels by forking, or as ever where that fails and may."""

    required = Bool(False, help="Whether a kernel that cannot be forked is an error.")

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel; `cmd` is not used, but its surroundings are."""
        if not server.broken:
            try:
                forked = await server.fork(
                    run_forked,
                    cast(ConnectionFileMixin, self.parent).connection_file,
                    plain_environment(kwargs.get("env") or os.environ),
                    str(kwargs.get("cwd") or Path.cwd()),
                )
                self.process, self.pid = cast("subprocess.Popen[bytes]", forked), forked.pid
                return self.connection_info
            except ForkError:
                log.exception("A kernel could not be forked.")
        if self.required:
            raise ForkError("Kernels cannot be forked here; see --kernels.")
        return await super().launch_kernel(cmd, **kwargs)


def register() -> None:
    """Make `ForkedKernel` known to jupyter_client, installed or not."""
    from importlib.metadata import EntryPoint

    KernelProvisionerFactory.provisioners[PROVISIONER] = EntryPoint(
        PROVISIONER,
        f"{__name__}:{ForkedKernel.__name__}",
        KernelProvisionerFactory.GROUP_NAME,
    )
