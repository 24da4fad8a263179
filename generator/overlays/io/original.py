"""A file that is read, changed and written back: only if nobody else changed it meanwhile."""

from __future__ import annotations

import contextlib
import os
import pathlib
from typing import NamedTuple

from overlays.errors import InvalidInput
from overlays.io import codes
from overlays.io.output import replace, unwritable
from overlays.io.source import Sources
from overlays.model.finding import Finding, Location

_WRITE_BITS = 0o222


class Remembered(Sources):
    """Reads files, and keeps what it read. files: name to bytes."""

    def __init__(self, given: dict[str, bytes]) -> None:
        super().__init__(given=given)
        self.files = dict(given)

    def read(self, name: str, where: Location | None = None) -> bytes:
        """As Sources does."""
        data = super().read(name, where)
        self.files[name] = data
        return data


class Original(NamedTuple):
    """A file as it was read. state: device and inode; None when there is no file of that name."""

    name: str
    data: bytes
    state: tuple[int, int] | None


def read_original(name: str) -> Original:
    """The file; "-" is standard input. Raises InvalidInput OVL101."""
    state = _state(name)
    return Original(name, Sources().read(name), state)


def _state(name: str) -> tuple[int, int] | None:
    with contextlib.suppress(OSError, ValueError):
        found = pathlib.Path(name).stat()
        return found.st_dev, found.st_ino
    return None


def write_back(original: Original, data: bytes) -> None:
    """Replace the file in one step. A symbolic link stays, its target is replaced; mode and owner stay.

    Raises InvalidInput OVL118: it cannot be written. OVL314: it is not what was read. It is then as it was.
    """
    name = original.name
    target = pathlib.Path(os.path.realpath(name))
    if not target.is_file():
        raise unwritable(name, "it is no regular file", "write what is printed without --write where it belongs")

    def before(handle: int) -> None:
        with contextlib.suppress(PermissionError):
            os.fchown(handle, target.stat().st_uid, target.stat().st_gid)
        os.fsync(handle)
        if _state(name) != original.state or target.read_bytes() != original.data:
            raise _changed(name)

    try:
        if not (target.stat().st_mode & _WRITE_BITS and os.access(target, os.W_OK)):
            raise unwritable(name, "it is read-only", "make the file writable, if it is yours to change")
        replace(target, data, before)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        hint = "the new file is made beside the old one: make room, and the directory writable"
        raise unwritable(name, why, hint) from None


def _changed(name: str) -> InvalidInput:
    what, why = f"{name!r} changed while it was being read", "what somebody else wrote into it would be lost"
    return InvalidInput(Finding(Location(name), codes.CHANGED, "", what, why, "run the command again"))
