"""The lock as a file, and how it differs from the list and from the servers."""

from __future__ import annotations

from collections.abc import Iterable

from overlays.model.lock import SCHEMA_VERSION, Drift, Kind, Lock
from overlays.report.templating import render
from overlays.report.text import safe


def lock_file(lock: Lock) -> str:
    """The text of the lock file; its shape is schemas/lock.schema.json."""
    return render("lock.j2", version=SCHEMA_VERSION, repositories=[*lock.repositories.items()])


def drifts(found: Iterable[Drift]) -> str:
    """One line each: the repository, then what differs, old before new."""
    return "".join(f"{safe(f'{drift.repo}: {_words(drift)}')}\n" for drift in found)


def _words(drift: Drift) -> str:
    if drift.kind is Kind.MOVED:
        return f"{_name(drift.ref)} moved from {drift.old} to {drift.new}"
    if drift.kind is Kind.MISSING:
        return "in the list, and not in the lock"
    if drift.kind is Kind.LEFT:
        return "in the lock, and not in the list"
    return f"the lock is for {_name(drift.old)}, the list asks for {_name(drift.new)}"


def _name(text: str) -> str:
    return repr(text) if text else "the default branch"
