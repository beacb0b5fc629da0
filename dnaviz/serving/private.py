"""What the server keeps to itself while it runs: a folder of its own, and what is in its memory."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from dnaviz.errors import InputError

PREFIX = "dnaviz-"

LONGEST_SOCKET = 107
"""Bytes of the longest path of a socket, on Linux."""

BELOW = len("/kernel-00000000-0000-0000-0000-000000000000-ipc-5")
"""Bytes of the longest path of a socket inside the folder."""

STALE = 3600.0
"""Seconds after which a folder that nobody holds was left behind by a server that was killed."""

TRACEABLE = "DNAVIZ_TRACEABLE"
"""The variable that leaves the server's memory open to debuggers and profilers of its account."""

PR_SET_DUMPABLE = 4


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Make the folder for sockets, connection files and what libraries want to write.

    It is removed at the end, however that is asked for, and nothing else is written: the account's
    home may be read-only or missing.

    Raises
    ------
    InputError
        There is no place for it, or none with a path short enough for sockets.
    """
    for number in ending_signals():
        if number != signal.SIGINT:
            signal.signal(number, _exit)
    folder, held = _make()
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        os.environ[name] = str(folder / "jupyter")
    if "MPLCONFIGDIR" not in os.environ and not os.access(Path.home(), os.W_OK):
        os.environ["MPLCONFIGDIR"] = str(folder / "matplotlib")
    # Where multiprocessing has its own socket, and would leave it behind.
    multiprocessing.current_process()._config["tempdir"] = str(folder)  # type: ignore[attr-defined]
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end the server; not the terminal's end where nohup has it ignored."""
    names = ["SIGINT", "SIGTERM", "SIGHUP"]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        names.remove("SIGHUP")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _make() -> tuple[Path, int | None]:
    """Return a new folder, and what keeps those who clean up temporary folders away from it."""
    parent = tempfile.gettempdir()
    short = sys.platform == "linux"
    places = [parent, os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/var/tmp"]
    for place in filter(None, places):
        if short and len(os.fsencode(place)) + len(f"/{PREFIX}") + 8 + BELOW > LONGEST_SOCKET:
            continue
        try:
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        except OSError:
            continue
        _remove_stale(Path(place))
        return folder, _hold(folder)
    raise InputError(
        f"There is no folder for temporary files that can be written to and whose path is short"
        f" enough for sockets (TMPDIR is {parent}); set TMPDIR to one of at most"
        f" {LONGEST_SOCKET - BELOW - len(PREFIX) - 9} characters."
    )


def _hold(folder: Path) -> int | None:
    """Lock a folder, which systemd's cleaning respects; None where it is another's."""
    try:
        import fcntl

        held = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def _remove_stale(place: Path) -> None:
    """Remove what servers left behind that were killed."""
    for folder in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            about = folder.lstat()
            old = time.time() - about.st_mtime > STALE
            if old and folder.is_dir() and not folder.is_symlink() and about.st_uid == os.getuid():
                held = _hold(folder)
                if held is not None:
                    shutil.rmtree(folder, ignore_errors=True)
                    os.close(held)


def keep_memory_private() -> None:
    """Have no core file written of this process, nor its memory read by others of its account."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux" and TRACEABLE not in os.environ:
        # A program that takes core files from a pipe, as most systems have, knows no limit.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
