"""Counts and times for Prometheus, by its own client; nothing in them tells who visited or why."""

from __future__ import annotations

from functools import partial

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST

registry = CollectorRegistry()
ProcessCollector(registry=registry)

gauge = partial(Gauge, registry=registry)
counter = partial(Counter, registry=registry)
histogram = partial(Histogram, registry=registry)

viewers = gauge("dnaviz_viewers", "Open pages with a kernel.")
max_viewers = gauge("dnaviz_max_viewers", "Most pages with a kernel; 0: any.")
fork_server = gauge("dnaviz_fork_server_up", "Whether kernels are forked now.")
turned_away = counter("dnaviz_turned_away", "Visitors for whom there was no place.")
DIED = "its process has died"
ended = counter("dnaviz_kernels_ended", "Kernels that ended, by why.", ["why"])
ended.labels(DIED)  # Of a count that begins above 0 Prometheus sees no increase.
dropped = counter(
    "dnaviz_messages_dropped", "Messages from browsers that no page sends, by why.", ["why"]
)
connections = gauge("dnaviz_connections", "Open connections.")
connections_closed = counter(
    "dnaviz_connections_closed",
    "Connections that were closed or refused to keep to the budget, by why.",
    ["why"],
)
websockets = gauge("dnaviz_websockets", "Open websockets.")
most_websockets = gauge("dnaviz_websockets_per_kernel_max", "Most websockets of one kernel.")
websockets_closed = counter(
    "dnaviz_websockets_closed",
    "Websockets that were closed to keep to the budget, by why.",
    ["why"],
)
paused = gauge("dnaviz_pages_paused", "Pages that are not read as their kernel has a queue.")
unsent = gauge("dnaviz_unsent_bytes", "Bytes that wait to be read by pages.")
stuck = gauge(
    "dnaviz_kernels_busy_without_cpu", "Kernels that last said they were busy and do not compute."
)
lag = gauge(
    "dnaviz_loop_lag_seconds", "How late the event loop was, at most, in the last half minute."
)
descriptors = gauge("dnaviz_descriptors", "Open files and sockets.")
max_descriptors = gauge("dnaviz_max_descriptors", "Most files and sockets that may be open.")
unseen = counter(
    "dnaviz_pages_not_started",
    "Requests for a dashboard that started no kernel for how they came, by that.",
    ["how"],
)
wrong_tokens = counter("dnaviz_wrong_tokens", "Logins that failed.")
start = histogram(
    "dnaviz_kernel_start_seconds",
    "From the wish for a kernel to its process.",
    buckets=(0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60),
)
wait = histogram(
    "dnaviz_turn_wait_seconds",
    "Until a kernel that computes for longer than a moment had its turn.",
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 60),
)
requests = histogram(
    "dnaviz_request_seconds",
    "Answers to requests, by their status.",
    ["status"],
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 60),
)


def text() -> bytes:
    """Return all of them in Prometheus's text format."""
    return generate_latest(registry)
