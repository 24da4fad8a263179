"""The plates of the picture of the layers: one for each source, or for several neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from overlays.model.page import SURFACES, Layer
from overlays.report.page.widths import shorten, width
from overlays.report.text import safe

LABEL, BAR, GAP, LEFT = 290, 74, 12, 12
"""Pixels: of places and names, of the longest bar, between columns, and before a place."""
COLUMN: Final = 94
"""Pixels of a column; one of larger numbers is wider."""
NAME, GROUP, SMALL, NUMBER = 13, 11, 11, 12
"""Sizes of texts in pixels: of a name, of that of a group, of what is said beside, of the number of items."""
_REF: Final = 0.35
"""Of the room of a label, for a long ref."""
STUB: Final = 4
"""Pixels of the shortest bar."""


class Amount(NamedTuple):
    """How many items are served, hidden by a later source, or last and not served."""

    served: int = 0
    hidden: int = 0
    broken: int = 0

    @property
    def number(self) -> str:
        """Of what is served."""
        return f"{self.served:,}"

    @property
    def also(self) -> str:
        """What is said of the hidden ones beside it, "" when there are none."""
        return f" · {self.hidden:,} hidden" if self.hidden else ""


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
    """One source, or several neighbours. first, last: their 1-based places. shown: what fits of the name."""

    first: int
    last: int
    y: int
    name: str
    shown: str
    detail: str
    cells: tuple[Cell, ...]

    @property
    def place(self) -> str:
        """The place, or the range of places."""
        return f"{self.first}–{self.last}" if self.last > self.first else str(self.first)


class Columns(NamedTuple):
    """Left sides of names and surfaces, and the right side of the last surface."""

    names: int
    surfaces: tuple[int, ...]
    end: int


def amount_of(layers: Iterable[Layer]) -> tuple[Amount, ...]:
    """Of all these layers together, one for each surface."""
    layers = tuple(layers)
    return tuple(
        Amount(*(sum(getattr(layer.parts[at], kind) for layer in layers) for kind in Amount._fields))
        for at in range(len(SURFACES))
    )


def columns(amounts: Iterable[Sequence[Amount]], longest: str) -> Columns:
    """Wide enough for all amounts of all plates. longest: text of a place."""
    widths = [
        max(COLUMN, *(round(width(one.number, NUMBER) + width(one.also, SMALL)) + GAP for one in some))
        for some in zip(*amounts, strict=True)
    ] or [COLUMN] * len(SURFACES)
    sides = [LABEL + sum(widths[:at]) for at in range(len(widths) + 1)]
    return Columns(max(40, round(LEFT + width(longest, SMALL)) + 8), tuple(sides[:-1]), sides[-1])


def plate(group: Sequence[Layer], first: int, y: int, amounts: Sequence[Amount], most: int, where: Columns) -> Plate:
    """The plate of these layers. first: place of the first one. most: items of the longest bar."""
    room = LABEL - where.names - 8
    cells = tuple(cell(group, at, amount, where.surfaces[at], most) for at, amount in enumerate(amounts))
    if len(group) == 1:
        (one,) = group
        return Plate(first, first, y, one.label, _short_label(one, room), (one.commit or "")[:12], cells)
    name, more = group[0].repo, f" +{len(group) - 1}"
    shown = shorten(safe(name), room - width(more, GROUP), GROUP) + more
    return Plate(first, first + len(group) - 1, y, name + more, shown, "", cells)


def _short_label(layer: Layer, room: float) -> str:
    """The label; where it is too long, a long ref leaves most of the room to the repository."""
    label = safe(layer.label)
    if width(label, NAME) <= room:
        return label
    ref = shorten(safe(f"@{layer.ref}"), room * _REF, NAME) if layer.ref else ""
    return shorten(safe(layer.repo), room - width(ref, NAME), NAME) + ref


def cell(group: Iterable[Layer], surface: int, amount: Amount, x: int, most: int) -> Cell:
    """most: items for which the longest bar stands; 0 for no bars."""
    bars, at = [], float(x)
    for kind, count in amount._asdict().items() if most else ():
        if count:
            long = max(STUB, round(BAR * count / most, 1))
            bars.append(Bar(kind, round(at, 1), long))
            at += long + 1
    on = any(layer.parts[surface].path for layer in group)
    return Cell(SURFACES[surface], x, on, amount, tuple(bars))
