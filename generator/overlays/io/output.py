"""Writing and comparing the files that hold rendered output."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import sys
from collections.abc import Callable, Iterable

from overlays.errors import InvalidInput
from overlays.io import codes
from overlays.model.finding import Finding, Location

_CONTROL = "[\0-\x08\x0b-\x1f\x7f-\x9f]"


def write_if_changed(name: str, data: bytes) -> bool:
    """Write data by rename, so that no reader sees half of it; False when the file holds these bytes already.

    A device or a pipe is written as it is.

    A symbolic link stays, its target is replaced. The mode of an existing file stays.
    Raises InvalidInput OVL118: the file cannot be written; it is then as it was.
    """
    target = pathlib.Path(os.path.realpath(name))
    try:
        if pathlib.Path(name).exists() and not pathlib.Path(name).is_file():
            pathlib.Path(name).write_bytes(data)  # a device or a pipe: it is written, never replaced
            return True
        if target.is_file() and target.read_bytes() == data:
            return False
        replace(target, data)
    except OSError as error:
        hint = "name a file in a directory that exists and that this user may write to"
        raise unwritable(name, (error.strerror or str(error)).lower(), hint) from None
    return True


def unwritable(name: str, why: str, hint: str) -> InvalidInput:
    """The finding that a file cannot be written (OVL118)."""
    return InvalidInput(Finding(Location(name), codes.UNWRITABLE, "", f"cannot write {name!r}", why, hint))


def replace(target: pathlib.Path, data: bytes, before: Callable[[int], None] = lambda _handle: None) -> None:
    """Put data in the place of a file, in one step; the mode of an existing file stays.

    before: called right before that step with the new file, open for writing; what it raises leaves all as it was.
    Raises OSError: the file is then as it was.
    """
    import tempfile

    mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            os.fchmod(stream.fileno(), mode)
            stream.flush()
            before(stream.fileno())
        pathlib.Path(temporary).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            pathlib.Path(temporary).unlink()
        raise


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def difference(name: str, data: bytes) -> str:
    """Unified diff from the file to data, "" when they are equal; a missing file counts as empty.

    Control characters are shown as escapes. Raises InvalidInput OVL101: the file is there and cannot be read.
    """
    return unlike(name, stored(name), data)


def stored(name: str) -> bytes | None:
    """What the file holds ("-" is standard input), None when there is none. Raises InvalidInput OVL101."""
    try:
        return sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        hint = "name a file that this user may read"
        raise InvalidInput(Finding(Location(name), codes.UNREADABLE, "", f"cannot read {name!r}", why, hint)) from None


def unlike(name: str, old: bytes | None, data: bytes) -> str:
    """Unified diff from what is stored under a name to data, "" when they are equal."""
    if old == data:
        return ""
    import difflib

    label = os.devnull if old is None else name
    return _diff(difflib.unified_diff(_lines(old or b""), _lines(data), label, "rendered"))


def changes(old: bytes, new: bytes, name: str) -> str:
    """Unified diff between two states of one text file, UTF-8, as `patch` takes it; "" when they are equal."""
    import difflib

    one, other = (re.findall(r"[^\n]*\n|[^\n]+", data.decode()) for data in (old, new))
    return _diff(difflib.unified_diff(one, other, name, name))


def _diff(lines: Iterable[str]) -> str:
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "backslashreplace")
    shown = re.sub(_CONTROL, lambda match: f"\\x{ord(match[0]):02x}", text)
    return re.findall(r"[^\n]*\n|[^\n]+", shown)
