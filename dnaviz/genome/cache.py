"""Where files that are made once from a user's have their place."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

from dnaviz.errors import InputError

VERSION = 3  # of what the files hold; part of their names


def stamp(path: str | Path) -> tuple[str, int, int, int]:
    """Return what tells a file from all others, and from itself at another time.

    Its path, its size, and when it was written and changed: the last is not to be set by anybody.

    Raises
    ------
    InputError
        When there is no such file.
    """
    try:
        whole = Path(path).resolve(strict=True)
        about = whole.stat()
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "the path cannot be used"
        raise InputError(f"{path} cannot be read: {reason}.") from error
    return str(whole), about.st_size, about.st_mtime_ns, about.st_ctime_ns


def cached(path: str | Path, suffix: str) -> Path:
    """Return where in the cache a file made from `path`, as it now is, has its place."""
    key = stamp(path)
    digest = hashlib.sha256(f"{key} {VERSION}".encode()).hexdigest()[:16]
    return cache_folder() / f"{Path(key[0]).name[:60]}.{digest}{suffix}"


@cache
def cache_folder() -> Path:
    """Return a folder of the user's own; one that ends with the session where there is none."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "dnaviz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    # A folder of our own: others could put files into a shared one.
    return Path(tempfile.mkdtemp(prefix="dnaviz-"))
