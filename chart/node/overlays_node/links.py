"""Which symlinks of a tree may be published: those that end inside it, decided as the kernel walks."""

# The paths of links are bytes, which pathlib does not take.
# ruff: noqa: PTH115

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Generator, Iterator, Mapping

MOST_LINKS = 32  # on the way to one file; Linux follows 40, and the path of the tree itself takes a few
LONGEST_TARGET = 4095  # bytes
FILE, FOLDER = "file", "folder"
ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)  # errors that say: there is nothing


class _LeftOut(Exception):  # noqa: N818  (an outcome, caught in this file)
    """The link must not be published; the text says why."""


def judge_links(targets: Mapping[bytes, bytes], kind_of: Callable[[bytes], str | None]) -> dict[bytes, str]:
    """Path -> reason, of the links that must not be published.

    `targets` are the links of one tree by path; `kind_of` tells of every other path in it whether FILE or FOLDER stands
    there, or None. Every component is walked, links included.
    """
    walk = _Walk(targets, kind_of)
    for path in sorted(targets):
        walk.settle(path)
    return walk.reasons


class _Walk:
    """What is known so far about the links of one tree."""

    def __init__(self, targets: Mapping[bytes, bytes], kind_of: Callable[[bytes], str | None]) -> None:
        self.targets = targets
        self.kind_of = kind_of
        self.ends: dict[bytes, tuple[bytes, int]] = {}  # path -> where it ends, links followed
        self.reasons: dict[bytes, str] = {}

    def settle(self, path: bytes) -> None:
        """Find the end of a link, or the reason to leave it out; and before that of every link on its way."""
        walked: dict[bytes, Generator[bytes, None, tuple[bytes, int]]] = {}
        if path not in self.ends and path not in self.reasons:
            walked[path] = self._end(path)
        while walked:
            at = next(reversed(walked))
            try:
                other = next(walked[at])
            except StopIteration as found:
                self.ends[at] = found.value
                del walked[at]
            except _LeftOut as why:
                self.reasons[at] = str(why)
                del walked[at]
            else:
                if other in walked:
                    for one in [*walked][[*walked].index(other) :]:
                        self.reasons[one] = "a link in a loop"
                        del walked[one]
                else:
                    walked[other] = self._end(other)

    def _end(self, path: bytes) -> Generator[bytes, None, tuple[bytes, int]]:
        """Where a link ends, and how many links are followed; gives each link that must be settled first."""
        target = self.targets[path]
        if target.startswith(b"/"):
            raise _LeftOut("an absolute link")
        if not target or len(target) > LONGEST_TARGET or b"\0" in target:
            raise _LeftOut("a link with an impossible target")
        place, hops = path.rpartition(b"/")[0], 1
        kind: str | None = FOLDER
        for part in target.split(b"/"):
            if kind != FOLDER:
                raise _LeftOut("a link to nothing")  # a file has nothing below it, not even "."
            if part in (b"", b"."):
                continue
            place = _step(place, part)
            if place in self.targets:
                if place not in self.ends and place not in self.reasons:
                    yield place
                if place in self.reasons:
                    raise _LeftOut(f"a link through {os.fsdecode(place[:80])!r}, which is left out")
                place, more = self.ends[place]
                hops += more
            kind = self.kind_of(place) if place else FOLDER
            if kind is None:
                raise _LeftOut("a link to nothing")
        if hops > MOST_LINKS:
            raise _LeftOut("a link with too many links to follow")
        return place, hops


class OnDisk(Mapping[bytes, bytes]):
    """The links below a directory, each followed once: path -> target, looked up when it is asked for.

    What is called .git is not there. Raises OSError: it cannot be told what stands at a path.
    """

    def __init__(self, root: str) -> None:
        self._root = os.fsencode(root)
        self._known: dict[bytes, tuple[str | None, bytes | None]] = {}
        self._walk = _Walk(self, self.kind)

    def end(self, path: str) -> tuple[str, str]:
        """Where the link ends, "" for the directory itself, and ""; or "" and the reason why it leads nowhere."""
        link = os.fsencode(path)
        self._walk.settle(link)
        reason = self._walk.reasons.get(link)
        return ("", reason) if reason is not None else (os.fsdecode(self._walk.ends[link][0]), "")

    def kind(self, path: bytes) -> str | None:
        """FILE or FOLDER, or None for anything else."""
        return self._look(path)[0]

    def __getitem__(self, path: bytes) -> bytes:
        target = self._look(path)[1]
        if target is None:
            raise KeyError(path)
        return target

    def __iter__(self) -> Iterator[bytes]:
        return (path for path, (_, target) in self._known.items() if target is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _look(self, path: bytes) -> tuple[str | None, bytes | None]:
        if path not in self._known:
            self._known[path] = self._found(path)
        return self._known[path]

    def _found(self, path: bytes) -> tuple[str | None, bytes | None]:
        if path.rpartition(b"/")[2].lower() == b".git":
            return None, None
        place = self._root + b"/" + path
        try:
            mode = os.lstat(place).st_mode
            if stat.S_ISLNK(mode):
                return None, os.readlink(place)
        except OSError as why:
            if why.errno not in ABSENT:
                raise
            return None, None
        return FOLDER if stat.S_ISDIR(mode) else FILE if stat.S_ISREG(mode) else None, None


def _step(place: bytes, part: bytes) -> bytes:
    """One component further; b"" is the tree itself."""
    if part != b"..":
        return place + b"/" + part if place else part
    if not place:
        raise _LeftOut("a link that leaves the tree")
    return place.rpartition(b"/")[0]
