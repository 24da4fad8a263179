"""What an agent gets of what is served: the one rule, for the pods and for everybody who wants to know beforehand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from overlays_node.agents import LONGEST, Agent
from overlays_node.choosing import Choice, Served
from overlays_node.config import Source
from overlays_node.offer import PERSONAS, PROMPT, SKILLS, TOOLS
from overlays_node.patterns import allow, matcher
from overlays_node.persona import PersonaError, skills_of

AGENT, PERSONA, ALL = "agent", "persona", "all"  # where the list of skills comes from
PROJECT = "pyproject.toml"


class Visible(NamedTuple):
    """One item that an agent has; `choice` has a winner.

    `delivered` is the name of its copy, `by` the patterns that match it, () where there is no list. `preload`: its text
    is in the prompt. `problem` says why it is not delivered after all, "" when it is.
    """

    choice: Choice
    delivered: str
    by: tuple[str, ...]
    preload: bool
    problem: str


class View(NamedTuple):
    """All that an agent gets, by surface and in the order of `served`.

    `unmatched` are the patterns that match nothing. `skills_from` says whose list of skills holds. `lost_preload` are
    the names that it should have preloaded, and that are none of its skills. `problem` is what is wrong with its
    persona, "" for nothing: when its list of skills should come from there, it has none. `lists` are the lists that
    hold, by surface.
    """

    agent: Agent
    surfaces: Mapping[str, tuple[Visible, ...]]
    unmatched: Mapping[str, tuple[str, ...]]
    skills_from: str
    lost_preload: tuple[str, ...]
    problem: str
    lists: Mapping[str, tuple[str, ...] | None]

    def may_have(self, surface: str, name: str) -> bool:
        """Whether its lists allow an item of that name, wherever it comes from."""
        if surface == PROMPT:
            return self.agent.system_prompt
        patterns = self.lists.get(surface)
        return patterns is None or any(matcher(one)(name) for one in patterns)

    def loose(self, surface: str, paths: Collection[str]) -> Collection[str]:
        """Of these files of no item, those that it gets: nothing comes with them that its list keeps away.

        Where it has a list, no loose files of skills and personas, for no skill or persona needs them; of other
        surfaces all, since items share modules, but none of an empty list, and nothing of what looks like a tool.
        """
        patterns = self.lists.get(surface)
        if patterns is None:
            return self._beside(surface, paths)
        if not patterns or surface in (SKILLS, PERSONAS):
            return ()
        projects = {path.rpartition("/")[0] for path in paths if path.rpartition("/")[2] == PROJECT} - {""}
        return paths if surface != TOOLS else [path for path in paths if projects.isdisjoint(_parents(path))]

    def _beside(self, surface: str, paths: Collection[str]) -> Collection[str]:
        """Those that lie in no copy under another name."""
        if not self.agent.mount_as.get(surface):
            return paths
        taken = {one.delivered for one in self.surfaces.get(surface, ())}
        return [path for path in paths if path.partition("/")[0] not in taken]


def view(
    agent: Agent,
    served: Mapping[str, Served],
    sources: Sequence[Source],
    persona_data: Callable[[Choice], bytes | None],
    builtins: Collection[str] = frozenset(),
    doubt: Callable[[Choice], str] = lambda _: "",
) -> View:
    """What the agent gets of these surfaces, which were chosen from these sources.

    `persona_data` gives the text of a persona, None when there is none; `doubt` says why another one may take its
    place, "" for no. Its patterns may match `builtins`, skills that its consumer has anyhow. Raises what `persona_data`
    raises.
    """
    lists, skills_from = dict(agent.allowed), AGENT
    found, problem = _of_persona(agent, served, persona_data, doubt)
    if lists.get(SKILLS) is None:
        skills_from = ALL if found is None else PERSONA
        lists[SKILLS] = found
    asked = _Preloads(agent, sources)
    surfaces: dict[str, tuple[Visible, ...]] = {}
    unmatched: dict[str, tuple[str, ...]] = {}
    for surface, one in served.items():
        choices = {choice.name: choice for choice in one.choices if choice.winner is not None}
        if surface == PROMPT:
            prompts = [choice for choice in one.choices if choice.winner is not None and agent.system_prompt]
            surfaces[surface] = tuple(Visible(choice, choice.name, (), False, "") for choice in prompts)
            continue
        by, unmatched[surface] = allow(choices, lists.get(surface), builtins if surface == SKILLS else ())
        surfaces[surface] = tuple(_visible(agent, surface, choices[name], by[name], asked) for name in by)
    there = {one.choice.name for one in surfaces.get(SKILLS, ())}
    lost = tuple(name for name in dict.fromkeys(agent.preload) if name not in there)
    return View(agent, surfaces, unmatched, skills_from, lost, problem, lists)


def _parents(path: str) -> list[str]:
    return [path[:at] for at, char in enumerate(path) if char == "/"]


def _of_persona(
    agent: Agent,
    served: Mapping[str, Served],
    persona_data: Callable[[Choice], bytes | None],
    doubt: Callable[[Choice], str],
) -> tuple[tuple[str, ...] | None, str]:
    """The list of skills that its persona has, and what is wrong with it."""
    name = agent.persona
    if not name:
        return None, ""
    choices = served[PERSONAS].choices if PERSONAS in served else ()
    choice = next((one for one in choices if one.name == name and one.winner is not None), None)
    if choice is None:
        return (), f"persona {name!r}: no source serves one of that name"
    if not allow([name], agent.allowed.get(PERSONAS)).by:
        return (), f"persona {name!r}: is none of the agent's personas"
    if doubt(choice):
        return (), f"persona {name!r}: {doubt(choice)}"
    data = persona_data(choice)
    if data is None:
        return (), f"persona {name!r}: there is no file to read its skills from"
    try:
        return skills_of(data), ""
    except PersonaError as why:
        return (), f"persona {name!r}: {why}"


class _Preloads:
    """Which skills are to be in the prompt: what the agent names, and what a source says of a skill that it has."""

    def __init__(self, agent: Agent, sources: Sequence[Source]) -> None:
        self._named = frozenset(agent.preload)
        self._on = agent.system_prompt
        self._by_source: dict[str, set[int]] = {}
        for at, source in enumerate(sources):
            for name in source.skills_preload:
                self._by_source.setdefault(name, set()).add(at)

    def has(self, choice: Choice) -> bool:
        """Whether it is one of them."""
        if not self._on:
            return False
        asking = self._by_source.get(choice.name)
        if choice.name in self._named or asking is None:
            return choice.name in self._named
        return not asking.isdisjoint((*choice.again, *(one.source for one in (choice.last, *choice.shadowed))))


def _visible(agent: Agent, surface: str, choice: Choice, by: tuple[str, ...], asked: _Preloads) -> Visible:
    if surface != SKILLS:
        return Visible(choice, choice.name, by, False, "")
    delivered, problem = agent.delivered(SKILLS, choice.name), ""
    if delivered != choice.name and len(delivered) > LONGEST:
        problem = f"it would be delivered as {delivered!r}: {len(delivered)} characters, {LONGEST} is the most"
    elif delivered != choice.name and choice.last.fixed:
        problem = f"it cannot be delivered as {delivered!r}: {choice.last.fixed}"
    return Visible(choice, delivered, by, not problem and asked.has(choice), problem)
