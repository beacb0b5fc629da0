"""Word to systemd, where it started the server: that it answers, and that it is still there."""

from __future__ import annotations

import contextlib
import os
import socket


def notify(word: str) -> None:
    """Tell the one who started this process, if they asked to be told (``NOTIFY_SOCKET``).

    >>> notify("READY=1")
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(address)
        line.sendall(word.encode())
