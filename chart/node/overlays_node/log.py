"""Structured log: one JSON object per line on standard error."""

from __future__ import annotations

import json
import sys
import time

_unheard: set[str] = set()  # levels that are not written


def only_errors() -> None:
    """Write errors and nothing else, for a program that tells the rest in its own way."""
    _unheard.update(("info", "warning"))


def rfc3339(seconds: float) -> str:
    """UTC text of a POSIX time, whole seconds: 0 -> "1970-01-01T00:00:00Z"."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def info(event: str, **fields: object) -> None:
    """Write one event; fields must be JSON values."""
    _write("info", event, fields)


def warning(event: str, **fields: object) -> None:
    """Write one event that somebody should look at."""
    _write("warning", event, fields)


def error(event: str, **fields: object) -> None:
    """Write one event that stops something from being delivered."""
    _write("error", event, fields)


def _write(level: str, event: str, fields: dict[str, object]) -> None:
    if level in _unheard:
        return
    line = {"time": rfc3339(time.time()), "level": level, "event": event, **fields}
    sys.stderr.write(json.dumps(line) + "\n")  # ASCII, so no locale can refuse it; one write, so threads do not mix
    sys.stderr.flush()
