"""The journal: what a run puts in place and takes away, so that the next one knows it when this one did not end.

One line of JSON for each step, in `.tmp/overlays-install/journal`. What is not yet done when the line is written is
taken back when it fails. An agent may write there: what a journal names is believed no more than `installed.json`, and
a file that is there is never opened for writing, since it may be a file of others under a second name.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from overlays_node.copying import TARGET
from overlays_node.installed import Entries, entry_of, told
from overlays_node.places import CLAUDE_SKILLS, is_folder, is_place
from overlays_node.removal import delete

JOURNAL, ANEW = "journal", "journal.new"
LARGEST = 256 << 20  # bytes of a journal
LONGEST = 16 << 20  # bytes of a line
BOOT, ENTRIES, ITEM, DONE, GONE, FOLDER, LINK = "boot", "entries", "item", "done", "gone", "folder", "link"


@dataclass
class Left:
    """What runs that did not end have left, and `installed.json` does not tell.

    `places` of items and loose files; () when what is there is not known: it is to be written anew. `gone` are places
    where nothing of ours is any more.
    """

    places: dict[str, Entries] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)


def lines(file: BinaryIO) -> Iterator[bytes]:
    """Its lines; an agent may write on while they are read, and without line ends."""
    left = LARGEST
    while line := file.readline(min(left, LONGEST)):
        left -= len(line)
        yield line


def read(lines: Iterable[bytes], boot_id: str | None) -> Left:
    """What these lines tell; what makes no sense, such as the end of a line that was cut, is passed over."""
    reader = _Reader(boot_id)
    for line in lines:
        with contextlib.suppress(ValueError, TypeError, LookupError, AttributeError, RecursionError):
            reader.take(*json.loads(line))
    return reader.left


class _Reader:
    def __init__(self, boot_id: str | None) -> None:
        self.left = Left()
        self._boot_id = boot_id
        self._sure = False
        self._known: dict[int, Entries] = {}
        self._at = ""

    def take(self, what: str, *rest: object) -> None:
        """One line. Raises ValueError, TypeError, LookupError, AttributeError: it is none of ours."""
        if what == BOOT:
            self._sure = rest[0] == self._boot_id
        elif what == ENTRIES:
            number, entries = rest
            self._known[int(str(number))] = tuple(map(entry_of, entries))  # type: ignore[call-overload]
        elif what == DONE:
            self._done(self._known[int(str(rest[0]))])
        else:
            self._path(what, str(rest[0]))

    def _done(self, entries: Entries) -> None:
        if self._at and self._sure and all(one.is_of(self._at) for one in entries):
            self.left.places[self._at] = entries
        self._at = ""

    def _path(self, what: str, path: str) -> None:
        left = self.left
        self._at = ""
        if what == ITEM and is_place(path):
            left.places[path] = ()
            left.gone.discard(path)
            self._at = path
        elif what == GONE and (is_place(path) or path == CLAUDE_SKILLS):
            left.places.pop(path, None)
            left.links.discard(path)
            left.gone.add(path)
        elif what == FOLDER and is_folder(path):
            left.folders.add(path)
        elif what == LINK and path == CLAUDE_SKILLS:
            left.links.add(path)
            left.gone.discard(path)


class Journal:
    """The journal of this run, in the open directory `room`; it begins with what earlier ones have left."""

    def __init__(self, room: int, left: Left, boot_id: str | None) -> None:
        """Write it anew, in place of an earlier one. Raises OSError: that one stays."""
        self.room = room
        self._numbers: dict[Entries, int] = {}
        self._serial = itertools.count()
        self._boot_id = boot_id
        self._size = 0
        delete(room, ANEW)
        self._file = os.open(ANEW, TARGET | os.O_APPEND, 0o600, dir_fd=room)
        try:
            with os.fdopen(os.dup(self._file), "wb") as file:
                for line in self._lines(left):
                    self._size += file.write(line)
                file.flush()
                if self._size:
                    os.fsync(file.fileno())
            os.rename(ANEW, JOURNAL, src_dir_fd=room, dst_dir_fd=room)
        except OSError:
            os.close(self._file)
            raise

    def _lines(self, left: Left) -> Iterator[bytes]:
        for path in sorted(left.folders):
            yield _line(FOLDER, path)
        for path in sorted(left.links):
            yield _line(LINK, path)
        for path in left.gone:
            yield _line(GONE, path)
        for path, entries in left.places.items():
            yield self._of(entries) if entries else b""
            yield _line(ITEM, path)
            yield _line(DONE, self._numbers[entries]) if entries else b""

    def _of(self, entries: Entries) -> bytes:
        """Lines that tell of entries, once."""
        if entries in self._numbers:
            return b""
        boot = b"" if self._numbers else _line(BOOT, self._boot_id)
        self._numbers[entries] = next(self._serial)
        return boot + _line(ENTRIES, self._numbers[entries], [told(one) for one in entries])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell to the next run."""
        return not self._size

    @contextlib.contextmanager
    def item(self, path: str, entries: Entries) -> Iterator[None]:
        """Tell of something that is put in place inside of the `with`."""
        self._write(self._of(entries))
        with self._step(_line(ITEM, path)):
            yield
        self._write(_line(DONE, self._numbers[entries]))

    @contextlib.contextmanager
    def link(self, path: str) -> Iterator[None]:
        """Tell of a link that is made inside of the `with`."""
        with self._step(_line(LINK, path)):
            yield

    def folder(self, path: str) -> None:
        """Tell of a directory that is made next."""
        self._write(_line(FOLDER, path))

    def gone(self, path: str) -> None:
        """Tell that nothing of ours is there any more."""
        self._write(_line(GONE, path))

    def forget(self) -> None:
        """All of it is in the record. Raises OSError."""
        os.truncate(self._file, 0)
        self._size = 0

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    @contextlib.contextmanager
    def _step(self, line: bytes) -> Iterator[None]:
        """Take the line back when what it tells of was not done; that needs no room on the disk."""
        size = self._size
        self._write(line)
        try:
            yield
        except OSError:
            os.truncate(self._file, size)
            self._size = size
            raise

    def _write(self, line: bytes) -> None:
        done = os.write(self._file, line) if line else 0
        self._size += done
        if done != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), JOURNAL)


def _line(what: str, *rest: object) -> bytes:
    return json.dumps([what, *rest]).encode() + b"\n"
