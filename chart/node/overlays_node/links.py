"""Which symlinks of a tree may be published: those that end inside it, decided as the kernel walks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

MOST_LINKS = 32  # on the way to one file; Linux follows 40, and the path of the tree itself takes a few
LONGEST_TARGET = 4095  # bytes


class _LeftOut(Exception):  # noqa: N818  (an outcome, caught in this file)
    """The link must not be published; the text says why."""


def judge_links(
    targets: Mapping[bytes, bytes], files: AbstractSet[bytes], folders: AbstractSet[bytes]
) -> dict[bytes, str]:
    """Path -> reason, of the links that must not be published.

    `targets` are the links of one tree by path; `files` and `folders` are all else in it. Every component is walked,
    links included. A link waits until those on its way are settled; what still waits when nothing changes is a loop.
    """
    walk = _Walk(targets, files, folders)
    waiting = sorted(targets)
    for _ in range(MOST_LINKS):  # a longer chain is one that the kernel would not follow
        still = [path for path in waiting if not walk.settle(path)]
        if len(still) == len(waiting):
            break
        waiting = still
    walk.reasons.update((path, "a link in a loop, or too many links to follow") for path in waiting)
    return walk.reasons


class _Walk:
    """What is known so far about the links of one tree."""

    def __init__(self, targets: Mapping[bytes, bytes], files: AbstractSet[bytes], folders: AbstractSet[bytes]) -> None:
        self.targets = targets
        self.files = files
        self.folders = folders
        self.ends: dict[bytes, tuple[bytes, int]] = {}  # path -> where it ends, links followed
        self.reasons: dict[bytes, str] = {}

    def settle(self, path: bytes) -> bool:
        """Find the end of a link, or the reason to leave it out; False when another link comes first."""
        try:
            end = self._end(path)
        except _LeftOut as why:
            self.reasons[path] = str(why)
            return True
        if end is None:
            return False
        self.ends[path] = end
        return True

    def _end(self, path: bytes) -> tuple[bytes, int] | None:
        target = self.targets[path]
        if target.startswith(b"/"):
            raise _LeftOut("an absolute link")
        if not target or len(target) > LONGEST_TARGET or b"\0" in target:
            raise _LeftOut("a link with an impossible target")
        place, hops = path.rpartition(b"/")[0], 1
        for part in target.split(b"/"):
            if place in self.files:
                raise _LeftOut("a link to nothing")  # a file has nothing below it, not even "."
            if part in (b"", b"."):
                continue
            place = self._step(place, part)
            if place in self.targets:
                if place not in self.ends:
                    self._check_not_left_out(place)
                    return None
                place, more = self.ends[place]
                hops += more
        if hops > MOST_LINKS:
            raise _LeftOut("a link with too many links to follow")
        return place, hops

    def _step(self, place: bytes, part: bytes) -> bytes:
        """One component further; b"" is the tree itself."""
        if part == b"..":
            if not place:
                raise _LeftOut("a link that leaves the tree")
            return place.rpartition(b"/")[0]
        place = place + b"/" + part if place else part
        if place not in self.targets and place not in self.files and place not in self.folders:
            raise _LeftOut("a link to nothing")
        return place

    def _check_not_left_out(self, place: bytes) -> None:
        if place in self.reasons:
            raise _LeftOut(f"a link through {os.fsdecode(place)!r}, which is left out")
