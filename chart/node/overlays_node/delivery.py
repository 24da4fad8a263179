"""What a set delivers, to all or to one agent: items and loose files with where they come from and where they go."""

# Paths are text and os calls: thousands of pathlib objects would cost more than the reading.
# ruff: noqa: PTH112

from __future__ import annotations

import os
import pathlib
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from overlays_node import NodeError, arrange, items, log
from overlays_node.candidate import Candidate
from overlays_node.choosing import Choice
from overlays_node.installed import Entries, Entry, Skipped
from overlays_node.items import PERSONAS, PROMPT, SKILLS, SURFACES, Item, Note, Served, join_prompts
from overlays_node.names import body_of
from overlays_node.parcel import NAMED, Parcel
from overlays_node.places import PLACES
from overlays_node.scan import read
from overlays_node.share import Share, is_off, needed
from overlays_node.withheld import ALL, REASON, Withheld

Rank = tuple[bool, int]  # an item beats loose files, and then the source that is later in the list
Name = tuple[str, str]  # surface and name


class Remark(NamedTuple):
    """A line of the log."""

    level: str
    event: str
    facts: dict[str, Any]

    def log(self) -> None:
        """Write it."""
        {"info": log.info, "warning": log.warning, "error": log.error}[self.level](self.event, **self.facts)


class Delivery:
    """The surfaces that are asked for, of one set. `offered` are those of them that some source has."""

    def __init__(self, candidate: Candidate, surfaces: Collection[str], *, loose: bool = True) -> None:
        """Look for all items, and for loose files if wanted. Raises OSError, NodeError: files cannot be read."""
        agent = candidate.agent
        self.sources = candidate.sources
        self._folder = candidate.folder
        self._members = {member.repository.repo: member for member in candidate.record.members}
        self._positions = [at for at, one in enumerate(candidate.listed) if one.repo not in candidate.lacking]
        self._subdirs = [dict(source.subdirs) for source in self.sources]
        self.asked = [surface for surface in SURFACES if surface in surfaces and not is_off(agent, surface)]
        self.offered = [surface for surface in self.asked if self._is_offered(surface)]
        full = {}
        for surface in needed(agent, self.asked):
            if self._is_offered(surface):
                listed = agent is not None and surface in (SKILLS, PERSONAS) and agent.allowed[surface] is not None
                full[surface] = self._survey(surface, loose=loose and surface in self.asked and not listed)
        self.share = Share(agent, full, self.sources, partial(_later_persona, candidate, self._positions))
        self._withheld = Withheld(None if agent is None else self.share.view, self.sources, self._root)
        self._served = [self.share.served(surface) for surface in self.offered]
        self._found = {surface: sum(one.winner is not None for one in found.choices) for surface, found in full.items()}
        self.check()

    def _is_offered(self, surface: str) -> bool:
        return any(surface in one for one in self._subdirs)

    def _survey(self, surface: str, *, loose: bool) -> Served:
        found = enumerate(self.sources)
        offers = [items.offer(surface, at, self._root(one.repo), one, loose=loose) for at, one in found]
        return items.choose(surface, offers)

    def _root(self, repo: str) -> pathlib.Path:
        return self._folder / repo

    def check(self) -> None:
        """A tree that is taken away looks like an empty one. Raises NodeError: one is gone."""
        for repo in self._members:
            if not os.path.isdir(self._root(repo)):
                raise NodeError(f"{self._root(repo)}: the files of {repo} are gone")

    def tell(self) -> list[Skipped]:
        """Log what there is to say of surfaces and files; give what cannot be served."""
        skipped = []
        for one in self.remarks():
            if one.event == "item-skipped":
                skipped.append(Skipped(**one.facts))
            else:
                one.log()
        return [*skipped, *self.share.tell(self.asked)]

    def remarks(self) -> Iterator[Remark]:
        """What there is to say of surfaces and files, whoever gets them."""
        for surface in self.asked:
            if surface not in self.offered:
                facts = {"kind": surface, "reason": f"no source of this set has {surface}"}
                yield Remark("info", "surface-not-configured", facts)
        for served in self._served:
            if not any(choice.winner is not None for choice in served.choices):
                yield self._of_nothing(served.surface)
            for note in served.notes:
                facts = {"kind": served.surface, "source": self.sources[note.source].repo, "path": self._path_of(note)}
                facts["reason"] = note.text
                yield Remark("error", "item-skipped", facts) if note.error else Remark("warning", "not-served", facts)

    def _of_nothing(self, surface: str) -> Remark:
        """Why there is nothing of a surface."""
        places = [(one.repo, self._subdirs[at].get(surface)) for at, one in enumerate(self.sources)]
        wanted = [(repo, subdir) for repo, subdir in places if subdir is not None]
        if self._found[surface]:
            reason = f"of {self._found[surface]} {surface} the agent gets none"
        elif any((self._root(repo) / subdir).exists() for repo, subdir in wanted):
            reason = f"no item of {surface} is where the sources say they are"
        else:
            reason = f"nothing is where the sources say {surface} are"
            return Remark("warning", "surface-missing", {"kind": surface, "reason": reason})
        return Remark("warning", "surface-empty", {"kind": surface, "reason": reason})

    def places(self) -> Iterator[tuple[str, Entries]]:
        """Where all of it goes and what it is, except for the prompt; loose files of one source share an entry."""
        for served in self._choosing():
            for choice, item in _won(served):
                yield self._place_of(item), (self._entry_of_item(choice, item),)
            shared: dict[tuple[int, tuple[int, ...]], Entries] = {}
            for loose in served.loose:
                key = loose.source, loose.shadowed
                if key not in shared:
                    shared[key] = (self._entry_of(served.surface, "", loose.source, "", loose.shadowed),)
                yield f"{PLACES[served.surface]}/{loose.path}", shared[key]

    def ranks(self) -> Iterator[tuple[str, Rank]]:
        """Which places beat others, except for the prompt."""
        for served in self._choosing():
            for _, item in _won(served):
                yield self._place_of(item), (True, self._positions[item.source])
            for loose in served.loose:
                yield f"{PLACES[served.surface]}/{loose.path}", (False, self._positions[loose.source])

    def names(self) -> Iterator[tuple[Name, Rank]]:
        """Which names are taken, also those under which nothing is served, except for prompts."""
        for served in self._choosing():
            for choice in served.choices:
                yield (served.surface, choice.name), (True, self._positions[choice.last.source])

    def _choosing(self) -> list[Served]:
        return [served for served in self._served if served.surface != PROMPT]

    def parcels(self) -> Iterator[tuple[str, Parcel]]:
        """All of it by place, without the prompt; one parcel is in memory at a time. Raises OSError: cannot be read."""
        for served in self._served:
            for parcel in arrange.parcels(served, self.sources, self._root, hidden_of=self._withheld.of):
                item = None if parcel.item is None else parcel.item.winner
                if item is None:
                    yield f"{PLACES[parcel.surface]}/{parcel.path}", parcel
                else:
                    yield self._place_of(item), self._named(parcel, item)

    def withheld(self) -> Iterator[Remark]:
        """What there is to say of links that lead to what the agent does not get, when all was handed out."""
        for repo, path in self._withheld.left():
            facts = {"repository": repo, "commit": self._members[repo].resolved.commit, "path": path, "reason": REASON}
            yield Remark("warning", "left-out", facts)

    def _named(self, parcel: Parcel, item: Item) -> Parcel:
        """The same, with the name in it under which it is delivered."""
        if not self.share.mount(item.surface):
            return parcel
        file, name = f"{item.path}/SKILL.md", self._delivered(item)
        pieces = [one._replace(kind=NAMED, target=name) if one.path == file else one for one in parcel.pieces]
        return parcel._replace(pieces=tuple(pieces), as_is=False)

    def prompt(self) -> tuple[Entries, Iterator[bytes]]:
        """The parts of the prompt in their order, and its bytes, which are read when they are asked for."""
        if PROMPT not in self.asked:
            return (), iter(())
        found = [item for served in self._served if served.surface == PROMPT for _, item in _won(served)]
        links = {item: lists for item in found for lists in (self._lists_of(item),) if lists is not None}
        prompts = [*links]
        preloaded = [(one.delivered, one.choice.last) for one in self.share.preloaded()]
        skills = [
            (name, item, lists) for name, item in preloaded for lists in (self._lists_of(item),) if lists is not None
        ]
        entries = [self._entry_of(PROMPT, one.name, one.source, "", ())._replace(lists=links[one]) for one in prompts]
        for name, item, lists in skills:
            path, mount = self._in_repo(SKILLS, item.source, item.path), self.share.mount(SKILLS)
            part = self._entry_of(PROMPT, name, item.source, "", ())
            entries.append(part._replace(path=path, mount=mount, preload=True, lists=lists))
        bodies = ((name, body_of(read(f"{item.real}/SKILL.md"))) for name, item, _ in skills)
        return tuple(entries), join_prompts((read(item.real) for item in prompts), bodies)

    def _lists_of(self, item: Item) -> str | None:
        """The lists that decide whether it may come; "" when it is behind no link, None when it may not."""
        repo = self.sources[item.source].repo
        place = f"{os.path.realpath(self._root(repo))}/{self._in_repo(item.surface, item.source, item.path)}"
        if item.real == place:
            return ""
        hidden = self._withheld.of(repo)
        if hidden is None:
            return ALL
        return None if hidden.hides(place, item.real) else hidden.key

    def _delivered(self, item: Item) -> str:
        mount = self.share.mount(item.surface)
        return f"{mount}-{item.name}" if mount else item.name

    def _place_of(self, item: Item) -> str:
        path = self._delivered(item) if self.share.mount(item.surface) else item.path
        return f"{PLACES[item.surface]}/{path}"

    def _entry_of_item(self, choice: Choice, item: Item) -> Entry:
        shadowed = tuple(one.source for one in choice.shadowed)
        entry = self._entry_of(item.surface, item.name, item.source, item.path, shadowed)
        return entry._replace(place=self._place_of(item), mount=self.share.mount(item.surface))

    def _entry_of(self, kind: str, name: str, at: int, path: str, shadowed: tuple[int, ...]) -> Entry:
        member = self._members[self.sources[at].repo]
        repository = member.repository
        whole = self._in_repo(kind, at, path)
        place = f"{PLACES[kind]}/{path}" if path else PLACES[kind]
        shadows = tuple(self.sources[one].repo for one in shadowed)
        return Entry(kind, name, repository.repo, repository.ref, member.resolved.commit, whole, place, shadows)

    def _path_of(self, note: Note) -> str:
        return self._in_repo(note.surface, note.source, note.path)

    def _in_repo(self, surface: str, at: int, path: str) -> str:
        subdir = self._subdirs[at].get(surface, "")
        return f"{subdir}/{path}" if path else subdir


def _won(served: Served) -> Iterator[tuple[Choice, Item]]:
    """The choices under whose names something is served."""
    for choice in served.choices:
        if choice.winner is not None:
            yield choice, choice.winner


def _later_persona(candidate: Candidate, positions: Sequence[int], choice: Choice) -> str:
    """Which sources that the set lacks may have a persona of that name that beats this one; "" for none."""
    later = candidate.listed[positions[choice.last.source] + 1 :]
    found = [one.repo for one in later if one.repo in candidate.lacking and PERSONAS in dict(one.subdirs)]
    return f"the set lacks {', '.join(dict.fromkeys(found))}, which may have another one" if found else ""
