"""Files and directories as they are on the disk: links are not followed, and only regular files are opened."""

# Text and os calls: a tree may have 100,000 files.
# ruff: noqa: PTH118

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

FOLDER, FILE, LINK, OTHER = "folder", "file", "link", "other"
MOST_BYTES: Final = 1 << 20
"""Of a file that is read whole."""
_STEP: Final = 1 << 16


class Entry(NamedTuple):
    """What stands at a path, which is relative to the root of the tree. mode: st_mode; size: in bytes."""

    path: str
    kind: str
    mode: int
    size: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Folder(NamedTuple):
    """A directory and what is in it, in byte order; problem: why it cannot be read, None when it can."""

    path: str
    entries: tuple[Entry, ...]
    problem: OSError | None = None


def entry(root: str, path: str) -> Entry | None:
    """What stands at a path below the root; None for nothing, or when it cannot be told."""
    try:
        found = os.lstat(os.path.join(root, path))
    except (OSError, ValueError):
        return None
    return _entry(path, found)


def walk(root: str, start: str, enter: Callable[[Entry], bool]) -> Iterator[Folder]:
    """The directory at `start` and those below it, parents first.

    enter: asked for each directory below; whether to look into it.
    """
    pending = [start]
    while pending:
        path = pending.pop()
        folder = _folder(root, path)
        yield folder
        inner = [one.path for one in folder.entries if one.kind == FOLDER and enter(one)]
        pending += reversed(inner)


def _folder(root: str, path: str) -> Folder:
    before = f"{path}/" if path else ""
    entries = []
    try:
        with os.scandir(os.path.join(root, path)) as found:
            for one in found:
                entries.append(_entry(before + one.name, one.stat(follow_symlinks=False)))
    except FileNotFoundError:  # it was there a moment ago
        return Folder(path, ())
    except OSError as error:
        return Folder(path, (), error)
    entries.sort(key=lambda one: os.fsencode(one.path))
    return Folder(path, tuple(entries))


def _entry(path: str, found: os.stat_result) -> Entry:
    mode = found.st_mode
    kind = FOLDER if stat.S_ISDIR(mode) else FILE if stat.S_ISREG(mode) else LINK if stat.S_ISLNK(mode) else OTHER
    return Entry(path, kind, mode, found.st_size)


def start_of(path: str, most: int = MOST_BYTES) -> bytes | None:
    """The first bytes of a file, `most` of them at the utmost; None when it is no regular file.

    Never waits for a pipe and follows no link at the end of the path. Raises OSError: it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        if stat.S_ISREG(os.lstat(path).st_mode):
            raise
        return None
    try:
        found = os.fstat(descriptor)
        return _read(descriptor, most, found.st_size) if stat.S_ISREG(found.st_mode) else None
    finally:
        os.close(descriptor)


def _read(descriptor: int, most: int, size: int) -> bytes:
    """The first bytes; size: how many there should be, so that no room is made for more. Some systems say 0."""
    data = os.read(descriptor, min(most, size + 1))
    while len(data) not in (size, most):
        more = os.read(descriptor, min(most - len(data), _STEP))
        if not more:
            break
        data += more
    return data
