"""Patterns of names, as `fnmatch.fnmatchcase` of a recent Python reads them, in every Python.

A pattern matches a whole name. `*` is any run of characters, `?` one, `[a-c]` and `[!a]` one of or none of. There are
no alternatives, no negation of a pattern, no escaping; case counts and nothing is trimmed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from overlays_node.offer import SKILLS


class Allowed(NamedTuple):
    """The names that are allowed, in code-point order, each with the patterns that match it; () where all are.

    `unmatched` are the patterns that match nothing, in the order of the list; one that is there twice, twice.
    """

    by: dict[str, tuple[str, ...]]
    unmatched: tuple[str, ...]


def allow(names: Iterable[str], patterns: Sequence[str] | None, builtins: Collection[str] = ()) -> Allowed:
    """Of these names, those that any pattern matches; all of them for None, none for an empty list.

    A pattern that matches one of `builtins`, names that are there anyhow, is no unmatched one.
    """
    ordered = sorted(names)
    if patterns is None:
        return Allowed(dict.fromkeys(ordered, ()), ())
    known, found, idle = frozenset(ordered), dict[str, list[str]](), set()
    for pattern in dict.fromkeys(patterns):
        matching = _matching(pattern, ordered, known)
        for name in matching:
            found.setdefault(name, []).append(pattern)
        if not matching and not _matching(pattern, builtins, builtins):
            idle.add(pattern)
    return Allowed({name: tuple(found[name]) for name in sorted(found)}, tuple(one for one in patterns if one in idle))


def warning(unmatched: Iterable[str], surface: str = SKILLS) -> str:
    """What is said of patterns that match nothing; each as Python writes it, so no hostile one spoils the line."""
    who = "Skill-catalog filter" if surface == SKILLS else f"The list of {surface}"
    return f"{who} matched no installed {surface[:-1]} for pattern(s): {', '.join(map(repr, unmatched))}"


def _matching(pattern: str, names: Collection[str], known: Collection[str]) -> list[str]:
    if not any(char in pattern for char in "*?["):
        return [pattern] if pattern in known else []
    matches = matcher(pattern)
    return [name for name in names if matches(name)]


@functools.lru_cache(maxsize=4096)
def matcher(pattern: str) -> Callable[[str], object]:
    """A function that says of a name whether the pattern matches it. The time it takes has a bound."""
    first, *others = _pieces(pattern)
    if not others:
        return re.compile(f"(?s:{first})\\Z").match
    *inner, last = others
    # Once the next piece is found, the shortest run was right: never try another (bpo-40480).
    runs = "".join(f"(?=(?P<g{at}>.*?{piece}))(?P=g{at})" for at, piece in enumerate(inner))
    return re.compile(f"(?s:{first}{runs}.*{last})\\Z").match


def _pieces(pattern: str) -> list[str]:
    """Expressions of what stands between the stars."""
    pieces, at = [""], 0
    while at < len(pattern):
        char, at = pattern[at], at + 1
        end = _end_of_set(pattern, at) if char == "[" else -1
        if char == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif char == "?":
            pieces[-1] += "."
        elif end > 0:
            pieces[-1] += _set(pattern[at:end])
            at = end + 1
        else:
            pieces[-1] += re.escape(char)
    return pieces


def _end_of_set(pattern: str, at: int) -> int:
    """Where the "]" is of a set that begins there; -1: it has none, and "[" is a "["."""
    at += pattern.startswith("!", at)
    return pattern.find("]", at + 1)  # a first "]" belongs to the set


def _set(text: str) -> str:
    """Expression of one character of a set, or with "!" of one that is not in it."""
    negated = text.startswith("!")
    members = "".join(_members(text[negated:]))
    if not members:
        return "." if negated else "(?!)"
    return f"[{'^' if negated else ''}{members}]"


def _members(text: str) -> Iterator[str]:
    """Single characters and ranges; one that goes backwards is empty."""
    at = 0
    while at < len(text):
        if text[at + 1 : at + 2] == "-" and at + 2 < len(text):
            if text[at] <= text[at + 2]:
                yield f"{re.escape(text[at])}-{re.escape(text[at + 2])}"
            at += 3
        else:
            yield re.escape(text[at])
            at += 1
