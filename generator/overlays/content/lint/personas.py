"""The list of skills in a persona's front matter, as the node reads it for agents that have the persona."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from overlays.content import codes
from overlays.content.hygiene.place import limited
from overlays.content.skill.remark import Remark
from overlays.content.skill.text import shown
from overlays.core.agent_patterns import doubt
from overlays_node.offer import SKILLS
from overlays_node.persona import PersonaError, skills_of

DOUBTFUL, TWICE = "OVL601", "OVL603"


def remarks(data: bytes) -> Iterator[Remark]:
    """What is wrong with the list of a persona with these bytes, and which of its patterns are not what they seem."""
    try:
        patterns = skills_of(data)
    except PersonaError as error:
        what, why = "the list of skills cannot be read", f"an agent of this persona gets no skill: {_said(error)}"
        hint = f'write `{SKILLS}: [code-review, "pdf-*"]` on a line of its own, or a line `- name` for each'
        yield Remark(error.line, 1, codes.PERSONA_LIST, what, why, hint)
        return
    if patterns:
        placed = list(zip(_lines(data), patterns, strict=False))
        yield from limited(_doubtful(placed))
        yield from limited(_twice(placed))


def _said(error: PersonaError) -> str:
    """The words of the node without the line, which is told as a place."""
    return str(error).partition(": ")[2]


def _doubtful(placed: list[tuple[int, str]]) -> Iterator[Remark]:
    for line, pattern in placed:
        found = doubt(pattern, SKILLS)
        if found:
            yield Remark(line, 1, DOUBTFUL, f"the pattern {shown(pattern)} does not mean what it seems to", *found)


def _twice(placed: list[tuple[int, str]]) -> Iterator[Remark]:
    seen: set[str] = set()
    for line, pattern in placed:
        if pattern in seen:
            what, why = f"the pattern {shown(pattern)} stands twice", "once is enough: an item needs one that matches"
            yield Remark(line, 1, TWICE, what, why, "remove it")
        seen.add(pattern)


def _lines(data: bytes) -> Iterator[int]:
    """The line of each pattern of a list that could be read."""
    lines = data.split(b"\n")
    key = next(at for at, line in enumerate(lines) if line.startswith(f"{SKILLS}:".encode()))
    if lines[key].partition(b":")[2].lstrip().startswith(b"["):
        return itertools.repeat(key + 1)
    below = enumerate(lines[key + 1 :], start=key + 2)
    return (at for at, line in below if line.lstrip(b" ").startswith(b"-"))
