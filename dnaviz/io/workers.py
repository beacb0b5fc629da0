"""Processes that work side by side: of this computer, or of a Dask cluster."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, NamedTuple

from dnaviz.errors import InputError, UnfinishedWork, describe_missing

PATIENCE = 30
"""Seconds in which a scheduler answers and has a worker."""


class Workers(NamedTuple):
    """How many there are, and ``submit(function, *arguments)``, which returns a future."""

    number: int
    submit: Callable[..., Any]


@contextmanager
def open_workers(count: int, scheduler: str = "") -> Iterator[Workers]:
    """Start processes, or reach those of a Dask scheduler; what still waits is canceled at the end.

    Parameters
    ----------
    count : int
        Processes of this computer, where no scheduler is named.
    scheduler : str
        Address such as ``tcp://host:8786``. A worker that dies is replaced by another: its tasks
        are done again.

    Raises
    ------
    InputError
        If there is no such scheduler, or it has no worker; `UnfinishedWork` if processes of this
        computer are killed, or a task kills one of the cluster after another.
    """
    if scheduler:
        yield from _of_cluster(scheduler)
        return
    if count < 1:
        raise InputError(f"The number of workers is 1 or more, not {count}.")
    # Fresh processes: a fork of one in which torch has run may hang.
    with ProcessPoolExecutor(count, get_context("spawn"), _begin) as pool:
        try:
            yield Workers(count, pool.submit)
        except BrokenProcessPool:
            raise UnfinishedWork(
                "A worker process was killed, for lack of memory perhaps: the same command goes on "
                "where this one ended; fewer --workers need less."
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    """End this worker with its parent, and without a word at Ctrl-C, which the parent gets too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with_parent()


def end_with_parent() -> None:
    """Have this process end when the one that started it has: that may be killed."""

    def watch() -> None:
        if parent := parent_process():
            wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _of_cluster(scheduler: str) -> Iterator[Workers]:
    try:
        from distributed import Client, KilledWorker
    except ModuleNotFoundError:
        raise InputError(describe_missing("distributed", "dask")) from None
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError):
        raise InputError(f'No Dask scheduler answers at "{scheduler}".') from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise InputError(f'The Dask scheduler at "{scheduler}" has no workers.') from None
        try:
            # Each task is work of its own, however alike.
            yield Workers(sum(client.nthreads().values()), partial(client.submit, pure=False))
        except KilledWorker as error:
            raise UnfinishedWork(
                f"Dask's workers died one after another on the same part ({error.task}); their "
                "logs say why, lack of memory for one."
            ) from None
