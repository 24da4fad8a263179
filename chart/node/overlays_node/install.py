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
from overlays_node.destination import ClosedError, Destination, InTheWayError
from overlays_node.holdings import Holdings
from overlays_node.installed import Entries, Record, Skipped, told
from overlays_node.items import FOLDER, PROMPT, SKILLS, join_prompts
from overlays_node.places import CLAUDE_SKILLS, PLACES, RECORD, TO_SKILLS, parents, surface_of
from overlays_node.plan import Plan
from overlays_node.workbench import Workbench

MOST_SKIPPED = MOST_LEFT = 1000  # in the record: of what is left out, and of directories that others still use


def install(destination: Destination, candidate: Candidate, surfaces: Collection[str]) -> None:
    """Make the destination what the set says.

    Raises NodeError: it cannot be done; every item is as it was or as it shall be, and the next run goes on.
    """
    with destination.locked():
        run = _Run(destination, candidate)
        try:
            run.run(surfaces)
        except OSError as why:
            raise NodeError(_sentence(destination, run.at, why)) from None
        finally:
            run.bench.close()


def _sentence(destination: Destination, at: str, why: OSError) -> str:
    where = why.filename if isinstance(why.filename, str) and os.path.isabs(why.filename) else destination.path / at  # noqa: PTH117
    return f"{where}: {why.strerror}"


class _Run:
    """One run. `at` is the place at which it is just now."""

    def __init__(self, destination: Destination, candidate: Candidate) -> None:
        self.destination = destination
        self.candidate = candidate
        self.at = ""
        self.boot_id = health.boot_id()
        self.bench = Workbench(destination, self.boot_id)
        self.skipped: list[Skipped] = []
        self.in_the_way: set[str] = set()
        self.installed = self.removed = self.unchanged = 0

    def run(self, surfaces: Collection[str]) -> None:
        """All of it. Raises NodeError, OSError."""
        started = time.monotonic()
        self.ours = Holdings(self.destination, self.bench, self.boot_id)
        delivery = Delivery(self.candidate, surfaces)
        plan = Plan(self.candidate, delivery, self.ours, self.destination)
        self.entries = plan.entries
        tell(self.candidate)
        for one in (*delivery.tell(), *plan.skipped):
            self._skip(one)
        self._clear_the_way()
        for place, parcel in delivery.parcels():
            if place in self.entries and place not in plan.kept:
                self._parcel(place, parcel)
        if PLACES[PROMPT] not in plan.kept:
            self._prompt(delivery)
        delivery.check()
        self._folders_of(plan.surfaces)
        self._skills_link(wanted=SKILLS in plan.surfaces)
        for place in sorted(self.ours.places.keys() - self.entries.keys() - self.in_the_way):
            self._remove(place)
        self._remove_folders(plan.surfaces)
        self._record()
        self._sum_up(started)

    def _clear_the_way(self) -> None:
        """Remove what is no longer wanted where something wanted will be above or below it."""
        wanted = {*self.entries}
        above = {parent for place in wanted for parent in parents(place)}
        for place in sorted(self.ours.places.keys() - wanted):
            if place in above or any(parent in wanted for parent in parents(place)):
                self._remove(place)
        for path in sorted(self.ours.folders, reverse=True):
            if path in wanted or any(parent in wanted for parent in parents(path)):
                self.at = path
                if self.destination.remove_folder(path):
                    self.ours.folders.discard(path)

    def _parcel(self, place: str, parcel: Parcel) -> None:
        entries = self.entries[place]
        first = entries[0]
        for path, reason in parcel.left_out:
            where = first.path_of(place) + path[len(parcel.path) :]
            if parcel.pieces:
                log.warning("left-out", repository=first.source, commit=first.commit, path=where, reason=reason)
            else:
                self._skip(Skipped(first.kind, first.source, where, reason))
        if not parcel.pieces:
            del self.entries[place]
            return
        self.at = place
        form = stat.S_IFDIR if parcel.pieces[0].kind == FOLDER else stat.S_IFREG
        try:
            if not self._is_there(place, entries, form):
                self.bench.put(place, entries, parcel.pieces, ours=place in self.ours.places)
                self._placed(entries)
        except InTheWayError as why:
            self._stays(first.kind, place, why)

    def _is_there(self, place: str, entries: Entries, form: int) -> bool:
        if not self.ours.has(place, entries, form):
            return False
        self.unchanged += len(entries)
        return True

    def _placed(self, entries: Entries) -> None:
        self.installed += len(entries)
        for one in entries:
            if one.name:
                log.info("item-installed", **told(one))

    def _prompt(self, delivery: Delivery) -> None:
        parts = delivery.prompts()
        entries = tuple(entry for entry, _ in parts)
        self.at = place = PLACES[PROMPT]
        try:
            if parts and not self._is_there(place, entries, stat.S_IFREG):
                texts = join_prompts(pathlib.Path(item.real).read_bytes() for _, item in parts)
                first = next(texts, None)
                if first is None:
                    return
                whole = itertools.chain([first], texts)
                self.bench.put_file(place, entries, whole, ours=place in self.ours.places)
                self._placed(entries)
        except InTheWayError as why:
            self._stays(PROMPT, place, why)
            return
        if parts:
            self.entries[place] = entries

    def _folders_of(self, surfaces: Collection[str]) -> None:
        for surface in surfaces:
            if surface != PROMPT:
                self.at = PLACES[surface]
                try:
                    self.bench.make_folder(self.at)
                except InTheWayError as why:
                    if not any((surface, str(why)) == (one.kind, one.reason) for one in self.skipped):
                        self._stays(surface, self.at, why)

    def _skills_link(self, *, wanted: bool) -> None:
        self.at = CLAUDE_SKILLS
        if not wanted and CLAUDE_SKILLS not in self.ours.links:
            return
        try:
            there = self.destination.link_target(CLAUDE_SKILLS) == TO_SKILLS
            if wanted and not there:
                self.bench.put_link(CLAUDE_SKILLS, TO_SKILLS)
            elif there and not wanted:
                self.bench.remove(CLAUDE_SKILLS)
        except InTheWayError as why:
            self._stays(SKILLS, CLAUDE_SKILLS, why)
            return
        if not wanted:
            self.ours.links.clear()

    def _remove(self, place: str) -> None:
        self.at = place
        old = self.ours.places[place]
        try:
            self.bench.remove(place)
        except ClosedError as why:
            self._stays(surface_of(place), place, why)
            return
        del self.ours.places[place]
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
        left = []
        for path in sorted(self.ours.folders - needed, reverse=True):
            self.at = path
            if not self.destination.remove_folder(path):
                left.append(path)
        self.ours.folders &= {*needed, *left[:MOST_LEFT]}

    def _stays(self, kind: str, place: str, why: InTheWayError) -> None:
        """Something is in the way there; what was ours behind a closed door is ours still."""
        self.in_the_way.add(place)
        self.entries.pop(place, None)
        old = self.ours.places.get(place)
        if old and isinstance(why, ClosedError) and self.destination.stands(place):
            self.entries[place] = old
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
            skipped=tuple(self.skipped[:MOST_SKIPPED]),
        )
        if not self.ours.is_recorded(record):
            self.bench.put_record(RECORD, record.lines())
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
