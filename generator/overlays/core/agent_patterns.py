"""Patterns that cannot mean what was meant: told before anything is known of what they could match."""

from __future__ import annotations

import re
from typing import Final

_LITERAL: Final = re.compile(r"\[[!]?\]?[^\]]*\]|[*?]")
"""What of a pattern is no literal text: a set, as fnmatch reads it, and the two wildcards."""


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
        return "a backslash is literal text and escapes nothing", "write [*] for a literal *"
    if surface == "skills" and not re.fullmatch("[a-z0-9-]*", _LITERAL.sub("", pattern)):
        return "no skill can have such a name", "names of skills are lower-case letters, digits and hyphens"
    return None
