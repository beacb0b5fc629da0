"""What the server may take, in one place: descriptors, connections, bytes, messages, time.

Behind every connection that is accepted stands something that a stranger could ask for without
end. Each such thing has its limit here; the limits that depend on the machine are derived from how
many files this process may open.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

MB = 2**20

RESERVE = 64
"""Descriptors that are never given to visitors: the server's own, and those of a moment."""

PER_VIEWER = 24
"""Descriptors of one open page in the server: 16 at rest, more while it is opened."""

MOST_CONNECTIONS = 4096

UNKNOWN_LIMIT = 1024
"""Open files to count on where the system does not say how many there may be."""


@dataclass(frozen=True)
class Budget:
    """The limits of one server; sizes in bytes, times in seconds.

    Attributes
    ----------
    descriptors : int
        Files and sockets that this process may open.
    connections, per_address : int
        Connections in all and from one address.
    header_seconds, body_seconds : float
        Until a connection has sent a request's head and its body; also how long one may be idle.
    per_kernel : int
        Websockets of one kernel: a page's, and the one that takes over from a broken one.
    message, upload : int
        Longest message of a page, and longest one that carries a file.
    uploads : int
        Messages longer than `message` that are received at a time, by the whole server.
    upload_seconds : float
        Time that one of them may take.
    unsent : int
        Bytes that may wait to be read by a page; then its websocket is closed.
    messages_a_second, bytes_a_second : float
        Of one websocket, in the long run; a page that sends more is read more slowly.
    messages_at_once, bytes_at_once : int
        That may come or go at once before that.
    work_a_second, work_at_once : float
        Seconds of the server's own time that the messages of one websocket may take to be read.
    queued, queued_bytes : int
        Messages and bytes that a kernel has not dealt with; then its page is not read.
    refusals : int
        Messages that no page sends, after which a websocket is closed; a long one counts as many.
    offline : int
        Bytes kept for a page whose connection broke; beyond them the page has to be opened anew.
    stalled_seconds : float
        After which a connection is closed that does not take what it asked for.
    """

    descriptors: int = UNKNOWN_LIMIT
    connections: int = 256
    per_address: int = 192
    header_seconds: float = 20.0
    body_seconds: float = 20.0
    per_kernel: int = 2
    message: int = MB
    upload: int = 10 * MB
    uploads: int = 6
    upload_seconds: float = 90.0
    unsent: int = 16 * MB
    messages_a_second: float = 100.0
    messages_at_once: int = 400
    bytes_a_second: float = 2 * MB
    bytes_at_once: int = 12 * MB
    work_a_second: float = 0.05
    work_at_once: float = 0.5
    queued: int = 64
    queued_bytes: int = 12 * MB
    refusals: int = 50
    offline: int = 4 * MB
    stalled_seconds: float = 30.0

    @classmethod
    def of(cls, descriptors: int) -> Budget:
        """Divide what may be opened: a quarter for connections, the rest for viewers.

        Parameters
        ----------
        descriptors : int
            How many files this process may open.
        """
        free = max(0, descriptors - RESERVE)
        connections = min(MOST_CONNECTIONS, max(16, free // 4))
        return cls(descriptors, connections, per_address=connections * 3 // 4)

    @property
    def viewers(self) -> int:
        """Pages that may be open at a time as far as descriptors go; never less than one."""
        return max(1, (self.descriptors - RESERVE - self.connections) // PER_VIEWER)


def raise_descriptor_limit() -> int:
    """Raise the limit of open files as far as it goes, and return it."""
    try:
        import resource
    except ImportError:  # Windows
        return UNKNOWN_LIMIT
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (ValueError, OSError):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 2**20 if most == resource.RLIM_INFINITY else most


def open_descriptors() -> int:
    """Return how many files and sockets this process has open; 0 where that is not known."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return len(os.listdir(folder))  # noqa: PTH208 (called for each visitor)
        except OSError:
            continue
    return 0
