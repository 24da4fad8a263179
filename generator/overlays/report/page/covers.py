"""The lines of the picture of the layers: from a plate that hides items to that of the hidden ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from overlays.model.page import Cover, Layer
from overlays.report.page.plates import SMALL, Plate
from overlays.report.page.widths import width

MARGIN: Final = 140
"""Pixels of the lines, at the side of the plates."""
MOST_LINES: Final = 150
"""Those that hide the most are drawn."""
MOST_NUMBERED: Final = 24
"""Lines that leave room for their numbers."""
NAMED: Final = 6
"""Items that are named in the text of a line."""
_PLACES: Final = (0.5, *(0.5 + sign * step / 25 for step in range(1, 11) for sign in (-1, 1)))
"""Where on a line its number may stand, as parts of the way."""
Box: TypeAlias = tuple[float, float, float, float]
_ABOVE, _BELOW = 11, 3
"""Pixels of a number above and below the line on which it is written."""


class Number(NamedTuple):
    """The number of a line. x, y: of its left end, on the line on which it is written."""

    text: str
    x: float
    y: float


class Line(NamedTuple):
    """From a plate that hides items to that of the hidden ones. path: of SVG. label: None where there is no room."""

    upper: str
    lower: str
    number: int
    names: tuple[str, ...]
    path: str
    width: float
    label: Number | None


class Curve(NamedTuple):
    """From the upper plate to the lower one, at their right side `x`; both ends are drawn out by `reach`."""

    x: float
    top: float
    end: float
    reach: float

    @property
    def path(self) -> str:
        """As SVG has it."""
        out = f"{self.x + self.reach:g}"
        return f"M{self.x:g} {self.top:g}C{out} {self.top:g} {out} {self.end:g} {self.x + 7:g} {self.end:g}"

    def at(self, part: float) -> tuple[float, float]:
        """The point at a part of the way."""
        rest = 1 - part
        first, inner, last = rest**3, 3 * rest * part, part**3
        x = self.x + inner * self.reach + last * 7
        return x, self.top * (first + inner * rest) + self.end * (inner * part + last)


class Room(NamedTuple):
    """The picture's height and right side, and what numbers take of it: left, upper, right and lower side of each."""

    height: int
    right: int
    taken: list[Box]

    def number(self, text: str, curve: Curve) -> Number | None:
        """A place on the curve where it covers no other number, which is then taken; None when there is none."""
        for part in _PLACES:
            x, y = curve.at(part)
            x, y = min(x + 4, self.right - width(text, SMALL)), y + 4
            box = (x, y - _ABOVE, x + width(text, SMALL) + 2, y + _BELOW)
            if box[1] >= 0 and box[3] <= self.height and not any(_meet(box, other) for other in self.taken):
                self.taken.append(box)
                return Number(text, round(x, 1), round(y, 1))
        return None


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def lines(
    layers: Sequence[Layer], plates: Sequence[Plate], size: int, row: int, room: Room
) -> tuple[tuple[Line, ...], int]:
    """The lines between plates, thick ones first, and how many are left out.

    plates: from the first of the list, each of `size` sources; row: pixels from one to the next.
    """
    covers: dict[tuple[int, int], list[Cover]] = {}
    for layer in layers:
        for cover in layer.hides:
            covers.setdefault((cover.upper // size, cover.lower // size), []).append(cover)
    counts = {pair: sum(cover.size for cover in some) for pair, some in covers.items()}
    drawn = sorted(counts, key=lambda pair: (-counts[pair], pair))[:MOST_LINES]
    numbered = room if len(drawn) <= MOST_NUMBERED else None
    found = (_line(plates[upper], plates[lower], covers[upper, lower], row, room, numbered) for upper, lower in drawn)
    return tuple(found), len(counts) - len(drawn)


def _line(upper: Plate, lower: Plate, covers: Sequence[Cover], row: int, room: Room, numbered: Room | None) -> Line:
    top, end = upper.y + row / 2 - 3, lower.y + row / 2 - 3
    if upper is lower:  # neighbours of one plate: a small loop
        top, end = top - row / 5, end + row / 5
    curve = Curve(room.right - MARGIN, top, end, min(26 + (lower.y - upper.y) / row * 13, MARGIN - 26))
    count = sum(cover.size for cover in covers)
    return Line(
        upper=upper.name,
        lower=lower.name,
        number=count,
        names=tuple(itertools.islice(_keys(covers), NAMED)),
        path=curve.path,
        width=round(min(1.5 + count.bit_length() * 0.5, 5), 1),
        label=numbered.number(f"{count:,}", curve) if numbered else None,
    )


def _keys(covers: Iterable[Cover]) -> Iterator[str]:
    return itertools.chain.from_iterable(cover.keys for cover in covers)
