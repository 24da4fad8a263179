"""The cache directory on disk: its names and the few operations that everything else is made of."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import itertools
import json
import os
import pathlib
import stat
import time
from collections.abc import Iterator

from overlays_node import NodeError, log
from overlays_node.removal import remove

LOCK_POLL = 0.2  # seconds between two tries to take the lock

_serial = itertools.count()


class VolumeError(NodeError):
    """The directory cannot hold a cache; one sentence says what it lacks."""


class Volume:
    """The root directory and the fixed names in it. Links in it are relative, so any mount path works.

    `public` is a volume inside it, of the same shape: trees, sets and stable paths of the public repositories alone.
    It has no lock, stores, temporary names or trash of its own.
    """

    def __init__(self, root: pathlib.Path, *, inside: Volume | None = None) -> None:
        self.root = root
        self.trees = root / ".trees"
        self.sets = root / ".sets"
        self.current = root / ".current"
        outer = root if inside is None else inside.root
        self.lock = outer / ".lock"
        self.stores = outer / ".store"
        self.tmp = outer / ".tmp"
        self.trash = outer / ".trash"
        self.status = outer / ".status.json"

    @property
    def public(self) -> Volume:
        """What consumers see that mount <root>/public and nothing else."""
        return Volume(self.root / "public", inside=self)

    def create(self) -> None:
        """Make the root and its folders. Raises VolumeError."""
        try:
            for folder in (self.root, self.stores, self.trees, self.sets, self.tmp, self.trash):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as why:
            raise VolumeError(f"{self.root}: cannot be used as a cache: {why.strerror}: {why.filename}") from None

    def create_inside(self) -> None:
        """Make the folders of a volume inside another; a file or link that stands there makes way. Raises OSError."""
        if os.path.lexists(self.root) and not real_directory(self.root):
            log.warning("taken-over", path=str(self.root), what="a link or file of another cache")
            self.discard(self.root)
        for folder in (self.trees, self.sets):
            folder.mkdir(parents=True, exist_ok=True)

    def tree(self, key: str, commit: str) -> pathlib.Path:
        """Where the files of a commit are; the directory is complete, or not there."""
        return self.trees / key / commit

    def place(self, staged: pathlib.Path, key: str, commit: str) -> None:
        """Make a directory in .tmp the tree of that commit. Raises OSError."""
        tree = self.tree(key, commit)
        tree.parent.mkdir(exist_ok=True)
        try:
            staged.rename(tree)
        except OSError as why:
            if why.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            self.discard(staged)  # another job was faster; trees of one commit are alike

    def temporary(self, stem: str) -> pathlib.Path:
        """A name in .tmp that nothing has yet."""
        return self.tmp / f"{stem}.{os.getpid()}.{next(_serial)}"

    def write(self, path: pathlib.Path, data: bytes, mode: int = 0o644) -> None:
        """Put a file there whole: a reader sees the old one or the new one."""
        new = self.temporary(path.name)
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            new.rename(path)
        except OSError:
            with contextlib.suppress(OSError):
                new.unlink()
            raise

    def write_json(self, path: pathlib.Path, value: object, mode: int = 0o644) -> None:
        """Put a JSON document there whole."""
        self.write(path, (json.dumps(value, indent=2) + "\n").encode(), mode)

    def link(self, path: pathlib.Path, target: str) -> None:
        """Make `path` a symlink to `target`; a link or file that stands there is replaced in one step."""
        new = self.temporary(path.name)
        new.symlink_to(target)
        new.rename(path)

    def discard(self, path: pathlib.Path) -> None:
        """Take a path out of sight in one step; it is deleted by the next `empty_trash`."""
        with contextlib.suppress(FileNotFoundError):
            path.rename(self.trash / f"{path.name[:100]}.{os.getpid()}.{time.time_ns()}.{next(_serial)}")

    def let_go(self, path: pathlib.Path) -> bool:
        """Discard a path that nobody needs; False: it cannot be moved, is reported and stays."""
        try:
            self.discard(path)
        except OSError as why:
            log.warning("not-deleted", path=str(path), reason=str(why))
            return False
        return True

    def empty_trash(self) -> None:
        """Delete what was discarded; what cannot be deleted is reported and stays."""
        for path in _entries(self.trash):
            _delete(path)

    def clear(self) -> None:
        """Remove what a killed writer left: temporary names and trash. Needs the lock."""
        self.discard_temporary()
        self.empty_trash()

    def discard_temporary(self, keep: str | None = None) -> None:
        """Discard all temporary names but one. Nobody may be using them."""
        for path in _entries(self.tmp):
            if path.name != keep:
                self.let_go(path)

    def flush(self) -> None:
        """Bring everything written so far to the disk, in one call for the whole file system. Raises OSError."""
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            failed = errno.ENOSYS if _SYNCFS is None else ctypes.get_errno() if _SYNCFS(descriptor) != 0 else 0
            if failed == errno.ENOSYS:
                os.sync()
            elif failed:  # what was written may be lost: it must not be used
                raise OSError(failed, os.strerror(failed), str(self.root))
        finally:
            os.close(descriptor)


def real_directory(path: pathlib.Path) -> bool:
    """Whether a directory, not a link to one, stands there."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def link_target(path: pathlib.Path) -> str | None:
    """Text of the symlink at `path`; None when there is none."""
    try:
        return os.readlink(path)  # noqa: PTH115  (the text as it is)
    except OSError:
        return None


@contextlib.contextmanager
def writer_lock(volume: Volume, timeout: float | None) -> Iterator[int]:
    """Hold the lock of the one writer; gives its descriptor, which git children inherit.

    Waits, and says so, while another writer holds it: for ever when timeout (seconds) is None.
    Raises VolumeError: timeout over, or no locks on this volume.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(volume.lock, flags, 0o644)
    except OSError as why:
        raise VolumeError(f"{volume.lock}: cannot be opened: {why.strerror}") from None
    try:
        _wait_for_lock(volume, descriptor, timeout)
        yield descriptor
    finally:
        os.close(descriptor)


def lock_is_lost(volume: Volume, descriptor: int) -> bool:
    """Whether the file that is locked is not the one at its place any more: then another writer may come."""
    mine = os.fstat(descriptor)
    try:
        there = volume.lock.lstat()
    except OSError:
        return True
    return (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino)


def _wait_for_lock(volume: Volume, descriptor: int, timeout: float | None) -> None:
    deadline = None if timeout is None else time.monotonic() + timeout
    told = False
    while not _try_lock(volume, descriptor):
        if not told:
            log.warning("waiting-for-lock", path=str(volume.lock), reason="another sync holds it")
            told = True
        if deadline is not None and time.monotonic() >= deadline:
            raise VolumeError(f"{volume.lock}: another sync still holds it after {timeout:g} s")
        time.sleep(LOCK_POLL)


def _try_lock(volume: Volume, descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as why:
        raise VolumeError(f"{volume.root}: this volume cannot be used: no file locks ({why.strerror})") from None
    return True


def probe(volume: Volume) -> None:
    """Try what the cache is built on. Raises VolumeError: the volume lacks symlinks, renames over or hard links."""
    file, link, other = (volume.temporary(f"probe-{name}") for name in ("file", "link", "other"))
    what = "files"
    try:
        file.write_bytes(b"")
        what = "symbolic links"
        link.symlink_to(file.name)
        other.symlink_to("nowhere")
        what = "renaming over a name that exists"
        link.rename(other)
        if link_target(other) != file.name:
            raise OSError(0, "the old name is still there")
        what = "hard links"
        os.link(file, link)
    except OSError as why:
        raise VolumeError(f"{volume.root}: this volume cannot be used: no {what} ({why.strerror})") from None
    finally:
        for path in (file, link, other):
            with contextlib.suppress(OSError):
                path.unlink()


def _entries(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(folder.iterdir()) if real_directory(folder) else []


def _delete(path: pathlib.Path) -> None:
    try:
        above = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            remove(above, path.name)
        finally:
            os.close(above)
    except OSError as why:
        log.warning("not-deleted", path=str(path), reason=str(why))


def _load_syncfs() -> ctypes._NamedFuncPointer | None:
    try:
        return ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):  # a C library without it: os.sync does more, and as well
        return None


_SYNCFS = _load_syncfs()
