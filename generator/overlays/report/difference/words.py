"""Small words of a difference: texts cut to what can be read, places, and pairs of before and after."""

from __future__ import annotations

from typing import Final, NamedTuple

from overlays.model.difference import Move
from overlays.report.text import safe

MAX_SHOWN: Final = 200
"""Characters of one text that are shown; JSON has all of them."""
MAX_SENTENCE: Final = 2_000
"""Characters of one line that was written elsewhere."""

NO_SIGN: Final = " "
_CONTEXT: Final = 20


class Line(NamedTuple):
    """depth: 0 for an entry, more for what stands below one. sign: of the kind, or a space. text: safe, one line."""

    depth: int
    sign: str
    text: str


def short(text: str) -> str:
    """Safe, on one line and not longer than can be read; "" in quotes."""
    return sentence(text, MAX_SHOWN) or '""'


def sentence(text: str, limit: int = MAX_SENTENCE) -> str:
    """Safe, on one line, cut at so many characters."""
    return safe(text) if len(text) <= limit else f"{safe(text[:limit])}… ({len(text):,} characters)"


def moved(move: Move) -> str:
    """Where it stands now."""
    place = "now first" if move.follows_after is None else f"now after {short(move.follows_after)}"
    return f"{place} (place {move.place_before:,} → {move.place_after:,})"


def pair(before: str, after: str) -> str:
    """Both texts; of long ones, from a little before the place where they part."""
    start = 0
    if max(len(before), len(after)) > MAX_SHOWN:
        start = max(_same(before, after) - _CONTEXT, 0)
    lead = f"(from character {start + 1:,}) " if start else ""
    return f"{lead}{short(before[start:])} → {short(after[start:])}"


def _same(before: str, after: str) -> int:
    """How many characters at the beginning are the same."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
