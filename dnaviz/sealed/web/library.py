"""Python's library as the page has it, without what it has no use for; build.mjs runs this.

What is in ``library/`` takes the place of what Python has there.
"""

import _sre
import importlib
import marshal
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

from dnaviz.sealed.modules import ENTRIES, EPOCH, LOADED, compile_modules, compiled

UNUSED = {
    "__phello__", "_aix_support", "_android_support", "_apple_support", "_ios_support",
    "_osx_support", "_pydatetime", "_pydecimal", "_pyio", "_pyrepl", "_ssl", "_strptime",
    "_sysconfigdata__emscripten_wasm32-emscripten", "antigravity", "argparse", "asyncio", "bdb",
    "cProfile", "calendar", "cgi", "cmd", "code", "colorsys", "compileall", "concurrent",
    "configparser", "csv", "ctypes", "curses", "datetime", "dbm", "decimal", "difflib", "doctest",
    "email", "ensurepip", "filecmp", "fileinput", "fractions", "ftplib", "getopt", "getpass",
    "gettext", "graphlib", "hashlib", "hmac", "http", "idlelib", "imaplib", "lib2to3", "logging",
    "mailbox", "mimetypes", "modulefinder", "multiprocessing", "netrc", "optparse", "pdb",
    "pickletools", "pipes", "pkgutil", "platform", "plistlib", "poplib", "pprint", "profile",
    "pstats", "pty", "py_compile", "pyclbr", "pydoc", "pydoc_data", "queue", "quopri",
    "rlcompleter", "runpy", "sched", "secrets", "selectors", "shelve", "smtplib", "socket",
    "socketserver", "sqlite3", "ssl", "statistics", "subprocess", "symtable", "sysconfig",
    "tabnanny", "tarfile", "telnetlib", "test", "this", "timeit", "tkinter", "tomllib", "trace",
    "tracemalloc", "tty", "turtle", "turtledemo", "unittest", "uu", "uuid", "venv", "wave",
    "webbrowser", "wsgiref", "xdrlib", "xml", "xmlrpc", "zipapp", "zoneinfo",
}  # fmt: skip
UNUSED_PARTS = ("importlib/metadata/", "importlib/resources/", "pyodide/http/", "urllib/r")
ENCODINGS = {"__init__", "aliases", "ascii", "cp437", "idna", "latin_1", "utf_8"}


# What Pyodide asks of asyncio while it starts: a page has no event loop.
ASYNCIO = {
    "__init__": "",
    "exceptions": "class CancelledError(BaseException): pass\n"
    "class InvalidStateError(Exception): pass\n",
} | dict.fromkeys(
    ("base_futures", "base_tasks", "coroutines", "events"),
    "def __getattr__(name):\n"
    "    if name.startswith('__'): raise AttributeError(name)\n"
    "    return refuse\n"
    "def refuse(*values, **named):\n"
    "    raise RuntimeError('This page has no event loop.')\n",
)


def is_used(name: str) -> bool:
    """Whether a module of Python's library may be asked for in the page."""
    top = name.split("/")[0].removesuffix(".py")
    stem = name.removesuffix(".py").split("/")[-1]
    if not name.endswith(".py") or top in UNUSED or name.startswith(UNUSED_PARTS):
        return False
    return top != "encodings" or stem in ENCODINGS


def write(path: str, files: dict[str, bytes]) -> None:
    """Write an archive, the same bytes every time."""
    with zipfile.ZipFile(path, "w") as target:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data, compresslevel=9)


def make_library() -> None:
    """Make /library.zip of /all.zip, and of what takes the place of some of it."""
    with zipfile.ZipFile("/all.zip") as source:
        files = {name: source.read(name) for name in source.namelist() if is_used(name)}
    own = Path("/own")
    files |= {p.relative_to(own).as_posix(): p.read_bytes() for p in own.rglob("*.py")}
    files |= {f"asyncio/{name}.py": text.encode() for name, text in ASYNCIO.items()}
    write("/library.zip", {f"{name}c": compiled(data, name) for name, data in files.items()})


class Compiled(list):
    """What regular expressions are compiled to: pattern, flags, what is handed to `_sre`."""

    def __init__(self) -> None:
        self._compile, self._asked = re._compiler.compile, []
        re._compiler.compile, re._compiler._sre = self._look, self

    def __getattr__(self, name: str) -> Any:
        return getattr(_sre, name)

    def _look(self, pattern: str, flags: int) -> re.Pattern:
        self._asked.append((pattern, flags))
        return self._compile(pattern, flags)

    def compile(self, pattern: str, flags: int, code: list[int], *groups: Any) -> re.Pattern:
        asked, flags_asked = self._asked.pop()
        self.append((asked, int(flags_asked), (pattern, int(flags), [*map(int, code)], *groups)))
        return _sre.compile(pattern, flags, code, *groups)


def make_modules() -> None:
    """Make /modules.zip of dnaviz's modules and of the regular expressions in them."""
    patterns = Compiled()
    arrays = importlib.import_module("dnaviz.sealed.array_math")
    sys.modules |= {"numpy": arrays, "numpy.typing": arrays.typing}
    for name in ENTRIES:
        importlib.import_module(name)
    Path("/modules.zip").write_bytes(compile_modules(marshal.dumps(list(patterns))))


def make_rest(loaded: list[str]) -> None:
    """Make /rest.zip of what is not in memory when the page begins, and the names of what is."""
    with zipfile.ZipFile("/library.zip") as source:
        files = {name: source.read(name) for name in source.namelist()}
    for name in loaded:
        path = name.replace(".", "/")
        files.pop(f"{path}.pyc", None)
        files.pop(f"{path}/__init__.pyc", None)
    write("/rest.zip", files | {LOADED: "\n".join(loaded).encode()})
