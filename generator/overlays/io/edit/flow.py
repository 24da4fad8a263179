"""Sources in brackets: taken out of a list or map in brackets, and written as one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from overlays.helm.scalar import exact
from overlays.io.edit.entries import pair_end
from overlays.io.edit.lines import Edit, Lines, comment, comments, edited, indented, shifted, split
from overlays.io.edit.spans import Span


class Item(NamedTuple):
    """One source in brackets.

    text: as it stands, maybe of several lines. indent: of its first line.
    lead: the comments above. trailing: the comment behind.
    """

    text: str
    indent: int = 0
    lead: tuple[str, ...] = ()
    trailing: str = ""

    def at(self, indent: int) -> str:
        """The text as it is to stand in a line indented so."""
        first, *more = split(self.text)
        return first + "".join(shifted(more, indent - self.indent))


class Layout(NamedTuple):
    """How brackets are written: over several lines, from which column, by which step; whether everything is quoted."""

    several_lines: bool
    indent: int
    unit: int
    quoted: bool
    newline: str

    def key(self, name: str) -> str:
        """A key."""
        return json.dumps(name) if self.quoted else name

    def pairs(self, entry: Mapping[str, str]) -> list[str]:
        """The pairs of a new map."""
        return [f"{self.key(key)}: {scalar(text, quoted=self.quoted)}" for key, text in entry.items()]

    def braces(self, pairs: list[str], *, open_: bool) -> str:
        """A map, if open_ with each pair on a line of its own."""
        if not (open_ and self.several_lines):
            return f"{{{', '.join(pairs)}}}"
        between = f",{self.newline}{' ' * self.unit}"
        return f"{{{self.newline}{' ' * self.unit}{between.join(pairs)}{self.newline}}}"

    def brackets(self, items: Iterable[Item], tail: Iterable[str], level: int) -> str:
        """A list, the line in which it begins indented by that many steps."""
        items = list(items)
        if not self.several_lines:
            return f"[{', '.join(item.text for item in items)}]"
        column = self.indent + (level + 1) * self.unit
        rows = []
        for number, item in enumerate(items, 1):
            comma = "," if number < len(items) else ""
            rows += [indented(text, column) for text in item.lead]
            rows.append(indented(f"{item.at(column)}{comma}{'  ' if item.trailing else ''}{item.trailing}", column))
        rows += [indented(text, column) for text in tail]
        return self.newline.join(["[", *rows, " " * (column - self.unit) + "]"])

    def overlays(self, listed: str) -> str:
        """The map of overlays around its list."""
        pair = f"{self.key('sources')}: {listed}"
        if not self.several_lines:
            return f"{{{pair}}}"
        return f"{{{self.newline}{' ' * (self.indent + self.unit)}{pair}{self.newline}{' ' * self.indent}}}"


def scalar(text: str, *, quoted: bool = False) -> str:
    """A text, in double quotes unless it is sure to be read as text without."""
    plain = re.fullmatch("[A-Za-z0-9_./][A-Za-z0-9_./@+-]*", text) and exact(text) == text
    return text if plain and not quoted else json.dumps(text, ensure_ascii=False)


def list_items(lines: Lines, listed: Span, edits: list[Edit]) -> tuple[list[Item], list[str]]:
    """The entries of a list in brackets after these edits, and the comments behind the last."""
    text = lines.text
    items: list[Item] = []
    at = listed.start
    for entry in listed.items:
        found = _gap_comments(lines, at, entry.start, items)
        here = edited(text, entry.start, entry.end, edits)
        if entry.is_map and not here.endswith("}"):
            here = f"{{{here}}}"  # a pair may stand in a list without braces
        items.append(Item(here, lines.indent(entry.start), tuple(found)))
        at = entry.end
    return items, _gap_comments(lines, at, listed.end, items)


def _gap_comments(lines: Lines, start: int, end: int, items: list[Item]) -> list[str]:
    """The comments between two items; one in the line of the last item becomes part of that."""
    found = comments(lines.text[start:end])
    if items and found and comment(lines.after(start).lstrip(" \t,")) == found[0]:
        items[-1] = items[-1]._replace(trailing=found.pop(0))
    return found


def pair_texts(lines: Lines, pairs: Iterable[tuple[Span, Span]], edits: list[Edit]) -> list[str]:
    """Pairs of a map in brackets as they stand after these edits."""
    return [edited(lines.text, key.start, pair_end(key, value), edits) for key, value in pairs]


def map_comments(lines: Lines, table: Span) -> list[str]:
    """The comments between the pairs of a map in brackets."""
    found: list[str] = []
    at = table.start
    for key, value in table.pairs():
        found += comments(lines.text[at : key.start])
        at = pair_end(key, value)
    return found + comments(lines.text[at : table.end])
