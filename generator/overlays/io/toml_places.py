"""Where keys stand in a TOML file that was read already: the readers of TOML keep no places."""

from __future__ import annotations

import re
from typing import Final

_HEADER: Final = re.compile(r"[ \t]*(\[\[?)[ \t]*([^\]\n]{1,1000}?)[ \t]*\]")
_KEY: Final = re.compile(r"[ \t]*([A-Za-z0-9_.\"' \t-]{1,1000}?)[ \t]*=")
_PART: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")


class TomlPlaces:
    """Line and column of what a path of keys and numbers leads to.

    It is found by a search: the table's header, then the key below it, then the last key as a word behind that. Of text
    in several lines that looks like keys a place may be wrong by lines; a line of the file it always is.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.keys: dict[tuple[str | int, ...], tuple[int, int]] = {}
        seen: dict[tuple[str, ...], int] = {}
        table: tuple[str | int, ...] = ()
        for number, line in enumerate(self.lines, start=1):
            header = _HEADER.match(line)
            key = None if header else _KEY.match(line)
            if header:
                names = _parts(header[2])
                table = names
                if header[1] == "[[":
                    seen[names] = seen.get(names, -1) + 1
                    table = (*names, seen[names])
                self.keys.setdefault(table, (number, header.start(1) + 1))
            elif key:
                self.keys.setdefault((*table, *_parts(key[1])), (number, key.start(1) + 1))

    def of(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        """The place of a path, or of the nearest thing that it is in."""
        for length in range(len(path), 0, -1):
            place = self.keys.get(path[:length])
            if place is not None:
                return self._inside(place, [one for one in path[length:] if isinstance(one, str)])
        return 1, 1

    def _inside(self, place: tuple[int, int], names: list[str]) -> tuple[int, int]:
        """The last of these names in an inline table, on its line or on one of the next."""
        if names:
            word = re.compile(rf"(?<![\w-])[\"']?{re.escape(names[-1])}[\"']?[ \t]*=")
            for number in range(place[0], min(place[0] + 200, len(self.lines) + 1)):
                found = word.search(self.lines[number - 1])
                if found:
                    return number, found.start() + 1
        return place


def _parts(text: str) -> tuple[str, ...]:
    return tuple(one[1] or one[2] or one[3] or "" for one in _PART.finditer(text))
