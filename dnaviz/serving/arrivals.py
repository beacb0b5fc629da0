"""Which requests start a kernel: a person's who opens the page, not a picture's on another site."""

from __future__ import annotations

from enum import Enum

from tornado.httputil import HTTPHeaders


class Arrival(Enum):
    """How somebody comes to a dashboard's page."""

    OPENED = "opened"
    """By its address, a bookmark, a link of ours, a reload: it starts."""

    FROM_ELSEWHERE = "from elsewhere"
    """By another site's link: the page asks again by itself, once a browser shows it."""

    UNSEEN = "unseen"
    """As a picture, a script, a frame elsewhere, or ahead of a click: nobody would see it."""


def arrival(headers: HTTPHeaders) -> Arrival:
    """Tell from a request's headers how it came.

    Browsers say so over https and on localhost (``Sec-Fetch-*``, which no script can set).
    Elsewhere, and from clients that are no browsers, only what they accept can be looked at.
    """
    if headers.get("Sec-Purpose", headers.get("Purpose", "")).startswith("prefetch"):
        return Arrival.UNSEEN
    target, site = headers.get("Sec-Fetch-Dest"), headers.get("Sec-Fetch-Site")
    if target is None:
        accepted = headers.get("Accept", "*/*")
        page = "text/html" in accepted or not accepted.startswith(("image/", "text/css", "audio/"))
        return Arrival.OPENED if page else Arrival.UNSEEN
    if site in ("none", "same-origin", None):
        return Arrival.OPENED if target in ("document", "iframe") else Arrival.UNSEEN
    return Arrival.FROM_ELSEWHERE if target == "document" else Arrival.UNSEEN
