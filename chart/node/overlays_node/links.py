"""Which symlinks of a tree may be published: those that end inside it, decided as the kernel walks."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping

MOST_LINKS = 32  # on the way to one file; Linux follows 40, and the path of the tree itself takes a few
LONGEST_TARGET = 4095  # bytes
FILE, FOLDER = "file", "folder"


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


def _step(place: bytes, part: bytes) -> bytes:
    """One component further; b"" is the tree itself."""
    if part != b"..":
        return place + b"/" + part if place else part
    if not place:
        raise _LeftOut("a link that leaves the tree")
    return place.rpartition(b"/")[0]
