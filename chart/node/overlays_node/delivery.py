"""What a set delivers: its winners and loose files with where they come from and where they go."""

# Paths are text and os calls: thousands of pathlib objects would cost more than the reading.
# ruff: noqa: PTH112

from __future__ import annotations

import os
import pathlib
from collections.abc import Collection, Iterator

from overlays_node import NodeError, arrange, items, log
from overlays_node.arrange import Parcel
from overlays_node.candidate import Candidate
from overlays_node.installed import Entries, Entry, Skipped
from overlays_node.items import PROMPT, SURFACES, Item, Note, Served
from overlays_node.places import PLACES

Rank = tuple[bool, int]  # an item beats loose files, and then the source that is later in the list
Name = tuple[str, str]  # surface and name


class Delivery:
    """The surfaces that are asked for, of one set. `offered` are those of them that some source has."""

    def __init__(self, candidate: Candidate, surfaces: Collection[str]) -> None:
        """Look for all items. Raises OSError, NodeError: files cannot be read."""
        self.sources = candidate.sources
        self._folder = candidate.folder
        self._members = {member.repository.repo: member for member in candidate.record.members}
        self._positions = [at for at, one in enumerate(candidate.listed) if one.repo not in candidate.lacking]
        self._subdirs = [dict(source.subdirs) for source in self.sources]
        self.asked = [surface for surface in SURFACES if surface in surfaces]
        self.offered = [surface for surface in self.asked if any(surface in one for one in self._subdirs)]
        self._served = [self._survey(surface) for surface in self.offered]
        self.check()

    def _survey(self, surface: str) -> Served:
        found = enumerate(self.sources)
        return items.choose(surface, [items.offer(surface, at, self._root(one.repo), one) for at, one in found])

    def _root(self, repo: str) -> pathlib.Path:
        return self._folder / repo

    def check(self) -> None:
        """A tree that is taken away looks like an empty one. Raises NodeError: one is gone."""
        for repo in self._members:
            if not os.path.isdir(self._root(repo)):
                raise NodeError(f"{self._root(repo)}: the files of {repo} are gone")

    def tell(self) -> list[Skipped]:
        """Log what there is to say of surfaces and files; give what cannot be served."""
        for surface in self.asked:
            if surface not in self.offered:
                log.info("surface-not-configured", kind=surface, reason=f"no source of this set has {surface}")
        skipped = []
        for served in self._served:
            if not served.choices:
                self._tell_of_nothing(served.surface)
            for note in served.notes:
                told = Skipped(served.surface, self.sources[note.source].repo, self._path_of(note), note.text)
                if note.error:
                    skipped.append(told)
                else:
                    log.warning("not-served", **vars(told))
        return skipped

    def _tell_of_nothing(self, surface: str) -> None:
        places = [(one.repo, self._subdirs[at].get(surface)) for at, one in enumerate(self.sources)]
        wanted = [(repo, subdir) for repo, subdir in places if subdir is not None]
        if any((self._root(repo) / subdir).exists() for repo, subdir in wanted):
            log.warning("surface-empty", kind=surface, reason=f"no item of {surface} is where the sources say they are")
        else:
            log.warning("surface-missing", kind=surface, reason=f"nothing is where the sources say {surface} are")

    def places(self) -> Iterator[tuple[str, Entries]]:
        """Where all of it goes and what it is, except for the prompt; loose files of one source share an entry."""
        for served in self._choosing():
            top = PLACES[served.surface]
            for choice in served.choices:
                item = choice.winner
                if item is not None:
                    shadowed = tuple(one.source for one in choice.shadowed)
                    yield (
                        f"{top}/{item.path}",
                        (self._entry_of(item.surface, item.name, item.source, item.path, shadowed),),
                    )
            shared: dict[tuple[int, tuple[int, ...]], Entries] = {}
            for loose in served.loose:
                key = loose.source, loose.shadowed
                if key not in shared:
                    shared[key] = (self._entry_of(served.surface, "", loose.source, "", loose.shadowed),)
                yield f"{top}/{loose.path}", shared[key]

    def ranks(self) -> Iterator[tuple[str, Rank]]:
        """Which places beat others, except for the prompt."""
        for served in self._choosing():
            top = PLACES[served.surface]
            for choice in served.choices:
                if choice.winner is not None:
                    yield f"{top}/{choice.winner.path}", (True, self._positions[choice.winner.source])
            for loose in served.loose:
                yield f"{top}/{loose.path}", (False, self._positions[loose.source])

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
            for parcel in arrange.parcels(served, self.sources, self._root):
                yield f"{PLACES[parcel.surface]}/{parcel.path}", parcel

    def prompts(self) -> list[tuple[Entry, Item]]:
        """The parts of the prompt, in their order."""
        found = [served for served in self._served if served.surface == PROMPT]
        parts = [choice.winner for served in found for choice in served.choices if choice.winner is not None]
        return [(self._entry_of(PROMPT, one.name, one.source, "", ()), one) for one in parts]

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
        subdir = self._subdirs[at][surface]
        return f"{subdir}/{path}" if path else subdir
