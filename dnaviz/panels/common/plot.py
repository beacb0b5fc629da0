"""A plotly figure on the page. The drawing library travels once per page, not once per figure.

plotly's own `FigureWidget` brings five megabytes of JavaScript with each figure; four of them on a
page keep a browser busy for seconds. Here a page asks for the library once, compressed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dnaviz.panels.common.browser import browser_source
from dnaviz.panels.common.runner import log_error

HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def library() -> bytes:
    """Return plotly.js, gzip-compressed; made once per process (call it ahead to preload it)."""
    from plotly.offline import get_plotlyjs

    return gzip.compress(get_plotlyjs().encode(), compresslevel=6, mtime=0)


class Plot(anywidget.AnyWidget):
    """A figure that is drawn anew with `show`, and that tells where it was clicked.

    Attributes
    ----------
    figure : str
        The figure as plotly's JSON.
    patch : dict
        Properties of single traces, by their number, that replace the figure's.
    group : str
        Plots of one group zoom and pan their x axes together.
    label : str
        What the figure shows, for screen readers.
    """

    _esm = browser_source(HERE / "plotly.js", HERE / "plot.js")
    from_browser: frozenset[str] = frozenset()

    figure = traitlets.Unicode("").tag(sync=True)
    patch = traitlets.Dict().tag(sync=True)
    group = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)

    def __init__(self, label: str, group: str = "", **kwargs: Any) -> None:
        super().__init__(label=label, group=group, **kwargs)
        self._on_click: Callable[[int, int | tuple[int, int]], None] | None = None
        self.on_msg(lambda widget, content, buffers: self.receive(content))

    def show(self, figure: Any, *, view: str = "") -> None:
        """Draw a figure of plotly's, or a `Drawing`.

        While `view` stays the same, the viewer's zoom stays too.
        """
        figure.layout["uirevision"] = view
        with self.hold_sync():
            self.patch = {}
            self.figure = figure.to_json()

    def change(self, trace: int, **properties: Any) -> None:
        """Replace properties of one trace without sending the others again."""
        from plotly.utils import PlotlyJSONEncoder

        plain = json.loads(json.dumps(properties, cls=PlotlyJSONEncoder))
        self.patch = {**self.patch, str(trace): plain}

    def on_click(self, callback: Callable[[int, int | tuple[int, int]], None]) -> None:
        """Call `callback(trace, point)` on a click; a heatmap's point is (row, column).

        The numbers come from the browser: look them up in data of your own, within its bounds.
        """
        self._on_click = callback

    def receive(self, content: object) -> None:
        """Handle a message of the browser, whatever it holds."""
        try:
            if not isinstance(content, dict):
                return
            if content.get("ask") == "library":
                self.send({"library": True}, buffers=[library()])
                return
            trace, point = _index(content.get("trace")), content.get("point")
            at = tuple(map(_index, point)) if isinstance(point, list) else (_index(point),)
            if self._on_click is None or trace is None or None in at or not 1 <= len(at) <= 2:
                return
            self._on_click(trace, at if len(at) == 2 else at[0])
        except Exception:
            log_error("In a message of a plot")


def _index(value: Any) -> Any:
    """Return a number that can be an index, or None for anything else."""
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return value if is_integer and 0 <= value < 10_000_000 else None
