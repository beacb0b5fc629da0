"""A figure as plain data, for a page that draws it at once.

plotly's figure checks and copies every property. That takes longer than most of what is drawn took
to compute, and in a process forked for a viewer it touches five megabytes of shared memory.
"""

from __future__ import annotations

import base64
import json
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Drawing(NamedTuple):
    """Traces and layout, as plotly takes them.

    Attributes
    ----------
    data : list of dict
    layout : dict
    """

    data: list[dict[str, Any]]
    layout: dict[str, Any]

    def figure(self) -> go.Figure:
        """Return the plotly figure, every property checked."""
        import plotly.graph_objects as go

        return go.Figure(data=self.data, layout=self.layout)

    def to_json(self) -> str:
        """Return what plotly.js draws: JSON, numeric arrays in base64."""
        return json.dumps(self._asdict(), default=_plain, separators=(",", ":"))


def trace(kind: str, **properties: Any) -> dict[str, Any]:
    """Return one trace of a drawing."""
    return {"type": kind, **properties}


def plotly_text(text: object, length: int = 40) -> str:
    """Return untrusted text on one line, not too long, without what plotly reads as markup."""
    words = " ".join(str(text).split())
    shown = words if len(words) <= length else words[: length - 1] + "…"
    return escape(shown, quote=False)  # plotly would show &quot; as it stands


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, np.ndarray):
        raise TypeError(f"A drawing cannot hold a {type(value).__name__}.")
    if value.dtype.kind in "iu" and not np.can_cast(value.dtype, np.int32):
        value = value.astype(np.int32)  # positions, all that JavaScript's arrays can hold
    if value.dtype.kind not in "iuf":
        return value.tolist()
    found = {
        "dtype": f"{value.dtype.kind}{value.dtype.itemsize}",
        "bdata": base64.b64encode(np.ascontiguousarray(value).data).decode(),
    }
    return found if value.ndim == 1 else {**found, "shape": ", ".join(map(str, value.shape))}
