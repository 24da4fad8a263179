"""What one agent sees of everything that is served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from overlays.model.agent import Agent, Patterns
from overlays.model.winners import Copy, Row

AGENT, PERSONA, ALL = "agent", "persona", "all"
"""Whose list of skills holds: that of the agent, that of its persona, or none, so that it has all."""

HIDDEN: Final = "it is a link to what the agent does not get"
"""The problem of an item that is nothing else."""


class Front(NamedTuple):
    """What the SKILL.md of a skill gives to catalogs.

    description: its text as it stands, None when there is no text. flaw: why CAO leaves the skill out, "" when it does
    not. name_flaw: why it does so unless the copy gets another name.
    """

    description: str | None
    flaw: str = ""
    name_flaw: str = ""


class Seen(NamedTuple):
    """An item that an agent sees.

    delivered: the name of its copy. patterns: those that match, () where there is no list. preload: its text is in the
    prompt. problem: why it is not delivered after all, "" when it is.
    """

    row: Row
    delivered: str
    patterns: Patterns
    preload: bool
    problem: str


class Refusal(NamedTuple):
    """A skill for which a consumer must not be given any. place: the file and its line. The rest as in a Finding."""

    name: str
    copy: Copy
    place: str
    what: str
    why: str
    hint: str


class Builtin(NamedTuple):
    """A skill that a consumer has anyhow. description: None when it is not known."""

    name: str
    description: str | None = None


class Sight(NamedTuple):
    """All that an agent sees. agent: None for a pod without one, which has everything.

    patterns: of skills, those that hold; None is all, () none. skills_from: AGENT, PERSONA or ALL.
    surfaces: its items by surface, by name. builtins: those that its patterns match, with those patterns; one whose
    name a skill has is none of them.
    unmatched: by surface the patterns that match nothing. lost_preload: what it should preload and does not have.
    problem: what is wrong with the persona whose list should hold, "" for nothing; with one it has no skill at all.
    """

    agent: Agent | None
    patterns: Patterns | None
    skills_from: str
    surfaces: Mapping[str, tuple[Seen, ...]]
    builtins: tuple[tuple[Builtin, Patterns], ...]
    unmatched: Mapping[str, Patterns]
    lost_preload: tuple[str, ...]
    problem: str

    @property
    def name(self) -> str:
        """Of the agent, "" for none."""
        return self.agent.name if self.agent else ""

    @property
    def skills(self) -> tuple[Seen, ...]:
        """Those that are delivered, by name."""
        return tuple(one for one in self.surfaces.get("skills", ()) if not one.problem)
