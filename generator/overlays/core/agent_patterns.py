"""Patterns that cannot mean what was meant: told before anything is known of what they could match."""

from __future__ import annotations

import re
import string
from fnmatch import fnmatchcase
from typing import Final

_PIECE: Final = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)
"""A set, or one character. What fnmatch takes for literal text although it has brackets matches no one character."""
_OF_NAMES: Final = f"{string.ascii_lowercase}{string.digits}-"


def doubt(pattern: str, surface: str) -> tuple[str, str] | None:
    """Why a pattern is not what it seems, and what to do; None when there is nothing to tell.

    Source of the rules: Python's fnmatch.fnmatchcase, as CAO calls it.
    """
    if not pattern:
        return "the empty pattern matches no name", "remove it; for no items at all write []"
    if pattern != pattern.strip():
        return "patterns are not trimmed, and no name has a space at its end", "remove the space around it"
    if pattern.startswith("!"):
        return "a pattern cannot be negated: the ! is a literal one", "name what is wanted instead"
    if re.search(r"\{.*\}", pattern):
        return "braces are literal text: there are no alternatives", "write one pattern for each of them"
    if "[^" in pattern:
        return "[^…] is one of these characters and ^, no negation", "write [!…] for none of them"
    if "\\" in pattern:
        return "a backslash is literal text and escapes nothing", "remove it"
    if surface == "skills" and not all(map(_in_a_name, _PIECE.findall(pattern))):
        return "no skill can have such a name", "names of skills are lower-case letters, digits and hyphens"
    return None


def _in_a_name(piece: str) -> bool:
    """Whether that piece of a pattern can match a character of the name of a skill."""
    return piece == "*" or any(fnmatchcase(char, piece) for char in _OF_NAMES)
