"""What a commit holds, read as a stream and held against the limits before any of it is written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, NamedTuple

from overlays_node import NodeError
from overlays_node.git import Git
from overlays_node.limits import BLOCK, MIB, LimitError, Limits
from overlays_node.links import LONGEST_TARGET

CHUNK = 1 << 20  # bytes held in memory at a time
LINK, FOLDER = b"120000", b"040000"
MODES = {b"100644": 0o444, b"100664": 0o444, b"100755": 0o555}  # of regular files: in git -> as published


class TreeError(NodeError):
    """The files of a commit cannot be published."""


class DamageError(NodeError):
    """What a store gave is not what its ids say."""


class Entry(NamedTuple):
    """One line of a commit's listing; `size` in bytes, 0 for what is no blob."""

    mode: bytes
    blob: bytes
    size: int
    path: bytes


@dataclass(frozen=True)
class Listing:
    """Everything that a commit holds, directories too, in git's order; on disk, so that it costs no memory.

    `space` is the room in bytes that it takes once it is written.
    """

    spool: IO[bytes]
    files: int
    bytes: int
    inodes: int
    space: int

    def __iter__(self) -> Iterator[Entry]:
        """The entries; not to be read twice at the same time."""
        self.spool.seek(0)
        return map(_entry, records(self.spool))


@contextlib.contextmanager
def listing_of(git: Git, store: pathlib.Path, commit: str, limits: Limits, timeout: float) -> Iterator[Listing]:
    """The listing of a commit, within the limits.

    Raises GitError; TreeError: an impossible path; LimitError: more than the limits allow. What a hostile commit holds
    may be endless, so everything is counted as it is read.
    """
    with tempfile.TemporaryFile(dir=git.scratch) as spool:
        count = _Count(limits)
        args = ["ls-tree", "-r", "-t", "-z", "-l", "--full-tree", commit]
        with git.reading(args, git_dir=store, timeout=timeout) as output:
            for record in records(output, most=limits.path + 200):
                count.add(_entry(record))
                spool.write(record + b"\0")
        yield Listing(spool, count.files, count.bytes, count.files + count.folders, count.space)


def _entry(record: bytes) -> Entry:
    facts, _, path = record.partition(b"\t")
    mode, kind, blob, size = facts.split()
    return Entry(mode, blob, int(size) if kind == b"blob" else 0, path)


def records(output: IO[bytes], most: int | None = None) -> Iterator[bytes]:
    """What stands between NUL bytes. Raises DamageError: no NUL at the end; LimitError: more than `most` bytes."""
    rest = b""
    while True:
        data = output.read(CHUNK)
        if not data:
            break
        *records, rest = (rest + data).split(b"\0")
        yield from records
        if most is not None and len(rest) > most:
            raise LimitError(f"the commit holds a path of more than {most} bytes, which is the limit: {_start(rest)}")
    if rest:
        raise DamageError("the listing of the commit ends in the middle")


@dataclass
class _Count:
    """The sums of a listing so far."""

    limits: Limits
    files: int = 0
    folders: int = 0
    bytes: int = 0
    space: int = 0
    paths: int = 0
    links: int = 0
    link_bytes: int = 0

    def add(self, entry: Entry) -> None:
        """Raises TreeError or LimitError."""
        limits = self.limits
        _check_path(entry.path, limits)
        self.paths += len(entry.path)
        if entry.mode == FOLDER:
            self.folders += 1
            self.space += BLOCK
        else:
            self.files += 1
            self.bytes += entry.size
            self.space += -(-entry.size // BLOCK) * BLOCK
        if entry.mode != FOLDER and entry.mode not in MODES:
            self.links += 1
            self.link_bytes += len(entry.path) + min(entry.size, LONGEST_TARGET)
        self._check(self.files, limits.files, "files")
        self._check(self.folders, limits.files, "directories")
        self._check(self.links, limits.links, "links and submodules")
        self._check(self.bytes, limits.bytes, "MiB", MIB)
        self._check(self.paths, limits.paths, "MiB of paths", MIB)
        self._check(self.link_bytes, limits.link_bytes, "MiB of links (paths and targets)", MIB)

    def _check(self, number: int, most: int, what: str, unit: int = 1) -> None:
        if number > most:
            raise LimitError(f"the commit holds more than {most // unit} {what}, which is the limit")


def _check_path(path: bytes, limits: Limits) -> None:
    """What fsck refuses at the fetch is refused here again: nothing is ever written beside or above the tree."""
    parts = path.split(b"/")
    if any(part in (b"", b".", b"..") or part.lower() == b".git" for part in parts):
        raise TreeError(f"the commit holds the path {os.fsdecode(path)!r}")
    if len(parts) > limits.levels:
        raise LimitError(
            f"the commit holds a path of more than {limits.levels} levels, which is the limit: {_start(path)}"
        )
    for what, longest, most in (("path", path, limits.path), ("name", parts[-1], limits.name)):
        if len(longest) > most:
            raise LimitError(f"the commit holds a {what} of more than {most} bytes, which is the limit: {_start(path)}")


def _start(path: bytes) -> str:
    return f"{os.fsdecode(path[:80])!r}…"


def blob_hash(size: int) -> hashlib._Hash:
    """The running hash of a blob of that size, by which git names it."""
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)


def hash_of(chunks: Iterable[bytes], size: int) -> bytes:
    """The id of a blob of that size and content."""
    found = blob_hash(size)
    for chunk in chunks:
        found.update(chunk)
    return found.hexdigest().encode()


def is_file(path: bytes, entry: Entry) -> bool:
    """Whether what stands there is the entry's file as it is published: permissions and every byte. Raises OSError."""
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) != MODES[entry.mode]:
        return False
    if found.st_size != entry.size:
        return False
    with open(path, "rb") as file:  # noqa: PTH123  (a path is bytes, which pathlib does not take)
        return hash_of(iter(lambda: file.read(CHUNK), b""), entry.size) == entry.blob
