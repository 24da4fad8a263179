"""Installing a set: what agents may use is copied to where they see it, item by item, and what has gone is removed."""

from __future__ import annotations

import itertools
import os
import pathlib
import stat
import time
from collections.abc import Collection

from overlays_node import NodeError, health, log
from overlays_node.arrange import Parcel
from overlays_node.candidate import Candidate, tell
from overlays_node.delivery import Delivery
from overlays_node.destination import Destination, InTheWayError
from overlays_node.holdings import Holdings
from overlays_node.installed import (
    CLAUDE_SKILLS,
    PLACES,
    RECORD,
    TO_SKILLS,
    Entries,
    Entry,
    Record,
    Skipped,
    parents,
    told,
)
from overlays_node.items import FOLDER, PROMPT, SKILLS, join_prompts
from overlays_node.workbench import Workbench


def install(destination: Destination, candidate: Candidate, surfaces: Collection[str]) -> None:
    """Make the destination what the set says.

    Raises NodeError: it cannot be done; every item is as it was or as it shall be, and the next run goes on.
    """
    with destination.locked():
        bench = Workbench(destination)
        run = _Run(destination, bench, candidate)
        try:
            run.run(surfaces)
        except OSError as why:
            raise NodeError(_sentence(destination, run.at, why)) from None
        finally:
            bench.close()


def _sentence(destination: Destination, at: str, why: OSError) -> str:
    where = why.filename if isinstance(why.filename, str) and os.path.isabs(why.filename) else destination.path / at  # noqa: PTH117
    return f"{where}: {why.strerror}"


class _Run:
    """One run. `at` is the place at which it is just now."""

    def __init__(self, destination: Destination, bench: Workbench, candidate: Candidate) -> None:
        self.destination = destination
        self.bench = bench
        self.candidate = candidate
        self.at = ""
        self.boot_id = health.boot_id()
        self.entries: dict[str, Entries] = {}
        self.skipped: list[Skipped] = []
        self.in_the_way: set[str] = set()
        self.installed = self.removed = self.unchanged = 0

    def run(self, surfaces: Collection[str]) -> None:
        """All of it. Raises NodeError, OSError."""
        started = time.monotonic()
        self.ours = Holdings(self.destination, self.bench, self.boot_id)
        delivery = Delivery(self.candidate, surfaces)
        tell(self.candidate)
        for one in delivery.tell():
            self._skip(one)
        self._clear_the_way({*delivery.places()})
        for entry, parcel in delivery.parcels():
            self._parcel(entry, parcel)
        self._prompt(delivery)
        self._keep_lacking()
        delivery.check()
        self._folders_of(delivery.offered)
        self._skills_link(wanted=SKILLS in delivery.offered)
        for place in sorted(self.ours.places - self.entries.keys() - self.in_the_way):
            self._remove(place)
        self._remove_folders(delivery.offered)
        self._record()
        self._sum_up(started)

    def _clear_the_way(self, wanted: set[str]) -> None:
        """Remove what is no longer wanted where something wanted will be above or below it."""
        above = {parent for place in wanted for parent in parents(place)}
        for place in sorted(self.ours.places - wanted):
            if place in above or any(parent in wanted for parent in parents(place)):
                self._remove(place)
        for path in sorted(self.ours.folders, reverse=True):
            if path in wanted or any(parent in wanted for parent in parents(path)):
                self.at = path
                if self.destination.remove_folder(path):
                    self.ours.folders.discard(path)

    def _parcel(self, entry: Entry, parcel: Parcel) -> None:
        for path, reason in parcel.left_out:
            if parcel.pieces:
                where = entry.path + path[len(parcel.path) :]
                log.warning("left-out", repository=entry.source, commit=entry.commit, path=where, reason=reason)
            else:
                self._skip(Skipped(entry.kind, entry.source, entry.path, reason))
        if not parcel.pieces:
            return
        self.at = entry.place
        form = stat.S_IFDIR if parcel.pieces[0].kind == FOLDER else stat.S_IFREG
        if self._is_there((entry,), form):
            return
        try:
            self.bench.put(entry.place, parcel.pieces, ours=entry.place in self.ours.places)
        except InTheWayError as why:
            self._stays(entry.kind, entry.place, why)
            return
        self._placed((entry,))

    def _is_there(self, entries: Entries, form: int) -> bool:
        if not self.ours.has(entries, form):
            return False
        self.entries[entries[0].place] = entries
        self.unchanged += len(entries)
        return True

    def _placed(self, entries: Entries) -> None:
        self.entries[entries[0].place] = entries
        self.installed += len(entries)
        for one in entries:
            if one.name:
                log.info("item-installed", **told(one))

    def _prompt(self, delivery: Delivery) -> None:
        parts = delivery.prompts()
        entries = tuple(entry for entry, _ in parts)
        self.at = PLACES[PROMPT]
        if not parts or self._is_there(entries, stat.S_IFREG):
            return
        texts = join_prompts(pathlib.Path(item.real).read_bytes() for _, item in parts)
        first = next(texts, None)
        if first is None:
            return
        try:
            self.bench.put_file(self.at, itertools.chain([first], texts), ours=self.at in self.ours.places)
        except InTheWayError as why:
            self._stays(PROMPT, self.at, why)
            return
        self._placed(entries)

    def _keep_lacking(self) -> None:
        """What is there of repositories that the set lacks stays, if nothing else has taken its place."""
        for place, old in self.ours.record.entries.items():
            mine = place in self.ours.places and place not in self.entries and place not in self.in_the_way
            if mine and any(one.source in self.candidate.lacking for one in old) and self.destination.mode(place):
                self.entries[place] = old

    def _folders_of(self, surfaces: Collection[str]) -> None:
        for surface in surfaces:
            if surface != PROMPT:
                self.at = PLACES[surface]
                try:
                    self.bench.make_folder(self.at)
                except InTheWayError as why:
                    self._stays(surface, self.at, why)

    def _skills_link(self, *, wanted: bool) -> None:
        self.at = CLAUDE_SKILLS
        there = self.destination.link_target(CLAUDE_SKILLS) == TO_SKILLS
        if wanted and not there:
            try:
                self.bench.put_link(CLAUDE_SKILLS, TO_SKILLS)
            except InTheWayError as why:
                self._stays(SKILLS, CLAUDE_SKILLS, why)
        elif there and not wanted and CLAUDE_SKILLS in self.ours.links:
            self.bench.remove(CLAUDE_SKILLS)
        if not wanted:
            self.ours.links.clear()

    def _remove(self, place: str) -> None:
        self.at = place
        self.bench.remove(place)
        self.ours.places.discard(place)
        old = self.ours.record.entries.get(place, ())
        self.removed += len(old)
        for one in old:
            if one.name:
                log.info("item-removed", **told(one))

    def _remove_folders(self, surfaces: Collection[str]) -> None:
        self.ours.folders.update(self.bench.folders)
        self.ours.links.update(self.bench.links)
        needed = {parent for place in (*self.entries, *self.ours.links) for parent in parents(place)}
        for surface in surfaces:
            needed.update((PLACES[surface], *parents(PLACES[surface])))
        for path in sorted(self.ours.folders - needed, reverse=True):
            self.at = path
            if self.destination.remove_folder(path):
                self.ours.folders.discard(path)

    def _stays(self, kind: str, place: str, why: InTheWayError) -> None:
        self.in_the_way.add(place)
        self._skip(Skipped(kind, "", place, str(why)))

    def _skip(self, one: Skipped) -> None:
        self.skipped.append(one)
        log.error("item-skipped", **vars(one))

    def _record(self) -> None:
        self.at = RECORD
        record = Record(
            set=self.candidate.name,
            manifest_digest=self.candidate.record.manifest_digest,
            complete=self.candidate.record.complete,
            fallback=self.candidate.fallback,
            boot_id=self.boot_id,
            entries=self.entries,
            folders=tuple(self.ours.folders),
            links=tuple(self.ours.links),
            skipped=tuple(self.skipped),
        )
        data = record.dump()
        if data != self.ours.data:
            self.bench.put_record(RECORD, data)
        self.bench.finish()

    def _sum_up(self, started: float) -> None:
        parts = [one for entries in self.entries.values() for one in entries]
        log.info(
            "installed",
            set=self.candidate.name,
            complete=self.candidate.record.complete,
            fallback=self.candidate.fallback,
            sources=len(self.candidate.sources),
            items=sum(1 for one in parts if one.name),
            loose=sum(1 for one in parts if not one.name),
            installed=self.installed,
            unchanged=self.unchanged,
            removed=self.removed,
            shadowed=sum(len(one.shadows) for one in parts),
            skipped=len(self.skipped),
            seconds=round(time.monotonic() - started, 3),
        )
