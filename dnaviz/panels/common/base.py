"""What every panel is made of: a state, a view, a message line, and callbacks that cannot fail."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import ipywidgets as widgets

from dnaviz.errors import InputError
from dnaviz.panels.common.page import PageWidget, escape
from dnaviz.panels.common.runner import (
    Runner,
    Steps,
    accept_only_input,
    from_page,
    guard,
    hide_tracebacks,
    listen_to_page,
    page_loop,
)
from dnaviz.panels.common.state import State, is_settable, page_query

__all__ = [
    "Message",
    "PageWidget",
    "Panel",
    "State",
    "Steps",
    "card",
    "escape",
    "row",
]

if TYPE_CHECKING:
    from dnaviz.panels.common.linked import LinkedSelection

S = TypeVar("S", bound=State)

SOON = 0.3
"""Seconds of work before progress is shown: what is done sooner moves nothing on the page."""

TOO_LONG = "This is too long for a link: save the sequence as a file to share it."


class Message:
    """One line for the user, plain text: an error, or a piece of news; hidden when empty."""

    def __init__(self) -> None:
        self.text = ""
        self.is_error = False
        self.view = widgets.HTML(layout={"display": "none", "width": "100%", "margin": "0"})

    def error(self, text: str) -> None:
        self._show(text, True)

    def info(self, text: str) -> None:
        self._show(text, False)

    def clear(self) -> None:
        self._show("", False)

    def _show(self, text: str, is_error: bool) -> None:
        self.text, self.is_error = text, is_error
        kind, role = ("dnaviz-error", "alert") if is_error else ("dnaviz-info", "status")
        self.view.value = (
            f'<div class="dnaviz-message {kind}" role="{role}">{escape(text)}</div>' if text else ""
        )
        self.view.layout.display = None if text else "none"


class Panel(Generic[S]):
    """Base of the panels. Display one in a notebook, or place its `view` among other widgets.

    A subclass builds its widgets, calls `compose` with them, and ends its ``__init__`` with
    `open_link`. Its callbacks go through `guard`; work over a tenth of a second goes through
    `runner.start` as a generator that yields now and then.

    Attributes
    ----------
    state : State
        What is shown; assign to its traits, or use `State.from_dict`.
    view : ipywidgets.VBox
        The panel on screen.
    message : Message
        The line that tells the user what went wrong, or how it went.
    page : Page
        Heading, link and theme; `page.dark` says which variant figures take.
    status : ipywidgets.VBox
        The message line with progress and Cancel, to place near what starts the work.
    runner : Runner
        Runs long work, one piece at a time.
    """

    heading = ""
    lead = ""
    too_long = TOO_LONG

    def __init__(self, state: S) -> None:
        if os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
            hide_tracebacks()
            accept_only_input()
        self.state: S = state
        links = os.environ.get("DNAVIZ_LINKS", "on") != "off"
        self.page = PageWidget(heading=self.heading, lead=self.lead, links=links)
        self.message = Message()
        self.progress_bar = widgets.FloatProgress(min=0, max=1, layout={"width": "100%"})
        self.cancel_button = widgets.Button(description="Cancel", layout={"flex": "none"})
        self.progress_boxes: dict[str, widgets.HBox] = {}
        self._working_at = ""
        self._soon: asyncio.TimerHandle | None = None
        self._reveal_at = inf  # on the monotonic clock, where no event loop runs meanwhile
        self._fraction = 0.0
        self.runner = Runner(self.message.error, self._show_busy, self._show_progress)
        self.cancel_button.on_click(self.guard(lambda _: self.runner.cancel()))
        self.status = widgets.VBox(
            [self.message.view, self.progress()], layout={"width": "100%", "margin": "0"}
        )
        self.view = widgets.VBox(layout={"width": "100%", "overflow": "visible"})
        self.view.add_class("dnaviz")
        listen_to_page(self.view)
        self.page.observe(self.guard(lambda _: self.restyle(self.page.dark)), "dark")
        self.page.observe(self.guard(lambda change: self.reopen(change["new"])), "opened")
        self.state.observe(self.guard(lambda _: self._show_link()), list(self.state.traits()))
        self._show_link()

    if not TYPE_CHECKING:  # which would let every name be assigned

        def __setattr__(self, name: str, value: Any) -> None:
            """Refuse a name that a composed panel does not have: it would change nothing."""
            if getattr(vars(self).get("view"), "children", ()) and not is_settable(self, name):
                part = f": assign to state.{name}" if name in self.state.traits() else ""
                raise InputError(f"A {type(self).__name__} has no {name[:40]!r}{part}.")
            if name == "state" and name in vars(self):
                raise InputError("Assign to the parts of the state, or use state.from_dict.")
            super().__setattr__(name, value)

    def progress(self, place: str = "") -> widgets.HBox:
        """Return progress and Cancel, to stand near what starts long work; see `start`."""
        box = widgets.HBox(
            [self.progress_bar, self.cancel_button],
            layout={"align_items": "center", "display": "none"},
        )
        self.progress_boxes[place] = box
        return box

    def start(self, key: object, steps: Callable[[], Steps], place: str = "") -> None:
        """Run work with `runner.start`, its progress shown at the place of that name."""
        if self.runner.busy and place != self._working_at:
            self.runner.cancel()
        self._working_at = place
        self.runner.start(key, steps)

    def compose(self, *children: widgets.Widget) -> None:
        """Put the panel on screen: heading, then `children` from top to bottom."""
        self.view.children = [self.page, *children]

    @property
    def dark(self) -> bool:
        return bool(self.page.dark)

    def restyle(self, dark: bool) -> None:
        """Redraw what carries colors; called when the viewer switches light and dark."""

    def guard(self, callback: Callable[..., Any]) -> Callable[..., None]:
        """Wrap a widget callback so that no error of it reaches the page; see `guard.guard`."""
        return guard(self.message.error)(callback)

    def follow(
        self,
        names: list[str],
        show: Callable[[], object],
        guard: Callable[[Callable[..., Any]], Callable[..., None]] | None = None,
    ) -> None:
        """Call `show` when parts of the state change; one that it refuses becomes what it was.

        The sentence of its `InputError` goes where `guard` tells it, by default the message line.
        """
        going_back = False

        def changed(change: Any) -> None:
            nonlocal going_back
            try:
                show()
            except InputError:
                if not going_back:  # else what it was is refused too
                    going_back = True
                    try:
                        setattr(self.state, change["name"], change["old"])
                    finally:
                        going_back = False
                raise

        self.state.observe((guard or self.guard)(changed), names)

    def observe(self, name: str, callback: Callable[[Any], Any]) -> None:
        """Call `callback` with a part of the state, by its name, whenever that changes."""
        if name not in self.state.traits():
            raise self.state.no_part(name)
        self.state.observe(lambda change: callback(change["new"]), name)

    def emits(self) -> dict[tuple[str, ...], Callable[[], LinkedSelection | None]]:
        """Return what tells linked panels what was chosen, by the traits of the state it is in."""
        return {}

    def accept(self, chosen: LinkedSelection) -> None:
        """Show what was chosen in a linked panel; no page waits for it to finish."""

    def open_link(self, query: str | None = None) -> None:
        """Take the state of this page's address (or of `query`); say so if parts are unusable."""
        with from_page():
            text = page_query() if query is None else query
            refused = self.state.from_query(text, reset=query is not None)
        if refused:
            self.message.error("Parts of this link could not be used; the rest is shown.")

    def reopen(self, query: str) -> None:
        """Show what a link says on a page that is on screen already."""
        self.open_link(query)

    def _show_link(self) -> None:
        query = self.state.to_query()
        self.page.note = self.too_long if query is None else ""
        self.page.query = query or ""

    def _show_busy(self, busy: bool) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        self.progress_bar.value = self._fraction = 0.0
        for box in self.progress_boxes.values():
            box.layout.display = "none"
        self._reveal_at = time.monotonic() + SOON if busy else inf
        loop = page_loop()
        if busy and loop is not None:
            self._soon = loop.call_later(SOON, self._reveal)
        self.show_busy(busy)

    def _reveal(self) -> None:
        self._soon, self._reveal_at = None, inf
        self.progress_bar.value = self._fraction
        self.progress_boxes[self._working_at].layout.display = None
        self.show_slow()

    @staticmethod
    def show_pressed(button: widgets.Button, busy: bool) -> None:
        """Show that what a button starts is under way; disabled, it would lose the focus."""
        (button.add_class if busy else button.remove_class)("dnaviz-busy")

    def show_slow(self) -> None:
        """Make room for work that takes longer than a moment."""

    def show_busy(self, busy: bool) -> None:
        """Mark what would start the same work again; called when work starts and ends."""

    def _show_progress(self, fraction: float) -> None:
        self._fraction = fraction
        if self._soon is None and time.monotonic() > self._reveal_at:
            self._reveal()
        elif self._reveal_at == inf:
            self.progress_bar.value = fraction

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.view._repr_mimebundle_(**kwargs)


def card(*children: widgets.Widget, title: str = "") -> widgets.VBox:
    """A bordered group of widgets under a title (plain text)."""
    head = [widgets.HTML(f"<h2>{escape(title)}</h2>", layout={"margin": "0"})] if title else []
    box = widgets.VBox([*head, *children])
    box.add_class("dnaviz-card")
    return box


def row(*children: widgets.Widget) -> widgets.Box:
    """Widgets side by side that wrap on narrow screens."""
    box = widgets.Box(list(children))
    box.add_class("dnaviz-row")
    return box
