"""The files a page may ask for: ours, Voila's and the widget libraries'; none of the notebooks'."""

from __future__ import annotations

from typing import Any

import tornado.web
from jupyter_server.base.handlers import FileFindHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler


class _Plain:
    """Errors as one line of text: there is nobody to read a page where a script was expected."""

    def write_error(self: Any, status_code: int, **kwargs: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(f"{status_code}: there is no such file here.\n")


class OurFiles(_Plain, tornado.web.StaticFileHandler):
    """Style, scripts and pictures of our pages."""


class TemplateFiles(_Plain, TemplateStaticFileHandler):
    """Voila's style sheets and scripts, looked up along its templates."""

    def parse_url_path(self, url_path: str) -> str:
        # Voila's lookup trips over such a path before it comes to refusing it.
        if ".." in url_path:
            raise tornado.web.HTTPError(404)
        return str(super().parse_url_path(url_path))


class VoilaFiles(_Plain, MultiStaticFileHandler):
    """Voila's application."""


class WidgetFiles(_Plain, FileFindHandler):
    """The browser's side of widget libraries."""
