"""The directory that is installed into, seen from outside: whoever owns it may put any link anywhere, at any time.

Every path goes down from one open directory, name by name, and no link is followed, so nothing outside is ever touched.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pathlib
import stat
from collections.abc import Callable, Iterator
from typing import BinaryIO

from overlays_node import NodeError

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NO_DIRECTORY = (errno.ENOTDIR, errno.ELOOP)
NO_LINK = (errno.ENOENT, errno.EINVAL)
NOT_EMPTY = (errno.ENOTEMPTY, errno.EEXIST)
BARRED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY)  # by permissions, or by a mount, of that one place


class InTheWayError(NodeError):
    """What is not ours stands where something of ours belongs, or above it; it stays."""


class ClosedError(InTheWayError):
    """What is there may not be changed, or not even be looked at; it stays, and is ours if it was."""


def closed(path: str, why: OSError) -> ClosedError:
    """The error of a place that is barred."""
    return ClosedError(f"{path} cannot be written: {why.strerror}")


class Destination:
    """An open directory. Paths below it have "/" between their names and are in normal form."""

    def __init__(self, path: pathlib.Path) -> None:
        """Make the directory if it is not there. Raises NodeError."""
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as why:
            raise NodeError(f"{path}: cannot be installed into: {why.strerror}") from None

    def close(self) -> None:
        """Let go of it."""
        os.close(self._root)

    def sentence(self, place: str, why: OSError) -> str:
        """What is said of an error at a place, or elsewhere if it says so itself."""
        where = why.filename if isinstance(why.filename, str) and os.path.isabs(why.filename) else self.path / place  # noqa: PTH117
        return f"{where}: {why.strerror}"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out. Raises NodeError: one is at work."""
        try:
            fcntl.flock(self._root, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NodeError(f"{self.path}: another install is at work there") from None
        except OSError:  # some network file systems lock no directories, and then nobody is kept out
            pass
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                fcntl.flock(self._root, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def folder(self, path: str, create: Callable[[str], None] | None = None) -> Iterator[int]:
        """Descriptor of a directory; "" is the whole. `create` is told of each that is missing before it is made.

        Raises InTheWayError: something else than a directory is on the way. FileNotFoundError: nothing is there, and
        there is no `create`.
        """
        descriptor, at = os.dup(self._root), ""
        try:
            for name in path.split("/") if path else ():
                at = f"{at}/{name}" if at else name
                inner = _enter(descriptor, name, at, create)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def above(self, path: str, create: Callable[[str], None] | None = None) -> Iterator[tuple[int, str]]:
        """Descriptor of the directory that a path is in, and the last name of the path."""
        parent, _, name = path.rpartition("/")
        with self.folder(parent, create) as descriptor:
            yield descriptor, name

    def mode(self, path: str) -> int:
        """Type and permissions of what stands there, a link as such; 0 for nothing. Raises ClosedError."""
        try:
            with self.above(path) as (folder, name):
                return os.lstat(name, dir_fd=folder).st_mode
        except ClosedError:
            raise
        except (InTheWayError, FileNotFoundError):
            return 0
        except OSError as why:
            raise _closed_or_not(path, why) from None

    def stands(self, path: str) -> bool:
        """Whether something stands there, or may stand there, since it cannot be told."""
        try:
            return self.mode(path) != 0
        except ClosedError:
            return True

    def link_target(self, path: str) -> str | None:
        """Text of the link there; None when there is none. Raises ClosedError."""
        try:
            with self.above(path) as (folder, name):
                return os.readlink(name, dir_fd=folder)
        except ClosedError:
            raise
        except InTheWayError:
            return None
        except OSError as why:
            if why.errno not in NO_LINK:
                raise _closed_or_not(path, why) from None
            return None

    def open(self, path: str, most: int) -> BinaryIO | None:
        """A file to read; None when nothing is there. Raises NodeError: no regular file, or more than `most` bytes."""
        where = self.path / path
        try:
            with self.above(path) as (folder, name):
                descriptor = os.open(name, FILE, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as why:
            what = "is a link" if why.errno == errno.ELOOP else f"cannot be read: {why.strerror}"
            raise NodeError(f"{where}: {what}") from None
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            os.close(descriptor)
            regular = stat.S_ISREG(found.st_mode)
            raise NodeError(f"{where}: is {f'larger than {most >> 20} MiB' if regular else 'no regular file'}")
        return os.fdopen(descriptor, "rb")

    def remove_folder(self, path: str) -> bool:
        """Remove a directory if it is empty; whether it is gone."""
        try:
            with self.above(path) as (folder, name):
                os.rmdir(name, dir_fd=folder)
        except ClosedError:
            return False
        except (InTheWayError, FileNotFoundError, NotADirectoryError):
            return True
        except OSError as why:
            if why.errno not in (*NOT_EMPTY, *BARRED):
                raise
            return False
        return True


def _enter(above: int, name: str, path: str, create: Callable[[str], None] | None) -> int:
    try:
        return os.open(name, DIRECTORY, dir_fd=above)
    except FileNotFoundError:
        if create is None:
            raise
    except OSError as why:
        if why.errno not in NO_DIRECTORY:
            raise _closed_or_not(path, why) from None
        raise InTheWayError(f"{path} is there, and is no directory") from None
    create(path)
    try:
        os.mkdir(name, 0o755, dir_fd=above)
    except OSError as why:
        raise _closed_or_not(path, why) from None
    return os.open(name, DIRECTORY, dir_fd=above)


def _closed_or_not(path: str, why: OSError) -> Exception:
    return closed(path, why) if why.errno in BARRED else why
