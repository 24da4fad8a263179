"""The lines of a text with their ends, as YAML divides them, and what an edit by line needs to know of them."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from overlays.model.finding import Location

BREAKS: Final = "\r\n\x85\u2028\u2029"
_BREAK: Final = "\r\n|[\r\n\x85\u2028\u2029]"

Edit: TypeAlias = tuple[int, int, str]
"""Start and end of what is replaced, as indexes into the text, and the new text."""


class Lines:
    """A text by lines, numbered from 0. After a final line break there is one more line, which is empty.

    name: of the file, as the user gave it.
    """

    __slots__ = ("_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self._starts = [0, *(found.end() for found in re.finditer(_BREAK, text))]

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, number: int) -> str:
        """The line with its break."""
        return self.text[self.start(number) : self.end(number)]

    def start(self, number: int) -> int:
        """Index of the first character of a line."""
        return self._starts[number]

    def end(self, number: int) -> int:
        """Index behind the break of a line."""
        return self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)

    def number(self, index: int) -> int:
        """The line in which an index is."""
        return bisect.bisect_right(self._starts, index) - 1

    def before(self, index: int) -> str:
        """What stands before an index in its line."""
        return self.text[self.start(self.number(index)) : index]

    def column(self, index: int) -> int:
        """Column of an index, from 0."""
        return index - self.start(self.number(index))

    def indent(self, index: int) -> int:
        """By how many spaces the line of an index is indented."""
        line = self[self.number(index)]
        return len(line) - len(line.lstrip(" "))

    def location(self, index: int) -> Location:
        """The place of an index, as findings name it."""
        return Location(self.name, self.number(index) + 1, self.column(index) + 1)

    def after(self, index: int) -> str:
        """What stands from an index on in its line, without the break."""
        return self.text[index : self.end(self.number(index))].rstrip(BREAKS)


def split(text: str) -> list[str]:
    """The lines of a text with their breaks."""
    lines = Lines("", text)
    return [lines[number] for number in range(len(lines)) if lines[number]]


def newline(text: str) -> str:
    """How the text ends its lines: as it ends the first one."""
    found = re.search(_BREAK, text)
    return found[0] if found else "\n"


def is_blank(line: str) -> bool:
    """Whether nothing is on the line."""
    return not line.strip()


def comment_column(line: str) -> int:
    """Column of the comment on a line that holds nothing else; -1 for other lines."""
    bare = line.lstrip(" \t")
    return len(line) - len(bare) if bare.startswith("#") else -1


def comment(rest: str) -> str:
    """The comment in the rest of a line behind a value; "" when there is none."""
    found = re.search(f"(?:^|(?<=[ \t]))#[^{BREAKS}]*", rest)
    return found[0] if found else ""


def comments(gap: str) -> list[str]:
    """All comments in a text between values."""
    return re.findall(f"#[^{BREAKS}]*", gap)


def shifted(lines: Iterable[str], by: int) -> list[str]:
    """The lines moved to the right, or to the left as far as they have spaces; empty lines stay."""
    if by >= 0:
        return [" " * by + line if line.strip(BREAKS) else line for line in lines]
    return [line[min(-by, len(line) - len(line.lstrip(" "))) :] for line in lines]


def indented(text: str, column: int) -> str:
    """One line, its text at that column."""
    return " " * column + text.lstrip(" \t")


def edited(text: str, start: int, end: int, edits: Iterable[Edit]) -> str:
    """That part of the text with the edits that lie in it. One inside another is none."""
    parts = []
    at = start
    for first, last, new in sorted(edit for edit in edits if start <= edit[0] and edit[1] <= end):
        if first >= at:
            parts += [text[at:first], new]
            at = last
    return "".join([*parts, text[at:end]])
