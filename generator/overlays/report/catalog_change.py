"""The difference between two catalogs for people."""

from __future__ import annotations

from collections.abc import Iterator

from overlays.model.catalog import AgentChange, CatalogChange, Gain, SkillChange
from overlays.model.quoted import quoted
from overlays.report.text import safe

MOST = 5
"""Agents that are named of those that see a skill."""
SHORT = 12
"""Digits of a commit."""
ALL = "pods without an agent"


def report(change: CatalogChange) -> str:
    """Agents with what they gained and lost and why, skills that changed for all, sources; "" for no difference."""
    lines = [*change.notes, *(line for one in change.agents for line in _agent(one))]
    lines += [line for one in change.skills for line in _skill(one)]
    lines += change.sources
    return "".join(f"{safe(line)}\n" for line in lines)


def _agent(one: AgentChange) -> Iterator[str]:
    name = one.name or ALL
    counted = [f"{len(some)} skill{'' if len(some) == 1 else 's'} {what}" for some, what in _both(one) if some]
    cost = ""
    if one.tokens[0] != one.tokens[1] and one.kind == "~" and one.tokens[0]:
        cost = f"about {one.tokens[0]:,} tokens, now {one.tokens[1]:,}"
    facts = "; ".join(filter(None, ({"+": "new", "-": "gone"}.get(one.kind, ""), ", ".join(counted), cost)))
    yield f"agent {name}: {facts}" if facts else f"agent {name}:"
    yield from (f"  ~ {note}" for note in one.notes)
    for sign, some in (("+", one.gained), ("-", one.lost)):
        yield from (f"  {sign} {quoted(gain.name)[1:-1]}: {_why(gain)}" for gain in some)


def _both(one: AgentChange) -> tuple[tuple[tuple[Gain, ...], str], ...]:
    return (one.gained, "gained"), (one.lost, "lost")


def _why(gain: Gain) -> str:
    if gain.copy is None:
        return gain.why
    commit = f" at {gain.copy.commit[:SHORT]}" if gain.copy.commit else ""
    return f"{gain.why}; from {gain.copy.label}{commit}, {gain.copy.path}"


def _skill(one: SkillChange) -> Iterator[str]:
    by = [name or ALL for name in one.seen_by]
    more = f" and {len(by) - MOST} more" if len(by) > MOST else ""
    seen = f" (seen by {', '.join(by[:MOST])}{more})" if by else ""
    yield f"skill {quoted(one.name)[1:-1]}: {one.what}{seen}"
    for sign, text in zip("-+", one.texts or (), strict=False):
        yield f"  {sign} {'(none)' if text is None else quoted(text)[1:-1]}"
