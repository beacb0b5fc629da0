"""The latent map's figure on the page: kept in the kernel, changed piece by piece."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from numpy.typing import NDArray

from dnaviz.panels.guard import WRONG, logger
from dnaviz.panels.plot import library

HERE = Path(__file__).parent


class MapPlot(anywidget.AnyWidget):
    """A large scatter plot that tells what was selected, clicked, or toggled in its legend.

    The figure is a plain plotly one. A view asks for it when it appears; a change sends the changed
    properties alone, arrays as binary.

    Parameters
    ----------
    figure : plotly Figure
        Trace 0 holds the points.
    label : str
        What the figure shows, for screen readers.
    on_select, on_click, on_legend : callable
        Given point numbers (any int array), a point number, and a trace number with whether it is
        to stand alone. The numbers come from the browser: check them.
    """

    _esm = HERE / "map_plot.js"

    label = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        figure: Any,
        label: str,
        *,
        on_select: Callable[[NDArray[np.int64]], None],
        on_click: Callable[[int], None],
        on_legend: Callable[[int, bool], None],
    ) -> None:
        super().__init__(label=label)
        self.figure = figure
        self._on_select, self._on_click, self._on_legend = on_select, on_click, on_legend
        self._changes: list[list[Any]] | None = None
        self._layout: dict[str, Any] = {}
        self.on_msg(lambda widget, content, buffers: self.receive(content, buffers))

    def change(self, trace: int, **properties: Any) -> None:
        """Set properties of a trace; ``marker__size`` is plotly's ``marker.size``."""
        with self.together():
            assert self._changes is not None
            named = _named(properties)
            self.figure.data[trace].update(named)
            self._changes.append([trace, _plain(named)])

    def change_layout(self, **properties: Any) -> None:
        """Set properties of the layout, named as in `change`."""
        with self.together():
            named = _named(properties)
            self.figure.layout.update(named)
            self._layout.update(_plain(named))

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
                self.send({"change": changes, "layout": self._layout})

    def receive(self, content: object, buffers: Any = ()) -> None:
        """Handle a message of the browser, whatever it holds."""
        try:
            if not isinstance(content, dict):
                return
            if content.get("ask") == "library":
                self.send({"library": True}, buffers=[library()])
            elif content.get("ask") == "figure":
                self.send({"figure": self.figure.to_json()})
            elif content.get("selected") is True and buffers:
                data = bytes(buffers[0])
                rows = np.frombuffer(data[: len(data) // 4 * 4], "<i4")
                self._on_select(rows.astype(np.int64))
            elif isinstance(content.get("click"), int):
                self._on_click(content["click"])
            elif isinstance(content.get("legend"), int):
                self._on_legend(content["legend"], content.get("alone") is True)
        except Exception:
            logger.exception("In a message of the map: %s", WRONG)


def _named(properties: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "."): value for name, value in properties.items()}


def _plain(value: Any) -> Any:
    """A value as JSON; arrays of numbers as plotly's binary arrays."""
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "fi":
        kind = {"f": "f4", "i": "i4"}[value.dtype.kind]
        data = b64encode(np.ascontiguousarray(value, "<" + kind).tobytes()).decode()
        return {"dtype": kind, "bdata": data}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    from plotly.utils import PlotlyJSONEncoder

    return json.loads(json.dumps(value, cls=PlotlyJSONEncoder))
