"""The difference between two copies of one item, file by file. What is in them is hostile and has no bounds."""

# Text and os calls throughout, as in what looks at thousands of files.
# ruff: noqa: PTH115, PTH116

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import Final

MOST_FILES: Final = 2000
"""Of one copy that are looked at."""
MOST_BYTES: Final = 64 << 10
"""Of a file whose lines are shown."""
MOST_LINES: Final = 2000
"""Of the whole difference."""
_EXECUTABLE: Final = {True: "executable", False: "not executable"}


def item_diff(old: str, new: str, old_name: str, new_name: str) -> list[str]:
    """Lines of a unified diff from one copy to the other, as they are, without line ends.

    old, new: where they are on the disk, a file or a directory each. Raises OSError: a file cannot be read.
    """
    lines: list[str] = []
    before, after = _files(old), _files(new)
    for path in sorted(before.keys() | after.keys(), key=os.fsencode):
        names = (f"{old_name}/{path}" if path else old_name, f"{new_name}/{path}" if path else new_name)
        one = _one(before.get(path), after.get(path), *names)
        lines += [*one, *_mode(before.get(path), after.get(path), *names, named=bool(one))]
        if len(lines) > MOST_LINES:
            return [*lines[:MOST_LINES], f"(the rest is not shown: more than {MOST_LINES} lines)"]
    if len(before) > MOST_FILES or len(after) > MOST_FILES:
        lines.append(f"(only the first {MOST_FILES} files of each copy were compared)")
    return lines or ["(no difference: both copies hold the same files)"]


def _files(top: str) -> dict[str, str]:
    """Path below the item ("" for the item itself when it is a file) to where it is; one more than MOST_FILES."""
    real = os.path.realpath(top)
    if not stat.S_ISDIR(os.stat(real).st_mode):
        return {"": real}
    found: dict[str, str] = {}
    for path in _walk(real):
        found[os.path.relpath(path, real)] = path
        if len(found) > MOST_FILES:
            break
    return found


def _walk(top: str) -> Iterator[str]:
    pending = [top]
    while pending:
        with os.scandir(pending.pop()) as entries:
            listed = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        for entry in listed:
            if not entry.is_dir(follow_symlinks=False):
                yield entry.path
        pending += [entry.path for entry in reversed(listed) if entry.is_dir(follow_symlinks=False)]


def _one(old: str | None, new: str | None, old_name: str, new_name: str) -> list[str]:
    before, after = _content(old), _content(new)
    if before == after and not isinstance(before, int):
        return []
    old_name, new_name = old_name if old else os.devnull, new_name if new else os.devnull
    texts = (_text(before), _text(after))
    if texts[0] is None or texts[1] is None:
        if old and new and _same(old, new):
            return []
        return [f"{old_name} and {new_name} differ: {_about(before)}, {_about(after)}"]
    import difflib

    found = list(difflib.unified_diff(_lines(texts[0]), _lines(texts[1]), old_name, new_name, lineterm=""))
    return found or [f"--- {old_name}", f"+++ {new_name}"]  # an empty file that is there on one side only


def _mode(old: str | None, new: str | None, old_name: str, new_name: str, *, named: bool) -> list[str]:
    """The difference of the executable bit of two files; named: their names stand above already."""
    if old is None or new is None:
        return []
    modes = [os.lstat(path).st_mode for path in (old, new)]
    before, after = (bool(mode & stat.S_IXUSR) for mode in modes)
    if before == after or not all(map(stat.S_ISREG, modes)):
        return []
    heads = [] if named else [f"--- {old_name}", f"+++ {new_name}"]
    return [*heads, f"-mode: {_EXECUTABLE[before]}", f"+mode: {_EXECUTABLE[after]}"]


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [*lines[:-1], f"{lines[-1]} (no line end)"] if lines[-1] else lines[:-1]


def _content(path: str | None) -> bytes | int | str | None:
    """Bytes of a file; its size when it is too large; the target of a link; None for what is not there."""
    if path is None:
        return None
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        return f"link to {os.readlink(path)}"
    if not stat.S_ISREG(found.st_mode):
        return "no regular file"
    if found.st_size > MOST_BYTES:
        return found.st_size
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return os.read(descriptor, MOST_BYTES + 1)
    finally:
        os.close(descriptor)


def _text(content: bytes | int | str | None) -> str | None:
    """Text of what is shown by line; None for what is only told about."""
    if content is None:
        return ""
    if not isinstance(content, bytes) or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _about(content: bytes | int | str | None) -> str:
    if isinstance(content, str):
        return content
    if content is None:
        return "nothing"
    if isinstance(content, int):
        return f"{content} bytes"
    return f"{len(content)} bytes{' of text' if _text(content) is not None else ', binary'}"


def _same(old: str, new: str) -> bool:
    """Whether two files have the same bytes."""
    import filecmp

    sizes = [os.lstat(path) for path in (old, new)]
    regular = all(stat.S_ISREG(one.st_mode) for one in sizes)
    return regular and sizes[0].st_size == sizes[1].st_size and filecmp.cmp(old, new, shallow=False)
