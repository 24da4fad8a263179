"""Bytes of the files that the user names; what goes wrong is a finding."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import BinaryIO, Final

from overlays.errors import InvalidInput
from overlays.io.codes import NOT_TEXT, UNREADABLE
from overlays.model.finding import Finding, Location

MAX_BYTES: Final = 16 * 1024 * 1024
"""Largest file that is read, unless somebody says otherwise."""

_REMOTE: Final = ("http://", "https://", "oci://")


class Sources:
    """Reads files by name for one run; "-" is standard input, which can be read only once."""

    def __init__(
        self, stdin: BinaryIO | None = None, given: Mapping[str, bytes] | None = None, most: int = MAX_BYTES
    ) -> None:
        """stdin: what "-" reads; the process's own when None. given: what stands for the files of these names.

        most: bytes of a file.
        """
        self._stdin, self._most = stdin, most
        self._given = given or {}
        self._stdin_used = False

    def read(self, name: str, where: Location | None = None) -> bytes:
        """The file's bytes.

        where: the place that a finding names; the file itself when None.
        Raises InvalidInput OVL101: missing, a directory, no permission, too large, a URL, "-" a second time.
        """
        where = where or Location(name.strip() if name.strip() == "-" else name)
        if name in self._given:
            return self._given[name]
        try:
            data = self._read_stdin(where) if name.strip() == "-" else _read_file(name, self._most)
        except FileNotFoundError:
            hint = "check the spelling; the path is relative to the working directory"
            if name.startswith(_REMOTE):
                hint = "fetch the file first: only local files and - (standard input) are read"
            raise _unreadable(where, f"cannot read {name!r}", "there is no such file", hint) from None
        except IsADirectoryError:
            raise _unreadable(where, f"cannot read {name!r}", "it is a directory", "name a file in it") from None
        except PermissionError:
            hint = "make the file readable for this user"
            raise _unreadable(where, f"cannot read {name!r}", "permission denied", hint) from None
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise _unreadable(where, f"cannot read {name!r}", why.lower(), "name a readable file") from None
        if len(data) > self._most:
            why = f"a file has at most {self._most // (1024 * 1024)} MiB"
            raise _unreadable(where, f"{name!r} is too large", why, "split the file, or name another one")
        return data

    def _read_stdin(self, where: Location) -> bytes:
        if self._stdin_used:
            why = "standard input was already read"
            raise _unreadable(where, "cannot read '-' a second time", why, "name - once, and files for the rest")
        self._stdin_used = True
        stdin = self._stdin or (sys.stdin.buffer if sys.stdin else None)
        if stdin is None:
            raise OSError(None, "standard input is closed")
        return stdin.read(self._most + 1)


def _read_file(name: str, most: int) -> bytes:
    with open(os.fspath(name), "rb") as file:  # noqa: PTH123  (no pathlib import on the way to the output)
        return file.read(most + 1)


def _unreadable(where: Location, what: str, why: str, hint: str) -> InvalidInput:
    return InvalidInput(Finding(where, UNREADABLE, "", what, why, hint))


def decode(
    name: str,
    data: bytes,
    where: Location | None = None,
    *,
    keep_mark: bool = False,
    why: str = "values files are UTF-8",
) -> str:
    """The text of a file.

    keep_mark: keep a byte order mark. why: the rule, as a finding says it.
    where: the place that a finding names; the offending line and column of the file when None.
    Raises InvalidInput OVL102: not UTF-8.
    """
    if not keep_mark:
        data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        what = f"the byte 0x{data[error.start]:02x} is not UTF-8 text"
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            why += "; this one looks like UTF-16"
        place = where or Location(name, line, column)
        raise InvalidInput(Finding(place, NOT_TEXT, "", what, why, "save the file as UTF-8")) from None
