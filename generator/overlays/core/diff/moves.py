"""Which entries of a list have moved: the fewest that explain the new order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from overlays.model.difference import Move

Key = TypeVar("Key", bound=Hashable)


def moves(before: Sequence[Key], after: Sequence[Key], name: Callable[[Key], str]) -> dict[Key, Move]:
    """The moved ones of the keys that both lists have, in the order of `after`. No key stands twice in a list.

    name: how a key is told. Time: n log n, for any order.
    """
    old = {key: place for place, key in enumerate(before)}
    new = {key: place for place, key in enumerate(after)}
    kept = [key for key in after if key in old]
    staying = set(_longest_rise([old[key] for key in kept]))

    def follows(keys: Sequence[Key], place: int) -> str | None:
        return name(keys[place - 1]) if place else None

    return {
        key: Move(old[key] + 1, new[key] + 1, follows(before, old[key]), follows(after, new[key]))
        for key in kept
        if old[key] not in staying
    }


def _longest_rise(numbers: Sequence[int]) -> list[int]:
    """One longest rising part of distinct numbers: `ends` has the lowest last number of a part of each length."""
    ends: list[int] = []
    below: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        below[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    part: list[int] = []
    number_or_none = ends[-1] if ends else None
    while number_or_none is not None:
        part.append(number_or_none)
        number_or_none = below[number_or_none]
    return part[::-1]
