"""What a run of `install` says: a line for each item that is in place, was removed or is left out, and a summary."""

from __future__ import annotations

import time
from collections.abc import Mapping

from overlays_node import log
from overlays_node.candidate import Candidate
from overlays_node.installed import Entries, Skipped, told

INSTALLED, UNCHANGED, KEPT = "installed", "unchanged", "kept"  # what was done for an item that is in place


class Told:
    """Says it, and counts. `quiet`: nothing of items for which nothing was done."""

    def __init__(self, *, quiet: bool) -> None:
        self.started = time.monotonic()
        self.skipped: list[Skipped] = []
        self._quiet = quiet
        self._counts = {INSTALLED: 0, UNCHANGED: 0, KEPT: 0, "removed": 0}

    def in_place(self, entries: Entries, change: str) -> None:
        """These are in place from now on, or as before."""
        self._counts[change] += len(entries)
        for one in entries if change == INSTALLED or not self._quiet else ():
            if one.name:
                log.info("item-installed", change=change, **told(one))

    def removed(self, entries: Entries) -> None:
        """These are gone."""
        self._counts["removed"] += len(entries)
        for one in entries:
            if one.name:
                log.info("item-removed", **told(one))

    @property
    def has_removed(self) -> bool:
        """Whether anything is gone."""
        return self._counts["removed"] > 0

    def skip(self, one: Skipped) -> None:
        """Leave this out."""
        self.skipped.append(one)
        log.error("item-skipped", **vars(one))

    def sum_up(self, candidate: Candidate, entries: Mapping[str, Entries]) -> None:
        """The end of the run."""
        parts = [one for found in entries.values() for one in found]
        log.info(
            "installed",
            agent=None if candidate.agent is None else candidate.agent.name,
            set=candidate.name,
            digest=candidate.record.manifest_digest,
            complete=candidate.record.complete,
            fallback=candidate.fallback,
            sources=len(candidate.sources),
            items=sum(1 for one in parts if one.name),
            loose=sum(1 for one in parts if not one.name),
            **self._counts,
            shadowed=sum(len(one.shadows) for one in parts),
            skipped=len(self.skipped),
            seconds=round(time.monotonic() - self.started, 3),
        )
