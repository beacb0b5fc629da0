"""One viewer's kernel: IPython's, without what a page never uses and a server should not have."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from multiprocessing.connection import Connection
from multiprocessing.process import current_process
from pathlib import Path
from typing import Any, ClassVar

# A kernel with a debugger would listen to it, and loading it takes half of a kernel's start.
sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]

# ruff: noqa: E402
import ipykernel.ipkernel
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from IPython.core.profiledir import ProfileDir
from traitlets.config import Config

from dnaviz.io.workers import end_with_parent
from dnaviz.panels.common.runner import Runner
from dnaviz.serving import limits, logs
from dnaviz.serving.compute_slots import compute_slot
from dnaviz.serving.private import keep_memory_private


class _NoModules:
    """`sys` without its list of modules."""

    modules: ClassVar[dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


# A kernel looks at every module there is, to tell a debugger which are not the user's. In a forked
# one that writes to each of them, and a third of the memory it shares becomes its own.
ipykernel.ipkernel.sys = _NoModules()  # type: ignore[assignment]


class Stream(OutStream):
    """What is printed, sent in its order as ever; but nobody waits until it is.

    The message is put in the queue by whoever flushes. Were only the flush queued, as by default,
    its message would come after the "idle" that ends the cell, and be lost to who waits for that.
    """

    def flush(self) -> None:
        if self.pub_thread is not None:
            self._flush()

    def _flush(self) -> None:
        with self._buffer_lock:  # The other thread may be about to queue what it took.
            super()._flush()


class ViewerKernel(IPKernelApp):
    """A kernel that reads no settings of the account it runs under and keeps no history."""

    name = "dnaviz-kernel"
    default_extensions: list[str] = []  # noqa: RUF012

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """Read none: a person's own IPython settings are not a server's."""

    def init_profile_dir(self) -> None:
        """Use an empty profile beside the connection file, which goes when the server does."""
        folder = Path(self.connection_file).parent / "profile"
        self.profile_dir = ProfileDir(location=str(folder), parent=self)

    def init_code(self) -> None:
        """Run no start-up files."""

    def parse_command_line(self, argv: Any = None) -> None:
        """Skip what an empty one would take a while to say."""
        if argv != []:
            super().parse_command_line(argv)

    def init_pdb(self) -> None:
        """Do without a debugger."""


def settings() -> Config:
    """Return what differs from IPython's defaults."""
    return Config(
        {
            "HistoryAccessor": {"enabled": False},
            "HistoryManager": {"enabled": False},
            # What C libraries print goes to the server's log, without two more threads to carry it.
            "ViewerKernel": {
                "capture_fd_output": False,
                "outstream_class": f"{__name__}.{Stream.__name__}",
            },
        }
    )


def application() -> ViewerKernel:
    """Return this process's one kernel; made ahead, it is shared by those that are forked."""
    # Somebody looks after it: it need not say how to reach it.
    app: ViewerKernel = ViewerKernel.instance(parent_handle=1, config=settings())
    return app


def prepare() -> None:
    """Set up this process for a viewer: its log, its limits, its turns, its event loop."""
    Runner.compute_slot = compute_slot
    logs.configure(stream=sys.__stderr__)
    limits.prefer_to_end()
    limits.limit_memory(float(os.environ.get(limits.MEMORY, limits.DEFAULT_MEMORY)))
    keep_memory_private()
    seconds = float(os.environ.get(limits.SECONDS, limits.DEFAULT_SECONDS))
    asyncio.set_event_loop(asyncio.SelectorEventLoop(limits.BudgetedSelector(seconds)))


def enter(environment: dict[str, str]) -> None:
    """Make a process that was just forked one of its own, within a viewer's limits."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    current_process().daemon = False
    end_with_parent()  # the server; the fork server may come and go
    gc.enable()  # The preloaded process had stopped it, and set apart what it had collected.
    prepare()


def run_forked(
    connection_file: str, environment: dict[str, str], folder: str, ready: Connection
) -> None:
    """Be a kernel, in a process that was forked for it.

    Parameters
    ----------
    connection_file : str
        Says where to listen; the server has written it.
    environment : dict
        Replaces the environment.
    folder : str
        The working directory.
    ready : Connection
        Is sent the number of the process it was forked from once the kernel listens.
    """
    enter(environment)
    os.chdir(folder)
    app = application()
    app.connection_file = connection_file
    app.initialize([])
    ready.send(os.getppid())
    ready.close()
    app.start()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    prepare()
    ViewerKernel.launch_instance(config=settings())
