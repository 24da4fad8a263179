"""Copies of the pieces of an item: the bytes of files, their x bit, directories, and the text of links."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Sequence
from functools import partial

from overlays_node.arrange import LINK, NAMED, Piece
from overlays_node.items import FILE, FOLDER
from overlays_node.names import renamed

SOURCE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
TARGET = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
AT_ONCE = 1 << 18  # bytes: a smaller file is read and written faster than the kernel copies it
CHUNK = 1 << 20


def build(above: int, name: str, pieces: Sequence[Piece]) -> None:
    """Make an item under a new name in an open directory. Raises OSError.

    Descriptors of the directories above the present piece are open, so never more than an item has levels.
    """
    first, *below = pieces
    _make(above, name, first)
    if first.kind != FOLDER:
        return
    chain = [(first.path, os.open(name, DIRECTORY, dir_fd=above))]
    try:
        for piece in below:
            parent, _, last = piece.path.rpartition("/")
            while chain[-1][0] != parent and not parent.startswith(f"{chain[-1][0]}/"):
                os.close(chain.pop()[1])
            _go_down(chain, parent)
            _make(chain[-1][1], last, piece)
    finally:
        for _, descriptor in chain:
            os.close(descriptor)


def _go_down(chain: list[tuple[str, int]], path: str) -> None:
    """Open the directories from the last one in the chain to the one of that path."""
    while chain[-1][0] != path:
        at, descriptor = chain[-1]
        name = path[len(at) + 1 :].partition("/")[0]
        chain.append((f"{at}/{name}", os.open(name, DIRECTORY, dir_fd=descriptor)))


def _make(above: int, name: str, piece: Piece) -> None:
    if piece.kind == FOLDER:
        os.mkdir(name, 0o755, dir_fd=above)
    elif piece.kind == FILE:
        copy_file(piece.real, above, name)
    elif piece.kind == NAMED:
        copy_file(piece.real, above, name, partial(renamed, name=piece.target))
    elif piece.kind == LINK:
        os.symlink(piece.target, name, dir_fd=above)


def copy_file(path: str, above: int, name: str, change: Callable[[bytes], bytes] | None = None) -> None:
    """Copy a regular file to a new name in an open directory: 0644, or 0755 if anybody may execute it.

    The umask must leave these bits. `change` gives the bytes of the copy. Raises OSError: it cannot be read or written,
    or is no regular file.
    """
    source = os.open(path, SOURCE)
    try:
        found = os.fstat(source)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "no regular file", path)
        target = os.open(name, TARGET, 0o755 if found.st_mode & 0o111 else 0o644, dir_fd=above)
        try:
            if change is None:
                _pour(source, target, found.st_size)
            else:
                _write(target, _changed(_all_of(source), change, path))
        finally:
            os.close(target)
    finally:
        os.close(source)


def _pour(source: int, target: int, size: int) -> None:
    if size > AT_ONCE and _by_kernel(source, target, size):
        return
    while data := os.read(source, min(max(size, 1), CHUNK)):
        _write(target, data)


def _changed(data: bytes, change: Callable[[bytes], bytes], path: str) -> bytes:
    try:
        return change(data)
    except ValueError:  # somebody has written into the cache
        raise OSError(errno.EINVAL, "is not what it was", path) from None


def _write(target: int, data: bytes) -> None:
    while data:
        data = data[os.write(target, data) :]


def _all_of(source: int) -> bytes:
    with os.fdopen(os.dup(source), "rb", buffering=0) as file:
        return file.read()


def _by_kernel(source: int, target: int, size: int) -> bool:
    """Let the kernel copy, which may share the blocks; False, and nothing is done: it cannot, between these two."""
    left = size
    while left:
        try:
            done = os.copy_file_range(source, target, left)
        except (OSError, AttributeError) as why:
            if left == size and getattr(why, "errno", None) not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
                return False
            raise
        if not done:  # it is shorter than it was
            break
        left -= done
    return True
