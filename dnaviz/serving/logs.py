"""Log lines that machines read as easily as people: ``key=value``, one event a line.

What visitors type may be a patient's sequence, so no line holds any of it: requests are logged
without their query, and of an error only where it happened and its type, as libraries quote in
their messages what they were given.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO


def event(log: logging.Logger, level: int, what: str, **fields: Any) -> None:
    """Log an event with its fields.

    >>> event(log, logging.INFO, "kernel ended", kernel=kernel_id, why="its page was closed")
    """
    log.log(level, what, extra={"fields": fields})


class Lines(logging.Formatter):
    """One line for each event: time (UTC), level, source, event, and the event's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat("T", "milliseconds"),
            "level": record.levelname.lower(),
            "source": record.name,
            "process": record.process,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            frames = traceback.extract_tb(trace)
            fields["error"] = kind.__name__
            fields["where"] = " < ".join(
                f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in reversed(frames)
            )
        return " ".join(f"{key}={_value(value)}" for key, value in fields.items())


def _value(value: Any) -> str:
    text = str(value)
    plain = text and all(c.isalnum() or c in "._:/+-" for c in text) and text.isascii()
    return text if plain else json.dumps(text)


def configure(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send dnaviz's events from `level` on to `stream`, and other libraries' from warnings on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("dnaviz").setLevel(level)
    # Voila's libraries warn about each other's settings on every connection.
    for name in ("tornado.general", "tornado.application", "traitlets"):
        logging.getLogger(name).setLevel(logging.ERROR)
