"""What each agent sees: the node's own rule (overlays_node.agent_view) in words of the list."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Iterable, Iterator, Sequence

from overlays.content import unreadable
from overlays.content.skill.described import described
from overlays.content.winners import Surveyed, served
from overlays.model.agent import CHOSEN, Agent
from overlays.model.plan import Plan
from overlays.model.sight import ALL, HIDDEN, Builtin, Front, Seen, Sight
from overlays_node import agent_view
from overlays_node.agents import Agent as Known
from overlays_node.choosing import Choice
from overlays_node.offer import SKILLS
from overlays_node.patterns import allow
from overlays_node.patterns import warning as warning_of
from overlays_node.persona import data_of
from overlays_node.withheld import Withheld

SKILL_FILE = "SKILL.md"


def warning(sight: Sight) -> str:
    """What the node says of an agent whose patterns match no skill; "" when all do."""
    unmatched = sight.unmatched.get(SKILLS, ())
    return warning_of(unmatched) if unmatched else ""


class Agents:
    """The agents of a plan before what its sources have. Every file is read at most once, whoever asks.

    builtins: skills that the agents' consumer has anyhow; of two of one name the first.
    """

    def __init__(self, plan: Plan, found: Surveyed, builtins: Sequence[Builtin] = ()) -> None:
        self._served = found.served
        self._sources = tuple(map(served, plan.sources))
        rows = {(row.surface, row.name, row.last.source): row for row in found.winners.rows}
        self._rows = {
            id(choice): rows[surface, choice.name, choice.last.source]
            for surface, one in self._served.items()
            for choice in one.choices
        }
        self._roots = found.roots
        self._linked = dict(self._behind_links())
        self._skills = {one.name: one for one in self._served[SKILLS].choices if one.winner is not None}
        names = {one.name: one for one in reversed(builtins)}
        self._builtins = {name: names[name] for name in sorted(names)}
        self._fronts: dict[str, Front] = {}
        self._personas: dict[str, bytes | None] = {}

    def sees(self, agent: Agent | None) -> Sight:
        """What an agent sees; None: a pod without one."""
        known, sources = _known(agent), self._sources
        if agent is None:  # preloading is for agents alone
            sources = tuple(dataclasses.replace(one, skills_preload=()) for one in sources)
        try:
            found = agent_view.view(known, self._served, sources, self._persona, self._builtins.keys())
        except OSError as error:
            found = agent_view.view(known, self._served, sources, lambda _: None, self._builtins.keys())
            found = found._replace(problem=f"persona {known.persona!r}: it cannot be read: {unreadable.why(error)}")
        found = self._without_hidden(found) if self._linked else found
        patterns = found.lists[SKILLS]
        taken = {one.delivered for one in found.surfaces[SKILLS] if not one.problem}
        builtins = allow(self._builtins.keys() - taken, patterns).by
        return Sight(
            agent,
            patterns,
            found.skills_from if agent else ALL,
            {surface: self._seen(items) for surface, items in found.surfaces.items()},
            tuple((self._builtins[name], by) for name, by in builtins.items()),
            found.unmatched,
            found.lost_preload,
            found.problem if found.skills_from == agent_view.PERSONA else "",
        )

    def lacking(self) -> tuple[tuple[int, int, str], ...]:
        """What sources preload and do not have: (source, place in its skillsPreload, name)."""
        there = {
            (choice.name, source)
            for choice in self._served[SKILLS].choices
            for source in (*choice.again, *(one.source for one in (choice.last, *choice.shadowed)))
        }
        return tuple(
            (at, place, name)
            for at, source in enumerate(self._sources)
            for place, name in enumerate(source.skills_preload)
            if (name, at) not in there
        )

    def front(self, name: str) -> Front:
        """What the SKILL.md of the skill that is served under a name gives to catalogs."""
        if name not in self._fronts:
            winner = self._skills[name].winner
            assert winner is not None  # noqa: S101  (for mypy)
            try:
                data = pathlib.Path(os.path.join(winner.real, SKILL_FILE)).read_bytes()  # noqa: PTH118
                self._fronts[name] = described(data, name)
            except OSError as error:
                self._fronts[name] = Front(None, f"it cannot be read: {unreadable.why(error)}")
        return self._fronts[name]

    def fronts(self, sights: Iterable[Sight]) -> dict[str, Front]:
        """Those of all skills that these agents have, by name."""
        seen = {one.row.name for sight in sights for one in sight.skills}
        return {name: self.front(name) for name in sorted(seen)}

    def skills(self, sights: Iterable[Sight]) -> tuple[tuple[Seen, str], ...]:
        """All skills that these agents have, by name, each with its directory."""
        seen = {one.row.name: one for sight in sights for one in sight.skills}
        winners = {name: self._skills[name].winner for name in sorted(seen)}
        return tuple((seen[name], winner.real) for name, winner in winners.items() if winner is not None)

    def _behind_links(self) -> Iterator[tuple[int, tuple[str, str]]]:
        """What is served behind a link, by the id of its choice: its repository, and where it stands in the files."""
        for surface, one in self._served.items():
            for choice in one.choices:
                if choice.winner is not None:
                    source = self._sources[choice.winner.source]
                    below = (dict(source.subdirs)[surface], choice.winner.path)
                    place = "/".join((self._roots[source.repo], *filter(None, below)))
                    if place != choice.winner.real:
                        yield id(choice), (source.repo, place)

    def _without_hidden(self, found: agent_view.View) -> agent_view.View:
        """The same, with a problem for each item that is a link to what the agent does not get: no pod has it."""
        withheld = Withheld(found, self._sources, lambda repo: pathlib.Path(self._roots[repo]))

        def judged(one: agent_view.Visible) -> agent_view.Visible:
            repo, place = self._linked.get(id(one.choice), ("", ""))
            hidden = withheld.of(repo) if place else None
            if hidden is None or one.choice.winner is None or not hidden.hides(place, one.choice.winner.real):
                return one
            return one._replace(problem=HIDDEN, preload=False)

        surfaces = {surface: tuple(map(judged, items)) for surface, items in found.surfaces.items()}
        return found._replace(surfaces=surfaces)

    def _seen(self, items: Iterable[agent_view.Visible]) -> tuple[Seen, ...]:
        rows = self._rows
        return tuple([Seen(rows[id(choice)], name, by, preload, why) for choice, name, by, preload, why in items])

    def _persona(self, choice: Choice) -> bytes | None:
        if choice.name not in self._personas:
            assert choice.winner is not None  # noqa: S101  (for mypy)
            self._personas[choice.name] = data_of(choice.winner)
        return self._personas[choice.name]


def _known(agent: Agent | None) -> Known:
    """The agent as the node knows it."""
    if agent is None:
        return Known("")
    return Known(
        agent.name,
        agent.digest,
        {surface: agent.patterns(surface) for surface in CHOSEN},
        agent.persona,
        agent.preload,
        {SKILLS: agent.mount_as} if agent.mount_as else {},
        agent.system_prompt,
    )
