"""Whether a page can be opened here: the server opens one of its own, as a visitor would."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from dnaviz.serving.logs import event
from dnaviz.serving.visitors import cookie_name

if TYPE_CHECKING:
    from dnaviz.serving.kernel_manager import ViewerKernelManager

log = logging.getLogger("dnaviz.serving")

KEPT = 60.0
"""Seconds for which one answer does, however often it is asked for."""

PATIENCE = 120.0

FAILED = b"This dashboard could not be opened"
"""What a page says of a notebook that failed."""


class SelfCheck:
    """Opens a page and ends its kernel.

    Parameters
    ----------
    viewers : Viewers
        Those who look after kernels.
    url : str
        The address of a dashboard.
    token : str
        What lets one in; "" where everybody is.

    Attributes
    ----------
    trouble : str or None
        What was wrong at the last time; "" for nothing, None before the first time.
    """

    def __init__(self, viewers: ViewerKernelManager, url: str, token: str) -> None:
        self._viewers, self._url, self._token = viewers, url, token
        self.trouble: str | None = None
        self.seconds = 0.0
        self._at = float("-inf")
        self._one = asyncio.Lock()

    async def look(self) -> str:
        """Open a page unless that was done just now; return what is wrong, or ""."""
        async with self._one:
            if self.trouble is None or time.monotonic() - self._at > KEPT:
                begin = time.monotonic()
                self.trouble = await self._open()
                self._at = time.monotonic()
                self.seconds = self._at - begin
                if self.trouble:
                    event(log, logging.ERROR, "a page cannot be opened", why=self.trouble)
            return self.trouble

    async def _open(self) -> str:
        visitor = self._viewers.own_visitor = secrets.token_urlsafe(24)
        local = f"127.0.0.1:{urlsplit(self._url).port}"
        headers = {"Host": local, "Cookie": f"{cookie_name(local)}={visitor}"}
        if self._token:
            headers["Authorization"] = f"token {self._token}"
        request = HTTPRequest(
            self._url, headers=headers, request_timeout=PATIENCE, follow_redirects=False
        )
        try:
            reply = await AsyncHTTPClient().fetch(request, raise_error=False)
        except Exception as error:
            return f"no answer ({type(error).__name__})"
        found = re.search(rb'"kernelId": ?"([\w-]+)"', reply.body or b"")
        if found:
            await self._viewers.end(found.group(1).decode(), "it was for a check")
        if reply.code == 503:
            return ""  # All places are taken, by pages that could be opened.
        if reply.code != 200 or not found:
            return f"its answer is {reply.code}"
        return "its notebook fails" if FAILED in reply.body else ""
