"""The lock file at a revision and now, for `--base`."""

from __future__ import annotations

from typing import NamedTuple

from overlays.cli.locks import find_lock, lock_of, read_lock
from overlays.core.diff.commits import NOT_RENDERED, commit_changes
from overlays.errors import InvalidInput
from overlays.io.lockfile import lock_path, parse_lock_file
from overlays.io.sides import SideReader
from overlays.io.source import Sources
from overlays.io.values import Inputs
from overlays.model.difference import RepositoryChange
from overlays.model.lock import Lock

_NONE = Lock({})


class Locks(NamedTuple):
    """What has changed in the lock, and what there is to know about it, one line each."""

    commits: tuple[RepositoryChange, ...]
    notes: tuple[str, ...]


def locks_since(base: str, inputs: Inputs, lock_file: str | None) -> Locks:
    """The lock of these values as it was at a revision, compared with what it is; nothing where neither has one.

    lock_file: None for the usual place. A lock of then that is broken counts as empty, and a note says so.
    Raises InvalidInput: the lock of now is broken, or git cannot be asked. OVL401: a lock_file that is nowhere.
    """
    name = lock_path(inputs.files, lock_file)
    now = find_lock(name)
    shown, data = SideReader(Sources()).file_then(base, name)
    then, notes = _then(shown, data)
    if lock_file is not None and now is None and data is None:
        now = read_lock(name)
    if (now is None) != (data is None):
        notes.append(f"{name} is not there in the {'new' if now is None else 'old'} side")
    commits = commit_changes(then, now or _NONE)
    return Locks(commits, (*notes, NOT_RENDERED) if commits else tuple(notes))


def _then(name: str, data: bytes | None) -> tuple[Lock, list[str]]:
    if data is None:
        return _NONE, []
    try:
        return lock_of(parse_lock_file(name, data)), []
    except InvalidInput as error:
        first = error.findings[0]
        said = f"{first.where}: {first.code}: {first.what}: {first.why}"
        return _NONE, [f"the lock of the old side cannot be read, and counts as empty: {said}"]
