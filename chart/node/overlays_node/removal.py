"""Deleting what others may have changed: trees of any depth, with any permissions, and no link followed."""

from __future__ import annotations

import itertools
import os
import stat
import time

from overlays_node import log

HANDLE = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
OWNER = stat.S_IRWXU

_serial = itertools.count()


def delete(above: int, name: str) -> None:
    """Delete what has that name in an open directory, if anything has; what cannot be deleted is reported."""
    try:
        remove(above, name)
    except FileNotFoundError:
        pass
    except OSError as why:
        log.warning("not-deleted", path=name, reason=str(why))


def remove(above: int, name: str) -> None:
    """Delete what has that name in an open directory. Raises OSError: it is not there, or some of it stays."""
    if stat.S_ISDIR(os.lstat(name, dir_fd=above).st_mode):
        _remove_tree(above, name)
    else:
        os.unlink(name, dir_fd=above)


def empty(top: int, keep: str) -> None:
    """Delete everything in an open directory but one name."""
    for name in os.listdir(top):
        if name != keep:
            delete(top, name)


def make_movable(above: int, name: str) -> None:
    """Let a directory be moved: one that its owner may not write to cannot be. Raises OSError."""
    os.close(_enter(above, name))


def _remove_tree(above: int, name: str) -> None:
    """Delete a directory. Those in it are emptied into it, so nothing is recursive and two descriptors are enough."""
    top = _enter(above, name)
    try:
        while folders := _delete_files(top):
            for folder in folders:
                inner = _enter(top, folder)
                try:
                    for one in _delete_files(inner):
                        make_movable(inner, one)
                        os.rename(one, f".{time.time_ns()}.{next(_serial)}", src_dir_fd=inner, dst_dir_fd=top)
                finally:
                    os.close(inner)
                os.rmdir(folder, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=above)


def _delete_files(folder: int) -> list[str]:
    """Delete all but the directories in it; their names."""
    folders = []
    with os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=folder)
    return folders


def _enter(above: int, name: str) -> int:
    """Open a directory whose owner may read it, write to it and enter it from now on."""
    handle = os.open(name, HANDLE, dir_fd=above)
    try:
        mode = stat.S_IMODE(os.fstat(handle).st_mode)
        if mode & OWNER != OWNER:
            os.chmod(f"/proc/self/fd/{handle}", mode | OWNER)  # noqa: PTH101  (this very directory, wherever it is now)
        return os.open(".", DIRECTORY, dir_fd=handle)
    finally:
        os.close(handle)
