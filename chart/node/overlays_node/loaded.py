"""What a set serves, told once it is current: a line for each item that is new or other than before, and a summary."""

from __future__ import annotations

import time
from collections.abc import Iterator

from overlays_node import NodeError, log
from overlays_node.candidate import Candidate
from overlays_node.delivery import Delivery, Remark
from overlays_node.installed import told
from overlays_node.items import SKILLS, SURFACES
from overlays_node.sets import OverlaySet
from overlays_node.volume import Volume

MOST_FILES = 200_000  # in all repositories together: beyond it the look would cost too much
MOST_TOLD = 10_000  # lines of one set


class Teller:
    """Tells of the sets of a volume. What was told of one is not told again of the next."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._set: str | None = None
        self._known: set[int] = set()

    def has_told(self, shown: OverlaySet | None) -> bool:
        """Whether there is nothing to tell of that set."""
        return shown is None or shown.sources is None or shown.id == self._set

    def tell(self, shown: OverlaySet, files: int) -> None:
        """Say what the set serves, of which so many files are in the cache. Never raises: it is only news."""
        self._set = shown.id
        if files > MOST_FILES:
            reason = f"its repositories have more than {MOST_FILES:,} files"
            log.warning("items-not-told", set=shown.id, reason=reason)
            return
        try:
            self._tell(shown)
        except (NodeError, OSError) as why:  # its trees were taken away meanwhile, say
            log.warning("items-not-told", set=shown.id, reason=str(why))

    def _tell(self, shown: OverlaySet) -> None:
        begun = time.monotonic()
        delivery = Delivery(_all_of(self._volume, shown), SURFACES, loose=False)
        before, self._known = self._known, set()
        counts = {"items": 0, "shadowed": 0, "skipped": 0}
        news = 0
        for one in _remarks(delivery):
            counts["items"] += one.event == "item-served"
            counts["skipped"] += one.event == "item-skipped"
            counts["shadowed"] += len(one.facts.get("shadows", ()))
            key = hash(repr(one))
            self._known.add(key)
            if key not in before:
                news += 1
                if news <= MOST_TOLD:
                    one.log()
        if news > MOST_TOLD:
            log.warning("items-more", set=shown.id, lines=news - MOST_TOLD)
        facts = {"set": shown.id, "digest": shown.manifest_digest, "complete": shown.complete}
        seconds = round(time.monotonic() - begun, 3)
        log.info("set-served", **facts, sources=len(delivery.sources), **counts, seconds=seconds)


def _all_of(volume: Volume, shown: OverlaySet) -> Candidate:
    there = {member.repository.repo for member in shown.members}
    listed = shown.sources or ()
    lacking = tuple(dict.fromkeys(one.repo for one in listed if one.repo not in there))
    return Candidate(
        volume.sets / shown.id, shown, listed, tuple(one for one in listed if one.repo in there), lacking, None
    )


def _remarks(delivery: Delivery) -> Iterator[Remark]:
    asked = {one.choice.name for one in delivery.share.view.surfaces.get(SKILLS, ()) if one.preload}
    for _, entries in delivery.places():
        for entry in entries:
            facts = told(entry._replace(preload=entry.kind == SKILLS and entry.name in asked))
            del facts["place"]
            yield Remark("info", "item-served", facts)
    for entry in delivery.prompt()[0]:
        facts = told(entry)
        del facts["place"]
        yield Remark("info", "item-served", facts)
    yield from delivery.remarks()
