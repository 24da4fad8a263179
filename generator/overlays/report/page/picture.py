"""Where everything lies in the picture of the layers: the last source on top, since it wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from overlays.model.page import SURFACES, Layer
from overlays.report.page.covers import MARGIN, Line, Room, lines
from overlays.report.page.plates import Cell, Plate, amount_of, cell, columns, plate

MOST_PLATES: Final = 50
"""A longer list is drawn in groups of neighbours."""
FEW: Final = 12
"""Plates that leave room for a second line of text."""
MOST_ON_PAPER: Final = 24
"""Plates of which a page of paper has room for more than the picture."""

TOP, BOTTOM = 56, 6
"""Pixels above and below the plates."""
TALL, LOW = 46, 28
"""Pixels from plate to plate."""


class Picture(NamedTuple):
    """Everything drawn, in pixels.

    row: from plate to plate. plate: width of one. names: left side of their names.
    totals: of the whole list, one for each surface. plates: from the top.
    omitted: lines that are too many to be drawn.
    """

    width: int
    height: int
    row: int
    plate: int
    names: int
    totals: tuple[Cell, ...]
    plates: tuple[Plate, ...]
    lines: tuple[Line, ...]
    omitted: int

    @property
    def is_grouped(self) -> bool:
        """Whether a plate stands for several sources."""
        return any(plate.first < plate.last for plate in self.plates)

    @property
    def is_tall(self) -> bool:
        """Whether a plate has room for its detail."""
        return self.row == TALL

    @property
    def is_high(self) -> bool:
        """Whether it takes most of a page of paper."""
        return len(self.plates) > MOST_ON_PAPER

    @property
    def numbered(self) -> int:
        """How many lines have a number."""
        return sum(line.label is not None for line in self.lines)


def picture(layers: Sequence[Layer]) -> Picture:
    """The picture of a list."""
    size = max(1, -(-len(layers) // MOST_PLATES))
    groups = [layers[at : at + size] for at in range(0, len(layers), size)]
    amounts = [amount_of(group) for group in groups]
    most = max((sum(amount) for row in amounts for amount in row), default=0) or 1
    row = TALL if len(groups) <= FEW else LOW
    last = len(layers)
    where = columns(amounts, f"{last}–{last}" if size > 1 else str(last))
    plates = [
        plate(group, at * size + 1, TOP + (len(groups) - 1 - at) * row, some, most, where)
        for at, (group, some) in enumerate(zip(groups, amounts, strict=True))
    ]
    width, height = where.end + MARGIN, TOP + len(groups) * row + BOTTOM
    drawn, omitted = lines(layers, plates, size, row, Room(height, width, []))
    totals = zip(range(len(SURFACES)), amount_of(layers), where.surfaces, strict=True)
    return Picture(
        width=width,
        height=height,
        row=row,
        plate=where.end,
        names=where.names,
        totals=tuple(cell(layers, at, amount, x, 0) for at, amount, x in totals),
        plates=tuple(reversed(plates)),
        lines=drawn,
        omitted=omitted,
    )
