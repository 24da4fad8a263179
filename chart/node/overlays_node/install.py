"""Installing a set: what agents may use is copied to where they see it, item by item, and what has gone is removed."""

from __future__ import annotations

import itertools
import stat
from collections.abc import Collection

from overlays_node import NodeError, health, log
from overlays_node.candidate import Candidate, tell
from overlays_node.delivery import Delivery
from overlays_node.destination import ClosedError, Destination, InTheWayError
from overlays_node.holdings import Holdings
from overlays_node.installed import Record, Skipped, marked
from overlays_node.items import FOLDER, PROMPT, SKILLS
from overlays_node.parcel import Parcel
from overlays_node.places import CLAUDE_SKILLS, PLACES, RECORD, TO_SKILLS, parents, surface_of
from overlays_node.plan import Plan
from overlays_node.told import INSTALLED, KEPT, UNCHANGED, Told
from overlays_node.workbench import Workbench

MOST_SKIPPED = MOST_LEFT = 1000  # in the record: of what is left out, and of directories that others still use


def install(destination: Destination, candidate: Candidate, surfaces: Collection[str], *, quiet: bool = False) -> None:
    """Make the destination what the set says. `quiet`: nothing is said of items that are in place already.

    Raises NodeError: it cannot be done; every item is as it was or as it shall be, and the next run goes on.
    """
    with destination.locked():
        run = _Run(destination, candidate, quiet=quiet)
        try:
            run.run(surfaces)
        except OSError as why:
            raise NodeError(destination.sentence(run.at, why)) from None
        finally:
            run.bench.close()


class _Run:
    """One run. `at` is the place at which it is just now."""

    def __init__(self, destination: Destination, candidate: Candidate, *, quiet: bool) -> None:
        self.destination = destination
        self.candidate = candidate
        self.at = ""
        self.boot_id = health.boot_id()
        self.bench = Workbench(destination, self.boot_id)
        self.told = Told(quiet=quiet)
        self.in_the_way: set[str] = set()

    def run(self, surfaces: Collection[str]) -> None:
        """All of it. Raises NodeError, OSError."""
        self.ours = Holdings(self.destination, self.bench, self.boot_id)
        delivery = Delivery(self.candidate, surfaces)
        plan = Plan(self.candidate, delivery, self.ours, self.destination)
        self.entries = plan.entries
        tell(self.candidate)
        for one in (*delivery.tell(), *plan.skipped):
            self.told.skip(one)
        self._clear_the_way()
        change = "" if PLACES[PROMPT] in plan.kept else self._prompt(delivery)
        self.entries.update(marked(self.entries))
        for place, parcel in delivery.parcels():
            if place in self.entries and place not in plan.kept:
                self._parcel(place, parcel)
        if change:
            self.told.in_place(self.entries[PLACES[PROMPT]], change)
        for remark in delivery.withheld():
            remark.log()
        delivery.check()
        self._folders_of(plan.surfaces)
        self._skills_link(wanted=SKILLS in plan.surfaces)
        for place in sorted(self.ours.places.keys() - self.entries.keys() - self.in_the_way):
            self._remove(place)
        self._remove_folders(plan.surfaces)
        self._record()
        for place in sorted(plan.kept & self.entries.keys()):
            self.told.in_place(self.entries[place], KEPT)
        self.told.sum_up(self.candidate, self.entries)

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
        first = self.entries[place][0]
        entries = self.entries[place] = (first._replace(lists=parcel.lists),) if parcel.item else self.entries[place]
        for path, reason in parcel.left_out:
            where = first.path_of(place) + path[len(parcel.path) :]
            if parcel.pieces:
                log.warning("left-out", repository=first.source, commit=first.commit, path=where, reason=reason)
            else:
                self.told.skip(Skipped(first.kind, first.source, where, reason))
        if not parcel.pieces:
            del self.entries[place]
            return
        self.at = place
        form = stat.S_IFDIR if parcel.pieces[0].kind == FOLDER else stat.S_IFREG
        try:
            if self.ours.has(place, entries, form):
                self.told.in_place(entries, UNCHANGED)
            else:
                self.bench.put(place, entries, parcel.pieces, ours=place in self.ours.places)
                self.told.in_place(entries, INSTALLED)
        except InTheWayError as why:
            self._stays(first.kind, place, why)

    def _prompt(self, delivery: Delivery) -> str:
        """Put the prompt in place; what was done for it, "" when it is not there."""
        entries, texts = delivery.prompt()
        self.at = place = PLACES[PROMPT]
        try:
            if not entries:
                return ""
            change = UNCHANGED
            if not self.ours.has(place, entries, stat.S_IFREG):
                first = next(texts, None)
                if first is None:
                    return ""
                self.bench.put_file(place, entries, itertools.chain([first], texts), ours=place in self.ours.places)
                change = INSTALLED
        except InTheWayError as why:
            self._stays(PROMPT, place, why)
            return ""
        self.entries[place] = entries
        return change

    def _folders_of(self, surfaces: Collection[str]) -> None:
        for surface in surfaces:
            if surface != PROMPT:
                self.at = PLACES[surface]
                try:
                    self.bench.make_folder(self.at)
                except InTheWayError as why:
                    if not any((surface, str(why)) == (one.kind, one.reason) for one in self.told.skipped):
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
        self.told.removed(old)

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
        self.told.skip(Skipped(kind, "", place, str(why)))

    def _record(self) -> None:
        self.at = RECORD
        agent = self.candidate.agent
        record = Record(
            set=self.candidate.name,
            manifest_digest=self.candidate.record.manifest_digest,
            complete=self.candidate.record.complete,
            fallback=self.candidate.fallback,
            agent=None if agent is None else agent.name,
            persona=agent.persona if agent is not None and agent.asks_persona else None,
            boot_id=self.boot_id,
            entries=self.entries,
            folders=tuple(self.ours.folders),
            links=tuple(self.ours.links),
            skipped=tuple(self.told.skipped[:MOST_SKIPPED]),
        )
        if not self.ours.is_recorded(record):
            self.bench.put_record(RECORD, record.lines())
        self.bench.finish()
