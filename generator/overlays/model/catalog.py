"""Catalogs: what agents are told of their skills, and what is known about each of those."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from overlays.model.agent import Patterns
from overlays.model.sight import Front
from overlays.model.winners import Copy


class Skill(NamedTuple):
    """A skill as it is served. shadowed: the copies that it beat, in the order of the sources."""

    name: str
    front: Front
    copy: Copy
    shadowed: tuple[Copy, ...]


class Entry(NamedTuple):
    """A skill in the catalog of an agent.

    name: its own. delivered: the name of its copy. patterns: those that match, () where there is no list.
    preload: its text is in the prompt. bytes: of its line in the block with the line end, 0 when it has none.
    """

    name: str
    delivered: str
    patterns: Patterns
    preload: bool
    bytes: int


class Listing(NamedTuple):
    """The catalog of one agent.

    name: "" for a pod without an agent. patterns: of skills, those that hold; None is all, () none.
    persona: whose list they are, "" when they are the agent's own.
    bytes, tokens, digest: of the block, the tokens an estimate. skills, builtins: by the name that the agent sees.
    block: the text itself, "" when it is not known.
    """

    name: str
    patterns: Patterns | None
    persona: str
    bytes: int
    tokens: int
    digest: str
    unmatched: Patterns
    skills: tuple[Entry, ...]
    builtins: tuple[Entry, ...]
    block: str = ""


class Catalog(NamedTuple):
    """Catalogs of some agents.

    instruction: the paragraph above the skills. skills: by name, those that one of the agents sees.
    builtins: by name with their descriptions, None where that is not known; those that one of the agents sees.
    """

    instruction: str
    skills: Mapping[str, Skill]
    builtins: Mapping[str, str | None]
    agents: tuple[Listing, ...]


class Gain(NamedTuple):
    """A skill that an agent gained or lost, by the name that it sees, and why.

    copy: of a skill that it gained; None when it is no skill of a source.
    """

    name: str
    why: str
    copy: Copy | None = None


class AgentChange(NamedTuple):
    """What changes for one agent.

    kind: "+" it is new, "-" it is gone, "~" else. notes: what else changed. bytes, tokens: before and after.
    """

    kind: str
    name: str
    gained: tuple[Gain, ...]
    lost: tuple[Gain, ...]
    notes: tuple[str, ...]
    bytes: tuple[int, int]
    tokens: tuple[int, int]


class SkillChange(NamedTuple):
    """What changes about a skill for all who see it. texts: before and after, None when they say nothing."""

    name: str
    what: str
    texts: tuple[str | None, str | None] | None
    seen_by: tuple[str, ...]


class CatalogChange(NamedTuple):
    """The difference between two catalogs. sources: what else changed in where the skills come from."""

    agents: tuple[AgentChange, ...]
    skills: tuple[SkillChange, ...]
    sources: tuple[str, ...]
    notes: tuple[str, ...]
