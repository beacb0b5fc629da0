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
    "dnaviz_messages_dropped", "Messages from browsers that no page sends.", registry=registry
)
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
