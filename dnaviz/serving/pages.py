"""The pages and the few answers the server gives besides Voila's own."""

from __future__ import annotations

import json
import logging
import os
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

import tornado.web
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.base.handlers import JupyterHandler
from voila.tornado.handler import TornadoVoilaHandler

import dnaviz
from dnaviz.figures.card_charts import card_charts
from dnaviz.serving import fork, metrics
from dnaviz.serving.arrivals import Arrival, arrival
from dnaviz.serving.card import read_card, read_published, sections
from dnaviz.serving.kernel_manager import ViewerKernelManager
from dnaviz.serving.logs import event
from dnaviz.serving.pace import origin
from dnaviz.serving.selfcheck import SelfCheck
from dnaviz.serving.visitors import OwnKernel

log = logging.getLogger("dnaviz.serving")

SENTENCES = {
    400: "The address of this page could not be understood.",
    401: "That token is not the right one.",
    403: "This may not be opened.",
    404: "There is no such page here.",
    405: "This address is to be looked at, and takes nothing else.",
    429: "That was tried too often; wait a minute and try again.",
    503: "All places are taken just now.",
}
"""What an error page says; anything else gets `WRONG`."""

WRONG = "Something went wrong here; the details are in the server's log."

CROWDED = "As many pages are open from your network's address as one may have here: {count}."

BROKEN_OFF = (
    "</script><script>document.getElementById('loading').outerHTML = {};</script></body></html>"
)
"""Ends a page wherever it broke off, with some words in place of those that it is on its way."""

ABOUT = "dnaviz_about"
"""Setting: the page about the model, once it was asked for."""

RETRY_AFTER = 10
"""Seconds after which a visitor for whom there was no place asks again."""


class PageHandler(OwnKernel, JupyterHandler):
    """A page in the look of the project; its errors are a sentence, never an exception's text."""

    @property
    def viewers(self) -> ViewerKernelManager:
        return self.settings["kernel_manager"]

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    @allow_unauthenticated
    def head(self, *arguments: Any, **names: Any) -> Any:
        """Answer as to GET, which asks for the token where it has to, without the body."""
        return self.get(*arguments, **names)

    def page(self, template: str, **names: Any) -> str:
        """Return a filled template, with what every page needs."""
        names = {
            "base_url": self.base_url,
            "dashboards": self.settings["dnaviz_dashboards"],
            "version": dnaviz.__version__,
            "query": without_token(self.request.query),
            "current": None,
            **names,
        }
        return str(self.settings["voila_jinja2_env"].get_template(template).render(**names))

    @property
    def address(self) -> str:
        """Where the visitor is, as it counts for the places that one address may have."""
        return origin(str(self.request.remote_ip))

    def turn_away(self) -> str:
        """Ask a visitor for whom there is no place to come again; return what to say."""
        crowded = self.viewers.crowded(self.address)
        why = "its address has as many as it may" if crowded else "all are taken"
        metrics.turned_away.inc()
        event(log, logging.INFO, "no place", viewers=self.viewers.count, why=why)
        self.set_status(HTTPStatus.TOO_MANY_REQUESTS if crowded else HTTPStatus.SERVICE_UNAVAILABLE)
        self.set_header("Retry-After", str(RETRY_AFTER))
        return CROWDED.format(count=self.viewers.max_per_address) if crowded else SENTENCES[503]

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        sentence = SENTENCES.get(status_code, WRONG)
        self.finish(self.page("message.html", title=sentence, query=""))


class Index(PageHandler):
    """The page that shows which dashboards there are."""

    @tornado.web.authenticated
    def get(self) -> None:
        self.finish(self.page("home.html", title="dnaviz"))


class About(PageHandler):
    """What the model is, how good it is and where it fails: its card, as a page."""

    @tornado.web.authenticated
    def get(self) -> None:
        if ABOUT not in self.settings:  # It is long, and the same for all.
            card = read_card()
            charts = card_charts(card) if card else []
            names: dict[str, Any] = {"card": card, "sections": sections, "charts": charts}
            names["published"] = read_published()
            self.settings[ABOUT] = self.page(
                "about.html", title="About the model", current="about", query="", **names
            )
        self.finish(self.settings[ABOUT])


class Privacy(PageHandler):
    """Where a sequence goes that somebody pastes, and where it stays."""

    @allow_unauthenticated
    def get(self) -> None:
        names = {
            "minutes": f"{self.viewers.patience.unused / 60:g}",
            "links": os.environ.get("DNAVIZ_LINKS", "on") != "off",
        }
        self.finish(self.page("privacy.html", title="Privacy", current="privacy", **names))


class NotFound(PageHandler):
    """The answer to every address that is not served."""

    def prepare(self) -> None:  # type: ignore[override]
        raise tornado.web.HTTPError(HTTPStatus.NOT_FOUND)


class DashboardPage(PageHandler, TornadoVoilaHandler):
    """One dashboard over a kernel of its own, if there is a place.

    Attributes
    ----------
    failed : str
        The kernel of a page that could not be made to its end.
    """

    failed = ""

    @tornado.web.authenticated
    def head(self, slug: str) -> None:
        """Start no kernel for a page that is not looked at."""
        self.finish()

    @tornado.web.authenticated
    async def get(self, slug: str) -> None:
        board = next(b for b in self.settings["dnaviz_dashboards"] if b.slug == slug)
        came = arrival(self.request.headers)
        if came is not Arrival.OPENED:
            metrics.unseen.labels(came.value).inc()
            self.set_header("Vary", "Sec-Fetch-Site, Sec-Fetch-Dest")
            if came is Arrival.UNSEEN:
                raise tornado.web.HTTPError(HTTPStatus.FORBIDDEN)
            self.finish(self.page("elsewhere.html", title=board.title, current=board.slug))
            return
        # What the kernel is told of its address is the part that a panel's state may be in.
        self.request.query = without_token(self.request.query)
        self.request.uri = f"{self.request.path}?{self.request.query}"
        with self.viewers.place(self.know_visitor(), self.address) as free:
            if free:
                await TornadoVoilaHandler.get(self, path=board.path)
                if self.failed:
                    await self._give_up(self.failed)
            else:
                title = self.turn_away()
                self.finish(
                    self.page(
                        "message.html", title=title, current=board.slug, retry_after=RETRY_AFTER
                    )
                )

    async def _give_up(self, kernel_id: str) -> None:
        """End the kernel of a page that could not be made; say so, in it where it has begun."""
        await self.viewers.end(kernel_id, "its page could not be made")
        if not self._headers_written:
            raise tornado.web.HTTPError(HTTPStatus.INTERNAL_SERVER_ERROR)
        self.write(BROKEN_OFF.format(json.dumps(self.page("failed.html"))))


class VoilaRedirect(PageHandler):
    """Voila's usual address of a notebook leads to ours."""

    @tornado.web.authenticated
    def get(self, slug: str) -> None:
        query = f"?{self.request.query}" if self.request.query else ""
        self.redirect(f"{self.base_url}{slug}{query}")


class KernelModel(PageHandler):
    """What Voila's page asks about its kernel before it connects."""

    @tornado.web.authenticated
    def get(self, kernel_id: str) -> None:
        self.check_owner(kernel_id)
        self.finish(self.viewers.kernel_model(kernel_id))


class Viewer(PageHandler):
    """Where a page says that it is open, and learns how long its kernel stays."""

    @allow_unauthenticated
    def get(self, kernel_id: str) -> None:
        # To whoever is not let in (any more), as to all others, there is no such kernel.
        own = self.current_user is not None and self.viewers.belongs(kernel_id, self.visitor)
        used = self.get_argument("used", "") == "1"
        left = self.viewers.seen(kernel_id, used=used) if own else None
        message = self.viewers.told(kernel_id) if own else ""
        self.finish({"seconds_left": left, **({"told": message} if message else {})})


class Shutdown(PageHandler):
    """Where a page says that it closes, which only its visitor's browser can say for it."""

    def check_xsrf_cookie(self) -> None:
        """Do without: another site's page is sent no cookie that this visitor is known by."""

    @tornado.web.authenticated
    async def post(self, kernel_id: str) -> None:
        self.check_owner(kernel_id)
        if not self.check_origin():
            raise tornado.web.HTTPError(HTTPStatus.NOT_FOUND)
        await self.viewers.end(kernel_id, "its page was closed")
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class Health(PageHandler):
    """Whether the server is well, for whoever watches it; ``?deep=1`` opens a page to see."""

    def check_host(self) -> bool:
        """Let monitors ask by any name or address."""
        return True

    @allow_unauthenticated
    async def get(self) -> None:
        check: SelfCheck = self.settings["dnaviz_check"]
        deep = self.get_argument("deep", "") == "1"
        if deep:
            await check.look()
        kernels: Any = self.kernel_spec_manager
        # Forked kernels are ready when a page was opened; of others the first visitor's is that.
        trouble = check.trouble if kernels.forked or deep else check.trouble or ""
        ready = trouble == "" and (fork.server.alive or not kernels.forked)
        about = {
            "version": dnaviz.__version__,
            "ready": ready,
            "viewers": self.viewers.count,
            "max_viewers": self.viewers.max_viewers or None,
        }
        if trouble:
            about["trouble"] = f"A page was opened to try, and {trouble}."
        if deep:
            about["page_seconds"] = round(check.seconds, 3)
            self.set_status(HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)
        self.finish(about)


class Metrics(PageHandler):
    """Counts for Prometheus; where there is a token, it is asked for (as a bearer's)."""

    @tornado.web.authenticated
    def get(self) -> None:
        metrics.viewers.set(self.viewers.count)
        metrics.max_viewers.set(self.viewers.max_viewers)
        metrics.fork_server.set(fork.server.alive)
        self.viewers.measure()
        self.set_header("Content-Type", metrics.CONTENT_TYPE)
        self.finish(metrics.text())


class Robots(PageHandler):
    """Asks those who collect pages to leave these: each that they opened would take a place."""

    @allow_unauthenticated
    def get(self) -> None:
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish("User-agent: *\nDisallow: /\n")


class Login(PageHandler, LoginFormHandler):
    """Asks for the token, where the server was given one."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        # Else a browser sends the form without its origin, as another site's that hides would be.
        self.set_header("Referrer-Policy", "same-origin")

    def prepare(self) -> Any:  # type: ignore[override]
        address = self.get_argument("next", default="")
        try:
            urlsplit(address)
        except ValueError:
            address = "\n"
        if not address.isprintable():
            raise tornado.web.HTTPError(HTTPStatus.BAD_REQUEST)
        return super().prepare()

    def _render(self, message: Any = None) -> None:
        self.write(
            self.page(
                "login.html",
                title="dnaviz",
                query="",
                dashboards=(),
                next=self.get_argument("next", default=self.base_url),
                wrong=SENTENCES[401] if message else "",
                xsrf=self.xsrf_form_html(),
            )
        )


def without_token(query: str) -> str:
    """A query for links to other pages: the cookie lets the visitor in there, not the token."""
    parts = query.split("&")
    return "&".join(part for part in parts if unquote(part.partition("=")[0]) != "token")


def log_request(handler: tornado.web.RequestHandler) -> None:
    """Log a request without its query: the query may hold a token, or a patient's sequence."""
    status = handler.get_status()
    request = handler.request
    level = logging.DEBUG if status < 400 else logging.INFO if status < 500 else logging.WARNING
    took = time.time() - request._start_time
    metrics.requests.labels(str(status)).observe(took)
    about = {"method": request.method, "path": request.path, "status": status}
    event(log, level, "request", **about, seconds=f"{took:.3f}")
