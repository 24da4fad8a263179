"""What has changed since a catalog was written as text: that tells what, the values and sources tell why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from overlays.core.catalog.compare import matching
from overlays.core.catalog.past import Past
from overlays.model.catalog import AgentChange, Catalog, CatalogChange, Entry, Gain, Listing, SkillChange
from overlays.model.sight import Sight
from overlays.model.winners import Copy, Row, Winners

CHANGED: Final = "its description is another one"
Shown = Callable[[str, str], "tuple[str, str]"]
"""A name and a description as they stand in the text."""


def drift(past: Past, catalog: Catalog, sights: Mapping[str, Sight], winners: Winners, shown: Shown) -> CatalogChange:
    """From what a file says to the catalog of now. sights: of its agents, by name."""
    rows = {row.name: row for row in winners.rows if row.surface == "skills"}
    work = _Work(catalog, rows, shown)
    agents = [work.agent(past.get(one.name), one, sights[one.name]) for one in catalog.agents]
    here = {one.name for one in catalog.agents}
    agents += [AgentChange("-", name, (), (), (), (0, 0), (0, 0)) for name in past if name not in here]
    changed = tuple(one for one in agents if one.kind != "~" or one.gained or one.lost)
    skills = tuple(SkillChange(name, CHANGED, texts, tuple(by)) for (name, texts), by in work.changed.items())
    notes = () if changed or skills else ("no skill and no description: only the text around them",)
    return CatalogChange(changed, skills, (), notes)


class _Line(NamedTuple):
    """What a catalog says of a skill. copy: None of one that is built in."""

    entry: Entry
    description: str
    copy: Copy | None


class _Work:
    def __init__(self, catalog: Catalog, rows: Mapping[str, Row], shown: Shown) -> None:
        self.catalog, self.rows, self.shown = catalog, rows, shown
        self.changed: dict[tuple[str, tuple[str, str]], list[str]] = {}

    def agent(self, past: Mapping[str, str] | None, listing: Listing, sight: Sight) -> AgentChange:
        lines = {self.shown(line.entry.delivered, "")[0]: line for line in self.lines(listing)}
        before = past or {}
        gained = tuple(
            Gain(line.entry.delivered, matching(line.entry), line.copy)
            for name, line in lines.items()
            if name not in before
        )
        lost = tuple(Gain(name, self.why_lost(name, listing, sight)) for name in before if name not in lines)
        for name, line in lines.items():
            now = self.shown("", line.description)[1]
            if name in before and before[name] != now:
                change = line.entry.delivered, (before[name], now)
                self.changed.setdefault(change, []).append(listing.name)
        size, tokens = (0, listing.bytes), (0, listing.tokens)
        return AgentChange("+" if past is None else "~", listing.name, gained, lost, (), size, tokens)

    def lines(self, listing: Listing) -> Iterator[_Line]:
        """Of the skills that have one."""
        for entry in listing.skills:
            if entry.bytes:
                skill = self.catalog.skills[entry.name]
                yield _Line(entry, skill.front.description or "", skill.copy)
        for entry in listing.builtins:
            if entry.bytes:
                yield _Line(entry, self.catalog.builtins[entry.name] or "", None)

    def why_lost(self, name: str, listing: Listing, sight: Sight) -> str:
        own = {self.shown(entry.delivered, "")[0]: entry.name for entry in listing.skills}.get(name)
        if own is not None:
            front = self.catalog.skills[own].front
            return f"CAO leaves it out: {front.flaw or front.name_flaw}"
        mount = f"{sight.agent.mount_as}-" if sight.agent and sight.agent.mount_as else ""
        row = self.rows.get(name.removeprefix(mount))
        if row is None:
            also = ", and it is no built-in skill that the agent sees" if self.catalog.builtins else ""
            return f"no source serves it any more{also}"
        if row.reason:
            return f"nothing is served under that name: {row.reason}"
        if mount and not name.startswith(mount):
            return "the agent's copies have other names (mountAs)"
        return "no pattern of the agent matches it" if listing.patterns else "the agent's skills are []"
