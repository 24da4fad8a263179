"""A file of a skill, by a path that a model chose: nothing outside the skill is opened, whatever changes meanwhile.

The path is cut into components, and each of them is opened without following a link, in the directory that was opened
before it. A link is followed by taking the components of its target in its place, and ".." gives the directory that
was open before, never a new look-up. So it makes no difference when a directory or a file is replaced by a link
between two of these steps: there is no moment at which the kernel is asked to follow one.
"""

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Sequence
from typing import Final, NoReturn

from overlays.content import unreadable
from overlays.model.quoted import quoted

MOST: Final = 1 << 20
"""Bytes of a file that is read: as many as a SKILL.md may have."""
LONGEST: Final = 4096
"""Bytes of a path that is looked at."""
MOST_LEVELS: Final = 100
"""Directories that are open at one time: as deep as a published tree may be."""
MOST_LINKS: Final = 40
"""Links that are followed on the way to one file."""

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class ResourceError(Exception):
    """There is no such file, or it must not be read. The text says why: it is for the operator and not for a model."""


class TooLargeError(ResourceError):
    """There is the file, and it is larger than MOST."""


def is_skill_file(path: str) -> bool:
    """Whether a path that was read is that of the skill's own SKILL.md."""
    return _cleaned(path) == ["SKILL.md"]


def read(repository: pathlib.Path, skill: str, path: str) -> bytes:
    """The bytes of the file `path` of a skill.

    skill: its directory, from the root of the repository; links in it may lead anywhere inside the repository. path:
    whatever the model says. Links on it may lead anywhere inside the skill. A file whose name begins with "." is one
    like any other, unless it is called .git, which no node delivers. Raises ResourceError.
    """
    wanted = _cleaned(path)
    walk = _Walk()
    try:
        walk.begin(repository)
        walk.enter(skill.split("/"))
        return _content(walk.file(wanted))
    except OSError as error:
        raise ResourceError(unreadable.why(error)) from None
    finally:
        walk.end()


def _refuse(why: str) -> NoReturn:
    raise ResourceError(why)


def _cleaned(path: str) -> list[str]:
    """The components, without those that say nothing. Raises ResourceError: they lead out, or no file has such a path.

    As a path is cleaned everywhere, by its text alone: what stands before ".." need not exist.
    """
    try:
        if len(os.fsencode(path)) > LONGEST:
            _refuse(f"the path has more than {LONGEST} bytes")
    except UnicodeEncodeError:
        _refuse("the path is no text")
    if not path or "\0" in path:
        _refuse("the path is empty, or holds a NUL byte")
    if path.startswith("/"):
        _refuse("the path is absolute")
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                _refuse("the path leaves the skill")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if not parts:
        _refuse("the path is the skill itself")
    if path.rpartition("/")[2] in ("", ".", ".."):
        _refuse("the path is that of a directory")
    return parts


class _Walk:
    """The directories from the outermost one to where it is, each held open."""

    def __init__(self) -> None:
        self._open: list[int] = []

    def begin(self, root: pathlib.Path) -> None:
        """Be in a directory that the user named: links on its path are the user's own. Raises OSError."""
        self._open.append(os.open(root, _FOLDER & ~os.O_NOFOLLOW))

    def enter(self, parts: Sequence[str]) -> None:
        """Go to a directory below; from then on nothing above it is reached any more. Raises ResourceError, OSError."""
        found = self._go(parts)
        if found is not None:
            os.close(found)
            _refuse("the skill is no directory")
        while len(self._open) > 1:
            os.close(self._open.pop(0))

    def file(self, parts: Sequence[str]) -> int:
        """The descriptor of a file below. Raises ResourceError, OSError."""
        found = self._go(parts)
        if found is None:
            _refuse("it is a directory")
        return found

    def end(self) -> None:
        """Let go of all of them."""
        for one in self._open:
            os.close(one)

    def _go(self, parts: Sequence[str]) -> int | None:
        """Follow these components to a directory, where it then is, or to a file: its descriptor."""
        pending, links = [*reversed(parts)], 0
        while pending:
            part = pending.pop()
            if part in ("", "."):
                continue
            if part == "..":
                self._up()
                continue
            if part.lower() == ".git":
                _refuse("no node delivers what is called .git")
            here = self._open[-1]
            mode = os.stat(part, dir_fd=here, follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                links += 1
                target = os.readlink(part, dir_fd=here)
                if links > MOST_LINKS or target.startswith("/"):
                    _refuse(f"{quoted(part)} is an absolute link, or one link too many")
                pending += reversed(target.split("/"))
            elif stat.S_ISDIR(mode):
                self._down(part)
            elif not stat.S_ISREG(mode) or pending:
                _refuse(f"{quoted(part)} is no regular file, or has something below it")
            else:
                return os.open(part, _FILE, dir_fd=here)
        return None

    def _down(self, part: str) -> None:
        if len(self._open) > MOST_LEVELS:
            _refuse(f"more than {MOST_LEVELS} directories, one in another")
        self._open.append(os.open(part, _FOLDER, dir_fd=self._open[-1]))

    def _up(self) -> None:
        if len(self._open) == 1:
            _refuse("a link leaves the skill")
        os.close(self._open.pop())


def _content(descriptor: int) -> bytes:
    """What is in the file that was opened. Raises ResourceError: it is none any more, or it is large.

    Nobody waits for a pipe that came between: it was opened so that it does not block, and is not read.
    """
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            _refuse("it is no regular file")
        data = file.read(MOST + 1) if found.st_size <= MOST else b""
    if found.st_size > MOST or len(data) > MOST:
        raise TooLargeError(f"it has more than {MOST >> 20} MiB")
    return data
