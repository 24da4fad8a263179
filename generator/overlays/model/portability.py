"""Which readers of skills take a skill as it is meant: one row per skill, one cell per reader."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from overlays.model.finding import Finding

SPEC: Final = "spec"
ALL: Final = "all"
CONSUMERS: Final = {"cao": "CAO", "promptkit": "PromptKit", "claude": "Claude Code"}
"""Profile to the name of the product."""
COLUMNS: Final = (SPEC, *CONSUMERS)
PROFILES: Final = (*COLUMNS, ALL)


class Outcome(Enum):
    """What becomes of a skill in a reader, the best first."""

    OK = "ok"
    UNKNOWN = "unknown"  # nobody has measured it, and the documentation does not say
    WARN = "warn"  # taken as it stands there, which is perhaps not as it is meant
    MANGLE = "mangle"  # taken, comes out wrong
    SKIP = "skip"  # this skill is lost
    FATAL = "fatal"  # more than this skill is lost


def worst(outcomes: list[Outcome]) -> Outcome:
    """The worst of them; ok when there are none."""
    return max(outcomes, key=_RANK.__getitem__, default=Outcome.OK)


def harms(outcome: Outcome) -> bool:
    """Whether a reader skips, mangles or refuses."""
    return _RANK[outcome] >= _RANK[Outcome.MANGLE]


_RANK: Final = {outcome: rank for rank, outcome in enumerate(Outcome)}


class Cause(NamedTuple):
    """One finding about a skill and what comes of it, by column."""

    finding: Finding
    outcomes: tuple[Outcome, ...]


class Row(NamedTuple):
    """One skill. source: "owner/name" with the sources of a list, "" for a directory; file: its SKILL.md."""

    name: str
    source: str
    file: str
    causes: tuple[Cause, ...]

    @property
    def cells(self) -> tuple[Outcome, ...]:
        """By column: the worst of what its findings come to."""
        return tuple(worst([cause.outcomes[at] for cause in self.causes]) for at in range(len(COLUMNS)))
