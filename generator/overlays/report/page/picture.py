"""Where everything lies in the picture of the layers: the last source on top, since it wins."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from overlays.model.page import SURFACES, Cover, Layer

MOST_PLATES: Final = 50
"""A longer list is drawn in groups of neighbours."""
FEW: Final = 12
"""Plates that leave room for a second line of text."""
MOST_LINES: Final = 150
"""Those that hide the most are drawn."""
MOST_NUMBERED: Final = 24
"""Lines that leave room for their numbers."""
NAMED: Final = 6
"""Items that are named in the text of a line."""

LABEL, COLUMN, BAR, MARGIN, TOP, BOTTOM = 260, 94, 74, 140, 56, 6
"""Pixels: of the names, of a column, of its longest bar, of the lines at the side, and above and below the plates."""
PLACE, PLACES = 40, 66
"""Pixels before a name: of one place, or of a range of places."""
TALL, LOW = 46, 28
"""Pixels from plate to plate."""
STUB: Final = 4
"""Pixels of the shortest bar."""


class Amount(NamedTuple):
    """How many items are served, hidden by a later source, or last and not served."""

    served: int = 0
    hidden: int = 0
    broken: int = 0


class Bar(NamedTuple):
    """Items of one kind in a cell: "served", "hidden" or "broken"."""

    kind: str
    x: float
    width: float


class Cell(NamedTuple):
    """One surface of one plate. x: of its left side. on: some source of the plate serves the surface."""

    surface: str
    x: int
    on: bool
    amount: Amount
    bars: tuple[Bar, ...]


class Plate(NamedTuple):
    """One source, or several neighbours. first, last: their 1-based places in the list."""

    first: int
    last: int
    y: int
    name: str
    detail: str
    cells: tuple[Cell, ...]


class Line(NamedTuple):
    """From a plate that hides items to that of the hidden ones. path: of SVG; x, y: of the number."""

    upper: str
    lower: str
    number: int
    names: tuple[str, ...]
    path: str
    x: float
    y: float
    width: float


class Picture(NamedTuple):
    """Everything drawn, in pixels.

    row: from plate to plate. plate: width of one. names: left side and width of their names.
    totals: of the whole list, one for each surface. plates: from the top.
    omitted: lines that are too many to be drawn.
    """

    width: int
    height: int
    row: int
    plate: int
    names: tuple[int, int]
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
    def is_numbered(self) -> bool:
        """Whether the lines have room for their numbers."""
        return len(self.lines) <= MOST_NUMBERED


def picture(layers: Sequence[Layer]) -> Picture:
    """The picture of a list."""
    size = max(1, -(-len(layers) // MOST_PLATES))
    groups = [layers[at : at + size] for at in range(0, len(layers), size)]
    amounts = [tuple(_amount(group, at) for at in range(len(SURFACES))) for group in groups]
    most = max((sum(amount) for row in amounts for amount in row), default=0) or 1
    row = TALL if len(groups) <= FEW else LOW
    plates = []
    for at, (group, some) in enumerate(zip(groups, amounts, strict=True)):
        y = TOP + (len(groups) - 1 - at) * row
        plates.append(_plate(group, at * size + 1, y, some, most))
    name = PLACE if size == 1 else PLACES
    lines, omitted = _lines(layers, plates, size, row)
    return Picture(
        width=LABEL + len(SURFACES) * COLUMN + MARGIN,
        height=TOP + len(groups) * row + BOTTOM,
        row=row,
        plate=LABEL + len(SURFACES) * COLUMN,
        names=(name, LABEL - name - 8),
        totals=tuple(_cell(layers, at, _amount(layers, at), 0) for at in range(len(SURFACES))),
        plates=tuple(reversed(plates)),
        lines=lines,
        omitted=omitted,
    )


def _amount(layers: Iterable[Layer], surface: int) -> Amount:
    """Of all these layers together."""
    parts = [layer.parts[surface] for layer in layers]
    served, hidden = sum(part.served for part in parts), sum(part.hidden for part in parts)
    return Amount(served, hidden, sum(part.broken for part in parts))


def _plate(group: Sequence[Layer], first: int, y: int, amounts: Sequence[Amount], most: int) -> Plate:
    name, detail = group[0].label, (group[0].commit or "")[:12]
    if len(group) > 1:
        name, detail = f"{group[0].repo} +{len(group) - 1}", ""
    cells = tuple(_cell(group, at, amount, most) for at, amount in enumerate(amounts))
    return Plate(first, first + len(group) - 1, y, name, detail, cells)


def _cell(group: Iterable[Layer], surface: int, amount: Amount, most: int) -> Cell:
    """most: items for which the longest bar stands; 0 for no bars."""
    x = LABEL + surface * COLUMN
    bars, at = [], float(x)
    for kind, count in amount._asdict().items() if most else ():
        if count:
            width = max(STUB, round(BAR * count / most, 1))
            bars.append(Bar(kind, round(at, 1), width))
            at += width + 1
    on = any(layer.parts[surface].path for layer in group)
    return Cell(SURFACES[surface], x, on, amount, tuple(bars))


def _lines(layers: Sequence[Layer], plates: Sequence[Plate], size: int, row: int) -> tuple[tuple[Line, ...], int]:
    """The lines between plates, thick ones first, and how many are left out."""
    covers: dict[tuple[int, int], list[Cover]] = {}
    for layer in layers:
        for cover in layer.hides:
            covers.setdefault((cover.upper // size, cover.lower // size), []).append(cover)
    counts = {pair: sum(cover.size for cover in some) for pair, some in covers.items()}
    drawn = sorted(counts, key=lambda pair: (-counts[pair], pair))[:MOST_LINES]
    found = (
        _line(plates[upper], plates[lower], counts[upper, lower], covers[upper, lower], row) for upper, lower in drawn
    )
    return tuple(found), len(counts) - len(drawn)


def _line(upper: Plate, lower: Plate, count: int, covers: Iterable[Cover], row: int) -> Line:
    start, top, end = LABEL + len(SURFACES) * COLUMN, upper.y + row / 2 - 3, lower.y + row / 2 - 3
    if upper is lower:  # neighbours of one plate: a small loop
        top, end = top - row / 5, end + row / 5
    reach = min(26 + (lower.y - upper.y) / row * 13, MARGIN - 26)
    path = f"M{start} {top:g}C{start + reach:g} {top:g} {start + reach:g} {end:g} {start + 7} {end:g}"
    keys = itertools.chain.from_iterable(cover.keys for cover in covers)
    return Line(
        upper=upper.name,
        lower=lower.name,
        number=count,
        names=tuple(itertools.islice(keys, NAMED)),
        path=path,
        x=round(start + reach * 0.75 + 4, 1),
        y=round((top + end) / 2 + 4, 1),
        width=round(min(1.5 + count.bit_length() * 0.5, 5), 1),
    )
