"""Run long work in steps between the kernel's messages; turn errors into messages.

`Runner` drives a generator. What a page asks for is started: each ``yield`` hands the kernel back
to the browser for a moment, so a long computation can report progress, be cancelled, and be
replaced by a newer one. What Python asks for is finished when the call returns, in any kernel.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from math import inf, isfinite
from typing import Any, ClassVar, Generic, TypeVar, cast
from weakref import WeakKeyDictionary, WeakSet

from dnaviz.errors import InputError

logger = logging.getLogger("dnaviz")

INPUT = frozenset({"value", "index", "selected_index", "error"})
"""Traits that the views of ipywidgets' controls set."""

WRONG = "Something went wrong; the details are in the server's log."

TOO_LARGE = "This needs more memory than one page may take; try a shorter sequence."

NO_MEMORY = ("can't allocate memory", "bad_alloc")
"""How torch says that there is no memory; its error is a RuntimeError."""

MOMENT = 0.05
"""Seconds of computing after which a run waits for its turn, where a server gives turns."""

Steps = Generator[Any, None, None]

T = TypeVar("T")

_from_page: ContextVar[bool] = ContextVar("from_page", default=False)

_panel_views: WeakSet[Any] = WeakSet()

_panel_widgets: WeakSet[Any] = WeakSet()
_other_widgets: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # and when it was looked for
LOOK_AGAIN = 1.0  # seconds after which a widget may have come into a panel
"""Widgets found below a panel's view so far."""


def guard(tell: Callable[[str], None]) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Wrap a callback: an `InputError`'s sentence, or a plain apology, goes to `tell`.

    >>> button.on_click(guard(message.error)(handler))
    """

    def wrap(callback: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(callback)
        def guarded(*args: Any, **kwargs: Any) -> None:
            try:
                callback(*args, **kwargs)
            except Exception as error:
                tell(sentence(error, "In a callback of a panel"))

        return guarded

    return wrap


def sentence(error: Exception, where: str) -> str:
    """Return what to tell of an error; one that is neither the viewer's nor a limit is logged."""
    if isinstance(error, InputError):
        return str(error)
    refused = isinstance(error, RuntimeError) and any(words in str(error) for words in NO_MEMORY)
    if refused or isinstance(error, MemoryError):
        return TOO_LARGE
    log_error(where)
    return WRONG


class Runner:
    """Runs one generator at a time, between the kernel's other messages.

    Parameters
    ----------
    tell : callable
        Is given the sentence to show when a run fails.
    on_busy : callable
        Is given True when a run starts and False when none runs any more.
    on_progress : callable
        Is given every number a run yields (0 to 1); other values only hand over control.

    Attributes
    ----------
    compute_slot : callable
        Returns what a run enters, for its rest, that has computed for a moment inside a kernel. A
        server sets it: what is quick, as the first figure, then never waits for what is long.
    """

    compute_slot: ClassVar[Callable[[], AbstractAsyncContextManager[None]]] = nullcontext

    def __init__(
        self,
        tell: Callable[[str], None],
        on_busy: Callable[[bool], None] = lambda busy: None,
        on_progress: Callable[[float], None] = lambda fraction: None,
    ) -> None:
        self._tell = tell
        self._on_busy = on_busy
        self._on_progress = on_progress
        self._key: object = None
        self._task: asyncio.Task[None] | None = None
        self._work: Steps | None = None  # what the task runs

    @property
    def busy(self) -> bool:
        return self._key is not None

    def start(self, key: object, steps: Callable[[], Steps]) -> None:
        """Run `steps()`; drop it if the same `key` runs already, replace a run with another key.

        Where a page asks (see `from_page`) the call returns at once; else, in a cell of a notebook
        as in plain Python, it returns when the work is done.
        """
        loop = page_loop()
        if self._key is not None:
            if self._key == key and (loop is not None or self._task is None):
                return
            self.cancel()
        self._key = key
        self._on_busy(True)
        work = steps()
        if loop is None:
            guard(self._tell)(self._drive)(key, work)
        else:
            self._work = work
            self._task = loop.create_task(self._drive_between(key, work))

    def now(self, steps: Callable[[], Steps]) -> None:
        """Run `steps()` to its end before returning; errors go to the caller (Python use)."""
        self.cancel()
        self._key = key = object()
        self._on_busy(True)
        self._drive(key, steps())

    def finish(self) -> None:
        """Run what a page started to its end, so that Python reads its result; see `Result`."""
        task, key, work = self._task, self._key, self._work
        if task is not None and work is not None and page_loop() is None:
            self._task = None
            task.cancel()  # it finds its work done
            guard(self._tell)(self._drive)(key, work)

    def cancel(self) -> None:
        """Stop the current run, if any; it leaves no result."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._finish(self._key)

    def _report(self, step: Any) -> None:
        if isinstance(step, float | int):
            self._on_progress(float(step))

    def _finish(self, key: object) -> None:
        if self._key is not None and self._key == key:
            self._key = None
            self._on_busy(False)

    def _drive(self, key: object, work: Steps) -> None:
        try:
            for step in work:
                if self._key is not key:  # something it did started other work, or cancelled it
                    work.close()
                    return
                self._report(step)
        finally:
            if self._key is key:
                self._finish(key)

    async def _drive_between(self, key: object, work: Steps) -> None:
        try:
            async with AsyncExitStack() as turns:
                quick_until = time.process_time() + MOMENT
                for step in work:
                    self._report(step)
                    # Long enough for the kernel to take the messages that wait, such as Cancel.
                    await asyncio.sleep(0.002)
                    if time.process_time() > quick_until:
                        quick_until = inf
                        await turns.enter_async_context(type(self).compute_slot())
        except asyncio.CancelledError:
            work.close()
        except Exception as error:
            self._tell(sentence(error, "In a run of a panel"))
        finally:
            if self._task is asyncio.current_task():
                self._task = None
                self._finish(key)


class Result(Generic[T]):
    """An attribute of a panel that work sets; who reads it in Python gets it finished."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, panel: Any, owner: type | None = None) -> T:
        panel.runner.finish()
        return cast(T, getattr(panel, self._name))

    def __set__(self, panel: Any, value: T) -> None:
        setattr(panel, self._name, value)


@contextmanager
def from_page() -> Iterator[None]:
    """Mark what happens inside as asked for by a page, which stays responsive meanwhile."""
    token = _from_page.set(True)
    try:
        yield
    finally:
        _from_page.reset(token)


def page_loop() -> asyncio.AbstractEventLoop | None:
    """Return the running event loop if a page asks for what is done now, else None."""
    if not _from_page.get():
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def listen_to_page(view: Any) -> None:
    """Have every message from a browser to the widgets of a panel's `view` handled `from_page`.

    Other widgets' messages are not: a button of the user's own that calls a panel is Python.
    """
    from ipywidgets import Widget

    _panel_views.add(view)
    handle = Widget._handle_msg
    if getattr(handle, "marks_pages", False):
        return

    @functools.wraps(handle)
    def handle_msg(self: Any, message: Any) -> None:
        now = time.monotonic()
        # Not looked for again with each message of one that is elsewhere.
        if self not in _panel_widgets and now - _other_widgets.get(self, -inf) > LOOK_AGAIN:
            for view in list(_panel_views):
                _panel_widgets.update(_below(view))
            _other_widgets[self] = now
        with from_page() if self in _panel_widgets else nullcontext():
            handle(self, message)

    handle_msg.marks_pages = True  # type: ignore[attr-defined]
    Widget._handle_msg = handle_msg


def _below(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _below(child)


def hide_tracebacks() -> None:
    """Send tracebacks of this kernel to the server's log instead of to the page.

    ipywidgets shows a traceback when a client sends a value that a trait refuses; on a served
    page that would tell strangers about the server's code.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:

        def log_instead(*args: Any, **kwargs: Any) -> None:
            log_error("In the kernel of a page")

        shell.showtraceback = log_instead


def log_error(where: str) -> None:
    """Log where the present exception comes from, and its type.

    Not its message, which may quote what a viewer sent: a sequence may be a patient's.
    """
    kind, _, frames = sys.exc_info()
    name = "error" if kind is None else kind.__name__
    logger.error("%s: %s\n%s", where, name, "".join(traceback.format_tb(frames)))


def accept_only_input() -> None:
    """Let a browser set what a person can set with a control, and nothing else of a widget.

    ipywidgets takes every trait from a client: children, layout, the HTML of a message. A class
    says in `from_browser` what its view may set; else it is `INPUT`. Values that no control gives
    (NaN, deep nests, half characters) are passed over.
    """
    from ipywidgets import Widget

    if getattr(Widget.set_state, "only_input", False):
        return
    take = Widget.set_state

    @functools.wraps(take)
    def set_state(self: Any, sync_data: object) -> None:
        if isinstance(sync_data, dict):
            allowed = getattr(self, "from_browser", INPUT)
            state = {n: v for n, v in sync_data.items() if n in allowed and is_valid_value(v)}
            if state:
                take(self, state)

    set_state.only_input = True  # type: ignore[attr-defined]
    Widget.set_state = set_state


def is_valid_value(value: object, depth: int = 4) -> bool:
    """Whether a value can be shown and sent on: finite, not deep, and text that is text."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, int | float):
        return isfinite(value) and abs(value) <= 2**53
    if isinstance(value, Mapping):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        return depth > 0 and all(is_valid_value(item, depth - 1) for item in value)
    return value is None or isinstance(value, bytes | memoryview)
