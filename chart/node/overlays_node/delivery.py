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
from overlays_node.installed import PLACES, Entry, Skipped
from overlays_node.items import PROMPT, SURFACES, Item, Note, Served


class Delivery:
    """The surfaces that are asked for, of one set. `offered` are those of them that some source has."""

    def __init__(self, candidate: Candidate, surfaces: Collection[str]) -> None:
        """Look for all items. Raises OSError, NodeError: files cannot be read."""
        self.sources = candidate.sources
        self._folder = candidate.folder
        self._members = {member.repository.repo: member for member in candidate.record.members}
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

    def places(self) -> Iterator[str]:
        """Where all of it goes, except for the prompt."""
        for served in self._served:
            if served.surface != PROMPT:
                top = PLACES[served.surface]
                for choice in served.choices:
                    if choice.winner is not None:
                        yield f"{top}/{choice.winner.path}"
                for loose in served.loose:
                    yield f"{top}/{loose.path}"

    def parcels(self) -> Iterator[tuple[Entry, Parcel]]:
        """All of it, except for the prompt; one parcel is in memory at a time. Raises OSError: files cannot be read."""
        for served in self._served:
            for parcel in arrange.parcels(served, self.sources, self._root):
                name = parcel.item.name if parcel.item is not None else ""
                place = f"{PLACES[parcel.surface]}/{parcel.path}"
                yield self._entry(parcel.surface, name, parcel.source, parcel.path, place, parcel.shadowed), parcel

    def prompts(self) -> list[tuple[Entry, Item]]:
        """The parts of the prompt, in their order."""
        found = [served for served in self._served if served.surface == PROMPT]
        parts = [choice.winner for served in found for choice in served.choices if choice.winner is not None]
        return [(self._entry(PROMPT, one.name, one.source, "", PLACES[PROMPT], ()), one) for one in parts]

    def _entry(self, kind: str, name: str, at: int, path: str, place: str, shadowed: tuple[int, ...]) -> Entry:
        member = self._members[self.sources[at].repo]
        repository = member.repository
        whole = self._in_repo(kind, at, path)
        shadows = tuple(self.sources[one].repo for one in shadowed)
        return Entry(kind, name, repository.repo, repository.ref, member.resolved.commit, whole, place, shadows)

    def _path_of(self, note: Note) -> str:
        return self._in_repo(note.surface, note.source, note.path)

    def _in_repo(self, surface: str, at: int, path: str) -> str:
        subdir = self._subdirs[at][surface]
        return f"{subdir}/{path}" if path else subdir
