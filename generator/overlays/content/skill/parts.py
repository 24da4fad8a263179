"""A SKILL.md cut into its front matter and its body."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from overlays.content.skill.deviations import RULES
from overlays.content.skill.remark import Remark
from overlays_node.names import LARGEST

MOST: Final = 64 * 1024
"""Characters of front matter that are looked at; what a skill says there fits into two."""

_MARK: Final = b"\xef\xbb\xbf"
_BLANK: Final = " \t"
# What YAML takes for the end of a line, or does not take at all. Lines are numbered by line feeds alone.
_FORBIDDEN: Final = "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"

_RAW: Final = {**dict.fromkeys("\r\x85\u2028\u2029", "separator-raw"), "\ufeff": "bom-inside"}


class Parts(NamedTuple):
    """front: text between the markers, None when it is unknown where it ends; `first` is the number of its first line.

    last: number of the line of the closing marker. body: what follows that line, None when it is the end of the file.
    """

    front: str | None
    first: int
    last: int
    body: str | None
    remarks: tuple[Remark, ...]


class _Cut:
    """The work on one file."""

    def __init__(self) -> None:
        self.remarks: list[Remark] = []

    def tell(self, line: int, column: int, deviation: str, what: str, why: str, hint: str) -> None:
        self.remarks.append(Remark(line, column, RULES[deviation].code, what, why, hint, deviation))

    def marker(self, line: int, column: int, deviation: str, what: str, hint: str) -> None:
        why = "the front matter stands between two lines that are exactly ---, the first of which begins the file"
        self.tell(line, column, deviation, what, why, hint)

    def in_body(self, last: int) -> None:
        """What is below the line of the closing marker, readers of front matter do not see."""
        for at, one in enumerate(self.remarks):
            if one.line > last and f"{one.deviation}-body" in RULES:
                self.remarks[at] = one._replace(deviation=f"{one.deviation}-body")


def cut(data: bytes) -> Parts:
    """The parts of a file with these bytes, and what is wrong with them as text and with the markers."""
    work = _Cut()
    front, first, last, body = _parts(work, data)
    return Parts(front, first, last, body, tuple(work.remarks))


def _parts(work: _Cut, data: bytes) -> tuple[str | None, int, int, str | None]:
    if len(data) > LARGEST:
        why, hint = "a larger one is not read", "move text into files of its own below the skill"
        work.tell(0, 0, "too-large", "SKILL.md is larger than 1 MiB", why, hint)
        return None, 0, 0, None
    lines = _lines(work, _text(work, data))
    opening = _opening(work, lines)
    if opening is None:
        return None, 0, 0, None
    closing = _closing(work, lines, opening)
    if closing is None:
        return None, 0, 0, None
    work.in_body(closing + 1)
    front = _readable(work, lines[opening + 1 : closing], opening + 2)
    if len(front) > MOST:
        why, hint = "more is not looked at", "move text into the body"
        work.tell(opening + 2, 1, "too-much", "the front matter is larger than 64 KiB", why, hint)
        return None, 0, 0, None
    body = "\n".join(lines[closing + 1 :]) if lines[closing + 1 :] else None
    return front, opening + 2, closing + 1, body


def _text(work: _Cut, data: bytes) -> str:
    """The text, what is not UTF-8 replaced."""
    if data.startswith(_MARK):
        hint = "save the file as UTF-8 without a byte order mark"
        work.marker(1, 1, "bom", "a byte order mark stands before the front matter", hint)
        data = data[len(_MARK) :]
    why = "SKILL.md is UTF-8 text"
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        at = data.rfind(b"\n", 0, error.start) + 1
        line, column = data.count(b"\n", 0, at) + 1, len(data[at : error.start].decode()) + 1
        what = f"the byte 0x{data[error.start]:02x} is not UTF-8 text"
        work.tell(line, column, "not-utf8", what, why, "save the file as UTF-8")
        text = data.decode(errors="replace")
    at = text.find("\0")
    if at >= 0:
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        work.tell(line, column, "nul", "a NUL byte", why, "remove it")
    at = text.find("\r\n")
    if at >= 0:
        why, hint = (
            "readers that look for lines with nothing but --- find none",
            "save the file with LF at the end of lines",
        )
        work.tell(text.count("\n", 0, at) + 1, 1, "crlf", "lines end in CRLF", why, hint)
    return text.replace("\0", "\ufffd")


def _lines(work: _Cut, text: str) -> list[str]:
    if "\r" in text and "\n" not in text:
        hint = "save the file with LF at the end of lines"
        work.marker(1, 1, "cr", "lines end in a carriage return alone", hint)
        text = text.replace("\r", "\n")
    return text.replace("\r\n", "\n").split("\n")


def _opening(work: _Cut, lines: list[str]) -> int | None:
    """Index of the opening marker, or of what is meant as one; None when there is nothing like it."""
    at = next((at for at, line in enumerate(lines) if line.strip(_BLANK)), None)
    if at is None:
        work.marker(1, 1, "no-front", "the file is empty", "write --- , name:, description:, --- and the instructions")
        return None
    line = lines[at]
    bare = line.strip(_BLANK)
    if not bare.startswith("---"):
        work.marker(at + 1, 1, "no-front", "there is no front matter", "begin the file with a line ---")
        return None
    if at:
        work.marker(1, 1, "opening-late", "blank lines stand before the opening ---", "remove them")
    if bare == "---":
        if line != bare:
            work.marker(at + 1, 1, "opening-blanks", "blanks stand around the opening ---", "remove them")
    elif not bare.strip("-"):
        work.marker(at + 1, 1, "more-hyphens", f"{bare!r} is no marker", "write exactly three hyphens")
    else:
        work.marker(
            at + 1, 4, "opening-text", "text stands on the line of the opening ---", "move it to a line of its own"
        )
    return at


def _closing(work: _Cut, lines: list[str], opening: int) -> int | None:
    """Index of the closing marker, or of the first line that is meant as one; None when there is none."""
    for at in range(opening + 1, len(lines)):
        line = lines[at]
        if line == "---":
            return at
        bare = line.rstrip(_BLANK)
        if bare == "---":
            work.marker(at + 1, 4, "closing-blanks", "blanks stand after the closing ---", "remove them")
            return at
        if bare == "...":
            work.marker(at + 1, 1, "closing-missing", "'...' ends the front matter", "write --- instead")
            return at
        if bare.startswith("----") and not bare.strip("-"):
            work.marker(at + 1, 1, "more-hyphens", f"{bare!r} is no marker", "write exactly three hyphens")
            return at
    work.marker(opening + 1, 1, "closing-missing", "the front matter has no closing ---", "end it with a line ---")
    return None


def _readable(work: _Cut, lines: list[str], first: int) -> str:
    """The front matter without the characters that YAML does not take; at most one remark a line."""
    forbidden = re.compile(_FORBIDDEN)
    text = "".join(f"{line}\n" for line in lines)
    if not forbidden.search(text) and "---" not in text:
        return text
    for number, line in enumerate(lines, first):
        found = forbidden.search(line)
        if found:
            what = f"the front matter holds the character U+{ord(found[0]):04X}"
            why = "control characters and line ends of other kinds are read by some programs and refused by others"
            deviation = _RAW.get(found[0], "control-raw")
            work.tell(number, found.start() + 1, deviation, what, why, "remove it")
        at = line.find("---")
        if at >= 0:
            why = "some readers take it for the end of the front matter"
            hint = "write a single dash, or two"
            work.tell(number, at + 1, "hyphens-inside", "'---' stands inside the front matter", why, hint)
    return forbidden.sub("\ufffd", text)
