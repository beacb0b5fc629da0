"""What a point of the scan track stands for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dnaviz.figures.track import EDITED, HEADS, STEMS, site_segments

if TYPE_CHECKING:
    from dnaviz.splicing.delta_events import Moved
    from dnaviz.splicing.scan import Scan


def clicked_site(
    scan: Scan, trace: int, point: object, edited: Iterable[Moved] = ()
) -> tuple[int, str, str] | None:
    """Return the site that a point of a trace of `scan_drawing` stands for.

    Parameters
    ----------
    scan, edited
        What was drawn.
    trace, point
        Numbers, as a browser sends them; nothing about them is trusted.

    Returns
    -------
    tuple or None
        (position, strand, site); None where there is none.
    """
    if not isinstance(point, int) or point < 0:
        return None
    if trace in HEADS:
        sites = [s for s in scan.sites if s.site == HEADS[trace]]
        return sites[point][:3] if point < len(sites) else None
    if trace in STEMS:
        x, y = site_segments(scan, trace)
        stem = point // 3
        if stem >= len(x):
            return None
        return int(x[stem]), "+" if y[stem] > 0 else "-", STEMS[trace]
    places = [place for place in edited if place.strand in scan.probabilities]
    if trace == EDITED and point // 3 < len(places):
        place = places[point // 3]
        return int(place.position), place.strand, place.site
    return None
