"""How much a repository may bring and how much of the volume stays free, with errors that name the limit."""

from __future__ import annotations

import os
import pathlib
from dataclasses import dataclass

from overlays_node import NodeError

MIB = 1 << 20
BLOCK = 4096  # bytes that even the smallest file takes


class LimitError(NodeError):
    """A commit is larger than a limit allows; the text names the limit."""


class SpaceError(NodeError):
    """The volume has too little room left; `needed` is what was to be written, in bytes."""

    def __init__(self, text: str, needed: int = 0) -> None:
        super().__init__(text)
        self.needed = needed


@dataclass(frozen=True)
class Limits:
    """What one tree may have at most, and the share of the volume that is kept free.

    So many files, and as many directories; their bytes; bytes of one path and of one name; levels of directories;
    bytes of all paths together; links and submodules, and the bytes of their paths and targets. The last five bound
    the memory and the time that a hostile commit costs.
    """

    files: int = 200_000
    bytes: int = 2048 * MIB
    path: int = 2048
    name: int = 255
    levels: int = 100
    paths: int = 64 * MIB
    links: int = 20_000
    link_bytes: int = 4 * MIB
    min_free: float = 0.20

    @property
    def fetch(self) -> int:
        """Bytes by which one fetch may let a store grow."""
        return 2 * self.bytes


DEFAULT = Limits()


@dataclass(frozen=True)
class Room:
    """What a volume has: bytes and inodes, free for everybody and in all. All inodes are 0 where there is no limit."""

    free_bytes: int
    all_bytes: int
    free_inodes: int
    all_inodes: int


def room(folder: pathlib.Path) -> Room:
    """What the volume of that folder has now. Raises OSError."""
    found = os.statvfs(folder)
    return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize, found.f_favail, found.f_files)


def shortage(now: Room, limits: Limits, *, add_bytes: int = 0, add_inodes: int = 0) -> str | None:
    """Why so much more must not be written, or None: there is room."""
    kept = f"{limits.min_free:.0%} of the volume must stay free"
    if now.free_bytes - add_bytes < now.all_bytes * limits.min_free:
        more = f", {_mib(add_bytes)} more are needed" if add_bytes else ""
        return f"out of space: {_mib(now.free_bytes)} of {_mib(now.all_bytes)} are free{more}, and {kept}"
    if now.all_inodes and now.free_inodes - add_inodes < now.all_inodes * limits.min_free:
        more = f", {add_inodes} more are needed" if add_inodes else ""
        return f"out of inodes: {now.free_inodes} of {now.all_inodes} are free{more}, and {kept}"
    return None


def check_room(folder: pathlib.Path, limits: Limits, *, add_bytes: int = 0, add_inodes: int = 0) -> None:
    """Raises SpaceError: the volume of that folder would have less free than it must keep."""
    reason = shortage(room(folder), limits, add_bytes=add_bytes, add_inodes=add_inodes)
    if reason is not None:
        raise SpaceError(reason, add_bytes)


def size_of(folder: pathlib.Path) -> int:
    """Bytes of all files below a folder, while others may write and delete there."""
    total = 0
    pending = [os.fspath(folder)]
    while pending:
        try:
            with os.scandir(pending.pop()) as found:
                for entry in found:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # it was there a moment ago
            continue
    return total


def _mib(amount: int) -> str:
    return f"{amount / MIB:,.0f} MiB"
