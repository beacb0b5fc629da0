"""Who may use a kernel: the visitor for whom it was started, known by a cookie.

A kernel's id stands in addresses, which are copied, logged by proxies and kept by browsers. So
knowing it is not enough.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError

from dnaviz.serving.guard import is_loopback

KNOWN_HOSTS = "dnaviz_known_hosts"
"""Setting: the names, beside this machine's own, that a server is asked by; None for any."""


def known_hosts(host: str, token: str | None, public: frozenset[str]) -> frozenset[str] | None:
    """Return what `KNOWN_HOSTS` is for a server that listens at `host`.

    Whoever knows the token may ask by any name: a page elsewhere does not.
    """
    return public if not token and (public or is_loopback(host)) else None


def cookie_name(host: str) -> str:
    """Return the name of visitors' cookies: another for each address, as cookies know no ports."""
    return "dnaviz-" + re.sub(r"[^\w-]", "-", host.lower())[:100]


class LocalNames:
    """Lets a server that asks for no token be asked by known names only, where these are known.

    A page elsewhere could else have its own name point here, and use the server as its visitor.
    """

    settings: dict[str, Any]
    request: HTTPServerRequest

    def check_host(self) -> bool:
        names = self.settings.get(KNOWN_HOSTS)
        host = self.request.host_name.lower()
        return names is None or is_loopback(host) or host in names


class OwnKernel(LocalNames):
    """For handlers of one kernel: its visitor passes; to all others there is no such kernel."""

    get_cookie: Any
    set_cookie: Any
    base_url: str
    kernel_manager: Any
    path_kwargs: dict[str, Any]

    @property
    def cookie(self) -> str:
        return cookie_name(self.request.host)

    @property
    def visitor(self) -> str:
        """What tells this visitor from others; "" for one who was never here."""
        return str(self.get_cookie(self.cookie, "") or "")

    def know_visitor(self) -> str:
        """Return what tells this visitor from others, from now on if not before."""
        known = self.visitor
        if not re.fullmatch(r"[\w-]{32,64}", known):
            known = secrets.token_urlsafe(24)
            self.set_cookie(
                self.cookie, known, path=self.base_url, httponly=True, samesite="Lax",
                secure=self.request.protocol == "https",
            )  # fmt: skip
        return known

    def check_owner(self, kernel_id: str) -> None:
        """Raise 404 where the kernel is somebody else's or not there."""
        if not self.kernel_manager.belongs(kernel_id, self.visitor):
            raise HTTPError(404)
