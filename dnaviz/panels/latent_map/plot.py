"""The latent map's figure on the page: kept in the kernel, changed piece by piece.

The page says where it was clicked or what was encircled, in the map's own coordinates; which
points these are is worked out in the kernel. So a selection crosses the wire once at most, however
many points it holds, and points that were only drawn as a picture can be chosen like any others.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from numpy.typing import NDArray

from dnaviz.panels.common.browser import browser_source
from dnaviz.panels.common.plot import library
from dnaviz.panels.common.runner import log_error

HERE = Path(__file__).parent
MOST_CORNERS = 20_000
MOST_PIXELS = 3000  # of a picture's side


class MapPlot(anywidget.AnyWidget):
    """A large scatter plot that tells what was encircled, clicked, or toggled in its legend.

    The figure is a plain plotly one. A view asks for it when it appears; a change sends the changed
    properties alone, arrays as raw bytes beside the message.

    Parameters
    ----------
    figure : plotly Figure
        Trace 0 holds the points.
    label : str
        What the figure shows, for screen readers.
    raster : bool
        The points are a picture: the page tells what part of the map it shows (`on_view`).
    on_lasso : callable
        Given the corners (m, 2) of a polygon, and whether to add to the selection.
    on_clear : callable
        The selection is to be cleared.
    on_click : callable
        Given x, y and the reach of the pointer, all in the map's coordinates.
    on_hover : callable
        Given the same where the pointer rests; returns lines of text, or none.
    on_view : callable
        Given x0, x1, y0, y1 and the size in pixels of what is on screen.
    on_legend : callable
        Given a trace number and whether it is to stand alone. Check the number.
    on_shown : callable
        The page has what it draws first.
    on_flat : callable
        A page has no WebGL: `raster` must be true before it gets the figure.

    Attributes
    ----------
    preview : bytes
        A picture of the points (PNG) that stands in for the figure until it is drawn.
    """

    _esm = browser_source(HERE.parent / "common" / "plotly.js", HERE / "plot.js")
    from_browser: frozenset[str] = frozenset()

    label = traitlets.Unicode("").tag(sync=True)
    raster = traitlets.Bool(False).tag(sync=True)
    height = traitlets.Int(0).tag(sync=True)
    preview = traitlets.Bytes(b"").tag(sync=True)

    def __init__(
        self,
        figure: Any,
        label: str,
        *,
        raster: bool,
        on_lasso: Callable[[NDArray[np.float64], bool], None],
        on_clear: Callable[[], None],
        on_click: Callable[[float, float, float], None],
        on_hover: Callable[[float, float, float], list[str]],
        on_view: Callable[[tuple[float, float, float, float], int, int], None],
        on_legend: Callable[[int, bool], None],
        on_shown: Callable[[], None],
        on_flat: Callable[[], None],
    ) -> None:
        super().__init__(label=label, raster=raster, height=figure.layout.height)
        self.figure = figure
        self._on_lasso, self._on_clear, self._on_click = on_lasso, on_clear, on_click
        self._on_hover, self._on_view, self._on_legend = on_hover, on_view, on_legend
        self._on_flat = on_flat
        self._on_shown: Callable[[], None] | None = on_shown
        self._changes: list[list[Any]] | None = None
        self._layout: dict[str, Any] = {}
        self.on_msg(lambda widget, content, buffers: self.receive(content))

    def change(self, trace: int, **properties: Any) -> None:
        """Set properties of a trace; ``marker__size`` is plotly's ``marker.size``."""
        with self.together():
            assert self._changes is not None
            named = _named(properties)
            self.figure.data[trace].update(named)
            self._changes.append([trace, named])

    def change_layout(self, **properties: Any) -> None:
        """Set properties of the layout, named as in `change`."""
        with self.together():
            named = _named(properties)
            for name, value in named.items():
                self.figure.layout[name] = value
            self._layout.update(named)

    def picture(self, png: bytes, box: tuple[float, float, float, float]) -> None:
        """Lay a picture below everything else, over x0, x1, y0, y1."""
        self.send({"picture": list(box)}, buffers=[png])
        self._shown()

    def _shown(self) -> None:
        self.preview = b""  # another view of the figure shows what it has become
        tell, self._on_shown = self._on_shown, None
        if tell is not None:
            tell()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send what changes inside the block as one change."""
        if self._changes is not None:
            yield
            return
        self._changes, self._layout = [], {}
        try:
            yield
        finally:
            changes, self._changes = self._changes, None
            if changes or self._layout:
                self._send_arrays({"change": changes, "layout": self._layout})

    def receive(self, content: object) -> None:
        """Handle a message of the browser, whatever it holds."""
        try:
            if isinstance(content, dict):
                self._handle(content)
        except Exception:
            log_error("In a message of the map")

    def _handle(self, content: dict[str, Any]) -> None:
        if content.get("ask") == "library":
            self.send({"library": True}, buffers=[library()])
        elif content.get("ask") == "figure":
            if content.get("flat") is True and not self.raster:
                self._on_flat()
            self._send_arrays({"figure": self.figure.to_plotly_json()})
            if not self.raster:
                self._shown()
        elif content.get("clear") is True:
            self._on_clear()
        elif "lasso" in content:
            x, y = (_floats(content["lasso"].get(axis)) for axis in "xy")
            if x and y and len(x) == len(y) <= MOST_CORNERS:
                self._on_lasso(np.column_stack([x, y]), content.get("add") is True)
        elif at := _floats(content.get("click"), 3):
            self._on_click(*at)
        elif at := _floats(content.get("hover"), 3):
            self.send({"tip": self._on_hover(*at), "at": at[:2]})
        elif view := _floats(content.get("view"), 6):
            width, height = (int(min(max(side, 16), MOST_PIXELS)) for side in view[4:])
            if view[0] < view[1] and view[2] < view[3]:
                self._on_view((view[0], view[1], view[2], view[3]), width, height)
        elif isinstance(content.get("legend"), int):
            self._on_legend(content["legend"], content.get("alone") is True)

    def _send_arrays(self, content: dict[str, Any]) -> None:
        buffers: list[bytes] = []
        self.send(_packed(content, buffers), buffers=buffers)


def _floats(values: Any, count: int | None = None) -> list[float]:
    """Finite numbers out of what a browser sent; none where there is anything else."""
    if not isinstance(values, list) or (count is not None and len(values) != count):
        return []
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return []
    numbers = [float(v) for v in values]
    return numbers if all(isfinite(v) and abs(v) < 1e30 for v in numbers) else []


def _named(properties: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "."): value for name, value in properties.items()}


def _packed(value: Any, buffers: list[bytes]) -> Any:
    """A value as JSON; rows of numbers go into `buffers` and are named by their place there."""
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "fiu":
        kind = "u1" if value.dtype == np.uint8 else {"f": "f4"}.get(value.dtype.kind, "i4")
        buffers.append(np.ascontiguousarray(value, "<" + kind).tobytes())
        return {"buffer": len(buffers) - 1, "dtype": kind}
    if isinstance(value, dict) and value.keys() == {"dtype", "bdata"}:  # plotly's own packing
        buffers.append(b64decode(value["bdata"]))
        return {"buffer": len(buffers) - 1, "dtype": value["dtype"]}
    if isinstance(value, dict):
        return {key: _packed(item, buffers) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(item, buffers) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    from plotly.utils import PlotlyJSONEncoder

    return json.loads(json.dumps(value, cls=PlotlyJSONEncoder))
