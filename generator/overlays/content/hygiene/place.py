"""Where in a text an offset is, and how many findings one file gets."""

from __future__ import annotations

import itertools
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
    """The first remarks of one kind; then one that says that there are more, which are not looked for."""
    left = iter(remarks)
    yield from itertools.islice(left, MOST)
    for one in itertools.islice(left, 1):
        yield one._replace(what=f"{one.what}, and perhaps more below: {MOST} are told of one file")
