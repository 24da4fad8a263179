"""Where in a text an offset is, and how many findings one file gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from overlays.content.skill.remark import Remark

MOST: Final = 100
"""Findings of one kind that are told of one file."""


class Places:
    """Line and column of offsets in a text, counted on from the last one that was asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offset, self.line = 0, 1

    def of(self, offset: int) -> tuple[int, int]:
        """Both 1-based, the column in characters. Lines end in line feeds alone, as everywhere."""
        if offset < self.offset:
            self.offset, self.line = 0, 1
        self.line += self.text.count("\n", self.offset, offset)
        self.offset = offset
        return self.line, offset - self.text.rfind("\n", 0, offset)


def limited(remarks: Iterable[Remark]) -> Iterator[Remark]:
    """The first remarks of one kind; instead of the others the next one says how many they are."""
    left = iter(remarks)
    for number, one in enumerate(left, start=1):
        if number <= MOST:
            yield one
            continue
        rest = sum(1 for _ in left) + 1
        yield one._replace(what=f"{one.what}, and {rest - 1} more below" if rest > 1 else one.what)
