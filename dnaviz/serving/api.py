"""The HTTP API beside the pages: the same models, limits, places, token and sentences."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import tornado.web
from jupyter_server.auth.decorator import allow_unauthenticated

import dnaviz
from dnaviz.serving import api_work, fork, metrics
from dnaviz.serving.budget import MB
from dnaviz.serving.kernel_manager import SECRET
from dnaviz.serving.logs import event
from dnaviz.serving.pages import SENTENCES, WRONG, PageHandler, without_token

log = logging.getLogger("dnaviz.serving")

DESCRIPTION = Path(__file__).parent / "openapi.json"

MAX_BODY = MB
"""Longest request in bytes, as of a page's message."""

DISCARDED = 100 * MB
"""Bytes of a longer one that are read and dropped, so that its sender hears why."""

TOLD = {
    400: "What is asked stands in the JSON of the request, and nothing of it in its address.",
    401: "A token is needed here: send it as Authorization: Bearer TOKEN.",
    403: "Another site's page may not ask this.",
    404: "There is no such address here: api/openapi.json lists those of the API.",
    405: "Sequences are sent by POST requests with JSON; the description is read by GET.",
    413: "A request may have 1 MB at most.",
    415: "The request has to be JSON, not compressed: send it with Content-Type: application/json.",
    500: WRONG,
}
"""What is said of a refusal; of others what pages say."""


class ApiHandler(PageHandler):
    """Answers in JSON; an error is an object with one sentence, ``detail``."""

    def check_xsrf_cookie(self) -> None:
        """Refuse what another site's page sends; scripts have no cookie of ours to show."""
        site = self.request.headers.get("Sec-Fetch-Site", "none")
        if site not in ("none", "same-origin") or not self.check_origin():
            raise tornado.web.HTTPError(HTTPStatus.FORBIDDEN)

    async def prepare(self) -> None:  # type: ignore[override]
        await super().prepare()
        if self.current_user is None:
            raise tornado.web.HTTPError(HTTPStatus.UNAUTHORIZED)

    def get_login_url(self) -> str:
        """Send nobody to a page where a token is typed."""
        raise tornado.web.HTTPError(HTTPStatus.UNAUTHORIZED)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        if status_code == HTTPStatus.UNAUTHORIZED:
            self.set_header("WWW-Authenticate", "Bearer")
        self.refuse(TOLD.get(status_code, SENTENCES.get(status_code, WRONG)))

    def refuse(self, sentence: str) -> None:
        self.answer(json.dumps({"detail": sentence}))

    def answer(self, text: str | bytes) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(text)


class ApiNotFound(ApiHandler):
    """The answer to every address of the API that is not served."""

    async def prepare(self) -> None:  # type: ignore[override]
        raise tornado.web.HTTPError(HTTPStatus.NOT_FOUND)


class ApiDescription(ApiHandler):
    """The API in OpenAPI, for programs that make clients, and for people."""

    @allow_unauthenticated
    def get(self) -> None:
        servers = [{"url": f"{self.base_url.rstrip('/')}/api"}]
        self.answer(json.dumps({**description(), "servers": servers}))


@tornado.web.stream_request_body
class ApiAction(ApiHandler):
    """One action, in a process of its own that has a place as a page has, until it has answered."""

    def initialize(self) -> None:
        self._body = bytearray()
        self._refusal: tornado.web.HTTPError | None = None
        self._line: asyncio.StreamWriter | None = None
        self._left = False

    async def prepare(self) -> None:  # type: ignore[override]
        self.request.connection.set_max_body_size(DISCARDED)  # type: ignore[union-attr]
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        try:
            await super().prepare()
            if self.request.method != "POST":
                raise tornado.web.HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)
            if without_token(self.request.query):
                raise tornado.web.HTTPError(HTTPStatus.BAD_REQUEST)
            if kind != "application/json" or "Content-Encoding" in self.request.headers:
                raise tornado.web.HTTPError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        except tornado.web.HTTPError as error:
            if self.request.method != "POST":
                raise
            # Told when all has come, which is dropped: who still sends does not hear an answer.
            self._refusal = error

    def data_received(self, chunk: bytes) -> None:
        if self._refusal is None and len(self._body) + len(chunk) > MAX_BODY:
            self._refusal = tornado.web.HTTPError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            self._body.clear()
        if self._refusal is None:
            self._body += chunk

    @allow_unauthenticated
    async def post(self, name: str) -> None:
        if self._refusal is not None:
            raise self._refusal
        with self.viewers.place("api", self.address) as free:
            if not free:
                self.refuse(self.turn_away())
                return
            status, _, text = (await self._ask_process(name)).partition(b"\n")
        if not text:
            raise tornado.web.HTTPError(HTTPStatus.INTERNAL_SERVER_ERROR)
        self.set_status(int(status))
        self.answer(text)

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._left = True
        if self._line is not None:
            self._line.transport.abort()

    async def _ask_process(self, name: str) -> bytes:
        """Have a process forked for this request answer it; end the process, whatever comes.

        Its answer is a line with the status, and then what is sent on as it is; it is empty where
        memory or time ran out in a way that the process could not tell, or its asker left.
        """
        ours, theirs = socket.socketpair()
        environment = {n: v for n, v in os.environ.items() if not SECRET.search(n)}
        process = None
        try:
            with theirs:
                process = await fork.server.fork(
                    api_work.run, name, fork.plain_environment(environment), theirs
                )
            if self._left:
                return b""
            reader, self._line = await asyncio.open_connection(sock=ours)
            self._line.write(bytes(self._body))
            self._line.write_eof()
            reply = await reader.read()
            if not reply and not self._left:
                metrics.ended.labels(metrics.DIED).inc()
                event(log, logging.WARNING, "request without an answer", why=metrics.DIED)
            return reply
        except (OSError, fork.ForkError):
            log.warning("A request to the API has no answer.", exc_info=True)
            return b""
        finally:
            (self._line or ours).close()
            if process is not None:
                process.kill()
                await asyncio.to_thread(process.wait)


def routes(forked: bool) -> list[tuple[Any, ...]]:
    """Return the routes of the API, whose processes are forked as pages' are, or there is none.

    They are to come after all others below ``api/``.
    """
    if not forked:
        return []
    return [
        (rf"api/({'|'.join(api_work.ACTIONS)})", ApiAction),
        (r"api/openapi\.json", ApiDescription),
        (r"api/.*", ApiNotFound),
    ]


@cache
def description() -> dict[str, Any]:
    """Return the description of the API, without where it is served."""
    about: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    about["info"]["version"] = dnaviz.__version__
    return about
