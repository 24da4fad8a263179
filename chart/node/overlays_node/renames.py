"""Renames that never replace what nobody knows of, and that leave no moment in which nothing is there."""

from __future__ import annotations

import ctypes
import errno
import os

NOREPLACE, EXCHANGE = 1, 2  # of renameat2(2)
UNSUPPORTED = (errno.ENOSYS, errno.EINVAL)  # of the kernel, or of the file system


def move_new(above: int, name: str, target: int, new: str) -> None:
    """Move to a name that nothing has; directories are given by their descriptors. Raises FileExistsError."""
    if _renameat2(above, name, target, new, NOREPLACE):
        return
    if _stands(target, new):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(name, new, src_dir_fd=above, dst_dir_fd=target)


def exchange(above: int, name: str, target: int, old: str) -> bool:
    """Let two names change places; False, and nothing is done, when nothing has the second one.

    Where the file system cannot do that in one step, there is a moment in which nothing has the second name.
    """
    try:
        if _renameat2(above, name, target, old, EXCHANGE):
            return True
        os.rename(old, f"{name}.old", src_dir_fd=target, dst_dir_fd=above)
    except FileNotFoundError:
        return False
    try:
        os.rename(name, old, src_dir_fd=above, dst_dir_fd=target)
    except OSError:
        os.rename(f"{name}.old", old, src_dir_fd=above, dst_dir_fd=target)
        raise
    os.rename(f"{name}.old", name, src_dir_fd=above, dst_dir_fd=above)
    return True


def _stands(above: int, name: str) -> bool:
    try:
        os.lstat(name, dir_fd=above)
    except FileNotFoundError:
        return False
    return True


def _renameat2(above: int, name: str, target: int, new: str, flag: int) -> bool:
    """Whether it was done; False: not here. Raises OSError: it was refused."""
    if _RENAMEAT2 is None:
        return False
    if _RENAMEAT2(above, os.fsencode(name), target, os.fsencode(new), flag) == 0:
        return True
    why = ctypes.get_errno()
    if why in UNSUPPORTED:
        return False
    raise OSError(why, os.strerror(why), new)


def _load_renameat2() -> ctypes._NamedFuncPointer | None:
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # a C library without it
        return None


_RENAMEAT2 = _load_renameat2()
