"""Where files that are made once from a user's have their place."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from dnaviz.io.resumable import file_identity

VERSION = 6  # of what the files hold; part of their names


def cached(path: str | Path, suffix: str) -> Path:
    """Return where in the cache a file made from `path`, as it now is, has its place."""
    digest = hashlib.sha256(f"{file_identity(path)} {VERSION}".encode()).hexdigest()[:16]
    return cache_folder() / f"{Path(path).resolve().name[:60]}.{digest}{suffix}"


@cache
def cache_folder() -> Path:
    """Return a folder of the user's own; one that ends with the session where there is none.

    That one is also of the processes that are started from then on.
    """
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dnaviz"
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except (OSError, RuntimeError):  # The account may have no home, as in a container.
        pass
    # A folder of our own: others could put files into a shared one.
    home = Path(tempfile.mkdtemp(prefix="cache-dnaviz-"))
    atexit.register(_remove, home, os.getpid())
    os.environ["XDG_CACHE_HOME"] = str(home)
    folder = home / "dnaviz"
    folder.mkdir()
    return folder


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # and not one that was forked
        shutil.rmtree(folder, ignore_errors=True)
