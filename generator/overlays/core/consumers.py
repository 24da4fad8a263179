"""Which copy each consumer serves where several sources have one name.

With separate delivery consumers get the directories of all sources and decide themselves (docs/delivery.md has the
table). None of them judges whether a copy can be served, and no directory stands in the way of another. Sources of the
rules: the API and the sandboxes of the Centaur chart, as they were read and run.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from overlays.model.plan import Plan
from overlays.model.winners import STOPS, Copy, Row, Serving, Winners

API, SANDBOX = "api", "sandbox"

FIRST, LAST = "the first copy", "the last copy"
_WINNER, _NOTHING = "the winner", "nothing"


class Reader(NamedTuple):
    """A consumer of a surface: from which variables it reads, and what it does with a name that is there again."""

    consumer: str
    variables: tuple[str, ...]
    rule: str


_TOOLS: Final = ("KUBERNETES_TOOLS_REPO", "KUBERNETES_TOOLS_EXTRA_SOURCES")

READERS: Final[Mapping[str, tuple[Reader, ...]]] = MappingProxyType(
    {
        # The API lays the directories over each other; the runner of a sandbox looks for a tool from the first on.
        "tools": (Reader(API, ("TOOL_DIRS",), LAST), Reader(SANDBOX, _TOOLS, FIRST)),
        # Both load file by file and stop with an error at the second file of one name.
        "workflows": (
            Reader(API, ("WORKFLOW_DIRS",), STOPS),
            Reader(SANDBOX, ("KUBERNETES_WORKFLOW_DIRS",), STOPS),
        ),
        # Copied into the workspace one directory after the other, an entry in place of the whole entry before it.
        "skills": (Reader(SANDBOX, ("CENTAUR_SKILL_DIRS",), LAST),),
        "personas": (Reader(SANDBOX, ("CENTAUR_PERSONA_DIRS",), LAST),),
    }
)
"""Surface to its readers with separate delivery. A prompt shadows nothing."""


def with_consumers(plan: Plan, winners: Winners) -> Winners:
    """The winners, and with every shadowed name what each consumer serves under it."""
    rows = tuple(_row(plan, row) if row.shadowed else row for row in winners.rows)
    return winners._replace(rows=rows, merged=plan.reads_merged)


def _row(plan: Plan, row: Row) -> Row:
    return row._replace(consumers=tuple(_serving(plan, row, reader) for reader in _readers(plan, row.surface)))


def _readers(plan: Plan, surface: str) -> tuple[Reader, ...]:
    """Those that get the surface: without the cache only sandboxes do, which clone the tools."""
    readers = READERS[surface]
    return readers if plan.cache.enabled else tuple(reader for reader in readers if reader.variables == _TOOLS)


def _serving(plan: Plan, row: Row, reader: Reader) -> Serving:
    if plan.reads_merged:
        variables = reader.variables[:1]  # the one merged repository has no further ones beside it
        return Serving(reader.consumer, variables, _WINNER if row.winner else _NOTHING, row.winner)
    served: Mapping[str, Copy | None] = {FIRST: row.shadowed[0], LAST: row.last, STOPS: None}
    return Serving(reader.consumer, reader.variables, reader.rule, served[reader.rule])
