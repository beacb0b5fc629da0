"""Who is let in: whoever knows the token; and how many wrong ones an address may try."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any

import tornado.web
from jupyter_server.auth.identity import PasswordIdentityProvider, User
from traitlets import Instance

from dnaviz.serving import metrics
from dnaviz.serving.pace import origin

MOST_ADDRESSES = 10_000


class Attempts:
    """Counts failures by address, each for a minute.

    Parameters
    ----------
    most : int
        Failures in a minute after which an address is not listened to.
    """

    def __init__(self, most: int = 10) -> None:
        self._most = most
        self.failures: OrderedDict[str, list[float]] = OrderedDict()

    def too_many(self, address: str, now: float | None = None) -> bool:
        """Whether an address has failed too often in the last minute."""
        now = time.monotonic() if now is None else now
        times = [at for at in self.failures.get(address, ()) if now - at < 60]
        if times:
            self.failures[address] = times
        else:
            self.failures.pop(address, None)
        return len(times) >= self._most

    def failed(self, address: str, now: float | None = None) -> None:
        """Note a failure; of very many addresses the first ones are forgotten."""
        self.failures.setdefault(address, []).append(time.monotonic() if now is None else now)
        while len(self.failures) > MOST_ADDRESSES:
            self.failures.popitem(last=False)


class TokenIdentity(PasswordIdentityProvider):
    """Lets in whoever knows the token; without a token, everybody."""

    attempts = Instance(Attempts, ())

    async def get_user_token(self, handler: Any) -> User | None:
        if not self._right(self.get_token(handler) or "", handler):
            return None
        known = self.get_user_cookie(handler)
        user = await known if isinstance(known, Awaitable) else known
        return user or self.generate_anonymous_user(handler)

    def process_login_form(self, handler: Any) -> User | None:
        right = self._right(handler.get_argument("password", default=""), handler)
        return self.generate_anonymous_user(handler) if right else None

    def _right(self, given: str, handler: Any) -> bool:
        token, address = str(self.token), origin(str(handler.request.remote_ip))
        if not token or not given:
            return False
        if self.attempts.too_many(address):
            raise tornado.web.HTTPError(HTTPStatus.TOO_MANY_REQUESTS)
        right = secrets.compare_digest(given.encode(), token.encode())
        if not right:
            self.attempts.failed(address)
            metrics.wrong_tokens.inc()
        return right
