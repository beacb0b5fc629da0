"""A table whose rows can be chosen by pointer or keyboard, and a button that saves a file."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dnaviz.errors import InputError
from dnaviz.panels.common.runner import WRONG, log_error

HERE = Path(__file__).parent
MOST_ROWS = 500
"""Rows sent to the browser; nobody reads more, and every one costs memory there."""


class Table(anywidget.AnyWidget):
    """Rows of plain text; up, down, home and end move, a click or Enter chooses.

    Attributes
    ----------
    columns : list of str
    rows : list of list of str
        Shown as text, never as HTML. Use `show` to fill it.
    numeric : list of int
        Columns that are set flush right.
    selected : int
        The chosen row, -1 for none; the browser may set any other number too.
    label, empty : str
        What the table is called for screen readers; what it says without rows.
    """

    _esm = HERE / "table.js"
    from_browser = frozenset({"selected"})

    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    numeric = traitlets.List(traitlets.Int()).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    empty = traitlets.Unicode("Nothing to show.").tag(sync=True)
    more = traitlets.Int(0).tag(sync=True)

    def on_choose(self, callback: Callable[[int], Any]) -> None:
        """Call `callback` with the number of a row when it is chosen."""

        def choose(change: Any) -> None:
            if 0 <= change["new"] < len(self.rows):
                callback(change["new"])

        self.observe(choose, "selected")

    def show(self, rows: Iterable[Iterable[object]]) -> None:
        """Show other rows, at most `MOST_ROWS` of them, none chosen."""
        every = [[str(cell) for cell in row] for row in rows]
        self.more = max(len(every) - MOST_ROWS, 0)
        self.selected = -1
        self.rows = every[:MOST_ROWS]


class Download(anywidget.AnyWidget):
    """A button that saves a file, made when it is pressed.

    Parameters
    ----------
    label : str
        The button's text.
    make : callable
        Returns the file's name and its content (text or bytes).
    """

    _esm = HERE / "download.js"
    from_browser: frozenset[str] = frozenset()

    label = traitlets.Unicode("Download").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        label: str,
        make: Callable[[], tuple[str, str | bytes]],
        tell: Callable[[str], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(label=label, **kwargs)
        self._make = make
        self._tell = tell
        self.on_msg(lambda widget, content, buffers: self.receive(content))

    def receive(self, content: object) -> None:
        """Handle a message of the browser, whatever it holds."""
        if content == {"wanted": True}:
            self.press()

    def press(self) -> None:
        """Make the file and send it to the browser."""
        try:
            name, content = self._make()
        except InputError as error:
            self._tell(str(error))
            return
        except Exception:
            log_error("While making a file")
            self._tell(WRONG)
            return
        data = content.encode() if isinstance(content, str) else content
        self.send({"name": name, "data": base64.b64encode(data).decode()})
