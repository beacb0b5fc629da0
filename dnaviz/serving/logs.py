"""Log lines that machines read as easily as people: ``key=value``, one event a line.

What visitors type may be a patient's sequence, so no line holds any of it: requests are logged
without their query, and of an error only where it happened and its type, as libraries quote in
their messages what they were given. Of other libraries' messages only their constant part is
logged, without an address's query or anything like a sequence in it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sys
import time
import traceback
from collections import Counter
from datetime import UTC, datetime
from typing import Any, TextIO

MOST_A_MINUTE = 20
"""Lines of one kind that are logged in a minute; the first one after it tells how many were not."""

PRIVATE = re.compile(r"[?#]\S*|[ACGTUN]{12,}", re.IGNORECASE)
"""What stands in addresses behind their path, and what looks like a sequence."""

KERNEL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

ONCE = frozenset({"message dropped"})
"""Events of which one line a minute says enough, of each kind."""


def event(log: logging.Logger, level: int, what: str, **fields: Any) -> None:
    """Log an event with its fields.

    >>> event(log, logging.INFO, "kernel ended", kernel=short(kernel_id), why="its page was closed")
    """
    log.log(level, what, extra={"fields": fields})


def short(kernel_id: str) -> str:
    """Return a name for a kernel that tells it from others and opens nothing."""
    return hashlib.sha256(kernel_id.encode()).hexdigest()[:12]


class KeyValueFormatter(logging.Formatter):
    """One line for each event: time (UTC), level, source, event, and the event's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        of_dnaviz = record.name.split(".")[0] == "dnaviz"
        text = record.getMessage() if of_dnaviz else str(record.msg).partition("\n")[0]
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat("T", "milliseconds"),
            "level": record.levelname.lower(),
            "source": record.name,
            "process": record.process,
            "event": text,
            **getattr(record, "fields", {}),
        }
        if isinstance(record.msg, BaseException):
            fields["error"] = _name(record.msg)
        if record.exc_info and record.exc_info[0] is not None:
            _, error, trace = record.exc_info
            frames = traceback.extract_tb(trace)
            fields["error"] = _name(error)
            fields["where"] = " < ".join(
                f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in reversed(frames)
            )
        return " ".join(f"{key}={_value(value)}" for key, value in fields.items())


class NotTooMany(logging.Filter):
    """Lets so many lines of a kind pass in a minute: whoever provokes them cannot fill a disk.

    Lines are of one kind that come from the same place in the code, for the same reason.
    """

    def __init__(self, most: int = MOST_A_MINUTE) -> None:
        super().__init__()
        self._most, self._minute = most, 0
        self._seen: Counter[tuple[object, ...]] = Counter()
        self._before = self._seen

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.INFO:
            return True
        if self._minute != (minute := int(time.monotonic() // 60)):
            self._minute = minute
            self._before, self._seen = self._seen, Counter()
        fields = getattr(record, "fields", {})
        place = record.msg if fields else record.lineno
        kind = (record.name, record.levelno, place, fields.get("why"), fields.get("status"))
        most = 1 if record.msg in ONCE else self._most
        self._seen[kind] += 1
        if (left_out := self._before.pop(kind, 0) - most) > 0:
            record.fields = {**fields, "left_out": left_out}
        return self._seen[kind] <= most


def _name(error: BaseException | None) -> str:
    """The type of an error; of one about a notebook's cell, that of the error in the cell."""
    return str(getattr(error, "ename", type(error).__name__))[:80]


def _value(value: Any) -> str:
    text = KERNEL.sub(lambda found: short(found.group()), PRIVATE.sub("…", str(value)))
    plain = text and all(c.isalnum() or c in "._:/+-" for c in text) and text.isascii()
    return text if plain else json.dumps(text)


def configure(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send dnaviz's events from `level` on to `stream`, and other libraries' from warnings on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(KeyValueFormatter())
    handler.addFilter(NotTooMany())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.getLogger("dnaviz").setLevel(level)
    # Voila's libraries warn about each other's settings on every connection.
    for name in ("tornado.general", "tornado.application", "traitlets"):
        logging.getLogger(name).setLevel(logging.ERROR)
