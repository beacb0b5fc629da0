"""Where edits take bases out of a sequence or put some in, on the axis of the reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dnaviz.splicing.delta_events import Gap


def gap_bands(gaps: Iterable[Gap]) -> dict[str, Any]:
    """Return x, y and text of the trace `track.GAPS`: a frame around each, as high as the track."""
    x: list[float | None] = []
    y: list[float | None] = []
    text: list[str] = []
    for gap in gaps:
        left, right = gap_ends(gap)
        x += [left, left, right, right, left, None]
        y += [-1.1, 1.1, 1.1, -1.1, -1.1, None]
        text += [*[str(gap)] * 5, ""]
    return {"x": x, "y": y, "text": text}


def gap_ends(gap: Gap) -> tuple[float, float]:
    """Return where a gap begins and ends on the axis; inserted bases have no width there."""
    middle = (gap.first + gap.last) / 2
    return (middle, middle) if gap.inserted else (gap.first - 0.5, gap.last + 0.5)
