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

ONLY_LOCAL = "dnaviz_only_local"
"""Setting: whether the server is for this machine alone and asks for no token."""

PUBLIC_HOSTS = "dnaviz_public_hosts"
"""Setting: names under which a reverse proxy offers the server."""


def cookie_name(host: str) -> str:
    """Return the name of visitors' cookies: another for each address, as cookies know no ports."""
    return "dnaviz-" + re.sub(r"[^\w-]", "-", host.lower())[:100]


class LocalNames:
    """Lets a server for this machine alone, without a token, be asked by known names only.

    A page elsewhere could else have its own name point here, and use the server as its visitor.
    """

    settings: dict[str, Any]
    request: HTTPServerRequest

    def check_host(self) -> bool:
        public = self.settings.get(PUBLIC_HOSTS) or frozenset()
        if not self.settings.get(ONLY_LOCAL) and not public:
            return True
        host = self.request.host_name.lower()
        return is_loopback(host) or host in public


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
