"""Globs over paths: `*` and `?` stay inside one part, `**` is any number of parts. Never more steps than m times n."""

from __future__ import annotations


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
