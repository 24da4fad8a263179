"""From the name of a lock file to a lock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from overlays.core.lock import impossible
from overlays.errors import InvalidInput
from overlays.io.codes import BAD_LOCK, ILLEGAL_LOCK, NEWER_LOCK
from overlays.io.document import Document
from overlays.io.lockfile import REPAIR, read_lock_file
from overlays.io.values import Values
from overlays.model.finding import Finding, Location, Problem
from overlays.model.lock import SCHEMA_VERSION, Lock, Locked
from overlays.schema.place import finding

LOCK_FILE_HELP: Final = "Default: overlays.lock.yaml beside the first values file; without one, in this directory."


def read_lock(name: str) -> Lock:
    """The lock in the file of that name.

    Raises InvalidInput OVL401: there is none, or it cannot be read. OVL402: it is of a newer version of this program.
    OVL403: it holds what `overlays lock` does not write.
    """
    lock = find_lock(name)
    if lock is None:
        what, why = f"there is no lock file {name!r}", "it says which commits are meant"
        raise InvalidInput(Finding(Location(name), BAD_LOCK, "", what, why, "run `overlays lock`"))
    return lock


def find_lock(name: str) -> Lock | None:
    """As read_lock, but None when there is no such file."""
    document = read_lock_file(name)
    return None if document is None else lock_of(document)


def lock_of(document: Document) -> Lock:
    """The lock that stands in that document. Raises InvalidInput OVL402 and OVL403, as read_lock."""
    from overlays.schema import check  # only who has a lock pays for it

    places = Values(document.value, document.value, (), (document,), {})
    version = document.value.get("schemaVersion")
    if isinstance(version, float) and version > SCHEMA_VERSION:
        raise InvalidInput(finding(_newer(version), places))
    illegal = check.problems(document.value, lambda _: None, "lock")
    if illegal:
        _refuse((problem._replace(code=ILLEGAL_LOCK, hint=REPAIR) for problem in illegal), places)
    lock = _lock(document.value["repositories"])
    _refuse(impossible(lock), places)
    return lock


def _refuse(problems: Iterable[Problem], places: Values) -> None:
    """Raises InvalidInput if there are any."""
    findings = sorted(finding(problem, places) for problem in problems)
    if findings:
        raise InvalidInput(*findings)


def _lock(entries: Any) -> Lock:
    return Lock({repo: Locked(entry["url"], entry["ref"], entry["commit"]) for repo, entry in entries.items()})


def _newer(version: float) -> Problem:
    what = f"the lock file has schemaVersion {version:g}, and this program knows {SCHEMA_VERSION}"
    why = "a newer version of overlays wrote it, and may mean something else by it"
    return Problem(("schemaVersion",), NEWER_LOCK, what, why, "use that version of overlays")
