"""The files a page may ask for: ours, Voila's and the widget libraries'; none of the notebooks'."""

from __future__ import annotations

import gzip
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import tornado.web
from jupyter_server.base.handlers import FileFindHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler

STATIC_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=600",
}

LONGEST_PATH = 1000

PIECE = 2**16
"""Bytes of a file that are sent at a time."""


class _Plain:
    """Errors as one line of text: there is nobody to read a page where a script was expected."""

    def prepare(self: Any) -> Any:
        # No file's name has these; libraries that look for one trip over them.
        if "%00" in self.request.path or len(self.request.path) > LONGEST_PATH:
            raise tornado.web.HTTPError(404)
        return super().prepare()  # type: ignore[misc]

    def set_default_headers(self: Any) -> None:
        super().set_default_headers()  # type: ignore[misc]
        for name, value in STATIC_HEADERS.items():
            self.set_header(name, value)

    def write_error(self: Any, status_code: int, **kwargs: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(f"{status_code}: there is no such file here.\n")


@lru_cache(maxsize=500)
def packed(path: str, changed: object) -> bytes:
    """Return a file gzip-compressed; once per process, as long as it does not change."""
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


class _Packed(_Plain):
    """Text travels compressed. Tornado would compress it anew for every page."""

    def set_extra_headers(self: Any, path: str) -> None:
        super().set_extra_headers(path)  # type: ignore[misc]
        kind = mimetypes.guess_type(path)[0] or ""
        accepted = "gzip" in self.request.headers.get("Accept-Encoding", "")
        if accepted and "Range" not in self.request.headers and kind.startswith("text/"):
            content = packed(self.absolute_path, self.modified)
            self.set_header("Content-Encoding", "gzip")
            self.set_header("Vary", "Accept-Encoding")
            # In pieces: each waits until the one before it was taken.
            pieces = [content[n : n + PIECE] for n in range(0, len(content), PIECE)]
            vars(self).update(get_content_size=lambda: len(content), get_content=lambda *_: pieces)


class OurFiles(_Packed, tornado.web.StaticFileHandler):
    """Style, scripts and pictures of our pages."""


class DrawingLibrary(_Packed, tornado.web.StaticFileHandler):
    """plotly.js, of the plotly that is installed, under an address of its version."""

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        return str(Path(root) / "plotly.min.js")

    def set_extra_headers(self, path: str) -> None:
        super().set_extra_headers(path)
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")


SMALL_LIBRARY = Path(__file__).parent / "static/plotly-cartesian.min.js"
"""plotly.js without maps, 3D and WebGL, as its makers publish it: a third of the whole.

``npm pack plotly.js-cartesian-dist-min@VERSION`` has it for another version of plotly.
"""


@dataclass(frozen=True)
class DrawingLibraries:
    """Where pages find plotly.js.

    Attributes
    ----------
    folder : Path
        Of the installed plotly's.
    whole : str
        The name under which pages load that, another for each version.
    small : str or None
        Address of the small one below ``assets/``; None where it is of another version.
    """

    folder: Path
    whole: str
    small: str | None


def drawing_libraries() -> DrawingLibraries | None:
    """Return what there is to draw with; None where plotly is not installed as expected."""
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "package_data"
    version = _version(folder / "plotly.min.js")
    if version is None:
        return None
    small = f"{SMALL_LIBRARY.name}?v={version}" if _version(SMALL_LIBRARY) == version else None
    return DrawingLibraries(folder, f"plotly-{version}.js", small)


def _version(path: Path) -> str | None:
    """The version that plotly.js says at its beginning."""
    try:
        with path.open("rb") as file:
            match = re.search(rb"plotly\.js (?:\([^)]*\) )?v([\w.-]+)", file.read(200))
    except OSError:
        return None
    return match and match.group(1).decode()


class TemplateFiles(_Packed, TemplateStaticFileHandler):
    """Voila's style sheets and scripts, looked up along its templates."""

    def parse_url_path(self, url_path: str) -> str:
        # Voila's lookup trips over such a path before it comes to refusing it.
        if ".." in url_path:
            raise tornado.web.HTTPError(404)
        return str(super().parse_url_path(url_path))


class VoilaFiles(_Packed, MultiStaticFileHandler):
    """Voila's application."""


class WidgetFiles(_Packed, FileFindHandler):  # type: ignore[misc]
    """The browser's side of widget libraries."""
