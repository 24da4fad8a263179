"""How much room a text takes in a picture, without its font: as in a wide one, so that it fits in all others."""

from __future__ import annotations

import itertools
import unicodedata
from typing import Final

ELLIPSIS: Final = "…"

_NARROW: Final = frozenset("iljftr.,:;!|'/()[]-·… ")
_BROAD: Final = frozenset("mwMW@%&+<>=~")
_MARKS: Final = ("Mn", "Me")
"""Categories of what stands on another character, and takes no room of its own."""
_HEAD: Final = 0.4
"""Of the room, for what is before an ellipsis. Names that look alike mostly differ in their ends."""


def width(text: str, size: float) -> float:
    """Pixels of a text at a size in pixels, bold or not."""
    return size * sum(map(_em, text))


def shorten(text: str, room: float, size: float) -> str:
    """The text if there is room for it, else its beginning and its end with an ellipsis between them."""
    if width(text, size) <= room:
        return text
    left = room - width(ELLIPSIS, size)
    head = _fitting(text, left * _HEAD, size)
    tail = _fitting(text[::-1], left - width(text[:head], size), size)
    return f"{text[:head]}{ELLIPSIS}{text[len(text) - tail :]}"


def _fitting(text: str, room: float, size: float) -> int:
    """How many characters of the beginning fit."""
    sums = itertools.accumulate(size * _em(character) for character in text)
    return sum(1 for _ in itertools.takewhile(lambda used: used <= room, sums))


def _em(character: str) -> float:
    """The width of a character as a part of the size of its font."""
    if character in _NARROW:
        return 0.5
    if character.isascii():
        return 1.05 if character in _BROAD else 0.78 if character.isupper() else 0.7
    return 0.0 if unicodedata.category(character) in _MARKS else 1.05
