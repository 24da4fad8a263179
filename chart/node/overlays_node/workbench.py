"""Putting things into the destination: built aside, moved in, and named in a journal first, so that a kill heals.

`.tmp/overlays-install` is there during a run only. What is made or deleted is in it, and the journal: one line for each
thing just before it is put in place. What a killed run put in place is ours by its journal, for `installed.json` does
not name it.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import stat
from collections.abc import Iterable, Sequence

from overlays_node import NodeError
from overlays_node.arrange import Piece
from overlays_node.copying import TARGET, build
from overlays_node.destination import Destination, InTheWayError
from overlays_node.removal import delete, empty, make_movable
from overlays_node.renames import exchange, move_new

TMP, ROOM, JOURNAL = ".tmp", "overlays-install", "journal"
APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
LARGEST = 64 << 20  # bytes of a journal
ITEM, FOLDER, LINK, NOTHING = "item", "folder", "link", "nothing"  # what the lines of a journal tell of


class Workbench:
    """One run's place to work. `folders` and `links` are those that it made, by path."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._serial = itertools.count()
        self._room = self._journal = -1
        self._made_tmp = False
        self.folders: list[str] = []
        self.links: list[str] = []

    def recover(self) -> dict[str, str]:
        """Delete what a killed run was at; path -> ITEM, FOLDER or LINK of what it may have put in place.

        Raises NodeError: the directory for that is none, or cannot be read.
        """
        place = f"{TMP}/{ROOM}"
        try:
            with self._destination.folder(place) as room:
                told = _notes(self._destination.read(f"{place}/{JOURNAL}", LARGEST) or b"")
                empty(room, JOURNAL)
        except FileNotFoundError:
            return {}
        except InTheWayError as why:
            raise NodeError(f"{self._destination.path}: {why}: remove it") from None
        self._begun()  # its journal goes on: what it names is not yet in the record
        return told

    def put(self, path: str, pieces: Sequence[Piece], *, ours: bool) -> None:
        """Copy an item and put it there in one step. `ours`: what stands there makes way.

        Raises InTheWayError: it cannot go there. OSError: it cannot be copied.
        """
        self._check_free(path, ours=ours)
        name = self._name()
        build(self._begun(), name, pieces)
        self._bring(name, path, ours=ours)

    def put_file(self, path: str, chunks: Iterable[bytes], *, ours: bool) -> None:
        """The same for a file of these bytes."""
        self._check_free(path, ours=ours)
        self._bring(self._written(chunks), path, ours=ours)

    def make_folder(self, path: str) -> None:
        """Make a directory if it is missing. Raises InTheWayError, OSError."""
        with self._destination.folder(path, self._making):
            pass

    def put_link(self, path: str, target: str) -> None:
        """Make a link where nothing stands. Raises InTheWayError, OSError."""
        self._check_free(path, ours=False)
        with self._destination.above(path, self._making) as (folder, name):
            self._note(LINK, path)
            os.symlink(target, name, dir_fd=folder)
        self.links.append(path)

    def put_record(self, path: str, data: bytes) -> None:
        """Put a file there that is ours whatever it is; it is on the disk before it has its name."""
        name = self._written([data], flush=True)
        with self._destination.above(path) as (folder, last):
            os.rename(name, last, src_dir_fd=self._begun(), dst_dir_fd=folder)

    def remove(self, path: str) -> None:
        """Remove a file, directory or link of ours; nothing may be there, or only on the way to it."""
        old = self._name()
        with contextlib.suppress(InTheWayError, FileNotFoundError), self._destination.above(path) as (folder, name):
            _let_move(folder, name)
            os.rename(name, old, src_dir_fd=folder, dst_dir_fd=self._begun())
            delete(self._begun(), old)

    def finish(self) -> None:
        """The record names all that was made: forget the journal. Raises OSError."""
        if self._room >= 0:
            os.truncate(self._journal, 0)
        self.close()

    def close(self) -> None:
        """Leave nothing but the journal, if there is one: it is for the next run."""
        if self._room < 0:
            return
        with contextlib.suppress(OSError):
            empty(self._room, JOURNAL if os.fstat(self._journal).st_size else "")
        os.close(self._journal)
        os.close(self._room)
        self._room = self._journal = -1
        with contextlib.suppress(OSError):
            if self._destination.remove_folder(f"{TMP}/{ROOM}") and self._made_tmp:
                self._destination.remove_folder(TMP)

    def _begun(self) -> int:
        """Descriptor of the room; it and the journal are made when they are first needed."""
        if self._room < 0:
            with contextlib.ExitStack() as stack:
                try:
                    above = stack.enter_context(self._destination.folder(TMP, self._making_tmp))
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(ROOM, 0o700, dir_fd=above)
                    room = stack.enter_context(self._destination.folder(f"{TMP}/{ROOM}"))
                except InTheWayError as why:
                    raise NodeError(f"{self._destination.path}: {why}: remove it") from None
                self._journal = os.open(JOURNAL, APPEND, 0o600, dir_fd=room)
                self._room = os.dup(room)
        return self._room

    def _making_tmp(self, _: str) -> None:
        self._made_tmp = True

    def _making(self, path: str) -> None:
        self._begun()
        self._note(FOLDER, path)
        self.folders.append(path)

    def _note(self, what: str, path: str) -> None:
        line = json.dumps([what, path]).encode() + b"\n"
        if os.write(self._journal, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), JOURNAL)

    def _name(self) -> str:
        return str(next(self._serial))

    def _written(self, chunks: Iterable[bytes], *, flush: bool = False) -> str:
        name = self._name()
        with os.fdopen(os.open(name, TARGET, 0o644, dir_fd=self._begun()), "wb") as file:
            file.writelines(chunks)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        return name

    def _check_free(self, path: str, *, ours: bool) -> None:
        mode = 0 if ours else self._destination.mode(path)
        if mode:
            what = "directory" if stat.S_ISDIR(mode) else "link" if stat.S_ISLNK(mode) else "file"
            raise InTheWayError(f"{path} is there: a {what} that was not installed")

    def _bring(self, name: str, path: str, *, ours: bool) -> None:
        with self._destination.above(path, self._making) as (folder, last):
            self._note(ITEM, path)
            try:
                if ours:
                    _let_move(folder, last)
                if ours and exchange(self._room, name, folder, last):
                    delete(self._room, name)
                else:
                    move_new(self._room, name, folder, last)
            except FileExistsError:
                self._note(NOTHING, path)
                raise InTheWayError(f"{path} is there: it appeared just now") from None
            except OSError as why:
                if why.errno != errno.EXDEV:
                    raise
                self._note(NOTHING, path)
                parent = path.rpartition("/")[0]
                raise InTheWayError(f"{parent} is on another file system than {TMP}") from None


def _let_move(folder: int, name: str) -> None:
    """Give a directory the permissions without which its owner cannot move it."""
    with contextlib.suppress(FileNotFoundError):
        mode = os.lstat(name, dir_fd=folder).st_mode
        if stat.S_ISDIR(mode) and not mode & stat.S_IWUSR:
            make_movable(folder, name)


def _notes(data: bytes) -> dict[str, str]:
    """What a journal tells, the last line of each path; the end of one that was cut is passed over."""
    told = {}
    for line in data.splitlines():
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            what, path = json.loads(line)
            if isinstance(path, str) and what in (ITEM, FOLDER, LINK, NOTHING):
                told[path] = what
    return {path: what for path, what in told.items() if what != NOTHING}
