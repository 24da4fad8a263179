"""What is wrong with agents once it is known what the sources have."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from overlays.model.agent import CHOSEN, Agent
from overlays.model.catalog import Catalog, Entry, Listing
from overlays.model.finding import Problem, Severity
from overlays.model.plan import Plan, Pointer
from overlays.model.quoted import quoted
from overlays.model.sight import ALL, HIDDEN, PERSONA, Sight
from overlays.model.winners import Row, Winners

PERSONA_PROBLEM: Final = "OVL607"
SUGGESTED: Final = 20
"""Patterns for which a name is looked for that may have been meant: it takes time."""
LONGEST_NAME: Final = 64
"""Characters of the name of a skill."""
LARGEST: Final = 3
"""Skills that are named when a catalog is too large."""


def problems(
    plan: Plan, winners: Winners, sights: Sequence[Sight], catalog: Catalog, lacking: Iterable[tuple[int, int, str]]
) -> Iterator[Problem]:
    """All of it. catalog: of the agents with a budget at least. lacking: source, place in skillsPreload, name."""
    yield from unmatched(winners, sights)
    yield from of_agents(winners, sights, catalog)
    for at, place, name in lacking:
        source = plan.sources[at]
        yield Problem(
            (*source.origin, "skillsPreload", place),
            "OVL611",
            f"{source.repo!r} has no skill {quoted(name)}",
            "a source preloads skills of its own",
            "correct the name, or remove it",
        )


def unmatched(winners: Winners, sights: Iterable[Sight]) -> Iterator[Problem]:
    """Patterns that match nothing."""
    told = _Told(winners)
    for sight in sights:
        if sight.agent is not None:
            for surface in CHOSEN:
                yield from told.unmatched(sight.agent, sight, surface)


def of_agents(winners: Winners, sights: Iterable[Sight], catalog: Catalog) -> Iterator[Problem]:
    """All the rest about agents."""
    told = _Told(winners)
    listings = {one.name: one for one in catalog.agents}
    for sight in sights:
        if sight.agent is not None:
            yield from told.of(sight.agent, sight)
            if sight.name in listings:
                yield from budget(sight.agent, listings[sight.name])


class _Told:
    """Findings of one agent after the other."""

    def __init__(self, winners: Winners) -> None:
        self.rows: Mapping[str, dict[str, Row]] = {surface: {} for surface in CHOSEN}
        for row in winners.rows:
            if row.surface in self.rows:
                self.rows[row.surface][row.name] = row
        self.suggested = 0

    def of(self, agent: Agent, sight: Sight) -> Iterator[Problem]:
        if sight.problem:
            yield _persona(agent, sight)
        else:
            for name in sight.lost_preload:
                yield self.lost(agent, sight, name)
        if agent.persona and sight.skills_from == ALL:
            yield Problem(
                (*agent.origin, "persona"),
                "OVL616",
                f"the persona {agent.persona!r} of the agent {agent.name!r} lists no skills",
                "its front matter has no key skills, and without a list the agent has all skills",
                "list them there, or here; skills: ['*'] says that it is meant",
                Severity.WARNING,
            )
        for surface, items in sight.surfaces.items():
            yield from (_hidden(agent, surface, one.row) for one in items if one.problem == HIDDEN)
        for one in sight.surfaces["skills"]:
            if one.problem not in ("", HIDDEN):
                long = len(one.delivered) > LONGEST_NAME
                mend = "choose a shorter mountAs" if long else "mend the name in SKILL.md, or do without mountAs"
                yield Problem(
                    (*agent.origin, "mountAs", "skills"),
                    "OVL610",
                    f"the skill {quoted(one.row.name)} cannot be delivered to the agent {agent.name!r}",
                    one.problem,
                    f"{mend}, or leave the skill out of the agent's skills",
                )

    def unmatched(self, agent: Agent, sight: Sight, surface: str) -> Iterator[Problem]:
        found = sight.unmatched.get(surface, ())
        if surface == "skills" and sight.skills_from == PERSONA:
            for pattern in dict.fromkeys(found):
                what = f"the pattern {pattern!r} of the persona {agent.persona!r} matches no skill"
                yield self._unmatched((*agent.origin, "persona"), what, surface, pattern)
            return
        for index, pattern in enumerate(agent.patterns(surface) or ()):
            if pattern in found:
                what = f"the pattern {pattern!r} of the agent {agent.name!r} matches no {surface.removesuffix('s')}"
                yield self._unmatched((*agent.origin, surface, index), what, surface, pattern)

    def _unmatched(self, where: Pointer, what: str, surface: str, pattern: str) -> Problem:
        row = self.rows[surface].get(pattern)
        why = f"nothing is served under that name: {row.reason}" if row else "nothing of what is served has such a name"
        hint = "mend that copy" if row else self.meant(surface, pattern) or "correct the pattern, or remove it"
        return Problem(where, "OVL602", what, why, hint)

    def meant(self, surface: str, pattern: str) -> str:
        """A name that is near; "" when none is, or when it would take too long to find out."""
        self.suggested += 1
        if self.suggested > SUGGESTED:
            return ""
        near = difflib.get_close_matches(pattern, self.rows[surface], n=1)
        return f"did you mean {quoted(near[0])}?" if near else ""

    def lost(self, agent: Agent, sight: Sight, name: str) -> Problem:
        where = (*agent.origin, "preload", agent.preload.index(name))
        row = self.rows["skills"].get(name)
        if row is not None and not row.reason:
            whose = f"the persona {agent.persona!r}" if sight.skills_from == PERSONA else "the agent"
            why, hint = f"no pattern of {whose} matches it", "add it to the skills, or remove it here"
            return Problem(where, "OVL604", f"{name!r} is preloaded and is not among the agent's skills", why, hint)
        why = f"nothing is served under that name: {row.reason}" if row else "no source serves a skill of that name"
        hint = "mend that copy" if row else self.meant("skills", name) or "correct the name, or remove it"
        return Problem(where, "OVL605", f"the preloaded skill {name!r} is nowhere", why, hint)


def _hidden(agent: Agent, surface: str, row: Row) -> Problem:
    return Problem(
        (*agent.origin, "name"),
        "OVL617",
        f"{quoted(f'{surface}/{row.name}')} is not delivered to the agent {agent.name!r}",
        f"{quoted(row.last.path)} of {row.last.label} is a link to what the agent's lists keep away, or is behind one",
        "list what it leads to as well, or put a copy of the files there",
        Severity.WARNING,
    )


def _persona(agent: Agent, sight: Sight) -> Problem:
    return Problem(
        (*agent.origin, "persona"),
        PERSONA_PROBLEM,
        f"the persona of the agent {agent.name!r} cannot be used",
        f"{sight.problem}; without its list the agent gets no skill",
        "correct the persona, name another one, or list the agent's skills here",
    )


def budget(agent: Agent, listing: Listing) -> Iterator[Problem]:
    """Whether a catalog costs more than it may."""
    limits = (("tokens", agent.most_tokens, Severity.ERROR), ("warnTokens", agent.warn_tokens, Severity.WARNING))
    for key, limit, severity in limits:
        if limit is not None and listing.tokens > limit:
            cost = f"about {listing.tokens:,} tokens ({listing.bytes:,} bytes)"
            yield Problem(
                (*agent.origin, "budget", key),
                "OVL608",
                f"the catalog of the agent {agent.name!r} costs {cost}",
                f"its budget is {limit:,}; {_largest([*listing.skills, *listing.builtins])}",
                "narrow the patterns, or shorten descriptions",
                severity,
            )
            return


def _largest(entries: Sequence[Entry]) -> str:
    by_cost = sorted(entries, key=lambda one: (-one.bytes, one.delivered))[:LARGEST]
    shown = ", ".join(f"{quoted(one.delivered)} {one.bytes:,}" for one in by_cost)
    return f"the largest of {len(entries)}: {shown} bytes"
