"""Why an agent has an item, or has not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from overlays.core.story import place
from overlays.model.access import Access, Accesses
from overlays.model.agent import CHOSEN, Agent, Patterns
from overlays.model.plan import Plan
from overlays.model.quoted import quoted
from overlays.model.sight import PERSONA, Seen, Sight
from overlays.model.winners import Row

SKILLS_IN_WORKSPACE = ".agents/skills"


def accesses(plan: Plan, sight: Sight, rows: Iterable[Row]) -> Accesses:
    """The agent before all these rows. sight: of an agent."""
    agent = sight.agent
    assert agent is not None  # noqa: S101  (for mypy)
    seen = {
        (surface, one.row.name, one.row.last.source): one for surface, found in sight.surfaces.items() for one in found
    }
    rules = tuple((surface, _rule(agent, sight, surface)) for surface in (*CHOSEN, "prompt"))
    told = dict(rules)
    items = (
        _access(plan, agent, sight, row, seen.get((row.surface, row.name, row.last.source)), told[row.surface])
        for row in rows
    )
    return Accesses(sight, tuple(items), rules)


def _access(plan: Plan, agent: Agent, sight: Sight, row: Row, seen: Seen | None, rule: str) -> Access:
    if seen is None or seen.problem:
        why = seen.problem if seen else _why_not(sight, row, rule)
        return Access(row, "", seen.patterns if seen else (), why, (), "")
    why = rule
    if seen.patterns:
        several = "patterns" if len(seen.patterns) > 1 else "pattern"
        why = f"{several} {_listed(seen.patterns)} of {_owner(agent, sight, row.surface)}"
    skill = row.surface == "skills" and plan.has_workload
    where = f"{plan.sandbox.workspace}/{SKILLS_IN_WORKSPACE}/{seen.delivered}" if skill else ""
    preloaded = tuple(_preloading(plan, agent, row)) if seen.preload else ()
    return Access(row, seen.delivered, seen.patterns, why, preloaded, where)


def _why_not(sight: Sight, row: Row, rule: str) -> str:
    if row.winner is None:
        return "nothing is served under the name"
    if row.surface == "skills" and sight.problem:
        return f"{sight.problem}; then it has no skill at all"
    return f"no pattern matches it: {rule}" if _has_patterns(sight, row.surface) else rule


def _has_patterns(sight: Sight, surface: str) -> bool:
    return bool(_patterns(sight, surface))


def _patterns(sight: Sight, surface: str) -> Patterns | None:
    assert sight.agent is not None  # noqa: S101  (for mypy)
    if surface == "skills":
        return sight.patterns
    return None if surface == "prompt" else sight.agent.patterns(surface)


def _owner(agent: Agent, sight: Sight, surface: str) -> str:
    """Whose list it is."""
    if surface == "skills" and sight.skills_from == PERSONA:
        return f"the persona {quoted(agent.persona)}"
    return f"{place(agent.origin)}.{surface}"


def _rule(agent: Agent, sight: Sight, surface: str) -> str:
    """The list that the agent has of a surface, in words."""
    key = place(agent.origin)
    if surface == "prompt":
        return f"{key}.systemPrompt is {'true' if agent.system_prompt else 'false'}"
    patterns, owner = _patterns(sight, surface), _owner(agent, sight, surface)
    if patterns is None:
        also = f", and the persona {quoted(agent.persona)} has no list" if surface == "skills" and agent.persona else ""
        return f"there is no {key}.{surface}{also}: it has all"
    if not patterns:
        if surface != "skills" or sight.skills_from != PERSONA:
            return f"{owner} is []"
        return f"{owner} {'cannot be used' if sight.problem else 'lists none'}"
    return f"{owner}: {_listed(patterns)}"


def _listed(patterns: Patterns) -> str:
    return ", ".join(map(quoted, patterns))


def _preloading(plan: Plan, agent: Agent, row: Row) -> Iterator[str]:
    """The agent, and every source that has a copy and says so."""
    if row.name in agent.preload:
        yield f"{place(agent.origin)}.preload"
    repos = {copy.repo for copy in (*row.shadowed, row.last)}
    for source in plan.sources:
        if row.name in source.skills_preload and source.repo in repos:
            yield f"{place(source.origin)}.skillsPreload"
