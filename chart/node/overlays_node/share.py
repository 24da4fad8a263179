"""An agent's share of what a set serves: its items, the files beside them, and what there is to say of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from overlays_node import log, patterns
from overlays_node.agent_view import PERSONA, View, Visible, view
from overlays_node.agents import LIMITED, Agent
from overlays_node.choosing import NOT_SERVED, Choice, Loose, Served
from overlays_node.config import Source
from overlays_node.installed import Entry, Skipped
from overlays_node.offer import PERSONAS, PROMPT, SKILLS, SURFACES, WORKFLOWS, Note
from overlays_node.persona import data_of
from overlays_node.places import PLACES, parents, surface_of
from overlays_node.withheld import key_of


def is_off(agent: Agent | None, surface: str) -> bool:
    """Whether the agent has nothing of a surface, whatever the sources serve."""
    if agent is None:
        return False
    return not agent.system_prompt if surface == PROMPT else agent.allowed.get(surface) == ()


def needed(agent: Agent | None, asked: Sequence[str]) -> list[str]:
    """The surfaces to look at: those that are asked for, and those that have a say in them."""
    if agent is None:
        return [*asked]
    also = {SKILLS} if PROMPT in asked and not is_off(agent, SKILLS) else set[str]()
    if agent.persona and (also or SKILLS in asked):
        also.add(PERSONAS)
    return [surface for surface in SURFACES if surface in asked or surface in also]


class Share:
    """What is the agent's of these surfaces. Without an agent it is everything, under its own name.

    `agent` is None without one, `view` tells what it gets. Raises OSError: the text of a persona cannot be read.
    """

    def __init__(
        self,
        agent: Agent | None,
        full: Mapping[str, Served],
        sources: Sequence[Source],
        doubt: Callable[[Choice], str] = lambda _: "",
    ) -> None:
        self.agent = agent
        self.view: View = view(agent or Agent(""), full, sources, _text_of, doubt=doubt)
        self._sources = sources
        self._visible = {
            surface: {one.choice.name: one for one in found if not one.problem}
            for surface, found in self.view.surfaces.items()
        }
        self._full = full
        self._key = key_of(self.view)

    def served(self, surface: str) -> Served:
        """What it gets of a surface, and the names of its list under which nothing is served."""
        full = self._full[surface]
        if self.agent is None:
            return full
        choices = [one for one in full.choices if self._is_its(one)]
        paths = {one.path for one in full.loose} if surface in LIMITED else set()
        mine = {*self.view.loose(surface, paths)}
        loose: tuple[Loose, ...] = tuple(one for one in full.loose if one.path in mine)
        return replace(full, choices=tuple(choices), loose=loose, notes=tuple(self._notes(full)))

    def _is_its(self, choice: Choice) -> bool:
        surface = choice.last.surface
        if choice.winner is not None:
            return choice.name in self._visible[surface]
        return self.view.may_have(surface, choice.name)

    def _notes(self, full: Served) -> Iterator[Note]:
        """Those that name nothing which the agent may not know of."""
        patterns_of = self.view.lists.get(full.surface)
        names = {(one.last.source, one.last.path): one.name for one in full.choices}
        others = {one.last.path for one in full.choices if not self.view.may_have(full.surface, one.name)}
        above = {parent for path in others for parent in parents(path)}
        for note in full.notes:
            name = names.get((note.source, note.path))
            if full.surface == PROMPT or patterns_of is None or not note.path:
                yield note
                continue
            parts = [name] if name is not None else _names_in(full.surface, note.path)
            if any(self.view.may_have(full.surface, part) for part in parts):
                inside = not others.isdisjoint(parents(note.path))
                yield _discreet(note, inside) if inside or note.path in above or note.path in others else note

    def mount(self, surface: str) -> str:
        """What stands before the names of its copies."""
        return "" if self.agent is None else self.agent.mount_as.get(surface, "")

    def preloaded(self) -> list[Visible]:
        """The skills that are in its prompt."""
        return [] if self.agent is None else [one for one in self._visible.get(SKILLS, {}).values() if one.preload]

    def may_keep(self, entry: Entry) -> bool:
        """Whether an item, or a part of the prompt, that was installed for whomever may stay in place."""
        if self.agent is None:
            return not entry.mount and not (entry.kind == PROMPT and entry.preload)
        if entry.lists and entry.lists.partition("-")[0] != self._key:
            return False
        if entry.kind != PROMPT:
            return entry.mount == self.mount(entry.kind) and self.view.may_have(entry.kind, entry.name)
        if not entry.preload:
            return self.agent.system_prompt
        name = entry.path.rpartition("/")[2]
        delivered = self.agent.delivered(SKILLS, name) == entry.name
        return self.agent.system_prompt and delivered and self.view.may_have(SKILLS, name)

    def loose_to_keep(self, places: Iterable[str]) -> set[str]:
        """Of places where something was installed, those that loose files may stay at."""
        found: dict[str, list[str]] = {}
        for place in places:
            surface = surface_of(place)
            if surface not in ("", PROMPT):
                found.setdefault(surface, []).append(place[len(PLACES[surface]) + 1 :])
        loose = self.view.loose
        return {f"{PLACES[surface]}/{path}" for surface, paths in found.items() for path in loose(surface, paths)}

    def tell(self, asked: Sequence[str]) -> list[Skipped]:
        """Log what nothing of its lists matches; give what it should have, and cannot."""
        if self.agent is None:
            return []
        skipped = []
        for surface in asked:
            unmatched = self.view.unmatched.get(surface, ())
            if unmatched:
                facts = {"agent": self.agent.name, "kind": surface, "patterns": [*unmatched]}
                log.warning("patterns-unmatched", reason=patterns.warning(unmatched, surface), **facts)
            for one in self.view.surfaces.get(surface, ()):
                if one.problem:
                    skipped.append(self._no_copy(one))
        if self.view.problem and not {PERSONAS, SKILLS, PROMPT}.isdisjoint(asked):
            if self.view.skills_from == PERSONA:
                reason = f"{self.view.problem}; it gets no skill"
                skipped.append(Skipped(PERSONAS, "", self.agent.persona, reason))
            else:
                log.warning("persona-without-effect", agent=self.agent.name, reason=self.view.problem)
        for name in self.view.lost_preload if PROMPT in asked else ():
            reason = f"is to be preloaded, and is no skill that agent {self.agent.name!r} gets"
            skipped.append(Skipped(SKILLS, "", name, reason))
        return skipped

    def _no_copy(self, one: Visible) -> Skipped:
        item = one.choice.last
        source = self._sources[item.source]
        path = f"{dict(source.subdirs)[item.surface]}/{item.path}"
        return Skipped(item.surface, source.repo, path, one.problem)


def _discreet(note: Note, inside: bool) -> Note:
    """The same without what is in the way, which is something that the agent may not have; it may be `inside` that."""
    what, found, _ = note.text.partition(NOT_SERVED)
    text = f"{what}{found}its place is taken" if found else note.text
    return replace(note, text=text, path="" if inside else note.path)


def _names_in(surface: str, path: str) -> list[str]:
    """Names that an item may have which a path tells of."""
    if surface == WORKFLOWS:  # it stands in the file
        return []
    first, *others = path.split("/")
    if surface == PERSONAS:
        return [first[: -len(".md")] if first.endswith(".md") else first]
    return [first] if surface == SKILLS else [first, *others]


def _text_of(choice: Choice) -> bytes | None:
    return None if choice.winner is None else data_of(choice.winner)
