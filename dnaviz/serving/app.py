"""The server: Voila, configured here and nowhere else, with our pages around it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import re
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

# A check of international addresses that jsonschema takes along where it finds it, and that nothing
# here uses, compiles its grammar for seconds when imported. This makes jsonschema do without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# ruff: noqa: E402
import tornado.netutil
import tornado.web
import zmq
from traitlets.config import Config
from voila.app import Voila
from voila.paths import collect_static_paths, collect_template_paths

from dnaviz.serving import api, compute_slots, fork, metrics, pages, rendering, static_files
from dnaviz.serving.budget import Budget
from dnaviz.serving.connections import BoundedServer, bind
from dnaviz.serving.dashboards import default_directory, find_dashboards
from dnaviz.serving.kernelspec import OneKernelSpec
from dnaviz.serving.liveness import Patience
from dnaviz.serving.logins import TokenIdentity
from dnaviz.serving.notify import notify
from dnaviz.serving.private import ending_signals, keep_memory_private, private_folder
from dnaviz.serving.selfcheck import SelfCheck
from dnaviz.serving.sizing import cores
from dnaviz.serving.visitors import KNOWN_HOSTS, known_hosts
from dnaviz.serving.websocket import GuardedWebsocket

log = logging.getLogger("dnaviz.serving")

HERE = Path(__file__).parent
PANELS = HERE.parent / "panels" / "common"

VOILA_TEMPLATE = "lab"
"""The template of Voila's that ours, which is found first, builds on."""

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Inline and evaluated: Voila's pages carry their start-up code, and the drawing library
        # compiles its shaders' glue. blob: is how a widget's own module is loaded.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
"""Holds every page to this host: a browser asks no other one, whatever a page says."""

DRAWN_BY_GL = {"latent-map"}
"""Dashboards whose first figure is drawn by WebGL, which the small drawing library lacks."""

LOOK_EVERY = 0.5
"""Seconds between two looks at how the server itself is."""

MAX_BODY = 100_000
"""Longest body of a request in bytes: a token is posted; sequences come by the websocket."""


@dataclass(frozen=True)
class Options:
    """How to serve; see ``dnaviz serve --help`` for what each means."""

    host: str = "127.0.0.1"
    port: int = 8866
    token: str | None = None
    base_url: str = "/"
    directory: Path | None = None
    hidden: frozenset[str] = frozenset()
    idle_timeout: float = 1800.0
    max_viewers: int = 0
    max_per_address: int = 0
    kernels: str = "auto"
    open_browser: bool = False
    strict_port: bool = False
    budget: Budget = field(default_factory=Budget)
    public_hosts: frozenset[str] = frozenset()
    environment: dict[str, str] = field(default_factory=dict)


class Server(Voila):
    """One server over one directory of dashboards.

    Parameters
    ----------
    options : Options
        Everything that can be set.
    announce : callable
        Is given the address once the server answers there.
    """

    def __init__(self, options: Options, announce: Callable[[str], None] = print) -> None:
        super().__init__()
        self.options = options
        self.announce = announce
        directory = options.directory or default_directory()
        boards = find_dashboards(directory)
        self.directory = directory.resolve()
        self.dashboards = [board for board in boards if board.slug not in options.hidden]
        # Other people's dashboards may draw with anything.
        self.libraries = static_files.drawing_libraries() if options.directory is None else None
        self.sockets: list[socket.socket] = []
        self.turns: asyncio.Server | None = None
        self._stop: asyncio.Event | None = None
        self._tasks: list[asyncio.Task[None]] = []
        rendering.install()
        # Nothing but this: a voila.json that lies about must not open what is shut here.
        self.config_file_paths: list[str] = []
        self.update_config(self._configuration())
        super().initialize(argv=[])
        self.voila_configuration.page_config_hook = self._page_config

    def _configuration(self) -> Config:
        options = self.options
        absent = float(os.environ.get("DNAVIZ_VANISHED_AFTER", "30"))
        config: dict[str, dict[str, Any]] = {}
        config["Voila"] = {
            "root_dir": str(self.directory),
            "base_url": options.base_url,
            "token": options.token or "",
            "log_level": logging.ERROR,
            "open_browser": False,
            "identity_provider_class": TokenIdentity,
            "tornado_settings": self._tornado_settings(),
        }
        config["VoilaConfiguration"] = {
            "template": VOILA_TEMPLATE,
            "theme": "light",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "strip_sources": True,
            "show_tracebacks": False,
            "file_allowlist": [],
            "file_denylist": [r".*"],
            "http_keep_alive_timeout": 5,
            # Notebook 7's own extension is made for its pages: in another it fails.
            "extension_denylist": []
            if options.directory is None
            else ["@jupyter-notebook/lab-extension", "@voila-dashboards/jupyterlab-preview"],
            "extension_allowlist": [
                "@jupyter-widgets/jupyterlab-manager",
                "@voila-dashboards/widgets-manager8",
                "anywidget",
            ]
            if options.directory is None
            else [],
            "multi_kernel_manager_class": "dnaviz.serving.kernel_manager.ViewerKernelManager",
            "kernel_spec_manager_class": OneKernelSpec,
        }
        config["ViewerKernelManager"] = {
            "max_viewers": options.max_viewers,
            "max_per_address": options.max_per_address,
            "patience": Patience(options.idle_timeout, absent, absent + 10),
            "budget": options.budget,
            "buffer_offline_messages": True,
        }
        config["TokenIdentity"] = {"cookie_options": {"samesite": "Lax"}}
        config["OneKernelSpec"] = {"kernels": options.kernels}
        # A kernel that died is gone with the page's state: another one in its place would leave
        # a page that looks alive and answers nothing.
        config["KernelManager"] = {
            "autorestart": False,
            "shutdown_wait_time": 1.0,
            "client_factory": rendering.Client,
        }
        if sys.platform == "linux":
            # Sockets in a private directory: no ports to run out of, none for others to knock at.
            config["KernelManager"]["transport"] = "ipc"
        config["VoilaExecutor"] = {
            "timeout": 300,
            "startup_timeout": 300,
            # What a cell shows may come later than the word that it has run: Jupyter would wait
            # four seconds for it on a busy machine, and then show a page without it.
            "iopub_timeout": 300,
            "raise_on_iopub_timeout": True,
        }
        return Config(config)

    def _tornado_settings(self) -> dict[str, Any]:
        options = self.options
        headers = {
            "Content-Security-Policy": CONTENT_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        return {
            "headers": headers,
            "dnaviz_dashboards": self.dashboards,
            "dnaviz_budget": options.budget,
            "dnaviz_uploads": asyncio.Semaphore(options.budget.uploads),
            KNOWN_HOSTS: known_hosts(options.host, options.token, options.public_hosts),
            "log_function": pages.log_request,
            # None is sent to what else the host serves, as a hub that has one of that name.
            "xsrf_cookie_kwargs": {"samesite": "Lax", "httponly": False, "path": options.base_url},
            "compress_response": True,
            "default_handler_class": pages.NotFound,
        }

    def setup_template_dirs(self) -> None:
        """Look for templates in ours first, then in the one of Voila's that ours builds on."""
        voilas = collect_template_paths(["voila", "nbconvert"], VOILA_TEMPLATE, prune=True)
        self.template_paths = [str(HERE / "templates"), *voilas]
        self.static_paths = collect_static_paths(["voila", "nbconvert"], VOILA_TEMPLATE)
        self.static_paths.insert(0, self.static_root)
        self.pieces = rendering.module_chunks(self.static_paths)

    def init_handlers(self) -> list[Any]:
        """Return the routes: what a page needs, and nothing else of Voila's."""
        kernel = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
        slug = "|".join(board.slug for board in self.dashboards)
        voilas = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        routes: list[tuple[Any, ...]] = [
            (r"", pages.Index),
            (r"about", pages.About),
            (r"privacy", pages.Privacy),
            (rf"({slug})", pages.DashboardPage, voilas),
            (rf"voila/render/({slug})(?:\.ipynb)?", pages.VoilaRedirect),
            (rf"api/kernels/{kernel}/channels", GuardedWebsocket),
            (rf"api/kernels/{kernel}", pages.KernelModel),
            (rf"api/viewers/{kernel}", pages.Viewer),
            (rf"voila/api/shutdown/{kernel}", pages.Shutdown),
            *api.routes(self.kernel_spec_manager.forked),
            *self._drawing_library(),
            (r"assets/(colors\.css)", static_files.OurFiles, {"path": str(PANELS)}),
            (r"assets/(.+)", static_files.OurFiles, {"path": str(HERE / "static")}),
            (rf"voila/templates/({VOILA_TEMPLATE}/static/[^/]+)", static_files.TemplateFiles),
            (r"voila/static/(.+)", static_files.VoilaFiles, {"paths": self.static_paths}),
            (
                r"voila/labextensions/(.+)",
                static_files.WidgetFiles,
                {"path": self.labextensions_path},
            ),
            (r"robots\.txt", pages.Robots),
            (r"healthz", pages.Health),
            (r"metrics", pages.Metrics),
            (r"login", pages.Login),
        ]
        bare, there = self.base_url.rstrip("/"), {"url": self.base_url, "permanent": False}
        handlers = [(f"{self.base_url}{path}", *rest) for path, *rest in routes]
        if bare:
            handlers.append((re.escape(bare), tornado.web.RedirectHandler, there))
        return handlers

    def _drawing_library(self) -> list[tuple[Any, ...]]:
        """Return the route of the library that our own dashboards draw with."""
        if self.libraries is None:
            return []
        name, folder = re.escape(self.libraries.whole), str(self.libraries.folder)
        return [(rf"assets/({name})", static_files.DrawingLibrary, {"path": folder})]

    def _page_config(self, page_config: dict[str, Any], **about: Any) -> dict[str, Any]:
        """Add what a dashboard's page shows of the others, and drop what asks other hosts."""
        current = Path(about["notebook_path"]).stem
        small = self.libraries and current not in DRAWN_BY_GL and self.libraries.small
        page_config["dnaviz"] = {
            "current": current,
            "dashboards": [{"slug": b.slug, "title": b.title} for b in self.dashboards],
            "pieces": self.pieces,
            "library": self.libraries and (small or self.libraries.whole),
        }
        # The extension that would load mathematics from another host.
        page_config.setdefault("disabledExtensions", []).append(
            "@jupyterlab/mathjax2-extension:plugin"
        )
        return page_config

    @property
    def url(self) -> str:
        """The address to open, without a token."""
        port = self.sockets[0].getsockname()[1]
        host = self.options.host
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{port}{self.base_url}"

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; leave no process and no file behind."""
        os.environ.update(self.options.environment)
        self.sockets = bind(self.options.host, self.options.port, self.options.strict_port)
        keep_memory_private()
        with private_folder() as folder:
            self.connection_dir = str(folder)
            asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in ending_signals():
            try:
                loop.add_signal_handler(number, self._stop.set)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._stop.set))  # type: ignore[union-attr]
        self.app = tornado.web.Application(**{**self.init_settings(), **self.tornado_settings})
        self.app.add_handlers(r".*", self.init_handlers())
        server = self.http = BoundedServer(
            self.app,
            budget=self.options.budget,
            # Only a proxy that one was told of is believed what it says of a visitor.
            xheaders=bool(self.options.public_hosts),
            max_body_size=MAX_BODY,
        )
        sockets = min(self.options.budget.descriptors, 65535)
        self.kernel_manager.context.set(zmq.MAX_SOCKETS, sockets)
        server.add_sockets(self.sockets)
        if hasattr(asyncio, "start_unix_server"):  # not on Windows
            os.environ[compute_slots.SOCKET] = f"{self.connection_dir}/turns"
            self.turns = await compute_slots.ComputeSlots(cores()).listen(
                os.environ[compute_slots.SOCKET]
            )
        check = self.app.settings["dnaviz_check"] = SelfCheck(
            self.kernel_manager, f"{self.url}{self.dashboards[0].slug}", self.options.token or ""
        )
        if self.kernel_spec_manager.forked:
            fork.register()
            self._keep(fork.server.keep(), self._check_once(check))
        self._keep(self._watch(Path(self.connection_dir)))
        # What is loaded stays; what pages leave behind is found by looking at nothing else.
        gc.freeze()
        gc.collect()
        try:
            self.announce(self.url)
            notify("READY=1")
            if self.options.open_browser:
                self._open_browser()
            await self._stop.wait()
        finally:
            server.stop()
            for task in self._tasks:
                task.cancel()
            if self.kernel_spec_manager.forked:
                fork.server.stop()
            await self.kernel_manager.close()
            await server.close_all_connections()

    def _keep(self, *work: Coroutine[Any, Any, None]) -> None:
        """Have work done beside the answering of requests, until the server stops."""
        self._tasks += [asyncio.create_task(some) for some in work]

    async def _check_once(self, check: SelfCheck) -> None:
        """Open a page once kernels can be forked; until then the server is not ready."""
        await fork.server.prepare()
        await check.look()

    async def _watch(self, folder: Path) -> None:
        """Measure how late the event loop is, and mend what others may clean away."""
        late: deque[float] = deque(maxlen=round(30 / LOOK_EVERY))
        while True:
            begin = time.monotonic()
            await asyncio.sleep(LOOK_EVERY)
            late.append(time.monotonic() - begin - LOOK_EVERY)
            metrics.lag.set(max(late))
            notify("WATCHDOG=1")
            if not folder.is_dir():
                log.warning("The folder for temporary files was removed and is made again.")
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.turns is not None and not Path(os.environ[compute_slots.SOCKET]).exists():
                self.turns.close()
                self.turns = await compute_slots.ComputeSlots(cores()).listen(
                    os.environ[compute_slots.SOCKET]
                )

    def _open_browser(self) -> None:
        token = quote(self.options.token or "", safe="")
        url = self.url + (f"?token={token}" if token else "")

        def target() -> None:
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(url, new=2)

        threading.Thread(target=target, daemon=True).start()
