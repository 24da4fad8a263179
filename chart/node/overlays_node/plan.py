"""What shall be in place at the end of a run: all of it is decided before anything is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from overlays_node.candidate import Candidate
from overlays_node.delivery import Delivery, Name, Rank
from overlays_node.destination import Destination
from overlays_node.holdings import Holdings
from overlays_node.installed import MOST, TOGETHER, Entries, Entry, Skipped, told
from overlays_node.items import PROMPT, SKILLS, SURFACES
from overlays_node.places import PLACES, RECORD, parents, surface_of

LINE = 8  # bytes around a text that has a line of its own in the record


class Kept(NamedTuple):
    """What is in place from a source that the set lacks."""

    rank: Rank
    entries: Entries


class Plan:
    """By place, what shall be there. `kept` are those of the places where it stays, since its source is lacking.

    `surfaces` have a directory, items or not; `skipped` tells what `installed.json` has no room for.
    """

    def __init__(self, candidate: Candidate, delivery: Delivery, ours: Holdings, destination: Destination) -> None:
        """Decide it. Raises OSError: what is there cannot be looked at."""
        kept = dict(_lacking(candidate, delivery, ours, destination))
        self.entries = dict(delivery.places())
        if kept:
            wanted = dict(delivery.ranks())
            kept = _without_beaten(kept, wanted, dict(delivery.names()))
            for place in _beaten_by(kept, wanted, self.entries):
                del self.entries[place]
        self.skipped = [*self._fit([one.repo for one in candidate.sources], kept)]
        self.entries.update((place, one.entries) for place, one in kept.items())
        self.kept = {*kept}
        also = {surface_of(place) for place in kept}
        self.surfaces = [surface for surface in delivery.asked if surface in delivery.offered or surface in also]

    def _fit(self, repos: Sequence[str], kept: Mapping[str, Kept]) -> Iterator[Skipped]:
        """Take out what the record has no room for: items go in before loose files, earlier sources before later."""
        room = MOST - sum(sizes((place, one.entries) for place, one in kept.items()).values())
        taken, order = sizes(self.entries.items()), {repo: at for at, repo in enumerate(repos)}
        out = set()
        for part in sorted(taken, key=lambda one: (one.loose, order[one.source], SURFACES.index(one.kind))):
            if taken[part] > room:
                out.add(part)
            else:
                room -= taken[part]
        if out:
            self.entries = {place: one for place, one in self.entries.items() if _part(place, one[0]) not in out}
        for kind, source, folder, loose in sorted(out):
            what = "loose files" if loose else "items"
            reason = f"none of its {what} is installed: {RECORD} would be larger than {MOST >> 20} MiB with them"
            yield Skipped(kind, source, folder, reason)


def _lacking(
    candidate: Candidate, delivery: Delivery, ours: Holdings, destination: Destination
) -> Iterator[tuple[str, Kept]]:
    """What is in place from sources that the set lacks, and that still have its surface, if the agent may have it."""
    last = {
        (surface, one.repo): at
        for at, one in enumerate(candidate.listed)
        if one.repo in candidate.lacking
        for surface, _ in one.subdirs
        if surface in delivery.asked
    }
    loose = delivery.share.loose_to_keep(ours.places) if last else ()
    for place, entries in ours.places.items() if last else ():
        found = [last[key] for key in map(_offered_by, entries) if key in last]
        mine = all(delivery.share.may_keep(one) if one.name else place in loose for one in entries)
        if found and mine and destination.stands(place):
            yield place, Kept((bool(entries[0].name), max(found)), entries)


def _offered_by(entry: Entry) -> tuple[str, str]:
    """The surface and the source that it is from."""
    return SKILLS if entry.kind == PROMPT and entry.preload else entry.kind, entry.source


def _without_beaten(
    kept: Mapping[str, Kept], wanted: Mapping[str, Rank], names: Mapping[Name, Rank]
) -> dict[str, Kept]:
    """Of what is kept, that whose name and path nothing takes that beats it."""
    beaten = {
        path
        for place, rank in wanted.items()
        for path in (place, *parents(place))
        if path in kept and kept[path].rank < rank
    }
    for place, one in kept.items():
        others = [names.get((part.kind, part.name)) for part in one.entries if part.kind != PROMPT]
        others += [wanted.get(path) for path in parents(place)]
        if any(rank is not None and rank > one.rank for rank in others):
            beaten.add(place)
    return {place: one for place, one in kept.items() if place not in beaten}


def _beaten_by(kept: Mapping[str, Kept], wanted: Mapping[str, Rank], entries: Mapping[str, Entries]) -> set[str]:
    """Of what is wanted, the places that are not free, or whose item has the name of one that is kept."""
    names = {(part.kind, part.name) for one in kept.values() for part in one.entries if part.name}
    found = {place for place in wanted if any(path in kept for path in (place, *parents(place)))}
    found |= {path for place in kept for path in parents(place) if path in wanted}
    return found | {place for place, (one, *_) in entries.items() if (one.kind, one.name) in names}


class _Part(NamedTuple):
    """The items, or the loose files, of one surface of one source; `folder` is its subdir."""

    kind: str
    source: str
    folder: str
    loose: bool


def _part(place: str, entry: Entry) -> _Part:
    below = f"/{entry.path.rpartition('/')[2]}" if entry.mount else entry.place[len(PLACES[entry.kind]) :]
    return _Part(entry.kind, entry.source, entry.path[: len(entry.path) - len(below)], not entry.name)


def sizes(entries: Iterable[tuple[str, Entries]]) -> dict[_Part, int]:
    """Bytes that they take in the record at most, with the directories above them."""
    found: dict[_Part, int] = {}
    seen: set[tuple[_Part, str]] = set()
    heads: dict[Entry, int] = {}
    for place, (entry, *_) in entries:
        part = _part(place, entry)
        size = found.get(part, 0)
        if entry not in heads:
            heads[entry] = len(json.dumps(told(entry))) + LINE
            size += heads[entry]
        if not entry.name:
            size += len(json.dumps(place[len(entry.place) + 1 :])) + heads[entry] // TOGETHER + LINE
        for parent in parents(place):
            if (part, parent) in seen:
                break
            seen.add((part, parent))
            size += len(json.dumps(parent)) + LINE
        found[part] = size
    return found
