"""Globs over paths: `*` and `?` stay inside one part, `**` is any number of parts. Never more steps than m times n."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final


class Globs:
    """Many globs, of which a path meets only those that begin like it."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._whole: dict[str, int] = {}
        self._below: dict[str, list[tuple[int, str, str]]] = {}
        self._known: dict[str, int | None] = {}
        for number, pattern in enumerate(patterns):
            if not _WILD.search(pattern):
                self._whole.setdefault(pattern, number)
                continue
            start = "/".join(itertools.takewhile(lambda piece: not _WILD.search(piece), pattern.split("/")))
            held = max(re.split("[*?/]", pattern), key=len)
            self._below.setdefault(start, []).append((number, pattern, held))

    def first(self, path: str) -> int | None:
        """The number of the first glob that means a path, from 0."""
        if path not in self._known:
            self._known[path] = self._first(path)
        return self._known[path]

    def _first(self, path: str) -> int | None:
        found = [self._whole[path]] if path in self._whole else []
        for start in _starts(path):
            numbers = (at for at, glob, held in self._below.get(start, ()) if held in path and matches(glob, path))
            found += itertools.islice(numbers, 1)
        return min(found, default=None)


def _starts(path: str) -> Iterator[str]:
    """What a glob that means a path can begin with, before its first part that is no plain text."""
    yield from {"", path, *(path[:at] for at, char in enumerate(path) if char == "/")}


_WILD: Final = re.compile("[*?]")


def matches(pattern: str, path: str) -> bool:
    """Whether a whole path is what a glob means; case counts."""
    parts = path.split("/")
    reached = {0}  # numbers of parts that what was read of the pattern can have covered
    for piece in pattern.split("/"):
        if piece == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(parts) and _part(piece, parts[at])}
    return len(parts) in reached


def _part(pattern: str, text: str) -> bool:
    """One part: the last `*` takes what is left over, so nothing is tried twice from further ahead."""
    at = place = 0
    star, mark = -1, 0
    while place < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[place]):
            at, place = at + 1, place + 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return not pattern[at:].strip("*")
