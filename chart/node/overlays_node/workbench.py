"""Putting things into the destination: built aside, moved in, and told of in a journal, so that a kill heals.

`.tmp/overlays-install` is there during a run only. What is made or deleted is in it, and the journal: what a run that
did not end put in place is ours by its journal, for `installed.json` does not name it.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
from collections.abc import Collection, Iterable, Sequence

from overlays_node import NodeError, journal
from overlays_node.arrange import Piece
from overlays_node.copying import TARGET, build
from overlays_node.destination import BARRED, ClosedError, Destination, InTheWayError, closed
from overlays_node.installed import Entries
from overlays_node.journal import JOURNAL, Journal, Left
from overlays_node.removal import delete, empty, make_movable
from overlays_node.renames import exchange, move_new

TMP, ROOM = ".tmp", "overlays-install"
OURS = 0o1700  # permissions by which a run knows a .tmp that an earlier one made and could not remove


class Workbench:
    """One run's place to work. `folders` and `links` are those that it made, by path."""

    def __init__(self, destination: Destination, boot_id: str | None) -> None:
        self._destination = destination
        self._boot_id = boot_id
        self._serial = itertools.count()
        self._room = -1
        self._left = Left()
        self._journal: Journal | None = None
        self.folders: list[str] = []
        self.links: list[str] = []

    def recover(self, known: Collection[str]) -> Left:
        """Delete what a run that did not end was at; what it has left. `known`: places that the record names.

        Raises NodeError: the directory for that is none, or cannot be read. OSError: it cannot be written to.
        """
        place = f"{TMP}/{ROOM}"
        try:
            with self._destination.folder(place) as room:
                self._left = self._read(f"{place}/{JOURNAL}")
                empty(room, JOURNAL)
        except FileNotFoundError:
            self._remove_tmp()
            return self._left
        except InTheWayError as why:
            raise NodeError(f"{self._destination.path}: {why}: remove it") from None
        self._left.gone.intersection_update(known)
        self._begun()
        return self._left

    def _read(self, path: str) -> Left:
        try:
            file = self._destination.open(path, journal.LARGEST)
        except InTheWayError:
            raise
        except NodeError as why:
            raise NodeError(f"{why}: remove it") from None
        if file is None:
            return Left()
        with file:
            return journal.read(journal.lines(file), self._boot_id)

    def put(self, path: str, entries: Entries, pieces: Sequence[Piece], *, ours: bool) -> None:
        """Copy what these entries tell of and put it there in one step. `ours`: what stands there makes way.

        Raises InTheWayError: it cannot go there. OSError: it cannot be copied.
        """
        self._check_free(path, ours=ours)
        name = self._name()
        build(self._begun().room, name, pieces)
        self._bring(name, path, entries, ours=ours)

    def put_file(self, path: str, entries: Entries, parts: Iterable[bytes], *, ours: bool) -> None:
        """The same for a file of these bytes; if they cannot be read, nothing is put there."""
        self._check_free(path, ours=ours)
        self._bring(self._written(parts), path, entries, ours=ours)

    def make_folder(self, path: str) -> None:
        """Make a directory if it is missing. Raises InTheWayError, OSError."""
        with self._destination.folder(path, self._making):
            pass

    def put_link(self, path: str, target: str) -> None:
        """Make a link where nothing stands. Raises InTheWayError, OSError."""
        self._check_free(path, ours=False)
        with self._destination.above(path, self._making) as (folder, name):
            try:
                with self._begun().link(path):
                    os.symlink(target, name, dir_fd=folder)
            except OSError as why:
                raise _refusal(path, why) from None
        self.links.append(path)

    def put_record(self, path: str, lines: Iterable[bytes]) -> None:
        """Put a file there that is ours whatever it is; it is on the disk before it has its name."""
        name = self._written(lines, flush=True)
        with self._destination.above(path) as (folder, last):
            os.rename(name, last, src_dir_fd=self._begun().room, dst_dir_fd=folder)

    def remove(self, path: str) -> None:
        """Remove a file, directory or link of ours; nothing may be there, or only on the way to it.

        Raises ClosedError: it stays. OSError.
        """
        old = self._name()
        try:
            with self._destination.above(path) as (folder, name):
                _let_move(folder, name)
                os.rename(name, old, src_dir_fd=folder, dst_dir_fd=self._begun().room)
                delete(self._begun().room, old)
        except ClosedError:
            raise
        except (InTheWayError, FileNotFoundError):
            pass
        except OSError as why:
            raise closed(path, why) if why.errno in (*BARRED, errno.EXDEV) else why from None
        self._begun().gone(path)

    def finish(self) -> None:
        """The record names all that was made: forget the journal. Raises OSError."""
        if self._journal is not None:
            self._journal.forget()
        self.close()

    def close(self) -> None:
        """Leave nothing but the journal, if there is something in one: it is for the next run."""
        if self._room < 0:
            return
        with contextlib.suppress(OSError):
            empty(self._room, "" if self._journal is not None and self._journal.is_empty else JOURNAL)
        if self._journal is not None:
            self._journal.close()
            self._journal = None
        os.close(self._room)
        self._room = -1
        with contextlib.suppress(OSError):
            if self._destination.remove_folder(f"{TMP}/{ROOM}"):
                self._remove_tmp()

    def _begun(self) -> Journal:
        """The journal; it and the room that it is in are made when they are first needed."""
        if self._room < 0:
            with contextlib.ExitStack() as stack:
                top = stack.enter_context(self._destination.folder(""))
                try:
                    _make(TMP, OURS, top)
                    _make(ROOM, 0o700, stack.enter_context(self._destination.folder(TMP)))
                    room = stack.enter_context(self._destination.folder(f"{TMP}/{ROOM}"))
                except InTheWayError as why:
                    raise NodeError(f"{self._destination.path}: {why}: remove it") from None
                except OSError as why:
                    raise NodeError(f"{self._destination.path / TMP}: {why.strerror}") from None
                self._room = os.dup(room)
        if self._journal is None:
            self._journal = Journal(self._room, self._left, self._boot_id)
        return self._journal

    def _remove_tmp(self) -> None:
        """Remove the .tmp that a run of ours made, if nothing is in it."""
        with contextlib.suppress(OSError), self._destination.above(TMP) as (top, name):
            found = os.lstat(name, dir_fd=top)
            if stat.S_IMODE(found.st_mode) & ~stat.S_ISGID == OURS and found.st_uid == os.geteuid():
                os.rmdir(name, dir_fd=top)

    def _making(self, path: str) -> None:
        self._begun().folder(path)
        self.folders.append(path)

    def _name(self) -> str:
        return str(next(self._serial))

    def _written(self, lines: Iterable[bytes], *, flush: bool = False) -> str:
        name = self._name()
        with os.fdopen(os.open(name, TARGET, 0o644, dir_fd=self._begun().room), "wb") as file:
            file.writelines(lines)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        return name

    def _check_free(self, path: str, *, ours: bool) -> None:
        mode = 0 if ours else self._destination.mode(path)
        if mode:
            what = "directory" if stat.S_ISDIR(mode) else "link" if stat.S_ISLNK(mode) else "file"
            raise InTheWayError(f"{path} is there: a {what} that was not installed")

    def _bring(self, name: str, path: str, entries: Entries, *, ours: bool) -> None:
        try:
            with self._destination.above(path, self._making) as (folder, last), self._begun().item(path, entries):
                replaced = ours and self._replace(name, folder, last)
                if not replaced:
                    move_new(self._room, name, folder, last)
        except OSError as why:
            delete(self._room, name)
            raise _refusal(path, why) from None
        except InTheWayError:
            delete(self._room, name)
            raise
        if replaced:
            delete(self._room, name)

    def _replace(self, name: str, folder: int, last: str) -> bool:
        _let_move(folder, last)
        return exchange(self._room, name, folder, last)


def _make(name: str, mode: int, above: int) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, mode, dir_fd=above)


def _refusal(path: str, why: OSError) -> Exception:
    """What it means for a place that nothing could be put there; the same error: it says nothing of the place."""
    if why.errno == errno.EEXIST:
        return InTheWayError(f"{path} is there: it appeared just now")
    if why.errno == errno.EXDEV:
        return ClosedError(f"{path.rpartition('/')[0]} is on another file system than {TMP}")
    return closed(path, why) if why.errno in BARRED else why


def _let_move(folder: int, name: str) -> None:
    """Give a directory the permissions without which its owner cannot move it."""
    with contextlib.suppress(FileNotFoundError):
        mode = os.lstat(name, dir_fd=folder).st_mode
        if stat.S_ISDIR(mode) and not mode & stat.S_IWUSR:
            make_movable(folder, name)
