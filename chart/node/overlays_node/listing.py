"""What a commit holds, read as a stream and held against the limits before any of it is written."""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from overlays_node import NodeError
from overlays_node.git import Git
from overlays_node.limits import MIB, LimitError, Limits

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


def entries(git: Git, store: pathlib.Path, commit: str, limits: Limits, timeout: float) -> Iterator[Entry]:
    """Every directory, file, link and submodule of a commit, as it is read.

    Raises GitError; TreeError: an impossible path; LimitError: more than the limits allow. What a hostile commit lists
    is endless: nothing of it may be written before this is through.
    """
    args = ["ls-tree", "-r", "-t", "-z", "-l", "--full-tree", commit]
    files = folders = total = 0
    with git.reading(args, git_dir=store, timeout=timeout) as output:
        for line in _records(output):
            facts, _, path = line.partition(b"\t")
            mode, kind, blob, size = facts.split()
            _check_path(path, limits)
            entry = Entry(mode, blob, int(size) if kind == b"blob" else 0, path)
            files, folders, total = files + (mode != FOLDER), folders + (mode == FOLDER), total + entry.size
            if files > limits.files:
                raise LimitError(f"the commit holds more than {limits.files} files, which is the limit")
            if folders > limits.files:
                raise LimitError(f"the commit holds more than {limits.files} directories, which is the limit")
            if total > limits.bytes:
                raise LimitError(f"the commit holds more than {limits.bytes // MIB} MiB, which is the limit")
            yield entry


def _records(output: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while True:
        data = output.read(CHUNK)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\0")
        yield from lines
    if rest:
        raise DamageError("the listing of the commit ends in the middle")


def _check_path(path: bytes, limits: Limits) -> None:
    """What fsck refuses at the fetch is refused here again: nothing is ever written beside or above the tree."""
    parts = path.split(b"/")
    if any(part in (b"", b".", b"..") or part.lower() == b".git" for part in parts):
        raise TreeError(f"the commit holds the path {os.fsdecode(path)!r}")
    if len(path) > limits.path:
        raise LimitError(
            f"the commit holds a path of more than {limits.path} bytes, which is the limit: {_start(path)}"
        )
    if len(parts[-1]) > limits.name:
        raise LimitError(
            f"the commit holds a name of more than {limits.name} bytes, which is the limit: {_start(path)}"
        )


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
