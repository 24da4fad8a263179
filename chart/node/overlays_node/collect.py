"""What may go: sets and trees that were current once, after a grace, and earlier when they are too many."""

from __future__ import annotations

import contextlib
import pathlib
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from overlays_node import log, sets
from overlays_node.config import MERGED_OWNER
from overlays_node.sets import OverlaySet
from overlays_node.volume import Volume

MOST = 5  # trees of one repository, besides those of the current and of the previous set
Tree = str  # key/commit, the place below .trees


@dataclass(frozen=True)
class Past:
    """A set that is on disk and not current: its trees, and when it stopped being current (monotonic seconds)."""

    id: str
    trees: frozenset[Tree]
    stopped: float


@dataclass(frozen=True)
class Kept:
    """What stays; `spare` are trees that only somebody still reading may need, the oldest first."""

    sets: frozenset[str]
    trees: frozenset[Tree]
    spare: tuple[Tree, ...]


def keep(past: Iterable[Past], needed: Collection[Tree], previous: str | None, now: float, grace: float) -> Kept:
    """What stays of `past`: the previous set, and what stopped being current less than `grace` seconds ago.

    `past` is in the order in which the sets were current. `needed` are the trees of the current set and those to
    come. Of each repository at most MOST trees stay besides the needed ones and those of the previous set: the ones
    that were current last.
    """
    latest_first = tuple(past)[::-1]
    base = set(needed).union(*(one.trees for one in latest_first if one.id == previous))
    stay = [one for one in latest_first if one.id == previous or now - one.stopped < grace]
    spare: dict[Tree, None] = {}
    count: dict[str, int] = {}
    for tree in (tree for one in stay for tree in sorted(one.trees, key=_order)):
        key = tree.partition("/")[0]
        if tree not in base and tree not in spare and count.get(key, 0) < MOST:
            spare[tree] = None
            count[key] = count.get(key, 0) + 1
    return Kept(frozenset(one.id for one in stay), frozenset(base.union(spare)), tuple(reversed(spare)))


def _order(tree: Tree) -> tuple[bool, Tree]:
    """What won of other trees comes after them: as spare it goes first, for git finds its objects in their stores."""
    return tree.startswith(f"{MERGED_OWNER}%2F"), tree


class Collector:
    """Remembers when each set of a volume stopped being current. The grace of what it finds on disk begins anew."""

    def __init__(self, volume: Volume, grace: float) -> None:
        self._volume = volume
        self._grace = grace
        self._current = sets.current(volume)
        now = time.monotonic()
        found = [(one.id, one) for one in sets.history(volume)]
        self._past = {name: Past(name, _trees(one), now) for name, one in found if one != self._current}
        self._previous = next((name for name, _ in reversed(found) if name in self._past), None)

    def follow(self, current: OverlaySet | None) -> None:
        """Take note of what is current now."""
        before, self._current = self._current, current
        name = None if current is None else current.id
        if before is not None and before.id != name:
            self._past.pop(before.id, None)  # so that it comes last
            self._past[before.id] = Past(before.id, _trees(before), time.monotonic())
            self._previous = before.id
        self._past.pop(name or "", None)
        if self._previous == name:
            self._previous = None

    def collect(self, needed: Collection[Tree], enough: Callable[[], bool]) -> frozenset[Tree]:
        """Discard what may go, and spare trees, the oldest first, until there is `enough` room; gives what stays.

        `needed` are the trees of the repositories that are wanted, although no set may hold them yet.
        """
        wanted = _trees(self._current).union(needed)
        kept = keep(self._past.values(), wanted, self._previous, time.monotonic(), self._grace)
        self._past = {name: one for name, one in self._past.items() if name in kept.sets}
        stay = set(kept.trees)
        self._sweep(stay)
        for tree in kept.spare:
            if enough():
                break
            stay.discard(tree)
            self._drop(tree, "out of space")
            self._volume.empty_trash()
        return frozenset(stay)

    def _sweep(self, stay: Collection[Tree]) -> None:
        shown = None if self._current is None else self._current.id
        for folder in sorted(self._volume.sets.iterdir()):
            if folder.name != shown and folder.name not in self._past:
                self._volume.let_go(folder)
        for path in sorted(self._volume.trees.glob("*/*")):
            tree = f"{path.parent.name}/{path.name}"
            if tree not in stay:
                self._drop(tree, "not used any more")
        for folder in sorted(self._volume.trees.iterdir()):
            with contextlib.suppress(OSError):  # not empty
                folder.rmdir()

    def _drop(self, tree: Tree, reason: str) -> None:
        path: pathlib.Path = self._volume.trees / tree
        log.info("collected", tree=tree, reason=reason)
        self._volume.let_go(path)


def _trees(one: OverlaySet | None) -> frozenset[Tree]:
    return frozenset() if one is None else frozenset(one.trees.values())
