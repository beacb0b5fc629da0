"""Counts and times for Prometheus, by its own client; nothing in them tells who visited or why."""

from __future__ import annotations

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

viewers = Gauge("dnaviz_viewers", "Open pages with a kernel.", registry=registry)
max_viewers = Gauge("dnaviz_max_viewers", "Most pages with a kernel; 0: any.", registry=registry)
fork_server = Gauge("dnaviz_fork_server_up", "Whether kernels are forked now.", registry=registry)
turned_away = Counter(
    "dnaviz_turned_away", "Visitors for whom there was no place.", registry=registry
)
ended = Counter("dnaviz_kernels_ended", "Kernels that ended, by why.", ["why"], registry=registry)
dropped = Counter(
    "dnaviz_messages_dropped",
    "Messages from browsers that no page sends, by why.",
    ["why"],
    registry=registry,
)
connections = Gauge("dnaviz_connections", "Open connections.", registry=registry)
connections_closed = Counter(
    "dnaviz_connections_closed",
    "Connections that were closed or refused to keep to the budget, by why.",
    ["why"],
    registry=registry,
)
websockets = Gauge("dnaviz_websockets", "Open websockets.", registry=registry)
most_websockets = Gauge(
    "dnaviz_websockets_per_kernel_max", "Most websockets of one kernel.", registry=registry
)
websockets_closed = Counter(
    "dnaviz_websockets_closed",
    "Websockets that were closed to keep to the budget, by why.",
    ["why"],
    registry=registry,
)
paused = Gauge(
    "dnaviz_pages_paused", "Pages that are not read as their kernel has a queue.", registry=registry
)
unsent = Gauge("dnaviz_unsent_bytes", "Bytes that wait to be read by pages.", registry=registry)
stuck = Gauge(
    "dnaviz_kernels_busy_without_cpu",
    "Kernels that last said they were busy and do not compute.",
    registry=registry,
)
lag = Gauge(
    "dnaviz_loop_lag_seconds",
    "How late the event loop was, at most, in the last half minute.",
    registry=registry,
)
descriptors = Gauge("dnaviz_descriptors", "Open files and sockets.", registry=registry)
max_descriptors = Gauge(
    "dnaviz_max_descriptors", "Most files and sockets that may be open.", registry=registry
)
unseen = Counter(
    "dnaviz_pages_not_started",
    "Requests for a dashboard that started no kernel for how they came, by that.",
    ["how"],
    registry=registry,
)
wrong_tokens = Counter("dnaviz_wrong_tokens", "Logins that failed.", registry=registry)
start = Histogram(
    "dnaviz_kernel_start_seconds",
    "From the wish for a kernel to its process.",
    buckets=(0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60),
    registry=registry,
)
wait = Histogram(
    "dnaviz_turn_wait_seconds",
    "Until a kernel that computes for longer than a moment had its turn.",
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 60),
    registry=registry,
)
requests = Histogram(
    "dnaviz_request_seconds",
    "Answers to requests, by their status.",
    ["status"],
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 60),
    registry=registry,
)


def text() -> bytes:
    """Return all of them in Prometheus's text format."""
    return generate_latest(registry)
